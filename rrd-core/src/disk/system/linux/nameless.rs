//! Files without a name: nobody sees them before they are complete, and a killed process leaves
//! nothing behind.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, OFlags};
use rustix::io::Errno;

use super::descriptor::path_of;
use super::{IS_OLD, UNNOTED, permissions};
use crate::disk::paths::folder_of;

/// Creates a nameless file in the folder of `path`; `None` if its file system has none. Any other
/// error also occurs when a file with a name is created.
pub(in crate::disk) fn create_nameless(path: &Path, mode: u32) -> Option<File> {
    let flags = OFlags::RDWR | OFlags::TMPFILE | UNNOTED | OFlags::CLOEXEC;
    if IS_OLD {
        return None;
    }
    rustix::fs::open(folder_of(path), flags, permissions(mode)).ok().map(File::from)
}

/// Gives a nameless file a name, which must be free.
pub(in crate::disk) fn link(file: &File, path: &Path) -> io::Result<()> {
    match rustix::fs::linkat(file, "", CWD, path, AtFlags::EMPTY_PATH) {
        // Before Linux 6.10 this needs privileges, but what /proc shows does not.
        Err(Errno::NOENT | Errno::INVAL) => {
            Ok(rustix::fs::linkat(CWD, path_of(file), CWD, path, AtFlags::SYMLINK_FOLLOW)?)
        }
        linked => Ok(linked?),
    }
}
