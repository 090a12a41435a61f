//! One file of a store: its state in memory, and how samples change it.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::StoreError;
use super::images::complete;
use super::log::Log;
use super::record::BatchPosition;
use crate::commit::PendingRows;
use crate::database::{OpenError, RowLayout, Snapshot, UpdateError, open_native};
use crate::disk::{Disk, DiskFile, Locking, OpenMode};
use crate::sample::Sample;
use crate::schema::Schema;
use crate::time::Clock;
use crate::update::{Applied, Pipeline, Rows, SampleError, Stop, WrittenRows};

/// State shared by all files of a store.
#[derive(Debug)]
pub(super) struct StoreContext {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) clock: Clock,
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

/// A file by its name.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) id: u32,
    pub(super) name: Box<Path>,
    state: Mutex<State>,
}

/// The state of a file.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of one file")]
pub(super) struct State {
    pub(super) loaded: Option<Box<Loaded>>,
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
    pub(super) fn new(id: u32, name: &Path) -> Self {
        Self { id, name: name.into(), state: Mutex::default() }
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

    pub(super) fn path(&self) -> &Path {
        &self.name
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
            complete(&*context.disk, &entry.name, image, context.locking)?;
            self.interrupted = None;
        }
        let mut loaded = Box::new(Loaded::open(entry.path(), context)?);
        if self.unwritten.count > 0 {
            let samples = log.samples(self.unwritten.last);
            loaded
                .catch_up(entry.path(), context, &samples)
                .map_err(|source| entry.cannot_read(source))?;
        }
        context.loaded.fetch_add(1, Ordering::Relaxed);
        Ok(loaded)
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
    pub(super) identity: (u64, u64),
}

impl Loaded {
    fn open(path: &Path, context: &StoreContext) -> Result<Self, OpenError> {
        let (file, snapshot) = open_native(&*context.disk, path, context.locking)?;
        let identity = file
            .status()
            .map_err(|source| OpenError::Read { path: path.to_owned(), source })?
            .identity;
        let schema = &snapshot.head.schema;
        let rows = schema.archives().iter().map(|archive| archive.rows);
        let rows = PendingRows::new(schema.sources().len(), rows);
        let pipeline = Pipeline::new(snapshot.head.version, schema);
        Ok(Self { snapshot, rows, pipeline, file: None, identity })
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
