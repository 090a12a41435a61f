//! Writes the ranges of a change to a file, in an order that an interruption cannot damage.

use std::io;

use super::image::Image;
use super::record::Record;
use crate::disk::DiskFile;
use crate::number::length_to_u64;

/// The rows, then the head of `head` bytes in one piece.
pub(super) fn write_simple(file: &dyn DiskFile, head: usize, record: &Record) -> io::Result<()> {
    let mut in_head = None;
    for range in record.ranges() {
        if range.offset < length_to_u64(head) {
            in_head = Some(range);
        } else {
            range.write(file)?;
        }
    }
    in_head.map_or(Ok(()), |range| range.write(file))
}

/// The head, then the rows: a change with a journal is visible in the head from its first byte on.
pub(super) fn write_journalled(
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

/// Completes a change if the file is in a state between its beginning and its end; returns whether
/// it is. Called under the write lock.
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
