//! What a chart draws once the data are there: each element with its rows and its legend text.
//! How rows become one value a pixel lives in `columns`; how the texts are set lives in `layout`.

use std::sync::Arc;

use crate::statement::{Alignment, Area, HorizontalRule, Line, Tick, VerticalRule};

/// Rows of one series at equal distances.
///
/// Row `k` covers the time from `start + k * step` (not included) to `start + (k + 1) * step`.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// Where the first row begins, seconds since 1970.
    pub start: i64,
    /// Seconds in one row, at least 1.
    pub step: u64,
    /// The values; NaN where unknown.
    pub values: Vec<f64>,
}

/// What an element shows over time.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// The same everywhere.
    Constant(f64),
    /// A series.
    Rows(Arc<Rows>),
}

/// One element of the picture, with everything that layout and painting need to know of the data.
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    /// What is painted.
    pub mark: Mark,
    /// Its text in the legend.
    pub legend: Option<LegendEntry>,
    /// How a legend line that ends here without a control of its own is set.
    pub alignment: Alignment,
}

/// What an element paints on the canvas.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// A curve.
    Line(Line, Values),
    /// A filled curve.
    Area(Area, Values),
    /// Marks at columns.
    Tick(Tick, Values),
    /// A line across at this value.
    HorizontalRule(HorizontalRule, f64),
    /// A line upwards at this moment, seconds since 1970; 0 where the VDEF has no time.
    VerticalRule(VerticalRule, i64),
    /// Nothing: a printed text in the legend.
    LegendPrint,
    /// Nothing: a fixed text in the legend.
    Comment,
}

impl Mark {
    /// Whether its legend entry shows a sample of the colour before the text.
    pub fn has_key(&self) -> bool {
        !matches!(self, Self::LegendPrint | Self::Comment)
    }
}

/// A text of the legend, ready to be set: marks resolved, two blanks in front where a key is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegendEntry {
    /// The text without its control mark; may be empty.
    pub text: String,
    /// What the control mark at its end asks for.
    pub control: Option<LegendControl>,
}

/// A control mark at the end of a legend text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegendControl {
    /// `\l`, `\n`, `\r`, `\c`, `\j`: the line ends here and is set like this.
    End(Alignment),
    /// `\s`: the line ends here and only a little room follows.
    Space,
    /// `\u`: the line ends here and the next one is a line higher.
    Up,
    /// `\g`: no gap between this text and the next.
    Glue,
}
