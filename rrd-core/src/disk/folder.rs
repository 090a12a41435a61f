//! The files below one folder: no name leads out of it.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

use super::beneath::{inside, open_beneath};
use super::os::{boxed, own_descriptor, synced_folder};
use super::{Attributes, Disk, DiskFile, OpenMode, Overwrite, Target};

/// A folder as the root. Names are relative to it; symbolic links are only followed within it.
#[derive(Debug)]
pub(crate) struct FolderDisk {
    folder: OwnedFd,
    /// The name of a folder in it that no other name leads to, and its device and number.
    reserved: (&'static str, (u64, u64)),
}

impl FolderDisk {
    /// The folder at `path`, which is trusted. Files are made and removed in the folder `reserved`
    /// in it, which is created if necessary, only by a path that begins with that name.
    pub(crate) fn open(path: &Path, reserved: &'static str) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::open(path, flags, Mode::empty())?;
        match rustix::fs::mkdirat(&folder, reserved, Mode::from_raw_mode(0o777)) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => return Err(errno.into()),
        }
        let own = rustix::fs::openat(&folder, reserved, flags | OFlags::NOFOLLOW, Mode::empty())?;
        let identity = identity(&own)?;
        Ok(Self { folder, reserved: (reserved, identity) })
    }

    /// Opens the folder in which `path` makes or removes something.
    fn parent(&self, path: &Path) -> io::Result<OwnedFd> {
        let parent = path.parent().unwrap_or(Path::new(""));
        self.open_folder(parent)
    }

    /// Opens a folder in which something is to be made or removed.
    fn open_folder(&self, path: &Path) -> io::Result<OwnedFd> {
        let folder =
            open_beneath(&self.folder, path, OFlags::PATH | OFlags::DIRECTORY, Mode::empty())?;
        let (name, reserved) = self.reserved;
        if !path.starts_with(name) && identity(&folder)? == reserved {
            return Err(io::Error::new(
                ErrorKind::PermissionDenied,
                format!("the path leads through a link into {name}"),
            ));
        }
        Ok(folder)
    }
}

impl Disk for FolderDisk {
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Box<dyn DiskFile>> {
        let flags = mode.flags();
        let file = match open_beneath(&self.folder, path, flags, Mode::empty()) {
            // Only the owner may keep the access time unchanged.
            Err(error) if error.raw_os_error() == Some(Errno::PERM.raw_os_error()) => {
                open_beneath(&self.folder, path, flags - OFlags::NOATIME, Mode::empty())?
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
        let flags = OFlags::PATH | OFlags::NOFOLLOW;
        let file = match open_beneath(&self.folder, path, flags, Mode::empty()) {
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

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        let parent = path.parent().unwrap_or(Path::new(""));
        let folder =
            open_beneath(&self.folder, parent, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())?;
        synced_folder(rustix::fs::fsync(folder).map_err(Into::into))
    }

    fn make_folders(&self, path: &Path) -> io::Result<()> {
        inside(path)?;
        let mut so_far = PathBuf::new();
        for name in path.parent().into_iter().flat_map(Path::components) {
            let folder = self.open_folder(&so_far)?;
            match rustix::fs::mkdirat(&folder, name.as_os_str(), Mode::from_raw_mode(0o777)) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(errno) => return Err(errno.into()),
            }
            so_far.push(name);
        }
        Ok(())
    }

    fn exists(&self, path: &Path) -> bool {
        open_beneath(&self.folder, path, OFlags::PATH | OFlags::NOFOLLOW, Mode::empty()).is_ok()
    }
}

/// Device and number of a file.
fn identity(file: &OwnedFd) -> io::Result<(u64, u64)> {
    let status = rustix::fs::fstat(file)?;
    Ok((status.st_dev, status.st_ino))
}
