//! The text of the last reading as stored in a file. `shortest` converts typed readings to such
//! text.

use super::digits::Digits;
use super::shortest::{self, KEPT, SIZE, cut};
use crate::number::{self, NumberError};
use crate::sample::Reading;

/// The last reading of a data source: at most 29 bytes of text, "U" for unknown.
///
/// A typed reading is converted to text only when text is needed: for a file, or by
/// [`text`](Self::text).
#[derive(Clone, Copy, Debug)]
pub struct LastReading(Kept);

#[derive(Clone, Copy, Debug)]
enum Kept {
    Text([u8; SIZE]),
    Integer(i64),
    /// Never NaN.
    Number(f64),
}

impl LastReading {
    /// No reading yet, or an unknown one.
    pub const UNKNOWN: Self = {
        let mut bytes = [0; SIZE];
        bytes[0] = b'U';
        Self(Kept::Text(bytes))
    };

    /// Reads the bytes of a file; the last one is forced to zero.
    pub const fn from_bytes(mut bytes: [u8; SIZE]) -> Self {
        bytes[KEPT] = 0;
        Self(Kept::Text(bytes))
    }

    /// The bytes of the file: text, then zeros.
    ///
    /// ```
    /// use rrd_core::{LastReading, Reading};
    /// assert_eq!(LastReading::of(&Reading::Number(0.5)).to_bytes()[..4], *b"0.5\0");
    /// ```
    pub fn to_bytes(&self) -> [u8; SIZE] {
        match self.0 {
            Kept::Text(bytes) => bytes,
            Kept::Integer(value) => shortest::whole(value),
            Kept::Number(value) => shortest::number(value),
        }
    }

    /// This reading as text, cut to 29 bytes.
    pub fn of(reading: &Reading) -> Self {
        let mut last = Self::UNKNOWN;
        last.remember(reading);
        last
    }

    /// Replaces the previous reading; in place, because building it elsewhere and copying it takes
    /// longer.
    #[inline]
    pub(crate) fn remember(&mut self, reading: &Reading) {
        match reading {
            Reading::Number(value) if !value.is_nan() => self.0 = Kept::Number(*value),
            _ => self.remember_any(reading),
        }
    }

    #[inline(never)]
    fn remember_any(&mut self, reading: &Reading) {
        match reading {
            Reading::Unknown => *self = Self::UNKNOWN,
            Reading::Number(value) if value.is_nan() => *self = Self::UNKNOWN,
            Reading::Number(value) => self.0 = Kept::Number(*value),
            Reading::Integer(value) => match i64::try_from(*value) {
                Ok(value) => self.0 = Kept::Integer(value),
                Err(_) => self.0 = Kept::Text(cut(value)),
            },
            Reading::Text(text) => {
                let mut bytes = [0; SIZE];
                for (byte, typed) in bytes[..KEPT].iter_mut().zip(text.bytes()) {
                    *byte = typed;
                }
                self.0 = Kept::Text(bytes);
            }
        }
    }

    /// Whether a following counter has nothing to be compared with.
    pub const fn is_unknown(&self) -> bool {
        matches!(self.0, Kept::Text([b'U', ..]))
    }

    /// The text up to its first zero byte.
    ///
    /// ```
    /// use rrd_core::{LastReading, Reading};
    /// assert_eq!(LastReading::of(&Reading::from("12.50")).text(), "12.50");
    /// assert_eq!(LastReading::of(&Reading::Number(12.5)).text(), "12.5");
    /// ```
    pub fn text(&self) -> String {
        String::from_utf8_lossy(used(&self.to_bytes())).into_owned()
    }

    #[inline]
    pub(super) fn digits(&self) -> Digits {
        match self.0 {
            Kept::Integer(value) => Digits::of(value.into()),
            Kept::Text(bytes) => Digits::scan(used(&bytes)),
            Kept::Number(_) => Digits::scan(used(&self.to_bytes())),
        }
    }

    /// The text as a number, also for a typed reading: a reading must mean the same before and
    /// after it was stored.
    pub(super) fn number(&self) -> Result<f64, NumberError> {
        number::parse(&self.text())
    }
}

impl PartialEq for LastReading {
    fn eq(&self, other: &Self) -> bool {
        self.to_bytes() == other.to_bytes()
    }
}

impl Eq for LastReading {}

fn used(bytes: &[u8; SIZE]) -> &[u8] {
    let length = bytes.iter().position(|byte| *byte == 0).unwrap_or(KEPT);
    bytes.get(..length).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(reading: impl Into<Reading>) -> String {
        LastReading::of(&reading.into()).text()
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
