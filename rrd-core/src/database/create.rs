//! Creates files: written completely before they get their name.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use super::{CreateError, Snapshot};
use crate::commit::Durability;
use crate::disk::{
    Disk, DiskFile, HardLinks, Locking, NewFile, Overwrite, Replacing, Streams, Unfinished,
};
use crate::file_version::FileVersion;
use crate::format::{Head, LiveHead, VALUE, encode, push_values};
use crate::number::{UNKNOWN, length_to_u64, to_index};
use crate::schema::{Difference, Schema};
use crate::time::Timestamp;

/// How a database is created.
///
/// By default an existing file is kept, the call does not wait for the disk, and the file gets the
/// lowest version that the schema needs.
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
    pub(crate) replaces_at_once: bool,
}

impl CreateOptions {
    /// The default options.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether an existing file is replaced.
    #[must_use]
    pub fn overwrite(mut self, overwrite: Overwrite) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// Sets whether the file and its name survive a power loss once the call returns. A replacement
    /// does, unless it is [made at once](Self::replacing_at_once).
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Lets the file take the place of another one without waiting for the disk, as a file of a new
    /// name does. After a power loss there may be neither the old one nor the whole new one, which
    /// is RRDtool's behaviour; a kill leaves one of them in any case.
    ///
    /// ```
    /// use rrd_core::{CreateOptions, Overwrite};
    /// let options = CreateOptions::new().overwrite(Overwrite::Yes).replacing_at_once();
    /// assert_ne!(options, CreateOptions::new().overwrite(Overwrite::Yes));
    /// ```
    #[must_use]
    pub fn replacing_at_once(mut self) -> Self {
        self.replaces_at_once = true;
        self
    }

    /// Sets the version of the file; a schema that needs a higher one gets that.
    #[must_use]
    pub fn version(mut self, version: FileVersion) -> Self {
        self.version = Some(version);
        self
    }
}

/// What [`Rrd::open_or_create`](super::Rrd::open_or_create) found.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub enum Opened {
    /// No file: the database is new.
    Created,
    /// A database with the requested structure.
    Existing,
    /// A database with another structure, with all differences. It is open and unchanged.
    Different(Vec<Difference>),
}

impl Opened {
    /// What was found if a database with the structure `found` exists.
    pub(crate) fn existing(wanted: &Schema, found: &Schema) -> Self {
        let differences = wanted.differences(found);
        if differences.is_empty() { Self::Existing } else { Self::Different(differences) }
    }
}

/// Rows are written in blocks of this many bytes. Larger ones are no faster, and memory beyond 128
/// KiB would go back to the system after each file and be cleared for the next one.
const PIECE: usize = 32 << 10;
/// The space of longer files is reserved before they are written: a shorter one fills no disk.
pub(super) const RESERVED: u64 = 256 << 10;

/// Creates a new file and leaves it open; also returns what opening it again would read.
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
    let replacing = Replacing { streams: Streams::Refused, ..REPLACING };
    let (file, snapshot) = write_file(disk, path, &head, options, replacing, |_, values| {
        values.fill(UNKNOWN);
        Ok(())
    })?;
    Ok((file.expect("a device or pipe was refused"), snapshot))
}

/// How the file that a command replaces is treated, unless that command says otherwise: other names
/// keep the old file, as in RRDtool.
pub(crate) const REPLACING: Replacing = Replacing {
    hard_links: HardLinks::Cut,
    locking: Locking::Wait(Duration::from_secs(10)),
    streams: Streams::Written,
};

/// Writes a complete file: the head, then the rows of each archive as returned by `rows`, block by
/// block in file order. The first argument of `rows` is the archive. Returns the open file if it is
/// a regular one, and what opening it again would read.
pub(crate) fn write_file(
    disk: &dyn Disk,
    path: &Path,
    head: &Head,
    options: CreateOptions,
    replacing: Replacing,
    rows: impl FnMut(usize, &mut [f64]) -> io::Result<()>,
) -> Result<(Option<Box<dyn DiskFile>>, Snapshot), CreateError> {
    let replaces = disk.exists(path);
    if replaces && options.overwrite == Overwrite::No {
        return Err(CreateError::Exists { path: path.to_owned() });
    }
    // A power loss must not replace data by nothing.
    let waits = replaces && !options.replaces_at_once;
    let synced = options.durability == Durability::Synced || waits;
    // A file that could not be opened is not created.
    let snapshot = Snapshot::of_native(encode(head), &head.schema)
        .map_err(|fault| CreateError::Impossible { path: path.to_owned(), fault })?;
    let write = |source| CreateError::Write { path: path.to_owned(), source };
    let mut new = NewFile::begin(disk, path, replacing).map_err(|source| {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::IsADirectory => CreateError::Rename { path, source },
            _ => CreateError::Temporary { path, source },
        }
    })?;
    if snapshot.length > RESERVED {
        new.reserve(snapshot.length).map_err(write)?;
    }
    fill(&mut new, &snapshot, rows).map_err(write)?;
    let finished = new.finish(options.overwrite, synced);
    let file = finished.map_err(|unfinished| CreateError::unfinished(path, unfinished))?;
    Ok((file, snapshot))
}

impl CreateError {
    pub(super) fn unfinished(path: &Path, unfinished: Unfinished) -> Self {
        let path = path.to_owned();
        match unfinished {
            Unfinished::Name(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Self::Exists { path }
            }
            Unfinished::Name(source) => Self::Rename { path, source },
            Unfinished::Content(source) => Self::Write { path, source },
        }
    }
}

/// Writes the head, then the rows of all archives.
fn fill(
    file: &mut impl Write,
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
    for (index, archive) in schema.archives().iter().enumerate() {
        let mut left = archive.rows;
        while left > 0 {
            let count = left.min(piece_rows);
            left -= count;
            let count = to_index(count).expect("a piece has at most PIECE rows");
            values.resize(count * width, UNKNOWN);
            rows(index, &mut values)?;
            push_values(&mut bytes, &values);
            if bytes.len() >= PIECE {
                file.write_all(&bytes)?;
                bytes.clear();
            }
        }
    }
    file.write_all(&bytes)
}
