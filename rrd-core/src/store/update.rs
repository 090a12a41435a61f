//! Taking samples in: applied in memory, written down, acknowledged.

use std::slice;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::entry::{Entry, State};
use super::segments::append_fault;
use super::write_back::lock_journal;
use super::{Store, StoreBatchError, StoreError, record};
use crate::sample::Sample;
use crate::update::Stop;

/// How often a segment tells the name of a file, each time with another sample: a damaged name costs none but its own.
const NAMED: u8 = 2;

impl Store {
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

    pub(super) fn apply(
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
    pub(super) fn admit(&self, entry: &Entry, sample: &Sample) -> Result<(), StoreError> {
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
    pub(super) fn apply_one(
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
    pub(super) fn write_down(
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
        if state.named.0 != sequence {
            state.named = (sequence, 0);
        }
        if state.named.1 < NAMED {
            let mut name = Vec::new();
            record::encode_name(&mut name, entry.id, &entry.name);
            journal.append(&name, crc32fast::hash(&name)).map_err(append_fault)?;
            state.named.1 += 1;
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
}
