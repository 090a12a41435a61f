//! What a store found when it was opened.

use std::path::PathBuf;

use super::error::StoreError;

/// What a store found when it was opened. All zero and empty after a clean shutdown.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct RecoveryReport {
    /// Acknowledged samples that were not in their files and now are.
    pub applied: u64,
    /// Acknowledged samples that were already in their files, or are not later than another
    /// program's.
    pub present: u64,
    /// Unfinished changes of files that were completed.
    pub completed: u64,
    /// Bytes of the journal between valid records that cannot be interpreted. A record that was
    /// being written when the process was killed does not count: it was not acknowledged.
    pub damaged_bytes: u64,
    /// Files that cannot be written, with the reasons; their samples are kept.
    pub failed: Vec<(PathBuf, StoreError)>,
}

impl RecoveryReport {
    /// Adds what was found elsewhere.
    pub(super) fn add(&mut self, other: Self) {
        self.applied += other.applied;
        self.present += other.present;
        self.completed += other.completed;
        self.damaged_bytes += other.damaged_bytes;
        self.failed.extend(other.failed);
    }
}
