//! The databases: writing samples and reading rows.

pub mod archives;
mod old_files;
pub mod writer;

pub use old_files::OldFileError;
