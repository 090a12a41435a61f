//! Access to files as bytes, without knowledge of records. All disk access goes through the two
//! traits below, so that tests can simulate a failing disk.

mod attributes;
mod beneath;
#[cfg(test)]
pub(crate) mod fake;
mod folder;
mod in_place;
mod lock;
mod look;
mod map;
mod memory;
mod new_file;
mod options;
mod os;
mod output;
mod paths;
mod reach;
mod steps;
mod sync_together;
mod system;
mod target;
mod temporary;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

pub(crate) use attributes::Attributes;
pub use beneath::open_below;
pub(crate) use folder::FolderDisk;
pub(crate) use lock::FileLock;
pub(crate) use new_file::{HardLinks, NewFile, Replacing, Streams, Unfinished};
pub use options::{Locking, Overwrite};
pub(crate) use os::OsDisk;
pub use output::OutputFile;
pub(crate) use reach::Outside;
pub use reach::Reach;
pub(crate) use target::Target;

/// A file system.
pub(crate) trait Disk: Send + Sync + fmt::Debug {
    /// Opens an existing file.
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Box<dyn DiskFile>>;

    /// Creates a new file; never follows a symbolic link. With `mode` exactly that mode, else the
    /// default restricted by the umask.
    fn create_new(&self, path: &Path, mode: Option<u32>) -> io::Result<Box<dyn DiskFile>>;

    /// Creates a nameless file in the folder of `path`, which has no name until it is
    /// [linked](DiskFile::link), with the same mode; `None` if that is not supported.
    fn create_nameless(
        &self,
        path: &Path,
        mode: Option<u32>,
    ) -> io::Result<Option<Box<dyn DiskFile>>>;

    /// What `path` leads to, which decides how it is written.
    fn target(&self, path: &Path) -> io::Result<Target>;

    /// Renames a file within the same folder atomically.
    fn rename(&self, from: &Path, to: &Path, overwrite: Overwrite) -> io::Result<()>;

    /// Removes a name.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes what was written to several files survive a power loss; each has its own result. Files
    /// of other programs may be synced, too.
    fn sync_files(&self, files: &[&dyn DiskFile]) -> Vec<io::Result<()>>;

    /// Makes the names in the folder of `path` survive a power loss.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;

    /// Creates the parent folders of `path`.
    fn make_folders(&self, path: &Path) -> io::Result<()>;

    /// Whether something has this name.
    fn exists(&self, path: &Path) -> bool;

    /// The file that a path leads to, if it may be opened.
    fn find(&self, path: &Path) -> io::Result<Found>;

    /// The same for a path that was found before: the quickest way to see whether it still leads
    /// to the same file.
    fn look(&self, path: &Path) -> io::Result<Look>;
}

/// A file that was found by a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) look: Look,
    /// Its path without links, relative if it is below the folder.
    pub(crate) place: PathBuf,
    /// Whether the path that led to it is the same in other words.
    pub(crate) is_direct: bool,
}

/// What tells a file from others and from earlier states of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) identity: Identity,
    pub(crate) length: u64,
    /// When the system last noted a change, in nanoseconds.
    pub(crate) changed: i64,
}

/// What stays the same as long as a file exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Identity {
    pub(crate) device: u64,
    pub(crate) number: u64,
    /// When it was made, in nanoseconds: numbers are used again. 0 if the file system does not
    /// tell.
    pub(crate) born: i64,
}

/// The purpose of opening a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpenMode {
    Read,
    Write,
    /// Reading one of our own files: never through a symbolic link.
    ReadOwn,
    /// Writing one of our own files, or one whose name is no link.
    WriteOwn,
    /// Writing a file that need not be readable, and whose name is no link.
    OverwriteOnly,
}

impl OpenMode {
    fn flags(self) -> OFlags {
        // A FIFO must not block until its other end is opened.
        match self {
            Self::Read => OFlags::RDONLY | OFlags::NONBLOCK,
            // Reading before each write must not cause a write of the access time.
            Self::Write => OFlags::RDWR | system::UNNOTED,
            Self::ReadOwn => OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW,
            Self::WriteOwn => OFlags::RDWR | OFlags::NONBLOCK | OFlags::NOFOLLOW,
            Self::OverwriteOnly => OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW,
        }
    }
}

/// One open file, read and written by position.
pub(crate) trait DiskFile: Send + Sync + fmt::Debug {
    /// Length, names and identity.
    fn status(&self) -> io::Result<Status>;

    /// What tells the file from others and from earlier states of itself.
    fn look(&self) -> io::Result<Look>;

    /// Reads from `offset` until `bytes` are full or the file ends; returns the number of bytes
    /// read.
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize>;

    /// Fills all of `bytes` or fails with [`io::ErrorKind::UnexpectedEof`].
    fn read_exact_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        if self.read_at(offset, bytes)? == bytes.len() {
            Ok(())
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }

    /// Writes all of `bytes` at `offset`.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Allocates the first `length` bytes on the disk.
    fn allocate(&self, length: u64) -> io::Result<()>;

    /// Reserves the space of the first `length` bytes without changing the length of the file.
    /// Fails at once if the disk is too small, without filling it first.
    fn reserve(&self, length: u64) -> io::Result<()>;

    /// Bytes that the file can have on this disk.
    fn room(&self) -> io::Result<u64>;

    /// Gives a new file the owner, group, mode and other attributes of the one that it replaces.
    fn take_over(&self, old: &Attributes) -> io::Result<()>;

    /// Sets the permission bits.
    fn set_mode(&self, mode: u32) -> io::Result<()>;

    /// Gives a nameless file this name, which must be free, atomically.
    fn link(&self, path: &Path) -> io::Result<()>;

    /// Truncates or extends the file.
    fn set_length(&self, length: u64) -> io::Result<()>;

    /// Makes what was written survive a power loss.
    fn sync(&self) -> io::Result<()>;

    /// The same for all files of its file system; `None` if that is not possible or would not tell
    /// of what could not be written.
    fn sync_file_system(&self) -> Option<io::Result<()>>;

    /// Takes the write lock; `false` if another writer held it beyond the limit.
    fn lock(&self, locking: Locking) -> io::Result<bool>;

    /// Takes the lock of a reader, which excludes writers only; `false` if a writer held its lock
    /// beyond the limit.
    fn lock_shared(&self, locking: Locking) -> io::Result<bool>;

    /// Releases the lock.
    fn unlock(&self);

    /// Whether a writer other than this handle holds the lock.
    fn is_locked_elsewhere(&self) -> bool;

    /// Reads the first `length` bytes through a map from now on, if that is safe as long as nobody
    /// truncates the file: on a local disk, and without holes. `false` if it is not.
    fn map_reads(&mut self, length: u64) -> bool {
        let _ = length;
        false
    }

    /// Before a read through the map: a file that became shorter is read by position.
    fn check_map(&self) -> io::Result<()> {
        Ok(())
    }

    /// The first `length` bytes of the file as memory.
    fn map(&self, length: usize) -> io::Result<Box<dyn MappedBytes>>;
}

/// Bytes of a file as memory: writes survive the process immediately, and a power loss after
/// [`DiskFile::sync`].
pub(crate) trait MappedBytes: Send + Sync + fmt::Debug {
    /// All of it.
    fn bytes(&self) -> &[u8];

    /// Writes `bytes` at `offset`; fails beyond the end.
    fn write(&mut self, offset: usize, bytes: &[u8]) -> io::Result<()>;
}

/// Facts about an open file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    /// Length of the file in bytes.
    pub(crate) length: u64,
    /// Allocated bytes; fewer than `length` in a sparse file.
    pub(crate) allocated: u64,
    /// Number of names; 0 after the file was replaced or removed.
    pub(crate) names: u64,
    /// Device and number of the file.
    pub(crate) identity: (u64, u64),
    /// When it was made, in nanoseconds; 0 if the file system does not tell.
    pub(crate) born: i64,
    /// Permission bits.
    pub(crate) mode: u32,
    /// The user to whom the file belongs.
    pub(crate) owner: u32,
    /// Whether this is a folder.
    pub(crate) is_folder: bool,
}

impl Status {
    /// What tells the file from all others, also from those that have its number later.
    pub(crate) fn whole_identity(&self) -> Identity {
        let (device, number) = self.identity;
        Identity { device, number, born: self.born }
    }
}
