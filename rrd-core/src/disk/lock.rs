//! Locks that RRDtool's own respect: on open file descriptions, so that two handles of one process
//! exclude each other like two processes.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;

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
    take(file, libc::F_WRLCK, locking)
}

/// Takes the lock of a reader; `false` if a writer held its lock beyond the limit.
pub(super) fn lock_shared(file: &File, locking: Locking) -> io::Result<bool> {
    take(file, libc::F_RDLCK, locking)
}

#[inline]
fn take(file: &File, kind: libc::c_int, locking: Locking) -> io::Result<bool> {
    if locking == Locking::None || set(file, kind)? {
        return Ok(true);
    }
    match locking {
        Locking::None | Locking::Try => Ok(false),
        Locking::Wait(limit) => wait(file, kind, Instant::now().checked_add(limit)),
        Locking::Until(end) => wait(file, kind, Some(end)),
        Locking::Block => block(file, kind),
    }
}

/// Tries of a reader after each pause: a writer at full rate lets go of its lock for a microsecond
/// at a time, which a single try would hardly ever meet.
const READER_TRIES: u32 = 300;

/// Retries until the lock is free or the time is up; without an end, until it is free.
#[cold]
fn wait(file: &File, kind: libc::c_int, end: Option<Instant>) -> io::Result<bool> {
    let mut pause = Duration::from_micros(20);
    let tries = if kind == libc::F_RDLCK { READER_TRIES } else { 1 };
    loop {
        sleep(pause);
        for _ in 0..tries {
            if set(file, kind)? {
                return Ok(true);
            }
        }
        if end.is_some_and(|end| Instant::now() >= end) {
            return Ok(false);
        }
        pause = (pause * 2).min(Duration::from_millis(2));
    }
}

/// Waits until the lock is free.
#[cold]
fn block(file: &File, kind: libc::c_int) -> io::Result<bool> {
    let request = whole_file(kind);
    loop {
        match fcntl(file, FcntlArg::F_OFD_SETLKW(&request)) {
            Ok(_) => return Ok(true),
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// Releases the write lock.
#[inline]
pub(super) fn unlock(file: &File) {
    // Can only fail for descriptors that are not open, and then there is no lock.
    let _ = set(file, libc::F_UNLCK);
}

/// Whether another open file description holds a write lock.
pub(super) fn is_locked_elsewhere(file: &File) -> bool {
    let mut request = whole_file(libc::F_RDLCK);
    fcntl(file, FcntlArg::F_OFD_GETLK(&mut request)).is_ok()
        && libc::c_int::from(request.l_type) == libc::F_WRLCK
}

/// Takes or releases the lock without waiting; `false` if another writer holds it.
#[inline]
fn set(file: &File, kind: libc::c_int) -> io::Result<bool> {
    let request = whole_file(kind);
    loop {
        match fcntl(file, FcntlArg::F_OFD_SETLK(&request)) {
            Ok(_) => return Ok(true),
            Err(Errno::EAGAIN | Errno::EACCES) => return Ok(false),
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

fn whole_file(kind: libc::c_int) -> libc::flock {
    #[expect(clippy::cast_possible_truncation, reason = "the constants are 0 to 2")]
    let kind = kind as libc::c_short;
    libc::flock { l_type: kind, l_whence: 0, l_start: 0, l_len: 0, l_pid: 0 }
}
