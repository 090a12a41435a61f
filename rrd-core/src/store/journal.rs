//! The journal shared by all files of a store: two preallocated, mapped segments that are used
//! alternately. A record is acknowledged once its bytes are in the map.

use std::io;
use std::path::Path;
use std::sync::Arc;

use byteorder::{ByteOrder, LittleEndian};

use super::record::{self, JournalRecord, place};
use crate::disk::{Access, Disk, DiskFile, Locking, MappedBytes};
use crate::number::{length_to_u64, to_index};

const MAGIC: [u8; 8] = *b"RRDSTOR1";
const SEQUENCE: usize = MAGIC.len();
/// 1 while records are needed, 0 once all of them are in their files.
const NEEDED: usize = SEQUENCE + 4;
const HEAD_CHECKSUM: usize = NEEDED + 4;
/// Offset of the records.
const RECORDS: usize = 64;
/// Length and checksum, which precede each record.
const FRAME: usize = 8;
/// Records are aligned to this.
const ALIGNMENT: usize = 8;
/// Limit on the length of a record.
pub(super) const MAX_RECORD_LENGTH: usize = 1 << 20;
/// Limit on the generations considered when the head of a segment is damaged.
const MAX_GENERATIONS: usize = 64;
const SALT: u32 = 0x9e37_79b1;
const SALT_INVERSE: u32 = inverse(SALT);
const _: () = assert!(SALT.wrapping_mul(SALT_INVERSE) == 1);
/// The smallest useful segment.
pub(super) const SMALLEST: usize = 64 << 10;

/// The two segments.
#[derive(Debug)]
pub(super) struct Journal {
    segments: [Segment; 2],
    active: usize,
    /// Position of the next record in the active segment.
    offset: usize,
}

#[derive(Debug)]
struct Segment {
    file: Arc<dyn DiskFile>,
    map: Box<dyn MappedBytes>,
    /// Its generation; 0 for a segment that was never used.
    sequence: u32,
    /// Whether its records are no longer needed.
    clean: bool,
}

/// The content of an earlier run's journal, oldest first.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) records: Vec<JournalRecord>,
    /// Bytes that were skipped because they are not a valid record.
    pub(super) damaged_bytes: u64,
}

/// Why a record was not appended.
#[derive(Debug)]
pub(super) enum AppendError {
    /// The active segment is full.
    Full,
    Io(io::Error),
}

impl Journal {
    /// Opens or creates the segments and reads what an earlier run left in them; `None` if another
    /// store has them open.
    pub(super) fn open(
        disk: &dyn Disk,
        paths: [&Path; 2],
        size: usize,
    ) -> io::Result<Option<(Self, Found)>> {
        let mut found = Vec::new();
        let mut segments = Vec::new();
        for path in paths {
            let Some((segment, records)) = Segment::open(disk, path, size)? else {
                return Ok(None);
            };
            found.push((segment.sequence, records));
            segments.push(segment);
        }
        found.sort_by_key(|(sequence, _)| *sequence);
        let records = found.into_iter().fold(Found::default(), |mut all, (_, found)| {
            all.records.extend(found.records);
            all.damaged_bytes += found.damaged_bytes;
            all
        });
        let Ok(segments) = <[Segment; 2]>::try_from(segments) else {
            unreachable!("one segment for each of the two paths")
        };
        // The older segment is reused first.
        let active = usize::from(segments[1].sequence > segments[0].sequence);
        let offset = segments[active].map.bytes().len();
        Ok(Some((Self { segments, active, offset }, records)))
    }

    /// Discards the content of the segments and starts again.
    pub(super) fn restart(&mut self) -> io::Result<()> {
        for segment in &mut self.segments {
            segment.set_clean()?;
        }
        self.switch_segment().map(drop)
    }

    /// Switches to the other segment if nothing in it is needed; returns whether it did.
    pub(super) fn switch_segment(&mut self) -> io::Result<bool> {
        let next = self.sequence().wrapping_add(1).max(1);
        let other = 1 - self.active;
        let segment = &mut self.segments[other];
        if !segment.clean {
            return Ok(false);
        }
        segment.begin(next)?;
        self.active = other;
        self.offset = RECORDS;
        Ok(true)
    }

    /// The generation of the active segment.
    pub(super) fn sequence(&self) -> u32 {
        self.segments.iter().map(|segment| segment.sequence).max().unwrap_or(0)
    }

    /// The generation of the other segment, if it is still needed.
    pub(super) fn unclean(&self) -> Option<u32> {
        let segment = &self.segments[1 - self.active];
        (!segment.clean).then_some(segment.sequence)
    }

    /// Marks the records of this generation as no longer needed.
    pub(super) fn set_clean(&mut self, sequence: u32) -> io::Result<()> {
        let inactive = &mut self.segments[1 - self.active];
        if inactive.sequence == sequence && !inactive.clean {
            return inactive.set_clean();
        }
        Ok(())
    }

    /// Free bytes in the active segment.
    pub(super) fn room(&self) -> usize {
        self.segments[self.active].map.bytes().len().saturating_sub(self.offset)
    }

    /// Appends a record and returns its position.
    #[inline]
    pub(super) fn append(&mut self, payload: &[u8], checksum: u32) -> Result<u64, AppendError> {
        let size = (FRAME + payload.len()).next_multiple_of(ALIGNMENT);
        if size > self.room() {
            return Err(AppendError::Full);
        }
        let segment = &mut self.segments[self.active];
        let mut frame = [0; FRAME];
        let length = u32::try_from(payload.len()).map_err(|_| AppendError::Full)?;
        LittleEndian::write_u32(&mut frame[..4], length);
        LittleEndian::write_u32(&mut frame[4..], checksum ^ salt(segment.sequence));
        // A kill between the two leaves a frame with a wrong checksum: an incomplete tail, as
        // intended.
        segment.map.write(self.offset + FRAME, payload).map_err(AppendError::Io)?;
        segment.map.write(self.offset, &frame).map_err(AppendError::Io)?;
        let place = place(segment.sequence, self.offset);
        self.offset += size;
        Ok(place)
    }

    /// The record at a position returned by [`append`](Self::append).
    pub(super) fn read(&self, place: u64) -> Option<JournalRecord> {
        let segment =
            self.segments.iter().find(|segment| u64::from(segment.sequence) == place >> 32)?;
        let offset = to_index(place & u64::from(u32::MAX))?;
        record::decode(payload(segment.map.bytes(), segment.sequence, offset)?)
    }

    /// The files to sync so that all records survive a power loss.
    pub(super) fn files(&self) -> [Arc<dyn DiskFile>; 2] {
        self.segments.each_ref().map(|segment| segment.file.clone())
    }
}

impl Segment {
    fn open(disk: &dyn Disk, path: &Path, size: usize) -> io::Result<Option<(Self, Found)>> {
        let file = match disk.open(path, Access::WriteOwn) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => disk.create_new(path, None)?,
            other => other?,
        };
        if !file.lock(Locking::Try)? {
            return Ok(None);
        }
        // A longer segment of an earlier run keeps its length: all of it may still be needed.
        let length = to_index(file.status()?.length).unwrap_or(usize::MAX).max(size);
        file.set_length(length_to_u64(length))?;
        reserve(&*file, length)?;
        let map = file.map(length)?;
        let (sequence, found) = scan(map.bytes());
        let clean = found.records.is_empty();
        Ok(Some((Self { file: Arc::from(file), map, sequence, clean }, found)))
    }

    fn begin(&mut self, sequence: u32) -> io::Result<()> {
        self.sequence = sequence;
        self.write_head(1)?;
        self.clean = false;
        Ok(())
    }

    fn set_clean(&mut self) -> io::Result<()> {
        self.write_head(0)?;
        self.clean = true;
        Ok(())
    }

    fn write_head(&mut self, needed: u32) -> io::Result<()> {
        let mut head = [0; RECORDS];
        head[..SEQUENCE].copy_from_slice(&MAGIC);
        LittleEndian::write_u32(&mut head[SEQUENCE..NEEDED], self.sequence);
        LittleEndian::write_u32(&mut head[NEEDED..HEAD_CHECKSUM], needed);
        let checksum = crc32fast::hash(&head[..HEAD_CHECKSUM]);
        LittleEndian::write_u32(&mut head[HEAD_CHECKSUM..HEAD_CHECKSUM + 4], checksum);
        self.map.write(0, &head)
    }
}

/// The generation of a segment and its records that are still needed.
///
/// If the head is damaged, the records reveal the generation, and all of them count as needed:
/// those whose samples are in their files have no effect there.
fn scan(bytes: &[u8]) -> (u32, Found) {
    let mut found = Found::default();
    let sequence = match read_head(bytes) {
        Some((sequence, true)) => sequence,
        Some((sequence, false)) => return (sequence, found),
        None => {
            let head = bytes.get(..RECORDS).unwrap_or(bytes);
            if head.iter().any(|byte| *byte != 0) {
                found.damaged_bytes = length_to_u64(head.len());
            }
            match generation_of_records(bytes) {
                Some(sequence) => sequence,
                None => return (0, found),
            }
        }
    };
    let mut offset = RECORDS;
    let mut gap = 0;
    while offset + FRAME < bytes.len() {
        let read = payload(bytes, sequence, offset);
        if let Some((length, Some(record))) =
            read.map(|payload| (payload.len(), record::decode(payload)))
        {
            found.records.push(record);
            found.damaged_bytes += std::mem::take(&mut gap);
            offset += (FRAME + length).next_multiple_of(ALIGNMENT);
        } else {
            // Records of earlier generations follow the last one; only bytes between valid records
            // are damage.
            offset += ALIGNMENT;
            gap += length_to_u64(ALIGNMENT);
        }
    }
    (sequence, found)
}

/// The generation in a head and whether its records are needed, if the head is valid.
fn read_head(bytes: &[u8]) -> Option<(u32, bool)> {
    let head = bytes.get(..HEAD_CHECKSUM + 4)?;
    let covered = head.get(..HEAD_CHECKSUM)?;
    let stored = head.get(HEAD_CHECKSUM..).map(LittleEndian::read_u32)?;
    if !head.starts_with(&MAGIC) || stored != crc32fast::hash(covered) {
        return None;
    }
    let sequence = covered.get(SEQUENCE..NEEDED).map(LittleEndian::read_u32)?;
    Some((sequence, covered.get(NEEDED..).map(LittleEndian::read_u32)? != 0))
}

/// The generation to which the records of a segment belong: each has it in its checksum. Records of
/// the current generation come first, followed by some of earlier ones. A single record that no
/// other confirms may be bytes that look like one, and is only used if there is nothing better.
fn generation_of_records(bytes: &[u8]) -> Option<u32> {
    let mut generations = Vec::new();
    let mut offset = RECORDS;
    while offset + FRAME < bytes.len() {
        let found = framed(bytes, offset).and_then(|(payload, checksum)| {
            record::decode(payload)?;
            Some((payload.len(), unsalt(checksum ^ crc32fast::hash(payload))))
        });
        let Some((length, generation)) = found.filter(|(_, generation)| *generation != 0) else {
            offset += ALIGNMENT;
            continue;
        };
        if generations.contains(&generation) {
            return Some(generation);
        }
        // Bytes that look like a record are rarely one, and a segment has few generations: this is
        // enough.
        if generations.len() == MAX_GENERATIONS {
            break;
        }
        generations.push(generation);
        offset += (FRAME + length).next_multiple_of(ALIGNMENT);
    }
    generations.first().copied()
}

/// The bytes of the record at an offset, if it is a valid one of this generation.
fn payload(bytes: &[u8], sequence: u32, offset: usize) -> Option<&[u8]> {
    let (payload, checksum) = framed(bytes, offset)?;
    (crc32fast::hash(payload) ^ salt(sequence) == checksum).then_some(payload)
}

/// The possible record at an offset, and its checksum, if its frame is plausible.
fn framed(bytes: &[u8], offset: usize) -> Option<(&[u8], u32)> {
    let (frame, rest) = bytes.get(offset..)?.split_at_checked(FRAME)?;
    let length = to_index(frame.get(..4).map(LittleEndian::read_u32)?.into())?;
    if length > MAX_RECORD_LENGTH || !record::is_kind(*rest.first()?) {
        return None;
    }
    Some((rest.get(..length)?, frame.get(4..).map(LittleEndian::read_u32)?))
}

/// Allocates every page of a segment: a write to a map cannot report an error.
fn reserve(file: &dyn DiskFile, length: usize) -> io::Result<()> {
    match file.allocate(length_to_u64(length)) {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {
            let status = file.status()?;
            if status.allocated < status.length {
                let zeros = vec![0; SMALLEST];
                let mut offset = 0;
                while offset < status.length {
                    let rest = to_index(status.length - offset).unwrap_or(SMALLEST);
                    let piece = zeros.get(..rest.min(SMALLEST)).unwrap_or_default();
                    file.write_at(offset, piece)?;
                    offset += length_to_u64(piece.len());
                }
            }
            Ok(())
        }
        other => other,
    }
}

/// Makes records of one generation differ from those of another at the same position.
const fn salt(sequence: u32) -> u32 {
    sequence.wrapping_mul(SALT)
}

/// The generation with this [`salt`]: odd numbers have inverses.
const fn unsalt(salt: u32) -> u32 {
    salt.wrapping_mul(SALT_INVERSE)
}

/// The inverse of an odd number modulo 2^32: each round of Newton's method doubles the correct
/// bits.
const fn inverse(odd: u32) -> u32 {
    let mut inverse = odd;
    let mut round = 0;
    while round < 4 {
        inverse = inverse.wrapping_mul(2_u32.wrapping_sub(odd.wrapping_mul(inverse)));
        round += 1;
    }
    inverse
}
