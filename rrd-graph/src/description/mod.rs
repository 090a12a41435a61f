//! Charts described in TOML or JSON: the one language of `rrd chart --file`, of packaged charts and
//! of programs.

mod before;
mod draw;
mod error;
mod peak;
mod scale;
mod stacks;
mod words;

use std::path::PathBuf;

use rrd_core::{ConsolidationFunction, TimeZone};
use serde::{Deserialize, Serialize};

use crate::chart::{LegendPosition, Summary};
use crate::color::{Color, SeriesColor};
use crate::statement::Formula;
use crate::theme::Theme;
use crate::words::words as enum_words;

pub use draw::height_of;
pub use error::DescriptionError;
pub use peak::{Peak, PeakSource};
pub use scale::Logarithmic;
pub use words::{Before, Time};
use words::{is_default, is_one, path_text};

/// A chart as its file says it. Every key may be left out.
///
/// ```
/// use rrd_graph::description::{Description, SeriesDescription};
/// let described = Description::from_toml(r##"
///     title = "CPU"
///     unit = "%"
///     file = "cpu.rrd"
///     [[series]]
///     source = "user"
///     factor = 100.0
///     draw = "area"
///     color = "blue"
/// "##)?;
/// assert_eq!(described.series.len(), 1);
///
/// let mut own = Description::new("CPU");
/// own.unit = "%".to_owned();
/// own.series.push(SeriesDescription::of("user"));
/// assert!(own.to_toml().contains("source = \"user\""));
/// # Ok::<(), rrd_graph::description::DescriptionError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a key of the file that is true or false"
)]
pub struct Description {
    /// The text above the picture.
    #[serde(skip_serializing_if = "is_default")]
    pub title: String,
    /// What the chart shows, in a sentence. For pages and people; it is not drawn.
    #[serde(skip_serializing_if = "is_default")]
    pub about: String,
    /// The database of each series that names none.
    #[serde(skip_serializing_if = "is_default", serialize_with = "path_text")]
    pub file: Option<PathBuf>,
    /// When it begins; `end-1d` where missing.
    #[serde(skip_serializing_if = "is_default")]
    pub start: Option<Time>,
    /// When it ends; `now` where missing.
    #[serde(skip_serializing_if = "is_default")]
    pub end: Option<Time>,
    /// `day` or `week`: what it was this long before is shown as a faint dashed line for each
    /// series and for the total of each stack.
    #[serde(skip_serializing_if = "is_default")]
    pub before: Option<Before>,
    /// The zone of the time axis, as in `Europe/Zurich`; the user's where missing.
    #[serde(with = "words::zone", skip_serializing_if = "is_default")]
    pub zone: Option<TimeZone>,
    /// Pixels; 800 where missing.
    #[serde(skip_serializing_if = "is_default")]
    pub width: Option<u32>,
    /// Pixels; where missing what suits the width, see [`height_of`].
    #[serde(skip_serializing_if = "is_default")]
    pub height: Option<u32>,
    /// Raster pixels per pixel of the layout.
    #[serde(skip_serializing_if = "is_default")]
    pub zoom: Option<f64>,
    /// The unit of the values.
    #[serde(skip_serializing_if = "is_default")]
    pub unit: String,
    /// The text beside the left axis; the unit where missing.
    #[serde(skip_serializing_if = "is_default")]
    pub vertical_label: Option<String>,
    /// Whether unit prefixes are powers of 1024 instead of 1000.
    #[serde(skip_serializing_if = "is_default")]
    pub binary: bool,
    /// The lowest value to show.
    #[serde(skip_serializing_if = "is_default")]
    pub lower: Option<f64>,
    /// The highest value to show.
    #[serde(skip_serializing_if = "is_default")]
    pub upper: Option<f64>,
    /// Whether values beyond the limits are cut off.
    #[serde(skip_serializing_if = "is_default")]
    pub rigid: bool,
    /// Whether the axis is logarithmic; `"auto"` where spikes need it.
    #[serde(skip_serializing_if = "is_default")]
    pub logarithmic: Logarithmic,
    /// How high a stack was, as a dashed line over it where its rows are averages: `false` for no
    /// line, `{ source = ... }` for the extremes of a stored total, else the sum of the highest
    /// values of its parts.
    #[serde(skip_serializing_if = "is_default")]
    pub peak: Peak,
    /// Whether values are drawn as horizontal steps instead of slopes.
    #[serde(skip_serializing_if = "is_default")]
    pub steps: bool,
    /// Whether time without known values is hatched.
    #[serde(skip_serializing_if = "is_true")]
    pub hatch_unknown: bool,
    /// `light`, `dark` or `auto`, which it is where missing.
    #[serde(skip_serializing_if = "is_default")]
    pub theme: Option<Theme>,
    /// The columns of the legend; all where missing.
    #[serde(skip_serializing_if = "is_all_columns")]
    pub legend: Vec<Summary>,
    /// Where the legend is: `south`, `north`, `west` or `east`; where missing `east` in a picture
    /// that is at least 900 pixels wide and 3.5 times as wide as high, else `south`.
    #[serde(skip_serializing_if = "is_default")]
    pub legend_position: Option<LegendPosition>,
    /// A pale text at the lower edge.
    #[serde(skip_serializing_if = "is_default")]
    pub watermark: String,
    /// The colours of parts of the picture, in any theme.
    #[serde(skip_serializing_if = "is_default")]
    pub colors: PartColors,
    /// A second axis.
    #[serde(skip_serializing_if = "is_default")]
    pub right_axis: Option<RightAxisDescription>,
    /// The series, from the lowest layer to the top.
    pub series: Vec<SeriesDescription>,
    /// The names of series that are only in the legend, struck out. Formulas see them.
    #[serde(skip_serializing_if = "is_default")]
    pub hide: Vec<String>,
    /// Marks at the lower or upper edge.
    #[serde(skip_serializing_if = "is_default")]
    pub marks: Vec<MarksDescription>,
    /// Straight lines over everything else: thresholds and times.
    #[serde(skip_serializing_if = "is_default")]
    pub rules: Vec<RuleDescription>,
}

/// One curve.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SeriesDescription {
    /// The database; that of the description where missing.
    #[serde(skip_serializing_if = "is_default", serialize_with = "path_text")]
    pub file: Option<PathBuf>,
    /// The data source in it; without one only the formula counts.
    #[serde(skip_serializing_if = "is_default")]
    pub source: Option<String>,
    /// The consolidation function, AVERAGE where missing.
    #[serde(with = "words::function", skip_serializing_if = "is_average")]
    pub function: ConsolidationFunction,
    /// The name in formulas; that of its source where missing.
    #[serde(skip_serializing_if = "is_default")]
    pub name: Option<String>,
    /// An expression in reverse Polish notation that is drawn instead, over this series and the
    /// preceding ones.
    #[serde(skip_serializing_if = "is_default")]
    pub formula: Option<Formula>,
    /// What values are multiplied by when they are drawn; below zero the curve hangs from the axis.
    /// Formulas see the values as they are.
    #[serde(skip_serializing_if = "is_one")]
    pub factor: f64,
    /// The amount added after scaling.
    #[serde(skip_serializing_if = "is_default")]
    pub shift: f64,
    /// The text in the legend; the name where missing.
    #[serde(skip_serializing_if = "is_default")]
    pub label: Option<String>,
    /// How it is drawn.
    #[serde(skip_serializing_if = "is_default")]
    pub draw: Shape,
    /// Whether it is on top of the curve before it; the first is on the axis.
    #[serde(skip_serializing_if = "is_default")]
    pub stack: bool,
    /// Whether it is left out, legend and all, where it is nothing but zero or unknown.
    #[serde(skip_serializing_if = "is_default")]
    pub hide_zero: bool,
    /// `#RRGGBB`, or the name of a [`PaletteColor`](crate::PaletteColor) such as `blue`; the next
    /// of the palette where missing.
    #[serde(skip_serializing_if = "is_default")]
    pub color: Option<SeriesColor>,
    /// The colour at the base of an area, for a gradient.
    #[serde(skip_serializing_if = "is_default")]
    pub fade: Option<Color>,
    /// The width of a line in pixels.
    #[serde(skip_serializing_if = "is_default")]
    pub width: Option<f64>,
    /// Dash, gap, dash, ... of a line in pixels.
    #[serde(skip_serializing_if = "is_default")]
    pub dashes: Option<Vec<f64>>,
    /// Whether the extremes of its source are shown around it, where the database keeps MIN and
    /// MAX.
    #[serde(skip_serializing_if = "is_default")]
    pub envelope: bool,
    /// The range of expected values.
    #[serde(skip_serializing_if = "is_default")]
    pub band: Option<BandDescription>,
}

/// The space between two series, in the colour of the series it belongs to.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BandDescription {
    /// The name of the series at its lower edge.
    pub lower: String,
    /// The name of the series at its upper edge.
    pub upper: String,
    /// The text in the legend.
    #[serde(default, skip_serializing_if = "is_default")]
    pub label: String,
    /// `#RRGGBBAA`; a faint one of the series where missing.
    #[serde(skip_serializing_if = "is_default")]
    pub color: Option<SeriesColor>,
}

/// Marks where a series has a known value that is not zero.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MarksDescription {
    /// The name of the series.
    pub series: String,
    /// Their share of the canvas height: upwards from the bottom or, if negative, downwards from
    /// the top.
    #[serde(default = "low")]
    pub height: f64,
    /// The text in the legend.
    #[serde(default, skip_serializing_if = "is_default")]
    pub label: String,
    /// `#RRGGBB` or a name; the next of the palette where missing.
    #[serde(skip_serializing_if = "is_default")]
    pub color: Option<SeriesColor>,
}

/// A second axis on the right.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RightAxisDescription {
    /// The factor for the numbers of the left axis, not 0.
    pub scale: f64,
    /// What is then added.
    #[serde(default, skip_serializing_if = "is_default")]
    pub shift: f64,
    /// The text beside it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub label: String,
}

/// The colours of parts of the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct PartColors {
    /// The background.
    #[serde(skip_serializing_if = "is_default")]
    pub back: Option<Color>,
    /// The background of the canvas.
    #[serde(skip_serializing_if = "is_default")]
    pub canvas: Option<Color>,
    /// Texts.
    #[serde(skip_serializing_if = "is_default")]
    pub font: Option<Color>,
    /// The axis lines.
    #[serde(skip_serializing_if = "is_default")]
    pub axis: Option<Color>,
    /// Minor lines.
    #[serde(skip_serializing_if = "is_default")]
    pub grid: Option<Color>,
    /// Major lines.
    #[serde(skip_serializing_if = "is_default")]
    pub major_grid: Option<Color>,
}

/// How a series is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// A line.
    #[default]
    Line,
    /// A line above a faint area.
    Hill,
    /// A filled curve.
    Area,
    /// Not drawn: only for formulas.
    Hidden,
}

enum_words!(Shape, "way to draw a series", {
    Line: "line", Hill: "hill", Area: "area", Hidden: "hidden",
});

/// A threshold or a time.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RuleDescription {
    /// The value of a horizontal line.
    #[serde(skip_serializing_if = "is_default")]
    pub value: Option<f64>,
    /// The time of a vertical line.
    #[serde(skip_serializing_if = "is_default")]
    pub time: Option<Time>,
    /// The text in the legend.
    #[serde(skip_serializing_if = "is_default")]
    pub label: String,
    /// `#RRGGBB` or a name; the next of the palette where missing.
    #[serde(skip_serializing_if = "is_default")]
    pub color: Option<SeriesColor>,
    /// Dash, gap, dash, ... in pixels.
    #[serde(skip_serializing_if = "is_default")]
    pub dashes: Option<Vec<f64>>,
}

fn low() -> f64 {
    0.06
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_true(value: &bool) -> bool {
    *value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_average(function: &ConsolidationFunction) -> bool {
    *function == ConsolidationFunction::Average
}

fn is_all_columns(columns: &[Summary]) -> bool {
    columns == Summary::ALL
}

impl Default for Description {
    fn default() -> Self {
        Self {
            title: String::new(),
            about: String::new(),
            file: None,
            start: None,
            end: None,
            before: None,
            zone: None,
            width: None,
            height: None,
            zoom: None,
            unit: String::new(),
            vertical_label: None,
            binary: false,
            lower: None,
            upper: None,
            rigid: false,
            logarithmic: Logarithmic::No,
            peak: Peak::Sum,
            steps: false,
            hatch_unknown: true,
            theme: None,
            legend: Summary::ALL.to_vec(),
            legend_position: None,
            watermark: String::new(),
            colors: PartColors::default(),
            right_axis: None,
            series: Vec::new(),
            hide: Vec::new(),
            marks: Vec::new(),
            rules: Vec::new(),
        }
    }
}

impl Description {
    /// A chart without any series yet.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// Parses TOML.
    ///
    /// # Errors
    ///
    /// [`DescriptionError::Toml`], with line and column.
    pub fn from_toml(text: &str) -> Result<Self, DescriptionError> {
        Ok(toml::from_str(text)?)
    }

    /// Parses JSON.
    ///
    /// # Errors
    ///
    /// [`DescriptionError::Json`], with line and column.
    pub fn from_json(text: &str) -> Result<Self, DescriptionError> {
        Ok(serde_json::from_str(text)?)
    }

    /// The description as TOML, without the keys that have their default.
    #[expect(
        clippy::missing_panics_doc,
        reason = "there is nothing in a description that TOML lacks"
    )]
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("every key of a description is a value of TOML")
    }
}

impl Default for SeriesDescription {
    fn default() -> Self {
        Self {
            file: None,
            source: None,
            function: ConsolidationFunction::Average,
            name: None,
            formula: None,
            factor: 1.0,
            shift: 0.0,
            label: None,
            draw: Shape::default(),
            stack: false,
            hide_zero: false,
            color: None,
            fade: None,
            width: None,
            dashes: None,
            envelope: false,
            band: None,
        }
    }
}

impl SeriesDescription {
    /// The name by which [`Description::hide`] and programs know it: its own, that of its source,
    /// or its label.
    pub fn known_name(&self) -> &str {
        [&self.name, &self.source, &self.label].into_iter().flatten().next().map_or("", |name| name)
    }

    /// A line of a data source in the description's database.
    pub fn of(source: impl Into<String>) -> Self {
        Self { source: Some(source.into()), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_read_as_it_was_written() {
        let text = r##"
            title = "Requests"
            about = "What is answered."
            file = "hw.rrd"
            start = "end-2d"
            end = "noon"
            before = "week"
            zone = "Europe/Zurich"
            height = 320
            zoom = 2.0
            upper = 250.0
            hatch_unknown = false
            theme = "dark"
            legend = ["min", "95th"]
            legend_position = "east"
            colors = { axis = "#6b737c80" }
            right_axis = { scale = 60.0, label = "per minute" }
            [[series]]
            source = "v"
            function = "HWPREDICT"
            draw = "hidden"
            [[series]]
            formula = "v,2,*"
            name = "twice"
            factor = -1.0
            color = "sky"
            dashes = [6.0, 3.0]
            band = { lower = "v", upper = "v" }
            [[marks]]
            series = "v"
            [[rules]]
            time = "end-1d"
        "##;
        let described = Description::from_toml(text).unwrap();
        assert_eq!(Description::from_toml(&described.to_toml()).unwrap(), described);
        let json = serde_json::to_string(&described).unwrap();
        assert_eq!(Description::from_json(&json).unwrap(), described);
    }

    #[test]
    fn keys_with_their_default_are_not_written() {
        let mut described = Description::new("Load");
        described.series.push(SeriesDescription::of("load1"));
        assert_eq!(described.to_toml(), "title = \"Load\"\n\n[[series]]\nsource = \"load1\"\n");
    }

    #[test]
    fn words_that_mean_nothing_are_refused_with_those_that_do() {
        let refused = |text: &str| Description::from_toml(text).unwrap_err().to_string();
        let error = refused("theme = \"black\"");
        assert!(error.contains("line 1, column 9"), "{error}");
        assert!(error.contains("unknown theme \"black\": use light, dark or auto"), "{error}");
        let error = refused("[[series]]\ncolor = \"reddish\"");
        assert!(error.contains("invalid colour \"reddish\": expected #RRGGBB"), "{error}");
    }
}
