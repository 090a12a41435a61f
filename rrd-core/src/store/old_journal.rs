//! The log as earlier versions left it, next to the databases: read once, when such a store is
//! opened, and removed when its samples are in their files.

use std::io::{self, ErrorKind};
use std::path::Path;

use byteorder::{ByteOrder, LittleEndian};

use super::record::{self, JournalRecord};
use crate::disk::{Disk, DiskFile, Locking, OpenMode};
use crate::number::to_index;

const SEGMENTS: [&str; 2] = [".store-0.journal", ".store-1.journal"];
/// Images of heads that were being written. They are not read any more.
const IMAGES: &str = ".store-images.journal";
/// Samples of files that could not be written.
pub(super) const ORPHANS: &str = ".store-orphans.journal";
/// All names of earlier versions.
pub(super) const NAMES: [&str; 4] = [SEGMENTS[0], SEGMENTS[1], IMAGES, ORPHANS];

const MAGIC: [u8; 8] = *b"RRDSTOR1";
const GENERATION: usize = MAGIC.len();
const NEEDED: usize = GENERATION + 4;
const HEAD_CHECKSUM: usize = NEEDED + 4;
const RECORDS: usize = 64;
const FRAME: usize = 8;
const ALIGNMENT: usize = 8;
const SALT: u32 = 0x9e37_79b1;

/// What an earlier version left.
#[derive(Debug, Default)]
pub(super) struct OldJournal {
    /// The records that are needed, oldest first.
    pub(super) records: Vec<JournalRecord>,
    /// The segments, locked.
    segments: Vec<Box<dyn DiskFile>>,
}

impl OldJournal {
    /// Reads the segments; `None` if a process has them open.
    pub(super) fn open(disk: &dyn Disk) -> io::Result<Option<Self>> {
        let mut old = Self::default();
        let mut found = Vec::new();
        for path in SEGMENTS {
            let file = match disk.open(Path::new(path), OpenMode::WriteOwn) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                other => other?,
            };
            if !file.lock(Locking::Try)? {
                return Ok(None);
            }
            let length = to_index(file.status()?.length).unwrap_or_default();
            if length > RECORDS {
                found.extend(needed_records(file.map(length)?.bytes()));
            }
            old.segments.push(file);
        }
        found.sort_by_key(|(generation, _)| *generation);
        old.records = found.into_iter().flat_map(|(_, records)| records).collect();
        Ok(Some(old))
    }

    /// Removes the files; all that was in them is elsewhere.
    pub(super) fn remove(self, disk: &dyn Disk) -> io::Result<()> {
        for name in NAMES {
            match disk.remove(Path::new(name)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        // Until here nobody else could take them over.
        drop(self.segments);
        Ok(())
    }
}

/// The generation of a segment and its records up to the first that is not valid, if they are
/// needed.
fn needed_records(bytes: &[u8]) -> Option<(u32, Vec<JournalRecord>)> {
    let covered = bytes.get(..HEAD_CHECKSUM)?;
    let checksum = bytes.get(HEAD_CHECKSUM..HEAD_CHECKSUM + 4).map(LittleEndian::read_u32)?;
    let generation = covered.get(GENERATION..NEEDED).map(LittleEndian::read_u32)?;
    let needed = covered.get(NEEDED..).map(LittleEndian::read_u32)? != 0;
    if !covered.starts_with(&MAGIC) || checksum != crc32fast::hash(covered) || !needed {
        return None;
    }
    let mut rest = bytes.get(RECORDS..)?;
    let mut records = Vec::new();
    while let Some((frame, after)) = rest.split_at_checked(FRAME)
        && let Some(length) = to_index(LittleEndian::read_u32(frame).into())
        && let Some(payload) = after.get(..length)
        && let Some(checksum) = frame.get(4..).map(LittleEndian::read_u32)
        && checksum == crc32fast::hash(payload) ^ generation.wrapping_mul(SALT)
        && let Some(record) = record::decode(payload)
    {
        records.push(record);
        rest = after.get(length.next_multiple_of(ALIGNMENT)..).unwrap_or_default();
    }
    Some((generation, records))
}
