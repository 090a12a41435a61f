//! Makes a change atomic: the change as a record, and the one function that writes records to a
//! file. `image` is the record as bytes, `tail` the chunks that follow the rows of a file, `redo`
//! writes the one with the record.

mod apply;
mod image;
mod pending;
mod record;
mod redo;
mod tail;

use std::io;

use crate::disk::DiskFile;

pub(crate) use apply::replay;
use apply::{write_head_first, write_rows_first};
pub(crate) use image::{Heads, Image};
pub(crate) use pending::PendingRows;
pub(crate) use record::Record;
pub use record::{Durability, Unprotected};
pub(crate) use redo::Redo;
pub(crate) use tail::{Tail, has_vanished};

/// Writes a change to its file. This is the only place that writes to an existing database.
///
/// `head` is the length of the file before its rows. A simple record is written in two steps: the
/// rows, which replace the oldest ones, then the head in one piece. Any other is written ahead
/// first, then the head, then the rows: an interrupted commit is visible in the head, and the
/// record completes it.
///
/// Where nothing can be written ahead, the change is written in RRDtool's order, and the reason is
/// returned; except if it must survive a power loss and there will be space later.
#[inline]
pub(crate) fn commit(
    file: &dyn DiskFile,
    head: usize,
    record: &Record,
    durability: Durability,
    write_ahead: impl FnOnce() -> Result<(), NoRecord>,
) -> Result<Option<Unprotected>, CommitError> {
    let unprotected = begin_commit(file, head, record, durability, write_ahead)?;
    match durability {
        Durability::Process => {}
        Durability::Synced => file.sync().map_err(CommitError::File)?,
    }
    Ok(unprotected)
}

/// All of [`commit`] but the last step: a change that must survive a power loss does so once the
/// file is synced. What was written ahead must be kept until then.
#[inline]
pub(crate) fn begin_commit(
    file: &dyn DiskFile,
    head: usize,
    record: &Record,
    durability: Durability,
    write_ahead: impl FnOnce() -> Result<(), NoRecord>,
) -> Result<Option<Unprotected>, CommitError> {
    if !needs_record(record, head, durability) {
        write_rows_first(file, head, record).map_err(CommitError::File)?;
        return Ok(None);
    }
    if let Err(error) = write_ahead() {
        return match error.reason() {
            Some(reason)
                if durability == Durability::Process || reason == Unprotected::ForeignBytes =>
            {
                write_rows_first(file, head, record).map_err(CommitError::File)?;
                Ok(Some(reason))
            }
            _ => Err(CommitError::Record(error.into())),
        };
    }
    write_head_first(file, head, record).map_err(CommitError::File)?;
    Ok(None)
}

/// Whether a change is written ahead, in a file whose head has `head` bytes.
#[inline]
pub(crate) fn needs_record(record: &Record, head: usize, durability: Durability) -> bool {
    durability == Durability::Synced || !record.is_simple(head)
}

/// Why a record was not written ahead. The file is unchanged.
#[derive(Debug)]
pub(crate) enum NoRecord {
    /// Bytes of another program are where it belongs.
    ForeignBytes,
    /// The system does not write it.
    Io(io::Error),
}

impl NoRecord {
    /// Why the change may be written without a record; `None` if the file system failed otherwise.
    fn reason(&self) -> Option<Unprotected> {
        use io::ErrorKind::{FileTooLarge, PermissionDenied, QuotaExceeded, StorageFull};
        match self {
            Self::ForeignBytes => Some(Unprotected::ForeignBytes),
            Self::Io(error) => matches!(
                error.kind(),
                StorageFull | QuotaExceeded | FileTooLarge | PermissionDenied
            )
            .then_some(Unprotected::NoSpace),
        }
    }
}

impl From<NoRecord> for io::Error {
    fn from(error: NoRecord) -> Self {
        match error {
            NoRecord::ForeignBytes => Self::other(Unprotected::ForeignBytes),
            NoRecord::Io(error) => error,
        }
    }
}

/// Why a change did not reach its file.
#[derive(Debug)]
pub(crate) enum CommitError {
    /// The record cannot be written ahead; the file is unchanged.
    Record(io::Error),
    /// The file cannot be written; the record, if there is one, completes the change later.
    File(io::Error),
}
