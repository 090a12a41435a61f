//! What an element draws.

/// What an element draws: a named series or number, or a constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// A constant.
    Number(f64),
    /// The name of a DEF, CDEF or VDEF.
    Variable(String),
}
