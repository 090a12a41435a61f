//! The values of a dump: conversion of texts to numbers.

use super::error::RestoreError;
use crate::number::{self, NumberError, UNKNOWN};

/// A count as parsed by C's `strtoul` with base 0: decimal, `0x` hexadecimal, `0` octal. Text after
/// the digits is ignored, a text without digits is 0, a minus sign counts down from 2^64.
pub(super) fn count(text: &str, line: u64) -> Result<u64, RestoreError> {
    let (negative, magnitude) = scan_whole(text);
    let magnitude = magnitude.ok_or_else(|| out_of_range(text, line, "get_xml_ulong"))?;
    Ok(if negative { magnitude.wrapping_neg() } else { magnitude })
}

/// Seconds since 1970, in the forms of [`count`] but signed.
pub(super) fn seconds(text: &str, line: u64) -> Result<i64, RestoreError> {
    let (negative, magnitude) = scan_whole(text);
    let signed = magnitude.and_then(|magnitude| {
        let magnitude = i128::from(magnitude);
        i64::try_from(if negative { -magnitude } else { magnitude }).ok()
    });
    signed.ok_or_else(|| out_of_range(text, line, "get_xml_time_t"))
}

/// A number; a text containing `nan` is unknown, one containing `inf` infinite.
pub(super) fn number(text: &str, line: u64) -> Result<f64, RestoreError> {
    if let Some(value) = named_number(text) {
        return Ok(value);
    }
    number::parse(text).map_err(|error| match error {
        NumberError::TrailingText { text, .. } => RestoreError::TrailingText { line, text },
        NumberError::NotANumber { text } => RestoreError::NotANumber { line, text },
    })
}

/// A text that must be shorter than its field.
pub(super) fn text(text: &str, limit: usize) -> Result<&str, RestoreError> {
    if text.len() < limit {
        Ok(text)
    } else {
        Err(RestoreError::TooLong { text: text.to_owned(), limit })
    }
}

fn named_number(text: &str) -> Option<f64> {
    // Both names contain this letter; digits occur a hundred times as often.
    if !text.bytes().any(|byte| matches!(byte, b'n' | b'N')) {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let names = [("nan", UNKNOWN), ("-inf", f64::NEG_INFINITY), ("inf", f64::INFINITY)];
    names.into_iter().find(|(name, _)| lower.contains(name)).map(|(_, value)| value)
}

/// Sign and magnitude of the integer at the beginning of a text; no magnitude if it exceeds 64
/// bits.
fn scan_whole(text: &str) -> (bool, Option<u64>) {
    let negative = text.starts_with('-');
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let hexadecimal = unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X"));
    let (base, digits) = match hexadecimal {
        Some(digits) if digits.starts_with(|c: char| c.is_ascii_hexdigit()) => (16, digits),
        _ if unsigned.starts_with('0') => (8, unsigned),
        _ => (10, unsigned),
    };
    let mut values = digits.chars().map_while(|character| character.to_digit(base));
    let magnitude = values.try_fold(0_u64, |magnitude, digit| {
        magnitude.checked_mul(base.into())?.checked_add(digit.into())
    });
    (negative, magnitude)
}

fn out_of_range(text: &str, line: u64, reader: &'static str) -> RestoreError {
    RestoreError::Whole { line, reader, text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_read_as_c_reads_them() {
        for (text, value) in [
            ("10", 10),
            ("0x10", 16),
            ("0X1f", 31),
            ("0xg", 0),
            ("010", 8),
            ("09", 0),
            ("", 0),
            ("abc", 0),
            ("20s", 20),
            ("+7", 7),
            ("-5", 18_446_744_073_709_551_611),
            ("18446744073709551615", u64::MAX),
        ] {
            assert_eq!(count(text, 1).unwrap(), value, "{text}");
        }
        assert_eq!(
            count("99999999999999999999", 23).unwrap_err().to_string(),
            "line 23: '99999999999999999999' is not a whole number in range"
        );
    }

    #[test]
    fn seconds_have_a_sign() {
        assert_eq!(seconds("-7", 1).unwrap(), -7);
        assert_eq!(seconds("1000000035.7", 1).unwrap(), 1_000_000_035);
        assert_eq!(seconds("-9223372036854775808", 1).unwrap(), i64::MIN);
        assert_eq!(
            seconds("9223372036854775808", 4).unwrap_err().to_string(),
            "line 4: '9223372036854775808' is not a whole number in range"
        );
    }

    #[test]
    fn nan_and_inf_count_anywhere_in_a_text() {
        assert_eq!(number("Banana", 1).unwrap().to_bits(), UNKNOWN.to_bits());
        assert_eq!(number("+INF", 1).unwrap(), f64::INFINITY);
        assert_eq!(number("x-inf", 1).unwrap(), f64::NEG_INFINITY);
        assert_eq!(number("1e400", 1).unwrap(), f64::INFINITY);
    }

    #[test]
    fn what_is_not_a_number_is_reported_with_its_line() {
        for (text, message) in [
            ("1,5", "line 60: '1,5' has text after the number"),
            ("abc", "line 60: 'abc' is not a number"),
            ("", "line 60: '' is not a number"),
            ("n", "line 60: 'n' is not a number"),
        ] {
            assert_eq!(number(text, 60).unwrap_err().to_string(), message);
        }
    }
}
