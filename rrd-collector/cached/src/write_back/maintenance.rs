//! Threads that look after the journal: one syncs it in time, the other makes space in it, for
//! which it may have to write many files.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rrd_core::{LogSync, Store, StoreError};

use super::failure::chain;

/// How often the journal is looked at, at least.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How often it is looked at for space: it can be filled within a second.
const SPACE_PAUSE: Duration = Duration::from_millis(250);
/// The journal is looked at this often in the time after which it must be synced.
const LOOKS: u32 = 10;

/// Something that is done for a store every now and then, until it is told to stop.
#[derive(Debug)]
pub(super) struct Maintenance {
    store: Arc<Store>,
    work: fn(&Store) -> Result<(), StoreError>,
    pause: Duration,
    stopped: Mutex<bool>,
    wake: Condvar,
}

impl Maintenance {
    /// Syncs the journal.
    pub(super) fn syncing(store: Arc<Store>) -> Self {
        let pause = pause(store.log_sync());
        Self::new(store, Store::sync_if_due, pause)
    }

    /// Makes space in the journal.
    pub(super) fn making_space(store: Arc<Store>) -> Self {
        Self::new(store, Store::reclaim, SPACE_PAUSE)
    }

    fn new(store: Arc<Store>, work: fn(&Store) -> Result<(), StoreError>, pause: Duration) -> Self {
        Self { store, work, pause, stopped: Mutex::default(), wake: Condvar::new() }
    }

    /// Returns when it is told to stop.
    pub(super) fn run(&self) {
        let mut told = None;
        let mut stopped = self.stopped();
        while !*stopped {
            let waited = self.wake.wait_timeout(stopped, self.pause);
            stopped = waited.unwrap_or_else(PoisonError::into_inner).0;
            if *stopped {
                return;
            }
            drop(stopped);
            let failed = (self.work)(&self.store).err().map(|error| chain(&error));
            match &failed {
                Some(error) if failed != told => log::error!("{error}"),
                None if told.is_some() => log::warn!("the journal can be written again"),
                _ => {}
            }
            told = failed;
            stopped = self.stopped();
        }
    }

    pub(super) fn stop(&self) {
        *self.stopped() = true;
        self.wake.notify_all();
    }

    fn stopped(&self) -> MutexGuard<'_, bool> {
        self.stopped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long to wait between two looks. Three quarters of the time pass before the store syncs; what
/// is left is enough for a few looks and for the disk.
fn pause(sync: LogSync) -> Duration {
    match sync {
        LogSync::Every(limit) => (limit / LOOKS).min(LONGEST_PAUSE),
        LogSync::Never | LogSync::Each => LONGEST_PAUSE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_journal_is_looked_at_ten_times_in_the_time_of_a_sync_and_each_second() {
        let seconds = |seconds| LogSync::Every(Duration::from_secs(seconds));
        assert_eq!(pause(seconds(1)), Duration::from_millis(100));
        assert_eq!(pause(seconds(10)), Duration::from_secs(1));
        assert_eq!(pause(seconds(3600)), Duration::from_secs(1));
        assert_eq!(pause(LogSync::Never), Duration::from_secs(1));
    }
}
