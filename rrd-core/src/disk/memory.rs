//! A file in memory of this process, which no other can see: for content that must be complete
//! before it is put into the only place it can have.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::io::Errno;

use super::{Attributes, DiskFile, Identity, Locking, Look, MappedBytes, Status};
use crate::number::{length_to_u64, to_index};

/// The bytes of such a file.
#[derive(Debug, Default)]
pub(super) struct MemoryFile {
    bytes: Mutex<Vec<u8>>,
}

impl MemoryFile {
    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes them as many as `length`, if the memory allows that.
fn resize(bytes: &mut Vec<u8>, length: usize) -> io::Result<()> {
    let more = length.saturating_sub(bytes.len());
    bytes.try_reserve(more).map_err(|_| ErrorKind::OutOfMemory)?;
    bytes.resize(length, 0);
    Ok(())
}

fn place(offset: u64) -> io::Result<usize> {
    to_index(offset).ok_or_else(|| Errno::FBIG.into())
}

impl DiskFile for MemoryFile {
    fn status(&self) -> io::Result<Status> {
        let length = length_to_u64(self.bytes().len());
        Ok(Status {
            length,
            allocated: length,
            names: 0,
            identity: (0, 0),
            born: 0,
            mode: 0o600,
            owner: rustix::process::geteuid().as_raw(),
            is_folder: false,
        })
    }

    fn look(&self) -> io::Result<Look> {
        let length = length_to_u64(self.bytes().len());
        Ok(Look { identity: Identity::default(), length, changed: 0 })
    }

    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        let all = self.bytes();
        let found = to_index(offset).and_then(|start| all.get(start..)).unwrap_or_default();
        let count = found.len().min(bytes.len());
        if let (Some(to), Some(from)) = (bytes.get_mut(..count), found.get(..count)) {
            to.copy_from_slice(from);
        }
        Ok(count)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let start = place(offset)?;
        let end = start.checked_add(bytes.len()).ok_or(Errno::FBIG)?;
        let mut all = self.bytes();
        if end > all.len() {
            resize(&mut all, end)?;
        }
        if let Some(to) = all.get_mut(start..end) {
            to.copy_from_slice(bytes);
        }
        Ok(())
    }

    fn allocate(&self, length: u64) -> io::Result<()> {
        let length = place(length)?;
        let mut all = self.bytes();
        if length > all.len() { resize(&mut all, length) } else { Ok(()) }
    }

    fn reserve(&self, length: u64) -> io::Result<()> {
        let length = place(length)?;
        let mut all = self.bytes();
        let more = length.saturating_sub(all.len());
        all.try_reserve(more).map_err(|_| ErrorKind::OutOfMemory.into())
    }

    fn room(&self) -> io::Result<u64> {
        Ok(u64::MAX)
    }

    fn take_over(&self, _old: &Attributes) -> io::Result<()> {
        Err(Errno::OPNOTSUPP.into())
    }

    fn set_mode(&self, _mode: u32) -> io::Result<()> {
        Err(Errno::OPNOTSUPP.into())
    }

    fn link(&self, _path: &Path) -> io::Result<()> {
        Err(Errno::OPNOTSUPP.into())
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        resize(&mut self.bytes(), place(length)?)
    }

    fn sync(&self) -> io::Result<()> {
        Err(Errno::OPNOTSUPP.into())
    }

    fn sync_file_system(&self) -> Option<io::Result<()>> {
        None
    }

    fn lock(&self, _locking: Locking) -> io::Result<bool> {
        Ok(true)
    }

    fn lock_shared(&self, _locking: Locking) -> io::Result<bool> {
        Ok(true)
    }

    fn unlock(&self) {}

    fn is_locked_elsewhere(&self) -> bool {
        false
    }

    fn map(&self, _length: usize) -> io::Result<Box<dyn MappedBytes>> {
        Err(Errno::OPNOTSUPP.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_where_they_were_written_and_zeros_between_them() {
        let file = MemoryFile::default();
        file.write_at(6, b"end").unwrap();
        file.write_at(0, b"begin").unwrap();
        let mut read = [1; 16];
        assert_eq!(file.read_at(0, &mut read).unwrap(), 9);
        assert_eq!(&read[..9], b"begin\0end");
        assert_eq!(file.read_at(9, &mut read).unwrap(), 0);
        assert_eq!(file.read_at(u64::MAX, &mut read).unwrap(), 0);
        file.set_length(2).unwrap();
        file.allocate(4).unwrap();
        file.reserve(100).unwrap();
        assert_eq!(file.status().unwrap().length, 4);
        assert_eq!(file.read_at(1, &mut read).unwrap(), 3);
        assert_eq!(&read[..3], b"e\0\0");
        let too_long = file.write_at(u64::MAX, b"x").unwrap_err();
        assert_eq!(too_long.kind(), ErrorKind::FileTooLarge);
    }
}
