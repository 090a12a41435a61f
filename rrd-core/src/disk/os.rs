//! Files of the operating system, read and written by position: a file that shrinks cannot cause a
//! signal.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;
use rustix::process::{Resource, getrlimit};

use super::look::{look_at, look_by_name, status_of};
use super::map::{ReadMap, WritableMap};
use super::paths::folder_of;
use super::sync_together::{FEW, sync_together};
use super::{
    Attributes, Disk, DiskFile, Found, Locking, Look, MappedBytes, OpenMode, Overwrite, Status,
    Target, lock, system,
};
use crate::number::{length_to_u64, to_index};

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
                Err(Errno::PERM) if flags.intersects(system::UNNOTED) => flags -= system::UNNOTED,
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
        let Some(file) = system::create_nameless(path, mode.unwrap_or(0o666)) else {
            return Ok(None);
        };
        if let Some(mode) = mode {
            file.set_permissions(Permissions::from_mode(mode))?;
        }
        Ok(Some(boxed(file)))
    }

    fn target(&self, path: &Path) -> io::Result<Target> {
        Target::find(path)
    }

    fn rename(&self, from: &Path, to: &Path, overwrite: Overwrite) -> io::Result<()> {
        match overwrite {
            Overwrite::Yes => std::fs::rename(from, to),
            Overwrite::No => system::rename_if_free(CWD, from, to),
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
        look_by_name(&CWD, path)
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

/// Opening the file does not update its access time, if the system allows that.
fn quiet(file: File) -> File {
    let _ = rustix::fs::fcntl_setfl(&file, system::UNNOTED);
    file
}

pub(super) fn boxed(file: File) -> Box<dyn DiskFile> {
    let limit = getrlimit(Resource::Fsize).current.unwrap_or(u64::MAX);
    Box::new(OsFile {
        file,
        limit,
        map: None,
        map_is_whole: AtomicBool::new(false),
        is_writer: AtomicBool::new(false),
    })
}

#[derive(Debug)]
struct OsFile {
    file: File,
    /// Where this process may not write: the kernel would end it with a signal.
    limit: u64,
    map: Option<ReadMap>,
    /// Whether the file was as long as the map when this was last looked up.
    map_is_whole: AtomicBool,
    /// Whether this handle holds the lock of a writer.
    is_writer: AtomicBool,
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
        status_of(&self.file)
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
        system::allocate(&self.file, length)
    }

    fn reserve(&self, length: u64) -> io::Result<()> {
        if length > self.room()? {
            return Err(Errno::NOSPC.into());
        }
        // Where the space cannot be held, the comparison above is all that is possible.
        system::reserve(&self.file, length).map(drop)
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
        self.file.set_permissions(Permissions::from_mode(mode))
    }

    fn link(&self, path: &Path) -> io::Result<()> {
        system::link(&self.file, path)
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.check_growth(length)?;
        self.file.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        system::sync(&self.file)
    }

    fn sync_file_system(&self) -> Option<io::Result<()>> {
        system::sync_file_system(&self.file)
    }

    fn lock(&self, locking: Locking) -> io::Result<bool> {
        let locked = lock::lock(&self.file, locking)?;
        if locked && locking != Locking::None {
            self.is_writer.store(true, Ordering::Relaxed);
        }
        Ok(locked)
    }

    fn lock_shared(&self, locking: Locking) -> io::Result<bool> {
        lock::lock_shared(&self.file, locking)
    }

    fn unlock(&self) {
        system::release_lock(&self.file);
        self.is_writer.store(false, Ordering::Relaxed);
    }

    fn is_locked_elsewhere(&self) -> bool {
        !self.is_writer.load(Ordering::Relaxed) && system::is_locked_elsewhere(&self.file)
    }

    fn map_reads(&mut self, length: u64) -> bool {
        let is_whole = |status: Status| status.length >= length && status.allocated >= length;
        // Elsewhere 8 bytes are not read at once, and the address space is small.
        let is_suitable = cfg!(all(target_pointer_width = "64", target_has_atomic = "64"))
            && self.status().is_ok_and(is_whole)
            && !system::is_remote(&self.file);
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
