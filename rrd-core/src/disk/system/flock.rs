//! Locks of `flock`. On macOS and FreeBSD those of `fcntl`, which RRDtool takes, exclude them and
//! are excluded by them; on Linux they are not, and other locks are used.

use std::fs::File;
use std::io;

use rustix::fs::FlockOperation;
use rustix::io::Errno;

use super::request::Lock;

/// Takes the lock without waiting; `false` if another handle is in its way.
pub(in crate::disk) fn set_lock(file: &File, lock: Lock) -> io::Result<bool> {
    let operation = match lock {
        Lock::Exclusive => FlockOperation::NonBlockingLockExclusive,
        Lock::Shared => FlockOperation::NonBlockingLockShared,
    };
    match run(file, operation) {
        Err(Errno::WOULDBLOCK) => Ok(false),
        locked => Ok(locked.map(|()| true)?),
    }
}

/// Waits until the lock is free.
pub(in crate::disk) fn wait_for_lock(file: &File, lock: Lock) -> io::Result<()> {
    let operation = match lock {
        Lock::Exclusive => FlockOperation::LockExclusive,
        Lock::Shared => FlockOperation::LockShared,
    };
    Ok(run(file, operation)?)
}

/// Releases the lock of this handle.
pub(in crate::disk) fn release_lock(file: &File) {
    // Can only fail for descriptors that are not open, and then there is no lock.
    let _ = run(file, FlockOperation::Unlock);
}

fn run(file: &File, operation: FlockOperation) -> rustix::io::Result<()> {
    loop {
        match rustix::fs::flock(file, operation) {
            Err(Errno::INTR) => {}
            done => return done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_writer_excludes_other_handles_and_readers_exclude_writers_only() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let [one, other] = [(); 2].map(|()| File::open(file.path()).unwrap());
        assert!(set_lock(&one, Lock::Exclusive).unwrap());
        assert!(!set_lock(&other, Lock::Exclusive).unwrap());
        assert!(!set_lock(&other, Lock::Shared).unwrap());
        release_lock(&one);
        assert!(set_lock(&one, Lock::Shared).unwrap());
        assert!(set_lock(&other, Lock::Shared).unwrap());
        assert!(!set_lock(&other, Lock::Exclusive).unwrap());
        // A handle of the same file that is closed takes no lock away from the others.
        drop(File::open(file.path()).unwrap());
        drop(other);
        assert!(set_lock(&one, Lock::Exclusive).unwrap());
        let waiting = File::open(file.path()).unwrap();
        let waiting = std::thread::spawn(move || wait_for_lock(&waiting, Lock::Exclusive));
        release_lock(&one);
        waiting.join().unwrap().unwrap();
    }
}
