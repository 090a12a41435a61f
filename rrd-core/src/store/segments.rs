//! Space in the journal: the active segment, and what is done before the other one is used.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::entry::{Entry, State, Unwritten};
use super::locks::guard;
use super::log_sync::{LogSync, Share};
use super::record::BatchPosition;
use super::write_back::group;
use super::{Store, StoreError};
use crate::number::length_to_u64;
use crate::sample::Sample;

impl Store {
    /// Does work that would otherwise delay an update: syncs the journal when [`LogSync::Every`]
    /// asks for it, and empties its inactive segment, for which files are written before they are
    /// due. Call it from a thread with time to spare, several times in the time between two
    /// syncs. It waits for no more than a group of the files that another thread writes.
    ///
    /// # Errors
    ///
    /// The journal cannot be written or synced. After a failed sync, the next call of any method
    /// that appends or syncs begins another segment.
    pub fn maintain(&self) -> Result<(), StoreError> {
        self.sync_if_due()?;
        self.reclaim()
    }

    /// The first half of [`maintain`](Self::maintain): syncs the journal if it is time. On a thread
    /// of its own, this never waits for files.
    pub fn sync_if_due(&self) -> Result<(), StoreError> {
        self.replace_broken()?;
        if self.log.is_due(Share::ThreeQuarters) { self.log.sync() } else { Ok(()) }
    }

    /// The second half of [`maintain`](Self::maintain): empties the inactive segment of the
    /// journal, for which files are written before they are due.
    pub fn reclaim(&self) -> Result<(), StoreError> {
        self.log.unclean().map_or(Ok(()), |generation| self.clean(generation))
    }

    /// When the journal is synced.
    pub fn log_sync(&self) -> LogSync {
        self.options.sync
    }

    /// After a failed sync, nobody knows what of the segment is on the disk, and another sync could
    /// succeed without having written the rest. Therefore another segment takes over, and what is
    /// in this one is written to the files, or again.
    pub(super) fn replace_broken(&self) -> Result<(), StoreError> {
        while let Some(generation) = self.log.broken() {
            self.make_room(generation)?;
            self.clean(generation)?;
        }
        Ok(())
    }

    /// Limit on the journal space of a file that cannot be written: all such files together use
    /// half of the reserve, so that they block no other.
    pub(super) fn failing_share(&self) -> u64 {
        length_to_u64(self.log.segment_size() / 8 / self.files.failing().max(1))
    }

    /// Switches to the other segment, which is emptied first if necessary. `full` is the generation
    /// that was found full.
    pub(super) fn make_room(&self, full: u32) -> Result<(), StoreError> {
        if self.log.switch_from(full)? {
            return Ok(());
        }
        if let Some(generation) = self.log.unclean() {
            self.clean(generation)?;
        }
        if self.log.switch_from(full)? {
            Ok(())
        } else {
            Err(StoreError::JournalFull { failing: self.holding_up() })
        }
    }

    /// Ensures that nothing in the segment of this generation is needed any more: files are
    /// written, and samples of files that cannot be written are carried over.
    pub(super) fn clean(&self, generation: u32) -> Result<(), StoreError> {
        let in_it = |entry: &Arc<Entry>| {
            let unwritten = entry.state().unwritten;
            unwritten.count > 0 && unwritten.since <= generation
        };
        let due = self.files.all().into_iter().filter(in_it).collect::<Vec<_>>();
        for entries in due.chunks(group(self.options.durability())) {
            let mut writer = guard(&self.writer);
            // Another thread may have done the rest.
            if self.log.unclean() != Some(generation) {
                return Ok(());
            }
            let waiting = entries.iter().filter(|entry| in_it(entry)).cloned().collect::<Vec<_>>();
            // The next flush reports failures; here samples only must not get lost.
            let failed = self.write_with(&mut writer, &waiting).len();
            let written = length_to_u64(waiting.len().saturating_sub(failed));
            self.files.context().early_write_backs.fetch_add(written, Ordering::Relaxed);
            drop(writer);
            // There may be many files. A segment that cannot be synced is what is being replaced.
            if self.log.broken().is_none() && self.log.is_due(Share::ThreeQuarters) {
                self.log.sync()?;
            }
        }
        let _writer = guard(&self.writer);
        if self.log.unclean() != Some(generation) {
            return Ok(());
        }
        // All again: a file that was found under another name has another entry.
        for entry in self.files.all().iter().filter(|entry| in_it(entry)) {
            self.carry_over(entry)?;
        }
        self.log.set_clean(generation)
    }

    /// Writes the unwritten samples of a file again, to the active segment.
    pub(super) fn carry_over(&self, entry: &Entry) -> Result<(), StoreError> {
        let mut state = entry.state();
        let samples = state.unwritten_samples(&self.log);
        self.write_again(entry, &mut state, &samples)
    }

    pub(super) fn write_again(
        &self,
        entry: &Entry,
        state: &mut State,
        samples: &[(Sample, BatchPosition)],
    ) -> Result<(), StoreError> {
        let before = (state.unwritten, state.newer);
        state.unwritten = Unwritten::default();
        let mut bytes = Vec::new();
        for (sample, position) in samples {
            let written = self.write_down(&mut bytes, entry, state, sample, *position);
            let ended = written.and_then(|()| match position {
                BatchPosition::BrokenOff => self.write_end(entry, state, *position),
                BatchPosition::More | BatchPosition::End => Ok(()),
            });
            if let Err(error) = ended {
                (state.unwritten, state.newer) = before;
                return Err(match error {
                    StoreError::JournalFull { .. } => {
                        StoreError::JournalFull { failing: self.holding_up() }
                    }
                    other => other,
                });
            }
        }
        state.note_moved();
        Ok(())
    }

    /// Files with unwritten samples that no other thread is using.
    pub(super) fn holding_up(&self) -> usize {
        let waits =
            |entry: &Arc<Entry>| entry.try_state().is_some_and(|state| state.unwritten.count > 0);
        self.files.all().iter().filter(|entry| waits(entry)).count()
    }
}
