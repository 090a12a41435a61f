//! Charts described in TOML or JSON, for those who tire of the argument language.

mod draw;
mod words;

use rrd_core::at_style::{self, ResolveError, TimeSpec};
use rrd_core::{ConsolidationFunction, TimeZone};
use serde::Deserialize;

use crate::color::Color;
use crate::evaluate::EvaluateError;
use crate::statement::Formula;
use crate::window::WindowError;

/// A chart as its file says it.
///
/// ```
/// use rrd_graph::description::Description;
/// let described = Description::from_toml(r##"
///     title = "CPU"
///     start = "end-1d"
///     unit = "%"
///     [[series]]
///     file = "cpu.rrd"
///     source = "user"
///     formula = "user,100,*"
///     draw = "area"
///     color = "#4fa8e0"
/// "##).unwrap();
/// assert_eq!(described.series.len(), 1);
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a key of the file that is true or false"
)]
pub struct Description {
    /// What stands above the picture.
    #[serde(default)]
    pub title: String,
    /// When it begins: a time as in `end-1d`, which it is without.
    #[serde(default = "day_before", deserialize_with = "words::time")]
    pub start: TimeSpec,
    /// When it ends; now without.
    #[serde(default = "present", deserialize_with = "words::time")]
    pub end: TimeSpec,
    /// The zone of the time axis, as in `Europe/Zurich`; the user's without.
    #[serde(default, deserialize_with = "words::zone")]
    pub zone: Option<TimeZone>,
    /// Pixels.
    pub width: Option<u32>,
    /// Pixels.
    pub height: Option<u32>,
    /// How many pixels of the raster each pixel takes.
    pub zoom: Option<f64>,
    /// What the values are counted in.
    #[serde(default)]
    pub unit: String,
    /// What the left axis counts, where that is more than the unit.
    pub vertical_label: Option<String>,
    /// Whether 1024 and not 1000 of a unit make the next.
    #[serde(default)]
    pub binary: bool,
    /// The lowest value to show.
    pub lower: Option<f64>,
    /// The highest value to show.
    pub upper: Option<f64>,
    /// Whether what lies beyond the limits is cut.
    #[serde(default)]
    pub rigid: bool,
    /// Whether equal distances are equal factors.
    #[serde(default)]
    pub logarithmic: bool,
    /// Whether values are joined by level lines instead of slopes.
    #[serde(default)]
    pub steps: bool,
    /// Whether time of which nothing is known is hatched.
    #[serde(default = "yes")]
    pub hatch_unknown: bool,
    /// `light`, `dark` or `auto`.
    pub theme: Option<ThemeName>,
    /// The colours of parts of the picture, whatever the theme.
    #[serde(default)]
    pub colors: PartColors,
    /// The columns of the legend.
    #[serde(default = "all_columns")]
    pub legend: Vec<Column>,
    /// Where the legend stands: `south`, `north`, `west` or `east`.
    #[serde(default)]
    pub legend_position: Side,
    /// A faint text at the lower edge.
    #[serde(default)]
    pub watermark: String,
    /// A second axis.
    pub right_axis: Option<RightAxisDescription>,
    /// What is drawn, the first at the bottom.
    pub series: Vec<SeriesDescription>,
    /// Marks at the lower or upper edge.
    #[serde(default)]
    pub marks: Vec<MarksDescription>,
    /// Straight lines over it all: thresholds and moments.
    #[serde(default)]
    pub rules: Vec<RuleDescription>,
}

/// One curve.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeriesDescription {
    /// The database; without one only the formula counts.
    pub file: Option<String>,
    /// The data source in it.
    pub source: Option<String>,
    /// The consolidation function, AVERAGE without.
    #[serde(default = "average", deserialize_with = "words::function")]
    pub function: ConsolidationFunction,
    /// What formulas call it; the name of its source without.
    pub name: Option<String>,
    /// An expression in reverse Polish notation that is drawn instead, over this series and those before it.
    pub formula: Option<Formula>,
    /// The text in the legend; the name without.
    pub label: Option<String>,
    /// How it is drawn.
    #[serde(default)]
    pub draw: Shape,
    /// Whether it stands on the one before it.
    #[serde(default)]
    pub stack: bool,
    /// `#RRGGBB`; the next of the palette without.
    pub color: Option<Color>,
    /// The colour that an area fades into at its base.
    pub fade: Option<Color>,
    /// The width of a line in pixels.
    pub width: Option<f64>,
    /// Mark, gap, mark, ... of a line in pixels.
    pub dashes: Option<Vec<f64>>,
    /// Whether the extremes are shown around it.
    #[serde(default)]
    pub envelope: bool,
    /// Where its values are expected.
    pub band: Option<BandDescription>,
}

/// The space between two series, in the colour of the one it belongs to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BandDescription {
    /// The name of the series at its lower edge.
    pub lower: String,
    /// The name of the series at its upper edge.
    pub upper: String,
    /// The text in the legend.
    #[serde(default)]
    pub label: String,
    /// `#RRGGBBAA`; that of the series, letting most through, without.
    pub color: Option<Color>,
}

/// Marks wherever a series is known and not zero.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarksDescription {
    /// The name of the series.
    pub series: String,
    /// Their share of the canvas' height: upwards from the bottom, or where negative downwards from the top.
    #[serde(default = "low")]
    pub height: f64,
    /// The text in the legend.
    #[serde(default)]
    pub label: String,
    /// `#RRGGBB`; the next of the palette without.
    pub color: Option<Color>,
}

/// A second axis at the right.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RightAxisDescription {
    /// What the left numbers are multiplied by, not 0.
    pub scale: f64,
    /// What is then added.
    #[serde(default)]
    pub shift: f64,
    /// What it counts.
    #[serde(default)]
    pub label: String,
}

/// The colours of parts of the picture.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartColors {
    /// The paper.
    pub back: Option<Color>,
    /// Behind the curves.
    pub canvas: Option<Color>,
    /// Texts.
    pub font: Option<Color>,
    /// The lines of the axes.
    pub axis: Option<Color>,
    /// Minor lines.
    pub grid: Option<Color>,
    /// Major lines.
    pub major_grid: Option<Color>,
}

/// A side of the canvas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Below.
    #[default]
    South,
    /// Above.
    North,
    /// At the left.
    West,
    /// At the right.
    East,
}

/// How a series is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// A line.
    #[default]
    Line,
    /// A filled curve.
    Area,
    /// Not at all: it is there for formulas.
    Hidden,
}

/// A threshold or a moment.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleDescription {
    /// The value of a level line.
    pub value: Option<f64>,
    /// The time of an upright line.
    #[serde(default, deserialize_with = "words::some_time")]
    pub time: Option<TimeSpec>,
    /// The text in the legend.
    #[serde(default)]
    pub label: String,
    /// `#RRGGBB`; the next of the palette without.
    pub color: Option<Color>,
    /// Mark, gap, mark, ... in pixels.
    pub dashes: Option<Vec<f64>>,
}

/// A theme by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeName {
    /// Dark on white.
    Light,
    /// Light on black.
    Dark,
    /// As the reader's system is.
    Auto,
}

/// A column of the legend by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Column {
    /// The smallest value.
    #[serde(rename = "min")]
    Minimum,
    /// The mean.
    #[serde(rename = "avg")]
    Average,
    /// The largest value.
    #[serde(rename = "max")]
    Maximum,
    /// The last value.
    #[serde(rename = "last")]
    Last,
    /// What 95 of 100 values do not exceed.
    #[serde(rename = "95th")]
    Percentile95,
}

fn day_before() -> TimeSpec {
    at_style::parse("end-1d").expect("a time")
}

fn present() -> TimeSpec {
    at_style::parse("now").expect("a time")
}

fn average() -> ConsolidationFunction {
    ConsolidationFunction::Average
}

fn yes() -> bool {
    true
}

fn low() -> f64 {
    0.06
}

fn all_columns() -> Vec<Column> {
    vec![Column::Minimum, Column::Average, Column::Maximum, Column::Last, Column::Percentile95]
}

/// Why a description makes no chart.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DescriptionError {
    /// The text is no TOML, or says what no chart has.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// The text is no JSON, or says what no chart has.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// Its times make no window.
    #[error(transparent)]
    Window(#[from] WindowError),
    /// A series has neither a source nor a formula.
    #[error("series {number} needs `file` and `source`, or a `formula`")]
    Empty {
        /// Which one, from 1.
        number: usize,
    },
    /// A rule has neither a value nor a time, or both.
    #[error("rule {number} needs either a `value` or a `time`")]
    Rule {
        /// Which one, from 1.
        number: usize,
    },
    /// A time of a rule is beyond the calendar, or relative to what a chart has not.
    #[error("rule {number}: {error}")]
    RuleTime {
        /// Which one, from 1.
        number: usize,
        /// Why.
        error: ResolveError,
    },
    /// A right axis would have the same number everywhere.
    #[error("the scale of the right axis must not be 0")]
    RightAxis,
    /// A zoom that makes no picture.
    #[error("zoom takes a number above 0")]
    Zoom,
    /// The data are not there.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
}

impl Description {
    /// Reads TOML.
    pub fn from_toml(text: &str) -> Result<Self, DescriptionError> {
        Ok(toml::from_str(text)?)
    }

    /// Reads JSON.
    pub fn from_json(text: &str) -> Result<Self, DescriptionError> {
        Ok(serde_json::from_str(text)?)
    }
}
