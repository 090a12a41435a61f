//! Mapped files: what is written here is in the kernel immediately and survives `kill -9`; what is
//! read here is copied without a system call. The only `unsafe` in the workspace.

use std::fs::File;
use std::io;
use std::ops::Range;
#[cfg(target_has_atomic = "64")]
use std::sync::atomic::{AtomicU64, Ordering};

use memmap2::{MmapMut, MmapOptions, MmapRaw};

use super::MappedBytes;
use crate::number::to_index;

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

/// The beginning of a file, mapped for reading while others write to it.
///
/// If another program truncates the file, the next access beyond its new end kills the process with
/// SIGBUS. Therefore a file is only mapped for a program that asks for it by name, because it owns
/// the file.
#[derive(Debug)]
pub(super) struct ReadMap {
    map: MmapRaw,
}

impl ReadMap {
    /// Maps the first `length` bytes of a file of at least that length.
    pub(super) fn new(file: &File, length: usize) -> io::Result<Self> {
        Ok(Self { map: MmapOptions::new().len(length).map_raw_read_only(file)? })
    }

    /// Number of bytes that are mapped.
    pub(super) fn length(&self) -> usize {
        self.map.len()
    }

    /// Copies the bytes at `offset`. `false` if they are not mapped or not whole words; then no
    /// byte is copied.
    #[cfg(target_has_atomic = "64")]
    pub(super) fn read(&self, offset: u64, bytes: &mut [u8]) -> bool {
        const WORD: usize = size_of::<AtomicU64>();
        let length = bytes.len();
        let (words, []) = bytes.as_chunks_mut::<WORD>() else { return false };
        let Some(start) = to_index(offset).filter(|start| start.is_multiple_of(WORD)) else {
            return false;
        };
        if start.checked_add(length).is_none_or(|end| end > self.map.len()) {
            return false;
        }
        #[expect(clippy::cast_ptr_alignment, reason = "a map begins with a page")]
        let first = self.map.as_ptr().cast::<AtomicU64>();
        for (index, word) in words.iter_mut().enumerate() {
            #[expect(unsafe_code, reason = "others write to the file while it is read")]
            // SAFETY: the word is inside the map, as checked above, and aligned: the map begins
            // with a page, and `start` is a multiple of the size of a word. The map lives as long
            // as `self`, and nothing in this process writes to it. Other processes may: hence the
            // atomic load, which a map for reading allows because it is relaxed and of one word.
            // The reference ends with the load.
            let value = unsafe { &*first.add(start / WORD + index) }.load(Ordering::Relaxed);
            *word = value.to_ne_bytes();
        }
        true
    }

    /// Processors without such words read by position.
    #[cfg(not(target_has_atomic = "64"))]
    pub(super) fn read(&self, offset: u64, bytes: &mut [u8]) -> bool {
        let _ = (to_index(offset), bytes);
        false
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::FileExt;

    use super::*;

    #[test]
    fn whole_words_inside_the_map_are_copied_and_nothing_else() {
        let mut file = tempfile::tempfile().unwrap();
        let content: Vec<u8> = (0..=255).collect();
        file.write_all(&content).unwrap();
        let map = ReadMap::new(&file, 200).unwrap();
        assert_eq!(map.length(), 200);
        let read = |offset, length| {
            let mut bytes = vec![0; length];
            map.read(offset, &mut bytes).then_some(bytes)
        };
        assert_eq!(read(0, 200).as_deref(), Some(&content[..200]));
        assert_eq!(read(64, 16).as_deref(), Some(&content[64..80]));
        assert_eq!(read(200, 0), Some(Vec::new()));
        for (offset, length) in [(4, 8), (0, 12), (192, 16), (208, 0), (u64::MAX - 7, 8)] {
            assert_eq!(read(offset, length), None, "{offset} {length}");
        }
        file.write_all_at(&[7; 8], 64).unwrap();
        assert_eq!(read(64, 8), Some(vec![7; 8]));
    }
}
