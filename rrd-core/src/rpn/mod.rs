//! Reverse Polish notation: one engine for COMPUTE data sources and CDEF.

/// The expression of a COMPUTE data source as it is packed into a file: at most 19 nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct CompactExpression {}
