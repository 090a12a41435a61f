//! Making a file: written whole under another name, then renamed.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::CreateError;
use crate::format::{FileVersion, Head, HeadError, LiveHead, VALUE, decode, encode};
use crate::journal::{recover, sidecar_exists, sidecar_path};
use crate::number::{UNKNOWN, length_to_u64};
use crate::schema::Schema;
use crate::storage::{Access, Disk, DiskFile, Locking, NewFile, Overwrite};
use crate::time::Timestamp;

/// How a database is created.
///
/// ```
/// use rrd_core::{CreateOptions, Overwrite};
/// assert_eq!(CreateOptions::default().overwrite, Overwrite::Yes);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreateOptions {
    /// Whether a file of the name is replaced.
    pub overwrite: Overwrite,
    /// Whether the file and its name survive a power loss from the moment that it is made. A file that replaces another
    /// always does.
    pub synced: bool,
    /// The version of the file, if it shall be higher than its shape asks for.
    pub version: Option<FileVersion>,
}

impl Default for CreateOptions {
    /// Replaces, without waiting for the disk, in the lowest version.
    fn default() -> Self {
        Self { overwrite: Overwrite::Yes, synced: false, version: None }
    }
}

/// Unknown rows are written in pieces of this many bytes.
const PIECE: usize = 256 << 10;

/// Writes a fresh file and leaves it open.
pub(crate) fn create(
    disk: &dyn Disk,
    path: &Path,
    schema: &Schema,
    start: Timestamp,
    options: CreateOptions,
) -> Result<Box<dyn DiskFile>, CreateError> {
    let lowest = schema.version();
    let head = Head {
        version: options.version.unwrap_or(lowest).max(lowest),
        schema: schema.clone(),
        live: LiveHead::fresh(schema, start),
    };
    write_file(disk, path, &head, options, mode_of(path), |_, values| {
        values.fill(UNKNOWN);
        Ok(())
    })
}

/// The permissions of the file that is to be replaced; `None` if there is none.
fn mode_of(path: &Path) -> Option<u32> {
    let old = path.metadata().ok().filter(Metadata::is_file)?;
    Some(old.permissions().mode() & 0o777)
}

/// Writes a whole file and leaves it open: the head, then the rows of each archive as `rows` gives them, piece by piece in file order. The
/// first argument of `rows` is the archive.
pub(crate) fn write_file(
    disk: &dyn Disk,
    path: &Path,
    head: &Head,
    options: CreateOptions,
    mode: Option<u32>,
    mut rows: impl FnMut(usize, &mut [f64]) -> io::Result<()>,
) -> Result<Box<dyn DiskFile>, CreateError> {
    let replaces = disk.exists(path);
    if replaces && options.overwrite == Overwrite::No {
        return Err(CreateError::Exists { path: path.to_owned() });
    }
    // A power loss must not leave nothing in the place of something.
    let synced = options.synced || replaces;
    let begin = encode(head);
    check(&begin, &head.schema)
        .map_err(|fault| CreateError::Impossible { path: path.to_owned(), fault })?;
    let new = match mode {
        None if !replaces => NewFile::begin_free(disk, path),
        _ => NewFile::begin(disk, path, mode),
    };
    let new = new.map_err(|source| CreateError::Temporary { path: path.to_owned(), source })?;
    let write = || -> io::Result<()> {
        let file = new.file()?;
        let mut offset = 0;
        let mut bytes = begin;
        let width = head.schema.sources().len();
        let piece_rows = length_to_u64((PIECE / VALUE / width).max(1));
        let mut values = Vec::new();
        for (index, archive) in head.schema.archives().iter().enumerate() {
            let mut left = archive.rows;
            while left > 0 {
                let count = left.min(piece_rows);
                left -= count;
                values.resize(crate::number::to_index(count).unwrap_or_default() * width, UNKNOWN);
                rows(index, &mut values)?;
                bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
                if bytes.len() >= PIECE {
                    file.write_at(offset, &bytes)?;
                    offset += length_to_u64(bytes.len());
                    bytes.clear();
                }
            }
        }
        file.write_at(offset, &bytes)
    };
    write().map_err(|source| CreateError::Write { path: path.to_owned(), source })?;
    if replaces {
        settle(disk, path)
            .map_err(|source| CreateError::Write { path: path.to_owned(), source })?;
    }
    let file = new.finish(options.overwrite, synced).map_err(|source| {
        let path = path.to_owned();
        if source.kind() == io::ErrorKind::AlreadyExists {
            CreateError::Exists { path }
        } else {
            CreateError::Rename { path, source }
        }
    })?;
    // One that came into being since, or that could not be settled.
    match disk.remove(&sidecar_path(path)) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(CreateError::Write { path: sidecar_path(path), source })
        }
        _ => Ok(file),
    }
}

/// Completes or drops the change that a dead writer left of a file that is to be replaced: between the new name and the
/// end of the journal it could be taken for one of the new file, if that begins like the old one.
fn settle(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    if !sidecar_exists(disk, path).unwrap_or(false) {
        return Ok(());
    }
    // What cannot be written cannot be completed either.
    let Ok(file) = disk.open(path, Access::Write) else { return Ok(()) };
    if file.lock(Locking::default())? {
        let settled = recover(disk, path, &*file);
        file.unlock();
        settled?;
    }
    Ok(())
}

/// Whether a file that begins like this can be opened.
fn check(begin: &[u8], schema: &Schema) -> Result<(), HeadError> {
    let rows: u64 = schema.archives().iter().map(|archive| archive.rows).sum();
    let width = length_to_u64(VALUE * schema.sources().len());
    decode(begin, length_to_u64(begin.len()) + rows * width)?;
    Ok(())
}
