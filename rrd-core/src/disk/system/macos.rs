//! macOS: names that replace no other, space for files that grow, and syncs that reach the disk.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

use nix::libc;
use rustix::fs::{FallocateFlags, RenameFlags};
use rustix::io::Errno;

use super::portable;
use super::request::Asked;

pub(in crate::disk) use super::bsd::{
    FOLDER, UNNOTED, create_nameless, duplicate, facts_at, facts_beneath, facts_of, has_links,
    is_magic_link, is_remote, link, lists_descriptors, open_beneath, permissions,
    remove_inherited_list, reserve, sync_file_system,
};
pub(in crate::disk) use super::flock::{release_lock, set_lock, wait_for_lock};

/// Whether an extended attribute may not get lost: all but those that the system sets itself.
pub(in crate::disk) fn is_needed(attribute: &[u8]) -> bool {
    !attribute.starts_with(b"com.apple.")
}

/// Gives a file another name of the same folder, which must be free.
pub(in crate::disk) fn rename_if_free(
    folder: BorrowedFd<'_>,
    from: &Path,
    to: &Path,
) -> io::Result<()> {
    match rustix::fs::renameat_with(folder, from, folder, to, RenameFlags::NOREPLACE) {
        // Of the system or the file system.
        Err(Errno::NOTSUP | Errno::OPNOTSUPP | Errno::INVAL | Errno::NOSYS) => {
            portable::rename_by_link(folder, from, to)
        }
        renamed => Ok(renamed?),
    }
}

/// Allocates the first `length` bytes of a file that is shorter, which is that long afterwards.
/// Holes of one that is longer cannot be filled.
pub(in crate::disk) fn allocate(file: &File, length: u64) -> io::Result<()> {
    let found = facts_of(file.as_fd(), Asked::Status)?;
    if found.length >= length {
        let is_whole = found.allocated >= length;
        return if is_whole { Ok(()) } else { Err(Errno::OPNOTSUPP.into()) };
    }
    loop {
        match rustix::fs::fallocate(file, FallocateFlags::empty(), 0, length) {
            Err(Errno::INTR) => {}
            allocated => return Ok(allocated?),
        }
    }
}

/// Makes what was written to a file survive a power loss: also of a disk with a cache, if its file
/// system can.
pub(in crate::disk) fn sync(file: &File) -> io::Result<()> {
    match file.sync_data() {
        Err(error) if is_unknown(&error) => Ok(rustix::fs::fsync(file)?),
        synced => synced,
    }
}

/// Whether a file system, mostly one of another machine, does not know how to sync beyond a cache.
fn is_unknown(error: &io::Error) -> bool {
    let errors = [Errno::NOTSUP, Errno::OPNOTSUPP, Errno::NOTTY, Errno::INVAL];
    errors.iter().any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

/// Whether another handle holds the lock of a writer. This one holds none.
pub(in crate::disk) fn is_locked_elsewhere(file: &File) -> bool {
    let request =
        libc::flock { l_start: 0, l_len: 0, l_pid: 0, l_type: libc::F_RDLCK, l_whence: 0 };
    super::bsd::is_in_the_way(file, request)
}
