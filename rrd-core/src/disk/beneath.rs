//! Opens files below a folder: no name and no link leads out of it.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Component, Path};

use rustix::fs::{Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

use super::reach::Outside;

/// Opens a file below a folder for reading. Neither the name nor a symbolic link leads out of the
/// folder, which is trusted.
///
/// # Errors
///
/// [`ErrorKind::PermissionDenied`] without a number of the system if it would lead out; otherwise
/// the error of the system.
///
/// ```
/// use std::path::Path;
/// let folder = tempfile::tempdir()?;
/// std::fs::write(folder.path().join("menu.html"), "<p>")?;
/// assert!(rrd_core::open_below(folder.path(), Path::new("menu.html")).is_ok());
/// let error = rrd_core::open_below(folder.path(), Path::new("../menu.html")).unwrap_err();
/// assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn open_below(folder: &Path, name: &Path) -> io::Result<File> {
    // A pipe must not wait for its other end.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK;
    let base = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = rustix::fs::open(folder, base, Mode::empty())?;
    Ok(open_beneath(&folder, name, flags, Walk::Kernel)?.into())
}

/// Who follows a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Walk {
    /// The kernel, if it can.
    Kernel,
    /// This process, step by step, as before Linux 5.6. It follows no links.
    Stepwise,
}

/// Opens something below a folder.
pub(super) fn open_beneath(
    folder: &OwnedFd,
    path: &Path,
    flags: OFlags,
    walk: Walk,
) -> io::Result<OwnedFd> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    inside(path)?;
    let flags = flags | OFlags::CLOEXEC;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    if walk == Walk::Stepwise {
        return open_stepwise(folder, path, flags);
    }
    loop {
        match rustix::fs::openat2(folder, path, flags, Mode::empty(), resolve) {
            Ok(file) => return Ok(file),
            Err(Errno::INTR | Errno::AGAIN) => {}
            // Before Linux 5.6: step by step, without following links.
            Err(Errno::NOSYS) => return open_stepwise(folder, path, flags),
            Err(Errno::XDEV) => return Err(outside()),
            Err(errno) => return Err(errno.into()),
        }
    }
}

fn open_stepwise(folder: &OwnedFd, path: &Path, flags: OFlags) -> io::Result<OwnedFd> {
    let step = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut folder = folder.as_fd().try_clone_to_owned()?;
    if let Some(parent) = path.parent() {
        for name in parent.components() {
            folder = rustix::fs::openat(&folder, name.as_os_str(), step, Mode::empty())?;
        }
    }
    let name = path.file_name().unwrap_or(OsStr::new("."));
    Ok(rustix::fs::openat(&folder, name, flags | OFlags::NOFOLLOW, Mode::empty())?)
}

/// Refuses anything but a plain path below the folder; the kernel checks links.
pub(super) fn inside(path: &Path) -> io::Result<()> {
    let plain = |component| matches!(component, Component::Normal(_) | Component::CurDir);
    if path.components().all(plain) { Ok(()) } else { Err(outside()) }
}

fn outside() -> io::Error {
    io::Error::new(ErrorKind::PermissionDenied, Outside { leads_to: None })
}
