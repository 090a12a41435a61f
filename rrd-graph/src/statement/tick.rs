//! TICK: marks at columns.

use crate::color::Color;

/// A mark at each column of a series that is known and not zero: `TICK:name#color:fraction:legend`.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// The name of the series.
    pub variable: String,
    /// The colour; without one see [`Line::color`](super::Line::color).
    pub color: Option<Color>,
    /// How long the marks are.
    pub length: TickLength,
    /// The text in the legend, as written; empty for none.
    pub legend: String,
}

/// The length of a tick.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TickLength {
    /// A share of the canvas' height: upwards from the bottom, or where negative downwards from the top.
    Fraction(f64),
    /// `vname` instead of a number: half of the canvas.
    Dynamic,
}
