//! Why bytes are not a database. The path is added by the operation that opened the file.

use std::fmt;

use super::Layout;
use crate::rpn::EvaluationError;

/// Why the bytes of a file are not those of a database.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum HeadError {
    /// The file ends inside the head.
    Truncated {
        /// The record that is not whole, as RRDtool names it.
        part: &'static str,
        /// Minimal number of bytes of the file.
        needed: u64,
        /// Its actual length.
        length: u64,
    },
    /// The file does not begin as a database does.
    NotRrd,
    /// The number that identifies the layout is unknown.
    UnknownLayout {
        /// The position of the number in a 64-bit file.
        offset: u64,
    },
    /// The version is not one of 0001 to 0005.
    Version {
        /// The value found there.
        text: String,
        /// Its position in the file.
        offset: u64,
    },
    /// The head is whole, but the file ends before the last row.
    TooShort {
        /// Number of bytes according to the head.
        needed: u64,
        /// Its actual length.
        length: u64,
    },
    /// A data source is of no known type.
    UnknownSourceKind {
        /// Which data source, from 0.
        source: usize,
        /// The value found there.
        name: String,
        /// Its position in the file.
        offset: u64,
    },
    /// An archive is of no known consolidation function.
    UnknownFunction {
        /// Which archive, from 0.
        archive: usize,
        /// The value found there.
        name: String,
        /// Its position in the file.
        offset: u64,
    },
    /// A field holds what no database can have.
    Field {
        /// The field, such as `rra[1].rows`.
        field: String,
        /// What it holds.
        value: String,
        /// Its position in the file.
        offset: u64,
        /// What it would have to hold.
        expected: &'static str,
    },
    /// A computed data source has an expression without a value, whatever the readings are.
    Expression {
        /// Which data source, from 0.
        source: usize,
        /// Why there is no value.
        error: EvaluationError,
        /// The position of the expression in the file.
        offset: u64,
    },
    /// The head asks for more memory than a database can be worth.
    TooLarge {
        /// Bytes of the head.
        bytes: u64,
        /// The most that are read.
        limit: u64,
    },
}

impl fmt::Display for HeadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { needed, length, .. } => {
                write!(f, "the file ends in its head: it has {length} bytes of at least {needed}")
            }
            Self::NotRrd => f.write_str("the file does not begin as an RRD file does"),
            Self::UnknownLayout { offset } => {
                write!(f, "the bytes at {offset} are those of no known machine")
            }
            Self::Version { text, offset } => {
                write!(f, "the version is '{text}' at byte {offset}, but must be 0001 to 0005")
            }
            Self::TooShort { needed, length } => {
                write!(f, "the file has {length} bytes, but its head asks for {needed}")
            }
            Self::UnknownSourceKind { source, name, offset } => {
                write!(f, "ds[{source}].type is '{name}' at byte {offset}, which is not a type")
            }
            Self::UnknownFunction { archive, name, offset } => {
                write!(f, "rra[{archive}].cf is '{name}' at byte {offset}, which is not a function")
            }
            Self::Field { field, value, offset, expected } => {
                write!(f, "{field} is {value} at byte {offset}, but must be {expected}")
            }
            Self::Expression { source, error, offset } => {
                write!(f, "ds[{source}].cdef at byte {offset} never has a value: {error}")
            }
            Self::TooLarge { bytes, limit } => {
                write!(f, "the head has {bytes} bytes, more than the {limit} that are read")
            }
        }
    }
}

impl std::error::Error for HeadError {}

impl HeadError {
    /// A field that holds what no database can have.
    pub(super) fn field(
        field: impl Into<String>,
        value: impl fmt::Display,
        offset: usize,
        expected: &'static str,
    ) -> Self {
        Self::Field {
            field: field.into(),
            value: format!("{value}"),
            offset: crate::number::length_to_u64(offset),
            expected,
        }
    }

    /// An expression that never has a value.
    pub(super) fn expression(source: usize, error: EvaluationError, offset: usize) -> Self {
        Self::Expression { source, error, offset: crate::number::length_to_u64(offset) }
    }

    /// The layout asks for another reader.
    pub(super) fn unknown_layout() -> Self {
        let offset = crate::number::length_to_u64(Layout::NATIVE.float_cookie());
        Self::UnknownLayout { offset }
    }
}
