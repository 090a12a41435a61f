//! Casts between number types, named after what they do at the limits. Nothing else in the
//! workspace casts.

/// A count as a double; above 2^53 the nearest one.
///
/// ```
/// assert_eq!(rrd_core::number::count_to_f64(300), 300.0);
/// ```
#[expect(clippy::cast_precision_loss, reason = "rounding above 2^53 is what the formulas do, too")]
#[inline]
pub const fn count_to_f64(count: u64) -> f64 {
    // Processors convert signed numbers faster.
    let signed = count.cast_signed();
    if signed < 0 {
        return large_count_to_f64(count);
    }
    signed as f64
}

/// Not inlined, so that the compiler does not merge both branches into the slow one.
#[expect(clippy::cast_precision_loss, reason = "rounding above 2^53 is what the formulas do, too")]
#[cold]
#[inline(never)]
const fn large_count_to_f64(count: u64) -> f64 {
    count as f64
}

/// An integer as a double; beyond ±2^53 the nearest one.
///
/// ```
/// assert_eq!(rrd_core::number::whole_to_f64(-7), -7.0);
/// ```
#[expect(
    clippy::cast_precision_loss,
    reason = "small numbers take the short way, large ones are rounded"
)]
pub fn whole_to_f64(value: i128) -> f64 {
    match i64::try_from(value) {
        Ok(value) => value as f64,
        Err(_) => value as f64,
    }
}

/// The value as an integer, if it is one with at most 28 digits.
///
/// ```
/// use rrd_core::number::whole;
/// assert_eq!(whole(5.0), Some(5));
/// assert_eq!(whole(5.5), None);
/// assert_eq!(whole(1e28), None);
/// ```
#[expect(clippy::cast_possible_truncation, reason = "the range is checked first")]
pub fn whole(value: f64) -> Option<i128> {
    if value.abs() < 1e15 {
        let whole = value as i64;
        return (seconds_to_f64(whole) == value).then_some(i128::from(whole));
    }
    (value.abs() < 1e28 && value.trunc() == value).then_some(value as i128)
}

/// Seconds (or another signed count) as a double; beyond ±2^53 the nearest one.
///
/// ```
/// assert_eq!(rrd_core::number::seconds_to_f64(-1), -1.0);
/// ```
#[expect(clippy::cast_precision_loss, reason = "rounding above 2^53 is what the formulas do, too")]
pub const fn seconds_to_f64(seconds: i64) -> f64 {
    seconds as f64
}

/// A length in memory as a count. Lossless: no target has lengths above 64 bits.
///
/// ```
/// assert_eq!(rrd_core::number::length_to_u64("abc".len()), 3);
/// ```
pub const fn length_to_u64(length: usize) -> u64 {
    length as u64
}

/// A count as an index into memory; `None` if it does not fit.
///
/// ```
/// assert_eq!(rrd_core::number::to_index(7), Some(7));
/// ```
pub fn to_index(count: u64) -> Option<usize> {
    usize::try_from(count).ok()
}

/// The integer part of a double. NaN and values out of range become `i64::MIN`, as on the
/// processors that RRDtool runs on.
///
/// ```
/// use rrd_core::number::truncate_to_i64;
/// assert_eq!(truncate_to_i64(-2.9), -2);
/// assert_eq!(truncate_to_i64(f64::NAN), i64::MIN);
/// assert_eq!(truncate_to_i64(1e300), i64::MIN);
/// ```
pub const fn truncate_to_i64(value: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if value >= -LIMIT && value < LIMIT { saturate_to_i64(value) } else { i64::MIN }
}

/// The largest integer not above a double, with the limits of [`truncate_to_i64`].
///
/// ```
/// assert_eq!(rrd_core::number::floor_to_i64(-2.1), -3);
/// ```
pub fn floor_to_i64(value: f64) -> i64 {
    truncate_to_i64(value.floor())
}

/// The integer part of a double as a count: negative values and NaN become 0, values out of range
/// the largest count.
///
/// ```
/// use rrd_core::number::truncate_to_u64;
/// assert_eq!(truncate_to_u64(2.9), 2);
/// assert_eq!(truncate_to_u64(-1.0), 0);
/// assert_eq!(truncate_to_u64(f64::INFINITY), u64::MAX);
/// ```
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
pub const fn truncate_to_u64(value: f64) -> u64 {
    value as u64
}

/// The nearest single-precision number.
///
/// ```
/// assert_eq!(rrd_core::number::to_f32(0.5), 0.5);
/// ```
#[expect(clippy::cast_possible_truncation, reason = "rounding is the purpose")]
pub const fn to_f32(value: f64) -> f32 {
    value as f32
}

/// A signed number as a count; negative numbers become 0.
///
/// ```
/// assert_eq!(rrd_core::number::floor_at_zero(-3), 0);
/// ```
pub fn floor_at_zero(value: i32) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// The low 32 bits of a number, as C's conversion to `int` keeps them.
///
/// ```
/// assert_eq!(rrd_core::number::wrap_to_i32(4_294_967_297), 1);
/// ```
#[expect(clippy::cast_possible_truncation, reason = "dropping the high bits is the purpose")]
pub const fn wrap_to_i32(value: i64) -> i32 {
    value as i32
}

#[expect(clippy::cast_possible_truncation, reason = "the callers have checked the range")]
const fn saturate_to_i64(value: f64) -> i64 {
    value as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_borders_of_64_bits_fit_and_the_next_double_does_not() {
        assert_eq!(truncate_to_i64(-9_223_372_036_854_775_808.0), i64::MIN);
        assert_eq!(truncate_to_i64(9_223_372_036_854_774_784.0), 9_223_372_036_854_774_784);
        assert_eq!(truncate_to_i64(9_223_372_036_854_775_808.0), i64::MIN);
        assert_eq!(truncate_to_i64(f64::NEG_INFINITY), i64::MIN);
    }
}
