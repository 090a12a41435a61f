//! Copies the rows of a selection: at most two runs of the ring, surrounded by unknown rows.

use super::Selection;
use crate::number::{UNKNOWN, length_to_u64, to_index};

/// Fills `values` with the rows of `selection`, `width` values each.
///
/// `rows` is the number of rows of the archive and `current` the one written last;
/// `read(row, values)` copies complete rows from `row` on, never across the end of the ring.
pub(crate) fn read_rows<E>(
    selection: &Selection,
    rows: u64,
    current: u64,
    width: usize,
    values: &mut Vec<f64>,
    mut read: impl FnMut(u64, &mut [f64]) -> Result<(), E>,
) -> Result<(), E> {
    values.clear();
    values.resize(selection.rows * width, UNKNOWN);
    let step = i128::from(selection.span.step.seconds());
    let newest = i128::from(selection.newest);
    // Rows count from the oldest one of the ring, 0, to the newest, rows - 1.
    let oldest_end = newest - (i128::from(rows) - 1) * step;
    let first_end = i128::from(selection.span.start) + step;
    let skipped = ((oldest_end - first_end) / step).max(0);
    let mut age = ((first_end - oldest_end) / step).max(0);
    let (Some(mut target), true) = (
        usize::try_from(skipped).ok().and_then(|rows| rows.checked_mul(width)),
        age < i128::from(rows),
    ) else {
        return Ok(());
    };
    while age < i128::from(rows) {
        let (Ok(place), Some(rest)) = (u64::try_from(age), values.get_mut(target..)) else {
            break;
        };
        let row = (current + 1 + place) % rows;
        let run = (rows - row).min(rows - place);
        let wanted = to_index(run).unwrap_or(usize::MAX).min(rest.len() / width.max(1));
        let Some(rest) = rest.get_mut(..wanted * width).filter(|rest| !rest.is_empty()) else {
            break;
        };
        read(row, rest)?;
        target += rest.len();
        age += i128::from(length_to_u64(wanted));
    }
    Ok(())
}
