//! When files are brought up to date, and the threads that do it.
//!
//! `schedule` decides which files are due, without a clock or a disk. `writer` is the thread that
//! writes them. `maintenance` has the threads for the journal, whose sync must not wait for files.
//! `failure` is what is known of a file that cannot be written.

mod failure;
mod maintenance;
mod moment;
mod options;
mod random;
mod schedule;
mod shared;
#[cfg(test)]
mod tests;
mod writer;

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rrd_core::{Backlog, Store, StoreFile};
use tokio::sync::oneshot;

use crate::log_limit::LogLimit;
use maintenance::Maintenance;
use moment::Moment;
use random::Random;
use schedule::Schedule;
use shared::Shared;

pub(crate) use failure::{FailingFile, chain};
pub(crate) use options::Flushed;
pub use options::WriteBackOptions;

/// The files that clients have updated, and requests to the thread that writes them.
#[derive(Debug)]
pub(crate) struct WriteBack {
    shared: Arc<Shared>,
    maintenance: [Arc<Maintenance>; 2],
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl WriteBack {
    /// Starts the threads. Files that an earlier run could not write are tried again.
    ///
    /// # Errors
    ///
    /// A thread cannot be started.
    pub(crate) fn start(options: WriteBackOptions, store: Arc<Store>) -> io::Result<Self> {
        let random = Random::new(RandomState::new().hash_one(0));
        let mut schedule = Schedule::new(options, random);
        for (name, _) in &store.recovery().failed {
            if let Some(file) = store.known_file(name) {
                schedule.note(&file, Moment::ZERO);
            }
        }
        let shared = Arc::new(Shared {
            store: store.clone(),
            options,
            start: Instant::now(),
            schedule: Mutex::new(schedule),
            lost_log: LogLimit::default(),
            wake: Condvar::new(),
        });
        let syncing = Arc::new(Maintenance::syncing(store.clone()));
        let making_space = Arc::new(Maintenance::making_space(store));
        let maintenance = [syncing.clone(), making_space.clone()];
        let write_back = Self { shared: shared.clone(), maintenance, threads: Mutex::default() };
        // If one of them fails, `drop` ends those before.
        write_back.spawn("write-back", move || writer::run(&shared))?;
        write_back.spawn("journal-sync", move || syncing.run())?;
        write_back.spawn("journal-space", move || making_space.run())?;
        Ok(write_back)
    }

    fn spawn(&self, name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let thread = thread::Builder::new().name(name.to_owned()).spawn(body)?;
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
        Ok(())
    }

    /// Notes that a file has taken values.
    #[inline]
    pub(crate) fn note(&self, file: &StoreFile, backlog: Backlog) {
        if backlog == Backlog::Begun {
            let sleeps_too_long = self.shared.schedule().note(file, self.shared.now());
            if sleeps_too_long {
                self.shared.wake.notify_one();
            }
        }
    }

    /// Whether a client has updated the file since it was last forgotten.
    pub(crate) fn knows(&self, file: &StoreFile) -> bool {
        self.shared.schedule().knows(file.id())
    }

    /// Writes a file before all others; the receiver is told when it is done. A suspended file is
    /// not written, and that is told at once.
    pub(crate) fn flush(&self, file: &StoreFile) -> oneshot::Receiver<Flushed> {
        let (sender, receiver) = oneshot::channel();
        self.shared.schedule().request(file, sender, self.shared.now());
        self.shared.wake.notify_one();
        receiver
    }

    /// Begins to write all files.
    pub(crate) fn flush_all(&self) {
        self.shared.schedule().queue_all();
        self.shared.wake.notify_one();
    }

    /// The files that wait to be written now, with the number of their values.
    pub(crate) fn queue(&self) -> Vec<(StoreFile, u64)> {
        let queued = self.shared.schedule().queued();
        let counted = queued.into_iter().map(|file| {
            let count = self.shared.store.unwritten_of(&file);
            (file, count)
        });
        counted.collect()
    }

    /// Number of files that wait to be written now.
    pub(crate) fn queue_length(&self) -> usize {
        self.shared.schedule().queue_length()
    }

    /// Suspends or resumes writing a file; whether that was a change.
    pub(crate) fn set_suspended(&self, file: &StoreFile, suspended: bool) -> bool {
        let changed = self.shared.schedule().set_suspended(file.id(), suspended);
        if changed {
            self.shared.suspend(file, suspended);
            self.shared.wake.notify_one();
        }
        changed
    }

    /// The same for all files that are known; returns how many changed.
    pub(crate) fn set_all_suspended(&self, suspended: bool) -> usize {
        let changed = self.shared.schedule().set_all_suspended(suspended);
        for file in &changed {
            self.shared.suspend(file, suspended);
        }
        self.shared.wake.notify_one();
        changed.len()
    }

    /// Forgets a file; whether it was known. Its values are dropped afterwards: what arrives in
    /// between is dropped with them.
    pub(crate) fn forget(&self, file: &StoreFile) -> bool {
        self.shared.schedule().forget(file.id())
    }

    /// Number of known files.
    pub(crate) fn count(&self) -> usize {
        self.shared.schedule().count()
    }

    /// The files that could not be written at the last attempt.
    pub(crate) fn failures(&self) -> Vec<FailingFile> {
        self.shared.schedule().failures(self.shared.now())
    }

    /// For how long the oldest unwritten value has waited.
    pub(crate) fn oldest(&self) -> Option<Duration> {
        self.shared.schedule().oldest(self.shared.now())
    }

    /// The time since the start.
    pub(crate) fn uptime(&self) -> Duration {
        self.shared.start.elapsed()
    }

    /// Ends the threads, after the files that are being written.
    pub(crate) fn stop(&self) {
        self.shared.schedule().stop();
        self.shared.wake.notify_all();
        self.maintenance.iter().for_each(|maintenance| maintenance.stop());
        let threads = {
            let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *threads)
        };
        for thread in threads {
            if thread.join().is_err() {
                log::error!("a thread of write-back has panicked");
            }
        }
    }
}

impl Drop for WriteBack {
    fn drop(&mut self) {
        self.stop();
    }
}
