//! TICK: marks at columns.

use std::fmt;

use rrd_core::number;

use super::scope::{NameKind, Scope};
use super::text::{write_colored, write_text};
use super::{Operand, StatementError, field, pieces::Pieces};
use crate::color::Color;

/// A mark at each column of a series with a known value that is not zero:
/// `TICK:name#color:fraction:legend`.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// The series; for a constant every column has a mark.
    pub value: Operand,
    /// The colour; if `None` see [`Line::color`](super::Line::color).
    pub color: Option<Color>,
    /// The length of the marks.
    pub length: TickLength,
    /// The text in the legend, as written; empty for none.
    pub legend: String,
}

/// The length of a tick.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TickLength {
    /// A share of the canvas height: upwards from the bottom or, if negative, downwards from the
    /// top.
    Fraction(f64),
    /// `vname` instead of a number: half of the canvas.
    Dynamic,
}

impl Tick {
    /// Parses what follows `TICK`.
    pub(super) fn parse(pieces: &mut Pieces, scope: &Scope) -> Result<Self, StatementError> {
        let length = pieces.key("fraction");
        let colored = field::colored(pieces)?;
        let length = length.or_else(|| pieces.next_value());
        let length = length.ok_or(StatementError::MissingFraction)?;
        let shown = field::resolve(colored, pieces, scope)?;
        let length = match number::parse(&length) {
            _ if length == "vname" => match scope.kind(&shown.name) {
                Some(NameKind::Series) => TickLength::Dynamic,
                _ => return Err(StatementError::DynamicFractionOfNumber { name: shown.name }),
            },
            Ok(fraction) => TickLength::Fraction(fraction),
            Err(_) => return Err(StatementError::BadFraction { name: shown.name }),
        };
        Ok(Self { value: shown.value, color: shown.color, length, legend: shown.legend })
    }
}

impl fmt::Display for Tick {
    /// The statement in RRDtool's grammar.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TICK:")?;
        write_colored(f, &self.value, self.color, None)?;
        match self.length {
            TickLength::Fraction(fraction) => write!(f, ":{fraction}")?,
            TickLength::Dynamic => f.write_str(":vname")?,
        }
        write_text(f, "legend", &self.legend)
    }
}
