//! The log shared by all files of a store, as one thread sees it: two preallocated, mapped segments
//! that are used alternately. A record is acknowledged once its bytes are in the map, or once they
//! are synced.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::record::{self, JournalRecord, place};
use super::segment::{self, End, FRAME, Found, Head, RECORDS};
use super::written::WrittenBytes;
use crate::database::Access;
use crate::disk::{Disk, DiskFile, Locking, MappedBytes, OpenMode};
use crate::number::{length_to_u64, to_index};

/// The smallest useful segment.
pub(super) const SMALLEST: usize = 64 << 10;

/// The two segments.
#[derive(Debug)]
pub(super) struct Journal {
    segments: [Segment; 2],
    active: usize,
}

#[derive(Debug)]
struct Segment {
    file: Arc<dyn DiskFile>,
    map: Box<dyn MappedBytes>,
    head: Head,
    end: End,
    /// Where the newest record of this run begins.
    newest: Option<usize>,
    /// Whether another generation may begin here: none of the records is needed any more.
    clean: bool,
    /// Whether a sync failed. What of the segment is on the disk is then unknown, and stays so: the
    /// kernel may count pages as written that are not.
    broken: bool,
}

/// A segment, and how far its records reach.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    /// Which of the two.
    pub(super) segment: usize,
    pub(super) generation: u32,
    end: End,
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
        access: Access,
    ) -> io::Result<Option<(Self, Found)>> {
        let mut segments = Vec::new();
        for path in paths {
            let Some(segment) = Segment::open(disk, path, size, access)? else { return Ok(None) };
            segments.push(segment);
        }
        let Ok(segments) = <[Segment; 2]>::try_from(segments) else {
            unreachable!("one segment for each of the two paths")
        };
        let found = segment::needed_records(segments.each_ref().map(|segment| segment.map.bytes()));
        // The older segment is reused first.
        let active = usize::from(segments[1].head.generation > segments[0].head.generation);
        Ok(Some((Self { segments, active }, found)))
    }

    /// Discards the content of the segments and starts again.
    pub(super) fn restart(&mut self) -> io::Result<()> {
        for segment in &mut self.segments {
            segment.begin_cleaning()?;
            (segment.clean, segment.broken) = (true, false);
        }
        self.switch_segment().map(drop)
    }

    /// Switches to the other segment if nothing in it is needed; returns whether it did.
    pub(super) fn switch_segment(&mut self) -> io::Result<bool> {
        let full = &self.segments[self.active];
        let before =
            if full.clean { (0, End::default()) } else { (full.head.generation, full.end) };
        let next = self.generation().wrapping_add(1).max(1);
        let other = 1 - self.active;
        let segment = &mut self.segments[other];
        if !segment.clean {
            return Ok(false);
        }
        segment.begin(Head::new(next, before))?;
        self.active = other;
        Ok(true)
    }

    /// The generation of the active segment.
    pub(super) fn generation(&self) -> u32 {
        self.segments.iter().map(|segment| segment.head.generation).max().unwrap_or(0)
    }

    /// The generation of the other segment, if it is still needed.
    pub(super) fn unclean(&self) -> Option<u32> {
        let segment = &self.segments[1 - self.active];
        (!segment.clean).then_some(segment.head.generation)
    }

    /// The generation of a segment that could not be synced, if there is one; the older one first.
    pub(super) fn broken(&self) -> Option<u32> {
        let broken = self.by_age().into_iter().map(|index| &self.segments[index]);
        broken.filter(|segment| segment.broken).map(|segment| segment.head.generation).next()
    }

    /// Writes into the head of the inactive segment that its records are no longer needed. It is
    /// only used again after [`set_clean`](Self::set_clean). Returns which one it is, if it is
    /// still of this generation.
    pub(super) fn begin_cleaning(&mut self, generation: u32) -> io::Result<Option<usize>> {
        let inactive = 1 - self.active;
        let segment = &mut self.segments[inactive];
        if segment.head.generation != generation || segment.clean {
            return Ok(None);
        }
        segment.begin_cleaning()?;
        Ok(Some(inactive))
    }

    /// Another generation may begin in this segment.
    pub(super) fn set_clean(&mut self, segment: usize) {
        self.segments[segment].clean = true;
        self.segments[segment].broken = false;
    }

    /// Free bytes in the active segment.
    pub(super) fn room(&self) -> usize {
        let segment = &self.segments[self.active];
        segment.map.bytes().len().saturating_sub(segment.end.offset)
    }

    /// Appends a record, of which this is the CRC-32, and returns its position.
    #[inline]
    pub(super) fn append(&mut self, payload: &[u8], crc: u32) -> Result<u64, AppendError> {
        if segment::size(payload.len()) > self.room() {
            return Err(AppendError::Full);
        }
        let segment = &mut self.segments[self.active];
        let length = u32::try_from(payload.len()).map_err(|_| AppendError::Full)?;
        let (generation, offset) = (segment.head.generation, segment.end.offset);
        let checksum = segment::checksum(crc, generation);
        let end = segment.end.after(payload.len(), checksum);
        // A kill between the two leaves a frame with a wrong checksum: the end of the log, as
        // intended.
        segment.map.write(offset + FRAME, payload).map_err(AppendError::Io)?;
        segment.map.write(offset, &end.frame(length, checksum)).map_err(AppendError::Io)?;
        segment.end = end;
        segment.newest = Some(offset);
        Ok(place(generation, offset))
    }

    /// The record at a position returned by [`append`](Self::append).
    pub(super) fn read(&self, place: u64) -> Option<JournalRecord> {
        let is_here = |segment: &&Segment| u64::from(segment.head.generation) == place >> 32;
        let segment = self.segments.iter().find(is_here)?;
        let offset = to_index(place & u64::from(u32::MAX))?;
        let generation = segment.head.generation;
        let (payload, ..) = segment::record_at(segment.map.bytes(), generation, offset)?;
        record::decode(payload)
    }

    /// The position of the next record.
    pub(super) fn end(&self) -> u64 {
        let segment = &self.segments[self.active];
        place(segment.head.generation, segment.end.offset)
    }

    /// Up to which position all records survive a power loss.
    pub(super) fn synced(&self) -> u64 {
        let reach = self.unsynced().into_iter().next();
        reach.map_or_else(
            || self.end(),
            |reach| place(reach.generation, self.segments[reach.segment].head.synced.offset),
        )
    }

    /// The segments with records that are not synced, oldest first.
    pub(super) fn unsynced(&self) -> Vec<Reach> {
        let reach = |index: usize| {
            let segment = &self.segments[index];
            let waits = !segment.clean && segment.head.synced != segment.end;
            let generation = segment.head.generation;
            waits.then_some(Reach { segment: index, generation, end: segment.end })
        };
        self.by_age().into_iter().filter_map(reach).collect()
    }

    /// Notes that a segment was synced after it reached so far.
    pub(super) fn note_synced(&mut self, reach: Reach) -> io::Result<()> {
        if !self.is_at(reach) {
            return Ok(());
        }
        let segment = &mut self.segments[reach.segment];
        segment.write_head(Head { synced: reach.end, ..segment.head })
    }

    /// Whether a segment is still of the generation that it was.
    pub(super) fn is_at(&self, reach: Reach) -> bool {
        self.segments[reach.segment].head.generation == reach.generation
    }

    /// Notes that syncing a segment failed.
    pub(super) fn set_broken(&mut self, segment: usize) {
        self.segments[segment].broken = true;
    }

    /// The devices and numbers of the segments; `None` if one of them was removed, cut or
    /// overwritten.
    pub(super) fn identities(&self) -> Option<[(u64, u64); 2]> {
        let [one, other] = self.segments.each_ref().map(Segment::identity);
        Some([one?, other?])
    }

    /// The two segments, the inactive one first.
    fn by_age(&self) -> [usize; 2] {
        [1 - self.active, self.active]
    }

    /// The files to sync so that all records survive a power loss.
    pub(super) fn files(&self) -> [Arc<dyn DiskFile>; 2] {
        self.segments.each_ref().map(|segment| segment.file.clone())
    }
}

impl Segment {
    fn open(disk: &dyn Disk, path: &Path, size: usize, access: Access) -> io::Result<Option<Self>> {
        let file = match disk.open(path, OpenMode::WriteOwn) {
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
        let file: Arc<dyn DiskFile> = Arc::from(file);
        let map: Box<dyn MappedBytes> = match access {
            Access::Mapped => file.map(length)?,
            Access::Position => Box::new(WrittenBytes::read(file.clone(), length)?),
        };
        let head = Head::decode(map.bytes()).unwrap_or_default();
        // Nothing is appended before the records of the earlier run are in their files.
        let end = End::full(length);
        Ok(Some(Self { file, map, head, end, newest: None, clean: false, broken: false }))
    }

    /// Looks at the file and not at the map, which must not be read if it is longer than the file.
    fn identity(&self) -> Option<(u64, u64)> {
        let length = self.map.bytes().len();
        let status = self.file.status().ok()?;
        let mut head = [0; RECORDS];
        self.file.read_exact_at(0, &mut head).ok()?;
        let is_ours = Head::decode_first(&head, length) == Some(self.head)
            && self.newest.is_none_or(|newest| self.has_record(newest));
        let is_whole = status.names > 0 && status.length >= length_to_u64(length);
        (is_ours && is_whole).then_some(status.identity)
    }

    /// Whether the newest record is in the file, with all before it.
    fn has_record(&self, newest: usize) -> bool {
        let mut record = vec![0; self.end.offset.saturating_sub(newest)];
        let is_read = self.file.read_exact_at(length_to_u64(newest), &mut record).is_ok();
        let found = segment::record_at(&record, self.head.generation, 0).filter(|_| is_read);
        found.is_some_and(|(_, _, chain)| self.end.has_chain(chain))
    }

    fn begin(&mut self, head: Head) -> io::Result<()> {
        self.write_head(head)?;
        (self.end, self.newest) = (head.synced, None);
        (self.clean, self.broken) = (false, false);
        Ok(())
    }

    fn begin_cleaning(&mut self) -> io::Result<()> {
        self.write_head(Head { needed: false, ..self.head })
    }

    fn write_head(&mut self, head: Head) -> io::Result<()> {
        self.map.write(0, &head.encode())?;
        self.head = head;
        Ok(())
    }
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
