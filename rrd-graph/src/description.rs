//! Charts described in TOML or JSON, for those who tire of the argument language.

use rrd_core::rpn::ParseError;
use rrd_core::{ConsolidationFunction, TimeRange, Timestamp};
use serde::Deserialize;

use crate::axis::{Base, ValueScale};
use crate::cdef::Clock;
use crate::chart::{Band, Chart, Curve, Legend, Rule, Samples, Summary};
use crate::color::Color;
use crate::evaluate::{EvaluateError, Evaluated, evaluate};
use crate::gather::{Databases, Window};
use crate::statement::{Calculation, Definition, Formula, Statement};
use crate::theme::Theme;
use crate::window::{self, WindowError};

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
pub struct Description {
    /// What stands above the picture.
    #[serde(default)]
    pub title: String,
    /// When it begins: a time as in `end-1d`.
    #[serde(default = "day_before")]
    pub start: String,
    /// When it ends.
    #[serde(default = "present")]
    pub end: String,
    /// Pixels.
    pub width: Option<u32>,
    /// Pixels.
    pub height: Option<u32>,
    /// What the values are counted in.
    #[serde(default)]
    pub unit: String,
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
    /// `light`, `dark` or `auto`.
    pub theme: Option<ThemeName>,
    /// The columns of the legend.
    #[serde(default = "all_columns")]
    pub legend: Vec<Column>,
    /// What is drawn, the first at the bottom.
    pub series: Vec<SeriesDescription>,
    /// Straight lines over it.
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
    pub function: Option<String>,
    /// What formulas call it; the name of its source without.
    pub name: Option<String>,
    /// An expression in reverse Polish notation that is drawn instead, over this series and those before it.
    pub formula: Option<String>,
    /// The text in the legend; the name without.
    pub label: Option<String>,
    /// How it is drawn.
    #[serde(default)]
    pub draw: Shape,
    /// Whether it stands on the one before it.
    #[serde(default)]
    pub stack: bool,
    /// `#RRGGBB`; the next of the palette without.
    pub color: Option<String>,
    /// The width of a line in pixels.
    pub width: Option<f64>,
    /// Whether the extremes are shown around it.
    #[serde(default)]
    pub envelope: bool,
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

/// A threshold.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleDescription {
    /// Where it lies.
    pub value: f64,
    /// The text in the legend.
    #[serde(default)]
    pub label: String,
    /// `#RRGGBB`; the next of the palette without.
    pub color: Option<String>,
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

fn day_before() -> String {
    "end-1d".to_owned()
}

fn present() -> String {
    "now".to_owned()
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
    /// A consolidation function that does not exist.
    #[error("series {number}: unknown function '{name}'")]
    Function {
        /// Which one, from 1.
        number: usize,
        /// What was given.
        name: String,
    },
    /// A formula that cannot be read.
    #[error("series {number}: {error}")]
    Formula {
        /// Which one, from 1.
        number: usize,
        /// Why.
        error: ParseError,
    },
    /// A colour that has not 3, 4, 6 or 8 hexadecimal digits.
    #[error("'{0}' is no colour: write # and 3, 4, 6 or 8 hexadecimal digits")]
    Color(String),
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

    /// The chart with its data.
    pub fn chart(
        &self,
        databases: &mut Databases<'_>,
        clock: Clock<'_>,
    ) -> Result<Chart, DescriptionError> {
        let (start, end) = (window::parse_start(&self.start)?, window::parse_end(&self.end)?);
        let range = window::resolve(&start, &end, clock.now, clock.zone)?;
        let (width, height) = (self.width.unwrap_or(800), self.height.unwrap_or(300));
        let mut statements = Vec::new();
        for (place, series) in self.series.iter().enumerate() {
            series.define(place, &mut statements)?;
        }
        let window = Window::new(range, width, 0);
        let evaluated = evaluate(&statements, window, databases, clock)?;
        let mut chart = self.frame(range, width, height).zone(clock.zone.clone());
        for (place, series) in self.series.iter().enumerate() {
            chart = series.draw(chart, place, &evaluated)?;
        }
        for rule in &self.rules {
            let line = Rule::at_value(rule.value).legend(rule.label.clone());
            chart = chart.draw(match &rule.color {
                Some(text) => line.color(color(text)?),
                None => line,
            });
        }
        Ok(chart)
    }

    fn frame(&self, range: TimeRange, width: u32, height: u32) -> Chart {
        let columns = self.legend.iter().map(|column| match column {
            Column::Minimum => Summary::Minimum,
            Column::Average => Summary::Average,
            Column::Maximum => Summary::Maximum,
            Column::Last => Summary::Last,
            Column::Percentile95 => Summary::Percentile95,
        });
        Chart::new(range)
            .title(&self.title)
            .vertical_label(self.unit.clone())
            .unit(self.unit.clone())
            .size(width, height)
            .legend(Legend::Table(columns.collect()))
            .hatch_unknown(true)
            .theme(match self.theme {
                Some(ThemeName::Light) => Theme::Light,
                Some(ThemeName::Dark) => Theme::Dark,
                Some(ThemeName::Auto) | None => Theme::Auto,
            })
            .scale(ValueScale {
                lower: self.lower,
                upper: self.upper,
                rigid: self.rigid,
                logarithmic: self.logarithmic,
                base: if self.binary { Base::Binary } else { Base::Decimal },
                ..ValueScale::default()
            })
    }
}

impl SeriesDescription {
    /// The name of what is drawn.
    fn drawn(&self, place: usize) -> String {
        match (&self.formula, &self.source) {
            (None, Some(source)) => self.name.clone().unwrap_or_else(|| source.clone()),
            // No name in a formula has a blank, so this one is free.
            _ => format!("formula {place}"),
        }
    }

    fn define(
        &self,
        place: usize,
        statements: &mut Vec<Statement>,
    ) -> Result<(), DescriptionError> {
        let number = place + 1;
        if let (Some(file), Some(source)) = (&self.file, &self.source) {
            let own = self.function.as_deref().unwrap_or("AVERAGE");
            let function = ConsolidationFunction::from_name(own)
                .ok_or_else(|| DescriptionError::Function { number, name: own.to_owned() })?;
            let name = self.name.clone().unwrap_or_else(|| source.clone());
            let define = |name: String, function| {
                Statement::Definition(Definition {
                    name,
                    file: file.clone(),
                    source: source.clone(),
                    function,
                    step: None,
                    start: None,
                    end: None,
                    reduce: None,
                    daemon: None,
                })
            };
            statements.push(define(name, function));
            if self.envelope {
                statements.push(define(format!("least {place}"), ConsolidationFunction::Min));
                statements.push(define(format!("most {place}"), ConsolidationFunction::Max));
            }
        } else if self.formula.is_none() {
            return Err(DescriptionError::Empty { number });
        }
        if let Some(text) = &self.formula {
            let formula = Formula::parse(text)
                .map_err(|error| DescriptionError::Formula { number, error })?;
            statements
                .push(Statement::Calculation(Calculation { name: self.drawn(place), formula }));
        }
        Ok(())
    }

    fn draw(
        &self,
        mut chart: Chart,
        place: usize,
        evaluated: &Evaluated,
    ) -> Result<Chart, DescriptionError> {
        if self.draw == Shape::Hidden {
            return Ok(chart);
        }
        let samples = |name: &str| -> Result<Samples, EvaluateError> {
            let rows = evaluated.series(name)?;
            let start = Timestamp::from_seconds(rows.start);
            Ok(Samples::new(start, rows.step, rows.values.as_slice()))
        };
        if self.envelope && self.formula.is_none() && self.file.is_some() {
            let (least, most) = (format!("least {place}"), format!("most {place}"));
            chart = chart.draw(Band::between(samples(&least)?, samples(&most)?));
        }
        let shown = samples(&self.drawn(place))?;
        let label =
            self.label.clone().or_else(|| self.name.clone()).or_else(|| self.source.clone());
        let curve = match self.draw {
            Shape::Area => Curve::area(shown),
            _ => Curve::line(shown),
        };
        let mut curve = curve.legend(label.unwrap_or_default());
        if let Some(text) = &self.color {
            curve = curve.color(color(text)?);
        }
        if let Some(width) = self.width {
            curve = curve.width(width);
        }
        Ok(chart.draw(if self.stack { curve.stacked() } else { curve }))
    }
}

fn color(text: &str) -> Result<Color, DescriptionError> {
    let digits = text.strip_prefix('#').and_then(Color::from_hex);
    digits.ok_or_else(|| DescriptionError::Color(text.to_owned()))
}
