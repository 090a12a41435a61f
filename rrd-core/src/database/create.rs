//! Making a file: written whole under another name, then renamed.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{CreateError, Snapshot};
use crate::commit::{recover, sidecar_exists, sidecar_path};
use crate::disk::{Access, Disk, DiskFile, Locking, NewFile, Overwrite};
use crate::format::{FileVersion, Head, LiveHead, VALUE, encode, push_values};
use crate::number::{UNKNOWN, length_to_u64, to_index};
use crate::schema::Schema;
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

/// Who may do what with a file that is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Permissions {
    /// What the umask leaves.
    New,
    /// Those of the file that is replaced; what the umask leaves if there is none.
    Replaced,
    /// These bits.
    Exactly(u32),
}

/// Writes a fresh file and leaves it open; with it comes what opening it again would read.
pub(crate) fn create(
    disk: &dyn Disk,
    path: &Path,
    schema: &Schema,
    start: Timestamp,
    options: CreateOptions,
) -> Result<(Box<dyn DiskFile>, Snapshot), CreateError> {
    let lowest = schema.version();
    let head = Head {
        version: options.version.unwrap_or(lowest).max(lowest),
        schema: schema.clone(),
        live: LiveHead::fresh(schema, start),
    };
    write_file(disk, path, &head, options, Permissions::Replaced, |_, values| {
        values.fill(UNKNOWN);
        Ok(())
    })
}

/// The permissions of the file that is to be replaced; `None` if there is none.
fn mode_of(path: &Path) -> Option<u32> {
    let old = path.metadata().ok().filter(Metadata::is_file)?;
    Some(old.permissions().mode() & 0o777)
}

/// Writes a whole file and leaves it open: the head, then the rows of each archive as `rows` gives them, piece by piece
/// in file order. The first argument of `rows` is the archive.
pub(crate) fn write_file(
    disk: &dyn Disk,
    path: &Path,
    head: &Head,
    options: CreateOptions,
    permissions: Permissions,
    rows: impl FnMut(usize, &mut [f64]) -> io::Result<()>,
) -> Result<(Box<dyn DiskFile>, Snapshot), CreateError> {
    let replaces = disk.exists(path);
    if replaces && options.overwrite == Overwrite::No {
        return Err(CreateError::Exists { path: path.to_owned() });
    }
    // A power loss must not leave nothing in the place of something.
    let synced = options.synced || replaces;
    // Nothing is written that could not be opened.
    let snapshot = Snapshot::of_native(encode(head), &head.schema)
        .map_err(|fault| CreateError::Impossible { path: path.to_owned(), fault })?;
    let mode = match permissions {
        Permissions::New => None,
        Permissions::Replaced => replaces.then(|| mode_of(path)).flatten(),
        Permissions::Exactly(mode) => Some(mode),
    };
    let new = match mode {
        None if !replaces => NewFile::begin_free(disk, path),
        _ => NewFile::begin(disk, path, mode),
    };
    let new = new.map_err(|source| CreateError::Temporary { path: path.to_owned(), source })?;
    new.file()
        .and_then(|file| fill(file, &snapshot, rows))
        .map_err(|source| CreateError::Write { path: path.to_owned(), source })?;
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
        _ => Ok((file, snapshot)),
    }
}

/// Writes the head, then the rows of all archives.
fn fill(
    file: &dyn DiskFile,
    snapshot: &Snapshot,
    mut rows: impl FnMut(usize, &mut [f64]) -> io::Result<()>,
) -> io::Result<()> {
    let schema = &snapshot.head.schema;
    let width = schema.sources().len();
    let piece_rows = length_to_u64((PIECE / VALUE / width).max(1));
    let whole = to_index(snapshot.length).unwrap_or(usize::MAX);
    let mut bytes = Vec::with_capacity(whole.min(snapshot.bytes.len() + 2 * PIECE));
    bytes.extend_from_slice(&snapshot.bytes);
    let mut values = Vec::new();
    let mut offset = 0;
    for (index, archive) in schema.archives().iter().enumerate() {
        let mut left = archive.rows;
        while left > 0 {
            let count = left.min(piece_rows);
            left -= count;
            values.resize(to_index(count).unwrap_or_default() * width, UNKNOWN);
            rows(index, &mut values)?;
            push_values(&mut bytes, &values);
            if bytes.len() >= PIECE {
                file.write_at(offset, &bytes)?;
                offset += length_to_u64(bytes.len());
                bytes.clear();
            }
        }
    }
    file.write_at(offset, &bytes)
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
