//! Durations as text: `10s`, `5m`, `2d`. The only place that parses them.

use std::fmt;
use std::time::Duration;

use thiserror::Error;

/// The units and their seconds, largest first.
const UNITS: [(char, u64); 6] =
    [('y', 365 * 86_400), ('w', 7 * 86_400), ('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];

/// A range of valid durations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    longest: Duration,
    example: &'static str,
}

/// Intervals and deadlines: a second to an hour.
pub const INTERVAL: Range = Range { longest: Duration::from_secs(3600), example: "10s" };
/// Retentions and windows: a second to a thousand years.
pub const SPAN: Range = Range { longest: Duration::from_secs(1000 * 365 * 86_400), example: "2d" };

/// A text that is not a duration, or out of range.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "invalid duration {text:?}: expected 1s to {}, e.g. {}",
    Words(range.longest.as_secs()),
    range.example
)]
pub struct InvalidDuration {
    text: String,
    range: Range,
}

impl Range {
    /// Parses whole seconds, or a number and a unit: `s`, `m`, `h`, `d`, `w`, `y` (365 days).
    ///
    /// ```
    /// use rrd_collector::duration::{INTERVAL, SPAN};
    /// assert_eq!(SPAN.parse("20m").unwrap().as_secs(), 1200);
    /// assert_eq!(INTERVAL.parse("5").unwrap().as_secs(), 5);
    /// assert_eq!(
    ///     INTERVAL.parse("2h").unwrap_err().to_string(),
    ///     "invalid duration \"2h\": expected 1s to 1h, e.g. 10s"
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidDuration`], also for zero and durations out of range.
    pub fn parse(self, text: &str) -> Result<Duration, InvalidDuration> {
        let seconds = seconds(text.trim()).map(Duration::from_secs);
        seconds
            .filter(|length| !length.is_zero() && *length <= self.longest)
            .ok_or_else(|| InvalidDuration { text: text.to_owned(), range: self })
    }
}

fn seconds(text: &str) -> Option<u64> {
    let unit = UNITS.into_iter().find_map(|(unit, scale)| Some((text.strip_suffix(unit)?, scale)));
    let (digits, scale) = unit.unwrap_or((text, 1));
    // `parse` also accepts a plus sign.
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse::<u64>().ok().filter(|_| is_number)?.checked_mul(scale)
}

/// Whole seconds in the largest unit that divides them; weeks are not used.
pub(crate) struct Words(pub(crate) u64);

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits =
            UNITS.into_iter().find(|(unit, scale)| *unit != 'w' && self.0.is_multiple_of(*scale));
        let (unit, scale) = fits.unwrap_or(('s', 1));
        write!(f, "{}{unit}", self.0 / scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_has_its_length_and_a_plain_number_is_seconds() {
        for (text, seconds) in [
            ("7", 7),
            ("7s", 7),
            (" 2m ", 120),
            ("2h", 7200),
            ("1d", 86_400),
            ("1w", 604_800),
            ("1y", 31_536_000),
        ] {
            assert_eq!(SPAN.parse(text).unwrap().as_secs(), seconds, "{text}");
        }
    }

    #[test]
    fn what_is_not_a_duration_is_refused_with_the_range_that_is() {
        for text in ["", "s", "0", "0d", "-5", "+5s", "5 m", "5x", "5mm", "1.5h", "1001y"] {
            let error = SPAN.parse(text).unwrap_err().to_string();
            let expected = "expected 1s to 1000y, e.g. 2d";
            assert_eq!(error, format!("invalid duration {text:?}: {expected}"));
        }
        assert!(SPAN.parse("99999999999999999999").is_err());
        assert!(SPAN.parse("9999999999999999999y").is_err());
        assert!(INTERVAL.parse("1h").is_ok() && INTERVAL.parse("3601s").is_err());
    }
}
