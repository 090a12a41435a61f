//! A folder of databases for daemons: updates are acknowledged by a shared journal and written to
//! their files in groups.
//!
//! A store has three parts, each with its own state: the files and what is in memory of them
//! (`files`, `entry`, `names`), the log of acknowledged samples (`log`, with `journal` for its two
//! segments, `segment` for their bytes and `record` for their records), and write-back
//! (`write_back`, with `images` for what it writes ahead). A sample arrives in `update`, which
//! applies it in memory and appends it to the log; `segments` makes space there. `flush` requests
//! that files are written. `rewind` takes back what is ahead of a time. `read` answers queries,
//! `recovery` starts after a crash.
//!
//! Locks are taken in this order, and never the other way round: the writer of write-back, then the
//! state of one file, then its lock on the disk. Under those, each alone and for a moment: the
//! names, the identities and the queue of the files, and the log, which another thread may be
//! syncing: that wait is the only long one. Nobody waits for the state of a
//! second file while holding one, except write-back, which alone holds those of a group.

mod backlog;
mod changes;
mod entry;
mod error;
mod files;
mod flush;
mod handle;
mod images;
mod journal;
mod locks;
mod log;
mod log_sync;
mod losses;
mod names;
mod next_state;
mod old_journal;
mod options;
mod own_files;
mod place;
mod read;
mod record;
mod recovery;
mod report;
mod rewind;
mod segment;
mod segments;
mod shape;
#[cfg(test)]
mod tests;
mod tune;
mod update;
mod write_back;
mod written;

use std::fmt;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::commit::Durability;
use crate::database::{CreateError, CreateOptions, Opened, create};
use crate::disk::{Disk, FolderDisk, Overwrite};
use crate::restructure::Prefill;
use crate::schema::{Definition, Schema};
use crate::time::Timestamp;

use entry::{Entry, State, StoreContext};
use files::Files;
use images::recover_images;
use journal::Journal;
use log::Log;
use losses::Losses;
use old_journal::OldJournal;
use own_files::{FOLDER, OwnFiles, SEGMENTS};
use shape::Shapes;
use write_back::Writer;

pub use backlog::Backlog;
pub use error::{StoreBatchError, StoreError};
pub use flush::FlushReport;
pub use handle::StoreFile;
pub use log_sync::{LogSync, LogSyncError};
pub use options::{MissingFolders, StoreOptions};
pub use place::StorePlace;
pub use report::RecoveryReport;

/// A folder of databases, for a daemon that updates many of them.
///
/// An update is acknowledged once it is in the journal, in well under a microsecond: from then on
/// it survives `kill -9`. [`LogSync`] says when it also survives a power loss. It is written to its
/// file together with others by [`flush`](Self::flush) or [`flush_all`](Self::flush_all), or when
/// the journal is full. Other programs see the file as of that time; if one of them writes to a
/// file, its samples are kept and later ones of the store are added.
///
/// All methods can be called from any number of threads.
///
/// ```
/// use std::time::Duration;
/// use rrd_core::{
///     ConsolidationFunction, FetchRequest, Sample, Schema, Store, StoreOptions, TimeRange,
///     Timestamp,
/// };
///
/// let folder = tempfile::tempdir()?;
/// let store = Store::open(folder.path(), StoreOptions::default())?;
/// let step = Duration::from_secs(10);
/// let schema = Schema::builder(step)
///     .gauge("load", 3 * step)
///     .average_for(step, Duration::from_secs(3600))
///     .build()?;
/// let start = Timestamp::from_seconds(1_000_000_000);
/// let opened = store.open_or_create("web/load.rrd", &schema, start)?;
/// # assert_eq!(opened, rrd_core::Opened::Created);
/// store.update("web/load.rrd", &Sample::new(start + step, [0.25]))?;
///
/// let request = FetchRequest::new(ConsolidationFunction::Average, TimeRange::new(start, start));
/// assert_eq!(store.fetch("web/load.rrd", &request)?.kept(), [0.25]);
/// store.close()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Store {
    folder: PathBuf,
    own: OwnFiles,
    /// Device and number of the folder, if its own files are elsewhere.
    base: Option<(u64, u64)>,
    options: StoreOptions,
    files: Files,
    log: Log,
    /// One thread writes back at a time.
    writer: Mutex<Writer>,
    recovery: RecoveryReport,
}

/// Statistics of a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreStatus {
    /// Files used so far.
    pub files: usize,
    /// Files whose state is in memory.
    pub loaded: usize,
    /// Bytes left in the active segment of the journal.
    pub journal_room: usize,
    /// Bytes of each of the two segments.
    pub journal_segment: usize,
    /// Writes of files before they were due, because the journal needed the space of their samples.
    pub early_write_backs: u64,
    /// Changes of files that were written without a redo record, because the disk has no space for
    /// it.
    pub unprotected: usize,
    /// Writes of files since the store was opened.
    pub files_written: u64,
    /// Samples in them.
    pub samples_written: u64,
    /// Acknowledged samples that have no place any more, because another program has removed,
    /// replaced or changed their files.
    pub samples_lost: u64,
}

impl Store {
    /// The name of the folder in its own that hides the journal of a store and what belongs to it.
    pub const OWN_FOLDER: &'static str = FOLDER;

    /// Opens the store in a folder, which is created if necessary. Samples that an earlier run has
    /// acknowledged are written to the files; [`recovery`](Self::recovery) reports on that.
    ///
    /// # Errors
    ///
    /// The folder cannot be used, or another process uses it. A damaged journal is not an error.
    pub fn open(folder: impl AsRef<Path>, options: StoreOptions) -> Result<Self, StoreError> {
        let folder = folder.as_ref();
        let fault = |source| StoreError::Folder { folder: folder.to_owned(), source };
        std::fs::create_dir_all(folder).map_err(fault)?;
        let disk = FolderDisk::open(folder, &options.reach).map_err(fault)?;
        let Some(journal) = &options.journal_folder else {
            let disk = Arc::new(disk.reserving_folder(FOLDER).map_err(fault)?);
            return Self::open_on(disk, folder, options);
        };
        let before = Self::end_hidden(folder, &options)?;
        let fault = |source| StoreError::Folder { folder: journal.clone(), source };
        let (disk, own) = OwnFiles::apart(journal, disk).map_err(fault)?;
        let mut store = Self::open_with(disk, own, folder, options)?;
        let base = std::fs::metadata(folder)
            .map_err(|source| StoreError::Folder { folder: folder.to_owned(), source })?;
        store.base = Some((base.dev(), base.ino()));
        store.recovery.add(before);
        Ok(store)
    }

    /// Writes what an earlier run left in the hidden folder to the files, if there is one that
    /// nobody uses.
    fn end_hidden(folder: &Path, options: &StoreOptions) -> Result<RecoveryReport, StoreError> {
        if !folder.join(SEGMENTS[0]).exists() {
            return Ok(RecoveryReport::default());
        }
        let options = StoreOptions { journal_folder: None, ..options.clone() };
        let mut store = match Self::open(folder, options) {
            Err(StoreError::InUse { .. }) => return Ok(RecoveryReport::default()),
            store => store?,
        };
        let report = std::mem::take(&mut store.recovery);
        // What cannot be written stays there for the next time.
        drop(store.close());
        Ok(report)
    }

    pub(crate) fn open_on(
        disk: Arc<dyn Disk>,
        folder: &Path,
        options: StoreOptions,
    ) -> Result<Self, StoreError> {
        let own = OwnFiles::hidden(disk.clone(), folder);
        Self::open_with(disk, own, folder, options)
    }

    fn open_with(
        disk: Arc<dyn Disk>,
        own: OwnFiles,
        folder: &Path,
        options: StoreOptions,
    ) -> Result<Self, StoreError> {
        let fault = |source| StoreError::Folder { folder: own.folder.clone(), source };
        let size = options.segment_size.clamp(journal::SMALLEST, 1 << 30).next_multiple_of(4096);
        own.disk.make_folders(&own.images).map_err(fault)?;
        let paths = own.segments.each_ref().map(PathBuf::as_path);
        let access = options.journal_access;
        let opened = Journal::open(&*own.disk, paths, size, access).map_err(fault)?;
        let old = OldJournal::open(&*disk).map_err(fault)?;
        let (Some((journal, found)), Some(old)) = (opened, old) else {
            return Err(StoreError::InUse { folder: own.folder });
        };
        let context = StoreContext {
            disk,
            clock: options.clock.clone(),
            reach: options.reach.clone(),
            losses: Losses::default(),
            locking: options.locking,
            shapes: Shapes::default(),
            early_write_backs: AtomicU64::new(0),
            loaded: AtomicUsize::new(0),
            unprotected: AtomicUsize::new(0),
            files_written: AtomicU64::new(0),
            samples_written: AtomicU64::new(0),
        };
        let completed = recover_images(&own, &*context.disk, context.locking, &context.reach);
        let (completed, failed) = completed.map_err(fault)?;
        let damaged_bytes = found.damaged_bytes;
        let recovery =
            RecoveryReport { completed, damaged_bytes, failed, ..RecoveryReport::default() };
        let writer = Writer::open(&*own.disk, &own.images, size / 2).map_err(fault)?;
        let log = Log::new(journal, size, options.sync, options.clock.clone());
        let mut store = Self {
            folder: folder.to_owned(),
            own,
            base: None,
            files: Files::new(context, options.most_loaded),
            log,
            options,
            writer: Mutex::new(writer),
            recovery,
        };
        store.recover(found.records, old)?;
        Ok(store)
    }

    /// What was found when the store was opened.
    pub fn recovery(&self) -> &RecoveryReport {
        &self.recovery
    }

    /// The folder of the store.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Creates the database with this name unless it exists: the call for programs at their start.
    /// Folders in the name are created, too.
    ///
    /// An existing database is unchanged; [`Opened`] says how it differs from `schema`. The first
    /// update of a new one must be later than `start`.
    ///
    /// # Errors
    ///
    /// See [`create`](Self::create); or the existing file is not a database.
    pub fn open_or_create(
        &self,
        name: impl AsRef<Path>,
        schema: &Schema,
        start: Timestamp,
    ) -> Result<Opened, StoreError> {
        let name = name.as_ref();
        let existing = || Ok(Opened::existing(schema, &self.head(name)?.schema));
        match existing() {
            Err(error) if StoreError::is_not_found(&error) => {}
            opened => return opened,
        }
        match self.create(name, schema, start, CreateOptions::new()) {
            // Another thread or program was faster.
            Err(StoreError::Create(CreateError::Exists { .. })) => existing(),
            created => created.map(|()| Opened::Created),
        }
    }

    /// Creates a database; folders in its name are created, too. An existing file is kept,
    /// including samples that are not in it yet, unless `options` request a replacement. Unless the
    /// journal is [never](LogSync::Never) synced, the file survives a power loss, as its samples
    /// do.
    ///
    /// # Errors
    ///
    /// The name is not within the folder, the disk is full, or the file exists.
    pub fn create(
        &self,
        name: impl AsRef<Path>,
        schema: &Schema,
        start: Timestamp,
        options: CreateOptions,
    ) -> Result<(), StoreError> {
        self.make(name.as_ref(), options, |disk, path, options| {
            create(disk, path, schema, start, options).map(drop)
        })
    }

    /// Creates a database that is filled from others, as [`Prefill::create`] does, in the way of
    /// [`create`](Self::create).
    ///
    /// ```
    /// use std::time::Duration;
    /// use rrd_core::{
    ///     CreateOptions, Prefill, Sample, Schema, SchemaText, Step, Store, StoreOptions, Timestamp,
    /// };
    ///
    /// let folder = tempfile::tempdir()?;
    /// let store = Store::open(folder.path(), StoreOptions::default())?;
    /// let step = Duration::from_secs(10);
    /// let schema = Schema::builder(step).gauge("load", 3 * step).average(0.5, 1, 360).build()?;
    /// let start = Timestamp::from_seconds(1_000_000_000);
    /// store.open_or_create("old.rrd", &schema, start)?;
    /// store.update("old.rrd", &Sample::new(start + step, [0.25]))?;
    /// store.flush("old.rrd")?;
    ///
    /// let mut prefill = Prefill::new();
    /// prefill.add_reader(&store.reader("old.rrd")?)?;
    /// let mut text = SchemaText::new(Step::from_seconds(10).unwrap(), "new.rrd");
    /// text.argument("DS:load:GAUGE:30:U:U")?;
    /// text.argument("RRA:AVERAGE:0.5:1:100")?;
    /// let options = CreateOptions::new();
    /// store.create_filled("new.rrd", &prefill, &text.finish()?, None, options)?;
    /// assert_eq!(store.last_update("new.rrd")?, start + step);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// See [`create`](Self::create).
    pub fn create_filled(
        &self,
        name: impl AsRef<Path>,
        prefill: &Prefill,
        definition: &Definition,
        start: Option<Timestamp>,
        options: CreateOptions,
    ) -> Result<(), StoreError> {
        self.make(name.as_ref(), options, |disk, path, options| {
            prefill.write(disk, path, definition, start, options)
        })
    }

    /// Lets `write` make a file, which takes the place of an older one with all that is known of
    /// that.
    fn make(
        &self,
        name: &Path,
        options: CreateOptions,
        write: impl FnOnce(&dyn Disk, &Path, CreateOptions) -> Result<(), CreateError>,
    ) -> Result<(), StoreError> {
        let path = &*self.name(name)?;
        let disk = &*self.files.context().disk;
        let fault = |source| self.cannot_make(path, source);
        match self.options.missing_folders {
            MissingFolders::Created => disk.make_folders(path).map_err(fault)?,
            MissingFolders::Refused => {
                if let Some(folder) = path.parent().filter(|folder| folder.parent().is_some())
                    && !disk.exists(folder)
                {
                    return Err(fault(ErrorKind::NotFound.into()));
                }
            }
        }
        if options.overwrite == Overwrite::No && disk.exists(path) {
            return Err(CreateError::Exists { path: path.to_owned() }.into());
        }
        self.files.drop_link(path);
        let old = self.files.replaced_by(path, options.overwrite);
        // No other thread can add a sample for the old file in between.
        let mut state = old.as_ref().map(|entry| entry.state());
        if let Some((entry, state)) = old.as_ref().zip(state.as_mut()) {
            self.forget_samples(entry, state)?;
            self.files.remove(entry, state);
        }
        let options = match self.options.durability() {
            Durability::Process => options,
            Durability::Synced => options.durability(Durability::Synced),
        };
        write(disk, path, options).map_err(|error| match &error {
            CreateError::Temporary { source, .. } | CreateError::Write { source, .. } => {
                StoreError::outside(path, source).unwrap_or_else(|| error.into())
            }
            _ => error.into(),
        })?;
        if self.options.durability() == Durability::Synced {
            // The name of the file is on the disk; those of its folders may be new, too.
            for folder in path.ancestors().skip(1).filter(|folder| folder.parent().is_some()) {
                match disk.sync_folder(folder) {
                    // Above those that are in reach, or can be read, none was made here.
                    Err(error) if error.kind() == ErrorKind::PermissionDenied => break,
                    synced => synced.map_err(fault)?,
                }
            }
        }
        Ok(())
    }

    /// Makes everything acknowledged before this call survive a power loss, whatever
    /// [`LogSync`] asks for; with [`LogSync::Never`] only until the files of the samples are
    /// written. Takes one or two waits for the disk, regardless of the number of samples.
    ///
    /// # Errors
    ///
    /// The journal cannot be written or synced.
    pub fn sync(&self) -> Result<(), StoreError> {
        self.replace_broken()?;
        self.log.sync()
    }

    /// Drops the state of a file, including samples that are not in it yet. The file itself is
    /// kept.
    pub fn forget(&self, name: impl AsRef<Path>) -> Result<(), StoreError> {
        let Some(entry) = self.files.located(name.as_ref()) else { return Ok(()) };
        let mut state = entry.state();
        self.forget_samples(&entry, &mut state)?;
        self.files.remove(&entry, &mut state);
        Ok(())
    }

    /// Removes a database: its file and its state. Does nothing if there is no such file.
    ///
    /// ```
    /// use std::time::Duration;
    /// use rrd_core::{Schema, Store, StoreOptions, Timestamp};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let store = Store::open(folder.path(), StoreOptions::default())?;
    /// let step = Duration::from_secs(10);
    /// let schema = Schema::builder(step).gauge("load", 3 * step).average(0.5, 1, 360).build()?;
    /// store.open_or_create("load.rrd", &schema, Timestamp::now())?;
    /// store.remove("load.rrd")?;
    /// assert!(store.list()?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The name is not within the folder, or the file cannot be removed. Samples that are not in it
    /// yet are lost even then.
    pub fn remove(&self, name: impl AsRef<Path>) -> Result<(), StoreError> {
        let path = &*self.name(name.as_ref())?;
        self.files.drop_link(path);
        let entry = self
            .files
            .replaced_by(path, Overwrite::Yes)
            .or_else(|| self.files.known(path).filter(|entry| entry.path() == path));
        let mut state = entry.as_ref().map(|entry| entry.state());
        if let Some((entry, state)) = entry.as_ref().zip(state.as_mut()) {
            self.forget_samples(entry, state)?;
            self.files.remove(entry, state);
        }
        match self.files.context().disk.remove(path) {
            Err(source) if source.kind() != ErrorKind::NotFound => {
                Err(StoreError::outside(path, &source)
                    .unwrap_or_else(|| StoreError::Remove { name: path.to_owned(), source }))
            }
            _ => Ok(()),
        }
    }

    /// A name in the shortest form.
    fn name(&self, name: &Path) -> Result<PathBuf, StoreError> {
        names::checked(name, &self.options.reach)
    }

    /// The error of making something in a folder.
    fn cannot_make(&self, path: &Path, source: std::io::Error) -> StoreError {
        StoreError::outside(path, &source).unwrap_or_else(|| {
            let folder = self.folder.join(path.parent().unwrap_or(Path::new("")));
            StoreError::Folder { folder, source }
        })
    }

    /// Drops the state of a file, and its samples from the journal: also those that were written,
    /// which would be applied to another file of this name after a kill.
    fn forget_samples(&self, entry: &Entry, state: &mut State) -> Result<(), StoreError> {
        // Before another file can survive a power loss.
        if self.forget_written(entry, state)? && self.options.durability() == Durability::Synced {
            self.log.sync()?;
        }
        self.files.drop_state(state);
        Ok(())
    }

    /// Drops the samples of a file from the journal; returns whether it may have some.
    fn forget_written(&self, entry: &Entry, state: &State) -> Result<bool, StoreError> {
        let is_named = self.log.needs(state.named.0);
        if is_named {
            let mut bytes = Vec::new();
            record::encode_forget(&mut bytes, entry.id);
            self.log.append(&bytes)?;
        }
        Ok(is_named)
    }

    /// Suspends writing a file until [`resume`](Self::resume); updates are still acknowledged.
    pub fn suspend(&self, name: impl AsRef<Path>) -> Result<(), StoreError> {
        self.files.entry(name.as_ref())?.state().suspended = true;
        Ok(())
    }

    /// Allows writing a file again.
    pub fn resume(&self, name: impl AsRef<Path>) -> Result<(), StoreError> {
        self.files.entry(name.as_ref())?.state().suspended = false;
        Ok(())
    }

    /// Statistics of the store.
    pub fn status(&self) -> StoreStatus {
        StoreStatus {
            files: self.files.count(),
            loaded: self.files.context().loaded.load(Ordering::Relaxed),
            journal_room: self.log.bytes_left(),
            journal_segment: self.log.segment_size(),
            early_write_backs: self.files.context().early_write_backs.load(Ordering::Relaxed),
            unprotected: self.files.context().unprotected.load(Ordering::Relaxed),
            files_written: self.files.context().files_written.load(Ordering::Relaxed),
            samples_written: self.files.context().samples_written.load(Ordering::Relaxed),
            samples_lost: self.files.context().losses.samples(),
        }
    }

    /// Writes everything to the files and closes the store.
    ///
    /// # Errors
    ///
    /// The first file that could not be written. Its samples stay in the journal for the next
    /// [`open`](Self::open).
    pub fn close(self) -> Result<(), StoreError> {
        for entry in self.files.all() {
            entry.state().suspended = false;
        }
        if let Some((_, error)) = self.flush_all().failed.into_iter().next() {
            return Err(error);
        }
        self.log.restart()
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("folder", &self.folder).finish_non_exhaustive()
    }
}
