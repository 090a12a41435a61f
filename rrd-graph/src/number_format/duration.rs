//! Formats durations: `%H:%02m:%02s`.

use rrd_core::number::{fixed, power};

/// The default format.
const DEFAULT: &str = "%H:%02m:%02s";
/// Limit on width and precision, in characters.
const MAX_FIELD: usize = 1000;

/// A format for a duration in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DurationFormat {
    pieces: Vec<Piece>,
}

/// A text that is not a duration format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid duration format: expected e.g. %H:%02m:%02s")]
pub struct DurationFormatError;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Field { zeros: bool, width: usize, precision: usize, unit: DurationUnit },
}

/// The unit of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct DurationUnit {
    milliseconds: u32,
    /// Number of units in the next larger one, at which the count starts over.
    modulus: Option<u32>,
}

const SECOND: u32 = 1000;
const MINUTE: u32 = 60 * SECOND;
const HOUR: u32 = 60 * MINUTE;
const DAY: u32 = 24 * HOUR;

const UNITS: [(char, DurationUnit); 10] = [
    ('W', DurationUnit { milliseconds: 7 * DAY, modulus: None }),
    ('d', DurationUnit { milliseconds: DAY, modulus: Some(7) }),
    ('D', DurationUnit { milliseconds: DAY, modulus: None }),
    ('h', DurationUnit { milliseconds: HOUR, modulus: Some(24) }),
    ('H', DurationUnit { milliseconds: HOUR, modulus: None }),
    ('m', DurationUnit { milliseconds: MINUTE, modulus: Some(60) }),
    ('M', DurationUnit { milliseconds: MINUTE, modulus: None }),
    ('s', DurationUnit { milliseconds: SECOND, modulus: Some(60) }),
    ('S', DurationUnit { milliseconds: SECOND, modulus: None }),
    ('f', DurationUnit { milliseconds: 1, modulus: Some(1000) }),
];

impl DurationFormat {
    /// Parses a format; an empty text means `%H:%02m:%02s`.
    ///
    /// `%W` weeks, `%d` days within the week, `%D` days, `%h` hours within the day, `%H` hours,
    /// `%m` minutes within the hour, `%M` minutes, `%s` seconds within the minute, `%S` seconds,
    /// `%f` milliseconds within the second, `%%` a percent sign. A width (padded with zeros after a
    /// `0`) and a precision may precede the letter.
    ///
    /// ```
    /// use rrd_graph::number_format::DurationFormat;
    /// let format = DurationFormat::parse("%H:%02m:%02s").unwrap();
    /// assert_eq!(format.write(98_765_432.0), "27:26:05");
    /// assert_eq!(DurationFormat::parse("%.2h h").unwrap().write(5_400_000.0), "1.50 h");
    /// assert!(DurationFormat::parse("%q").is_err());
    /// ```
    pub fn parse(format: &str) -> Result<Self, DurationFormatError> {
        let mut rest = if format.is_empty() { DEFAULT } else { format };
        let mut pieces = Vec::new();
        while let Some((text, field)) = rest.split_once('%') {
            pieces.push(Piece::Text(text.to_owned()));
            let (zeros, field) = match field.strip_prefix('0') {
                Some(field) => (true, field),
                None => (false, field),
            };
            let (width, field) = digits(field);
            let (precision, field) = match field.strip_prefix('.') {
                Some(field) => digits(field),
                None => (0, field),
            };
            let mut letters = field.chars();
            let letter = letters.next().ok_or(DurationFormatError)?;
            rest = letters.as_str();
            pieces.push(match UNITS.iter().find(|(known, _)| *known == letter) {
                Some((_, unit)) => Piece::Field { zeros, width, precision, unit: *unit },
                None if letter == '%' => Piece::Text("%".to_owned()),
                None => return Err(DurationFormatError),
            });
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Ok(Self { pieces })
    }

    /// Formats a duration. Values that are not finite are written as numbers.
    pub fn write(&self, milliseconds: f64) -> String {
        if milliseconds.is_nan() {
            return "-nan".to_owned();
        }
        if milliseconds.is_infinite() {
            return fixed(milliseconds, 6).to_string();
        }
        let mut text = String::new();
        if milliseconds < 0.0 {
            text.push('-');
        }
        for piece in &self.pieces {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Field { zeros, width, precision, unit } => {
                    let number = truncated(unit.count(milliseconds.abs()), *precision);
                    let fill = if *zeros { "0" } else { " " };
                    text.push_str(&fill.repeat(width.saturating_sub(number.len())));
                    text.push_str(&number);
                }
            }
        }
        text
    }
}

impl DurationUnit {
    fn count(self, milliseconds: f64) -> f64 {
        let count = milliseconds / f64::from(self.milliseconds);
        self.modulus.map_or(count, |modulus| count % f64::from(modulus))
    }
}

/// A number truncated, not rounded, to some decimals.
fn truncated(value: f64, decimals: usize) -> String {
    let places = i32::try_from(decimals).unwrap_or(i32::MAX);
    let scale = power(10.0, f64::from(places));
    let cut = (value * scale).trunc() / scale;
    fixed(if cut.is_finite() { cut } else { value }, decimals).to_string()
}

/// The number at the beginning of a text; 0 if there is none.
fn digits(text: &str) -> (usize, &str) {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = text.get(..text.len() - rest.len()).unwrap_or_default();
    let size = if digits.is_empty() { 0 } else { digits.parse().unwrap_or(MAX_FIELD) };
    (size.min(MAX_FIELD), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: &str, milliseconds: f64) -> String {
        DurationFormat::parse(format).unwrap().write(milliseconds)
    }

    #[test]
    fn counts_are_cut_and_padded() {
        let value = 1_234_567_890.0;
        assert_eq!(
            written("%W %d %D %h %H %m %M %s %S %f %%", value),
            "2 0 14 6 342 56 20576 7 1234567 890 %"
        );
        assert_eq!(written("%.2W|%.1d|%.3D|%5.2h|%.1H", value), "2.04|0.2|14.288| 6.93|342.9");
        assert_eq!(
            written("%010.3s|%f|%1f|%8M|%.9S", value),
            "000007.889|890|890|   20576|1234567.890000000"
        );
    }

    #[test]
    fn a_negative_length_has_its_sign_in_front() {
        assert_eq!(written("", -98_765_432.0), "-27:26:05");
    }

    #[test]
    fn unknown_and_infinite_lengths_are_written_as_numbers() {
        assert_eq!(written("", f64::NAN), "-nan");
        assert_eq!(written("", f64::NEG_INFINITY), "-inf");
    }

    #[test]
    fn flags_and_negative_precisions_are_refused() {
        for format in ["%-5H", "%5.-2H", "%", "x%q"] {
            assert_eq!(DurationFormat::parse(format), Err(DurationFormatError));
        }
    }
}
