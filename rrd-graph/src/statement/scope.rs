//! The names defined so far and their kinds.

use std::collections::HashMap;

use super::{Operand, StatementError};

/// The kind of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameKind {
    /// A DEF or CDEF: rows over time.
    Series,
    /// A VDEF: one number, possibly with a time.
    Number,
}

/// The names that the previous statements have defined.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    names: HashMap<String, NameKind>,
}

impl Scope {
    /// The kind of a name, if it is defined.
    pub(crate) fn kind(&self, name: &str) -> Option<NameKind> {
        self.names.get(name).copied()
    }

    /// Defines a name; the first definition of a name is kept.
    pub(super) fn define(&mut self, name: &str, kind: NameKind) {
        self.names.entry(name.to_owned()).or_insert(kind);
    }

    /// Refuses a name that is already defined.
    pub(super) fn require_free(&self, name: &str) -> Result<(), StatementError> {
        match self.kind(name) {
            None => Ok(()),
            Some(_) => Err(StatementError::NameTaken { name: name.to_owned() }),
        }
    }

    /// A defined name or a number.
    pub(super) fn operand(&self, text: &str) -> Result<Operand, StatementError> {
        if self.kind(text).is_some() {
            return Ok(Operand::Variable(text.to_owned()));
        }
        rrd_core::number::parse(text)
            .map(Operand::Number)
            .map_err(|_| StatementError::NeitherNameNorNumber { text: text.to_owned() })
    }
}
