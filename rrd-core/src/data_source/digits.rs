//! Integers of up to 30 digits, as counters have them, and their differences.

use crate::number::{self, UNKNOWN};
use crate::sample::Reading;

/// More digits than this are not compared.
const MAX_DIGITS: usize = 30;

/// Below this every integer is a double.
const EXACT: u128 = 1 << 53;

/// An integer of any sign; the magnitude is `None` without digits or with too many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Digits {
    magnitude: Option<u128>,
    pub(super) negative: bool,
}

impl Digits {
    /// The first run of digits in a text; a minus anywhere before it counts.
    pub(super) fn scan(text: &[u8]) -> Self {
        let start = text.iter().position(u8::is_ascii_digit).unwrap_or(text.len());
        let (before, rest) = text.split_at(start);
        let length = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
        let magnitude = (1..=MAX_DIGITS).contains(&length).then(|| magnitude(&rest[..length]));
        Self { magnitude, negative: before.contains(&b'-') }
    }

    /// A typed reading, if it is an integer.
    pub(super) fn whole(reading: &Reading) -> Option<Self> {
        let value = match reading {
            Reading::Integer(value) => *value,
            Reading::Number(value) => number::whole(*value)?,
            Reading::Unknown | Reading::Text(_) => return None,
        };
        Some(Self::of(value))
    }

    #[inline]
    pub(super) fn of(value: i128) -> Self {
        let magnitude = value.unsigned_abs();
        let countable = magnitude < 10_u128.pow(30);
        Self { magnitude: countable.then_some(magnitude), negative: value < 0 }
    }

    /// The difference, exact up to 2^53 and rounded digit by digit above that; NaN if the signs
    /// differ.
    #[inline]
    pub(super) fn minus(self, old: Self) -> f64 {
        let (Some(new), Some(before)) = (self.magnitude, old.magnitude) else { return UNKNOWN };
        if self.negative != old.negative {
            return UNKNOWN;
        }
        let distance = accumulated(new.abs_diff(before));
        let distance = if new < before { -distance } else { distance };
        if self.negative { -distance } else { distance }
    }
}

/// At most 30 digits as a number.
#[inline]
fn magnitude(digits: &[u8]) -> u128 {
    let (high, low) = digits.split_at(digits.len().saturating_sub(18));
    let fold = |digits: &[u8]| {
        digits.iter().fold(0_u64, |value, digit| value * 10 + u64::from(digit - b'0'))
    };
    let low_part = u128::from(fold(low));
    if high.is_empty() {
        low_part
    } else {
        u128::from(fold(high)) * 1_000_000_000_000_000_000 + low_part
    }
}

/// An integer as the double that results from collecting its digits from the front.
fn accumulated(value: u128) -> f64 {
    if value < EXACT {
        return number::whole_to_f64(value.cast_signed());
    }
    let mut digits = [0_u8; 39];
    let mut rest = value;
    let mut count = 0;
    for digit in &mut digits {
        if rest == 0 {
            break;
        }
        *digit = u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        count += 1;
    }
    digits.iter().take(count).rev().fold(0.0, |value, digit| value * 10.0 + f64::from(*digit))
}
