//! The values of a dump: conversion of texts to numbers.

use super::error::RestoreError;
use crate::number::{self, NumberError, UNKNOWN};

/// A count: decimal, `0x` hexadecimal or `0` octal digits and nothing else.
pub(super) fn count(text: &str, line: u64) -> Result<u64, RestoreError> {
    match scan_whole(text) {
        Some(Whole { negative: false, magnitude: Some(magnitude) }) => Ok(magnitude),
        Some(Whole { negative: false, magnitude: None }) => {
            Err(out_of_range(text, line, "get_xml_ulong"))
        }
        _ => Err(RestoreError::NotWhole { line, text: text.to_owned() }),
    }
}

/// Seconds since 1970, in the forms of [`count`] but signed. Decimals are left out, as RRDtool
/// does.
pub(super) fn seconds(text: &str, line: u64) -> Result<i64, RestoreError> {
    let whole = match text.split_once('.') {
        Some((whole, decimals)) if decimals.bytes().all(|byte| byte.is_ascii_digit()) => whole,
        _ => text,
    };
    let Some(Whole { negative, magnitude }) = scan_whole(whole) else {
        return Err(RestoreError::NotWhole { line, text: text.to_owned() });
    };
    let signed = magnitude.and_then(|magnitude| {
        let magnitude = i128::from(magnitude);
        i64::try_from(if negative { -magnitude } else { magnitude }).ok()
    });
    signed.ok_or_else(|| out_of_range(text, line, "get_xml_time_t"))
}

/// A number, `nan` or `inf`.
pub(super) fn number(text: &str, line: u64) -> Result<f64, RestoreError> {
    // Every name has this letter; digits occur a hundred times as often.
    if text.bytes().any(|byte| matches!(byte, b'n' | b'N')) {
        let named = named_number(text);
        return named.ok_or_else(|| RestoreError::NotANumber { line, text: text.to_owned() });
    }
    match number::parse(text) {
        // An exponent without digits is accepted elsewhere.
        Ok(value) if text.ends_with(|end: char| end.is_ascii_digit() || end == '.') => Ok(value),
        Ok(_) | Err(NumberError::TrailingText { .. }) => {
            Err(RestoreError::TrailingText { line, text: text.to_owned() })
        }
        Err(NumberError::NotANumber { text }) => Err(RestoreError::NotANumber { line, text }),
    }
}

/// The violations of a window, newest first: digits that are 0 or 1.
pub(super) fn flags(text: &str, line: u64) -> Result<Vec<u8>, RestoreError> {
    let flag = |digit| match digit {
        b'0' => Some(0),
        b'1' => Some(1),
        _ => None,
    };
    let flags = text.bytes().map(flag).collect::<Option<_>>();
    flags.ok_or_else(|| RestoreError::NotFlags { line, text: text.to_owned() })
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
    let (negative, name) = match text.strip_prefix('-') {
        Some(name) => (true, name),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    match name.to_ascii_lowercase().as_str() {
        // Some C libraries print whether a NaN is quiet.
        "nan" | "nanq" => Some(UNKNOWN),
        "inf" | "infinity" if negative => Some(f64::NEG_INFINITY),
        "inf" | "infinity" => Some(f64::INFINITY),
        _ => None,
    }
}

/// A whole number.
struct Whole {
    negative: bool,
    /// `None` if it exceeds 64 bits.
    magnitude: Option<u64>,
}

/// The whole number that a text is; `None` if it is anything else.
fn scan_whole(text: &str) -> Option<Whole> {
    let negative = text.starts_with('-');
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let hexadecimal = unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X"));
    let (base, digits) = match hexadecimal {
        Some(digits) => (16, digits),
        None if unsigned.starts_with('0') => (8, unsigned),
        None => (10, unsigned),
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(base)) {
        return None;
    }
    // Digits alone fail for their number only.
    Some(Whole { negative, magnitude: u64::from_str_radix(digits, base).ok() })
}

fn out_of_range(text: &str, line: u64, reader: &'static str) -> RestoreError {
    RestoreError::Whole { line, reader, text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_digits_as_c_reads_them() {
        for (text, value) in [
            ("10", 10),
            ("0", 0),
            ("0x10", 16),
            ("0X1f", 31),
            ("010", 8),
            ("+7", 7),
            ("18446744073709551615", u64::MAX),
        ] {
            assert_eq!(count(text, 1).unwrap(), value, "{text}");
        }
        for text in ["18446744073709551616", "12345678901234567890123", "0x10000000000000000"] {
            assert_eq!(
                count(text, 23).unwrap_err().to_string(),
                format!("line 23: '{text}' is not a whole number in range")
            );
        }
    }

    #[test]
    fn a_text_that_is_not_wholly_a_count_is_refused() {
        for text in [
            "", "abc", "1 2", "20s", "10.5", "1e3", "-5", "--5", "+-5", "++5", "09", "0x", "0xg",
            "0x-1", "NaN", "٣", "1_000", "1,000",
        ] {
            assert_eq!(
                count(text, 4).unwrap_err().to_string(),
                format!("line 4: '{text}' is not a whole number")
            );
        }
    }

    #[test]
    fn seconds_have_a_sign() {
        assert_eq!(seconds("-7", 1).unwrap(), -7);
        assert_eq!(seconds("1000000035", 1).unwrap(), 1_000_000_035);
        assert_eq!(seconds("1000000035.7", 1).unwrap(), 1_000_000_035);
        assert_eq!(seconds("-9223372036854775808", 1).unwrap(), i64::MIN);
        assert_eq!(
            seconds("9223372036854775808", 4).unwrap_err().to_string(),
            "line 4: '9223372036854775808' is not a whole number in range"
        );
        for text in ["abc", "", ".5", "1.2.3", "1.x", "1000000035 UTC", "1e9", "-"] {
            assert_eq!(
                seconds(text, 4).unwrap_err().to_string(),
                format!("line 4: '{text}' is not a whole number")
            );
        }
    }

    #[test]
    fn nan_and_inf_have_their_names_in_any_case() {
        for text in ["nan", "NaN", "-nan", "+NAN", "NaNQ"] {
            assert_eq!(number(text, 1).unwrap().to_bits(), UNKNOWN.to_bits(), "{text}");
        }
        for (text, value) in [
            ("+INF", f64::INFINITY),
            ("inf", f64::INFINITY),
            ("Infinity", f64::INFINITY),
            ("-inf", f64::NEG_INFINITY),
            ("1e400", f64::INFINITY),
            ("5.", 5.0),
            ("+5", 5.0),
            ("-.5", -0.5),
        ] {
            assert_eq!(number(text, 1).unwrap(), value, "{text}");
        }
    }

    #[test]
    fn flags_are_0_and_1() {
        assert_eq!(flags("0110", 1).unwrap(), [0, 1, 1, 0]);
        assert!(flags("", 1).unwrap().is_empty());
        assert_eq!(
            flags("0120", 8).unwrap_err().to_string(),
            "line 8: '0120' has characters other than 0 and 1"
        );
    }

    #[test]
    fn what_is_not_a_number_is_reported_with_its_line() {
        for (text, message) in [
            ("1,5", "line 60: '1,5' has text after the number"),
            ("1 2", "line 60: '1 2' has text after the number"),
            ("1e", "line 60: '1e' has text after the number"),
            ("1e+", "line 60: '1e+' has text after the number"),
            ("0x10", "line 60: '0x10' has text after the number"),
            ("NaN>NaN", "line 60: 'NaN>NaN' is not a number"),
            ("NaN NaN", "line 60: 'NaN NaN' is not a number"),
            ("Banana", "line 60: 'Banana' is not a number"),
            ("x-inf", "line 60: 'x-inf' is not a number"),
            ("inf1", "line 60: 'inf1' is not a number"),
            ("U", "line 60: 'U' is not a number"),
            ("abc", "line 60: 'abc' is not a number"),
            ("", "line 60: '' is not a number"),
            ("n", "line 60: 'n' is not a number"),
        ] {
            assert_eq!(number(text, 60).unwrap_err().to_string(), message);
        }
    }
}
