//! SHIFT: shifts a series in time.

use std::fmt;

use super::scope::{NameKind, Scope};
use super::text::escape;
use super::{StatementError, pieces::Pieces};

/// Shifts a series: `SHIFT:name:offset`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// The name of a DEF or CDEF.
    pub variable: String,
    /// The offset; a positive one moves old data to newer times.
    pub offset: Offset,
}

/// The offset of a shift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offset {
    /// Seconds.
    Seconds(i64),
    /// The value of a VDEF, in seconds.
    Variable(String),
}

impl Shift {
    /// Parses what follows `SHIFT`.
    pub(super) fn parse(pieces: &mut Pieces, scope: &Scope) -> Result<Self, StatementError> {
        let argument = pieces.argument();
        let offset = pieces.key("shift");
        let variable = pieces.key("vname").or_else(|| pieces.next_value()).ok_or_else(|| {
            StatementError::IncompleteDefinition { what: "vdef/rrd", argument: argument.clone() }
        })?;
        match scope.kind(&variable) {
            Some(NameKind::Series) => {}
            Some(NameKind::Number) => {
                return Err(StatementError::NotASeries { name: variable, argument });
            }
            None => return Err(StatementError::ShiftOfUnknown { name: variable }),
        }
        let text = offset.or_else(|| pieces.next_value()).ok_or(StatementError::MissingOffset)?;
        let offset = match scope.kind(&text) {
            Some(NameKind::Number) => Offset::Variable(text),
            Some(NameKind::Series) => {
                return Err(StatementError::OffsetOfSeries { name: text, argument });
            }
            None => match text.parse() {
                Ok(seconds) => Offset::Seconds(seconds),
                Err(_) => return Err(StatementError::BadOffset { text }),
            },
        };
        Ok(Self { variable, offset })
    }
}

impl fmt::Display for Shift {
    /// The statement in RRDtool's grammar.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SHIFT:{}:", escape(&self.variable))?;
        match &self.offset {
            Offset::Seconds(seconds) => write!(f, "{seconds}"),
            Offset::Variable(name) => write!(f, "{}", escape(name)),
        }
    }
}
