//! Locks on open file descriptions: RRDtool's own respect them, and two handles of one process
//! exclude each other like two processes.

use std::fs::File;
use std::io;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;

use crate::disk::system::request::Lock;

/// Takes the lock without waiting; `false` if another handle is in its way.
#[inline]
pub(in crate::disk) fn set_lock(file: &File, lock: Lock) -> io::Result<bool> {
    set(file, kind(lock))
}

/// Waits until the lock is free.
#[cold]
pub(in crate::disk) fn wait_for_lock(file: &File, lock: Lock) -> io::Result<()> {
    let request = whole_file(kind(lock));
    loop {
        match fcntl(file, FcntlArg::F_OFD_SETLKW(&request)) {
            Ok(_) => return Ok(()),
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// Releases the lock of this handle.
#[inline]
pub(in crate::disk) fn release_lock(file: &File) {
    // Can only fail for descriptors that are not open, and then there is no lock.
    let _ = set(file, libc::F_UNLCK);
}

/// Whether another handle holds the lock of a writer. This one holds none.
pub(in crate::disk) fn is_locked_elsewhere(file: &File) -> bool {
    let mut request = whole_file(libc::F_RDLCK);
    fcntl(file, FcntlArg::F_OFD_GETLK(&mut request)).is_ok()
        && libc::c_int::from(request.l_type) == libc::F_WRLCK
}

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

fn kind(lock: Lock) -> libc::c_int {
    match lock {
        Lock::Exclusive => libc::F_WRLCK,
        Lock::Shared => libc::F_RDLCK,
    }
}

fn whole_file(kind: libc::c_int) -> libc::flock {
    #[expect(clippy::cast_possible_truncation, reason = "the constants are 0 to 2")]
    let kind = kind as libc::c_short;
    libc::flock { l_type: kind, l_whence: 0, l_start: 0, l_len: 0, l_pid: 0 }
}
