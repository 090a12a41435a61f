//! What `STATS` counts.

use std::sync::atomic::AtomicU64;

/// Counters since the start.
#[derive(Debug, Default)]
pub(crate) struct Statistics {
    /// Calls of UPDATE, also those that failed.
    pub(crate) updates_received: AtomicU64,
    /// Calls of FLUSH.
    pub(crate) flushes_received: AtomicU64,
    /// Files written.
    pub(crate) updates_written: AtomicU64,
    /// Samples written in them.
    pub(crate) data_sets_written: AtomicU64,
    /// Samples that were refused when they were sent.
    pub(crate) updates_failed: AtomicU64,
    /// Samples that were acknowledged and could not be written, because the file had changed.
    pub(crate) data_sets_failed: AtomicU64,
    /// Connections of hosts that may not connect.
    pub(crate) connections_refused: AtomicU64,
}
