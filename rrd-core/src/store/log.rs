//! The journal as the threads of a store share it: appending, space, generations, syncing. The
//! bytes of its segments live in `journal`.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use super::error::StoreError;
use super::journal::{AppendError, Journal};
use super::locks::guard;
use super::record::{self, BatchPosition, JournalRecord};
use crate::disk::DiskFile;
use crate::sample::Sample;

/// How often a segment names a file, each time before another sample: damage to one of
/// them then loses only its own sample.
const NAMED: u8 = 2;

/// The journal of a store.
pub(super) struct Log {
    journal: Mutex<Journal>,
    /// Bytes left in the active segment for samples, readable without the lock.
    room: AtomicUsize,
    files: [Arc<dyn DiskFile>; 2],
    segment_size: usize,
}

impl Log {
    pub(super) fn new(journal: Journal, segment_size: usize) -> Self {
        let files = journal.files();
        Self { journal: Mutex::new(journal), room: AtomicUsize::new(0), files, segment_size }
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
        self.lock().sequence()
    }

    /// Appends a record other than a sample, and returns its place.
    pub(super) fn append(&self, bytes: &[u8]) -> Result<u64, StoreError> {
        let mut journal = self.lock();
        let place = journal.append(bytes, crc32fast::hash(bytes)).map_err(refused)?;
        self.note_room(&journal);
        Ok(place)
    }

    /// Appends the record of a sample, after the number and name of its file if the segment has it
    /// fewer than [`NAMED`] times. Returns the generation and the place.
    #[inline]
    pub(super) fn append_sample(
        &self,
        (file, name): (u32, &str),
        named: &mut (u32, u8),
        bytes: &[u8],
        checksum: u32,
    ) -> Result<(u32, u64), StoreError> {
        let mut journal = self.lock();
        let generation = journal.sequence();
        if named.0 != generation {
            *named = (generation, 0);
        }
        if named.1 < NAMED {
            let mut record = Vec::new();
            record::encode_name(&mut record, file, name);
            journal.append(&record, crc32fast::hash(&record)).map_err(refused)?;
            named.1 += 1;
        }
        let place = journal.append(bytes, checksum).map_err(refused)?;
        self.note_room(&journal);
        Ok((generation, place))
    }

    /// The samples that lead to the one at `last`, oldest first, each with its position in its
    /// batch.
    pub(super) fn samples(&self, last: u64) -> Vec<(Sample, BatchPosition)> {
        let journal = self.lock();
        let mut samples = Vec::new();
        let mut place = last;
        let mut end = None;
        while place != 0 {
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
        if journal.sequence() != full {
            return Ok(true);
        }
        let switched = journal.switch_segment().map_err(|source| StoreError::Journal { source })?;
        self.note_room(&journal);
        Ok(switched)
    }

    /// The generation of the inactive segment, if something in it is needed.
    pub(super) fn unclean(&self) -> Option<u32> {
        self.lock().unclean()
    }

    /// Nothing of this generation is needed any more.
    pub(super) fn set_clean(&self, generation: u32) -> Result<(), StoreError> {
        self.lock().set_clean(generation).map_err(|source| StoreError::Journal { source })
    }

    /// Discards all records and starts again.
    pub(super) fn restart(&self) -> Result<(), StoreError> {
        let mut journal = self.lock();
        journal.restart().map_err(|source| StoreError::Journal { source })?;
        self.note_room(&journal);
        Ok(())
    }

    /// Makes all records survive a power loss.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        let sync = |file: &Arc<dyn DiskFile>| file.sync();
        self.files.iter().try_for_each(sync).map_err(|source| StoreError::Journal { source })
    }

    /// Space for samples in the active segment: a quarter is reserved for samples that have to be
    /// carried over.
    #[inline]
    fn note_room(&self, journal: &Journal) {
        let room = journal.room().saturating_sub(self.segment_size / 4);
        self.room.store(room, Ordering::Relaxed);
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

fn refused(error: AppendError) -> StoreError {
    match error {
        AppendError::Full => StoreError::JournalFull { failing: 0 },
        AppendError::Io(source) => StoreError::Journal { source },
    }
}
