//! AREA: a filled curve.

use super::Operand;
use crate::color::Color;

/// The space between the values and the base line, or the element below: `AREA:name#color:legend`.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    /// What is drawn.
    pub value: Operand,
    /// The colour; without one see [`Line::color`](super::Line::color).
    pub color: Option<Color>,
    /// A second colour to fade into.
    pub gradient: Option<Gradient>,
    /// The text in the legend, as written; empty for none.
    pub legend: String,
    /// Whether it stands on the element before it.
    pub stack: bool,
    /// Whether it leaves the range of the axis alone.
    pub skip_scale: bool,
}

/// The fading of an area.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gradient {
    /// The colour away from the curve.
    pub base: Color,
    /// Positive: `base` is reached this many pixels below the curve. Zero: at the base line.
    /// Negative: `base` at the base line, the area's own colour this many pixels above it.
    pub height: f64,
}
