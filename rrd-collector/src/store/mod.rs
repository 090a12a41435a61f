//! The databases: writing samples and reading rows.

mod ahead;
pub mod archives;
pub mod budget;
pub mod data_folder;
mod kept;
mod old_files;
mod other_retention;
mod scan;
mod withdraw;
pub mod writer;

pub use old_files::OldFileError;
pub use other_retention::other_retention;
pub(crate) use scan::{databases, folder_bytes};
pub(crate) use withdraw::Withdrawal;
