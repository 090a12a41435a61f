//! The casts of this crate, with their behaviour at the limits.

/// The integer part of a number, clamped to the range of `i32`; 0 for NaN.
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates, which is what is promised")]
pub(crate) fn whole(number: f64) -> i32 {
    number as i32
}

/// The nearest integer, halves away from zero, clamped to the range of `i32`; 0 for NaN.
pub(crate) fn rounded(number: f64) -> i32 {
    whole(number + 0.5_f64.copysign(number))
}

/// The integer part of a number, clamped to the range of `i64`; 0 for NaN.
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates, which is what is promised")]
pub(crate) fn whole_seconds(number: f64) -> i64 {
    number as i64
}

/// A number of pixels or columns; 0 for negative numbers and NaN.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, which is what is promised"
)]
pub(crate) fn count(number: f64) -> usize {
    number as usize
}

/// Seconds as a number, exact for 285 million years.
#[expect(clippy::cast_precision_loss, reason = "seconds are far below 2^53")]
pub(crate) fn seconds(seconds: i64) -> f64 {
    seconds as f64
}

/// A count as a number.
#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^53")]
pub(crate) fn float(count: usize) -> f64 {
    count as f64
}

/// A count of pixels as the weight of a colour; rounded above 2^24.
#[expect(clippy::cast_precision_loss, reason = "weights need no more than 24 bits")]
pub(crate) fn weight(count: u32) -> f32 {
    count as f32
}

/// A small number as an index into memory.
#[expect(clippy::as_conversions, reason = "pointers here are at least as wide")]
pub(crate) fn index(number: u32) -> usize {
    number as usize
}
