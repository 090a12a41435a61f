//! Taking samples in: applied in memory, written down, acknowledged.

use std::slice;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::entry::{Entry, State};
use super::journal::MAX_RECORD_LENGTH;
use super::record::{self, Behind};
use super::segments::append_fault;
use super::write_back::lock_journal;
use super::{Store, StoreBatchError, StoreError};
use crate::database::UpdateError;
use crate::number::length_to_u64;
use crate::sample::{Reading, Sample};
use crate::time::Timestamp;
use crate::update::{SampleError, Stop};

/// How often a segment tells the name of a file, each time with another sample: a damaged name costs none but its own.
const NAMED: u8 = 2;

/// By how much a sample that is stamped here may be ahead of the clock.
const MAX_SHIFT: Duration = Duration::from_secs(1);

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

    /// Applies one sample that is stamped with the present and writes it down; says which stamp
    /// that was.
    ///
    /// Any number of threads may call this for the same file: of two calls in the same microsecond
    /// the later one gets the next microsecond.
    ///
    /// ```
    /// use std::time::Duration;
    /// use rrd_core::{Schema, Store, StoreOptions, Timestamp};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let store = Store::open(folder.path(), StoreOptions::default())?;
    /// let step = Duration::from_secs(1);
    /// let schema = Schema::builder(step).gauge("load", 10 * step).average(0.5, 1, 360).build()?;
    /// store.open_or_create("load.rrd", &schema, Timestamp::now())?;
    /// let first = store.update_now("load.rrd", [0.25])?;
    /// let second = store.update_now("load.rrd", [0.5])?;
    /// assert!(first < second);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update); and the last update of the file is more than a second ahead of the clock.
    pub fn update_now<R: Into<Reading>>(
        &self,
        name: &str,
        readings: impl IntoIterator<Item = R>,
    ) -> Result<Timestamp, StoreError> {
        let mut sample = Sample::new(self.options.clock.now(), readings);
        let mut before = None;
        loop {
            let error = match self.update(name, &sample) {
                Ok(()) => return Ok(sample.at),
                Err(error) => error,
            };
            if !matches!(
                error,
                StoreError::Update(UpdateError::Sample { source: SampleError::Past { .. }, .. })
            ) {
                return Err(error);
            }
            // Another thread was faster, and may be again.
            let last = self.last_update(name)?;
            let now = self.options.clock.now();
            sample.at = now.max(last + Duration::from_micros(1));
            if before.replace(last) == Some(last) || sample.at > now + MAX_SHIFT {
                return Err(error);
            }
        }
    }

    /// Applies samples in order and writes them down. The first that is refused stops the batch; those before it are acknowledged.
    ///
    /// Seasons are smoothed once, behind the last sample, and not where one is refused, as in a batch of
    /// [`Rrd::update_batch`](crate::Rrd::update_batch); where the journal turns in the middle of a batch, there as well.
    pub fn update_batch(&self, name: &str, samples: &[Sample]) -> Result<(), StoreBatchError> {
        let mut applied = 0;
        let done = self.entry(name).and_then(|entry| self.apply(&entry, samples, &mut applied));
        done.map_err(|source| StoreBatchError { applied, source: Box::new(source) })
    }

    fn apply(
        &self,
        entry: &Arc<Entry>,
        samples: &[Sample],
        applied: &mut usize,
    ) -> Result<(), StoreError> {
        loop {
            let mut state = entry.state();
            let seen = state.loaded.is_some();
            if !seen {
                self.load(entry, &mut state)?;
            }
            if state.failing && state.unwritten.bytes >= self.failing_share() {
                return Err(StoreError::Stuck { name: entry.name.to_string() });
            }
            let begun = *applied;
            // A batch of one ends with its sample.
            let seasons = samples.len() > 1
                && state.loaded.as_ref().is_some_and(|loaded| loaded.has_seasons());
            let mut smoothing_due = false;
            let taken = self.take(entry, &mut state, samples, applied, &mut smoothing_due);
            let is_whole = *applied == samples.len();
            if seasons && !is_whole && *applied > begun {
                // The last sample says that more of its batch follows, but none does before others may come in between.
                let behind = if taken.is_ok() { Behind::End } else { Behind::BrokenOff };
                if let Err(error) = self.write_end(entry, &mut state, behind) {
                    *applied = begun;
                    return Err(error);
                }
            }
            taken?;
            if smoothing_due && let Some(loaded) = &mut state.loaded {
                let done = loaded.smooth(entry.path(), &self.around);
                done.map_err(|source| {
                    state.unload(&self.around);
                    entry.cannot_read(source)
                })?;
            }
            if is_whole {
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

    /// Takes samples until one is refused or the journal has no room for the next.
    #[inline]
    fn take(
        &self,
        entry: &Entry,
        state: &mut State,
        samples: &[Sample],
        applied: &mut usize,
        smoothing_due: &mut bool,
    ) -> Result<(), StoreError> {
        while let Some(sample) = samples.get(*applied) {
            let size = record::size_limit(&entry.name, sample);
            self.admit(entry, sample, size)?;
            if self.room.load(Ordering::Relaxed) < size {
                break;
            }
            let behind = if *applied + 1 < samples.len() { Behind::More } else { Behind::End };
            *smoothing_due |= self.apply_one(entry, state, sample, behind)?;
            *applied += 1;
        }
        Ok(())
    }

    /// Refuses what must not be written down.
    #[inline]
    fn admit(&self, entry: &Entry, sample: &Sample, size: usize) -> Result<(), StoreError> {
        if let Some(limit) = self.options.max_skew {
            limit
                .admit(sample.at, self.options.clock.now())
                .map_err(|future| entry.refuses(future.into()))?;
        }
        if size <= MAX_RECORD_LENGTH && record::is_expressible(sample) {
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
        behind: Behind,
    ) -> Result<bool, StoreError> {
        let loaded = state.loaded.as_mut().expect("the state is loaded before samples are taken");
        let done = match loaded.advance(entry.path(), &self.around, sample) {
            Ok(done) => done,
            Err(Stop::Sample(source)) => return Err(entry.refuses(source)),
            Err(Stop::Rows(source)) => return Err(entry.cannot_read(source)),
        };
        match self.write_down(entry, state, sample, behind) {
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
        behind: Behind,
    ) -> Result<(), StoreError> {
        let mut bytes = std::mem::take(&mut state.bytes);
        record::encode_sample(&mut bytes, entry.id, state.unwritten.last, behind, sample);
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
        state.unwritten.bytes += length_to_u64(bytes.len());
        state.bytes = bytes;
        if state.unwritten.count == 0 {
            state.unwritten.since = sequence;
            state.oldest = sample.at.seconds();
        }
        state.unwritten.count += 1;
        state.unwritten.last = place;
        Ok(())
    }

    /// Writes down that the batch of the last sample ended with it after all.
    pub(super) fn write_end(
        &self,
        entry: &Entry,
        state: &mut State,
        behind: Behind,
    ) -> Result<(), StoreError> {
        let mut bytes = Vec::new();
        record::encode_end(&mut bytes, entry.id, state.unwritten.last, behind);
        state.unwritten.last = self.append_any(&bytes)?;
        Ok(())
    }
}
