//! The bytes of a segment of the log: its head, its chain of records, and what of them counts after
//! a kill, a power loss or damage. `journal` has the files.
//!
//! A power loss may keep any of the pages that were written since the last sync. What a segment
//! says after it is therefore believed in two parts. Up to the place that the head names as synced,
//! all bytes were on the disk: a record there that is not valid is damage, and costs itself only.
//! From there on, records count up to the first that is missing, and never one after it. Each
//! record carries a number made of all records before it, so that what an earlier run left behind
//! the end is not taken for what follows.

use byteorder::{ByteOrder, LittleEndian};

use super::record::{self, JournalRecord};
use crate::number::{length_to_u64, to_index};

const MAGIC: [u8; 8] = *b"RRDSTOR2";
const GENERATION: usize = MAGIC.len();
/// 1 while records are needed, 0 once all of them are in their files.
const NEEDED: usize = GENERATION + 4;
const BEFORE: usize = NEEDED + 4;
const BEFORE_END: usize = BEFORE + 4;
const SYNCED: usize = BEFORE_END + END_LENGTH;
const HEAD_CHECKSUM: usize = SYNCED + END_LENGTH;
const HEAD_LENGTH: usize = HEAD_CHECKSUM + 4;
/// An [`End`]: offset and chain.
const END_LENGTH: usize = 8;
/// Offset of the second copy of the head, which is in another sector than the first.
const COPY: usize = 512;
/// Offset of the records.
pub(super) const RECORDS: usize = 2 * COPY;
/// Length, checksum and chain, which precede each record.
pub(super) const FRAME: usize = 12;
/// Records are aligned to this.
const ALIGNMENT: usize = 4;
/// Limit on the length of a record.
pub(super) const MAX_RECORD_LENGTH: usize = 1 << 20;
/// Makes records of one generation differ from those of another, and each link of a chain from the
/// one before.
const FACTOR: u32 = 0x9e37_79b1;
/// Limit on the work for damaged bytes, in lengths of the segment: bytes that look like the
/// beginning of a record are checked as far as they say.
const MAX_SEARCH: usize = 8;

/// The head of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Each new generation is higher; 0 if there was none.
    pub(super) generation: u32,
    /// Whether its records are still needed.
    pub(super) needed: bool,
    /// The generation whose records come before these, and where they end; generation 0 if none of
    /// them is needed.
    pub(super) before: (u32, End),
    /// Up to here everything is on the disk.
    pub(super) synced: End,
}

/// Where records end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct End {
    /// The place of the next record.
    pub(super) offset: usize,
    /// A number made of all records before it.
    chain: u32,
}

/// The content of an earlier run's log, oldest first.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) records: Vec<JournalRecord>,
    /// Bytes that are damaged: not a valid record where there was one.
    pub(super) damaged_bytes: u64,
}

/// The head of a segment that was never used.
impl Default for Head {
    fn default() -> Self {
        Self { needed: false, ..Self::new(0, (0, End::default())) }
    }
}

impl Head {
    /// The head of a new generation.
    pub(super) fn new(generation: u32, before: (u32, End)) -> Self {
        Self { generation, needed: true, before, synced: End::start(generation) }
    }

    /// The bytes of both copies, up to the first record.
    pub(super) fn encode(&self) -> [u8; RECORDS] {
        let number = |offset: usize| u32::try_from(offset).expect("a segment has at most 1 GiB");
        let mut head = [0; HEAD_LENGTH];
        head[..GENERATION].copy_from_slice(&MAGIC);
        let fields = [
            self.generation,
            self.needed.into(),
            self.before.0,
            number(self.before.1.offset),
            self.before.1.chain,
            number(self.synced.offset),
            self.synced.chain,
        ];
        LittleEndian::write_u32_into(&fields, &mut head[GENERATION..HEAD_CHECKSUM]);
        let checksum = crc32fast::hash(&head[..HEAD_CHECKSUM]);
        LittleEndian::write_u32(&mut head[HEAD_CHECKSUM..], checksum);
        let mut bytes = [0; RECORDS];
        for copy in bytes.chunks_exact_mut(COPY) {
            copy[..HEAD_LENGTH].copy_from_slice(&head);
        }
        bytes
    }

    /// The newer of the two copies; `None` if neither is valid.
    pub(super) fn decode(segment: &[u8]) -> Option<Self> {
        Self::decode_first(segment, segment.len())
    }

    /// The head in the first bytes of a segment of this length.
    pub(super) fn decode_first(bytes: &[u8], length: usize) -> Option<Self> {
        let copies = bytes.get(..RECORDS)?.chunks_exact(COPY);
        let valid = copies.filter_map(Self::decode_copy);
        let valid = valid.filter(|head| head.synced.offset <= length);
        valid.max_by_key(|head| (head.generation, !head.needed, head.synced.offset))
    }

    fn decode_copy(bytes: &[u8]) -> Option<Self> {
        let covered = bytes.get(..HEAD_CHECKSUM)?;
        let checksum = bytes.get(HEAD_CHECKSUM..HEAD_LENGTH).map(LittleEndian::read_u32)?;
        if !covered.starts_with(&MAGIC) || crc32fast::hash(covered) != checksum {
            return None;
        }
        let field = |at: usize| covered.get(at..at + 4).map(LittleEndian::read_u32);
        let end = |at: usize| {
            let offset = to_index(field(at)?.into())?;
            Some(End { offset, chain: field(at + 4)? })
        };
        Some(Self {
            generation: field(GENERATION)?,
            needed: field(NEEDED)? != 0,
            before: (field(BEFORE)?, end(BEFORE_END)?),
            synced: end(SYNCED).filter(|synced| synced.offset >= RECORDS)?,
        })
    }
}

impl End {
    /// Where the first record of a generation begins.
    pub(super) fn start(generation: u32) -> Self {
        Self { offset: RECORDS, chain: generation }
    }

    /// Nothing can be appended to a segment of this length.
    pub(super) fn full(length: usize) -> Self {
        Self { offset: length, chain: 0 }
    }

    /// The end after another record, whose checksum this is.
    #[inline]
    pub(super) fn after(self, length: usize, checksum: u32) -> Self {
        let chain = (self.chain ^ checksum).wrapping_mul(FACTOR).rotate_left(5);
        Self { offset: self.offset + size(length), chain }
    }

    /// Whether the record that leads to this end has this chain.
    pub(super) fn has_chain(self, chain: u32) -> bool {
        self.chain == chain
    }

    /// The frame of the record that leads to this end.
    #[inline]
    pub(super) fn frame(self, length: u32, checksum: u32) -> [u8; FRAME] {
        let mut frame = [0; FRAME];
        LittleEndian::write_u32_into(&[length, checksum, self.chain], &mut frame);
        frame
    }
}

/// Bytes that a record takes in a segment.
#[inline]
pub(super) fn size(length: usize) -> usize {
    (FRAME + length).next_multiple_of(ALIGNMENT)
}

/// The checksum of a record in its frame: the CRC-32 of its bytes, which differs in each
/// generation.
#[inline]
pub(super) fn checksum(crc: u32, generation: u32) -> u32 {
    crc ^ generation.wrapping_mul(FACTOR)
}

/// The bytes of the record at an offset, with its checksum and chain, if it is a valid one of this
/// generation.
pub(super) fn record_at(bytes: &[u8], generation: u32, offset: usize) -> Option<(&[u8], u32, u32)> {
    let (payload, [stored, chain]) = framed(bytes, offset)?;
    (checksum(crc32fast::hash(payload), generation) == stored).then_some((payload, stored, chain))
}

/// The possible record at an offset, with its checksum and chain, if its length and kind are
/// plausible.
fn framed(bytes: &[u8], offset: usize) -> Option<(&[u8], [u32; 2])> {
    let (frame, rest) = bytes.get(offset..)?.split_at_checked(FRAME)?;
    let mut fields = [0; FRAME / 4];
    LittleEndian::read_u32_into(frame, &mut fields);
    let [length, checksum, chain] = fields;
    let length = to_index(length.into())?;
    if length > MAX_RECORD_LENGTH || !record::is_kind(*rest.first()?) {
        return None;
    }
    Some((rest.get(..length)?, [checksum, chain]))
}

/// The records of both segments that are still needed, oldest first.
pub(super) fn needed_records(segments: [&[u8]; 2]) -> Found {
    let mut found = Found::default();
    let mut segments = segments.map(|bytes| (Head::decode(bytes), bytes));
    segments.sort_by_key(|(head, _)| head.map_or(0, |head| head.generation));
    let damaged = segments.map(|(head, bytes)| {
        let bytes = bytes.get(..RECORDS).unwrap_or(bytes);
        let is_damaged = head.is_none() && bytes.iter().any(|byte| *byte != 0);
        found.damaged_bytes += if is_damaged { length_to_u64(bytes.len()) } else { 0 };
        is_damaged
    });
    let [(older, older_bytes), (newer, newer_bytes)] = segments;
    let (older, newer) = (older.unwrap_or_default(), newer.unwrap_or_default());
    let (before, end) = newer.before;
    // A newer segment that needs no other one makes the older one void, whatever that says itself.
    let stands_alone = newer.needed && before == 0;
    let reached = if older.needed && !stands_alone {
        read_records(older_bytes, &older, &mut found)
    } else {
        // What is not needed any more was complete.
        end
    };
    let follows = older.generation == before && reached == end;
    // A damaged head is no hole: the segment was there.
    if newer.needed && (stands_alone || follows || damaged[0]) {
        read_records(newer_bytes, &newer, &mut found);
    }
    found
}

/// Adds the records of a segment, and returns where they end.
fn read_records(bytes: &[u8], head: &Head, found: &mut Found) -> End {
    let mut end = End::start(head.generation);
    let mut search = bytes.len().saturating_mul(MAX_SEARCH);
    while end.offset < head.synced.offset {
        if let Some((payload, checksum, _)) = record_at(bytes, head.generation, end.offset) {
            found.records.extend(record::decode(payload));
            end = end.after(payload.len(), checksum);
            continue;
        }
        let looked_at = framed(bytes, end.offset).map_or(0, |(payload, _)| payload.len());
        let Some(left) = search.checked_sub(looked_at) else { break };
        search = left;
        end.offset += ALIGNMENT;
        found.damaged_bytes += length_to_u64(ALIGNMENT);
    }
    end = head.synced;
    while let Some((payload, checksum, chain)) = record_at(bytes, head.generation, end.offset) {
        let after = end.after(payload.len(), checksum);
        if after.chain != chain {
            break;
        }
        found.records.extend(record::decode(payload));
        end = after;
    }
    end
}
