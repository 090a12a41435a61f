//! XPORT: a column of an export.

/// One column of an export: `XPORT:name:legend`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The name of a DEF or CDEF.
    pub variable: String,
    /// The head of the column; may be empty.
    pub legend: String,
}
