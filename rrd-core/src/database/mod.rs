//! One database file: create, open, read, update. Connects storage with the pure parts. `write`
//! updates, `snapshot` reads consistently, `error` lists the errors.

mod convert;
mod copy;
mod create;
mod error;
mod head_bytes;
mod joined;
mod read_options;
mod reader;
mod recovery;
mod replace;
mod scan;
mod snapshot;
mod stable_view;
#[cfg(test)]
mod tests;
mod write;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::commit::{Durability, PendingRows, Record, Redo, Unprotected};
use crate::disk::{self, Disk, DiskFile, FileLock, Locking, OsDisk};
use crate::fetch::{FetchRequest, Series};
use crate::format::Head;
use crate::schema::Schema;
use crate::time::{Clock, MaxSkew, Timestamp};
use crate::update::Pipeline;

pub use convert::{ConvertError, convert};
pub use create::{CreateOptions, Opened};
pub(crate) use create::{REPLACING, create, write_file};
pub use error::{BatchError, CreateError, FetchError, OpenError, UpdateError};
pub use read_options::{Access, ReadOptions};
pub use reader::RrdReader;
pub(crate) use reader::{Fault, read_state};
use recovery::settled;
pub(crate) use recovery::{complete, complete_with};
pub(crate) use replace::Replacement;
pub(crate) use snapshot::{HeadPart, Known, RowLayout, Snapshot, Touched, consistently};
pub(crate) use stable_view::StableView;
pub(crate) use write::{EditedRows, Ending};
pub use write::{PastSamples, RowObserver};

/// A database opened for writing.
///
/// Only files of the native layout can be written. A handle does not hold the lock between calls:
/// other programs, including RRDtool, may write to the same file.
///
/// ```
/// use rrd_core::{Heartbeat, Rrd, Schema, Step, Timestamp};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("load.rrd");
/// let schema = Schema::builder(Step::from_seconds(10).unwrap())
///     .gauge("load", Heartbeat::from_seconds(30))
///     .average(0.5, 1, 360)
///     .build()?;
/// let (rrd, _) = Rrd::open_or_create(&path, &schema, Timestamp::from_seconds(1_000_000_000))?;
/// assert_eq!(rrd.last_update().seconds(), 1_000_000_000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Rrd {
    disk: Arc<dyn Disk>,
    file: Box<dyn DiskFile>,
    path: PathBuf,
    options: WriteOptions,
    snapshot: Snapshot,
    redo: Redo,
    /// Why the last change was written without a record, if so.
    unprotected: Option<Unprotected>,
    /// Whether memory may differ from the file in ways that its head does not show: while a change
    /// is computed, and after one that was not completed.
    stale: bool,
    // Buffers, so that updates and fetches do not allocate.
    pipeline: Option<Pipeline>,
    pending: PendingRows,
    record: Record,
    buffer: Vec<u8>,
}

/// How a database is written.
///
/// By default a writer waits up to ten seconds for another one, changes survive the end of the
/// process, and samples of any time are accepted.
///
/// ```
/// use rrd_core::{Durability, Locking, WriteOptions};
/// let options = WriteOptions::new().locking(Locking::Try).durability(Durability::Synced);
/// ```
#[derive(Clone, Debug, Default)]
pub struct WriteOptions {
    pub(crate) locking: Locking,
    pub(crate) durability: Durability,
    pub(crate) max_skew: Option<MaxSkew>,
    pub(crate) clock: Clock,
}

impl WriteOptions {
    /// The default options.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what happens if another program is writing to the file.
    #[must_use]
    pub fn locking(mut self, locking: Locking) -> Self {
        self.locking = locking;
        self
    }

    /// Sets what an update survives once it has returned.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Sets how far ahead of the clock a sample may be; `None`, the default, for any distance.
    #[must_use]
    pub fn max_skew(mut self, max_skew: impl Into<Option<MaxSkew>>) -> Self {
        self.max_skew = max_skew.into();
        self
    }

    /// Sets the clock for that limit and for computed data sources that use it.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }
}

impl Rrd {
    /// Opens the database with this name, or creates it if there is none: the call for programs at
    /// their start.
    ///
    /// An existing database is opened unchanged; [`Opened`] says how it differs from `schema`. The
    /// first update of a new one must be later than `start`.
    ///
    /// ```
    /// use rrd_core::{Heartbeat, Opened, Rrd, Sample, Schema, Step, Timestamp};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("load.rrd");
    /// let schema = Schema::builder(Step::from_seconds(10).unwrap())
    ///     .gauge("load", Heartbeat::from_seconds(30))
    ///     .average(0.5, 1, 360)
    ///     .build()?;
    /// let start = Timestamp::from_seconds(1_000_000_000);
    /// let (mut rrd, opened) = Rrd::open_or_create(&path, &schema, start)?;
    /// assert_eq!(opened, Opened::Created);
    /// rrd.update(&Sample::new(Timestamp::from_seconds(1_000_000_010), [0.25]))?;
    ///
    /// // The program starts again: its history is there.
    /// let (rrd, opened) = Rrd::open_or_create(&path, &schema, start)?;
    /// assert_eq!(opened, Opened::Existing);
    /// assert_eq!(rrd.last_update().seconds(), 1_000_000_010);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// See [`open`](Self::open) and [`create`](Self::create).
    pub fn open_or_create(
        path: impl AsRef<Path>,
        schema: &Schema,
        start: Timestamp,
    ) -> Result<(Self, Opened), CreateError> {
        Self::open_or_create_with(path, schema, start, WriteOptions::default())
    }

    /// Like [`open_or_create`](Self::open_or_create), with options for writing.
    pub fn open_or_create_with(
        path: impl AsRef<Path>,
        schema: &Schema,
        start: Timestamp,
        options: WriteOptions,
    ) -> Result<(Self, Opened), CreateError> {
        let path = path.as_ref();
        let open = || {
            let rrd = Self::open_with(path, options.clone())?;
            let opened = Opened::existing(schema, rrd.schema());
            Ok((rrd, opened))
        };
        match open() {
            Err(error) if OpenError::is_not_found(&error) => {}
            opened => return Ok(opened?),
        }
        let create = CreateOptions::new().durability(options.durability);
        match create::create(&OsDisk, path, schema, start, create) {
            Ok((file, snapshot)) => {
                let rrd = Self::new(Arc::new(OsDisk), path, options, file, snapshot);
                Ok((rrd, Opened::Created))
            }
            // Another program was faster.
            Err(CreateError::Exists { .. }) => Ok(open()?),
            Err(error) => Err(error),
        }
    }

    /// Creates a database whose first update must be later than `start`. An existing file is kept;
    /// [`create_with`](Self::create_with) can replace it.
    ///
    /// # Errors
    ///
    /// The file exists, the folder is not writable, or the disk is full. Then nothing is left
    /// behind and an existing file is unchanged.
    pub fn create(
        path: impl AsRef<Path>,
        schema: &Schema,
        start: Timestamp,
    ) -> Result<Self, CreateError> {
        Self::create_with(path, schema, start, CreateOptions::default())
    }

    /// Creates a database with options.
    ///
    /// ```
    /// use rrd_core::{CreateError, CreateOptions, Heartbeat, Overwrite, Rrd, Schema, Step, Timestamp};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("load.rrd");
    /// let schema = Schema::builder(Step::from_seconds(10).unwrap())
    ///     .gauge("load", Heartbeat::from_seconds(30))
    ///     .average(0.5, 1, 360)
    ///     .build()?;
    /// let start = Timestamp::from_seconds(1_000_000_000);
    /// Rrd::create(&path, &schema, start)?;
    /// assert!(matches!(Rrd::create(&path, &schema, start), Err(CreateError::Exists { .. })));
    /// Rrd::create_with(&path, &schema, start, CreateOptions::new().overwrite(Overwrite::Yes))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn create_with(
        path: impl AsRef<Path>,
        schema: &Schema,
        start: Timestamp,
        options: CreateOptions,
    ) -> Result<Self, CreateError> {
        let path = path.as_ref();
        let (file, snapshot) = create::create(&OsDisk, path, schema, start, options)?;
        Ok(Self::new(Arc::new(OsDisk), path, WriteOptions::default(), file, snapshot))
    }

    /// Opens a file for reading and writing.
    ///
    /// A change that a killed writer left unfinished is completed.
    ///
    /// # Errors
    ///
    /// See [`RrdReader::open`]; files with the layout of another machine are refused.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open_with(path, WriteOptions::default())
    }

    /// Opens a file for reading and writing with options.
    pub fn open_with(path: impl AsRef<Path>, options: WriteOptions) -> Result<Self, OpenError> {
        Self::open_on(Arc::new(OsDisk), path.as_ref(), options)
    }

    pub(crate) fn open_on(
        disk: Arc<dyn Disk>,
        path: &Path,
        options: WriteOptions,
    ) -> Result<Self, OpenError> {
        let (file, snapshot) = open_native(&*disk, path, options.locking)?;
        Ok(Self::new(disk, path, options, file, snapshot))
    }

    fn new(
        disk: Arc<dyn Disk>,
        path: &Path,
        options: WriteOptions,
        file: Box<dyn DiskFile>,
        snapshot: Snapshot,
    ) -> Self {
        let redo = Redo::new(snapshot.tail);
        let schema = &snapshot.head.schema;
        let rows = schema.archives().iter().map(|archive| archive.rows);
        let pending = PendingRows::new(schema.sources().len(), rows);
        Self {
            disk,
            file,
            path: path.to_owned(),
            options,
            snapshot,
            redo,
            unprotected: None,
            stale: false,
            pipeline: None,
            pending,
            record: Record::default(),
            buffer: Vec::new(),
        }
    }

    /// Sets the options for further updates.
    pub fn set_options(&mut self, options: WriteOptions) {
        self.options = options;
    }

    /// Everything in the file before its rows, as last seen by this handle.
    pub fn head(&self) -> &Head {
        &self.snapshot.head
    }

    /// The structure of the database.
    pub fn schema(&self) -> &Schema {
        &self.snapshot.head.schema
    }

    /// The time of the last update, as last seen by this handle.
    pub fn last_update(&self) -> Timestamp {
        self.snapshot.head.live.last_update
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Why the last change of this handle was written without a redo record; `None` if it had one
    /// or needed none.
    ///
    /// Such a change is complete, but a kill while it was written would have left half of it.
    pub fn unprotected(&self) -> Option<Unprotected> {
        self.unprotected
    }

    /// The rows of the archive that suits the request best, in the current state of the file.
    ///
    /// # Errors
    ///
    /// See [`RrdReader::fetch`].
    pub fn fetch(&mut self, request: &FetchRequest) -> Result<Series, FetchError> {
        let mut series = Series::default();
        self.fetch_into(request, &mut series)?;
        Ok(series)
    }

    /// Like [`fetch`](Self::fetch), but replaces the rows in `series`. Does not allocate once its
    /// buffers are large enough. After an error the rows are meaningless.
    pub fn fetch_into(
        &mut self,
        request: &FetchRequest,
        series: &mut Series,
    ) -> Result<(), FetchError> {
        let Self { file, path, snapshot, buffer, .. } = self;
        reader::fetch(&**file, path, snapshot, buffer, request, series)
    }
}

impl Drop for Rrd {
    fn drop(&mut self) {
        if self.redo.is_left()
            && !self.stale
            && let Ok(Some(file)) = FileLock::take(&*self.file, Locking::Try)
        {
            self.redo.close(&*file);
        }
    }
}

/// Opens a file for writing and completes what is unfinished: a change in the record behind its
/// rows, blocks that are not allocated.
fn open_native(
    disk: &dyn Disk,
    path: &Path,
    locking: Locking,
) -> Result<(Box<dyn DiskFile>, Snapshot), OpenError> {
    let (file, mut snapshot) = open_unlocked(disk, path)?;
    if snapshot.tail.has_redo() {
        let lock = FileLock::take(&*file, locking);
        let lock = lock.map_err(|source| OpenError::Read { path: path.to_owned(), source })?;
        let Some(file) = lock else { return Err(OpenError::Locked { path: path.to_owned() }) };
        snapshot = settled_native(&*file, path)?;
        let _ = snapshot.allocate(&*file);
    }
    Ok((file, snapshot))
}

/// The same without waiting for another writer: a change in the record behind the rows counts as
/// made.
pub(crate) fn open_unlocked(
    disk: &dyn Disk,
    path: &Path,
) -> Result<(Box<dyn DiskFile>, Snapshot), OpenError> {
    let file = disk
        .open(path, disk::OpenMode::Write)
        .map_err(|source| OpenError::Open { path: path.to_owned(), source })?;
    let snapshot = Snapshot::load(&*file).map_err(|error| error.at(path))?;
    let mut snapshot = native(snapshot, path)?;
    // On a full disk, a write into blocks that are there succeeds nevertheless.
    let _ = snapshot.allocate(&*file);
    Ok((file, snapshot))
}

/// Completes what is behind the rows of a locked file, and reads its head.
pub(crate) fn settled_native(file: &dyn DiskFile, path: &Path) -> Result<Snapshot, OpenError> {
    native(settled(file).map_err(|error| error.at(path))?, path)
}

/// The head, if it is that of a file which can be written.
fn native(snapshot: Snapshot, path: &Path) -> Result<Snapshot, OpenError> {
    let layout = snapshot.geometry.layout;
    if !layout.is_native() {
        return Err(OpenError::ForeignLayout { path: path.to_owned(), layout });
    }
    match snapshot.impossible_definition() {
        Some(fault) => Err(OpenError::Head { path: path.to_owned(), fault }),
        None => Ok(snapshot),
    }
}

impl fmt::Debug for Rrd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rrd").field("path", &self.path).finish_non_exhaustive()
    }
}
