//! The files of one folder and, if asked for, those that other names lead to: the disk of a store.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;

use super::beneath::{Walk, facts_beneath, open_beneath, open_from, some};
use super::look::{look, look_by_name};
use super::os::{boxed, synced_folder};
use super::paths::without_dots;
use super::reach::{Outside, resolved};
use super::sync_together::{FEW, sync_together};
use super::system::{self, Asked, Facts, Links};
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
        match rustix::fs::mkdirat(&self.folder.folder, name, system::permissions(0o777)) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => return Err(errno.into()),
        }
        let flags = system::FOLDER | OFlags::NOFOLLOW | OFlags::CLOEXEC;
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
        if let Within::Anywhere = self.reach {
            return open_from(&self.folder.folder, path, flags);
        }
        let links = if flags.contains(OFlags::NOFOLLOW) { Links::Kept } else { Links::Followed };
        self.within(path, links, |folder, rest| open_beneath(folder, rest, flags, self.walk))
    }

    /// Facts about what a path leads to, if it may lead there.
    fn facts(&self, path: &Path, links: Links, asked: Asked) -> io::Result<Facts> {
        if let Within::Anywhere = self.reach {
            return system::facts_at(self.folder.folder.as_fd(), some(path), links, asked);
        }
        self.within(path, links, |folder, rest| {
            facts_beneath(folder, rest, links, asked, self.walk)
        })
    }

    /// Does something in the folder to which a path leads, which must be one of those allowed.
    fn within<T>(
        &self,
        path: &Path,
        links: Links,
        act: impl Fn(&OwnedFd, &Path) -> io::Result<T>,
    ) -> io::Result<T> {
        let Within::Roots(roots) = &self.reach else { return act(&self.folder.folder, path) };
        if let Some((root, rest)) = self.apparent(roots, path) {
            match act(&root.folder, rest) {
                Err(error) if leads_out(&error) => {}
                done => return done,
            }
        }
        // What is found here is opened in its folder without leaving that: if somebody puts a link
        // there in the meantime, it leads nowhere else.
        let leads_to = self.resolved(path, links);
        let found =
            roots.iter().find_map(|root| Some((root, leads_to.strip_prefix(&root.path).ok()?)));
        if let Some((root, rest)) = found {
            return act(&root.folder, rest);
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

    /// The path without links.
    fn resolved(&self, path: &Path, links: Links) -> PathBuf {
        resolved(&self.folder.path.join(path), links == Links::Followed)
    }

    /// Whether there is a link in a path that leads to something, or nobody knows.
    fn has_links(&self, path: &Path) -> bool {
        self.walk == Walk::Stepwise
            || system::has_links(self.folder.folder.as_fd(), path).unwrap_or(true)
    }

    /// Opens the folder in which `path` makes or removes something.
    fn parent(&self, path: &Path) -> io::Result<OwnedFd> {
        let parent = path.parent().unwrap_or(Path::new(""));
        self.open_folder(parent, path.file_name())
    }

    /// Opens a folder in which something with this name is to be made or removed.
    fn open_folder(&self, path: &Path, name: Option<&OsStr>) -> io::Result<OwnedFd> {
        let folder = self.open_path(path, system::FOLDER)?;
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
        let flags = system::FOLDER | OFlags::CLOEXEC;
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
                self.open_path(path, flags - system::UNNOTED)?
            }
            other => other?,
        };
        Ok(boxed(File::from(file)))
    }

    fn create_new(&self, path: &Path, mode: Option<u32>) -> io::Result<Box<dyn DiskFile>> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL;
        let bits = system::permissions(mode.unwrap_or(0o666));
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
        // Of the store's own files, none is a target. The databases of a store are regular files:
        // anything else loses its name to one.
        let free = || Ok(Target::Free(path.to_owned()));
        let is_missing = |error: &io::Error| error.kind() == ErrorKind::NotFound;
        let folder = match self.parent(path) {
            Err(error) if is_missing(&error) => return free(),
            found => found?,
        };
        let Some(name) = path.file_name().map(Path::new) else { return free() };
        match system::facts_at(folder.as_fd(), name, Links::Kept, Asked::Status) {
            Ok(facts) if facts.kind == FileType::RegularFile => {
                let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW;
                let file = open_from(&folder, name, flags);
                let attributes = Attributes::of(&facts, file.map(File::from).ok().as_ref());
                Ok(Target::File(path.to_owned(), attributes))
            }
            Err(error) if !is_missing(&error) => Err(error),
            _ => free(),
        }
    }

    fn rename(&self, from: &Path, to: &Path, overwrite: Overwrite) -> io::Result<()> {
        let folder = self.parent(to)?;
        let (Some(from), Some(to)) = (from.file_name(), to.file_name()) else {
            return Err(ErrorKind::InvalidInput.into());
        };
        match overwrite {
            Overwrite::Yes => Ok(rustix::fs::renameat(&folder, from, &folder, to)?),
            Overwrite::No => system::rename_if_free(folder.as_fd(), from.as_ref(), to.as_ref()),
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
        synced_folder(File::from(folder).sync_all())
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
            match rustix::fs::mkdirat(&parent, name, system::permissions(0o777)) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(())
    }

    fn exists(&self, path: &Path) -> bool {
        self.facts(path, Links::Kept, Asked::Status).is_ok()
    }

    fn find(&self, path: &Path) -> io::Result<Found> {
        let look = look(&self.facts(path, Links::Followed, Asked::Look)?)?;
        if let Within::Folder = self.reach {
            return Ok(Found { look, place: path.to_owned(), is_direct: true });
        }
        let has_links = self.has_links(path);
        let place = if has_links {
            self.resolved(path, Links::Followed)
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

/// Whether an attempt to do something below a folder has failed at a link that leads out.
fn leads_out(error: &io::Error) -> bool {
    error.get_ref().and_then(|error| error.downcast_ref::<Outside>()).is_some()
}

/// Device and number of a file.
fn identity(file: &OwnedFd) -> io::Result<(u64, u64)> {
    let facts = system::facts_of(file.as_fd(), Asked::Status)?;
    Ok((facts.device, facts.number))
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
