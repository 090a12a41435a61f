//! LINE: a curve.

use super::Operand;
use crate::color::Color;

/// A curve through the values: `LINE1:name#color:legend`.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What is drawn.
    pub value: Operand,
    /// The width in pixels, 0 or more.
    pub width: f64,
    /// The colour. Without one a line with a legend takes the next of the palette, and a line
    /// without a legend is invisible and only counts for stacks and the range of the axis.
    pub color: Option<Color>,
    /// The text in the legend, as written; empty for none.
    pub legend: String,
    /// Whether it stands on the element before it.
    pub stack: bool,
    /// Whether it leaves the range of the axis alone.
    pub skip_scale: bool,
    /// Its dashes; drawn through without.
    pub dashes: Option<Dashes>,
}

/// Lengths of marks and gaps in turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Dashes {
    /// Mark, gap, mark, gap, ... in pixels; an odd list is repeated.
    pub lengths: Vec<f64>,
    /// How far into the pattern the line starts.
    pub offset: f64,
}
