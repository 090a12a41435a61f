//! Opens files below a folder: no name and no link leads out of it.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Component, Path};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::reach::outside;
use super::steps::Place;
use super::system::{self, Asked, Facts, Links};

/// Opens a file below a folder for reading. Neither the name nor a symbolic link leads out of the
/// folder, which is trusted.
///
/// # Errors
///
/// [`PermissionDenied`](io::ErrorKind::PermissionDenied) without a number of the system if it would
/// lead out; otherwise the error of the system.
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
    let base = system::FOLDER | OFlags::CLOEXEC;
    let folder = rustix::fs::open(folder, base, Mode::empty())?;
    Ok(open_beneath(&folder, name, flags, Walk::Kernel)?.into())
}

/// Who follows a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Walk {
    /// The kernel, if it can.
    Kernel,
    /// This process, step by step, as before Linux 5.6 and on other systems.
    Stepwise,
}

/// Opens something below a folder.
pub(super) fn open_beneath(
    folder: &OwnedFd,
    path: &Path,
    flags: OFlags,
    walk: Walk,
) -> io::Result<OwnedFd> {
    let path = below(path)?;
    let flags = flags | OFlags::CLOEXEC;
    if walk == Walk::Kernel
        && let Some(opened) = system::open_beneath(folder.as_fd(), path, flags)
    {
        return opened.map_err(told);
    }
    let links = if flags.contains(OFlags::NOFOLLOW) { Links::Kept } else { Links::Followed };
    let place = Place::find(folder.as_fd(), path, links)?;
    // If somebody puts a link there in the meantime, it is not followed.
    open_from(&place.folder, Path::new(&place.name), flags | OFlags::NOFOLLOW)
}

/// Facts about something below a folder.
pub(super) fn facts_beneath(
    folder: &OwnedFd,
    path: &Path,
    links: Links,
    asked: Asked,
    walk: Walk,
) -> io::Result<Facts> {
    let path = below(path)?;
    if walk == Walk::Kernel
        && let Some(found) = system::facts_beneath(folder.as_fd(), path, links, asked)
    {
        return found.map_err(told);
    }
    let place = Place::find(folder.as_fd(), path, links)?;
    system::facts_at(place.folder.as_fd(), Path::new(&place.name), Links::Kept, asked)
}

/// Opens something anywhere, from this folder on.
pub(super) fn open_from(folder: &OwnedFd, path: &Path, flags: OFlags) -> io::Result<OwnedFd> {
    loop {
        match rustix::fs::openat(folder, some(path), flags | OFlags::CLOEXEC, Mode::empty()) {
            Err(Errno::INTR) => {}
            opened => return Ok(opened?),
        }
    }
}

/// The path of a folder itself is not empty.
pub(super) fn some(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

/// The kernel's error about a link that leads out is one of ours.
fn told(error: io::Error) -> io::Error {
    if error.raw_os_error() == Some(Errno::XDEV.raw_os_error()) { outside() } else { error }
}

/// Refuses anything but a plain path below the folder; links are checked when it is followed.
fn below(path: &Path) -> io::Result<&Path> {
    let plain = |component| matches!(component, Component::Normal(_) | Component::CurDir);
    if path.components().all(plain) { Ok(some(path)) } else { Err(outside()) }
}
