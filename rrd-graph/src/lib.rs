//! Charts.

pub mod automatic;
mod axis;
pub mod cdef;
mod chart;
mod color;
mod coverage;
pub mod data;
pub mod description;
pub mod evaluate;
pub mod export;
mod font;
mod layout;
mod legend;
mod number;
pub mod number_format;
mod paint;
mod plain;
pub mod reduce;
mod render;
mod rows;
mod scene;
mod stack;
pub mod statement;
pub mod texts;
mod theme;
pub mod vdef;
pub mod window;
mod words;
pub mod xml;

pub use axis::{
    Autoscale, Base, Every, LabelFormat, RightAxis, TimeGrid, TimeUnit, ValueGrid, ValueScale,
};
pub use chart::{
    Band, Chart, Curve, Element, Extent, Join, Legend, LegendDirection, LegendPosition, Marks,
    Rule, Samples, Summary, TextFonts,
};
pub use color::{Color, ColorError};
pub use font::{Face, Font, Fonts};
pub use layout::{Layout, LegendText};
pub use legend::LegendError;
pub use render::{Bitmap, Pdf, Png, RasterError, Render, Svg};
pub use rows::Rows;
pub use scene::Scene;
pub use theme::{Role, Theme};
pub use words::UnknownWord;

#[cfg(test)]
mod tests {
    use super::*;

    fn is_shared<T: Send + Sync>() {}

    #[test]
    fn threads_share_what_draws() {
        is_shared::<Fonts>();
        is_shared::<Png>();
        is_shared::<Svg>();
        is_shared::<Pdf>();
        is_shared::<Chart>();
        is_shared::<Layout>();
        is_shared::<Scene>();
        is_shared::<Samples>();
        is_shared::<data::Files>();
        is_shared::<rrd_core::Store>();
        is_shared::<description::Description>();
    }
}
