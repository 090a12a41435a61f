//! The thread that looks after the journal: it syncs it in time, and makes space in it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rrd_core::{LogSync, Store};

use super::chain;

/// How often the journal is looked at, at least.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// The journal is looked at this often in the time after which it must be synced.
const LOOKS: u32 = 10;

/// The journal of a store, looked after until it is told to stop.
#[derive(Debug)]
pub(super) struct Maintenance {
    store: Arc<Store>,
    stopped: Mutex<bool>,
    wake: Condvar,
}

impl Maintenance {
    pub(super) fn new(store: Arc<Store>) -> Self {
        Self { store, stopped: Mutex::default(), wake: Condvar::new() }
    }

    /// Returns when it is told to stop.
    pub(super) fn run(&self) {
        let pause = pause(self.store.log_sync());
        let mut told = None;
        let mut stopped = self.stopped();
        while !*stopped {
            let waited = self.wake.wait_timeout(stopped, pause);
            stopped = waited.unwrap_or_else(PoisonError::into_inner).0;
            if *stopped {
                return;
            }
            drop(stopped);
            let failed = self.store.maintain().err().map(|error| chain(&error));
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
