//! The text of the last reading as a file keeps it, and typed readings turned into such text.

use std::borrow::Cow;
use std::io::Write as _;

use super::rate::Digits;
use crate::number::{self, NumberError};
use crate::sample::Reading;

/// The last reading of a data source: at most 29 bytes of text, then zeros; "U" for unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastReading([u8; 30]);

/// Bytes of text that a file keeps.
const KEPT: usize = 29;

impl LastReading {
    /// Nothing is known.
    pub const UNKNOWN: Self = {
        let mut bytes = [0; 30];
        bytes[0] = b'U';
        Self(bytes)
    };

    /// The bytes of the file; the last one is forced to zero.
    pub const fn from_bytes(mut bytes: [u8; 30]) -> Self {
        bytes[KEPT] = 0;
        Self(bytes)
    }

    /// The bytes of the file.
    pub const fn as_bytes(&self) -> &[u8; 30] {
        &self.0
    }

    /// This reading as text, cut to 29 bytes.
    pub fn of(reading: &Reading) -> Self {
        match reading {
            Reading::Unknown => Self::UNKNOWN,
            Reading::Number(value) if value.is_nan() => Self::UNKNOWN,
            Reading::Number(value) => Self::number_text(*value),
            Reading::Integer(value) => Self::integer_text(*value),
            Reading::Text(text) => Self::cut(text.as_bytes()),
        }
    }

    /// Whether a following counter has nothing to be compared with.
    pub const fn is_unknown(&self) -> bool {
        self.0[0] == b'U'
    }

    /// The text up to its first zero byte.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.used())
    }

    pub(super) fn digits(&self) -> Digits {
        Digits::scan(self.used())
    }

    pub(super) fn number(&self) -> Result<f64, NumberError> {
        number::parse(&self.text())
    }

    fn used(&self) -> &[u8] {
        let length = self.0.iter().position(|byte| *byte == 0).unwrap_or(KEPT);
        self.0.get(..length).unwrap_or_default()
    }

    fn cut(text: &[u8]) -> Self {
        let mut bytes = [0; 30];
        for (kept, byte) in bytes.iter_mut().zip(text.iter().take(KEPT)) {
            *kept = *byte;
        }
        Self(bytes)
    }

    #[inline]
    fn integer_text(value: i128) -> Self {
        let mut digits = [0_u8; 40];
        let mut start = digits.len();
        let mut push = |digit: u8| {
            start -= 1;
            digits[start] = digit;
        };
        let mut rest = value.unsigned_abs();
        while rest > u128::from(u64::MAX) {
            push(b'0' + u8::try_from(rest % 10).unwrap_or_default());
            rest /= 10;
        }
        let mut rest = u64::try_from(rest).unwrap_or_default();
        loop {
            push(b'0' + u8::try_from(rest % 10).unwrap_or_default());
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if value < 0 {
            push(b'-');
        }
        Self::cut(&digits[start..])
    }

    /// The shortest text that reads back as the same double; no double needs more than 24 bytes of it.
    fn number_text(value: f64) -> Self {
        if let Some(whole) = number::whole(value)
            && whole.unsigned_abs() < 1_000_000_000_000_000
            && (whole != 0 || value.is_sign_positive())
        {
            return Self::integer_text(whole);
        }
        let mut bytes = [0; 30];
        let mut free = &mut bytes[..KEPT];
        let magnitude = value.abs();
        let written = if magnitude == 0.0 || (1e-5..1e17).contains(&magnitude) {
            write!(free, "{value}")
        } else {
            write!(free, "{value:e}")
        };
        if written.is_ok() { Self(bytes) } else { Self::UNKNOWN }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(reading: impl Into<Reading>) -> String {
        LastReading::of(&reading.into()).text().into_owned()
    }

    #[test]
    fn typed_readings_have_the_shortest_text() {
        assert_eq!(text(0_u64), "0");
        assert_eq!(text(u64::MAX), "18446744073709551615");
        assert_eq!(text(i64::MIN), "-9223372036854775808");
        assert_eq!(
            LastReading::of(&Reading::Integer(i128::MIN)).text(),
            "-1701411834604692317316873037"
        );
        assert_eq!(text(0.1), "0.1");
        assert_eq!(text(-12.0), "-12");
        assert_eq!(text(1e300), "1e300");
        assert_eq!(text(f64::MIN_POSITIVE), "2.2250738585072014e-308");
        assert_eq!(text(f64::INFINITY), "inf");
        assert_eq!(text(f64::NAN), "U");
    }

    #[test]
    fn texts_are_kept_as_typed_and_cut_at_29_bytes() {
        assert_eq!(text("12.50"), "12.50");
        assert_eq!(text("123456789012345678901234567890"), "12345678901234567890123456789");
    }

    proptest! {
        #[test]
        fn a_number_survives_its_text(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            prop_assume!(!value.is_nan());
            prop_assert_eq!(text(value).parse::<f64>().unwrap().to_bits(), bits);
        }

        #[test]
        fn an_integer_is_printed_like_everywhere(value in any::<i64>()) {
            prop_assert_eq!(text(value), value.to_string());
        }
    }
}
