//! Making a file: written whole under another name, then renamed.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{CreateError, Snapshot};
use crate::commit::{Durability, recover, sidecar_exists, sidecar_path};
use crate::disk::{Access, Disk, DiskFile, FileLock, Locking, NewFile, Overwrite};
use crate::format::{FileVersion, Head, LiveHead, VALUE, encode, push_values};
use crate::number::{UNKNOWN, length_to_u64, to_index};
use crate::schema::{Difference, Schema};
use crate::time::Timestamp;

/// How a database is created.
///
/// The default keeps a file that exists, does not wait for the disk, and writes the lowest version that the schema needs.
///
/// ```
/// use rrd_core::{CreateOptions, Durability, Overwrite};
/// let options = CreateOptions::new().overwrite(Overwrite::Yes).durability(Durability::Synced);
/// assert_ne!(options, CreateOptions::default());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CreateOptions {
    pub(crate) overwrite: Overwrite,
    pub(crate) durability: Durability,
    pub(crate) version: Option<FileVersion>,
}

impl CreateOptions {
    /// The default options.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether a file of the name is replaced.
    #[must_use]
    pub fn overwrite(mut self, overwrite: Overwrite) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// Whether the file and its name survive a power loss from the moment that it is made. A file that replaces another
    /// always does.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// The version of the file; a schema that needs a higher one gets that.
    #[must_use]
    pub fn version(mut self, version: FileVersion) -> Self {
        self.version = Some(version);
        self
    }
}

/// What [`Rrd::open_or_create`](super::Rrd::open_or_create) found under the name.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub enum Opened {
    /// Nothing: the database is new.
    Created,
    /// A database of the shape that was asked for.
    Existing,
    /// A database of another shape, with all differences. It is open and unchanged.
    Different(Vec<Difference>),
}

impl Opened {
    /// What was found, where a database of the shape `found` exists.
    pub(crate) fn existing(wanted: &Schema, found: &Schema) -> Self {
        let differences = wanted.differences(found);
        if differences.is_empty() { Self::Existing } else { Self::Different(differences) }
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
    let synced = options.durability == Durability::Synced || replaces;
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
    if let Some(file) = FileLock::take(&*file, Locking::default())? {
        recover(disk, path, &*file)?;
    }
    Ok(())
}
