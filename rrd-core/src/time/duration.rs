//! Durations with suffixes (`300`, `5m`, `10d`): steps, heartbeats, rows, resolutions.

use std::num::NonZeroU64;

/// Why a text is not a duration. The caller adds what the duration was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DurationError {
    /// The text does not begin with a digit.
    #[error("expected a number above 0 with or without a unit, e.g. 300 or 5m")]
    NoDigit,
    /// The digits are followed by something other than one of `s m h d w M y`.
    #[error("unknown unit: expected s, m, h, d, w, M or y after the number")]
    UnknownSuffix,
    /// The duration is zero.
    #[error("expected more than 0")]
    Zero,
    /// The duration is not a multiple of the unit in which it is counted.
    #[error("expected a whole multiple of the interval that it is counted in")]
    NotAMultiple,
}

/// Parses a duration and counts it in units of `divisor` seconds.
///
/// A plain number is already a count. With a suffix it is a time: `s`econds, `m`inutes, `h`ours,
/// `d`ays, `w`eeks, `M`onths of 31 days, `y`ears of 366 days. Text after the suffix is ignored.
///
/// # Errors
///
/// See [`DurationError`].
///
/// ```
/// use std::num::NonZeroU64;
/// use rrd_core::duration::{self, DurationError};
/// let step = NonZeroU64::new(300).unwrap();
/// assert_eq!(duration::parse("10d", step), Ok(2880));
/// assert_eq!(duration::parse("2880", step), Ok(2880));
/// assert_eq!(duration::parse("10d", NonZeroU64::MIN), Ok(864_000));
/// assert_eq!(duration::parse("7m", step), Err(DurationError::NotAMultiple));
/// ```
pub fn parse(text: &str, divisor: NonZeroU64) -> Result<u64, DurationError> {
    let digits = text.bytes().take_while(u8::is_ascii_digit);
    let suffix = text.bytes().find(|byte| !byte.is_ascii_digit());
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(DurationError::NoDigit);
    }
    let count = digits.fold(0_u64, |count, digit| {
        count.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
    });
    let unit = match suffix {
        None => None,
        Some(b's') => Some(1),
        Some(b'm') => Some(60),
        Some(b'h') => Some(3600),
        Some(b'd') => Some(86_400),
        Some(b'w') => Some(7 * 86_400),
        Some(b'M') => Some(31 * 86_400),
        Some(b'y') => Some(366 * 86_400),
        Some(_) => return Err(DurationError::UnknownSuffix),
    };
    let Some(unit) = unit else {
        return if count == 0 { Err(DurationError::Zero) } else { Ok(count) };
    };
    let seconds = count.wrapping_mul(unit);
    if seconds == 0 {
        Err(DurationError::Zero)
    } else if seconds % divisor != 0 {
        Err(DurationError::NotAMultiple)
    } else {
        Ok(seconds / divisor)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn in_seconds(text: &str) -> Result<u64, DurationError> {
        parse(text, NonZeroU64::MIN)
    }

    #[test]
    fn every_suffix_has_its_length() {
        for (text, seconds) in [
            ("7", 7),
            ("7s", 7),
            ("2m", 120),
            ("2h", 7200),
            ("1d", 86_400),
            ("1w", 604_800),
            ("1M", 2_678_400),
            ("1y", 31_622_400),
        ] {
            assert_eq!(in_seconds(text), Ok(seconds));
        }
    }

    #[test]
    fn what_follows_the_suffix_is_ignored() {
        assert_eq!(in_seconds("5mm"), Ok(300));
        assert_eq!(in_seconds("5minutes"), Ok(300));
    }

    #[test]
    fn every_fault_has_its_error() {
        for (text, error) in [
            ("", DurationError::NoDigit),
            ("-5", DurationError::NoDigit),
            (" 5", DurationError::NoDigit),
            ("m", DurationError::NoDigit),
            ("5x", DurationError::UnknownSuffix),
            ("5 m", DurationError::UnknownSuffix),
            ("0", DurationError::Zero),
            ("0d", DurationError::Zero),
        ] {
            assert_eq!(in_seconds(text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_number_beyond_64_bits_becomes_the_largest() {
        assert_eq!(in_seconds("99999999999999999999"), Ok(u64::MAX));
        assert_eq!(in_seconds("99999999999999999999m"), Ok(u64::MAX.wrapping_mul(60)));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,30}", divisor: NonZeroU64) {
            let _ = parse(&text, divisor);
        }

        #[test]
        fn whole_units_count_back(count in 1..1_u64 << 30, divisor in 1..1_u64 << 20) {
            let divisor = NonZeroU64::new(divisor).unwrap();
            prop_assert_eq!(parse(&format!("{}s", count * divisor.get()), divisor), Ok(count));
        }
    }
}
