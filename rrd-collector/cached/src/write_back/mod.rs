//! When files are brought up to date, and the thread that does it.

use std::time::Duration;

use rrd_core::{Backlog, StoreError, StoreFile};
use tokio::sync::oneshot;

/// When files are written.
#[derive(Clone, Copy, Debug)]
pub struct WriteBackOptions {
    /// A file is written when its oldest unwritten value is this old (`-w`).
    pub delay: Duration,
    /// A random delay of less than this is added (`-z`).
    pub jitter: Duration,
    /// How often unused files are forgotten (`-f`).
    pub interval: Duration,
}

/// The files that clients have updated, and requests to the thread that writes them.
#[derive(Debug)]
pub(crate) struct WriteBack {
    options: WriteBackOptions,
}

impl WriteBack {
    pub(crate) fn new(options: WriteBackOptions) -> Self {
        Self { options }
    }

    /// Notes that a file has taken values.
    pub(crate) fn note(&self, file: &StoreFile, backlog: Backlog) {
        let _ = (file, backlog, self.options);
    }

    /// Whether a client has updated the file since it was last forgotten.
    pub(crate) fn knows(&self, file: &StoreFile) -> bool {
        let _ = file;
        false
    }

    /// Writes a file before all others; the receiver is told when it is done.
    pub(crate) fn flush(&self, file: &StoreFile) -> oneshot::Receiver<Result<(), StoreError>> {
        let _ = file;
        oneshot::channel().1
    }

    /// Begins to write all files.
    pub(crate) fn flush_all(&self) {}

    /// The files that wait to be written now, with the number of their values.
    pub(crate) fn queue(&self) -> Vec<(StoreFile, u64)> {
        Vec::new()
    }

    /// Suspends or resumes writing a file; whether that was a change.
    pub(crate) fn set_suspended(&self, file: &StoreFile, suspended: bool) -> bool {
        let _ = (file, suspended);
        false
    }

    /// The same for all files that are known; returns how many changed.
    pub(crate) fn set_all_suspended(&self, suspended: bool) -> usize {
        let _ = suspended;
        0
    }

    /// Forgets a file; whether it was known.
    pub(crate) fn forget(&self, file: &StoreFile) -> bool {
        let _ = file;
        false
    }

    /// Number of known files.
    pub(crate) fn count(&self) -> usize {
        0
    }
}
