//! Writes the ranges of a change to a file, in an order that an interruption cannot damage.

use std::io;

use super::image::Image;
use super::record::Record;
use crate::disk::DiskFile;
use crate::number::length_to_u64;

/// The rows, then the head of `head` bytes: RRDtool's order. An interruption between the two leaves
/// the file as before, except for rows that were replaced.
pub(super) fn write_rows_first(
    file: &dyn DiskFile,
    head: usize,
    record: &Record,
) -> io::Result<()> {
    write_part(file, head, record, false)?;
    write_part(file, head, record, true)
}

/// The head, then the rows: a change with a record is visible in the head from its first byte on.
pub(super) fn write_head_first(
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
        .filter(|range| (range.offset < head) == in_head)
        .try_for_each(|range| range.write(file))
}

/// Completes a change that fits the file, in any state between its beginning and its end. Called
/// under the write lock.
pub(crate) fn replay(file: &dyn DiskFile, image: &Image) -> io::Result<()> {
    write_head_first(file, image.head_length(), image.record())?;
    if image.is_synced() { file.sync() } else { Ok(()) }
}
