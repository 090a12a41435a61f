//! Makes a change atomic: the change as a record, and the one function that writes records to a
//! file. `sidecar` manages the redo journal next to a file, `image` its bytes.

mod apply;
mod image;
mod pending;
mod record;
mod sidecar;

use std::io;

use crate::disk::DiskFile;

pub(crate) use apply::replay;
use apply::{write_journalled, write_simple};
pub(crate) use image::Image;
pub(crate) use pending::PendingRows;
pub use record::Durability;
pub(crate) use record::Record;
pub(crate) use sidecar::{Sidecar, read_image, recover, sidecar_exists, sidecar_path};

/// Writes a change to its file. This is the only place that writes to an existing database.
///
/// `head` is the content of the file before its rows. A simple record is written in two steps: the
/// rows, which replace the oldest ones, then the head in one piece. Any other is written to the
/// journal first, then the head, then the rows: an interrupted commit is visible in the head, and
/// the journal completes it.
#[inline]
pub(crate) fn commit(
    file: &dyn DiskFile,
    head: usize,
    record: &Record,
    durability: Durability,
    write_ahead: impl FnOnce() -> io::Result<()>,
) -> Result<(), CommitError> {
    if !needs_journal(record, head, durability) {
        return write_simple(file, head, record).map_err(CommitError::File);
    }
    write_ahead().map_err(CommitError::Journal)?;
    write_journalled(file, head, record).map_err(CommitError::File)?;
    if durability == Durability::Synced {
        file.sync().map_err(CommitError::File)?;
    }
    Ok(())
}

/// Whether a change is written to a journal first, in a file whose head has `head` bytes.
#[inline]
pub(crate) fn needs_journal(record: &Record, head: usize, durability: Durability) -> bool {
    durability == Durability::Synced || !record.is_simple(head)
}

/// Why a change did not reach its file.
#[derive(Debug)]
pub(crate) enum CommitError {
    /// The journal cannot be written; the file is unchanged.
    Journal(io::Error),
    /// The file cannot be written; the journal, if the change had one, completes it later.
    File(io::Error),
}
