//! What `STATS` counts and the store does not.

use std::sync::atomic::AtomicU64;

/// Counters since the start.
#[derive(Debug, Default)]
pub(crate) struct Statistics {
    /// Calls of UPDATE, also those that failed.
    pub(crate) updates_received: AtomicU64,
    /// Calls of FLUSH.
    pub(crate) flushes_received: AtomicU64,
    /// Samples that were refused when they were sent.
    pub(crate) updates_failed: AtomicU64,
    /// Connections of hosts that may not connect.
    pub(crate) connections_refused: AtomicU64,
}
