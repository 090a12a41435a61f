//! Follows a path below a folder step by step, where the kernel cannot: links are followed as long
//! as they stay below the folder, whatever others rename meanwhile.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::reach::outside;
use super::system::{self, Links};

/// Links that are followed on one path, as in the kernel.
const MOST_LINKS: usize = 40;

/// A folder, and the name of something in it that was no link when it was found.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) folder: OwnedFd,
    pub(super) name: OsString,
}

impl Place {
    /// Follows `path` from `base` on. Whether a link at its end is followed, too, is `links`.
    pub(super) fn find(base: BorrowedFd<'_>, path: &Path, links: Links) -> io::Result<Self> {
        // `..` leads to the folder from which a step was made, which may have moved since.
        let mut folders: Vec<OwnedFd> = Vec::new();
        let mut rest = Vec::new();
        push(&mut rest, path)?;
        let mut followed = 0;
        while let Some(name) = rest.pop() {
            if name == ".." {
                folders.pop().ok_or_else(outside)?;
                continue;
            }
            let folder = folders.last().map_or(base, AsFd::as_fd);
            let is_end = rest.is_empty();
            if !is_end || links == Links::Followed {
                match rustix::fs::readlinkat(folder, &name, Vec::new()) {
                    Ok(text) => {
                        followed += 1;
                        if followed > MOST_LINKS {
                            return Err(Errno::LOOP.into());
                        }
                        push(&mut rest, Path::new(OsStr::from_bytes(text.to_bytes())))?;
                        continue;
                    }
                    Err(Errno::INVAL) => {}
                    Err(errno) => return Err(errno.into()),
                }
            }
            if is_end {
                return Ok(Self { folder: folder.try_clone_to_owned()?, name });
            }
            let flags = system::FOLDER | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let step = rustix::fs::openat(folder, &name, flags, Mode::empty())?;
            folders.push(step);
        }
        let folder = folders.last().map_or(base, AsFd::as_fd).try_clone_to_owned()?;
        Ok(Self { folder, name: OsString::from(".") })
    }
}

/// Puts the steps of a path before those that are left, which are in reverse order.
fn push(rest: &mut Vec<OsString>, path: &Path) -> io::Result<()> {
    for part in path.components().rev() {
        match part {
            Component::Normal(name) => rest.push(name.to_owned()),
            Component::ParentDir => rest.push(OsString::from("..")),
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return Err(outside()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::io::ErrorKind;
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::disk::reach::Outside;

    #[test]
    fn links_are_followed_below_the_folder_and_nowhere_else() {
        let top = tempfile::tempdir().unwrap();
        let path = |name: &str| top.path().join(name);
        fs::create_dir_all(path("base/a/b")).unwrap();
        fs::create_dir(path("outside")).unwrap();
        for (link, target) in [
            ("base/up", "a/b/../file"),
            ("base/a/b/back", "../../up"),
            ("base/twice", "a/b/back"),
            ("base/round", "./a/.."),
            ("base/out", "../outside"),
            ("base/a/far", "b/../../../base"),
            ("base/whole", "/"),
            ("base/loop", "loop"),
            ("base/gone", "a/nothing"),
        ] {
            symlink(target, path(link)).unwrap();
        }
        fs::write(path("base/a/file"), "").unwrap();
        let base = File::open(path("base")).unwrap();
        let find = |name: &str, links| {
            let place = Place::find(base.as_fd(), Path::new(name), links)?;
            let folder = fs::read_link(format!("/proc/self/fd/{}", place.folder.as_raw_fd()));
            let below = folder
                .unwrap()
                .strip_prefix(top.path().canonicalize().unwrap())
                .map(|folder| folder.join(&place.name));
            Ok::<_, io::Error>(below.unwrap().display().to_string())
        };
        for (name, end) in [
            ("a/file", "base/a/file"),
            ("up", "base/a/file"),
            ("twice", "base/a/file"),
            ("a/b/back", "base/a/file"),
            ("round", "base/."),
            ("round/a/file", "base/a/file"),
            (".", "base/."),
        ] {
            let found = find(name, Links::Followed);
            assert_eq!(found.unwrap(), end, "{name}");
        }
        assert_eq!(find("free", Links::Kept).unwrap(), "base/free");
        assert_eq!(find("out", Links::Kept).unwrap(), "base/out");
        assert_eq!(find("a/b/back", Links::Kept).unwrap(), "base/a/b/back");
        for name in ["out", "out/x", "a/far", "a/far/a/file", "whole", "whole/etc", "../base"] {
            let error = find(name, Links::Followed).unwrap_err();
            assert!(error.into_inner().is_some_and(|error| error.is::<Outside>()), "{name}");
        }
        let kind = |name: &str| find(name, Links::Followed).unwrap_err().kind();
        assert_eq!(find("loop", Links::Followed).unwrap_err().raw_os_error(), Some(40));
        assert_eq!(kind("a/file/x"), ErrorKind::NotADirectory);
        for name in ["gone", "free", "nothing/x"] {
            assert_eq!(kind(name), ErrorKind::NotFound, "{name}");
        }
    }

    #[test]
    fn a_folder_that_is_moved_out_meanwhile_leads_nobody_out() {
        let top = tempfile::tempdir().unwrap();
        let path = |name: &str| top.path().join(name);
        fs::create_dir_all(path("base/a/b")).unwrap();
        symlink("../../secret", path("base/a/b/link")).unwrap();
        fs::write(path("base/secret"), "ours").unwrap();
        let base = File::open(path("base")).unwrap();
        let find = || Place::find(base.as_fd(), Path::new("a/b/link"), Links::Followed).unwrap();
        assert_eq!(find().name, "secret");
        fs::rename(path("base/a/b"), path("b")).unwrap();
        symlink("../../b", path("base/a/b")).unwrap();
        let error = Place::find(base.as_fd(), Path::new("a/b/link"), Links::Followed).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    }
}
