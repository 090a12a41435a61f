//! A folder of databases for daemons: updates are acknowledged by a shared journal and reach their files together. The
//! journal lives in `journal`, the state of a file in `entry`, writing files in `write_back`, starting after a crash in
//! `recovery`.

#[cfg(test)]
mod crash;
mod entry;
mod error;
mod journal;
mod record;
mod recovery;
mod write_back;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::slice;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use crate::database::{CreateOptions, Fault, LoadError, OpenError, RrdReader, create, fetch_state};
use crate::fetch::{FetchRequest, Series};
use crate::format::Head;
use crate::journal::Durability;
use crate::sample::Sample;
use crate::schema::Schema;
use crate::storage::{Access, Disk, DiskFile, FolderDisk, Locking};
use crate::time::{Clock, MaxSkew, Timestamp};
use crate::update::Stop;

use entry::{Entry, State, Surroundings, Unwritten};
use journal::{AppendError, Journal};
use write_back::{Writer, lock_journal};

pub use error::{StoreBatchError, StoreError};
pub use recovery::RecoveryReport;

/// The files that a store keeps beside its databases.
const SEGMENTS: [&str; 2] = [".store-0.journal", ".store-1.journal"];
const IMAGES: &str = ".store-images.journal";
const ORPHANS: &str = ".store-orphans.journal";

/// How a store works.
///
/// ```
/// use rrd_core::StoreOptions;
/// assert_eq!(StoreOptions::default().max_skew, Some(rrd_core::MaxSkew::DAY));
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct StoreOptions {
    /// Bytes of each of the two segments of the journal. A sample takes about 50.
    pub segment_size: usize,
    /// Whether writing files back is ordered so that a power loss at any moment leaves states that existed; what
    /// [`Store::sync`] acknowledged is then not lost.
    pub durability: Durability,
    /// The most file descriptors that stay open between calls.
    pub most_open: usize,
    /// The most files whose state stays in memory.
    pub most_loaded: usize,
    /// How far ahead of the clock a sample may be; `None` for any.
    pub max_skew: Option<MaxSkew>,
    /// How long write-back waits for another writer of a file.
    pub locking: Locking,
    /// The present.
    pub clock: Clock,
}

impl Default for StoreOptions {
    /// 32 MiB of journal, 256 descriptors, 131,072 files in memory, samples at most a day ahead.
    fn default() -> Self {
        Self {
            segment_size: 16 << 20,
            durability: Durability::Process,
            most_open: 256,
            most_loaded: 1 << 17,
            max_skew: Some(MaxSkew::DAY),
            locking: Locking::default(),
            clock: Clock::SYSTEM,
        }
    }
}

/// A folder of databases, for a daemon that feeds many of them.
///
/// An update is acknowledged once it is in the journal, in well under a microsecond: from then on it survives `kill -9`, and after
/// [`sync`](Self::sync) a power loss. It reaches its file together with others when [`flush`](Self::flush) or
/// [`flush_all`](Self::flush_all) is called, or when the journal runs full. Other programs see a file as of that moment; if one of them
/// writes a file, its samples stay and later ones of the store come on top.
///
/// All methods can be called from any number of threads.
///
/// ```
/// use rrd_core::{
///     ConsolidationFunction, FetchRequest, Heartbeat, Sample, Schema, Step, Store, StoreOptions, TimeRange, Timestamp,
/// };
///
/// let folder = tempfile::tempdir()?;
/// let store = Store::open(folder.path(), StoreOptions::default())?;
/// let schema = Schema::builder(Step::from_seconds(10).unwrap())
///     .gauge("load", Heartbeat(30))
///     .average(0.5, 1, 360)
///     .build()?;
/// store.create("web/load.rrd", &schema, Timestamp::from_seconds(1_000_000_000), Default::default())?;
/// store.update("web/load.rrd", &Sample::new(Timestamp::from_seconds(1_000_000_010), [0.25]))?;
///
/// let request = FetchRequest {
///     function: ConsolidationFunction::Average,
///     range: TimeRange { start: 1_000_000_000, end: 1_000_000_009 },
///     resolution: 10,
/// };
/// assert_eq!(store.fetch("web/load.rrd", &request)?.values, [0.25]);
/// store.close()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Store {
    folder: PathBuf,
    options: StoreOptions,
    around: Surroundings,
    entries: RwLock<HashMap<Box<str>, Arc<Entry>>>,
    /// Which name each file in memory has.
    identities: Mutex<HashMap<(u64, u64), Arc<Entry>>>,
    /// Files in memory in the order in which they came.
    queue: Mutex<VecDeque<Arc<Entry>>>,
    journal: Mutex<Journal>,
    /// Bytes left in the active segment, for samples.
    room: AtomicUsize,
    segments: [Arc<dyn DiskFile>; 2],
    writer: Mutex<Writer>,
    next_id: AtomicU32,
    recovery: RecoveryReport,
}

/// What [`Store::flush_all`] did.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct FlushReport {
    /// Files that were written.
    pub written: usize,
    /// Files that could not be written, each with the reason. Their samples stay in the journal.
    pub failed: Vec<(String, StoreError)>,
}

/// What a store holds at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreStatus {
    /// Files that were used so far.
    pub files: usize,
    /// Files whose state is in memory.
    pub loaded: usize,
    /// Descriptors that are kept open.
    pub kept_open: usize,
    /// Bytes left in the active segment of the journal.
    pub journal_room: usize,
}

impl Store {
    /// Opens the store in a folder, which is made if it is not there. What an earlier run had acknowledged is brought to
    /// the files; [`recovery`](Self::recovery) tells about it.
    ///
    /// # Errors
    ///
    /// The folder cannot be used, or another process uses it. A damaged journal is no error.
    pub fn open(folder: impl AsRef<Path>, options: StoreOptions) -> Result<Self, StoreError> {
        let folder = folder.as_ref();
        let disk = std::fs::create_dir_all(folder)
            .and_then(|()| FolderDisk::open(folder))
            .map_err(|source| StoreError::Folder { folder: folder.to_owned(), source })?;
        Self::open_on(Arc::new(disk), folder, options)
    }

    pub(crate) fn open_on(
        disk: Arc<dyn Disk>,
        folder: &Path,
        options: StoreOptions,
    ) -> Result<Self, StoreError> {
        let fault = |source| StoreError::Folder { folder: folder.to_owned(), source };
        let size = options.segment_size.clamp(journal::SMALLEST, 1 << 30).next_multiple_of(4096);
        let paths = SEGMENTS.map(Path::new);
        let Some((journal, found)) = Journal::open(&*disk, paths, size).map_err(fault)? else {
            return Err(StoreError::InUse { folder: folder.to_owned() });
        };
        let around = Surroundings {
            disk,
            clock: options.clock,
            locking: options.locking,
            kept_open: Arc::default(),
            most_open: options.most_open,
            loaded: AtomicUsize::new(0),
        };
        let images = Path::new(IMAGES);
        let completed = write_back::recover_images(&*around.disk, images, &around);
        let completed = completed.map_err(fault)?;
        let writer = Writer::open(&*around.disk, images).map_err(fault)?;
        let segments = journal.files();
        let mut store = Self {
            folder: folder.to_owned(),
            options,
            around,
            entries: RwLock::default(),
            identities: Mutex::default(),
            queue: Mutex::default(),
            journal: Mutex::new(journal),
            room: AtomicUsize::new(0),
            segments,
            writer: Mutex::new(writer),
            next_id: AtomicU32::new(1),
            recovery: RecoveryReport::default(),
        };
        store.recover(found, completed)?;
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

    /// Makes a database; folders in its name are made, too.
    ///
    /// # Errors
    ///
    /// The name leads out of the folder, the disk is full, or the file is there and was to be kept.
    pub fn create(
        &self,
        name: &str,
        schema: &Schema,
        start: Timestamp,
        options: CreateOptions,
    ) -> Result<(), StoreError> {
        let name = plain_name(name)?;
        self.forget(&name)?;
        let path = Path::new(&name);
        self.around
            .disk
            .make_folders(path)
            .map_err(|source| StoreError::Folder { folder: self.folder.join(path), source })?;
        Ok(create(&*self.around.disk, path, schema, start, options).map(drop)?)
    }

    /// Applies one sample and writes it down.
    ///
    /// # Errors
    ///
    /// The sample does not suit the database or is too far in the future; the file cannot be opened; the journal cannot be written.
    /// Then nothing is acknowledged and nothing changed.
    pub fn update(&self, name: &str, sample: &Sample) -> Result<(), StoreError> {
        self.update_batch(name, slice::from_ref(sample)).map_err(|error| *error.source)
    }

    /// Applies samples in order and writes them down. The first that is refused stops the batch; those before it are acknowledged.
    pub fn update_batch(&self, name: &str, samples: &[Sample]) -> Result<(), StoreBatchError> {
        let mut applied = 0;
        let done = self.entry(name).and_then(|entry| self.apply(&entry, samples, &mut applied));
        done.map_err(|source| StoreBatchError { applied, source: Box::new(source) })
    }

    /// Brings all samples of a file to the file.
    pub fn flush(&self, name: &str) -> Result<(), StoreError> {
        let Some(entry) = self.known(name) else {
            plain_name(name)?;
            return Ok(());
        };
        match self.write_back(slice::from_ref(&entry)).into_iter().next() {
            Some((_, error)) => Err(error),
            None => Ok(()),
        }
    }

    /// Brings all samples to their files. One file that cannot be written does not keep the others from it.
    pub fn flush_all(&self) -> FlushReport {
        self.flush_where(|_| true)
    }

    /// Brings the samples of those files to the disk whose oldest unwritten sample is of `moment` or before.
    pub fn flush_before(&self, moment: Timestamp) -> FlushReport {
        self.flush_where(|state| state.oldest <= moment.seconds())
    }

    fn flush_where(&self, wanted: impl Fn(&State) -> bool) -> FlushReport {
        let due = self.all().into_iter().filter(|entry| {
            let state = entry.state();
            state.unwritten.count > 0 && !state.suspended && wanted(&state)
        });
        let due = due.collect::<Vec<_>>();
        let failed = self.write_back(&due);
        FlushReport {
            written: due.len() - failed.len(),
            failed: failed
                .into_iter()
                .map(|(entry, error)| (entry.name.to_string(), error))
                .collect(),
        }
    }

    /// Makes everything that was acknowledged before this call survive a power loss. Costs one or two waits for the disk,
    /// however many samples there are.
    pub fn sync(&self) -> Result<(), StoreError> {
        let sync = |file: &Arc<dyn DiskFile>| file.sync();
        self.segments.iter().try_for_each(sync).map_err(|source| StoreError::Journal { source })
    }

    /// The rows of the archive that suits the request best, those included that are not in the file yet.
    pub fn fetch(&self, name: &str, request: &FetchRequest) -> Result<Series, StoreError> {
        if let Some(entry) = self.known(name) {
            let mut state = entry.state();
            if state.unwritten.count > 0 {
                return self.fetch_unwritten(&entry, &mut state, request);
            }
        }
        Ok(self.reader(name)?.fetch(request)?)
    }

    /// Everything but the rows, with all acknowledged samples.
    pub fn head(&self, name: &str) -> Result<Head, StoreError> {
        if let Some(entry) = self.known(name) {
            let mut state = entry.state();
            if state.unwritten.count > 0 {
                let loaded = state.load(&entry, &self.around, &self.journal);
                return Ok(loaded.map_err(|fault| fault.of(name))?.snapshot.head.clone());
            }
        }
        Ok(self.reader(name)?.head().clone())
    }

    /// The moment of the last acknowledged sample.
    pub fn last_update(&self, name: &str) -> Result<Timestamp, StoreError> {
        if let Some(entry) = self.known(name)
            && let Some(loaded) = &entry.state().loaded
        {
            return Ok(loaded.snapshot.head.live.last_update);
        }
        Ok(self.head(name)?.live.last_update)
    }

    /// How many acknowledged samples of a file are not in the file yet.
    pub fn unwritten(&self, name: &str) -> u64 {
        self.known(name).map_or(0, |entry| entry.state().unwritten.count)
    }

    /// The names of all databases in the folder and below, sorted: files that end in `.rrd` and are not hidden. Links to
    /// folders are not followed.
    pub fn list(&self) -> Result<Vec<String>, StoreError> {
        let mut names = Vec::new();
        let mut folders = vec![PathBuf::new()];
        while let Some(below) = folders.pop() {
            let folder = self.folder.join(&below);
            let fault = |source| StoreError::Folder { folder: folder.clone(), source };
            for item in std::fs::read_dir(&folder).map_err(fault)? {
                let item = item.map_err(fault)?;
                let Ok(name) = item.file_name().into_string() else { continue };
                let kind = item.file_type().map_err(fault)?;
                if kind.is_dir() {
                    folders.push(below.join(name));
                } else if Path::new(&name).extension().is_some_and(|ending| ending == "rrd")
                    && !name.starts_with('.')
                {
                    names.extend(below.join(name).into_os_string().into_string());
                }
            }
        }
        names.sort();
        Ok(names)
    }

    /// Drops all that is known of a file, samples that are not in it included. The file stays.
    pub fn forget(&self, name: &str) -> Result<(), StoreError> {
        let Some(entry) = self.known(name) else { return Ok(()) };
        let mut state = entry.state();
        if state.unwritten.count > 0 {
            let mut bytes = Vec::new();
            record::encode_forget(&mut bytes, entry.id);
            self.append_any(&bytes)?;
        }
        self.drop_state(&entry, &mut state);
        drop(state);
        write_guard(&self.entries).remove(&*entry.name);
        Ok(())
    }

    /// Keeps a file from being written until [`resume`](Self::resume); updates are acknowledged as before.
    pub fn suspend(&self, name: &str) -> Result<(), StoreError> {
        self.entry(name)?.state().suspended = true;
        Ok(())
    }

    /// Lets a file be written again.
    pub fn resume(&self, name: &str) -> Result<(), StoreError> {
        self.entry(name)?.state().suspended = false;
        Ok(())
    }

    /// What the store holds at the moment.
    pub fn status(&self) -> StoreStatus {
        StoreStatus {
            files: read_guard(&self.entries).len(),
            loaded: self.around.loaded.load(Ordering::Relaxed),
            kept_open: self.around.kept_open.load(Ordering::Relaxed),
            journal_room: lock_journal(&self.journal).room(),
        }
    }

    /// Does what would otherwise keep an update waiting: empties the segment of the journal that is not in use. Worth a
    /// call now and then from a thread that has time.
    pub fn maintain(&self) -> Result<(), StoreError> {
        let unclean = lock_journal(&self.journal).unclean();
        match unclean {
            Some(sequence) => self.clean(sequence),
            None => Ok(()),
        }
    }

    /// Brings everything to the files and ends.
    ///
    /// # Errors
    ///
    /// The first file that could not be written. Its samples stay in the journal for the next [`open`](Self::open).
    pub fn close(self) -> Result<(), StoreError> {
        for entry in self.all() {
            entry.state().suspended = false;
        }
        if let Some((_, error)) = self.flush_all().failed.into_iter().next() {
            return Err(error);
        }
        let fault = |source| StoreError::Journal { source };
        lock_journal(&self.journal).restart().map_err(fault)
    }

    fn apply(
        &self,
        entry: &Arc<Entry>,
        samples: &[Sample],
        applied: &mut usize,
    ) -> Result<(), StoreError> {
        let mut smoothing_due = false;
        loop {
            let mut state = entry.state();
            let seen = state.loaded.is_some();
            if !seen {
                self.load(entry, &mut state)?;
            }
            while let Some(sample) = samples.get(*applied) {
                self.admit(entry, sample)?;
                if self.room.load(Ordering::Relaxed) < record::size_limit(&entry.name, sample) {
                    break;
                }
                let more = *applied + 1 < samples.len();
                smoothing_due |= self.apply_one(entry, &mut state, sample, more)?;
                *applied += 1;
            }
            if *applied == samples.len() {
                if smoothing_due && let Some(loaded) = &mut state.loaded {
                    let done = loaded.smooth(entry.path(), &self.around);
                    done.map_err(|source| {
                        state.unload(&self.around);
                        StoreError::Write { name: entry.name.to_string(), source }
                    })?;
                }
                drop(state);
                if !seen {
                    self.evict();
                }
                return Ok(());
            }
            let sequence = lock_journal(&self.journal).sequence();
            drop(state);
            self.make_room(sequence)?;
        }
    }

    /// Refuses what must not be written down.
    #[inline]
    fn admit(&self, entry: &Entry, sample: &Sample) -> Result<(), StoreError> {
        if let Some(limit) = self.options.max_skew {
            limit.admit(sample.at, self.options.clock.now()).map_err(|future| {
                let name = entry.name.to_string();
                StoreError::Sample { name, source: future.into() }
            })?;
        }
        if record::is_expressible(sample) {
            Ok(())
        } else {
            Err(StoreError::TooLong { name: entry.name.to_string() })
        }
    }

    /// Applies one sample and writes it down; says whether the seasons are to be smoothed.
    #[inline]
    fn apply_one(
        &self,
        entry: &Entry,
        state: &mut State,
        sample: &Sample,
        more: bool,
    ) -> Result<bool, StoreError> {
        let Some(loaded) = &mut state.loaded else { return Ok(false) };
        let done = match loaded.advance(entry.path(), &self.around, sample) {
            Ok(done) => done,
            Err(Stop::Sample(source)) => {
                return Err(StoreError::Sample { name: entry.name.to_string(), source });
            }
            Err(Stop::Rows(source)) => {
                return Err(StoreError::Write { name: entry.name.to_string(), source });
            }
        };
        match self.write_down(entry, state, sample, more) {
            Ok(()) => Ok(done.smoothing_due),
            Err(error) => {
                // Memory is ahead of the journal: it is built anew when it is needed next.
                state.unload(&self.around);
                Err(error)
            }
        }
    }

    /// Adds a sample to the journal. From here on it is acknowledged.
    #[inline]
    fn write_down(
        &self,
        entry: &Entry,
        state: &mut State,
        sample: &Sample,
        more: bool,
    ) -> Result<(), StoreError> {
        let mut bytes = std::mem::take(&mut state.bytes);
        record::encode_sample(&mut bytes, entry.id, state.unwritten.last, more, sample);
        let checksum = crc32fast::hash(&bytes);
        let mut journal = lock_journal(&self.journal);
        let sequence = journal.sequence();
        if state.named_in != sequence {
            let mut name = Vec::new();
            record::encode_name(&mut name, entry.id, &entry.name);
            journal.append(&name, crc32fast::hash(&name)).map_err(append_fault)?;
            state.named_in = sequence;
        }
        let place = journal.append(&bytes, checksum).map_err(append_fault)?;
        self.room.store(self.room_of(&journal), Ordering::Relaxed);
        drop(journal);
        state.bytes = bytes;
        if state.unwritten.count == 0 {
            state.unwritten.since = sequence;
            state.oldest = sample.at.seconds();
        }
        state.unwritten.count += 1;
        state.unwritten.last = place;
        Ok(())
    }

    /// Adds a record that is no sample.
    fn append_any(&self, bytes: &[u8]) -> Result<u64, StoreError> {
        let mut journal = lock_journal(&self.journal);
        let place = journal.append(bytes, crc32fast::hash(bytes)).map_err(append_fault)?;
        self.room.store(self.room_of(&journal), Ordering::Relaxed);
        Ok(place)
    }

    /// What samples may take of the active segment: an eighth is kept for those that have to be carried over.
    fn room_of(&self, journal: &Journal) -> usize {
        journal.room().saturating_sub(self.options.segment_size / 8)
    }

    /// Brings the state of a file into memory.
    fn load(&self, entry: &Arc<Entry>, state: &mut State) -> Result<(), StoreError> {
        let loaded = match state.load(entry, &self.around, &self.journal) {
            Ok(loaded) => loaded,
            Err(fault) => {
                if state.unwritten.count == 0 {
                    write_guard(&self.entries).remove(&*entry.name);
                }
                return Err(fault.of(&entry.name));
            }
        };
        let identity = loaded.identity;
        let mut identities = guard(&self.identities);
        match identities.get(&identity) {
            Some(other) if other.name != entry.name => {
                let (name, other) = (entry.name.to_string(), other.name.to_string());
                drop(identities);
                state.unload(&self.around);
                write_guard(&self.entries).remove(&*entry.name);
                return Err(StoreError::Alias { name, other });
            }
            _ => identities.insert(identity, entry.clone()),
        };
        drop(identities);
        self.enqueue(entry, state);
        Ok(())
    }

    /// Sees to it that the state of the file is dropped from memory when its turn comes.
    fn enqueue(&self, entry: &Arc<Entry>, state: &mut State) {
        if state.loaded.is_some() && !std::mem::replace(&mut state.queued, true) {
            guard(&self.queue).push_back(entry.clone());
        }
    }

    /// Drops the state of files that came first, until there are few enough in memory.
    fn evict(&self) {
        let mut left = guard(&self.queue).len();
        while left > 0 && self.around.loaded.load(Ordering::Relaxed) > self.options.most_loaded {
            left -= 1;
            let Some(entry) = guard(&self.queue).pop_front() else { return };
            match entry.try_state() {
                Some(mut state) => {
                    state.queued = false;
                    self.unload(&entry, &mut state);
                }
                // In use just now: its turn comes again.
                None => guard(&self.queue).push_back(entry.clone()),
            }
        }
    }

    /// Drops the state of a file from memory; file and journal have it all.
    fn unload(&self, entry: &Entry, state: &mut State) {
        if let Some(loaded) = &state.loaded {
            let mut identities = guard(&self.identities);
            if identities.get(&loaded.identity).is_some_and(|owner| owner.name == entry.name) {
                identities.remove(&loaded.identity);
            }
        }
        state.unload(&self.around);
    }

    /// Drops all that is known of a file.
    fn drop_state(&self, entry: &Entry, state: &mut State) {
        self.unload(entry, state);
        state.unwritten = Unwritten::default();
    }

    fn fetch_unwritten(
        &self,
        entry: &Entry,
        state: &mut State,
        request: &FetchRequest,
    ) -> Result<Series, StoreError> {
        const ATTEMPTS: usize = 8;
        let path = entry.path();
        let mut values = Vec::new();
        let mut head = Vec::new();
        for _ in 0..ATTEMPTS {
            let loaded = state
                .load(entry, &self.around, &self.journal)
                .map_err(|fault| fault.of(&entry.name))?;
            let open = |source| OpenError::Open { path: path.to_owned(), source };
            let file = self.around.disk.open(path, Access::Read).map_err(open)?;
            let snapshot = &loaded.snapshot;
            let mut same = || -> Result<bool, LoadError> {
                head.resize(snapshot.bytes.len(), 0);
                let read = file.read_at(0, &mut head).map_err(LoadError::Read)?;
                Ok(head.get(..read) == Some(snapshot.bytes.as_slice()))
            };
            let rows = Some(&loaded.rows);
            let result = if same().map_err(|error| error.at(path))? {
                let found = fetch_state(&*file, snapshot, rows, request, &mut values);
                let busy = file.is_locked_elsewhere();
                same().map_err(|error| error.at(path))?.then_some(found).filter(|_| !busy)
            } else {
                None
            };
            match result {
                Some(found) => {
                    let (span, _) = found.map_err(|fault: Fault| fault.at(path, request))?;
                    return Ok(Series::new(span, &snapshot.head.schema, values));
                }
                // Another program writes the file.
                None => state.unload(&self.around),
            }
        }
        Err(StoreError::Locked { name: entry.name.to_string() })
    }

    fn write_back(&self, entries: &[Arc<Entry>]) -> Vec<(Arc<Entry>, StoreError)> {
        let mut writer = guard(&self.writer);
        self.write_with(&mut writer, entries)
    }

    fn write_with(
        &self,
        writer: &mut Writer,
        entries: &[Arc<Entry>],
    ) -> Vec<(Arc<Entry>, StoreError)> {
        let durability = self.options.durability;
        let failures = writer.write_back(entries, &self.around, &self.journal, durability);
        for (entry, error) in &failures {
            if recovery::is_gone(error) {
                // The file was removed: its samples have nowhere to go.
                self.drop_state(entry, &mut entry.state());
                write_guard(&self.entries).remove(&*entry.name);
            }
        }
        for entry in entries {
            self.enqueue(entry, &mut entry.state());
        }
        self.evict();
        failures
    }

    /// Goes on in the other segment, which is emptied first if need be. `full` is the turn that was found full.
    fn make_room(&self, full: u32) -> Result<(), StoreError> {
        let unclean = {
            let mut journal = lock_journal(&self.journal);
            if journal.sequence() != full {
                return Ok(());
            }
            if self.turn(&mut journal)? {
                return Ok(());
            }
            journal.unclean()
        };
        if let Some(sequence) = unclean {
            self.clean(sequence)?;
        }
        let mut journal = lock_journal(&self.journal);
        if journal.sequence() == full && !self.turn(&mut journal)? {
            return Err(StoreError::JournalFull { failing: self.holding_up() });
        }
        Ok(())
    }

    fn turn(&self, journal: &mut Journal) -> Result<bool, StoreError> {
        let turned = journal.turn().map_err(|source| StoreError::Journal { source })?;
        self.room.store(self.room_of(journal), Ordering::Relaxed);
        Ok(turned)
    }

    /// Sees to it that nothing in the segment of this turn is needed any more: files are written, and the samples of those
    /// that cannot be are carried over.
    fn clean(&self, sequence: u32) -> Result<(), StoreError> {
        let mut writer = guard(&self.writer);
        if lock_journal(&self.journal).unclean() != Some(sequence) {
            return Ok(());
        }
        let in_it = |entry: &Arc<Entry>| {
            let unwritten = entry.state().unwritten;
            unwritten.count > 0 && unwritten.since <= sequence
        };
        let due = self.all().into_iter().filter(in_it).collect::<Vec<_>>();
        // What failed is told by the next flush; here it only must not get lost.
        drop(self.write_with(&mut writer, &due));
        for entry in due.iter().filter(|entry| in_it(entry)) {
            self.carry_over(entry)?;
        }
        let mut journal = lock_journal(&self.journal);
        journal.set_clean(sequence).map_err(|source| StoreError::Journal { source })
    }

    /// Writes the unwritten samples of a file down again, in the active segment.
    fn carry_over(&self, entry: &Entry) -> Result<(), StoreError> {
        let mut state = entry.state();
        let samples = state.unwritten.samples(&self.journal);
        self.write_again(entry, &mut state, &samples)
    }

    fn write_again(
        &self,
        entry: &Entry,
        state: &mut State,
        samples: &[(Sample, bool)],
    ) -> Result<(), StoreError> {
        let before = state.unwritten;
        state.unwritten = Unwritten::default();
        for (sample, more) in samples {
            if let Err(error) = self.write_down(entry, state, sample, *more) {
                state.unwritten = before;
                return Err(match error {
                    StoreError::JournalFull { .. } => {
                        StoreError::JournalFull { failing: self.holding_up() }
                    }
                    other => other,
                });
            }
        }
        Ok(())
    }

    /// Files whose samples are not written, of those that no other thread uses just now.
    fn holding_up(&self) -> usize {
        let waits =
            |entry: &Arc<Entry>| entry.try_state().is_some_and(|state| state.unwritten.count > 0);
        self.all().iter().filter(|entry| waits(entry)).count()
    }

    fn reader(&self, name: &str) -> Result<RrdReader, StoreError> {
        let name = plain_name(name)?;
        Ok(RrdReader::open_on(self.around.disk.clone(), Path::new(&name))?)
    }

    /// The entry of a name that was used before.
    #[inline]
    fn known(&self, name: &str) -> Option<Arc<Entry>> {
        let entries = read_guard(&self.entries);
        if let Some(entry) = entries.get(name) {
            return Some(entry.clone());
        }
        entries.get(plain_name(name).ok()?.as_str()).cloned()
    }

    /// The entry of a name.
    #[inline]
    fn entry(&self, name: &str) -> Result<Arc<Entry>, StoreError> {
        if let Some(entry) = read_guard(&self.entries).get(name) {
            return Ok(entry.clone());
        }
        let name = plain_name(name)?;
        let mut entries = write_guard(&self.entries);
        let fresh = || Arc::new(Entry::new(self.next_id.fetch_add(1, Ordering::Relaxed), &name));
        Ok(entries.entry(name.as_str().into()).or_insert_with(fresh).clone())
    }

    fn all(&self) -> Vec<Arc<Entry>> {
        read_guard(&self.entries).values().cloned().collect()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // Closing would do, but a child that this process is just starting may hold a copy of the descriptors.
        for segment in &self.segments {
            segment.unlock();
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// A name as a plain relative path.
fn plain_name(name: &str) -> Result<String, StoreError> {
    let refused = || StoreError::Name { name: name.to_owned() };
    let mut plain = PathBuf::new();
    for component in Path::new(name).components() {
        match component {
            Component::Normal(part) => plain.push(part),
            Component::CurDir => {}
            _ => return Err(refused()),
        }
    }
    let plain = plain.into_os_string().into_string().map_err(|_| refused())?;
    let own = [SEGMENTS[0], SEGMENTS[1], IMAGES, ORPHANS].contains(&plain.as_str());
    let usable = !plain.is_empty() && plain.len() <= 4096 && !plain.contains('\0') && !own;
    if usable { Ok(plain) } else { Err(refused()) }
}

fn append_fault(error: AppendError) -> StoreError {
    match error {
        AppendError::Full => StoreError::JournalFull { failing: 0 },
        AppendError::Io(source) => StoreError::Journal { source },
    }
}

/// What these locks guard is whole between any two statements, so that a thread that panicked leaves nothing behind.
fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read_guard<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write_guard<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
