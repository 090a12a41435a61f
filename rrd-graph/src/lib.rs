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
pub mod xml;

pub use axis::{
    Autoscale, Base, Every, LabelFormat, RightAxis, TimeGrid, TimeUnit, ValueGrid, ValueScale,
};
pub use chart::{
    Band, Chart, Curve, Element, Extent, Join, Legend, LegendDirection, LegendPosition, Marks,
    Rule, Samples, Summary, TextFonts,
};
pub use color::Color;
pub use font::{Face, Font, Fonts};
pub use layout::{Layout, LegendText};
pub use legend::LegendError;
pub use render::{Kitty, Pdf, Png, RasterError, Render, Sixel, Svg};
pub use rows::Rows;
pub use scene::Scene;
pub use theme::{Role, Theme};
