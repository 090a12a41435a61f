//! Linux: files without names, paths that the kernel keeps below a folder, file systems that are
//! synced as a whole. What an old kernel or a file system lacks is done as on any system.

mod descriptor;
mod lock;
mod nameless;
mod remote;
mod sync;

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{
    AtFlags, FallocateFlags, FileType, Mode, OFlags, PROC_SUPER_MAGIC, RenameFlags, ResolveFlags,
    Statx, StatxFlags, StatxTimestamp,
};
use rustix::io::Errno;
use rustix::path::Arg;

use super::facts::Facts;
use super::portable;
use super::request::{Asked, Links};
use crate::disk::paths::folder_of;

pub(in crate::disk) use descriptor::{duplicate, lists_descriptors};
pub(in crate::disk) use lock::{is_locked_elsewhere, release_lock, set_lock, wait_for_lock};
pub(in crate::disk) use nameless::{create_nameless, link};
pub(in crate::disk) use remote::is_remote;
pub(in crate::disk) use sync::{sync, sync_file_system};

/// Opens a folder to reach what is in it, which needs no right to read it.
pub(in crate::disk) const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY);
/// Reading does not change the access time.
pub(in crate::disk) const UNNOTED: OFlags = OFlags::NOATIME;

/// The attribute that holds an access control list.
const ACCESS_LIST: &CStr = c"system.posix_acl_access";

/// The unit in which the system counts the blocks of a file.
const BLOCK: u64 = 512;
const NANOSECONDS: i64 = 1_000_000_000;

/// Whether everything is done as on a kernel without the newer calls, for tests of that.
const IS_OLD: bool = cfg!(rrd_old_kernel);

/// Whether an extended attribute may not get lost: those that users set, and lists of who may use
/// the file.
pub(in crate::disk) fn is_needed(attribute: &[u8]) -> bool {
    [b"user.".as_slice(), b"system."].iter().any(|prefix| attribute.starts_with(prefix))
}

/// Removes the access control list that a folder gives to each new file.
pub(in crate::disk) fn remove_inherited_list(file: &File) -> io::Result<()> {
    match rustix::fs::fremovexattr(file, ACCESS_LIST) {
        Err(Errno::NODATA | Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
        removed => Ok(removed?),
    }
}

/// Permission bits of a new file.
pub(in crate::disk) fn permissions(mode: u32) -> Mode {
    Mode::from_raw_mode(mode)
}

/// Facts about an open file.
#[inline]
pub(in crate::disk) fn facts_of(file: BorrowedFd<'_>, asked: Asked) -> io::Result<Facts> {
    match newer_facts(file, c"", AtFlags::EMPTY_PATH, asked) {
        Err(Errno::NOSYS | Errno::PERM) => portable::facts_of(file, |_| 0),
        facts => Ok(facts?),
    }
}

/// Facts about the file to which a path leads from this folder on.
#[inline]
pub(in crate::disk) fn facts_at(
    folder: BorrowedFd<'_>,
    path: &Path,
    links: Links,
    asked: Asked,
) -> io::Result<Facts> {
    match newer_facts(folder, path, portable::flags(links), asked) {
        Err(Errno::NOSYS | Errno::PERM) => portable::facts_at(folder, path, links, |_| 0),
        facts => Ok(facts?),
    }
}

/// Fails with [`Errno::NOSYS`] before Linux 4.11, and with that or [`Errno::PERM`] in some
/// sandboxes.
#[inline]
fn newer_facts(
    folder: BorrowedFd<'_>,
    path: impl Arg,
    flags: AtFlags,
    asked: Asked,
) -> rustix::io::Result<Facts> {
    let identity = StatxFlags::TYPE | StatxFlags::INO | StatxFlags::SIZE | StatxFlags::BTIME;
    let asked = match asked {
        Asked::Look => identity | StatxFlags::CTIME,
        Asked::Status => {
            let rights = StatxFlags::MODE | StatxFlags::UID | StatxFlags::GID;
            identity | rights | StatxFlags::NLINK | StatxFlags::BLOCKS
        }
    };
    if IS_OLD {
        return Err(Errno::NOSYS);
    }
    rustix::fs::statx(folder, path, flags, asked).map(|status| facts(&status))
}

#[inline]
fn facts(status: &Statx) -> Facts {
    let told = StatxFlags::from_bits_retain(status.stx_mask);
    let moment = |kind, time: StatxTimestamp| {
        let moment = time.tv_sec.saturating_mul(NANOSECONDS).saturating_add(time.tv_nsec.into());
        if told.contains(kind) { moment } else { 0 }
    };
    Facts {
        kind: FileType::from_raw_mode(status.stx_mode.into()),
        mode: u32::from(status.stx_mode) & 0o7777,
        owner: status.stx_uid,
        group: status.stx_gid,
        names: status.stx_nlink.into(),
        length: status.stx_size,
        allocated: status.stx_blocks.saturating_mul(BLOCK),
        device: rustix::fs::makedev(status.stx_dev_major, status.stx_dev_minor),
        number: status.stx_ino,
        born: moment(StatxFlags::BTIME, status.stx_btime),
        changed: moment(StatxFlags::CTIME, status.stx_ctime),
    }
}

/// Opens something below a folder: no link leads out of it. `None` before Linux 5.6.
pub(in crate::disk) fn open_beneath(
    folder: BorrowedFd<'_>,
    path: &Path,
    flags: OFlags,
) -> Option<io::Result<OwnedFd>> {
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    if IS_OLD {
        return None;
    }
    loop {
        match rustix::fs::openat2(folder, path, flags, Mode::empty(), resolve) {
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(Errno::NOSYS) => return None,
            opened => return Some(opened.map_err(Into::into)),
        }
    }
}

/// Facts about what is below a folder: no link leads out of it. `None` before Linux 5.6.
pub(in crate::disk) fn facts_beneath(
    folder: BorrowedFd<'_>,
    path: &Path,
    links: Links,
    asked: Asked,
) -> Option<io::Result<Facts>> {
    let flags = match links {
        Links::Followed => OFlags::PATH,
        Links::Kept => OFlags::PATH | OFlags::NOFOLLOW,
    };
    let opened = open_beneath(folder, path, flags | OFlags::CLOEXEC)?;
    Some(opened.and_then(|file| facts_of(file.as_fd(), asked)))
}

/// Whether there is a link in a path that leads to something; `None` if nobody knows.
pub(in crate::disk) fn has_links(folder: BorrowedFd<'_>, path: &Path) -> Option<bool> {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let resolve = ResolveFlags::NO_SYMLINKS;
    if IS_OLD {
        return None;
    }
    match rustix::fs::openat2(folder, path, flags, Mode::empty(), resolve) {
        Err(Errno::NOSYS) => None,
        opened => Some(opened.is_err()),
    }
}

/// Gives a file another name of the same folder, which must be free.
pub(in crate::disk) fn rename_if_free(
    folder: BorrowedFd<'_>,
    from: &Path,
    to: &Path,
) -> io::Result<()> {
    if !IS_OLD {
        match rustix::fs::renameat_with(folder, from, folder, to, RenameFlags::NOREPLACE) {
            // Of the kernel or the file system.
            Err(Errno::INVAL | Errno::NOSYS) => {}
            renamed => return Ok(renamed?),
        }
    }
    portable::rename_by_link(folder, from, to)
}

/// Allocates the first `length` bytes of a file, which is at least that long afterwards.
pub(in crate::disk) fn allocate(file: &File, length: u64) -> io::Result<()> {
    loop {
        match rustix::fs::fallocate(file, FallocateFlags::empty(), 0, length) {
            Err(Errno::INTR) => {}
            allocated => return Ok(allocated?),
        }
    }
}

/// Allocates the first `length` bytes without changing the length of the file. `false` if the
/// system or the file system cannot.
pub(in crate::disk) fn reserve(file: &File, length: u64) -> io::Result<bool> {
    if IS_OLD {
        return Ok(false);
    }
    loop {
        match rustix::fs::fallocate(file, FallocateFlags::KEEP_SIZE, 0, length) {
            Ok(()) => return Ok(true),
            Err(Errno::INTR) => {}
            Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => return Ok(false),
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// Whether the text of a link is not a path that leads where the link does, as in `/proc`.
pub(in crate::disk) fn is_magic_link(path: &Path) -> bool {
    rustix::fs::statfs(folder_of(path).as_path())
        .is_ok_and(|found| found.f_type == PROC_SUPER_MAGIC)
}
