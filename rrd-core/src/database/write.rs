//! Updates a file: lock, read, compute, commit.

use std::io;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::slice;
use std::sync::Arc;

use super::recovery::{settled, settled_bytes};
use super::snapshot::{HeadPart, RowLayout, Snapshot};
use super::{BatchError, OpenError, Rrd, UpdateError, WriteOptions, native};
use crate::commit::{CommitError, Durability, Image, NoRecord, PendingRows, commit};
use crate::disk::{Disk, DiskFile, OpenMode, OsDisk};
use crate::format::{Head, encode_over};
use crate::sample::Sample;
use crate::schema::Schema;
use crate::update::{Pipeline, Rows, Stop, WrittenRow, WrittenRows};

/// Why a batch ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// There are no more samples.
    Whole,
    /// The next one could not be created. As after a refused sample, seasons are not smoothed.
    BrokenOff,
}

/// What happens to a sample that is not later than the last update.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PastSamples {
    /// It is an error.
    #[default]
    Refuse,
    /// It is skipped.
    Skip,
}

/// Looks at the rows that a batch completes, with the shape of the database.
pub type RowObserver<'a> = &'a mut dyn FnMut(&Schema, WrittenRow<'_>);

impl Rrd {
    /// Applies one sample, completely or not at all.
    ///
    /// # Errors
    ///
    /// The sample is not valid for the database, another writer holds the lock, or the file cannot
    /// be written. If the sample is at fault, the file is unchanged, byte for byte.
    ///
    /// ```
    /// use rrd_core::{Heartbeat, Rrd, Sample, Schema, Step, Timestamp};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("load.rrd");
    /// let schema = Schema::builder(Step::from_seconds(10).unwrap())
    ///     .gauge("load", Heartbeat::from_seconds(30))
    ///     .average(0.5, 1, 360)
    ///     .build()?;
    /// let mut rrd = Rrd::create(&path, &schema, Timestamp::from_seconds(1_000_000_000))?;
    /// rrd.update(&Sample::new(Timestamp::from_seconds(1_000_000_010), [0.25]))?;
    /// assert_eq!(rrd.last_update().seconds(), 1_000_000_010);
    /// assert!(rrd.update(&Sample::new(Timestamp::from_seconds(1_000_000_010), [0.5])).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn update(&mut self, sample: &Sample) -> Result<(), UpdateError> {
        self.update_batch(slice::from_ref(sample)).map_err(|error| error.source)
    }

    /// Applies samples in order with one commit, which is much faster than one by one.
    ///
    /// # Errors
    ///
    /// The first refused sample stops the batch; the preceding ones are in the file, and the error
    /// contains their number.
    ///
    /// ```
    /// use rrd_core::{Heartbeat, Rrd, Sample, Schema, Step, Timestamp};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let schema = Schema::builder(Step::from_seconds(10).unwrap())
    ///     .gauge("load", Heartbeat::from_seconds(30))
    ///     .average(0.5, 1, 360)
    ///     .build()?;
    /// let start = 1_000_000_000;
    /// let mut rrd =
    ///     Rrd::create(folder.path().join("load.rrd"), &schema, Timestamp::from_seconds(start))?;
    /// let at = |seconds| Sample::new(Timestamp::from_seconds(start + seconds), [0.5]);
    /// let error = rrd.update_batch(&[at(10), at(20), at(20), at(30)]).unwrap_err();
    /// assert_eq!(error.applied, 2);
    /// assert_eq!(rrd.last_update().seconds(), start + 20);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn update_batch(&mut self, samples: &[Sample]) -> Result<(), BatchError> {
        self.update_batch_to(samples, Ending::Whole)
    }

    /// Like [`update_batch`](Self::update_batch), with samples that are made while the file is
    /// locked, for the shape it has then: another program may have added or renamed data sources
    /// since the file was opened.
    ///
    /// `make` adds samples to the batch. If it fails, those added before are applied, as those
    /// before one that is refused. `seen` is shown each row that a sample completes, before it is
    /// in the file.
    ///
    /// # Errors
    ///
    /// That of the batch, or else that of `make`.
    ///
    /// ```
    /// use std::error::Error;
    /// use std::time::Duration;
    /// use rrd_core::{PastSamples, Rrd, Schema, Template, TimeZone, Timestamp};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let step = Duration::from_secs(10);
    /// let schema = Schema::builder(step).gauge("load", 3 * step).average(0.5, 1, 360).build()?;
    /// let start = Timestamp::from_seconds(1_000_000_000);
    /// let mut rrd = Rrd::create(folder.path().join("load.rrd"), &schema, start)?;
    /// let lines = ["1000000010:0.25", "1000000010:0.3", "1000000020:0.5"];
    /// rrd.update_batch_with::<Box<dyn Error>>(
    ///     PastSamples::Skip,
    ///     |schema, samples| {
    ///         let template = Template::in_file_order(schema);
    ///         for line in lines {
    ///             samples.push(template.sample(line, start, &TimeZone::UTC)?);
    ///         }
    ///         Ok(())
    ///     },
    ///     None,
    /// )?;
    /// assert_eq!(rrd.last_update().seconds(), 1_000_000_020);
    /// # Ok::<(), Box<dyn Error>>(())
    /// ```
    pub fn update_batch_with<E: From<BatchError>>(
        &mut self,
        past: PastSamples,
        make: impl FnOnce(&Schema, &mut Vec<Sample>) -> Result<(), E>,
        seen: Option<RowObserver<'_>>,
    ) -> Result<(), E> {
        let mut rrd = self.lock().map_err(|source| BatchError { applied: 0, source })?;
        rrd.make_and_apply(past, make, seen)
    }

    /// Opens a file, applies a batch as [`update_batch_with`](Self::update_batch_with), and closes
    /// the file: the same as both, but the file is read only once, which nearly halves the time for
    /// a single sample.
    ///
    /// # Errors
    ///
    /// The file cannot be opened, or the batch fails.
    ///
    /// ```
    /// use std::error::Error;
    /// use std::time::Duration;
    /// use rrd_core::{PastSamples, Rrd, RrdReader, Sample, Schema, Timestamp, WriteOptions};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("load.rrd");
    /// let step = Duration::from_secs(10);
    /// let schema = Schema::builder(step).gauge("load", 3 * step).average(0.5, 1, 360).build()?;
    /// let start = Timestamp::from_seconds(1_000_000_000);
    /// Rrd::create(&path, &schema, start)?;
    /// let make = |_: &Schema, samples: &mut Vec<Sample>| {
    ///     samples.push(Sample::new(start + step, [0.25]));
    ///     Ok(())
    /// };
    /// let options = WriteOptions::new();
    /// Rrd::update_file::<Box<dyn Error>>(&path, options, PastSamples::Refuse, make, None)?;
    /// assert_eq!(RrdReader::open(&path)?.last_update(), start + step);
    /// # Ok::<(), Box<dyn Error>>(())
    /// ```
    pub fn update_file<E: From<BatchError>>(
        path: impl AsRef<Path>,
        options: WriteOptions,
        past: PastSamples,
        make: impl FnOnce(&Schema, &mut Vec<Sample>) -> Result<(), E>,
        seen: Option<RowObserver<'_>>,
    ) -> Result<(), E> {
        Self::update_on(Arc::new(OsDisk), path.as_ref(), options, |mut locked| {
            locked.make_and_apply(past, make, seen)
        })
    }

    pub(super) fn update_on<T, E: From<BatchError>>(
        disk: Arc<dyn Disk>,
        path: &Path,
        options: WriteOptions,
        update: impl FnOnce(Locked<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut rrd = Self::open_locked(disk, path, options)
            .map_err(|source| BatchError { applied: 0, source })?;
        update(Locked(&mut rrd))
    }

    /// Opens a file that has this name and takes its lock.
    fn open_locked(
        disk: Arc<dyn Disk>,
        path: &Path,
        options: WriteOptions,
    ) -> Result<Self, UpdateError> {
        loop {
            let file = disk
                .open(path, OpenMode::Write)
                .map_err(|source| OpenError::Open { path: path.to_owned(), source })?;
            let locked = file
                .lock(options.locking)
                .map_err(|source| OpenError::Open { path: path.to_owned(), source })?;
            if !locked {
                return Err(UpdateError::Locked { path: path.to_owned() });
            }
            match read_locked(&*file, path) {
                Ok(Some(snapshot)) => {
                    let mut rrd = Self::new(disk, path, options, file, snapshot);
                    rrd.buffer.clone_from(&rrd.snapshot.bytes);
                    return Ok(rrd);
                }
                // While the lock was waited for, the file was replaced.
                Ok(None) => file.unlock(),
                Err(error) => {
                    file.unlock();
                    return Err(error.into());
                }
            }
        }
    }

    /// Applies the samples of a batch that ended this way.
    pub(crate) fn update_batch_to(
        &mut self,
        samples: &[Sample],
        ending: Ending,
    ) -> Result<(), BatchError> {
        let mut rrd = self.lock().map_err(|source| BatchError { applied: 0, source })?;
        rrd.apply(samples, ending, PastSamples::Refuse, None)
    }

    /// Changes the head and rows in one commit. The sizes of all parts stay the same.
    pub(crate) fn edit<E: From<UpdateError>>(
        &mut self,
        change: impl FnOnce(&mut Head, &mut EditedRows<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut locked = self.lock()?;
        let rrd = &mut *locked;
        rrd.stale = true;
        let mut head = rrd.snapshot.head.clone();
        let mut rows = EditedRows::new(&*rrd.file, &rrd.snapshot, &mut rrd.pending);
        change(&mut head, &mut rows)?;
        encode_over(&head, &mut rrd.buffer);
        rrd.write_down(HeadPart::All)?;
        rrd.snapshot.head = head;
        // Another kind of data source requires a new pipeline.
        rrd.pipeline = None;
        rrd.stale = false;
        Ok(())
    }
}

/// The head of a locked file, whose last change is completed; `None` if the file has no name any
/// more.
fn read_locked(file: &dyn DiskFile, path: &Path) -> Result<Option<Snapshot>, OpenError> {
    let found = settled_bytes(file).map_err(|error| error.at(path))?;
    if found.names == 0 {
        return Ok(None);
    }
    let mut snapshot = native(Snapshot::decoded(found).map_err(|error| error.at(path))?, path)?;
    // On a full disk, a write into blocks that are there succeeds nevertheless.
    let _ = snapshot.allocate(file);
    Ok(Some(snapshot))
}

/// A database under its write lock, which is released when this is dropped, including after a panic
/// in a caller's function.
pub(super) struct Locked<'a>(&'a mut Rrd);

impl Deref for Locked<'_> {
    type Target = Rrd;

    fn deref(&self) -> &Rrd {
        self.0
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut Rrd {
        self.0
    }
}

impl Drop for Locked<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.stale {
            self.abandon();
        }
        self.file.unlock();
    }
}

impl Locked<'_> {
    /// Applies the samples that `make` adds, even if it then fails.
    fn make_and_apply<E: From<BatchError>>(
        &mut self,
        past: PastSamples,
        make: impl FnOnce(&Schema, &mut Vec<Sample>) -> Result<(), E>,
        seen: Option<RowObserver<'_>>,
    ) -> Result<(), E> {
        let mut samples = Vec::new();
        let made = make(self.schema(), &mut samples);
        let ending = if made.is_ok() { Ending::Whole } else { Ending::BrokenOff };
        self.apply(&samples, ending, past, seen)?;
        made
    }

    /// Computes and commits a batch. Until the commit, memory is ahead of the file.
    pub(super) fn apply(
        &mut self,
        samples: &[Sample],
        ending: Ending,
        past: PastSamples,
        seen: Option<RowObserver<'_>>,
    ) -> Result<(), BatchError> {
        let mut applied = 0;
        let mut smoothing_due = false;
        let mut stopped = None;
        self.stale = true;
        let Rrd { snapshot, pipeline, pending, file, path, options, .. } = &mut *self.0;
        let (head, places) = snapshot.split();
        let pipeline = pipeline.get_or_insert_with(|| Pipeline::new(head.version, &head.schema));
        let schema = &head.schema;
        let mut rows = FileRows { file: &**file, places, pending, schema, seen };
        let clock = || options.clock.now().seconds();
        let admit = |sample: &Sample| match options.max_skew {
            Some(limit) => limit.admit(sample.at, options.clock.now()),
            None => Ok(()),
        };
        for sample in samples {
            if past == PastSamples::Skip && sample.at <= head.live.last_update {
                applied += 1;
                continue;
            }
            let advanced = match admit(sample) {
                Ok(()) => {
                    pipeline.apply_deferred(&head.schema, &mut head.live, sample, clock, &mut rows)
                }
                Err(future) => Err(Stop::Sample(future.into())),
            };
            match advanced {
                Ok(done) => {
                    applied += 1;
                    smoothing_due |= done.smoothing_due;
                    if rows.seen.is_some() {
                        // Rows are reported sample by sample.
                        pipeline.flush(&head.schema, &mut head.live, &mut rows);
                    }
                }
                Err(Stop::Sample(source)) => {
                    stopped = Some(UpdateError::Sample { path: path.clone(), source });
                    break;
                }
                Err(Stop::Rows(source)) => {
                    stopped = Some(UpdateError::Read { path: path.clone(), source });
                    break;
                }
            }
        }
        pipeline.flush(&head.schema, &mut head.live, &mut rows);
        if smoothing_due
            && stopped.is_none()
            && ending == Ending::Whole
            && let Err(source) = pipeline.smooth(&head.schema, &mut head.live, &mut rows)
        {
            let source = UpdateError::Read { path: path.clone(), source };
            return Err(BatchError { applied: 0, source });
        }
        if applied > 0 {
            let rrd = &mut *self.0;
            rrd.snapshot.encode_live(&mut rrd.buffer);
            self.write_down(HeadPart::Live).map_err(|source| BatchError { applied: 0, source })?;
        }
        self.stale = false;
        match stopped {
            Some(source) => Err(BatchError { applied, source }),
            None => Ok(()),
        }
    }
}

impl Rrd {
    /// Discards what was computed but not committed. The file is read again when the lock is next
    /// taken.
    #[cold]
    fn abandon(&mut self) {
        self.pending.clear();
        // The bytes were decoded before.
        let _ = self.snapshot.restore();
    }

    /// Commits the head in `buffer`, which differs from that of the file in `part` only, and the
    /// pending rows.
    fn write_down(&mut self, part: HeadPart) -> Result<(), UpdateError> {
        let Self { file, snapshot, redo, pending, record, options, buffer, .. } = self;
        snapshot.record(pending, buffer, part, record);
        pending.clear();
        if record.is_empty() {
            return Ok(());
        }
        let (file, head, durability) = (&**file, snapshot.bytes.len(), options.durability);
        let write_ahead = || {
            snapshot.allocate(file).map_err(NoRecord::Io)?;
            let (synced, heads) = (durability == Durability::Synced, snapshot.heads(buffer));
            redo.write(file, durability, |bytes| Image::encode(bytes, synced, heads, record))
        };
        match commit(file, head, record, durability, write_ahead) {
            Ok(unprotected) => {
                redo.finish(file);
                snapshot.committed(buffer);
                self.unprotected = unprotected;
                Ok(())
            }
            Err(error) => {
                let path = self.path.clone();
                Err(match error {
                    CommitError::Record(source) => UpdateError::Record { path, source },
                    CommitError::File(source) => UpdateError::Write { path, source },
                })
            }
        }
    }

    /// Takes the lock and reads the file: memory then equals the disk, and `buffer` contains a copy
    /// of the head that will become the new one.
    #[inline]
    pub(super) fn lock(&mut self) -> Result<Locked<'_>, UpdateError> {
        self.unprotected = None;
        loop {
            let locked = self
                .file
                .lock(self.options.locking)
                .map_err(|source| OpenError::Open { path: self.path.clone(), source })?;
            if !locked {
                return Err(UpdateError::Locked { path: self.path.clone() });
            }
            match self.look() {
                Ok(true) => return Ok(Locked(self)),
                Ok(false) => {}
                Err(error) => {
                    self.file.unlock();
                    return Err(error.into());
                }
            }
        }
    }

    /// Checks that the open file is still the one with this name; otherwise opens the new one.
    #[inline]
    fn look(&mut self) -> Result<bool, OpenError> {
        let Self { file, path, snapshot, redo, buffer, stale, .. } = self;
        let read = |source| OpenError::Read { path: path.clone(), source };
        let status = file.status().map_err(read)?;
        if status.names == 0 {
            return self.reopen();
        }
        let known = !*stale && status.length == redo.file_length() && snapshot.is_plain();
        if known && snapshot.is_current(&**file, buffer).map_err(read)? {
            return Ok(true);
        }
        self.reload()
    }

    /// Opens the file that now has the name; it is not locked yet.
    #[cold]
    fn reopen(&mut self) -> Result<bool, OpenError> {
        let disk = self.disk.clone();
        *self = Self::open_on(disk, &self.path, self.options.clone())?;
        Ok(false)
    }

    /// Completes what a killed writer left in the file and reads its head again.
    #[cold]
    fn reload(&mut self) -> Result<bool, OpenError> {
        let Self { file, path, snapshot, redo, buffer, .. } = self;
        *snapshot = settled(&**file).map_err(|error| error.at(path))?;
        redo.renew(snapshot.tail);
        buffer.clone_from(&snapshot.bytes);
        self.renew();
        Ok(true)
    }

    /// Adapts the buffers to the head, which may have changed.
    fn renew(&mut self) {
        let schema = &self.snapshot.head.schema;
        let rows = schema.archives().iter().map(|archive| archive.rows);
        self.pending = PendingRows::new(schema.sources().len(), rows);
        self.pipeline = None;
        self.stale = false;
    }
}

/// The rows of a file with those computed since.
struct FileRows<'a, 's> {
    file: &'a dyn DiskFile,
    places: RowLayout<'a>,
    pending: &'a mut PendingRows,
    schema: &'a Schema,
    seen: Option<RowObserver<'s>>,
}

impl Rows for FileRows<'_, '_> {
    type Error = io::Error;

    fn read(&mut self, archive: usize, row: u64, values: &mut [f64]) -> io::Result<()> {
        self.places.read_newest(self.file, self.pending, (archive, row), values)
    }

    fn write(&mut self, rows: WrittenRows<'_>) {
        self.pending.write(rows.archive, rows.row, rows.values, rows.copies);
        if let Some(seen) = &mut self.seen {
            let width = self.schema.sources().len();
            rows.each(width).for_each(|row| seen(self.schema, row));
        }
    }
}

/// The rows of a file while its head is edited.
pub(crate) struct EditedRows<'a> {
    file: &'a dyn DiskFile,
    snapshot: &'a Snapshot,
    pending: &'a mut PendingRows,
}

impl<'a> EditedRows<'a> {
    pub(super) fn new(
        file: &'a dyn DiskFile,
        snapshot: &'a Snapshot,
        pending: &'a mut PendingRows,
    ) -> Self {
        Self { file, snapshot, pending }
    }

    /// Copies rows of an archive from `row` on.
    pub(crate) fn read(&self, archive: usize, row: u64, values: &mut [f64]) -> io::Result<()> {
        self.snapshot.places().read_rows(self.file, archive, row, values)?;
        self.pending.overlay(archive, row, values);
        Ok(())
    }

    /// Replaces consecutive rows of an archive, beginning with `row`, by those in `values`,
    /// `copies` times.
    pub(crate) fn write(&mut self, archive: usize, row: u64, values: &[f64], copies: u64) {
        self.pending.write(archive, row, values, copies);
    }
}
