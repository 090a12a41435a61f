//! The options of a store.

use super::log_sync::LogSync;
use crate::commit::Durability;
use crate::database::Access;
use crate::disk::Locking;
use crate::time::{Clock, MaxSkew};

/// The options of a store.
///
/// ```
/// use std::time::Duration;
/// use rrd_core::{LogSync, StoreOptions};
/// let options = StoreOptions::new().sync(LogSync::Every(Duration::from_secs(10))).max_skew(None);
/// ```
#[derive(Clone, Debug)]
pub struct StoreOptions {
    pub(super) segment_size: usize,
    pub(super) journal_access: Access,
    pub(super) sync: LogSync,
    pub(super) most_open: usize,
    pub(super) most_loaded: usize,
    pub(super) max_skew: Option<MaxSkew>,
    pub(super) locking: Locking,
    pub(super) clock: Clock,
}

impl Default for StoreOptions {
    /// 32 MiB of mapped journal, never synced, 256 descriptors, 131,072 files in memory, samples at
    /// most a day ahead.
    fn default() -> Self {
        Self {
            segment_size: 16 << 20,
            journal_access: Access::Mapped,
            sync: LogSync::Never,
            most_open: 256,
            most_loaded: 1 << 17,
            max_skew: Some(MaxSkew::DAY),
            locking: Locking::default(),
            clock: Clock::SYSTEM,
        }
    }
}

impl StoreOptions {
    /// The default options.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the size of each of the two journal segments in bytes. A sample takes about 50.
    #[must_use]
    pub fn segment_size(mut self, bytes: usize) -> Self {
        self.segment_size = bytes;
        self
    }

    /// Sets how the journal is accessed; by default it is [mapped](Access::Mapped), and whoever
    /// truncates it kills this process. [By position](Access::Position) a sample costs two calls of
    /// the system, and the journal may be cut or restored from a copy at any time, which
    /// [`Store::place`](crate::Store::place) notices.
    #[must_use]
    pub fn journal_access(mut self, access: Access) -> Self {
        self.journal_access = access;
        self
    }

    /// Sets when the log is synced, which decides what a power loss costs. Unless that is never,
    /// files are synced when they are written.
    #[must_use]
    pub fn sync(mut self, sync: LogSync) -> Self {
        self.sync = sync;
        self
    }

    /// What a write of a file must survive before its samples are removed from the log.
    pub(super) fn durability(&self) -> Durability {
        match self.sync {
            LogSync::Never => Durability::Process,
            LogSync::Every(_) | LogSync::Each => Durability::Synced,
        }
    }

    /// Sets the limit on file descriptors kept open between calls.
    #[must_use]
    pub fn most_open(mut self, files: usize) -> Self {
        self.most_open = files;
        self
    }

    /// Sets the limit on files whose state is kept in memory.
    #[must_use]
    pub fn most_loaded(mut self, files: usize) -> Self {
        self.most_loaded = files;
        self
    }

    /// Sets how far ahead of the clock a sample may be; `None` for any distance.
    #[must_use]
    pub fn max_skew(mut self, max_skew: impl Into<Option<MaxSkew>>) -> Self {
        self.max_skew = max_skew.into();
        self
    }

    /// Sets how long write-back waits for another writer of a file.
    #[must_use]
    pub fn locking(mut self, locking: Locking) -> Self {
        self.locking = locking;
        self
    }

    /// Sets the clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }
}
