//! Values of rows as C gets them.

use std::iter;

use rrd_core::number::UNKNOWN;

use crate::c::memory::Block;
use crate::error::Failure;

/// A value for C: each that is unknown has the same bits. Programs print its sign.
pub(crate) fn value(value: f64) -> f64 {
    if value.is_nan() { UNKNOWN } else { value }
}

/// A block of `count` rows of `columns` values. One row of unknown values follows: Ruby's and Tcl's
/// bindings read one row more than there are.
pub(crate) fn rows(
    count: usize,
    columns: usize,
    values: impl Iterator<Item = f64>,
) -> Result<Block<f64>, Failure> {
    let length = count.saturating_add(1).saturating_mul(columns);
    Block::collect(length, values.map(value).chain(iter::repeat_n(UNKNOWN, columns)))
}

/// The same with so many unknown rows before and after them.
pub(crate) fn surrounded_rows(
    before: usize,
    values: &[f64],
    after: usize,
    columns: usize,
) -> Result<Block<f64>, Failure> {
    let unknown = |rows: usize| iter::repeat_n(UNKNOWN, rows.saturating_mul(columns));
    let (before, after) = (unknown(before), unknown(after.saturating_add(1)));
    let length = before.len().saturating_add(values.len()).saturating_add(after.len());
    Block::collect(length, before.chain(values.iter().copied().map(value)).chain(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_values_have_one_pattern_of_bits() {
        assert_eq!(value(f64::NAN).to_bits(), 0xfff8_0000_0000_0000);
        assert_eq!(value(-f64::NAN).to_bits(), 0xfff8_0000_0000_0000);
        assert_eq!(value(-0.0).to_bits(), (-0.0f64).to_bits());
    }

    #[test]
    fn a_row_of_unknown_values_follows_the_rows() {
        let pointer = rows(1, 2, [1.0, f64::NAN].into_iter()).expect("memory").hand_out();
        // SAFETY: two values and a row of two are in the block.
        let values = unsafe { std::slice::from_raw_parts(pointer, 4) };
        let bits: Vec<u64> = values.iter().map(|value| value.to_bits()).collect();
        let unknown = 0xfff8_0000_0000_0000;
        assert_eq!(bits, [1.0f64.to_bits(), unknown, unknown, unknown]);
        // SAFETY: the block is from `malloc`.
        unsafe { libc::free(pointer.cast()) };
    }
}
