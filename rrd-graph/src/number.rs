//! The casts of this crate, each with its meaning at the edges.

/// The whole part of a number; the ends of `i32` for what lies beyond, 0 for what is no number.
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates, which is what is promised")]
pub(crate) fn whole(number: f64) -> i32 {
    number as i32
}

/// The whole number nearest to a number, halves away from zero; the ends of `i32` for what lies beyond, 0 for what is no
/// number.
pub(crate) fn rounded(number: f64) -> i32 {
    whole(number + 0.5_f64.copysign(number))
}

/// The whole part of a number; the ends of `i64` for what lies beyond, 0 for what is no number.
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates, which is what is promised")]
pub(crate) fn whole_seconds(number: f64) -> i64 {
    number as i64
}

/// A number of pixels or columns; 0 for what is negative or no number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, which is what is promised"
)]
pub(crate) fn count(number: f64) -> usize {
    number as usize
}

/// A moment or a length of time as a number; seconds keep their value for 285 million years.
#[expect(clippy::cast_precision_loss, reason = "seconds are far below 2^53")]
pub(crate) fn seconds(seconds: i64) -> f64 {
    seconds as f64
}

/// A count as a number.
#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^53")]
pub(crate) fn float(count: usize) -> f64 {
    count as f64
}

/// A count of pixels to weigh a colour with; what is above 2^24 is rounded.
#[expect(clippy::cast_precision_loss, reason = "weights need no more than 24 bits")]
pub(crate) fn weight(count: u32) -> f32 {
    count as f32
}

/// A small number as an index into memory.
#[expect(clippy::as_conversions, reason = "pointers here are at least as wide")]
pub(crate) fn index(number: u32) -> usize {
    number as usize
}
