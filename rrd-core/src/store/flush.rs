//! Writes samples to their files on request; `write_back` implements it.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::slice;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::entry::{Entry, State};
use super::locks::guard;
use super::write_back::{Writer, group};
use super::{Store, StoreError};
use crate::disk::Locking;
use crate::time::Timestamp;

/// Pauses between two attempts to write a file that another writer has locked.
const SHORTEST_PAUSE: Duration = Duration::from_micros(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(10);

/// The result of [`Store::flush_all`].
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct FlushReport {
    /// Files that were written.
    pub written: usize,
    /// Files that could not be written, with the reasons. Their samples stay in the journal.
    pub failed: Vec<(PathBuf, StoreError)>,
}

impl Store {
    /// Writes all samples of a file to the file.
    pub fn flush(&self, name: impl AsRef<Path>) -> Result<(), StoreError> {
        let Some(entry) = self.found_now(name.as_ref())? else { return Ok(()) };
        match self.write_back(slice::from_ref(&entry)).into_iter().next() {
            Some((_, error)) => Err(error),
            None => Ok(()),
        }
    }

    /// Writes all samples to their files. A file that cannot be written does not affect the others.
    pub fn flush_all(&self) -> FlushReport {
        self.flush_where(|_| true)
    }

    /// Writes the files whose oldest unwritten sample is not later than `moment`.
    pub fn flush_before(&self, moment: Timestamp) -> FlushReport {
        self.flush_where(|state| state.unwritten.oldest <= moment.seconds())
    }

    pub(super) fn flush_where(&self, wanted: impl Fn(&State) -> bool) -> FlushReport {
        let due = self.files.all().into_iter().filter(|entry| {
            let state = entry.state();
            state.unwritten.count > 0 && !state.suspended && wanted(&state)
        });
        let due = due.collect::<Vec<_>>();
        let failed = self.write_back(&due);
        FlushReport {
            written: due.len() - failed.len(),
            failed: failed
                .into_iter()
                .map(|(entry, error)| (entry.path().to_owned(), error))
                .collect(),
        }
    }

    /// Writes the files of these entries and returns those that failed. The ones that other writers
    /// have locked are waited for, but only after all others.
    pub(super) fn write_back(&self, entries: &[Arc<Entry>]) -> Vec<(Arc<Entry>, StoreError)> {
        let end = end_of_patience(self.options.locking);
        let mut pause = SHORTEST_PAUSE;
        let mut failures = self.write_at_once(entries);
        while failures.iter().any(|(_, error)| error.is_locked())
            && end.is_none_or(|end| Instant::now() < end)
        {
            thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
            let (locked, others): (Vec<_>, _) =
                failures.into_iter().partition(|(_, error)| error.is_locked());
            let locked = locked.into_iter().map(|(entry, _)| entry).collect::<Vec<_>>();
            failures = others;
            failures.extend(self.write_at_once(&locked));
        }
        failures
    }

    /// The same without waiting for other writers. Other threads may write between two groups.
    pub(super) fn write_at_once(&self, entries: &[Arc<Entry>]) -> Vec<(Arc<Entry>, StoreError)> {
        let groups = entries.chunks(group(self.options.durability()));
        groups.flat_map(|entries| self.write_with(&mut guard(&self.writer), entries)).collect()
    }

    pub(super) fn write_with(
        &self,
        writer: &mut Writer,
        entries: &[Arc<Entry>],
    ) -> Vec<(Arc<Entry>, StoreError)> {
        let durability = self.options.durability();
        let context = self.files.context();
        let mut failures = writer.write_back(entries, context, &self.log, durability);
        let found = self.find_again(&mut failures);
        failures.extend(writer.write_back(&found, context, &self.log, durability));
        let failed = failures.iter().filter(|(_, error)| !error.is_elsewhere());
        let failed = failed.map(|(entry, _)| entry.id).collect::<HashSet<_>>();
        for entry in entries.iter().chain(&found) {
            let mut state = entry.state();
            self.files.set_failing(&mut state, failed.contains(&entry.id));
            self.files.enqueue(entry, &mut state);
        }
        self.files.evict();
        failures
    }
}

/// Until when files that other writers have locked are waited for; `None` for ever.
fn end_of_patience(locking: Locking) -> Option<Instant> {
    match locking {
        Locking::Try | Locking::None => Some(Instant::now()),
        Locking::Wait(limit) => Instant::now().checked_add(limit),
        Locking::Until(end) => Some(end),
        Locking::Block => None,
    }
}
