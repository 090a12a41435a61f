//! CDEF: a series computed from others. How it is computed lives in `cdef`.

use std::fmt;

use super::text::escape;
use super::{StatementError, pieces::Pieces, scope::Scope};

/// A series computed from others, row by row: `CDEF:name=expression`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calculation {
    /// The name later statements use.
    pub name: String,
    /// The expression in reverse Polish notation.
    pub expression: String,
}

impl Calculation {
    /// Reads what follows `CDEF`.
    pub(super) fn parse(pieces: &mut Pieces<'_>, scope: &Scope) -> Result<Self, StatementError> {
        let (name, expression) = named_expression(pieces)?;
        scope.require_free(&name)?;
        Ok(Self { name, expression })
    }
}

impl fmt::Display for Calculation {
    /// The statement in RRDtool's grammar.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CDEF:vname={}:rpn={}", escape(&self.name), escape(&self.expression))
    }
}

/// Reads `name=expression` of a CDEF or VDEF.
pub(super) fn named_expression(
    pieces: &mut Pieces<'_>,
) -> Result<(String, String), StatementError> {
    match (pieces.key("vname"), pieces.key("rpn")) {
        (Some(name), Some(expression)) => Ok((name, expression)),
        (name, expression) => {
            let argument = pieces.argument();
            let (first, second) = pieces
                .next_pair()
                .ok_or(StatementError::IncompleteDefinition { what: "vdef/rrd", argument })?;
            Ok((name.unwrap_or(first), expression.unwrap_or(second)))
        }
    }
}
