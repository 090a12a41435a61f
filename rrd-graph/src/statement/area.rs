//! AREA: a filled curve.

use std::fmt;

use rrd_core::number;

use super::text::{write_colored, write_text};
use super::{Operand, StatementError, field, pieces::Pieces, scope::Scope};
use crate::color::Color;

/// The default height of a gradient.
const DEFAULT_HEIGHT: f64 = 50.0;

/// The space between the values and the base line, or the element below: `AREA:name#color:legend`.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    /// What is drawn.
    pub value: Operand,
    /// The colour; if `None` see [`Line::color`](super::Line::color).
    pub color: Option<Color>,
    /// A second colour for a gradient.
    pub gradient: Option<Gradient>,
    /// The text in the legend, as written; empty for none.
    pub legend: String,
    /// Whether it is stacked on the previous element.
    pub stack: bool,
    /// Whether the range of the axis ignores it.
    pub skip_scale: bool,
}

/// The gradient of an area.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gradient {
    /// The colour away from the curve.
    pub base: Color,
    /// Positive: `base` is reached this many pixels below the curve. Zero: at the base line.
    /// Negative: `base` is at the base line, the area's own colour this many pixels above it.
    pub height: f64,
}

impl Area {
    /// Parses what follows `AREA`.
    pub(super) fn parse(pieces: &mut Pieces, scope: &Scope) -> Result<Self, StatementError> {
        let height = match pieces.key("gradheight") {
            None => DEFAULT_HEIGHT,
            Some(text) => {
                number::parse(&text).map_err(|_| StatementError::BadGradientHeight { text })?
            }
        };
        let stack = pieces.key("stack").is_some();
        let skip_scale = pieces.key("skipscale").is_some();
        field::axes(pieces)?;
        let shown = field::shown(pieces, scope)?;
        let gradient = shown.second.map(|base| Gradient { base, height });
        let (value, color, legend) = (shown.value, shown.color, shown.legend);
        Ok(Self { value, color, gradient, legend, stack, skip_scale })
    }
}

impl fmt::Display for Area {
    /// The statement in RRDtool's grammar.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AREA:")?;
        write_colored(f, &self.value, self.color, self.gradient.map(|gradient| gradient.base))?;
        f.write_str(if self.stack { ":STACK" } else { "" })?;
        f.write_str(if self.skip_scale { ":skipscale" } else { "" })?;
        match self.gradient {
            Some(gradient) if gradient.height != DEFAULT_HEIGHT => {
                write!(f, ":gradheight={}", gradient.height)?;
            }
            _ => {}
        }
        write_text(f, "legend", &self.legend)
    }
}
