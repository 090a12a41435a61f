//! The bytes of one file and where files live; knows no record. Every byte that reaches a disk goes through the two
//! traits below, so that a test can stand a failing disk in for a real one.

#[cfg(test)]
pub(crate) mod fake;
mod folder;
mod lock;
mod map;
mod new_file;
mod options;
mod os;

use std::fmt;
use std::io;
use std::path::Path;

use rustix::fs::OFlags;

pub(crate) use folder::FolderDisk;
pub(crate) use lock::FileLock;
pub(crate) use new_file::NewFile;
pub use options::{Locking, Overwrite};
pub(crate) use os::OsDisk;

/// Where files live.
pub(crate) trait Disk: Send + Sync + fmt::Debug {
    /// Opens an existing file.
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>>;

    /// Makes a file that was not there; never follows a link. With `mode` exactly that mode, else what the umask leaves.
    fn create_new(&self, path: &Path, mode: Option<u32>) -> io::Result<Box<dyn DiskFile>>;

    /// Makes a file in the folder of `path` that has no name until it is [linked](DiskFile::link), with what the umask
    /// leaves; `None` where there is no such thing.
    fn create_nameless(&self, path: &Path) -> io::Result<Option<Box<dyn DiskFile>>>;

    /// Gives a file another name in the same folder in one step.
    fn rename(&self, from: &Path, to: &Path, overwrite: Overwrite) -> io::Result<()>;

    /// Takes a name away.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes the names in the folder of `path` survive a power loss.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;

    /// Makes the folders that `path` needs.
    fn make_folders(&self, path: &Path) -> io::Result<()>;

    /// Whether something has this name.
    fn exists(&self, path: &Path) -> bool;
}

/// What a file is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
    /// Reading a file that nobody but us makes: never through a link.
    ReadOwn,
    /// Writing one.
    WriteOwn,
}

impl Access {
    fn flags(self) -> OFlags {
        // A fifo must not keep us waiting for its other end.
        match self {
            Self::Read => OFlags::RDONLY | OFlags::NONBLOCK,
            // Looking before each write must not cost a write of its own.
            Self::Write => OFlags::RDWR | OFlags::NOATIME,
            Self::ReadOwn => OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW,
            Self::WriteOwn => OFlags::RDWR | OFlags::NONBLOCK | OFlags::NOFOLLOW,
        }
    }
}

/// One open file, read and written by position.
pub(crate) trait DiskFile: Send + Sync + fmt::Debug {
    /// Length, names and identity.
    fn status(&self) -> io::Result<Status>;

    /// Reads from `offset` on until `bytes` are full or the file ends; says how many were read.
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

    /// Makes sure that the first `length` bytes have their place on the disk.
    fn allocate(&self, length: u64) -> io::Result<()>;

    /// Gives a file that was made without a name this one, which must be free, in one step.
    fn link(&self, path: &Path) -> io::Result<()>;

    /// Cuts or extends the file.
    fn set_length(&self, length: u64) -> io::Result<()>;

    /// Makes what was written survive a power loss.
    fn sync(&self) -> io::Result<()>;

    /// Keeps other writers out; `false` if one of them did not let go within the limit.
    fn lock(&self, locking: Locking) -> io::Result<bool>;

    /// Lets other writers in.
    fn unlock(&self);

    /// Whether a writer other than this handle holds its lock now.
    fn is_locked_elsewhere(&self) -> bool;

    /// The first `length` bytes of the file as memory.
    fn map(&self, length: usize) -> io::Result<Box<dyn MappedBytes>>;
}

/// Bytes of a file as memory: what is written survives the process at once, and a power loss after
/// [`DiskFile::sync`].
pub(crate) trait MappedBytes: Send + Sync + fmt::Debug {
    /// All of it.
    fn bytes(&self) -> &[u8];

    /// Writes `bytes` at `offset`; fails beyond the end.
    fn write(&mut self, offset: usize, bytes: &[u8]) -> io::Result<()>;
}

/// What the file system knows of an open file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    /// Bytes in the file.
    pub(crate) length: u64,
    /// Bytes that have a place on the disk; fewer than `length` in a sparse file.
    pub(crate) allocated: u64,
    /// How many names the file has; 0 once it was replaced or removed.
    pub(crate) names: u64,
    /// Device and number of the file.
    pub(crate) identity: (u64, u64),
    /// Permission bits.
    pub(crate) mode: u32,
    /// Whether this is a folder.
    pub(crate) is_folder: bool,
}
