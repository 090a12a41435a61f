//! Completes changes that killed writers left, under the write lock.

use std::path::Path;

use super::head_bytes::{HeadBytes, LoadError};
use super::{Snapshot, UpdateError};
use crate::commit::{CommitError, Durability, Image, Record, Redo, commit, replay};
use crate::disk::DiskFile;

/// Completes what is behind the rows of a file, or removes it where it does not fit, and reads the
/// file.
pub(crate) fn settled(file: &dyn DiskFile) -> Result<Snapshot, LoadError> {
    Snapshot::decoded(settled_bytes(file)?)
}

/// The same without decoding the head.
pub(super) fn settled_bytes(file: &dyn DiskFile) -> Result<HeadBytes, LoadError> {
    let mut found = HeadBytes::read_locked(file)?;
    if !found.tail.has_redo() {
        return Ok(found);
    }
    if let Some(image) = &found.unfinished {
        replay(file, image)?;
    }
    // A record that stays is complete, so that repeating it changes nothing.
    let _ = found.tail.cut(file);
    HeadBytes::read_locked(file)
}

/// Completes the change in `image`, the bytes of a record, if the file is in a state between its
/// beginning and its end; returns whether it is.
pub(crate) fn complete(file: &dyn DiskFile, image: &[u8]) -> Result<bool, LoadError> {
    let found = HeadBytes::read(file)?;
    let image = found.rows_end().and_then(|end| Image::decode(image, end));
    match image.filter(|image| found.accepts(image)) {
        Some(image) => Ok(replay(file, &image).map(|()| true)?),
        None => Ok(false),
    }
}

/// Makes the change that `find` returns for the bytes of the head and the end of the rows, if it
/// leaves a valid database; returns whether it does.
pub(crate) fn complete_with(
    path: &Path,
    file: &dyn DiskFile,
    find: impl FnOnce(&[u8], u64) -> Option<Record>,
) -> Result<bool, UpdateError> {
    let found = settled_bytes(file).map_err(|error| error.at(path))?;
    let record = found.rows_end().and_then(|end| find(&found.bytes, end));
    let Some(record) = record else { return Ok(false) };
    let Some(after) = found.after(&record) else { return Ok(false) };
    let Some(heads) = found.heads(&after) else { return Ok(false) };
    let mut redo = Redo::new(found.tail);
    let write_ahead = || {
        redo.write(file, Durability::Process, |bytes| Image::encode(bytes, false, heads, &record))
    };
    let path = path.to_owned();
    match commit(file, after.len(), &record, Durability::Process, write_ahead) {
        Ok(_) => {
            redo.finish(file);
            Ok(true)
        }
        Err(CommitError::Record(source)) => Err(UpdateError::Record { path, source }),
        Err(CommitError::File(source)) => Err(UpdateError::Write { path, source }),
    }
}
