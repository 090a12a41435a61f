//! A change of a file as a list of byte ranges, how durable it must be, and why it could not be
//! protected.

use std::io;

use crate::disk::DiskFile;
use crate::format::{VALUE, push_computed};
use crate::number::{length_to_u64, to_index};

/// The unit that the kernel writes completely even if the process is killed meanwhile.
pub(crate) const PAGE: usize = 4096;

/// A repeated pattern is written in pieces of at most this many bytes, or one pattern.
const PIECE: usize = 1 << 20;

/// A change of a file: bytes and their positions. Reused from change to change, so that it does not
/// allocate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    pub(super) ranges: Vec<RangeEntry>,
    pub(super) bytes: Vec<u8>,
    pub(super) in_place: bool,
}

impl Record {
    pub(crate) fn clear(&mut self) {
        self.ranges.clear();
        self.bytes.clear();
        self.in_place = false;
    }

    /// Adds bytes to be written at `offset`.
    pub(crate) fn push(&mut self, offset: u64, bytes: &[u8]) {
        self.ranges.push(RangeEntry::plain(offset, bytes.len()));
        self.bytes.extend_from_slice(bytes);
    }

    /// Adds values of rows in the native layout, `copies` times one after the other.
    pub(crate) fn push_values(&mut self, offset: u64, values: &[f64], copies: u64) {
        push_computed(&mut self.bytes, values);
        let pattern = values.len() * VALUE;
        self.ranges.push(RangeEntry { offset, length: length_to_u64(pattern) * copies, pattern });
    }

    /// Marks the rows as replacing others than the oldest: a reader must never see half of them.
    pub(crate) fn set_in_place(&mut self) {
        self.in_place = true;
    }

    /// Number of bytes that the record holds.
    pub(crate) fn length(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The ranges in the order in which they were added.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = Range<'_>> {
        let mut rest = self.bytes.as_slice();
        self.ranges.iter().map_while(move |entry| {
            let (pattern, after) = rest.split_at_checked(entry.pattern)?;
            rest = after;
            Some(Range { offset: entry.offset, length: entry.length, pattern })
        })
    }

    /// Makes the change in bytes of the file that begin at `start`.
    pub(crate) fn patch(&self, target: &mut [u8], start: u64) {
        self.ranges().for_each(|range| range.patch(target, start));
    }

    /// Whether rows and head can be written one after the other: only the oldest rows change, and
    /// the changes in the head of `head` bytes are one range within one page.
    pub(crate) fn is_simple(&self, head: usize) -> bool {
        let mut in_head = self.ranges.iter().filter(|entry| entry.offset < length_to_u64(head));
        let one_page = in_head.next().is_none_or(|entry| {
            let page = length_to_u64(PAGE);
            entry.offset % page + entry.length <= page
        });
        !self.in_place && one_page && in_head.next().is_none()
    }
}

/// Where a range of a record lies, and how many of its bytes the record holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RangeEntry {
    pub(super) offset: u64,
    /// Number of bytes in the file.
    pub(super) length: u64,
    /// Number of bytes in the record, which are repeated until the range is full.
    pub(super) pattern: usize,
}

impl RangeEntry {
    /// A range whose bytes are all in the record.
    fn plain(offset: u64, length: usize) -> Self {
        Self { offset, length: length_to_u64(length), pattern: length }
    }
}

/// Consecutive bytes of a change: a pattern that fills `length` bytes from `offset` on. After a
/// long gap, an archive of any size consists of copies of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range<'a> {
    pub(crate) offset: u64,
    pub(crate) length: u64,
    /// Not longer than `length`, which is a multiple of its length.
    pub(crate) pattern: &'a [u8],
}

impl Range<'_> {
    /// Writes the range, in pieces if it is a repeated pattern.
    #[inline]
    pub(super) fn write(&self, file: &dyn DiskFile) -> io::Result<()> {
        if length_to_u64(self.pattern.len()) == self.length {
            return file.write_at(self.offset, self.pattern);
        }
        self.write_copies(file)
    }

    #[cold]
    fn write_copies(&self, file: &dyn DiskFile) -> io::Result<()> {
        let most = (PIECE / self.pattern.len().max(1)).max(1);
        let all = to_index(self.length).unwrap_or(usize::MAX) / self.pattern.len().max(1);
        let piece = self.pattern.repeat(most.min(all));
        let mut done = 0;
        while done < self.length {
            let left = to_index(self.length - done).unwrap_or(usize::MAX);
            let bytes = &piece[..piece.len().min(left)];
            file.write_at(self.offset + done, bytes)?;
            done += length_to_u64(bytes.len());
        }
        Ok(())
    }

    /// Copies the bytes of the range that belong at `start` and after it.
    fn patch(&self, target: &mut [u8], start: u64) {
        let end = start.saturating_add(length_to_u64(target.len()));
        let (from, to) = (self.offset.max(start), self.offset.saturating_add(self.length).min(end));
        if from >= to {
            return;
        }
        let place = |at: u64| to_index(at - start).expect("a place in a slice in memory");
        let target = &mut target[place(from)..place(to)];
        let into = (from - self.offset) % length_to_u64(self.pattern.len());
        let into = to_index(into).expect("less than the length of the pattern");
        let (before, rest) = target.split_at_mut(target.len().min(self.pattern.len() - into));
        before.copy_from_slice(&self.pattern[into..into + before.len()]);
        for copy in rest.chunks_mut(self.pattern.len()) {
            copy.copy_from_slice(&self.pattern[..copy.len()]);
        }
    }
}

/// What a change must survive before it counts as done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// It survives the end of the process, including by `kill -9`. After a power loss, a file may
    /// contain part of the changes of the last seconds.
    #[default]
    Process,
    /// It survives a power loss.
    Synced,
}

/// Why a change was written without a redo record: if the process is killed while it writes, the
/// file may contain half of the change, as with RRDtool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unprotected {
    /// The disk, the quota or the limit on the size of files leaves no space for a record.
    #[error("there is no space for a redo record")]
    NoSpace,
    /// Bytes of another program follow the last row, where the record belongs.
    #[error("bytes of another program follow the last row, where the redo record belongs")]
    ForeignBytes,
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::disk::Disk;
    use crate::disk::fake::MemoryDisk;

    #[test]
    fn a_repeated_pattern_fills_its_range_in_the_file_and_in_what_was_read() {
        const ROWS: u64 = 70_000;
        let values = [1.0, 2.0, 3.0];
        let mut record = Record::default();
        record.push(0, b"head");
        record.push_values(16, &values, ROWS);
        record.push_values(8, &[7.0], 1);
        let mut expected = b"head\0\0\0\0".to_vec();
        push_computed(&mut expected, &[7.0]);
        push_computed(&mut expected, &values.repeat(to_index(ROWS).unwrap()));

        let disk = MemoryDisk::default();
        let file = disk.create_new(Path::new("x"), None).unwrap();
        record.ranges().try_for_each(|range| range.write(&*file)).unwrap();
        let mut written = vec![0; expected.len() + 1];
        assert_eq!(file.read_at(0, &mut written).unwrap(), expected.len());
        assert_eq!(written[..expected.len()], expected);

        for start in [0, 3, 15, 16, 17, 40, 63, 64, expected.len() - 30] {
            for length in [0, 1, 7, 24, 25, 50] {
                let end = (start + length).min(expected.len());
                let mut read = vec![0; end - start];
                record.ranges().for_each(|range| range.patch(&mut read, length_to_u64(start)));
                assert_eq!(read, expected[start..end], "{start} {length}");
            }
        }
    }
}
