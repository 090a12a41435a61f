//! How a store works.

use crate::commit::Durability;
use crate::disk::Locking;
use crate::time::{Clock, MaxSkew};

/// How a store works.
///
/// ```
/// use rrd_core::StoreOptions;
/// assert_eq!(StoreOptions::default().max_skew, Some(rrd_core::MaxSkew::DAY));
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct StoreOptions {
    /// Bytes of each of the two segments of the journal. A sample takes about 50.
    pub segment_size: usize,
    /// Whether writing files back is ordered so that a power loss at any moment leaves states that existed; what
    /// [`Store::sync`](super::Store::sync) acknowledged is then not lost.
    pub durability: Durability,
    /// The most file descriptors that stay open between calls.
    pub most_open: usize,
    /// The most files whose state stays in memory.
    pub most_loaded: usize,
    /// How far ahead of the clock a sample may be; `None` for any.
    pub max_skew: Option<MaxSkew>,
    /// How long write-back waits for another writer of a file.
    pub locking: Locking,
    /// The present.
    pub clock: Clock,
}

impl Default for StoreOptions {
    /// 32 MiB of journal, 256 descriptors, 131,072 files in memory, samples at most a day ahead.
    fn default() -> Self {
        Self {
            segment_size: 16 << 20,
            durability: Durability::Process,
            most_open: 256,
            most_loaded: 1 << 17,
            max_skew: Some(MaxSkew::DAY),
            locking: Locking::default(),
            clock: Clock::SYSTEM,
        }
    }
}
