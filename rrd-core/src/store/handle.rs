//! A file of a store that was looked up once, for servers: its updates, its queue, its write-back.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::sync::Arc;

use super::backlog::Backlog;
use super::changes::Standing;
use super::entry::Entry;
use super::files::Files;
use super::{Store, StoreBatchError, StoreError};
use crate::sample::Sample;

/// A file of a [`Store`] by its identity: all names of a file lead to equal handles.
///
/// A handle stays valid when the file is removed or replaced: the next call looks its name up
/// again.
#[derive(Clone)]
pub struct StoreFile(pub(super) Arc<Entry>);

/// What of a batch was accepted so far.
#[derive(Debug, Default)]
pub(super) struct Accepted {
    pub(super) count: usize,
    pub(super) backlog: Backlog,
}

impl Accepted {
    /// The error of a batch that stopped here.
    pub(super) fn until(&self, source: StoreError) -> StoreBatchError {
        let (applied, backlog) = (self.count, self.backlog);
        StoreBatchError { applied, backlog, source: Box::new(source) }
    }
}

impl Store {
    /// The file with this name, which must be a database.
    ///
    /// # Errors
    ///
    /// The name may not be used, or the file cannot be opened.
    pub fn file(&self, name: impl AsRef<Path>) -> Result<StoreFile, StoreError> {
        let mut entry = self.files.entry(name.as_ref())?;
        loop {
            let mut state = entry.state();
            let mut is_void = state.removed || self.check(&entry, &mut state)? == Standing::Void;
            let seen = is_void || state.loaded.is_some();
            if !seen {
                is_void = self.load(&entry, &mut state)? == Standing::Void;
            }
            drop(state);
            if !seen {
                self.files.evict();
            }
            if !is_void {
                return Ok(StoreFile(entry));
            }
            entry = self.files.again(&entry)?;
        }
    }

    /// The file with this name, if it was used before; takes one call of the system if names reach
    /// beyond the folder, and none else.
    pub fn known_file(&self, name: impl AsRef<Path>) -> Option<StoreFile> {
        self.files.located(name.as_ref()).map(StoreFile)
    }

    /// The same for updates, which come often: the disk is looked at once a second at most for a
    /// name.
    pub fn file_used_lately(&self, name: impl AsRef<Path>) -> Option<StoreFile> {
        self.files.used_lately(name.as_ref()).map(StoreFile)
    }

    /// As [`update_batch`](Self::update_batch), without looking the name up; says what the samples
    /// mean for write-back. An error says that of those that were accepted before it.
    pub fn update_file(
        &self,
        file: &StoreFile,
        samples: &[Sample],
    ) -> Result<Backlog, StoreBatchError> {
        let mut accepted = Accepted::default();
        let done = self.apply(&file.0, samples, &mut accepted);
        done.map_err(|source| accepted.until(source))?;
        Ok(accepted.backlog)
    }

    /// Writes all samples of these files to them, together; returns those that failed. One that
    /// another program has locked is among these: nobody waits.
    pub fn flush_files(&self, files: &[StoreFile]) -> Vec<(StoreFile, StoreError)> {
        let entries: Vec<_> = files.iter().map(|file| Files::latest(&file.0)).collect();
        let failed = self.write_at_once(&entries).into_iter();
        let asked_for = |entry: Arc<Entry>| {
            let place = entries.iter().position(|latest| latest.id == entry.id);
            place.and_then(|place| files.get(place).cloned()).unwrap_or(StoreFile(entry))
        };
        failed.map(|(entry, error)| (asked_for(entry), error)).collect()
    }

    /// Removes what is remembered of a file that has all its samples and is not suspended; returns
    /// whether it did. The next use of the file finds it again.
    pub fn drop_idle(&self, file: &StoreFile) -> bool {
        let entry = Files::latest(&file.0);
        let mut state = entry.state();
        let is_idle = !state.removed && state.unwritten.count == 0 && !state.suspended;
        // A new file of this name must not get what the journal still has.
        let is_dropped = is_idle && self.forget_written(&entry, &state).is_ok();
        if is_dropped {
            self.files.drop_state(&mut state);
            self.files.remove(&entry, &mut state);
        }
        is_dropped
    }

    /// Number of acknowledged samples that are not in the file yet.
    pub fn unwritten_of(&self, file: &StoreFile) -> u64 {
        Files::latest(&file.0).state().unwritten.count
    }

    /// The acknowledged samples that are not in the file yet, oldest first.
    pub fn pending(&self, file: &StoreFile) -> Vec<Sample> {
        let samples = Files::latest(&file.0).state().unwritten_samples(&self.log);
        samples.into_iter().map(|(sample, _)| sample).collect()
    }
}

impl StoreFile {
    /// A number that identifies the file as long as the store is open.
    pub fn id(&self) -> u32 {
        self.0.id
    }

    /// Its path: relative to the folder of the store, or absolute.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl PartialEq for StoreFile {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl Eq for StoreFile {}

impl Hash for StoreFile {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id().hash(state);
    }
}

impl fmt::Debug for StoreFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StoreFile").field(&self.path()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{CreateOptions, Schema, StoreOptions, Timestamp};

    const START: Timestamp = Timestamp::from_seconds(1_000_000_000);

    fn sample(second: u64) -> Sample {
        Sample::new(START + Duration::from_secs(second), [1.0])
    }

    #[test]
    fn the_first_sample_that_a_file_lacks_begins_its_backlog_also_if_the_batch_stops_later() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), StoreOptions::default()).unwrap();
        let step = Duration::from_secs(1);
        let schema = Schema::builder(step).gauge("x", step).average_for(step, step * 60);
        store.create("x.rrd", &schema.build().unwrap(), START, CreateOptions::new()).unwrap();
        let file = store.file("x.rrd").unwrap();

        assert_eq!(store.update_file(&file, &[sample(1)]).unwrap(), Backlog::Begun);
        assert_eq!(store.update_file(&file, &[sample(2)]).unwrap(), Backlog::Continued);
        assert!(store.flush_files(std::slice::from_ref(&file)).is_empty());
        let stopped = store.update_file(&file, &[sample(3), sample(3)]).unwrap_err();
        assert_eq!((stopped.applied, stopped.backlog), (1, Backlog::Begun));
        let refused = store.update_file(&file, &[sample(3)]).unwrap_err();
        assert_eq!((refused.applied, refused.backlog), (0, Backlog::Continued));
        let status = store.status();
        assert_eq!((status.files_written, status.samples_written), (1, 2));
    }
}
