//! The bytes of a redo journal: a record with checksums that identifies the state of the file to
//! which it belongs. FORMAT.md specifies the layout.

use byteorder::{ByteOrder, LittleEndian};

use super::record::{PAGE, RangeEntry, Record};
use crate::number::{length_to_u64, to_index};

const MAGIC: [u8; 8] = *b"RRDREDO1";
const LENGTH: usize = MAGIC.len();
const CHECKSUM: usize = LENGTH + 8;
const SYNCED: usize = CHECKSUM + 4;
const GENERATION: usize = SYNCED + 4;
const HEAD_LENGTH: usize = GENERATION + 8;
const RANGES: usize = HEAD_LENGTH + 8;
const FIXED: usize = RANGES + 8;
/// Before and after, for each page of the head.
const PAGE_ENTRY: usize = 8;
/// Offset, length, length of the pattern.
const RANGE_ENTRY: usize = 24;
/// The checksum covers everything from here on.
const COVERED: usize = SYNCED;

/// A journal that was read completely.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    synced: bool,
    head_length: usize,
    /// Checksums of each page of the head, before and after.
    pages: Vec<(u32, u32)>,
    record: Record,
}

impl Image {
    /// Encodes the journal of `record`, which changes a file that begins with `head` into its next
    /// state.
    pub(crate) fn encode(
        bytes: &mut Vec<u8>,
        generation: u64,
        synced: bool,
        head: &[u8],
        record: &Record,
    ) {
        bytes.clear();
        bytes.extend_from_slice(&MAGIC);
        bytes.resize(FIXED, 0);
        // The head after the change is built page by page after the record, and removed again.
        for (index, before) in head.chunks(PAGE).enumerate() {
            let start = length_to_u64(index * PAGE);
            let mut page = [0; PAGE];
            let after = &mut page[..before.len()];
            after.copy_from_slice(before);
            patch(after, start, record);
            bytes.extend_from_slice(&crc32fast::hash(before).to_le_bytes());
            bytes.extend_from_slice(&crc32fast::hash(after).to_le_bytes());
        }
        for RangeEntry { offset, length, pattern } in &record.ranges {
            for value in [*offset, *length, length_to_u64(*pattern)] {
                bytes.extend_from_slice(&value.to_le_bytes());
            }
        }
        bytes.extend_from_slice(&record.bytes);
        let length = length_to_u64(bytes.len());
        put(bytes, LENGTH, length);
        put(bytes, GENERATION, generation);
        put(bytes, HEAD_LENGTH, length_to_u64(head.len()));
        put(bytes, RANGES, length_to_u64(record.ranges.len()));
        bytes[SYNCED] = u8::from(synced);
        let checksum = crc32fast::hash(&bytes[COVERED..]);
        LittleEndian::write_u32(&mut bytes[CHECKSUM..CHECKSUM + 4], checksum);
    }

    /// Decodes a journal; `None` if it is incomplete. Every range is below `file_length`.
    pub(crate) fn decode(bytes: &[u8], file_length: u64) -> Option<Self> {
        let count = |at: usize| bytes.get(at..at + 8).map(LittleEndian::read_u64);
        if !bytes.starts_with(&MAGIC) {
            return None;
        }
        let bytes = bytes.get(..to_index(count(LENGTH)?)?)?;
        let checksum = LittleEndian::read_u32(bytes.get(CHECKSUM..CHECKSUM + 4)?);
        if crc32fast::hash(bytes.get(COVERED..)?) != checksum {
            return None;
        }
        let head_length =
            to_index(count(HEAD_LENGTH)?).filter(|length| *length <= bytes.len() * PAGE)?;
        let range_count = to_index(count(RANGES)?)?;
        let (pages, rest) = bytes
            .get(FIXED..)?
            .split_at_checked(head_length.div_ceil(PAGE).checked_mul(PAGE_ENTRY)?)?;
        let (ranges, data) = rest.split_at_checked(range_count.checked_mul(RANGE_ENTRY)?)?;
        let pages = pages.chunks_exact(PAGE_ENTRY).map(|entry| {
            let (before, after) = entry.split_at(PAGE_ENTRY / 2);
            (LittleEndian::read_u32(before), LittleEndian::read_u32(after))
        });
        let mut record = Record { bytes: data.to_vec(), ..Record::default() };
        let mut total = 0_usize;
        for entry in ranges.chunks_exact(RANGE_ENTRY) {
            let value = |index: usize| LittleEndian::read_u64(&entry[8 * index..8 * (index + 1)]);
            let (offset, length, pattern) = (value(0), value(1), value(2));
            if offset.checked_add(length)? > file_length || length.checked_rem(pattern)? != 0 {
                return None;
            }
            let pattern = to_index(pattern)?;
            total = total.checked_add(pattern)?;
            record.ranges.push(RangeEntry { offset, length, pattern });
        }
        (total == data.len()).then_some(Self {
            synced: bytes.get(SYNCED) == Some(&1),
            head_length,
            pages: pages.collect(),
            record,
        })
    }

    /// Number of bytes of the head that [`fits`](Self::fits) requires.
    pub(crate) fn head_length(&self) -> usize {
        self.head_length
    }

    /// Whether the change was meant to survive a power loss.
    pub(super) fn is_synced(&self) -> bool {
        self.synced
    }

    pub(crate) fn record(&self) -> &Record {
        &self.record
    }

    /// Whether a file that begins with `head` is in one of the states between before and after:
    /// each page of the head is the old or the new one. If not, another program has changed the
    /// file since, and the journal is invalid.
    pub(crate) fn fits(&self, head: &[u8]) -> bool {
        head.len() == self.head_length
            && head.chunks(PAGE).zip(&self.pages).all(|(page, (before, after))| {
                let now = crc32fast::hash(page);
                now == *before || now == *after
            })
    }

    /// Whether a file that begins with `head` already contains the change.
    pub(crate) fn is_complete_in(&self, head: &[u8]) -> bool {
        head.len() == self.head_length
            && head
                .chunks(PAGE)
                .zip(&self.pages)
                .all(|(page, (_, after))| crc32fast::hash(page) == *after)
    }

    /// Completes the change in bytes of the file that begin at `start`.
    pub(crate) fn patch(&self, bytes: &mut [u8], start: u64) {
        patch(bytes, start, &self.record);
    }
}

/// Copies the bytes of the record that belong at `start` and after it.
fn patch(target: &mut [u8], start: u64, record: &Record) {
    record.ranges().for_each(|range| range.patch(target, start));
}

fn put(bytes: &mut [u8], at: usize, value: u64) {
    LittleEndian::write_u64(&mut bytes[at..at + 8], value);
}
