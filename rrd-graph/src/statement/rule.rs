//! HRULE and VRULE: lines across the whole canvas.

use super::{Dashes, Operand};
use crate::color::Color;

/// A line across at one value: `HRULE:value#color:legend`.
#[derive(Clone, Debug, PartialEq)]
pub struct HorizontalRule {
    /// The value: a number or the value of a VDEF.
    pub value: Operand,
    /// The colour; without one see [`Line::color`](super::Line::color).
    pub color: Option<Color>,
    /// The text in the legend, as written; empty for none.
    pub legend: String,
    /// Its dashes; drawn through without.
    pub dashes: Option<Dashes>,
}

/// A line upwards at one moment: `VRULE:time#color:legend`.
#[derive(Clone, Debug, PartialEq)]
pub struct VerticalRule {
    /// The moment: seconds since 1970 or the time of a VDEF.
    pub time: Operand,
    /// The colour; without one see [`Line::color`](super::Line::color).
    pub color: Option<Color>,
    /// The text in the legend, as written; empty for none.
    pub legend: String,
    /// Its dashes; drawn through without.
    pub dashes: Option<Dashes>,
}
