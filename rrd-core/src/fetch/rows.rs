//! Copies the rows of a selection: at most two runs of the ring.

use std::io;

use super::Selection;
use crate::number::{length_to_u64, to_index};

/// Fills `values` with the rows of `selection` that the archive holds, `width` values each.
///
/// `rows` is the number of rows of the archive and `current` the one written last;
/// `read(row, values)` copies complete rows from `row` on, never across the end of the ring.
///
/// Values are only written once: memory that was filled before is not cleared.
pub(crate) fn read_rows(
    selection: &Selection,
    rows: u64,
    current: u64,
    width: usize,
    values: &mut Vec<f64>,
    mut read: impl FnMut(u64, &mut [f64]) -> io::Result<()>,
) -> io::Result<()> {
    let count = selection.kept.checked_mul(width).ok_or(io::ErrorKind::OutOfMemory)?;
    values.try_reserve_exact(count.saturating_sub(values.len()))?;
    values.resize(count, 0.0);
    let oldest = (current + 1) % rows;
    let (mut older, mut rest) = (selection.older, values.as_mut_slice());
    while !rest.is_empty() {
        let row = (oldest + older) % rows;
        let run = to_index(rows - row).unwrap_or(usize::MAX).saturating_mul(width);
        let (now, later) = rest.split_at_mut(run.min(rest.len()));
        read(row, now)?;
        older += length_to_u64(now.len() / width);
        rest = later;
    }
    Ok(())
}
