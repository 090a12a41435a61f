//! A file of a store that was looked up once, for servers: its updates, its queue, its write-back.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::sync::Arc;

use super::entry::Entry;
use super::{Store, StoreBatchError, StoreError};
use crate::sample::Sample;

/// A file of a [`Store`] by its identity: all names of a file lead to equal handles.
///
/// A handle stays valid when the file is removed or replaced: the next call looks its name up
/// again.
#[derive(Clone)]
pub struct StoreFile(pub(super) Arc<Entry>);

/// What an accepted batch means for write-back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backlog {
    /// The file had all earlier samples: these are the first that it lacks.
    Begun,
    /// The file lacked samples before.
    Continued,
}

impl Store {
    /// The file with this name, which must be a database.
    ///
    /// # Errors
    ///
    /// The name may not be used, or the file cannot be opened.
    pub fn file(&self, name: impl AsRef<Path>) -> Result<StoreFile, StoreError> {
        let entry = self.files.entry(name.as_ref())?;
        let mut state = entry.state();
        if state.loaded.is_none() {
            self.files.load(&entry, &mut state, &self.log)?;
            drop(state);
            self.files.evict();
        } else {
            drop(state);
        }
        Ok(StoreFile(entry))
    }

    /// The file with this name, if it was used before; without access to the disk.
    pub fn known_file(&self, name: impl AsRef<Path>) -> Option<StoreFile> {
        self.files.known(name.as_ref()).map(StoreFile)
    }

    /// As [`update_batch`](Self::update_batch), without looking the name up.
    pub fn update_file(
        &self,
        file: &StoreFile,
        samples: &[Sample],
    ) -> Result<Backlog, StoreBatchError> {
        let before = self.unwritten_of(file);
        let mut applied = 0;
        let done = self.apply(&file.0, samples, &mut applied);
        done.map_err(|source| StoreBatchError { applied, source: Box::new(source) })?;
        Ok(if before == 0 { Backlog::Begun } else { Backlog::Continued })
    }

    /// Writes all samples of these files to them, together; returns those that failed.
    pub fn flush_files(&self, files: &[StoreFile]) -> Vec<(StoreFile, StoreError)> {
        let entries: Vec<_> = files.iter().map(|file| file.0.clone()).collect();
        let failed = self.write_back(&entries).into_iter();
        failed.map(|(entry, error)| (StoreFile(entry), error)).collect()
    }

    /// Number of acknowledged samples that are not in the file yet.
    pub fn unwritten_of(&self, file: &StoreFile) -> u64 {
        file.0.state().unwritten.count
    }

    /// The acknowledged samples that are not in the file yet, oldest first.
    pub fn pending(&self, file: &StoreFile) -> Vec<Sample> {
        let last = file.0.state().unwritten.last;
        self.log.samples(last).into_iter().map(|(sample, _)| sample).collect()
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
