//! The values of `UPDATE`: `TIME:READING:READING`, to samples and back.

use std::fmt;

use rrd_core::number::{self, count_to_f64, seconds_to_f64};
use rrd_core::{Reading, Sample, Timestamp};

/// Whole numbers of at most this many digits are exact in a double, however they are read.
const EXACT_DIGITS: usize = 15;

/// The time of a value and the text of its readings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Value<'a> {
    /// The time as typed.
    pub(crate) time: &'a [u8],
    /// The time in the precision of files.
    pub(crate) at: Timestamp,
    /// The readings, separated by colons.
    pub(crate) readings: &'a [u8],
}

impl<'a> Value<'a> {
    /// Parses a value; `None` unless it begins with a number of seconds and a colon.
    #[inline]
    pub(crate) fn parse(text: &'a [u8]) -> Option<Self> {
        let colon = text.iter().position(|byte| *byte == b':')?;
        let (time, readings) = (text.get(..colon)?, text.get(colon + 1..)?);
        let at = match plain_whole(time) {
            Some(whole) => Timestamp::from_seconds(whole),
            None => timestamp(seconds(time)?),
        };
        Some(Self { time, at, readings })
    }

    /// The time as typed, in seconds.
    pub(crate) fn seconds(&self) -> f64 {
        seconds(self.time).unwrap_or_default()
    }

    /// Makes it the contents of `sample`, whose memory is used again.
    pub(crate) fn read_into(&self, sample: &mut Sample) {
        sample.at = self.at;
        let mut count = 0;
        for text in self.readings.split(|byte| *byte == b':') {
            if count == sample.readings.len() {
                sample.readings.push(Reading::Unknown);
            }
            if let Some(reading) = sample.readings.get_mut(count) {
                set(reading, text);
            }
            count += 1;
        }
        sample.readings.truncate(count);
    }

    /// What follows the first `count` readings and their colons; `None` if there is nothing.
    pub(crate) fn after(&self, count: usize) -> Option<&'a [u8]> {
        let mut rest = self.readings;
        for _ in 0..count {
            let colon = rest.iter().position(|byte| *byte == b':')?;
            rest = rest.get(colon + 1..)?;
        }
        Some(rest)
    }
}

/// Makes a reading of its text: as a number where that prints as the same text, else as typed.
/// Bytes that are not UTF-8, which no number contains, are replaced.
#[inline]
fn set(reading: &mut Reading, text: &[u8]) {
    if let Some(whole) = plain_whole(text) {
        *reading = Reading::Integer(whole.into());
    } else if text == b"U" {
        *reading = Reading::Unknown;
    } else {
        let typed = match std::str::from_utf8(text) {
            Ok(text) => text.into(),
            Err(_) => String::from_utf8_lossy(text),
        };
        match reading {
            Reading::Text(kept) => {
                kept.clear();
                kept.push_str(&typed);
            }
            _ => *reading = Reading::Text(typed.into_owned()),
        }
    }
}

/// A whole number in the digits in which it is printed.
#[inline]
fn plain_whole(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    match digits {
        [b'0'] if text.len() == 1 => return Some(0),
        [b'1'..=b'9', ..] if digits.len() <= EXACT_DIGITS => {}
        _ => return None,
    }
    let mut whole = 0;
    for byte in digits {
        if !byte.is_ascii_digit() {
            return None;
        }
        whole = whole * 10 + i64::from(byte - b'0');
    }
    Some(if digits.len() == text.len() { whole } else { -whole })
}

/// The time at the beginning of a value.
#[inline]
fn seconds(text: &[u8]) -> Option<f64> {
    if let Some(whole) = plain_whole(text) {
        return Some(seconds_to_f64(whole));
    }
    let seconds = number::parse(std::str::from_utf8(text).ok()?).ok()?;
    // Names of numbers are no times.
    seconds.is_finite().then_some(seconds)
}

/// A number of seconds in the precision of files, which cut microseconds off.
#[inline]
fn timestamp(time: f64) -> Timestamp {
    let second = time.floor();
    let microseconds = number::truncate_to_u64((time - second) * 1e6).min(999_999);
    let seconds = number::truncate_to_i64(second);
    u32::try_from(microseconds)
        .ok()
        .and_then(|microseconds| Timestamp::new(seconds, microseconds))
        .unwrap_or(Timestamp::from_seconds(seconds))
}

/// The shortest time that is read as this one, as it was probably typed, in seconds.
pub(crate) fn typed_seconds(at: Timestamp) -> f64 {
    seconds(shortest(at).as_bytes()).unwrap_or(seconds_to_f64(at.seconds()))
}

/// A value as it is printed after it was read, for fuzzing.
pub fn typed_value(text: &[u8]) -> Option<String> {
    let mut sample = Sample { at: Timestamp::default(), readings: Vec::new() };
    Value::parse(text)?.read_into(&mut sample);
    Some(Typed(&sample).to_string())
}

/// A sample as the text of its value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Typed<'a>(pub(crate) &'a Sample);

impl fmt::Display for Typed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(sample) = self;
        f.write_str(&shortest(sample.at))?;
        for reading in &sample.readings {
            match reading {
                Reading::Integer(value) => write!(f, ":{value}")?,
                Reading::Number(value) if !value.is_nan() => write!(f, ":{value}")?,
                Reading::Text(text) => write!(f, ":{text}")?,
                _ => f.write_str(":U")?,
            }
        }
        Ok(())
    }
}

/// The time with the fewest decimals that is read as this one, if it was typed with at most six.
/// Others, and times after 2106, where doubles are rarer than microseconds, can be a neighbour.
fn shortest(at: Timestamp) -> String {
    if at.microseconds() == 0 {
        return at.seconds().to_string();
    }
    // A time was cut to microseconds, so that the typed one is above it by less than one.
    let above = |microseconds: f64| {
        let fraction = (count_to_f64(at.microseconds().into()) + microseconds) / 1e6;
        seconds_to_f64(at.seconds()) + fraction
    };
    let short = (1..=6).map(|decimals| format!("{:.decimals$}", above(0.5)));
    let exact = [0.0, 1.0].map(|microseconds| format!("{:.6}", above(microseconds)));
    let mut same =
        short.chain(exact).filter(|text| seconds(text.as_bytes()).map(timestamp) == Some(at));
    // Some microseconds have no such text: 5505 of them are "0.0055055".
    same.next().unwrap_or_else(|| format!("{:.7}", above(0.5)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rrd_core::{Heartbeat, Schema, Step, Template, TimeZone};

    use super::*;

    #[test]
    fn a_time_that_six_decimals_do_not_reach_has_seven() {
        assert_eq!(typed_value(b"0.00550594:1").as_deref(), Some("0.0055055:1"));
        assert_eq!(typed_value(b"0.0055055:1").as_deref(), Some("0.0055055:1"));
    }

    fn read(text: &str) -> Option<Sample> {
        let mut sample = Sample::new(Timestamp::default(), ["rest", "of", "another"]);
        Value::parse(text.as_bytes())?.read_into(&mut sample);
        Some(sample)
    }

    fn at(seconds: i64, microseconds: u32) -> Timestamp {
        Timestamp::new(seconds, microseconds).expect("less than a second")
    }

    #[test]
    fn a_value_is_a_time_and_readings() {
        let sample = read("1000000010.5:7:-3:U:0.50").expect("a value");
        assert_eq!(sample.at, at(1_000_000_010, 500_000));
        let readings =
            [Reading::Integer(7), Reading::Integer(-3), Reading::Unknown, Reading::from("0.50")];
        assert_eq!(sample.readings, readings);
        assert_eq!(read("5:").expect("a value").readings, [Reading::from("")]);
    }

    #[test]
    fn the_time_is_a_number_followed_by_a_colon() {
        assert_eq!(read("1e9:1").expect("a value").at, at(1_000_000_000, 0));
        assert_eq!(read(" 7:1").expect("a value").at, at(7, 0));
        assert_eq!(read("-5.25:1").expect("a value").at, at(-6, 750_000));
        for text in ["", "5", "N:1", "now:1", "5@1:2", "0x3b9aca55:1", "nan:1", "-inf:1", ":1"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(Value::parse(b"5\xff:1"), None);
    }

    #[test]
    fn readings_are_numbers_only_where_that_is_the_same_text() {
        for text in ["00", "-0", "+1", "1.", "1234567890123456", "1e3", "-", "", "Unknown"] {
            let sample = read(&format!("5:{text}")).expect("a value");
            assert_eq!(sample.readings, [Reading::from(text)]);
        }
        let sample = read("5:123456789012345").expect("a value");
        assert_eq!(sample.readings, [Reading::Integer(123_456_789_012_345)]);
    }

    #[test]
    fn what_follows_the_expected_readings_is_found() {
        let value = Value::parse(b"5:1:2::4").expect("a value");
        assert_eq!(value.after(2), Some(&b":4"[..]));
        assert_eq!(value.after(4), None);
        assert_eq!(Value::parse(b"5:1:2:").expect("a value").after(2), Some(&b""[..]));
    }

    #[test]
    fn a_sample_is_printed_as_it_was_typed() {
        for text in ["1000000010:1:U", "1500000000.123:0.5", "-5.25:1:", "1000000000.000002:7"] {
            assert_eq!(Typed(&read(text).expect("a value")).to_string(), text);
        }
        assert_eq!(Typed(&Sample::new(at(5, 0), [0.1, f64::NAN])).to_string(), "5:0.1:U");
        assert_eq!(typed_seconds(at(1_500_000_000, 122_999)), 1_500_000_000.123);
    }

    proptest! {
        #[test]
        fn times_are_read_as_by_the_command_line(
            seconds in -10_i64..5_000_000_000, digits in "[0-9]{0,9}", exponent in "(e[-+]?[0-9]{0,2})?",
        ) {
            let text = format!("{seconds}.{digits}{exponent}:1");
            let heartbeat = Heartbeat::from_seconds(20);
            let step = Step::from_seconds(10).expect("a step");
            let schema = Schema::builder(step).gauge("a", heartbeat).average(0.5, 1, 4).build();
            let template = Template::in_file_order(&schema.expect("a definition"));
            let expected = template.sample(&text, Timestamp::default(), &TimeZone::UTC);
            // There, negative times count from now.
            if let (Ok(expected), Some(ours)) = (expected, read(&text)) {
                prop_assert!(seconds < 0 || text.starts_with('-') || ours.at == expected.at);
            }
        }

        #[test]
        fn what_is_printed_is_read_as_the_same_sample(
            seconds in 0..5_000_000_000_i64, bits in 0..33, microseconds in 0_u32..1_000_000,
            whole in any::<i64>(), text in "[^:]{0,10}",
        ) {
            let sample = read(&format!("{}.{microseconds:06}:{whole}:{text}", seconds >> bits));
            let sample = sample.expect("a value");
            let printed = Typed(&sample).to_string();
            prop_assert_eq!(read(&printed), Some(sample));
        }
    }
}
