//! Files of the operating system, read and written by position: a file that shrinks cannot cause a
//! signal.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{
    AtFlags, FallocateFlags, FileType, MemfdFlags, Mode, OFlags, RenameFlags, StatxFlags,
};
use rustix::io::Errno;
use rustix::process::{Resource, getrlimit};

use super::look::{born, look_at, look_by_name};
use super::map::{ReadMap, WritableMap};
use super::remote::is_remote;
use super::sync_together::{FEW, sync_together};
use super::target::folder_of;
use super::{
    Attributes, Disk, DiskFile, Found, Locking, Look, MappedBytes, OpenMode, Overwrite, Status,
    Target, lock,
};
use crate::number::{length_to_u64, to_index};

/// The unit in which the system counts the blocks of a file.
const SECTOR: u64 = 512;

/// The files of this process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OsDisk;

impl Disk for OsDisk {
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Box<dyn DiskFile>> {
        let mut flags = mode.flags() | OFlags::CLOEXEC;
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

    fn create_nameless(
        &self,
        path: &Path,
        mode: Option<u32>,
    ) -> io::Result<Option<Box<dyn DiskFile>>> {
        let flags = OFlags::RDWR | OFlags::TMPFILE | OFlags::NOATIME | OFlags::CLOEXEC;
        let bits = Mode::from_raw_mode(mode.unwrap_or(0o666));
        // Not every file system supports such files; any other error also occurs in the fallback.
        let Ok(file) = rustix::fs::open(folder_of(path), flags, bits) else { return Ok(None) };
        if mode.is_some() {
            rustix::fs::fchmod(&file, bits)?;
        }
        Ok(Some(boxed(File::from(file))))
    }

    fn target(&self, path: &Path) -> io::Result<Target> {
        Target::find(path)
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

    fn sync_files(&self, files: &[&dyn DiskFile]) -> Vec<io::Result<()>> {
        sync_together(files, FEW)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        synced_folder(File::open(folder_of(path)).and_then(|folder| folder.sync_all()))
    }

    fn make_folders(&self, path: &Path) -> io::Result<()> {
        std::fs::create_dir_all(folder_of(path))
    }

    fn exists(&self, path: &Path) -> bool {
        path.symlink_metadata().is_ok()
    }

    fn find(&self, path: &Path) -> io::Result<Found> {
        Ok(Found { look: self.look(path)?, place: path.to_owned(), is_direct: true })
    }

    fn look(&self, path: &Path) -> io::Result<Look> {
        look_by_name(&rustix::fs::CWD, path)
    }
}

/// The result of syncing a folder. One in which files may be created but not listed cannot be
/// opened, and not every file system can sync a folder: its names are then as safe as they can be.
pub(super) fn synced_folder(synced: io::Result<()>) -> io::Result<()> {
    use ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
    match synced {
        Err(error) if [InvalidInput, PermissionDenied, Unsupported].contains(&error.kind()) => {
            Ok(())
        }
        synced => synced,
    }
}

/// A file in memory.
pub(super) fn in_memory() -> io::Result<Box<dyn DiskFile>> {
    let file = rustix::fs::memfd_create("rrd", MemfdFlags::CLOEXEC)?;
    Ok(boxed(File::from(file)))
}

/// Opening the file does not update its access time, if the system allows that.
fn quiet(file: File) -> File {
    let _ = rustix::fs::fcntl_setfl(&file, OFlags::NOATIME);
    file
}

/// The system's name for an open file.
pub(super) fn own_descriptor(file: &File) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

pub(super) fn boxed(file: File) -> Box<dyn DiskFile> {
    let limit = getrlimit(Resource::Fsize).current.unwrap_or(u64::MAX);
    Box::new(OsFile { file, limit, map: None, map_is_whole: AtomicBool::new(false) })
}

#[derive(Debug)]
struct OsFile {
    file: File,
    /// Where this process may not write: the kernel would end it with a signal.
    limit: u64,
    map: Option<ReadMap>,
    /// Whether the file was as long as the map when this was last looked up.
    map_is_whole: AtomicBool,
}

impl OsFile {
    /// Refuses a length that this process may not give the file.
    fn check_growth(&self, length: u64) -> io::Result<()> {
        if length > self.limit && length > self.status()?.length {
            return Err(Errno::FBIG.into());
        }
        Ok(())
    }

    /// Writes where `pwrite` is forbidden. As RRDtool's, a write through a map is not limited. It
    /// does not extend the file, and needs no block of a disk that may be full.
    #[cold]
    fn write_beyond_limit(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let status = self.status()?;
        let end = offset.saturating_add(length_to_u64(bytes.len()));
        if end > status.length || status.allocated < status.length {
            return Err(Errno::FBIG.into());
        }
        let places = to_index(offset).zip(to_index(end));
        let (offset, end) = places.ok_or(Errno::FBIG)?;
        WritableMap::new(&self.file, end)?.write(offset, bytes)
    }
}

impl DiskFile for OsFile {
    fn status(&self) -> io::Result<Status> {
        // Requesting the times, as `metadata` does, would make the next write store a new one.
        let wanted = StatxFlags::TYPE
            | StatxFlags::MODE
            | StatxFlags::UID
            | StatxFlags::NLINK
            | StatxFlags::INO
            | StatxFlags::SIZE
            | StatxFlags::BLOCKS
            | StatxFlags::BTIME;
        match rustix::fs::statx(&self.file, c"", AtFlags::EMPTY_PATH, wanted) {
            Ok(status) => Ok(Status {
                length: status.stx_size,
                allocated: status.stx_blocks.saturating_mul(SECTOR),
                names: status.stx_nlink.into(),
                identity: (
                    rustix::fs::makedev(status.stx_dev_major, status.stx_dev_minor),
                    status.stx_ino,
                ),
                born: born(&status),
                mode: u32::from(status.stx_mode) & 0o7777,
                owner: status.stx_uid,
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
                    born: 0,
                    mode: metadata.mode() & 0o7777,
                    owner: metadata.uid(),
                    is_folder: metadata.is_dir(),
                })
            }
            Err(errno) => Err(errno.into()),
        }
    }

    fn look(&self) -> io::Result<Look> {
        look_at(&self.file)
    }

    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        if let Some(map) = &self.map
            && self.map_is_whole.load(Ordering::Relaxed)
            && map.read(offset, bytes)
        {
            return Ok(bytes.len());
        }
        let mut filled = 0;
        while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let at = offset.saturating_add(length_to_u64(filled));
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
        if offset.saturating_add(length_to_u64(bytes.len())) > self.limit {
            return self.write_beyond_limit(offset, bytes);
        }
        let (mut rest, mut at) = (bytes, offset);
        while !rest.is_empty() {
            match rustix::io::pwrite(&self.file, rest, at) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => {
                    rest = rest.get(count..).unwrap_or_default();
                    at = at.saturating_add(length_to_u64(count));
                }
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(())
    }

    fn allocate(&self, length: u64) -> io::Result<()> {
        self.check_growth(length)?;
        loop {
            match rustix::fs::fallocate(&self.file, FallocateFlags::empty(), 0, length) {
                Err(Errno::INTR) => {}
                other => return other.map_err(Into::into),
            }
        }
    }

    fn reserve(&self, length: u64) -> io::Result<()> {
        if length > self.room()? {
            return Err(Errno::NOSPC.into());
        }
        loop {
            match rustix::fs::fallocate(&self.file, FallocateFlags::KEEP_SIZE, 0, length) {
                Err(Errno::INTR) => {}
                // The comparison above is all that is possible.
                Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => return Ok(()),
                other => return other.map_err(Into::into),
            }
        }
    }

    fn room(&self) -> io::Result<u64> {
        let disk = match rustix::fs::fstatvfs(&self.file) {
            // Some file systems do not tell.
            Ok(disk) if disk.f_blocks > 0 => disk,
            _ => return Ok(u64::MAX),
        };
        let root = rustix::process::geteuid().is_root();
        let free = if root { disk.f_bfree } else { disk.f_bavail };
        Ok(self.status()?.allocated.saturating_add(free.saturating_mul(disk.f_frsize)))
    }

    fn take_over(&self, old: &Attributes) -> io::Result<()> {
        old.give(&self.file)
    }

    fn set_mode(&self, mode: u32) -> io::Result<()> {
        Ok(rustix::fs::fchmod(&self.file, Mode::from_raw_mode(mode))?)
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
        self.check_growth(length)?;
        self.file.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn sync_file_system(&self) -> io::Result<()> {
        Ok(rustix::fs::syncfs(&self.file)?)
    }

    fn lock(&self, locking: Locking) -> io::Result<bool> {
        lock::lock(&self.file, locking)
    }

    fn lock_shared(&self, locking: Locking) -> io::Result<bool> {
        lock::lock_shared(&self.file, locking)
    }

    fn unlock(&self) {
        lock::unlock(&self.file);
    }

    fn is_locked_elsewhere(&self) -> bool {
        lock::is_locked_elsewhere(&self.file)
    }

    fn map_reads(&mut self, length: u64) -> bool {
        let is_whole = |status: Status| status.length >= length && status.allocated >= length;
        // Elsewhere 8 bytes are not read at once, and the address space is small.
        let is_suitable = cfg!(all(target_pointer_width = "64", target_has_atomic = "64"))
            && self.status().is_ok_and(is_whole)
            && !is_remote(&self.file);
        let length = to_index(length).filter(|_| is_suitable);
        self.map = length.and_then(|length| ReadMap::new(&self.file, length).ok());
        self.map.is_some()
    }

    fn check_map(&self) -> io::Result<()> {
        if let Some(map) = &self.map {
            let is_whole = self.status()?.length >= length_to_u64(map.length());
            self.map_is_whole.store(is_whole, Ordering::Relaxed);
        }
        Ok(())
    }

    fn map(&self, length: usize) -> io::Result<Box<dyn MappedBytes>> {
        Ok(Box::new(WritableMap::new(&self.file, length)?))
    }
}
