//! FreeBSD: what it does in another way than macOS.

use std::fs::File;
use std::io;
use std::os::fd::BorrowedFd;
use std::path::Path;

use nix::libc;
use rustix::fs::FallocateFlags;
use rustix::io::Errno;

use super::portable;

pub(in crate::disk) use super::bsd::{
    FOLDER, UNNOTED, create_nameless, duplicate, facts_at, facts_beneath, facts_of, has_links,
    is_magic_link, is_remote, link, lists_descriptors, open_beneath, permissions,
    remove_inherited_list, reserve, sync_file_system,
};
pub(in crate::disk) use super::flock::{release_lock, set_lock, wait_for_lock};

/// Whether an extended attribute may not get lost: all of them.
pub(in crate::disk) fn is_needed(_attribute: &[u8]) -> bool {
    true
}

/// Gives a file another name of the same folder, which must be free.
pub(in crate::disk) fn rename_if_free(
    folder: BorrowedFd<'_>,
    from: &Path,
    to: &Path,
) -> io::Result<()> {
    portable::rename_by_link(folder, from, to)
}

/// Allocates the first `length` bytes of a file, which is at least that long afterwards. ZFS, which
/// never writes to the same place twice, cannot.
pub(in crate::disk) fn allocate(file: &File, length: u64) -> io::Result<()> {
    loop {
        match rustix::fs::fallocate(file, FallocateFlags::empty(), 0, length) {
            Err(Errno::INTR) => {}
            Err(Errno::INVAL) if length > 0 => return Err(Errno::OPNOTSUPP.into()),
            allocated => return Ok(allocated?),
        }
    }
}

/// Makes what was written to a file survive a power loss.
pub(in crate::disk) fn sync(file: &File) -> io::Result<()> {
    file.sync_data()
}

/// Whether another handle holds the lock of a writer. This one holds none.
pub(in crate::disk) fn is_locked_elsewhere(file: &File) -> bool {
    let request = libc::flock {
        l_start: 0,
        l_len: 0,
        l_pid: 0,
        l_type: libc::F_RDLCK,
        l_whence: 0,
        l_sysid: 0,
    };
    super::bsd::is_in_the_way(file, request)
}
