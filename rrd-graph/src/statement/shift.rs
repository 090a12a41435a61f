//! SHIFT: a series moved in time.

/// Moves a series: `SHIFT:name:offset`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// The name of a DEF or CDEF.
    pub variable: String,
    /// How far; positive moves old data to newer times.
    pub offset: Offset,
}

/// How far a series is moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offset {
    /// Seconds.
    Seconds(i64),
    /// The value of a VDEF, in seconds.
    Variable(String),
}
