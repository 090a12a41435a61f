//! Descriptors of this process, as `/proc` lists them.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileTypeExt;
use std::path::PathBuf;

use rustix::io::Errno;
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid};

use super::{IS_OLD, portable};

/// The system's name for an open file.
pub(super) fn path_of(file: &File) -> PathBuf {
    listed(file.as_raw_fd())
}

/// Whether this folder, in which no links are left, lists the descriptors of this process.
pub(in crate::disk) fn lists_descriptors(folder: &str) -> bool {
    let ours = format!("/proc/{}", getpid().as_raw_nonzero());
    let of_thread = folder.strip_prefix(&ours).and_then(|rest| rest.strip_prefix("/task/"));
    ["/dev/fd", "/proc/self/fd", "/proc/thread-self/fd"].contains(&folder)
        || folder.strip_prefix(&ours) == Some("/fd")
        || of_thread.is_some_and(|rest| rest.ends_with("/fd"))
}

/// Another handle of a file that whoever started this process has opened, so that what others write
/// through theirs is continued.
pub(in crate::disk) fn duplicate(number: i32) -> io::Result<File> {
    if !is_inherited(number) {
        return Err(Errno::BADF.into());
    }
    let file = if IS_OLD {
        Err(Errno::NOSYS)
    } else {
        rustix::process::pidfd_open(getpid(), PidfdFlags::empty()).and_then(|ourselves| {
            rustix::process::pidfd_getfd(&ourselves, number, PidfdGetfdFlags::empty())
        })
    };
    match file {
        Ok(file) => Ok(File::from(file)),
        // Before Linux 5.6 and in some sandboxes. What has no position can be opened again.
        Err(Errno::NOSYS | Errno::PERM | Errno::ACCESS) => {
            let path = listed(number);
            let kind = path.metadata()?.file_type();
            if kind.is_fifo() || kind.is_char_device() {
                portable::open_stream(&path)
            } else {
                Err(Errno::OPNOTSUPP.into())
            }
        }
        Err(errno) => Err(errno.into()),
    }
}

/// Whether a descriptor comes from whoever started this process. The others are the databases and
/// connections that this process has opened itself.
fn is_inherited(number: i32) -> bool {
    const CLOSED_IN_CHILDREN: u32 = 0o2_000_000;
    let Ok(text) = fs::read_to_string(format!("/proc/self/fdinfo/{number}")) else { return true };
    let flags = text.lines().find_map(|line| line.strip_prefix("flags:"));
    let flags = flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok());
    flags.is_none_or(|flags| flags & CLOSED_IN_CHILDREN == 0)
}

fn listed(number: i32) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{number}"))
}
