//! What tells a file from others and from earlier states of itself, in one call of the system.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Statx, StatxFlags, StatxTimestamp};
use rustix::io::Errno;

use super::{Identity, Look};

const NANOSECONDS: i64 = 1_000_000_000;

/// A path that leads to something else than a file.
#[derive(Debug, thiserror::Error)]
#[error("not a regular file")]
struct NotRegular;

/// Looks at an open file.
pub(super) fn look_at(file: &impl AsFd) -> io::Result<Look> {
    look(file.as_fd(), Path::new(""), AtFlags::EMPTY_PATH)
}

/// Looks at the file to which a path leads from this folder on.
pub(super) fn look_by_name(folder: &impl AsFd, path: &Path) -> io::Result<Look> {
    look(folder.as_fd(), path, AtFlags::empty())
}

fn look(folder: BorrowedFd<'_>, path: &Path, flags: AtFlags) -> io::Result<Look> {
    let wanted = StatxFlags::TYPE
        | StatxFlags::INO
        | StatxFlags::SIZE
        | StatxFlags::CTIME
        | StatxFlags::BTIME;
    match rustix::fs::statx(folder, path, flags, wanted) {
        Ok(status) => {
            regular(status.stx_mode.into())?;
            Ok(Look {
                identity: Identity {
                    device: rustix::fs::makedev(status.stx_dev_major, status.stx_dev_minor),
                    number: status.stx_ino,
                    born: born(&status),
                },
                length: status.stx_size,
                changed: moment(status.stx_ctime),
            })
        }
        // Before Linux 4.11 and in some sandboxes.
        Err(Errno::NOSYS | Errno::PERM) => {
            let opened = rustix::fs::OFlags::PATH | rustix::fs::OFlags::CLOEXEC;
            let metadata = if flags.contains(AtFlags::EMPTY_PATH) {
                File::from(folder.try_clone_to_owned()?).metadata()?
            } else {
                let mode = rustix::fs::Mode::empty();
                File::from(rustix::fs::openat(folder, path, opened, mode)?).metadata()?
            };
            regular(metadata.mode())?;
            Ok(Look {
                identity: Identity { device: metadata.dev(), number: metadata.ino(), born: 0 },
                length: metadata.len(),
                changed: metadata
                    .ctime()
                    .saturating_mul(NANOSECONDS)
                    .saturating_add(metadata.ctime_nsec()),
            })
        }
        Err(errno) => Err(errno.into()),
    }
}

/// When a file was made, in nanoseconds; 0 if the file system does not tell.
pub(super) fn born(status: &Statx) -> i64 {
    let is_known = StatxFlags::from_bits_retain(status.stx_mask).contains(StatxFlags::BTIME);
    if is_known { moment(status.stx_btime) } else { 0 }
}

fn regular(mode: u32) -> io::Result<()> {
    match FileType::from_raw_mode(mode) {
        FileType::RegularFile => Ok(()),
        FileType::Directory => Err(Errno::ISDIR.into()),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, NotRegular)),
    }
}

fn moment(time: StatxTimestamp) -> i64 {
    time.tv_sec.saturating_mul(NANOSECONDS).saturating_add(time.tv_nsec.into())
}
