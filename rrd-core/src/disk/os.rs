//! Files of the operating system, read and written by position: a file that shrinks cannot cause a
//! signal.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FallocateFlags, FileType, Mode, OFlags, RenameFlags, StatxFlags};
use rustix::io::Errno;

use super::map::WritableMap;
use super::{Access, Disk, DiskFile, Locking, MappedBytes, Overwrite, Status, lock};

/// The unit in which the system counts the blocks of a file.
const SECTOR: u64 = 512;

/// The files of this process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OsDisk;

impl Disk for OsDisk {
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        let mut flags = access.flags() | OFlags::CLOEXEC;
        let file = loop {
            match rustix::fs::open(path, flags, Mode::empty()) {
                Err(Errno::INTR) => {}
                // Only the owner may keep the access time unchanged.
                Err(Errno::PERM) if flags.contains(OFlags::NOATIME) => flags -= OFlags::NOATIME,
                other => break other?,
            }
        };
        Ok(boxed(File::from(file)))
    }

    fn create_new(&self, path: &Path, mode: Option<u32>) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(mode.unwrap_or(0o666))
            .open(path)?;
        if let Some(mode) = mode {
            file.set_permissions(Permissions::from_mode(mode))?;
        }
        Ok(boxed(quiet(file)))
    }

    fn create_nameless(&self, path: &Path) -> io::Result<Option<Box<dyn DiskFile>>> {
        let flags = OFlags::RDWR | OFlags::TMPFILE | OFlags::NOATIME | OFlags::CLOEXEC;
        // Not every file system supports such files; any other error also occurs in the fallback.
        let file = rustix::fs::open(folder_of(path), flags, Mode::from_raw_mode(0o666)).ok();
        Ok(file.map(|file| boxed(File::from(file))))
    }

    fn rename(&self, from: &Path, to: &Path, overwrite: Overwrite) -> io::Result<()> {
        match overwrite {
            Overwrite::Yes => std::fs::rename(from, to),
            Overwrite::No => {
                let here = rustix::fs::CWD;
                match rustix::fs::renameat_with(here, from, here, to, RenameFlags::NOREPLACE) {
                    Ok(()) => Ok(()),
                    // File systems without this flag have hard links, which never replace anything.
                    Err(Errno::INVAL | Errno::NOSYS) => {
                        std::fs::hard_link(from, to)?;
                        std::fs::remove_file(from)
                    }
                    Err(errno) => Err(errno.into()),
                }
            }
        }
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        File::open(folder_of(path))?.sync_all()
    }

    fn make_folders(&self, path: &Path) -> io::Result<()> {
        std::fs::create_dir_all(folder_of(path))
    }

    fn exists(&self, path: &Path) -> bool {
        path.symlink_metadata().is_ok()
    }
}

/// The folder of a file.
fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Opening the file does not update its access time, if the system allows that.
fn quiet(file: File) -> File {
    let _ = rustix::fs::fcntl_setfl(&file, OFlags::NOATIME);
    file
}

/// The system's name for an open file.
fn own_descriptor(file: &File) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

pub(super) fn boxed(file: File) -> Box<dyn DiskFile> {
    Box::new(OsFile { file })
}

#[derive(Debug)]
struct OsFile {
    file: File,
}

impl DiskFile for OsFile {
    fn status(&self) -> io::Result<Status> {
        // Requesting the times, as `metadata` does, would make the next write store a new one.
        let wanted = StatxFlags::TYPE
            | StatxFlags::MODE
            | StatxFlags::NLINK
            | StatxFlags::INO
            | StatxFlags::SIZE
            | StatxFlags::BLOCKS;
        match rustix::fs::statx(&self.file, c"", AtFlags::EMPTY_PATH, wanted) {
            Ok(status) => Ok(Status {
                length: status.stx_size,
                allocated: status.stx_blocks.saturating_mul(SECTOR),
                names: status.stx_nlink.into(),
                identity: (
                    rustix::fs::makedev(status.stx_dev_major, status.stx_dev_minor),
                    status.stx_ino,
                ),
                mode: u32::from(status.stx_mode) & 0o7777,
                is_folder: FileType::from_raw_mode(status.stx_mode.into()) == FileType::Directory,
            }),
            // Before Linux 4.11 and in some sandboxes.
            Err(Errno::NOSYS | Errno::PERM) => {
                let metadata = self.file.metadata()?;
                Ok(Status {
                    length: metadata.len(),
                    allocated: metadata.blocks().saturating_mul(SECTOR),
                    names: metadata.nlink(),
                    identity: (metadata.dev(), metadata.ino()),
                    mode: metadata.mode() & 0o7777,
                    is_folder: metadata.is_dir(),
                })
            }
            Err(errno) => Err(errno.into()),
        }
    }

    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let at = offset.saturating_add(crate::number::length_to_u64(filled));
            match rustix::io::pread(&self.file, rest, at) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(filled)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let (mut rest, mut at) = (bytes, offset);
        while !rest.is_empty() {
            match rustix::io::pwrite(&self.file, rest, at) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => {
                    rest = rest.get(count..).unwrap_or_default();
                    at = at.saturating_add(crate::number::length_to_u64(count));
                }
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(())
    }

    fn allocate(&self, length: u64) -> io::Result<()> {
        loop {
            match rustix::fs::fallocate(&self.file, FallocateFlags::empty(), 0, length) {
                Err(Errno::INTR) => {}
                other => return other.map_err(Into::into),
            }
        }
    }

    fn link(&self, path: &Path) -> io::Result<()> {
        let here = rustix::fs::CWD;
        match rustix::fs::linkat(&self.file, "", here, path, AtFlags::EMPTY_PATH) {
            // Before Linux 6.10 this needs privileges, but what /proc shows does not.
            Err(Errno::NOENT | Errno::INVAL) => {
                let (own, follow) = (own_descriptor(&self.file), AtFlags::SYMLINK_FOLLOW);
                Ok(rustix::fs::linkat(here, own, here, path, follow)?)
            }
            linked => Ok(linked?),
        }
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn lock(&self, locking: Locking) -> io::Result<bool> {
        lock::lock(&self.file, locking)
    }

    fn unlock(&self) {
        lock::unlock(&self.file);
    }

    fn is_locked_elsewhere(&self) -> bool {
        lock::is_locked_elsewhere(&self.file)
    }

    fn map(&self, length: usize) -> io::Result<Box<dyn MappedBytes>> {
        Ok(Box::new(WritableMap::new(&self.file, length)?))
    }
}
