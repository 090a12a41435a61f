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
use super::shape::{Shape, Shapes};
use crate::database::{OpenError, Snapshot, UpdateError, open_unlocked};
use crate::disk::{Disk, Identity, Locking, Look, Reach};
use crate::number::length_to_u64;
use crate::sample::Sample;
use crate::time::Clock;
use crate::update::{OpenPoints, SampleError};

/// State shared by all files of a store.
#[derive(Debug)]
pub(super) struct StoreContext {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) clock: Clock,
    pub(super) reach: Reach,
    pub(super) losses: Losses,
    pub(super) locking: Locking,
    pub(super) shapes: Shapes,
    /// Number of files whose state is in memory.
    pub(super) loaded: AtomicUsize,
    /// Number of changes that were written without an image.
    pub(super) unprotected: AtomicUsize,
    /// Writes of files before they were due, because the journal needed their space.
    pub(super) early_write_backs: AtomicU64,
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
    pub(super) loaded: Option<Loaded>,
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
    /// Whether write-back is at work on the file.
    pub(super) writing: bool,
    pub(super) suspended: bool,
    /// Whether the last attempt to write the file failed.
    pub(super) failing: bool,
    pub(super) unwritten: Unwritten,
    /// Those of them that came after write-back last looked.
    pub(super) newer: Unwritten,
    /// Position in the journal of the last sample in the file; those before it are there, too.
    pub(super) written: u64,
    /// How often the samples that were not in the file were dropped or moved in the journal.
    history: u32,
    /// The segment in which the name of the file was last written, and how often.
    pub(super) named: (u32, u8),
    /// Whether the file has another entry, or none, by now.
    pub(super) removed: bool,
    /// The entry to which the state was given.
    pub(super) next: Option<Arc<Entry>>,
    /// Whether the file is in the queue of resident files.
    pub(super) queued: bool,
    /// The image of a change that could not be written: it is made again before the file is read.
    pub(super) interrupted: Option<Arc<[u8]>>,
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
    /// The time of the first one.
    pub(super) oldest: i64,
}

impl Unwritten {
    /// Adds a sample that takes this many bytes of the journal, at a position in a segment.
    #[inline]
    fn add(&mut self, sample: &Sample, bytes: usize, (generation, place): (u32, u64)) {
        if self.count == 0 {
            self.since = generation;
            self.oldest = sample.at.seconds();
        }
        self.count += 1;
        self.bytes += length_to_u64(bytes);
        self.last = place;
    }
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
    ) -> Result<Loaded, StoreError> {
        if let Some(image) = &self.interrupted {
            let locking = at_once(context.locking);
            complete(&*context.disk, entry.path(), Some(entry.identity), image, locking)?;
        }
        let mut loaded = Loaded::open(entry, context)?;
        self.base = loaded.open.last_update.seconds();
        let mut acceptor = loaded.shape.acceptor();
        let mut refused = 0;
        for (sample, _) in self.unwritten_samples(log) {
            let accepted =
                acceptor.accept(&loaded.shape, &mut loaded.open, &sample, &context.clock);
            refused += u64::from(accepted.is_err());
        }
        // Otherwise those that were not accepted are in the file already.
        if std::mem::take(&mut self.changed) {
            self.refused = refused;
        }
        loaded.shape.put_back(acceptor);
        context.loaded.fetch_add(1, Ordering::Relaxed);
        Ok(loaded)
    }

    /// Takes all of it for another entry of the file. Write-back may be at work for this one.
    pub(super) fn give_away(&mut self) -> Self {
        let mut given = std::mem::take(self);
        given.note_moved();
        (given.named.1, given.queued) = (0, false);
        self.history = given.history;
        self.removed = true;
        given
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

    /// Notes a sample that was appended to the journal.
    #[inline]
    pub(super) fn note_appended(&mut self, sample: &Sample, bytes: usize, place: (u32, u64)) {
        self.unwritten.add(sample, bytes, place);
        self.newer.add(sample, bytes, place);
    }

    /// Notes the end of the batch of the last sample.
    pub(super) fn note_end(&mut self, place: u64) {
        self.unwritten.last = place;
        self.newer.last = place;
    }

    /// The samples that are not in the file yet, oldest first.
    pub(super) fn unwritten_samples(&self, log: &Log) -> Vec<(Sample, BatchPosition)> {
        log.samples(self.unwritten.last, self.written)
    }

    /// Drops the samples that are not in the file.
    pub(super) fn drop_unwritten(&mut self) {
        self.unwritten = Unwritten::default();
        self.newer = Unwritten::default();
        self.refused = 0;
        self.interrupted = None;
        self.note_moved();
    }

    /// Notes that the samples that are not in the file have another place in the journal, or none:
    /// what write-back found before is not valid any more.
    pub(super) fn note_moved(&mut self) {
        self.history = self.history.wrapping_add(1);
        self.writing = false;
    }

    /// Notes that the file has the samples that write-back found.
    pub(super) fn note_written(&mut self, found: &Found) {
        self.unwritten = std::mem::take(&mut self.newer);
        self.written = found.unwritten.last;
        self.refused = 0;
        self.changed = false;
        self.interrupted = None;
    }
}

/// What write-back found of a file that lacks samples.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) unwritten: Unwritten,
    pub(super) written: u64,
    pub(super) interrupted: Option<Arc<[u8]>>,
    pub(super) shape: Option<Arc<Shape>>,
    /// Other names of the file.
    pub(super) others: Vec<Name>,
    /// Samples that the file did not take any more when it was last read.
    pub(super) refused: u64,
    /// The checksum of the head that the file had then.
    checksum: Option<u32>,
    changed: bool,
    history: u32,
}

impl Found {
    /// What there is to be written; `None` if nothing is, or if the file is suspended.
    pub(super) fn of(state: &mut State) -> Option<Self> {
        if state.suspended || state.unwritten.count == 0 {
            return None;
        }
        state.newer = Unwritten::default();
        state.writing = true;
        Some(Self {
            unwritten: state.unwritten,
            written: state.written,
            interrupted: state.interrupted.clone(),
            shape: state.loaded.as_ref().map(|loaded| loaded.shape.clone()),
            others: state.others.clone(),
            refused: state.refused,
            checksum: state.loaded.as_ref().map(|loaded| loaded.checksum),
            changed: state.changed,
            history: state.history,
        })
    }

    /// Whether another program has changed the file, which has this head now, since it was read.
    pub(super) fn is_changed(&self, head: &Snapshot) -> bool {
        let differs = self.checksum.is_some_and(|checksum| checksum != head.checksum());
        // A write that was broken off changed it, too.
        self.changed || (differs && self.interrupted.is_none())
    }

    /// Whether all of it still has to be written.
    pub(super) fn is_valid(&self, state: &State) -> bool {
        state.history == self.history
    }
}

/// A file in memory: what decides whether it takes the next sample. Rows are computed when it is
/// written or read.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) shape: Arc<Shape>,
    pub(super) open: OpenPoints,
    /// The checksum of the head in the file.
    pub(super) checksum: u32,
    /// The file as it was before it was read, or after it was written.
    pub(super) look: Look,
}

impl Loaded {
    fn open(entry: &Entry, context: &StoreContext) -> Result<Self, StoreError> {
        let path = entry.path();
        let open = |source| OpenError::Open { path: path.to_owned(), source };
        let look = context.disk.look(path).map_err(open)?;
        let (file, snapshot) = open_unlocked(&*context.disk, path)
            .map_err(|error| StoreError::opening(path, error))?;
        let opened = file.look().map_err(open)?;
        if [look.identity, opened.identity] != [entry.identity; 2] {
            return Err(StoreError::Replaced { name: path.to_owned(), samples: 0 });
        }
        let open = OpenPoints::of(&snapshot.head.live);
        let (shape, checksum) = (context.shapes.of(&snapshot), snapshot.checksum());
        Ok(Self { shape, open, checksum, look })
    }
}

/// Without waiting for other writers.
pub(super) fn at_once(locking: Locking) -> Locking {
    if locking == Locking::None { locking } else { Locking::Try }
}
