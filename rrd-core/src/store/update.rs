//! Accepts samples: applied in memory, appended to the journal, acknowledged.

use std::path::Path;
use std::slice;
use std::sync::Arc;
use std::time::Duration;

use super::backlog::Backlog;
use super::changes::Standing;
use super::entry::{Entry, Loaded, State};
use super::handle::Accepted;
use super::log_sync::Share;
use super::record::{self, BatchPosition};
use super::segment::MAX_RECORD_LENGTH;
use super::shape::Acceptor;
use super::{Store, StoreBatchError, StoreError};
use crate::database::UpdateError;
use crate::sample::{Reading, Sample};
use crate::time::Timestamp;
use crate::update::SampleError;

/// By how much a sample that is stamped here may be ahead of the clock.
const MAX_SHIFT: Duration = Duration::from_secs(1);

impl Store {
    /// Applies one sample and appends it to the journal; with
    /// [`LogSync::Each`](super::LogSync::Each) it is on the disk then.
    ///
    /// # Errors
    ///
    /// The sample is not valid for the database or too far in the future; the file cannot be
    /// opened; the journal cannot be written or, if that is due, synced. Then nothing is
    /// acknowledged and nothing has changed. A sample whose sync failed may still be found if the
    /// program is killed before its next call.
    pub fn update(&self, name: impl AsRef<Path>, sample: &Sample) -> Result<(), StoreError> {
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
    /// As [`update`](Self::update); and the last update of the file is more than a second ahead of
    /// the clock.
    pub fn update_now<R: Into<Reading>>(
        &self,
        name: impl AsRef<Path>,
        readings: impl IntoIterator<Item = R>,
    ) -> Result<Timestamp, StoreError> {
        let name = name.as_ref();
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

    /// Applies samples in order and appends them to the journal. The first refused sample stops the
    /// batch; the preceding ones are acknowledged.
    ///
    /// Seasons are smoothed once, after the last sample, but not after a refused one, as by
    /// [`Rrd::update_batch`](crate::Rrd::update_batch); if the journal switches its segment in the
    /// middle of a batch, there as well.
    pub fn update_batch(
        &self,
        name: impl AsRef<Path>,
        samples: &[Sample],
    ) -> Result<(), StoreBatchError> {
        let mut accepted = Accepted::default();
        let done = self
            .files
            .entry(name.as_ref())
            .and_then(|entry| self.apply(&entry, samples, &mut accepted));
        done.map_err(|source| accepted.until(source))
    }

    pub(super) fn apply(
        &self,
        entry: &Arc<Entry>,
        samples: &[Sample],
        accepted: &mut Accepted,
    ) -> Result<(), StoreError> {
        loop {
            self.replace_broken()?;
            let mut state = entry.state();
            if state.removed {
                drop(state);
                return self.apply(&self.files.again(entry)?, samples, accepted);
            }
            if self.check(entry, &mut state)? == Standing::Void {
                drop(state);
                return self.apply(&self.files.again(entry)?, samples, accepted);
            }
            let seen = state.loaded.is_some();
            if !seen && self.load(entry, &mut state)? == Standing::Void {
                drop(state);
                return self.apply(&self.files.again(entry)?, samples, accepted);
            }
            if state.failing && state.unwritten.bytes >= self.failing_share() {
                return Err(StoreError::Stuck { name: entry.path().to_owned() });
            }
            let (begun, before) = (accepted.count, (state.unwritten, state.newer));
            // A batch of one ends with its sample.
            let seasons = samples.len() > 1
                && state.loaded.as_ref().is_some_and(|loaded| loaded.shape.has_seasons());
            let taken = self.take(entry, &mut state, samples, &mut accepted.count);
            if accepted.count > begun && before.0.count == 0 {
                accepted.backlog = Backlog::Begun;
            }
            let is_whole = accepted.count == samples.len();
            if seasons && !is_whole && accepted.count > begun {
                // The last sample says that more of its batch follows, but other samples may now
                // come first.
                let position =
                    if taken.is_ok() { BatchPosition::End } else { BatchPosition::BrokenOff };
                if let Err(error) = self.write_end(entry, &mut state, position) {
                    accepted.count = begun;
                    return Err(error);
                }
            }
            if accepted.count > begun
                && self.log.is_due(Share::Whole)
                && let Err(error) = self.log.sync_record(state.unwritten.last)
            {
                state.unload(self.files.context());
                (state.unwritten, state.newer) = before;
                accepted.count = begun;
                return Err(error);
            }
            taken?;
            if is_whole {
                drop(state);
                if !seen {
                    self.files.evict();
                }
                return Ok(());
            }
            let full = self.log.generation();
            drop(state);
            self.make_room(full)?;
        }
    }

    /// Accepts samples until one is refused or the journal has no space for the next.
    #[inline]
    fn take(
        &self,
        entry: &Entry,
        state: &mut State,
        samples: &[Sample],
        applied: &mut usize,
    ) -> Result<(), StoreError> {
        let loaded = state.loaded.as_ref().expect("the state is loaded before samples are taken");
        let shape = loaded.shape.clone();
        let mut acceptor = shape.acceptor();
        let taken = self.take_with(&mut acceptor, entry, state, samples, applied);
        shape.put_back(acceptor);
        taken
    }

    #[inline]
    fn take_with(
        &self,
        acceptor: &mut Acceptor,
        entry: &Entry,
        state: &mut State,
        samples: &[Sample],
        applied: &mut usize,
    ) -> Result<(), StoreError> {
        while let Some(sample) = samples.get(*applied) {
            let size = record::size_limit(&entry.label(&state.others, state.base), sample);
            self.admit(entry, sample, size)?;
            if !self.log.has_room(size) {
                break;
            }
            let position =
                if *applied + 1 < samples.len() { BatchPosition::More } else { BatchPosition::End };
            self.apply_one(acceptor, entry, state, sample, position)?;
            *applied += 1;
        }
        Ok(())
    }

    /// Refuses samples that must not be written to the journal.
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
            Err(StoreError::TooLong { name: entry.path().to_owned() })
        }
    }

    /// Applies one sample to the open points and appends it to the journal.
    #[inline]
    fn apply_one(
        &self,
        acceptor: &mut Acceptor,
        entry: &Entry,
        state: &mut State,
        sample: &Sample,
        position: BatchPosition,
    ) -> Result<(), StoreError> {
        let Loaded { shape, open, .. } =
            state.loaded.as_mut().expect("the state is loaded before samples are taken");
        acceptor
            .accept(shape, open, sample, &self.files.context().clock)
            .map_err(|source| entry.refuses(source))?;
        let written = self.write_down(&mut acceptor.record, entry, state, sample, position);
        if written.is_err() {
            // Memory is ahead of the journal: it is rebuilt when it is next needed.
            state.unload(self.files.context());
        }
        written
    }

    /// Appends a sample to the journal. From here on it is acknowledged.
    #[inline]
    pub(super) fn write_down(
        &self,
        bytes: &mut Vec<u8>,
        entry: &Entry,
        state: &mut State,
        sample: &Sample,
        position: BatchPosition,
    ) -> Result<(), StoreError> {
        record::encode_sample(bytes, entry.id, state.unwritten.last, position, sample);
        let crc = crc32fast::hash(bytes);
        let label = entry.label(&state.others, state.base);
        let place = self.log.append_sample(&label, &mut state.named, bytes, crc)?;
        state.note_appended(sample, bytes.len(), place);
        Ok(())
    }

    /// Records that the batch of the last sample ended with it after all.
    pub(super) fn write_end(
        &self,
        entry: &Entry,
        state: &mut State,
        position: BatchPosition,
    ) -> Result<(), StoreError> {
        let mut bytes = Vec::new();
        record::encode_end(&mut bytes, entry.id, state.unwritten.last, position);
        state.note_end(self.log.append(&bytes)?);
        Ok(())
    }
}
