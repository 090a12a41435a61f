//! Mapped files: what is written here is in the kernel immediately and survives `kill -9`. The only
//! `unsafe` in the workspace.

use std::fs::File;
use std::io;
use std::ops::Range;

use memmap2::{MmapMut, MmapOptions};

use super::MappedBytes;

/// A whole file, mapped for writing.
///
/// If another program truncates the file, the next access beyond its new end kills the process with
/// SIGBUS. Therefore only files are mapped that no other program has a reason to truncate: the
/// journals of a store, which are locked while in use. A database is mapped only for a write that
/// reaches it in no other way, because this process may not write files of its size.
#[derive(Debug)]
pub(super) struct WritableMap {
    map: MmapMut,
}

impl WritableMap {
    /// Maps the first `length` bytes of a file of at least that length.
    pub(super) fn new(file: &File, length: usize) -> io::Result<Self> {
        let mut options = MmapOptions::new();
        options.len(length);
        #[expect(unsafe_code, reason = "a map is only as sound as the file behind it")]
        // SAFETY: the file is at least `length` bytes long and fully allocated: a journal that this
        // process has just created or opened under its lock, or a database under its lock, which
        // is only written. No other handle of this process maps it. A program that ignores the
        // lock can change the bytes: they are only read as plain bytes whose checksum is verified
        // after copying them.
        let map = unsafe { options.map_mut(file) }?;
        Ok(Self { map })
    }
}

impl MappedBytes for WritableMap {
    fn bytes(&self) -> &[u8] {
        &self.map
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) -> io::Result<()> {
        let range = Range { start: offset, end: offset.saturating_add(bytes.len()) };
        let target = self.map.get_mut(range).ok_or(io::ErrorKind::StorageFull)?;
        target.copy_from_slice(bytes);
        Ok(())
    }
}
