//! Writes samples to their files on request; `write_back` implements it.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::slice;
use std::sync::Arc;

use super::entry::{Entry, State};
use super::locks::guard;
use super::write_back::Writer;
use super::{Store, StoreError};
use crate::time::Timestamp;

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
        let name = name.as_ref();
        let Some(entry) = self.files.located(name) else {
            self.name(name)?;
            return Ok(());
        };
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
        self.flush_where(|state| state.oldest <= moment.seconds())
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

    pub(super) fn write_back(&self, entries: &[Arc<Entry>]) -> Vec<(Arc<Entry>, StoreError)> {
        let mut writer = guard(&self.writer);
        self.write_with(&mut writer, entries)
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
