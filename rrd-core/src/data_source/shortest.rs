//! The shortest text of a typed reading, as stored in a file. `last` describes its use.

use std::fmt;
use std::io::Write as _;

use crate::number::{ReverseText, seconds_to_f64, truncate_to_i64};

/// Bytes in a file; the last one is always zero.
pub(super) const SIZE: usize = 30;
/// Bytes of text in a file.
pub(super) const KEPT: usize = SIZE - 1;
/// A number of digits that every double preserves, and that are collected without rounding.
const EXACT_DIGITS: usize = 15;
/// Length of the longest text that is formed digit by digit: that of the smallest integer.
const MAX_LENGTH: usize = 20;

/// The text of a value, cut to the length that is stored.
pub(super) fn cut(text: &impl fmt::Display) -> [u8; SIZE] {
    let mut bytes = [0; SIZE];
    let mut free = &mut bytes[..KEPT];
    // Text that does not fit is cut off by the error that ends the writing.
    let _ = write!(free, "{text}");
    bytes
}

/// An integer.
pub(super) fn whole(value: i64) -> [u8; SIZE] {
    let mut text = Text::ending_at(MAX_LENGTH);
    text.push_whole(value.unsigned_abs());
    if value < 0 {
        text.push(b'-');
    }
    text.padded()
}

/// The shortest text that parses to the same double. Integers below 10^28 are written in full, as
/// counters require.
pub(super) fn number(value: f64) -> [u8; SIZE] {
    if let Some(text) = few_digits(value) {
        return text;
    }
    let magnitude = value.abs();
    if magnitude == 0.0 || (1e-5..1e28).contains(&magnitude) {
        cut(&value)
    } else {
        cut(&format_args!("{value:e}"))
    }
}

/// The text of a number with at most 15 digits, of which at most 15 are decimals. Two such texts
/// never parse to the same double, so no text is shorter.
fn few_digits(value: f64) -> Option<[u8; SIZE]> {
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-5..1e15).contains(&magnitude) {
        return None;
    }
    let whole = truncate_to_i64(magnitude);
    let digits = POWERS.iter().position(|power| whole < *power)?;
    let mut decimals = EXACT_DIGITS - digits;
    let power = POWERS[decimals];
    let scale = seconds_to_f64(power);
    let scaled = truncate_to_i64(magnitude * scale + 0.5);
    // Both are exact integers, so this is what the text parses to.
    if seconds_to_f64(scaled) / scale != magnitude {
        return None;
    }
    let mut fraction = scaled - whole * power;
    let mut text = Text::ending_at(MAX_LENGTH);
    if fraction > 0 {
        for (power, zeros) in [(100_000_000, 8), (10_000, 4), (100, 2), (10, 1)] {
            if fraction % power == 0 {
                fraction /= power;
                decimals -= zeros;
            }
        }
        text.push_digits(fraction.unsigned_abs(), decimals);
        text.push(b'.');
    }
    text.push_whole(whole.unsigned_abs());
    if value.is_sign_negative() {
        text.push(b'-');
    }
    Some(text.padded())
}

/// The powers of ten from 10^0 to 10^15.
const POWERS: [i64; EXACT_DIGITS + 1] = {
    let mut powers = [1; EXACT_DIGITS + 1];
    let mut digits = 1;
    while digits <= EXACT_DIGITS {
        powers[digits] = powers[digits - 1] * 10;
        digits += 1;
    }
    powers
};

type Text = ReverseText<{ MAX_LENGTH + SIZE }>;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_of_few_digits_has_the_text_that_the_standard_library_gives_it() {
        for value in [
            0.0,
            -0.0,
            1.0,
            -12.5,
            0.1,
            0.000_01,
            0.000_012_345_678_9,
            0.123_456_789_012_345,
            4.35,
            99.999_9,
            9.999_999_999_999_99,
            123_456_789_012_345.0,
            999_999_999_999_999.0,
            99_999_999_999_999.9,
            12_345_678.5,
            10_000_000.000_000_1,
        ] {
            for value in [value, -value] {
                let bytes = few_digits(value).expect("few digits");
                assert_eq!(bytes, cut(&value), "{value}");
            }
        }
        for value in
            [1e15, 1e-6, 0.1 + 0.2, f64::INFINITY, f64::NAN, 1.0 / 3.0, 1_152_921_504_606_846_976.0]
        {
            assert_eq!(few_digits(value), None, "{value}");
        }
    }

    proptest! {
        #[test]
        fn any_number_has_the_text_that_the_standard_library_gives_it(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            if let Some(text) = few_digits(value) {
                prop_assert_eq!(text, cut(&value));
            }
        }

        #[test]
        fn decimals_have_the_text_that_the_standard_library_gives_them(
            digits in -10_000_000_000_000_000_i64..10_000_000_000_000_000,
            decimals in 0..20,
        ) {
            let value: f64 = format!("{digits}e-{decimals}").parse().unwrap();
            if let Some(text) = few_digits(value) {
                prop_assert_eq!(text, cut(&value));
            }
        }

        #[test]
        fn neighbours_of_decimals_have_the_text_that_the_standard_library_gives_them(
            digits in 1..1_000_000_i64,
            decimals in 0..10,
            distance in 0..6_u64,
        ) {
            let value: f64 = format!("{digits}e-{decimals}").parse().unwrap();
            let value = f64::from_bits(value.to_bits() - 3 + distance);
            if let Some(text) = few_digits(value) {
                prop_assert_eq!(text, cut(&value));
            }
        }
    }
}
