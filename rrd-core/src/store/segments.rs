//! Space in the journal: the active segment, and what is done before the other one is used.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::entry::{Entry, State, Unwritten};
use super::journal::{AppendError, Journal};
use super::record::Behind;
use super::write_back::lock_journal;
use super::{Store, StoreError, guard};
use crate::number::length_to_u64;
use crate::sample::Sample;

impl Store {
    /// Does work that would otherwise delay an update: empties the inactive segment of the journal.
    /// Call it occasionally from a thread with time to spare.
    pub fn maintain(&self) -> Result<(), StoreError> {
        let unclean = lock_journal(&self.journal).unclean();
        match unclean {
            Some(sequence) => self.clean(sequence),
            None => Ok(()),
        }
    }

    /// Appends a record other than a sample.
    pub(super) fn append_any(&self, bytes: &[u8]) -> Result<u64, StoreError> {
        let mut journal = lock_journal(&self.journal);
        let place = journal.append(bytes, crc32fast::hash(bytes)).map_err(append_fault)?;
        self.room.store(self.room_of(&journal), Ordering::Relaxed);
        Ok(place)
    }

    /// Space for samples in the active segment: a quarter is reserved for samples that have to be
    /// carried over.
    pub(super) fn room_of(&self, journal: &Journal) -> usize {
        journal.room().saturating_sub(self.options.segment_size / 4)
    }

    /// Limit on the journal space of a file that cannot be written: all such files together use
    /// half of the reserve, so that they block no other.
    pub(super) fn failing_share(&self) -> u64 {
        let failing = self.failing.load(Ordering::Relaxed).max(1);
        length_to_u64(self.options.segment_size / 8 / failing)
    }

    /// Records whether a file could be written.
    pub(super) fn set_failing(&self, state: &mut State, failing: bool) {
        match (std::mem::replace(&mut state.failing, failing), failing) {
            (false, true) => drop(self.failing.fetch_add(1, Ordering::Relaxed)),
            (true, false) => drop(self.failing.fetch_sub(1, Ordering::Relaxed)),
            _ => {}
        }
    }

    /// Switches to the other segment, which is emptied first if necessary. `full` is the generation
    /// that was found full.
    pub(super) fn make_room(&self, full: u32) -> Result<(), StoreError> {
        let unclean = {
            let mut journal = lock_journal(&self.journal);
            if journal.sequence() != full {
                return Ok(());
            }
            if self.switch_segment(&mut journal)? {
                return Ok(());
            }
            journal.unclean()
        };
        if let Some(sequence) = unclean {
            self.clean(sequence)?;
        }
        let mut journal = lock_journal(&self.journal);
        if journal.sequence() == full && !self.switch_segment(&mut journal)? {
            return Err(StoreError::JournalFull { failing: self.holding_up() });
        }
        Ok(())
    }

    pub(super) fn switch_segment(&self, journal: &mut Journal) -> Result<bool, StoreError> {
        let switched = journal.switch_segment().map_err(|source| StoreError::Journal { source })?;
        self.room.store(self.room_of(journal), Ordering::Relaxed);
        Ok(switched)
    }

    /// Ensures that nothing in the segment of this generation is needed any more: files are
    /// written, and samples of files that cannot be written are carried over.
    pub(super) fn clean(&self, sequence: u32) -> Result<(), StoreError> {
        let mut writer = guard(&self.writer);
        if lock_journal(&self.journal).unclean() != Some(sequence) {
            return Ok(());
        }
        let in_it = |entry: &Arc<Entry>| {
            let unwritten = entry.state().unwritten;
            unwritten.count > 0 && unwritten.since <= sequence
        };
        let due = self.all().into_iter().filter(in_it).collect::<Vec<_>>();
        // The next flush reports failures; here samples only must not get lost.
        drop(self.write_with(&mut writer, &due));
        for entry in due.iter().filter(|entry| in_it(entry)) {
            self.carry_over(entry)?;
        }
        let mut journal = lock_journal(&self.journal);
        journal.set_clean(sequence).map_err(|source| StoreError::Journal { source })
    }

    /// Writes the unwritten samples of a file again, to the active segment.
    pub(super) fn carry_over(&self, entry: &Entry) -> Result<(), StoreError> {
        let mut state = entry.state();
        let samples = state.unwritten.samples(&self.journal);
        self.write_again(entry, &mut state, &samples)
    }

    pub(super) fn write_again(
        &self,
        entry: &Entry,
        state: &mut State,
        samples: &[(Sample, Behind)],
    ) -> Result<(), StoreError> {
        let before = state.unwritten;
        state.unwritten = Unwritten::default();
        for (sample, behind) in samples {
            let written = self.write_down(entry, state, sample, *behind);
            let ended = written.and_then(|()| match behind {
                Behind::BrokenOff => self.write_end(entry, state, *behind),
                Behind::More | Behind::End => Ok(()),
            });
            if let Err(error) = ended {
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

    /// Files with unwritten samples that no other thread is using.
    pub(super) fn holding_up(&self) -> usize {
        let waits =
            |entry: &Arc<Entry>| entry.try_state().is_some_and(|state| state.unwritten.count > 0);
        self.all().iter().filter(|entry| waits(entry)).count()
    }
}

pub(super) fn append_fault(error: AppendError) -> StoreError {
    match error {
        AppendError::Full => StoreError::JournalFull { failing: 0 },
        AppendError::Io(source) => StoreError::Journal { source },
    }
}
