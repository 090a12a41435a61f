//! The bytes of a journal without a map: a copy in memory, and each write also to the file.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use crate::disk::{DiskFile, MappedBytes};
use crate::number::length_to_u64;

/// A file that is read once and written by position: whoever truncates it ends no process.
#[derive(Debug)]
pub(super) struct WrittenBytes {
    file: Arc<dyn DiskFile>,
    bytes: Vec<u8>,
}

impl WrittenBytes {
    /// The first `length` bytes of a file of at least that length.
    pub(super) fn read(file: Arc<dyn DiskFile>, length: usize) -> io::Result<Self> {
        let mut bytes = vec![0; length];
        file.read_exact_at(0, &mut bytes)?;
        Ok(Self { file, bytes })
    }
}

impl MappedBytes for WrittenBytes {
    fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) -> io::Result<()> {
        let range = Range { start: offset, end: offset.saturating_add(bytes.len()) };
        let copy = self.bytes.get_mut(range).ok_or(io::ErrorKind::StorageFull)?;
        self.file.write_at(length_to_u64(offset), bytes)?;
        copy.copy_from_slice(bytes);
        Ok(())
    }
}
