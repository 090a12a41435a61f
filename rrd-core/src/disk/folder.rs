//! The files of one folder and, if asked for, those that other names lead to: the disk of a store.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags, ResolveFlags};
use rustix::io::Errno;

use super::beneath::{Walk, open_beneath};
use super::look::{look_at, look_by_name};
use super::os::{boxed, own_descriptor, synced_folder};
use super::reach::{Outside, resolved};
use super::sync_together::{FEW, sync_together};
use super::{Attributes, Disk, DiskFile, Found, Look, OpenMode, Overwrite, Reach, Target};

/// A folder at which relative names begin.
#[derive(Debug)]
pub(crate) struct FolderDisk {
    folder: Root,
    reach: Within,
    reserved: Option<Reserved>,
    walk: Walk,
}

/// Where names may lead to.
#[derive(Debug)]
enum Within {
    Folder,
    Roots(Vec<Root>),
    Anywhere,
}

/// A folder that is trusted.
#[derive(Debug)]
struct Root {
    folder: OwnedFd,
    /// Its path without links.
    path: PathBuf,
    /// Its path as given, made absolute.
    given: PathBuf,
}

/// Files that belong to the store itself: no name makes or removes them.
#[derive(Debug)]
pub(crate) struct Reserved {
    /// Their folder.
    folder: (u64, u64),
    names: ReservedNames,
}

#[derive(Debug)]
enum ReservedNames {
    /// All in their folder. A path that begins with this name is the store's own.
    All(&'static str),
    /// Those that begin like this.
    Prefix(&'static str),
}

impl FolderDisk {
    /// The folder at `path`, which is trusted, with names that reach as far as `reach` says.
    pub(crate) fn open(path: &Path, reach: &Reach) -> io::Result<Self> {
        let folder = Root::open(path)?;
        let reach = match reach {
            Reach::Folder => Within::Folder,
            Reach::Anywhere => Within::Anywhere,
            Reach::Below(further) => {
                let roots = [path].into_iter().chain(further.iter().map(PathBuf::as_path));
                Within::Roots(roots.map(Root::open).collect::<io::Result<_>>()?)
            }
        };
        Ok(Self { folder, reach, reserved: None, walk: Walk::Kernel })
    }

    /// Reserves the folder with this name in the folder, which is made if necessary: only paths
    /// that begin with the name make and remove files in it.
    pub(crate) fn reserving_folder(mut self, name: &'static str) -> io::Result<Self> {
        match rustix::fs::mkdirat(&self.folder.folder, name, Mode::from_raw_mode(0o777)) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => return Err(errno.into()),
        }
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let own = rustix::fs::openat(&self.folder.folder, name, flags, Mode::empty())?;
        self.reserved = Some(Reserved { folder: identity(&own)?, names: ReservedNames::All(name) });
        Ok(self)
    }

    /// Reserves names that begin with `prefix` in the folder of another disk.
    pub(crate) fn reserving(mut self, other: &Self, prefix: &'static str) -> io::Result<Self> {
        let folder = identity(&other.folder.folder)?;
        self.reserved = Some(Reserved { folder, names: ReservedNames::Prefix(prefix) });
        Ok(self)
    }

    /// As on a kernel that cannot follow a path within a folder.
    #[cfg(test)]
    pub(crate) fn stepwise(self) -> Self {
        Self { walk: Walk::Stepwise, ..self }
    }

    /// Opens what a path leads to, if it may lead there.
    fn open_path(&self, path: &Path, flags: OFlags) -> io::Result<OwnedFd> {
        let roots = match &self.reach {
            Within::Folder => return open_beneath(&self.folder.folder, path, flags, self.walk),
            Within::Anywhere => return open_anywhere(&self.folder.folder, path, flags),
            Within::Roots(roots) => roots,
        };
        if let Some((root, rest)) = self.apparent(roots, path) {
            match open_beneath(&root.folder, rest, flags, self.walk) {
                Err(error) if self.may_be_a_link(&error) => {}
                opened => return opened,
            }
        }
        // What is found here is opened in its folder without leaving that: if somebody puts a link
        // there in the meantime, it leads nowhere else.
        let leads_to = self.resolved(path, flags);
        let found =
            roots.iter().find_map(|root| Some((root, leads_to.strip_prefix(&root.path).ok()?)));
        if let Some((root, rest)) = found {
            return open_beneath(&root.folder, rest, flags, self.walk);
        }
        let outside = Outside { leads_to: Some(leads_to) };
        Err(io::Error::new(ErrorKind::PermissionDenied, outside))
    }

    /// The root below which a path lies if there are no links in it.
    fn apparent<'a, 'p>(
        &'a self,
        roots: &'a [Root],
        path: &'p Path,
    ) -> Option<(&'a Root, &'p Path)> {
        let (root, rest) = if path.is_absolute() {
            roots.iter().find_map(|root| {
                let rest =
                    path.strip_prefix(&root.path).or_else(|_| path.strip_prefix(&root.given));
                Some((root, rest.ok()?))
            })?
        } else {
            (&self.folder, path)
        };
        let is_plain = rest.components().all(|part| part != Component::ParentDir);
        is_plain.then_some((root, rest))
    }

    /// Whether an attempt to open something in its folder may have failed at a link.
    fn may_be_a_link(&self, error: &io::Error) -> bool {
        let links = [Errno::LOOP, Errno::NOTDIR].map(|errno| Some(errno.raw_os_error()));
        error.get_ref().and_then(|error| error.downcast_ref::<Outside>()).is_some()
            || (self.walk == Walk::Stepwise || !can_walk()) && links.contains(&error.raw_os_error())
    }

    /// The path without links.
    fn resolved(&self, path: &Path, flags: OFlags) -> PathBuf {
        resolved(&self.folder.path.join(path), !flags.contains(OFlags::NOFOLLOW))
    }

    /// Opens the folder in which `path` makes or removes something.
    fn parent(&self, path: &Path) -> io::Result<OwnedFd> {
        let parent = path.parent().unwrap_or(Path::new(""));
        self.open_folder(parent, path.file_name())
    }

    /// Opens a folder in which something with this name is to be made or removed.
    fn open_folder(&self, path: &Path, name: Option<&OsStr>) -> io::Result<OwnedFd> {
        let folder = self.open_path(path, OFlags::PATH | OFlags::DIRECTORY)?;
        let Some(reserved) = &self.reserved else { return Ok(folder) };
        let is_refused = match reserved.names {
            ReservedNames::All(own) => !path.starts_with(own),
            ReservedNames::Prefix(own) => {
                name.is_some_and(|name| name.as_bytes().starts_with(own.as_bytes()))
            }
        };
        if is_refused && identity(&folder)? == reserved.folder {
            return Err(io::Error::new(
                ErrorKind::PermissionDenied,
                "the path leads to the store's own files",
            ));
        }
        Ok(folder)
    }
}

impl Root {
    fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::open(path, flags, Mode::empty())?;
        let given = std::path::absolute(path)?;
        // Who may search the folder need not be able to read those above it.
        let path = path.canonicalize().unwrap_or_else(|_| given.clone());
        Ok(Self { folder, path, given })
    }
}

impl Disk for FolderDisk {
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Box<dyn DiskFile>> {
        let flags = mode.flags();
        let file = match self.open_path(path, flags) {
            // Only the owner may keep the access time unchanged.
            Err(error) if error.raw_os_error() == Some(Errno::PERM.raw_os_error()) => {
                self.open_path(path, flags - OFlags::NOATIME)?
            }
            other => other?,
        };
        Ok(boxed(File::from(file)))
    }

    fn create_new(&self, path: &Path, mode: Option<u32>) -> io::Result<Box<dyn DiskFile>> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL;
        let bits = Mode::from_raw_mode(mode.unwrap_or(0o666));
        let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
        let file = rustix::fs::openat(&self.parent(path)?, name, flags | OFlags::CLOEXEC, bits)?;
        if mode.is_some() {
            rustix::fs::fchmod(&file, bits)?;
        }
        Ok(boxed(File::from(file)))
    }

    fn create_nameless(
        &self,
        _path: &Path,
        _mode: Option<u32>,
    ) -> io::Result<Option<Box<dyn DiskFile>>> {
        // It would be named through /proc, bypassing the check that names stay inside.
        Ok(None)
    }

    fn target(&self, path: &Path) -> io::Result<Target> {
        // Of the store's own files, none is a target.
        let is_missing = |error: &io::Error| error.kind() == ErrorKind::NotFound;
        self.parent(path)
            .map(drop)
            .or_else(|error| if is_missing(&error) { Ok(()) } else { Err(error) })?;
        let file = match self.open_path(path, OFlags::PATH | OFlags::NOFOLLOW) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Target::Free(path.to_owned()));
            }
            found => File::from(found?),
        };
        let metadata = file.metadata()?;
        Ok(if metadata.is_file() {
            let attributes = Attributes::read(&own_descriptor(&file), &metadata, true);
            Target::File(path.to_owned(), attributes)
        } else {
            // The databases of a store are regular files: anything else loses its name to one.
            Target::Free(path.to_owned())
        })
    }

    fn rename(&self, from: &Path, to: &Path, overwrite: Overwrite) -> io::Result<()> {
        let folder = self.parent(to)?;
        let (Some(from), Some(to)) = (from.file_name(), to.file_name()) else {
            return Err(ErrorKind::InvalidInput.into());
        };
        let flags = match overwrite {
            Overwrite::Yes => RenameFlags::empty(),
            Overwrite::No => RenameFlags::NOREPLACE,
        };
        match rustix::fs::renameat_with(&folder, from, &folder, to, flags) {
            Ok(()) => Ok(()),
            Err(Errno::INVAL | Errno::NOSYS) if overwrite == Overwrite::No => {
                rustix::fs::linkat(&folder, from, &folder, to, AtFlags::empty())?;
                Ok(rustix::fs::unlinkat(&folder, from, AtFlags::empty())?)
            }
            Err(errno) => Err(errno.into()),
        }
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let folder = self.parent(path)?;
        let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
        Ok(rustix::fs::unlinkat(&folder, name, AtFlags::empty())?)
    }

    fn sync_files(&self, files: &[&dyn DiskFile]) -> Vec<io::Result<()>> {
        sync_together(files, FEW)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        let parent = path.parent().unwrap_or(Path::new(""));
        let folder = self.open_path(parent, OFlags::RDONLY | OFlags::DIRECTORY)?;
        synced_folder(rustix::fs::fsync(folder).map_err(Into::into))
    }

    fn make_folders(&self, path: &Path) -> io::Result<()> {
        let mut missing = Vec::new();
        for folder in path.ancestors().skip(1) {
            match self.open_folder(folder, None) {
                Err(error) if error.kind() == ErrorKind::NotFound => missing.push(folder),
                other => {
                    other?;
                    break;
                }
            }
        }
        for folder in missing.into_iter().rev() {
            let name = folder.file_name().ok_or(ErrorKind::NotFound)?;
            let parent = self.parent(folder)?;
            match rustix::fs::mkdirat(&parent, name, Mode::from_raw_mode(0o777)) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(())
    }

    fn exists(&self, path: &Path) -> bool {
        self.open_path(path, OFlags::PATH | OFlags::NOFOLLOW).is_ok()
    }

    fn find(&self, path: &Path) -> io::Result<Found> {
        let file = self.open_path(path, OFlags::PATH)?;
        let look = look_at(&file)?;
        if let Within::Folder = self.reach {
            return Ok(Found { look, place: path.to_owned(), is_direct: true });
        }
        let has_links = has_links(&self.folder.folder, path, self.walk);
        let place = if has_links {
            self.resolved(path, OFlags::empty())
        } else {
            without_dots(&self.folder.path.join(path))
        };
        let place = match place.strip_prefix(&self.folder.path) {
            Ok(below) if !below.as_os_str().is_empty() => below.to_owned(),
            _ => place,
        };
        let is_upward = path.components().any(|part| part == Component::ParentDir);
        Ok(Found { look, place, is_direct: !has_links && !is_upward })
    }

    fn look(&self, path: &Path) -> io::Result<Look> {
        look_by_name(&self.folder.folder, path)
    }
}

/// Opens a file anywhere, from this folder on.
fn open_anywhere(folder: &OwnedFd, path: &Path, flags: OFlags) -> io::Result<OwnedFd> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    loop {
        match rustix::fs::openat(folder, path, flags | OFlags::CLOEXEC, Mode::empty()) {
            Err(Errno::INTR) => {}
            opened => return Ok(opened?),
        }
    }
}

/// A path without links, and without `..`.
fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        if part == Component::ParentDir {
            plain.pop();
        } else {
            plain.push(part);
        }
    }
    plain
}

/// Whether there is a link in a path that leads to something, or nobody knows.
fn has_links(folder: &OwnedFd, path: &Path, walk: Walk) -> bool {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let resolve = ResolveFlags::NO_SYMLINKS;
    walk == Walk::Stepwise
        || rustix::fs::openat2(folder, path, flags, Mode::empty(), resolve).is_err()
}

/// Whether the kernel can follow a path within a folder.
fn can_walk() -> bool {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let resolve = ResolveFlags::BENEATH;
    let opened = rustix::fs::openat2(rustix::fs::CWD, ".", flags, Mode::empty(), resolve);
    !matches!(opened, Err(Errno::NOSYS))
}

/// Device and number of a file.
fn identity(file: &OwnedFd) -> io::Result<(u64, u64)> {
    let status = rustix::fs::fstat(file)?;
    Ok((status.st_dev, status.st_ino))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn an_older_kernel_follows_the_same_links_and_refuses_the_same_names() {
        let top = tempfile::tempdir().unwrap();
        let path = |name: &str| top.path().canonicalize().unwrap().join(name);
        for name in ["base", "base/sub", "disk", "outside"] {
            fs::create_dir(path(name)).unwrap();
        }
        for name in ["base/sub/a", "disk/b", "outside/c"] {
            fs::write(path(name), name).unwrap();
        }
        symlink("sub/a", path("base/in")).unwrap();
        symlink(path("disk"), path("base/disk")).unwrap();
        symlink("../outside/c", path("base/out")).unwrap();
        let reach = Reach::Below(vec![path("disk")]);
        let open = || FolderDisk::open(&path("base"), &reach).unwrap();
        for disk in [open(), open().stepwise()] {
            for (name, content) in [
                ("sub/a", Some("base/sub/a")),
                ("in", Some("base/sub/a")),
                ("disk/b", Some("disk/b")),
                ("sub/../../disk/b", Some("disk/b")),
                ("out", None),
                ("../outside/c", None),
                ("sub/../out", None),
                ("/etc/passwd", None),
            ] {
                let opened = disk.open(Path::new(name), OpenMode::Read);
                let read = opened.as_ref().ok().map(|file| {
                    let mut bytes = vec![0; 32];
                    let length = file.read_at(0, &mut bytes).unwrap();
                    String::from_utf8_lossy(&bytes[..length]).into_owned()
                });
                assert_eq!(read.as_deref(), content, "{name}");
                if content.is_none() {
                    let error = opened.unwrap_err();
                    let cause = error.into_inner().unwrap();
                    assert!(cause.is::<Outside>(), "{name}: {cause}");
                }
            }
            let missing = disk.open(Path::new("sub/x"), OpenMode::Read).unwrap_err();
            assert_eq!(missing.kind(), ErrorKind::NotFound);
            disk.make_folders(Path::new("disk/new/x")).unwrap();
            assert!(path("disk/new").is_dir());
            fs::remove_dir(path("disk/new")).unwrap();
        }
    }
}
