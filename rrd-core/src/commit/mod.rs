//! What makes a change all-or-nothing: the change as a record, and the one function that brings records to a file.
//! The redo journal beside a file lives in `sidecar`, its bytes in `image`.

mod image;
mod pending;
mod sidecar;

use std::io;

use crate::disk::DiskFile;
use crate::format::push_values;
use crate::number::length_to_u64;

pub(crate) use image::Image;
pub(crate) use pending::PendingRows;
pub(crate) use sidecar::{Sidecar, read_image, recover, sidecar_exists, sidecar_path};

/// The unit that the kernel writes whole even if the process is killed meanwhile.
pub(crate) const PAGE: usize = 4096;

/// A change of a file: what is to stand where. Reused from change to change, so that it allocates nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    ranges: Vec<(u64, usize)>,
    bytes: Vec<u8>,
    in_place: bool,
}

impl Record {
    pub(crate) fn clear(&mut self) {
        self.ranges.clear();
        self.bytes.clear();
        self.in_place = false;
    }

    /// Adds bytes that shall stand at `offset`.
    pub(crate) fn push(&mut self, offset: u64, bytes: &[u8]) {
        self.ranges.push((offset, bytes.len()));
        self.bytes.extend_from_slice(bytes);
    }

    /// Adds values of rows in the native layout.
    pub(crate) fn push_values(&mut self, offset: u64, values: &[f64]) {
        let start = self.bytes.len();
        push_values(&mut self.bytes, values);
        self.ranges.push((offset, self.bytes.len() - start));
    }

    /// Says that the rows replace others than the oldest: half of them must never be seen.
    pub(crate) fn set_in_place(&mut self) {
        self.in_place = true;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The ranges in the order in which they were added.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let mut rest = self.bytes.as_slice();
        self.ranges.iter().map_while(move |(offset, length)| {
            let (bytes, after) = rest.split_at_checked(*length)?;
            rest = after;
            Some((*offset, bytes))
        })
    }

    /// Whether rows and head can be written one after the other: only oldest rows change, and all that changes in the
    /// head of `head` bytes is one range inside one page.
    pub(crate) fn is_simple(&self, head: usize) -> bool {
        let mut in_head = self.ranges.iter().filter(|(offset, _)| *offset < length_to_u64(head));
        let one_page = in_head.next().is_none_or(|(offset, length)| {
            let page = length_to_u64(PAGE);
            offset % page + length_to_u64(*length) <= page
        });
        !self.in_place && one_page && in_head.next().is_none()
    }
}

/// How far a change must have come before it counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// It survives the end of the process in any way, `kill -9` included. After a power loss a file may hold part of
    /// the last seconds' changes.
    #[default]
    Process,
    /// It survives a power loss.
    Synced,
}

/// Brings a change to its file. This is the only place that writes to an existing database.
///
/// `head` is what the file holds before its rows. A simple record is written in two steps: the rows, which replace the oldest
/// ones, then the head in one piece. Any other goes to the journal first, then the head, then the rows: so a commit that
/// was cut off shows in the head, and the journal completes it.
#[inline]
pub(crate) fn commit(
    file: &dyn DiskFile,
    sidecar: &mut Sidecar,
    head: &[u8],
    record: &Record,
    durability: Durability,
) -> Result<(), CommitError> {
    if durability == Durability::Process && record.is_simple(head.len()) {
        return write_simple(file, head.len(), record).map_err(CommitError::File);
    }
    sidecar.write(file, head, record, durability).map_err(CommitError::Journal)?;
    write_journalled(file, head.len(), record).map_err(CommitError::File)?;
    if durability == Durability::Synced {
        file.sync().map_err(CommitError::File)?;
    }
    Ok(())
}

/// The rows, then the head of `head` bytes in one piece.
pub(crate) fn write_simple(file: &dyn DiskFile, head: usize, record: &Record) -> io::Result<()> {
    let mut piece = None;
    for (offset, bytes) in record.ranges() {
        if offset < length_to_u64(head) {
            piece = Some((offset, bytes));
        } else {
            file.write_at(offset, bytes)?;
        }
    }
    piece.map_or(Ok(()), |(offset, bytes)| file.write_at(offset, bytes))
}

/// The head, then the rows: a change that a journal completes shows in the head from its first byte on.
pub(crate) fn write_journalled(
    file: &dyn DiskFile,
    head: usize,
    record: &Record,
) -> io::Result<()> {
    write_part(file, head, record, true)?;
    write_part(file, head, record, false)
}

fn write_part(file: &dyn DiskFile, head: usize, record: &Record, in_head: bool) -> io::Result<()> {
    let head = length_to_u64(head);
    record
        .ranges()
        .filter(|(offset, _)| (*offset < head) == in_head)
        .try_for_each(|(offset, bytes)| file.write_at(offset, bytes))
}

/// Completes a change if the file is in a state between its beginning and its end; says whether it is. Called under the
/// write lock.
pub(crate) fn replay(file: &dyn DiskFile, image: &Image) -> io::Result<bool> {
    let mut head = vec![0; image.head_length()];
    let read = file.read_at(0, &mut head)?;
    if !head.get(..read).is_some_and(|head| image.fits(head)) {
        return Ok(false);
    }
    write_journalled(file, image.head_length(), image.record())?;
    if image.is_synced() {
        file.sync()?;
    }
    Ok(true)
}

/// Why a change did not reach its file.
#[derive(Debug)]
pub(crate) enum CommitError {
    /// The journal cannot be written; the file is as it was.
    Journal(io::Error),
    /// The file cannot be written; the journal, if the change had one, completes it later.
    File(io::Error),
}
