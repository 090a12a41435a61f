//! What macOS and FreeBSD have in common. They have no files without a name, no call that keeps a
//! path below a folder, and none that syncs a file system and tells of errors.

use std::fs::File;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use rustix::fs::{Mode, OFlags, Stat, StatFs};
use rustix::io::Errno;

use super::facts::Facts;
use super::portable;
use super::request::{Asked, Links};

/// Opens a folder to reach what is in it, which needs no right to read it.
pub(in crate::disk) const FOLDER: OFlags =
    OFlags::from_bits_retain(libc::O_SEARCH.cast_unsigned()).union(OFlags::DIRECTORY);
/// Reading changes the access time as the file system is set up to do.
pub(in crate::disk) const UNNOTED: OFlags = OFlags::empty();

/// Permission bits of a new file.
pub(in crate::disk) fn permissions(mode: u32) -> Mode {
    u16::try_from(mode & 0o7777).map_or(Mode::RUSR | Mode::WUSR, Mode::from_raw_mode)
}

/// Facts about an open file.
pub(in crate::disk) fn facts_of(file: BorrowedFd<'_>, _asked: Asked) -> io::Result<Facts> {
    portable::facts_of(file, born)
}

/// Facts about the file to which a path leads from this folder on.
pub(in crate::disk) fn facts_at(
    folder: BorrowedFd<'_>,
    path: &Path,
    links: Links,
    _asked: Asked,
) -> io::Result<Facts> {
    portable::facts_at(folder, path, links, born)
}

/// File systems that do not know it say 0 or -1.
fn born(stat: &Stat) -> i64 {
    portable::moment(stat.st_birthtime, stat.st_birthtime_nsec).max(0)
}

/// The system cannot keep a path below a folder: it is followed step by step.
pub(in crate::disk) fn open_beneath(
    _folder: BorrowedFd<'_>,
    _path: &Path,
    _flags: OFlags,
) -> Option<io::Result<OwnedFd>> {
    None
}

/// As [`open_beneath`].
pub(in crate::disk) fn facts_beneath(
    _folder: BorrowedFd<'_>,
    _path: &Path,
    _links: Links,
    _asked: Asked,
) -> Option<io::Result<Facts>> {
    None
}

/// Nobody knows whether there is a link in a path.
pub(in crate::disk) fn has_links(_folder: BorrowedFd<'_>, _path: &Path) -> Option<bool> {
    None
}

/// There are no nameless files.
pub(in crate::disk) fn create_nameless(_path: &Path, _mode: u32) -> Option<File> {
    None
}

/// There is no nameless file that could get a name.
pub(in crate::disk) fn link(_file: &File, _path: &Path) -> io::Result<()> {
    Err(Errno::OPNOTSUPP.into())
}

/// Space is not allocated beyond the end of a file.
#[expect(clippy::unnecessary_wraps, reason = "on Linux it can fail")]
pub(in crate::disk) fn reserve(_file: &File, _length: u64) -> io::Result<bool> {
    Ok(false)
}

/// No call syncs a file system and tells of what could not be written.
pub(in crate::disk) fn sync_file_system(_file: &File) -> Option<io::Result<()>> {
    None
}

/// No extended attribute holds the access control list that a folder gives to each new file.
#[expect(clippy::unnecessary_wraps, reason = "on Linux it can fail")]
pub(in crate::disk) fn remove_inherited_list(_file: &File) -> io::Result<()> {
    Ok(())
}

/// Whether a file is kept by another machine or by a program, or whether nobody knows.
pub(in crate::disk) fn is_remote(file: &File) -> bool {
    let is_local = |found: StatFs| {
        let local = portable::unsigned(libc::MNT_LOCAL);
        let of_a_program = found.f_fstypename.iter().zip(b"fuse");
        portable::unsigned(found.f_flags) & local != 0
            && !of_a_program
                .map(|(letter, expected)| (portable::unsigned(*letter), u64::from(*expected)))
                .all(|(letter, expected)| letter == expected)
    };
    !rustix::fs::fstatfs(file).is_ok_and(is_local)
}

/// Whether this folder, in which no links are left, lists the descriptors of this process.
pub(in crate::disk) fn lists_descriptors(folder: &str) -> bool {
    folder == "/dev/fd"
}

/// Another handle of an open file, so that what others write through theirs is continued: what is
/// opened in this folder is not opened again. Nothing tells which descriptors were inherited.
pub(in crate::disk) fn duplicate(number: i32) -> io::Result<File> {
    portable::open_stream(&PathBuf::from(format!("/dev/fd/{number}")))
}

/// The text of every link is a path that leads where the link does.
pub(in crate::disk) fn is_magic_link(_path: &Path) -> bool {
    false
}

/// Whether another handle holds the lock of a writer: such a request would have to wait. This one
/// holds none.
pub(super) fn is_in_the_way(file: &File, mut request: libc::flock) -> bool {
    fcntl(file, FcntlArg::F_GETLK(&mut request)).is_ok() && request.l_type == libc::F_WRLCK
}
