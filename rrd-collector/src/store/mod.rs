//! The databases: writing samples and reading rows.

pub mod archives;
pub mod sink;
