//! Memory that is a file: what is written here is in the kernel's hands at once and survives `kill -9`. The only `unsafe`
//! of the workspace.

use std::fs::File;
use std::io;
use std::ops::Range;

use memmap2::{MmapMut, MmapOptions};

use super::MappedBytes;

/// A whole file, mapped for writing.
///
/// If another program truncates the file, the next access beyond its new end kills the process with SIGBUS. So only files
/// that nobody else has a reason to touch are mapped: the journals of a store, which are locked while they are in use.
#[derive(Debug)]
pub(super) struct WritableMap {
    map: MmapMut,
}

impl WritableMap {
    /// Maps the first `length` bytes of a file that is at least so long.
    pub(super) fn new(file: &File, length: usize) -> io::Result<Self> {
        let mut options = MmapOptions::new();
        options.len(length);
        #[expect(unsafe_code, reason = "a map is only as sound as the file behind it")]
        // SAFETY: the file is a journal that this process has just made or opened under its lock, at least `length` bytes
        // long and fully allocated. No other handle of this process maps it. A program that ignores the lock can change
        // the bytes under us: they are only ever read as plain bytes whose checksum is verified after copying them out.
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
