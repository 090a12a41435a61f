//! The head of a file as read, and consistent reads without a lock: head, rows, head again.

use std::io::{self, ErrorKind};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::head_bytes::{HeadBytes, LoadError, PATIENCE};
use crate::archive::{Archive, ArchiveKind};
use crate::commit::{Heads, Image, PendingRows, Record, Tail};
use crate::disk::{DiskFile, Status};
use crate::fetch::row_length;
use crate::format::{Geometry, Head, HeadError, VALUE, decode, decode_live, encode_live};
use crate::number::length_to_u64;
use crate::schema::Schema;

/// Time that a reader tries to read between two changes.
const MAX_LENGTH: Duration = Duration::from_secs(5);

/// A head with the bytes from which it was decoded.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    /// The content of the file before its rows.
    pub(crate) bytes: Vec<u8>,
    /// A change left unfinished by a killed writer, which this snapshot shows as completed.
    unfinished: Option<Image>,
    pub(crate) geometry: Geometry,
    pub(crate) head: Head,
    /// Offset of the part of the head that every update changes.
    live: usize,
    /// The archives whose rows are replaced in place.
    seasonal: Vec<usize>,
    /// Offsets of the rows of each archive.
    starts: Vec<u64>,
    /// Length of the complete file.
    pub(crate) length: u64,
    /// Whether all blocks of the file are allocated.
    is_allocated: bool,
    /// What follows the rows.
    pub(crate) tail: Tail,
}

/// The part of a head that a change may modify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeadPart {
    /// All of it.
    All,
    /// What every update changes.
    Live,
}

impl Snapshot {
    /// Reads and decodes the head. A change that a killed writer left in the record behind the rows
    /// counts as made.
    pub(crate) fn load(file: &dyn DiskFile) -> Result<Self, LoadError> {
        Self::decoded(HeadBytes::read(file)?)
    }

    /// Reads and decodes a head that is looked at again before anything is made of it.
    pub(super) fn guess(file: &dyn DiskFile) -> Result<Self, LoadError> {
        Self::decoded(HeadBytes::guess(file)?).or_else(|_| Self::load(file))
    }

    /// Decodes the head.
    pub(super) fn decoded(found: HeadBytes) -> Result<Self, LoadError> {
        let HeadBytes { mut bytes, length, allocated, tail, unfinished, .. } = found;
        let (geometry, head) = match &unfinished {
            Some(image) => {
                let mut finished = bytes.clone();
                image.patch(&mut finished, 0);
                decode(&finished, length)?
            }
            None => decode(&bytes, length)?,
        };
        bytes.truncate(geometry.rows());
        bytes.shrink_to_fit();
        let mut snapshot = Self::new(bytes, geometry, head, tail);
        snapshot.unfinished = unfinished;
        snapshot.is_allocated = allocated >= snapshot.length;
        Ok(snapshot)
    }

    /// The first definition in the head that no database can have, although its rows can be read.
    pub(crate) fn impossible_definition(&self) -> Option<HeadError> {
        self.geometry.impossible_definitions(&self.head).into_iter().next()
    }

    /// A complete new file with this structure; `bytes` is the part before its rows.
    pub(crate) fn of_native(bytes: Vec<u8>, schema: &Schema) -> Result<Self, HeadError> {
        let rows: u64 = schema.archives().iter().map(|archive| archive.rows).sum();
        let row_size = length_to_u64(VALUE * schema.sources().len());
        let length = length_to_u64(bytes.len()) + rows * row_size;
        let (geometry, head) = decode(&bytes, length)?;
        Ok(Self::new(bytes, geometry, head, Tail::none(length)))
    }

    /// A file whose blocks are allocated, without an unfinished change.
    fn new(bytes: Vec<u8>, geometry: Geometry, head: Head, tail: Tail) -> Self {
        let mut start = length_to_u64(geometry.rows());
        let row_size = length_to_u64(geometry.row_size());
        let starts = head.schema.archives().iter().map(|archive| {
            let here = start;
            start += archive.rows * row_size;
            here
        });
        let starts = starts.collect();
        let keeps_season = |(index, archive): (usize, &Archive)| {
            use ArchiveKind::{DevSeasonal, Seasonal};
            matches!(archive.kind, Seasonal(_) | DevSeasonal(_)).then_some(index)
        };
        let archives = head.schema.archives().iter().enumerate();
        Self {
            bytes,
            unfinished: None,
            live: geometry.live(),
            seasonal: archives.filter_map(keeps_season).collect(),
            geometry,
            head,
            starts,
            length: start,
            is_allocated: true,
            tail,
        }
    }

    /// Allocates the blocks of a sparse file, so that no later write can fail on a full disk.
    pub(crate) fn allocate(&mut self, file: &dyn DiskFile) -> io::Result<()> {
        if self.is_allocated {
            return Ok(());
        }
        match file.allocate(self.length) {
            Err(error) if error.kind() != ErrorKind::Unsupported => Err(error),
            _ => {
                self.is_allocated = true;
                Ok(())
            }
        }
    }

    /// Whether this is the file itself, without a change from the record behind its rows.
    pub(crate) fn is_plain(&self) -> bool {
        self.unfinished.is_none()
    }

    /// Whether the file still begins with this head; afterwards `buffer` contains it, too.
    #[inline]
    pub(crate) fn is_current(&self, file: &dyn DiskFile, buffer: &mut Vec<u8>) -> io::Result<bool> {
        if buffer.len() != self.bytes.len() {
            buffer.resize(self.bytes.len(), 0);
        }
        let read = file.read_at(0, buffer)?;
        Ok(buffer.get(..read) == Some(self.bytes.as_slice()))
    }

    /// Checks whether the file still begins with this head; if not, adopts the new one and returns
    /// the old one. `buffer` is a scratch buffer.
    pub(crate) fn refresh(
        &mut self,
        file: &dyn DiskFile,
        buffer: &mut Vec<u8>,
    ) -> Result<Option<Self>, LoadError> {
        if self.is_current(file, buffer)? {
            return Ok(None);
        }
        let fresh = Self::load(file)?;
        Ok(Some(std::mem::replace(self, fresh)))
    }

    /// The bytes that no update changes.
    pub(crate) fn structure(&self) -> &[u8] {
        self.bytes.get(..self.live).unwrap_or_default()
    }

    /// A checksum of the head in the file.
    pub(crate) fn checksum(&self) -> u32 {
        crc32fast::hash(&self.bytes)
    }

    /// The checksum of the head of another file, if it is as long.
    pub(crate) fn checksum_of(&self, file: &dyn DiskFile) -> io::Result<Option<u32>> {
        let mut bytes = vec![0; self.bytes.len()];
        let read = file.read_at(0, &mut bytes)?;
        Ok((read == bytes.len()).then(|| crc32fast::hash(&bytes)))
    }

    /// Reads the head of another file, which nobody writes to at the moment. `false` if it has
    /// another structure than `known`, which is that of this snapshot, or anything behind its rows:
    /// then this snapshot is of no file.
    pub(crate) fn read_other(
        &mut self,
        file: &dyn DiskFile,
        status: &Status,
        known: &Self,
    ) -> Result<bool, LoadError> {
        if status.length != self.length
            || file.read_at(0, &mut self.bytes)? != self.bytes.len()
            || self.structure() != known.structure()
        {
            return Ok(false);
        }
        self.unfinished = None;
        self.is_allocated = status.allocated >= self.length;
        self.tail = Tail::none(self.length);
        self.restore().map(|()| true)
    }

    /// Whether both heads differ at most in what updates change.
    pub(crate) fn has_structure_of(&self, other: &Self) -> bool {
        let live = self.live;
        self.geometry == other.geometry && self.bytes.get(..live) == other.bytes.get(..live)
    }

    /// Whether rows read when the head was `self` are still valid for that state although the head
    /// is now `now`: only the oldest rows are replaced, as many as were added since.
    fn still_holds(&self, now: &Self, touched: Touched) -> bool {
        let Touched::Rows { archive, oldest } = touched else { return false };
        let Some(definition) = self.head.schema.archives().get(archive) else { return false };
        if !self.has_structure_of(now)
            || !self.is_plain()
            || !now.is_plain()
            || !definition.function().is_classic()
        {
            return false;
        }
        let step = row_length(definition, self.head.schema.step());
        let row = |state: &Self| step.index(state.head.live.last_update.seconds());
        u64::try_from(row(now) - row(self)).is_ok_and(|newer| newer <= oldest)
    }

    /// The head of the file and that of its next state, for a record.
    pub(crate) fn heads<'a>(&'a self, after: &'a [u8]) -> Heads<'a> {
        Heads { before: &self.bytes, after, live: self.live }
    }

    /// Adopts the committed bytes as those of the file.
    pub(crate) fn committed(&mut self, bytes: &mut Vec<u8>) {
        std::mem::swap(&mut self.bytes, bytes);
    }

    /// Writes the computed head into `target`, which holds the bytes of the file.
    pub(crate) fn encode_live(&self, target: &mut [u8]) {
        debug_assert_eq!(target.len(), self.bytes.len(), "the target holds the head of the file");
        encode_live(&self.geometry, &self.head.live, &mut target[self.live..]);
    }

    /// Makes `record` the change from the current file to the pending rows and the head in `new`,
    /// which differs in `part` only.
    pub(crate) fn record(
        &self,
        pending: &PendingRows,
        new: &[u8],
        part: HeadPart,
        record: &mut Record,
    ) {
        record.clear();
        let most = pending.record(record, |archive, row| self.row_offset(archive, row));
        let touches = |archive: &usize| pending.touches(*archive);
        // Rows that an edit writes are not the oldest ones.
        let is_edit = matches!(part, HeadPart::All) && most > 0;
        if most > 1 || is_edit || self.seasonal.iter().any(touches) {
            record.set_in_place();
        }
        let start = match part {
            HeadPart::All => 0,
            HeadPart::Live => self.live,
        };
        push_difference(record, &self.bytes, new, start);
    }

    /// Decodes the changing part of the head again from the bytes of the file.
    pub(crate) fn restore(&mut self) -> Result<(), LoadError> {
        self.head.live = decode_live(&self.geometry, &self.head.schema, &self.bytes)?;
        Ok(())
    }

    /// The positions of the rows.
    pub(crate) fn places(&self) -> RowLayout<'_> {
        let Self { unfinished, geometry, starts, .. } = self;
        RowLayout { geometry, starts, unfinished: unfinished.as_ref() }
    }

    /// The head for modification, and the positions of the rows.
    pub(crate) fn split(&mut self) -> (&mut Head, RowLayout<'_>) {
        let Self { unfinished, geometry, head, starts, .. } = self;
        (head, RowLayout { geometry, starts, unfinished: unfinished.as_ref() })
    }

    /// Where a copy of the file ends.
    pub(crate) fn kept_length(&self) -> u64 {
        self.tail.kept_length()
    }

    /// Completes an unfinished change in `bytes`, which lie at `offset` of the file.
    pub(crate) fn complete(&self, bytes: &mut [u8], offset: u64) {
        if let Some(image) = &self.unfinished {
            image.patch(bytes, offset);
        }
    }

    /// Offset of a row.
    pub(crate) fn row_offset(&self, archive: usize, row: u64) -> u64 {
        self.places().offset(archive, row)
    }
}

/// The positions and layout of the rows of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowLayout<'a> {
    geometry: &'a Geometry,
    starts: &'a [u64],
    unfinished: Option<&'a Image>,
}

impl RowLayout<'_> {
    /// Reads a row that may be computed but not in the file yet.
    pub(crate) fn read_newest(
        self,
        file: &dyn DiskFile,
        pending: &PendingRows,
        (archive, row): (usize, u64),
        values: &mut [f64],
    ) -> io::Result<()> {
        match pending.read(archive, row) {
            Some(pending) => {
                values.copy_from_slice(pending);
                Ok(())
            }
            None => self.read_rows(file, archive, row, values),
        }
    }

    fn offset(self, archive: usize, row: u64) -> u64 {
        // Never a default: the bytes at 0 are the head.
        self.starts[archive] + row * length_to_u64(self.geometry.row_size())
    }

    /// Reads complete rows from `row` on.
    pub(crate) fn read_rows(
        self,
        file: &dyn DiskFile,
        archive: usize,
        row: u64,
        values: &mut [f64],
    ) -> io::Result<()> {
        let offset = self.offset(archive, row);
        let bytes = bytemuck::cast_slice_mut(values);
        file.read_exact_at(offset, bytes)?;
        if let Some(image) = self.unfinished {
            image.patch(bytes, offset);
        }
        self.geometry.layout.read_doubles(values);
        Ok(())
    }
}

/// Adds the smallest range of whole words that turns the old head into the new one; they are equal
/// before `start`. Heads consist of whole words.
fn push_difference(record: &mut Record, old: &[u8], new: &[u8], start: usize) {
    const WORD: usize = 8;
    debug_assert_eq!(old.len(), new.len(), "a change keeps the sizes of all parts");
    let (old, new) = (&old[start..], &new[start..]);
    let (old_words, new_words) = (old.as_chunks::<WORD>().0, new.as_chunks().0);
    let same = |(old, new): &(&[u8; WORD], &[u8; WORD])| old == new;
    let from = old_words.iter().zip(new_words).take_while(same).count();
    let behind = old_words.iter().rev().zip(new_words.iter().rev()).take_while(same).count();
    if let Some(bytes) = new.get(from * WORD..new.len().saturating_sub(behind * WORD))
        && !bytes.is_empty()
    {
        record.push(length_to_u64(start + from * WORD), bytes);
    }
}

/// What a read depends on besides the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Touched {
    /// Anything in the file.
    All,
    /// Rows of one archive; this many rows in the ring are older than the oldest of them.
    Rows { archive: usize, oldest: u64 },
}

/// What is known of the head of a file before it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// It may be another one, so that it is read first.
    Stale,
    /// It is probably the same one: if not, what was read in the meantime is read again.
    Guessed,
}

/// Runs `read` on a consistent state of the file, repeatedly if necessary: afterwards no writer is
/// active, and the head is unchanged or only rows that were not read were replaced. A writer that
/// holds its lock longer than a commit takes is not waited for.
pub(crate) fn consistently<T, E: From<LoadError>>(
    file: &dyn DiskFile,
    snapshot: &mut Snapshot,
    buffer: &mut Vec<u8>,
    head: Known,
    mut read: impl FnMut(&Snapshot) -> Result<(T, Touched), E>,
) -> Result<T, E> {
    let mut start: Option<Instant> = None;
    file.check_map().map_err(LoadError::Read)?;
    let mut is_current = head == Known::Stale;
    if is_current {
        snapshot.refresh(file, buffer)?;
    }
    loop {
        let result = read(snapshot);
        let mut idle = !file.is_locked_elsewhere();
        while !idle && start.get_or_insert_with(Instant::now).elapsed() < PATIENCE {
            sleep(Duration::from_micros(20));
            idle = !file.is_locked_elsewhere();
        }
        let Some(before) = snapshot.refresh(file, buffer)? else {
            return result.map(|(found, _)| found);
        };
        match result {
            // A state from before the call must not be returned.
            _ if !std::mem::replace(&mut is_current, true) => {}
            Ok((found, touched)) if idle && before.still_holds(snapshot, touched) => {
                return Ok(found);
            }
            // Changes follow each other faster than the rows can be read.
            _ if start.get_or_insert_with(Instant::now).elapsed() > MAX_LENGTH => {
                return result.map(|(found, _)| found);
            }
            _ => {}
        }
    }
}
