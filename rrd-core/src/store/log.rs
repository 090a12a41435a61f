//! The log as the threads of a store share it: appending, space, generations, syncing. Its two
//! segments are in `journal`.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::error::StoreError;
use super::journal::{AppendError, Journal};
use super::locks::guard;
use super::log_sync::{LogSync, Share};
use super::record::{self, BatchPosition, JournalRecord, Label};
use crate::disk::DiskFile;
use crate::sample::Sample;
use crate::time::Clock;

/// How often a segment names a file, each time before another sample: damage to one of
/// them then loses only its own sample.
const NAMED: u8 = 2;

/// How often a sync lets others append before it begins: they do so at once, or never.
const MAX_YIELDS: usize = 1000;
/// In [`Log::unsynced_since`]: everything is synced, or is being synced.
const NOTHING: i64 = i64::MAX;

/// The log of a store.
pub(super) struct Log {
    journal: Mutex<Journal>,
    sync: LogSync,
    clock: Clock,
    /// Whether a thread is syncing. Others wait until it is done, and mostly find their records
    /// synced.
    syncing: Mutex<bool>,
    sync_done: Condvar,
    /// Threads that are about to append a record and will then wait for its sync.
    arriving: AtomicUsize,
    /// When the oldest record that is not synced was appended, in microseconds.
    unsynced_since: AtomicI64,
    /// Whether a segment could not be synced.
    broken: AtomicBool,
    /// Bytes left in the active segment for samples, readable without the lock.
    room: AtomicUsize,
    files: [Arc<dyn DiskFile>; 2],
    segment_size: usize,
}

impl Log {
    pub(super) fn new(journal: Journal, segment_size: usize, sync: LogSync, clock: Clock) -> Self {
        let files = journal.files();
        Self {
            journal: Mutex::new(journal),
            sync,
            clock,
            syncing: Mutex::default(),
            sync_done: Condvar::new(),
            arriving: AtomicUsize::new(0),
            unsynced_since: AtomicI64::new(NOTHING),
            broken: AtomicBool::new(false),
            room: AtomicUsize::new(0),
            files,
            segment_size,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Journal> {
        guard(&self.journal)
    }

    /// Whether the active segment has this much space for samples.
    #[inline]
    pub(super) fn has_room(&self, size: usize) -> bool {
        self.room.load(Ordering::Relaxed) >= size
    }

    /// Bytes left in the active segment.
    pub(super) fn bytes_left(&self) -> usize {
        self.lock().room()
    }

    /// Bytes of each segment.
    pub(super) fn segment_size(&self) -> usize {
        self.segment_size
    }

    /// The generation of the active segment.
    pub(super) fn generation(&self) -> u32 {
        self.lock().generation()
    }

    /// The devices and numbers of the segments; `None` if one of them was removed, cut or
    /// overwritten.
    pub(super) fn identities(&self) -> Option<[(u64, u64); 2]> {
        self.lock().identities()
    }

    /// Appends a record other than a sample, and returns its place.
    pub(super) fn append(&self, bytes: &[u8]) -> Result<u64, StoreError> {
        let mut journal = self.lock();
        let place = journal.append(bytes, crc32fast::hash(bytes)).map_err(refused)?;
        self.note_appended(&journal);
        Ok(place)
    }

    /// Appends the record of a sample, after the number and names of its file if the segment has
    /// them fewer than [`NAMED`] times. Returns the generation and the place.
    #[inline]
    pub(super) fn append_sample(
        &self,
        label: &Label<'_>,
        named: &mut (u32, u8),
        bytes: &[u8],
        crc: u32,
    ) -> Result<(u32, u64), StoreError> {
        let is_waited_for = self.sync == LogSync::Each;
        if is_waited_for {
            self.arriving.fetch_add(1, Ordering::Relaxed);
        }
        let appended = self.append_named(label, named, bytes, crc);
        if is_waited_for {
            self.arriving.fetch_sub(1, Ordering::Relaxed);
        }
        appended
    }

    #[inline]
    fn append_named(
        &self,
        label: &Label<'_>,
        named: &mut (u32, u8),
        bytes: &[u8],
        crc: u32,
    ) -> Result<(u32, u64), StoreError> {
        let mut journal = self.lock();
        let generation = journal.generation();
        if named.0 != generation {
            *named = (generation, 0);
        }
        if named.1 < NAMED {
            let mut record = Vec::new();
            for name in label.names() {
                record::encode_name(&mut record, label.file, name, Some(label.mark()));
                journal.append(&record, crc32fast::hash(&record)).map_err(refused)?;
            }
            named.1 += 1;
        }
        let place = journal.append(bytes, crc).map_err(refused)?;
        self.note_appended(&journal);
        Ok((generation, place))
    }

    /// The samples that lead from the one at `first`, which is not among them, to the one at
    /// `last`, oldest first, each with its position in its batch.
    pub(super) fn samples(&self, last: u64, first: u64) -> Vec<(Sample, BatchPosition)> {
        let journal = self.lock();
        let mut samples = Vec::new();
        let mut place = last;
        let mut end = None;
        while place != 0 && place != first {
            match journal.read(place) {
                Some(JournalRecord::Sample { previous, position, sample, .. }) => {
                    samples.push((sample, end.take().unwrap_or(position)));
                    place = previous;
                }
                Some(JournalRecord::End { previous, position, .. }) => {
                    end = Some(position);
                    place = previous;
                }
                _ => break,
            }
        }
        samples.reverse();
        samples
    }

    /// Switches to the other segment if the active one is still of the generation `full` and
    /// nothing in the other one is needed. Returns whether another segment is active now.
    pub(super) fn switch_from(&self, full: u32) -> Result<bool, StoreError> {
        let mut journal = self.lock();
        if journal.generation() != full {
            return Ok(true);
        }
        let switched = journal.switch_segment().map_err(fault)?;
        self.note_room(&journal);
        Ok(switched)
    }

    /// The generation of the inactive segment, if something in it is needed.
    pub(super) fn unclean(&self) -> Option<u32> {
        self.lock().unclean()
    }

    /// Whether the log has records of this generation that are needed.
    pub(super) fn needs(&self, generation: u32) -> bool {
        let journal = self.lock();
        generation != 0
            && (journal.generation() == generation || journal.unclean() == Some(generation))
    }

    /// Nothing of this generation is needed any more.
    pub(super) fn set_clean(&self, generation: u32) -> Result<(), StoreError> {
        let Some(segment) = self.lock().begin_cleaning(generation).map_err(fault)? else {
            return Ok(());
        };
        // After a power loss, the records that overwrite these must not be missed in them.
        let file = self.files.get(segment).filter(|_| self.sync != LogSync::Never);
        let synced = file.map_or(Ok(()), |file| file.sync());
        let mut journal = self.lock();
        if let Err(source) = synced {
            journal.set_broken(segment);
            self.broken.store(true, Ordering::Relaxed);
            return Err(StoreError::Sync { source });
        }
        journal.set_clean(segment);
        self.broken.store(journal.broken().is_some(), Ordering::Relaxed);
        Ok(())
    }

    /// Discards all records and starts again.
    pub(super) fn restart(&self) -> Result<(), StoreError> {
        let mut journal = self.lock();
        journal.restart().map_err(fault)?;
        self.note_room(&journal);
        Ok(())
    }

    /// Makes all records survive a power loss.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        let end = self.lock().end();
        self.sync_up_to(end)
    }

    /// Makes the record at this position, and all before it, survive a power loss.
    pub(super) fn sync_record(&self, place: u64) -> Result<(), StoreError> {
        self.sync_up_to(place.saturating_add(1))
    }

    fn sync_up_to(&self, place: u64) -> Result<(), StoreError> {
        let mut syncing = guard(&self.syncing);
        while self.lock().synced() < place {
            if *syncing {
                // All that wait are woken at once, whatever place they wait for.
                syncing = self.sync_done.wait(syncing).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            *syncing = true;
            drop(syncing);
            let _turn = SyncTurn(self);
            return self.sync_all();
        }
        Ok(())
    }

    /// Syncs all records that were appended so far.
    fn sync_all(&self) -> Result<(), StoreError> {
        // While the disk writes a page, the system keeps others from changing it, and so from
        // appending. They share the next sync if they can append before it begins.
        for _ in 0..MAX_YIELDS {
            if self.arriving.load(Ordering::Relaxed) == 0 {
                break;
            }
            thread::yield_now();
        }
        let mut journal = self.lock();
        if journal.broken().is_some() {
            let source = io::Error::other("an earlier attempt failed");
            return Err(StoreError::Sync { source });
        }
        self.unsynced_since.store(NOTHING, Ordering::Relaxed);
        let unsynced = journal.unsynced();
        drop(journal);
        for reach in unsynced {
            let Some(file) = self.files.get(reach.segment) else { continue };
            let synced = file.sync();
            journal = self.lock();
            if let Err(source) = synced {
                if journal.is_at(reach) {
                    journal.set_broken(reach.segment);
                }
                self.broken.store(true, Ordering::Relaxed);
                self.unsynced_since.store(i64::MIN, Ordering::Relaxed);
                return Err(StoreError::Sync { source });
            }
            journal.note_synced(reach).map_err(fault)?;
            drop(journal);
        }
        Ok(())
    }

    /// Whether the log is to be synced now, after this share of the time that it may wait.
    #[inline]
    pub(super) fn is_due(&self, share: Share) -> bool {
        self.sync.is_due(share, || {
            let since = self.unsynced_since.load(Ordering::Relaxed);
            if since == NOTHING { Some(0) } else { self.now().checked_sub(since) }
        })
    }

    /// The generation of a segment that could not be synced: it must be replaced by another one.
    #[inline]
    pub(super) fn broken(&self) -> Option<u32> {
        if self.broken.load(Ordering::Relaxed) { self.lock().broken() } else { None }
    }

    /// The present in microseconds since 1970.
    fn now(&self) -> i64 {
        let now = self.clock.now();
        now.seconds().saturating_mul(1_000_000).saturating_add(now.microseconds().into())
    }

    #[inline]
    fn note_appended(&self, journal: &Journal) {
        self.note_room(journal);
        if self.sync != LogSync::Never && self.unsynced_since.load(Ordering::Relaxed) == NOTHING {
            self.unsynced_since.store(self.now().min(NOTHING - 1), Ordering::Relaxed);
        }
    }

    /// Space for samples in the active segment: a quarter is reserved for samples that have to be
    /// carried over.
    #[inline]
    fn note_room(&self, journal: &Journal) {
        let room = journal.room().saturating_sub(self.segment_size / 4);
        self.room.store(room, Ordering::Relaxed);
    }
}

/// The thread that holds this syncs; when it is dropped, another one may.
struct SyncTurn<'a>(&'a Log);

impl Drop for SyncTurn<'_> {
    fn drop(&mut self) {
        *guard(&self.0.syncing) = false;
        self.0.sync_done.notify_all();
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        // Closing would suffice, but a child process that is just being started may hold a copy of
        // the descriptors.
        for file in &self.files {
            file.unlock();
        }
    }
}

fn fault(source: io::Error) -> StoreError {
    StoreError::Journal { source }
}

fn refused(error: AppendError) -> StoreError {
    match error {
        AppendError::Full => StoreError::JournalFull { failing: 0 },
        AppendError::Io(source) => fault(source),
    }
}
