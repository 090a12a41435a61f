//! One file of a store: its state in memory, and how samples change it.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::StoreError;
use super::images::complete;
use super::log::Log;
use super::losses::Losses;
use super::record::{BatchPosition, Label};
use crate::commit::PendingRows;
use crate::database::{OpenError, RowLayout, Snapshot, UpdateError, open_native};
use crate::disk::{Disk, DiskFile, Identity, Locking, Look, OpenMode, Reach};
use crate::number::length_to_u64;
use crate::sample::Sample;
use crate::schema::Schema;
use crate::time::Clock;
use crate::update::{Applied, Pipeline, Rows, SampleError, Stop, WrittenRows};

/// State shared by all files of a store.
#[derive(Debug)]
pub(super) struct StoreContext {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) clock: Clock,
    pub(super) reach: Reach,
    pub(super) losses: Losses,
    pub(super) locking: Locking,
    /// Descriptors of files that are kept open between calls.
    pub(super) kept_open: Arc<AtomicUsize>,
    /// Limit on these descriptors.
    pub(super) most_open: usize,
    /// Number of files whose state is in memory.
    pub(super) loaded: AtomicUsize,
    /// Number of changes that were written without an image.
    pub(super) unprotected: AtomicUsize,
    /// Writes of files, and samples in them.
    pub(super) files_written: AtomicU64,
    pub(super) samples_written: AtomicU64,
}

/// The bytes of a name, shared by all that know it.
pub(super) type Name = Arc<[u8]>;

/// The path that a name is.
pub(super) fn path(name: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(name))
}

/// A file by its identity.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) id: u32,
    /// The name under which it is opened, without links.
    pub(super) name: Name,
    pub(super) identity: Identity,
    state: Mutex<State>,
}

/// The state of a file.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of one file")]
pub(super) struct State {
    pub(super) loaded: Option<Box<Loaded>>,
    /// Other names of the file: hard links.
    pub(super) others: Vec<Name>,
    /// Other ways to write its names.
    pub(super) spellings: Vec<Name>,
    /// The second in which somebody last looked whether another program has changed the file.
    pub(super) checked: i64,
    /// The second of the last update that the file had when it was last read or written.
    pub(super) base: i64,
    /// Unwritten samples that the file does not take any more.
    pub(super) refused: u64,
    /// Whether another program has changed the file since it was last read.
    changed: bool,
    pub(super) suspended: bool,
    /// Whether the last attempt to write the file failed.
    pub(super) failing: bool,
    pub(super) unwritten: Unwritten,
    /// The segment in which the name of the file was last written, and how often.
    pub(super) named: (u32, u8),
    /// The time of the oldest sample that is not in the file yet.
    pub(super) oldest: i64,
    /// Whether the name has another entry, or none, by now.
    pub(super) removed: bool,
    /// Whether the file is in the queue of resident files.
    pub(super) queued: bool,
    /// The image of a change that could not be written: it is made again before the file is read.
    pub(super) interrupted: Option<Arc<[u8]>>,
    /// Buffer for records.
    pub(super) bytes: Vec<u8>,
}

/// The samples of a file that are in the journal but not in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Unwritten {
    pub(super) count: u64,
    /// Their size in the journal in bytes.
    pub(super) bytes: u64,
    /// Position of the last one in the journal.
    pub(super) last: u64,
    /// The segment that contains the first one; 0 for none.
    pub(super) since: u32,
}

impl Entry {
    pub(super) fn new(id: u32, name: Name, identity: Identity) -> Self {
        Self::with_state(id, name, identity, State::default())
    }

    pub(super) fn with_state(id: u32, name: Name, identity: Identity, state: State) -> Self {
        Self { id, name, identity, state: Mutex::new(state) }
    }

    /// The state, locked for this thread. A thread that panicked can only have left numbers that
    /// the journal corrects.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, unless another thread holds it.
    pub(super) fn try_state(&self) -> Option<MutexGuard<'_, State>> {
        self.state.try_lock().ok()
    }

    #[inline]
    pub(super) fn path(&self) -> &Path {
        path(&self.name)
    }

    /// What the journal says of the file.
    #[inline]
    pub(super) fn label<'a>(&'a self, others: &'a [Name], base: i64) -> Label<'a> {
        Label { file: self.id, identity: self.identity, base, name: &self.name, others }
    }

    pub(super) fn refuses(&self, source: SampleError) -> StoreError {
        UpdateError::Sample { path: self.path().to_owned(), source }.into()
    }

    pub(super) fn cannot_read(&self, source: io::Error) -> StoreError {
        UpdateError::Read { path: self.path().to_owned(), source }.into()
    }

    pub(super) fn cannot_write(&self, source: io::Error) -> StoreError {
        UpdateError::Write { path: self.path().to_owned(), source }.into()
    }

    /// Another writer kept the file beyond the limit.
    pub(super) fn locked(&self) -> StoreError {
        UpdateError::Locked { path: self.path().to_owned() }.into()
    }
}

impl State {
    /// The state of the file with all acknowledged samples, read from the disk and the journal if
    /// necessary.
    pub(super) fn load(
        &mut self,
        entry: &Entry,
        context: &StoreContext,
        log: &Log,
    ) -> Result<&mut Loaded, StoreError> {
        let loaded = match self.loaded.take() {
            Some(loaded) => loaded,
            None => self.read(entry, context, log)?,
        };
        Ok(self.loaded.insert(loaded))
    }

    /// Reads the file and applies the samples that only the journal has.
    fn read(
        &mut self,
        entry: &Entry,
        context: &StoreContext,
        log: &Log,
    ) -> Result<Box<Loaded>, StoreError> {
        if let Some(image) = &self.interrupted {
            complete(&*context.disk, entry.path(), image, context.locking)?;
            self.interrupted = None;
        }
        let mut loaded = Box::new(Loaded::open(entry, context)?);
        self.base = loaded.snapshot.head.live.last_update.seconds();
        let has_changed = std::mem::take(&mut self.changed);
        if self.unwritten.count > 0 {
            let samples = log.samples(self.unwritten.last);
            let applied = loaded
                .catch_up(entry.path(), context, &samples)
                .map_err(|source| entry.cannot_read(source))?;
            // Otherwise those that were not applied are in the file already.
            if has_changed {
                self.refused = length_to_u64(samples.len()).saturating_sub(applied);
            }
        }
        context.loaded.fetch_add(1, Ordering::Relaxed);
        Ok(loaded)
    }

    /// Drops the state in memory, because another program has changed the file.
    pub(super) fn reload(&mut self, context: &StoreContext) {
        self.unload(context);
        self.changed = true;
    }

    /// Drops the state in memory; file and journal contain all of it.
    pub(super) fn unload(&mut self, context: &StoreContext) {
        if self.loaded.take().is_some() {
            context.loaded.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// A file in memory: its state on disk and its next state.
#[derive(Debug)]
pub(super) struct Loaded {
    /// The bytes of the head on disk, and the head with all samples applied.
    pub(super) snapshot: Snapshot,
    /// Rows that are not in the file yet.
    pub(super) rows: PendingRows,
    pipeline: Pipeline,
    file: Option<KeptFile>,
    /// The file as it was before it was read, or after it was written.
    pub(super) look: Look,
}

impl Loaded {
    fn open(entry: &Entry, context: &StoreContext) -> Result<Self, StoreError> {
        let path = entry.path();
        let open = |source| OpenError::Open { path: path.to_owned(), source };
        let look = context.disk.look(path).map_err(open)?;
        let (file, snapshot) = open_native(&*context.disk, path, context.locking)
            .map_err(|error| StoreError::opening(path, error))?;
        let opened = file.look().map_err(open)?;
        if [look.identity, opened.identity] != [entry.identity; 2] {
            return Err(StoreError::Replaced { name: path.to_owned(), samples: 0 });
        }
        let schema = &snapshot.head.schema;
        let rows = schema.archives().iter().map(|archive| archive.rows);
        let rows = PendingRows::new(schema.sources().len(), rows);
        let pipeline = Pipeline::new(snapshot.head.version, schema);
        Ok(Self { snapshot, rows, pipeline, file: None, look })
    }

    /// Applies one sample in memory.
    #[inline]
    pub(super) fn advance(
        &mut self,
        path: &Path,
        context: &StoreContext,
        sample: &Sample,
    ) -> Result<Applied, Stop<io::Error>> {
        let (head, places) = self.snapshot.split();
        let mut rows =
            StoredRows { path, context, file: &mut self.file, places, pending: &mut self.rows };
        let clock = || context.clock.now().seconds();
        self.pipeline.advance(&head.schema, &mut head.live, sample, clock, &mut rows)
    }

    /// Whether there are seasons, which are smoothed at the end of a batch.
    pub(super) fn has_seasons(&self) -> bool {
        has_seasons(&self.snapshot.head.schema)
    }

    /// Smooths the seasons.
    pub(super) fn smooth(&mut self, path: &Path, context: &StoreContext) -> io::Result<()> {
        let (head, places) = self.snapshot.split();
        let mut rows =
            StoredRows { path, context, file: &mut self.file, places, pending: &mut self.rows };
        self.pipeline.smooth(&head.schema, &mut head.live, &mut rows)
    }

    /// Applies samples that were acknowledged before, batch by batch; returns how many were new to
    /// the file. Samples that the file refuses now, because another program has written to it, are
    /// dropped.
    pub(super) fn catch_up(
        &mut self,
        path: &Path,
        context: &StoreContext,
        samples: &[(Sample, BatchPosition)],
    ) -> io::Result<u64> {
        let mut applied = 0;
        let mut smoothing_due = false;
        for (sample, position) in samples {
            match self.advance(path, context, sample) {
                Ok(done) => {
                    applied += 1;
                    smoothing_due |= done.smoothing_due;
                }
                Err(Stop::Sample(_)) => {}
                Err(Stop::Rows(error)) => return Err(error),
            }
            if smoothing_due && *position == BatchPosition::End {
                self.smooth(path, context)?;
            }
            smoothing_due &= *position == BatchPosition::More;
        }
        Ok(applied)
    }
}

/// Whether the end of a batch may smooth a season of this file.
pub(super) fn has_seasons(schema: &Schema) -> bool {
    schema.archives().iter().any(|archive| !archive.function().is_classic())
}

/// The rows of a file with those that are not in it yet. The file is only opened when a row is
/// read, which only forecasts do.
struct StoredRows<'a> {
    path: &'a Path,
    context: &'a StoreContext,
    file: &'a mut Option<KeptFile>,
    places: RowLayout<'a>,
    pending: &'a mut PendingRows,
}

impl Rows for StoredRows<'_> {
    type Error = io::Error;

    fn read(&mut self, archive: usize, row: u64, values: &mut [f64]) -> io::Result<()> {
        if let Some(pending) = self.pending.read(archive, row) {
            values.copy_from_slice(pending);
            return Ok(());
        }
        if let Some(kept) = self.file {
            return self.places.read_rows(&*kept.file, archive, row, values);
        }
        let file = self.context.disk.open(self.path, OpenMode::Read)?;
        self.places.read_rows(&*file, archive, row, values)?;
        *self.file = KeptFile::keep(file, self.context);
        Ok(())
    }

    #[inline]
    fn write(&mut self, rows: WrittenRows<'_>) {
        self.pending.write(rows.archive, rows.row, rows.values, rows.copies);
    }
}

/// A file that is kept open between calls, and counted.
#[derive(Debug)]
struct KeptFile {
    file: Box<dyn DiskFile>,
    count: Arc<AtomicUsize>,
}

impl KeptFile {
    /// Keeps the file open unless there are too many.
    fn keep(file: Box<dyn DiskFile>, context: &StoreContext) -> Option<Self> {
        let count = context.kept_open.clone();
        if count.fetch_add(1, Ordering::Relaxed) < context.most_open {
            Some(Self { file, count })
        } else {
            count.fetch_sub(1, Ordering::Relaxed);
            None
        }
    }
}

impl Drop for KeptFile {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
}
