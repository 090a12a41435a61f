//! XPORT: a column of an export.

use std::fmt;

use super::scope::{NameKind, Scope};
use super::text::{escape, write_text};
use super::{StatementError, pieces::Pieces};

/// One column of an export: `XPORT:name:legend`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The name of a DEF or CDEF.
    pub variable: String,
    /// The heading of the column; may be empty.
    pub legend: String,
}

impl Export {
    /// Parses what follows `XPORT`.
    pub(super) fn parse(pieces: &mut Pieces, scope: &Scope) -> Result<Self, StatementError> {
        let legend = pieces.key("legend");
        let text = pieces.key("vname").or_else(|| pieces.next_value());
        let text = text.ok_or(StatementError::MissingName)?;
        // Colours are accepted and ignored.
        let _ = (pieces.key("color"), pieces.key("color2"));
        let variable = text.split('#').next().unwrap_or_default().to_owned();
        match scope.kind(&variable) {
            Some(NameKind::Series) => {}
            Some(NameKind::Number) => {
                let argument = pieces.argument();
                return Err(StatementError::NotASeries { name: variable, argument });
            }
            None => return Err(StatementError::NeitherNameNorNumber { text: variable }),
        }
        let legend = legend.or_else(|| pieces.next_text()).unwrap_or_default();
        Ok(Self { variable, legend })
    }
}

impl fmt::Display for Export {
    /// The statement in RRDtool's grammar.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "XPORT:{}", escape(&self.variable))?;
        write_text(f, "legend", &self.legend)
    }
}
