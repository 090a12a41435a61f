//! What the page's server has done since its start, and the memory of the answers on their way.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::output::prometheus::metrics::Counter;

/// Limit on the memory of all answers on their way, in units.
const MEMORY: u32 = 64 << 10;
/// The unit, in bytes.
const UNIT: usize = 1 << 10;

/// Counts for all listeners.
#[derive(Debug)]
pub struct Traffic {
    /// Answered requests.
    pub(super) requests: AtomicU64,
    /// Those without the right password.
    pub(super) refused: AtomicU64,
    /// Those beyond what is computed at a time.
    pub(super) turned_away: AtomicU64,
    /// Connections that were closed for new ones.
    pub(super) closed: AtomicU64,
    memory: Arc<Semaphore>,
}

impl Default for Traffic {
    fn default() -> Self {
        let [requests, refused, turned_away, closed] = std::array::from_fn(|_| AtomicU64::new(0));
        let memory = Arc::new(Semaphore::new(MEMORY as usize));
        Self { requests, refused, turned_away, closed, memory }
    }
}

impl Traffic {
    /// Memory for an answer of this many bytes until it is sent; `None` if too many clients do not
    /// read theirs.
    pub(super) fn reserve(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let units = u32::try_from(bytes / UNIT).unwrap_or(u32::MAX).min(MEMORY);
        self.memory.clone().try_acquire_many_owned(units).ok()
    }

    /// The counts for programs.
    pub(super) fn counts(&self) -> [Counter; 4] {
        let counter = |name, help, counter: &AtomicU64| {
            Counter::new(name, help, counter.load(Ordering::Relaxed))
        };
        [
            counter("page_requests", "answered requests to the page", &self.requests),
            counter(
                "page_refused",
                "requests to the page without the right password",
                &self.refused,
            ),
            counter(
                "page_turned_away",
                "requests to the page beyond its limits",
                &self.turned_away,
            ),
            counter(
                "page_connections_closed",
                "connections to the page closed for new ones",
                &self.closed,
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_nobody_reads_take_64_mib() {
        let traffic = Traffic::default();
        let held: Vec<_> = (0..10).map_while(|_| traffic.reserve(10 << 20)).collect();
        assert_eq!(held.len(), 6);
        assert!(traffic.reserve(6).is_some());
        drop(held);
        // An answer that is larger than all of it is sent alone.
        let all = traffic.reserve(70 << 20);
        assert!(all.is_some() && traffic.reserve(10 << 20).is_none());
    }
}
