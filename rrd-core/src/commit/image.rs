//! A record as bytes, with checksums that identify the state of the file to which it belongs: what
//! a redo chunk and the images of a store contain. FORMAT.md specifies the layout.

use byteorder::{ByteOrder, LittleEndian};

use super::record::{RangeEntry, Record};
use crate::number::{length_to_u64, to_index};

/// The smallest piece that a disk writes completely even if it loses power meanwhile.
const SECTOR: usize = 512;

const FLAGS: usize = 0;
const BEFORE: usize = FLAGS + 8;
const AFTER: usize = BEFORE + 8;
const HEAD_LENGTH: usize = AFTER + 8;
const RANGES: usize = HEAD_LENGTH + 8;
const FIXED: usize = RANGES + 8;
/// Checksums before and after, for each sector of the head.
const SECTOR_ENTRY: usize = 8;
/// Offset, length, and length of the pattern that fills the range.
const RANGE_ENTRY: usize = 24;
/// The flag of a change that was meant to survive a power loss.
const SYNCED: u64 = 1;

/// A record that was read completely.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    synced: bool,
    /// Seconds of the last update, before and after.
    last_update: [u64; 2],
    head_length: usize,
    /// Checksums of each sector of the head, before and after.
    sectors: Vec<(u32, u32)>,
    record: Record,
}

/// The head of a file before and after a change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heads<'a> {
    pub(crate) before: &'a [u8],
    pub(crate) after: &'a [u8],
    /// Offset of the part that begins with the time of the last update.
    pub(crate) live: usize,
}

impl Image {
    /// Appends the bytes of `record`, which changes the head as described.
    pub(crate) fn encode(bytes: &mut Vec<u8>, synced: bool, heads: Heads<'_>, record: &Record) {
        let Heads { before, after, live } = heads;
        debug_assert_eq!(before.len(), after.len(), "a change keeps the sizes of all parts");
        let mut put = |number: u64| bytes.extend_from_slice(&number.to_le_bytes());
        put(if synced { SYNCED } else { 0 });
        put(seconds(before, live).unwrap_or_default());
        put(seconds(after, live).unwrap_or_default());
        put(length_to_u64(before.len()));
        put(length_to_u64(record.ranges.len()));
        for (before, after) in before.chunks(SECTOR).zip(after.chunks(SECTOR)) {
            let old = crc32fast::hash(before);
            let new = if before == after { old } else { crc32fast::hash(after) };
            bytes.extend_from_slice(&old.to_le_bytes());
            bytes.extend_from_slice(&new.to_le_bytes());
        }
        for RangeEntry { offset, length, pattern } in &record.ranges {
            for number in [*offset, *length, length_to_u64(*pattern)] {
                bytes.extend_from_slice(&number.to_le_bytes());
            }
        }
        bytes.extend_from_slice(&record.bytes);
    }

    /// Decodes what [`encode`](Self::encode) wrote for a file whose rows end at `end`; `None` if it
    /// is something else, reaches beyond the rows, or changes more bytes than there are.
    pub(crate) fn decode(bytes: &[u8], end: u64) -> Option<Self> {
        let number = |at: usize| bytes.get(at..at + 8).map(LittleEndian::read_u64);
        let head_length =
            to_index(number(HEAD_LENGTH)?).filter(|length| length_to_u64(*length) <= end)?;
        let range_count = to_index(number(RANGES)?)?;
        let (sectors, rest) = bytes
            .get(FIXED..)?
            .split_at_checked(head_length.div_ceil(SECTOR).checked_mul(SECTOR_ENTRY)?)?;
        let (ranges, data) = rest.split_at_checked(range_count.checked_mul(RANGE_ENTRY)?)?;
        let sectors = sectors.chunks_exact(SECTOR_ENTRY).map(|entry| {
            let (before, after) = entry.split_at(SECTOR_ENTRY / 2);
            (LittleEndian::read_u32(before), LittleEndian::read_u32(after))
        });
        let mut record = Record::default();
        let (mut total, mut patterns) = (0_u64, 0_usize);
        for entry in ranges.chunks_exact(RANGE_ENTRY) {
            let mut numbers = [0; 3];
            LittleEndian::read_u64_into(entry, &mut numbers);
            let [offset, length, pattern] = numbers;
            if offset.checked_add(length)? > end || length.checked_rem(pattern)? != 0 {
                return None;
            }
            total = total.checked_add(length)?;
            let pattern = to_index(pattern)?;
            patterns = patterns.checked_add(pattern)?;
            record.ranges.push(RangeEntry { offset, length, pattern });
        }
        record.bytes.extend_from_slice(data);
        (patterns == data.len() && total <= end).then_some(Self {
            synced: number(FLAGS)? & SYNCED != 0,
            last_update: [number(BEFORE)?, number(AFTER)?],
            head_length,
            sectors: sectors.collect(),
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

    /// Whether a file that begins with `head`, whose changing part begins at `live`, is in one of
    /// the states between before and after: each sector of the head is the old or the new one. If
    /// not, another program has changed the file since, and the record is invalid.
    pub(crate) fn fits(&self, head: &[u8], live: usize) -> bool {
        let known = |seconds| self.last_update.contains(&seconds);
        head.len() == self.head_length
            && seconds(head, live).is_some_and(known)
            && head.chunks(SECTOR).zip(&self.sectors).all(|(sector, (before, after))| {
                let now = crc32fast::hash(sector);
                now == *before || now == *after
            })
    }

    /// Completes the change in bytes of the file that begin at `start`.
    pub(crate) fn patch(&self, bytes: &mut [u8], start: u64) {
        self.record.patch(bytes, start);
    }
}

/// The stored seconds of the last update.
fn seconds(head: &[u8], live: usize) -> Option<u64> {
    head.get(live..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}
