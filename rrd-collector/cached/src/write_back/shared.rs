//! What the writing thread shares with all others.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rrd_core::{Store, StoreFile};

use super::failure::chain;
use super::moment::Moment;
use super::options::WriteBackOptions;
use super::schedule::Schedule;
use crate::log_limit::LogLimit;

/// What the writing thread shares with all others.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) store: Arc<Store>,
    pub(super) options: WriteBackOptions,
    pub(super) start: Instant,
    pub(super) schedule: Mutex<Schedule>,
    pub(super) lost_log: LogLimit,
    /// There is something to write before the moment for which the thread sleeps.
    pub(super) wake: Condvar,
}

impl Shared {
    pub(super) fn schedule(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> Moment {
        Moment::after(self.start.elapsed())
    }

    /// Tells which acknowledged values have no place any more.
    pub(super) fn report_lost(&self) {
        let lost = self.store.take_lost();
        if let Some((path, _)) = lost.first() {
            let values: u64 = lost.iter().map(|(_, count)| count).sum();
            let (path, files) = (path.display(), lost.len());
            self.lost_log.warn(|| {
                format!(
                    "other programs changed or removed {files} files so that {values} values have \
                     no place: '{path}'"
                )
            });
        }
    }

    /// Keeps the store itself from writing a suspended file when its journal is full.
    pub(super) fn suspend(&self, file: &StoreFile, suspended: bool) {
        let done = if suspended {
            self.store.suspend(file.path())
        } else {
            self.store.resume(file.path())
        };
        if let Err(error) = done {
            // The file has gone: there is nothing to write.
            log::debug!("{}: {}", file.path().display(), chain(&error));
        }
    }
}
