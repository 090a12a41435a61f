//! Locks that RRDtool's own respect: those of a handle, so that two handles of one process exclude
//! each other like two processes, and how long is waited for them.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::system::{self, Lock};
use super::{DiskFile, Locking};

/// The lock of a file, released when this is dropped.
pub(crate) struct FileLock<F: Deref<Target: DiskFile>>(F);

impl<F: Deref<Target: DiskFile>> FileLock<F> {
    /// Takes the lock; `None` if another writer held it beyond the limit.
    pub(crate) fn take(file: F, locking: Locking) -> io::Result<Option<Self>> {
        Ok(if file.lock(locking)? { Some(Self(file)) } else { None })
    }

    /// Takes the lock of a reader, which keeps writers out but no other reader.
    pub(crate) fn share(file: F, locking: Locking) -> io::Result<Option<Self>> {
        Ok(if file.lock_shared(locking)? { Some(Self(file)) } else { None })
    }
}

impl<F: Deref<Target: DiskFile>> Deref for FileLock<F> {
    type Target = F::Target;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<F: Deref<Target: DiskFile>> Drop for FileLock<F> {
    fn drop(&mut self) {
        self.0.unlock();
    }
}

/// Takes the write lock; `false` if another writer held it beyond the limit.
#[inline]
pub(super) fn lock(file: &File, locking: Locking) -> io::Result<bool> {
    take(file, Lock::Exclusive, locking)
}

/// Takes the lock of a reader; `false` if a writer held its lock beyond the limit.
pub(super) fn lock_shared(file: &File, locking: Locking) -> io::Result<bool> {
    take(file, Lock::Shared, locking)
}

#[inline]
fn take(file: &File, kind: Lock, locking: Locking) -> io::Result<bool> {
    if locking == Locking::None || system::set_lock(file, kind)? {
        return Ok(true);
    }
    match locking {
        Locking::None | Locking::Try => Ok(false),
        Locking::Wait(limit) => wait(file, kind, Instant::now().checked_add(limit)),
        Locking::Until(end) => wait(file, kind, Some(end)),
        Locking::Block => system::wait_for_lock(file, kind).map(|()| true),
    }
}

/// Tries of a reader after each pause: a writer at full rate lets go of its lock for a microsecond
/// at a time, which a single try would hardly ever meet.
const READER_TRIES: u32 = 300;

/// Retries until the lock is free or the time is up; without an end, until it is free.
#[cold]
fn wait(file: &File, kind: Lock, end: Option<Instant>) -> io::Result<bool> {
    let mut pause = Duration::from_micros(20);
    let tries = if kind == Lock::Shared { READER_TRIES } else { 1 };
    loop {
        sleep(pause);
        for _ in 0..tries {
            if system::set_lock(file, kind)? {
                return Ok(true);
            }
        }
        if end.is_some_and(|end| Instant::now() >= end) {
            return Ok(false);
        }
        pause = (pause * 2).min(Duration::from_millis(2));
    }
}
