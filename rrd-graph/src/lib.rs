//! Charts of round-robin archives as SVG, PNG and PDF, without installing a font, a browser or a C
//! library.
//!
//! A [`Chart`] is a range of time with curves, bands, rules and marks. It is a value: build it,
//! then draw it as often as needed.
//!
//! ```
//! use rrd_core::{Step, TimeRange};
//! use rrd_graph::{Chart, Color, Curve, Legend, Rule, Samples, Summary};
//!
//! let day = TimeRange::from_seconds(1_700_006_400, 1_700_092_800);
//! let quarter = Step::from_seconds(900).expect("not zero");
//! // A value for each quarter of an hour, unknown from ten to twelve.
//! let load = |share: f64| -> Samples {
//!     let value = |row: i32| {
//!         let (hour, noise) = (f64::from(row) / 4.0, f64::from(row * 37 % 23));
//!         let from_peak = (hour - 15.0) / 12.0;
//!         let value = share * (200.0 / (0.6 + from_peak * from_peak) + noise);
//!         if (10.0..12.0).contains(&hour) { f64::NAN } else { value }
//!     };
//!     Samples::new(day.start, quarter, (0..96).map(value).collect::<Vec<f64>>())
//! };
//! let svg = Chart::new(day)
//!     .title("Requests")
//!     .unit("req/s")
//!     .size(720, 260)
//!     .hatch_unknown(true)
//!     .legend(Legend::Table(vec![Summary::Average, Summary::Maximum, Summary::Last]))
//!     .draw(Curve::area(load(0.8)).legend("from memory"))
//!     .draw(Curve::area(load(0.2)).legend("from disk").stacked())
//!     .draw(Rule::at_value(375.0).color(Color::rgb(0xd5, 0x5e, 0x00)).legend("capacity"))
//!     .to_svg();
//! # let gallery = concat!(env!("CARGO_MANIFEST_DIR"), "/gallery/requests.svg");
//! # assert_eq!(svg, std::fs::read_to_string(gallery)?, "cargo run --example requests renews it");
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! makes this picture, whose text can be searched and read aloud, whose colours follow the reader's
//! light or dark theme:
//!
#![doc = "<div>\n"]
#![doc = include_str!("../gallery/requests.svg")]
#![doc = "</div>"]
//!
//! | to | there is |
//! |---|---|
//! | draw values of one's own | [`Chart`], [`Samples`], [`Curve`], [`Band`], [`Rule`], [`Marks`] |
//! | draw what databases hold | [`description`]: charts in TOML, JSON or code; [`automatic`]: a database without further words |
//! | choose where rows come from | [`data`]: files, an [`rrd_core::Store`], or a type of one's own |
//! | take over command lines of `rrdtool graph` | [`statement`] |
//! | show many series of one value | [`HeatMap`] |
//! | draw many pictures | [`Fonts`] and [`Png`], which threads share; [`Chart::layout`] and [`Chart::scene`] |
//! | choose the format | [`Chart::to_svg`], [`Chart::to_png`], and what implements [`Render`] |

pub mod automatic;
mod axis;
// Hidden: what `rrd graph` and `rrd xport` need besides charts, for this project's own programs.
#[doc(hidden)]
pub mod cdef;
mod chart;
mod codeset;
mod color;
mod columns;
mod coverage;
pub mod data;
pub mod description;
#[doc(hidden)]
pub mod evaluate;
#[doc(hidden)]
pub mod export;
mod font;
mod heat_map;
mod layout;
mod legend;
mod name_cells;
mod nearest;
mod number;
#[doc(hidden)]
pub mod number_format;
mod numbers;
mod paint;
mod plain;
mod quantity;
#[doc(hidden)]
pub mod reduce;
mod render;
mod rows;
mod scene;
mod stack;
pub mod statement;
#[doc(hidden)]
pub mod texts;
mod theme;
mod time_locale;
mod total;
#[doc(hidden)]
pub mod vdef;
#[doc(hidden)]
pub mod window;
mod words;
#[doc(hidden)]
pub mod xml;

pub use axis::{
    Autoscale, Every, LabelFormat, RightAxis, TimeGrid, TimeUnit, ValueGrid, ValueScale,
};
pub use cdef::Clock;
pub use chart::{
    Band, Chart, Curve, Element, Extent, Gap, Join, Legend, LegendDirection, LegendPosition, Marks,
    Rule, Samples, Summary, TextFonts,
};
pub use codeset::Codeset;
pub use color::{Color, ColorError, PaletteColor, SeriesColor, SeriesColorError};
pub use columns::{Columns, SeriesColumns};
pub use font::{Face, Font, FontFault, Fonts, Substitute, sound_markup};
pub use heat_map::HeatMap;
pub use layout::{Layout, LegendText};
pub use legend::LegendError;
pub use nearest::nearest;
pub use quantity::{Base, Quantity};
pub use render::{Bitmap, Pdf, Png, RasterError, Render, Svg};
pub use rows::Rows;
pub use scene::Scene;
pub use theme::{Role, Theme};
pub use time_locale::TimeLocale;
pub use words::UnknownWord;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

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
