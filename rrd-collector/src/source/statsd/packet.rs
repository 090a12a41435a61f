//! `StatsD` packets: parses lines.

use std::time::Duration;

use thiserror::Error;

/// One line of a packet.
#[derive(Clone, Debug, PartialEq)]
pub struct Line<'a> {
    /// The name of the metric, as sent.
    pub name: &'a str,
    /// Its value.
    pub value: Value<'a>,
    /// Tags in the order in which they were sent, `key:value` or `key`.
    pub tags: Vec<&'a str>,
}

/// The value in a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// `c`: a number of events, already divided by the sample rate.
    Count(f64),
    /// `g`: the value is now this.
    Gauge(f64),
    /// `g` with a sign: the value changes by this.
    GaugeChange(f64),
    /// `ms`, in seconds, and the number of measurements it represents.
    Timing(Duration, f64),
    /// `h` or `d`, and the number of measurements it represents.
    Measurement(f64, f64),
    /// `s`: one member of a set.
    Member(&'a str),
}

/// Why a line is not valid.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LineError {
    /// The line is not of the form `NAME:VALUE|TYPE`.
    #[error("expected NAME:VALUE|TYPE[|@RATE][|#TAGS]")]
    Shape,
    /// The value is not a number.
    #[error("`{0}` is not a number")]
    Number(String),
    /// The type is not known.
    #[error("unknown type `{0}`: expected c, g, ms, h, d or s")]
    Type(String),
    /// The sample rate is not above 0 and at most 1.
    #[error("invalid sample rate `{0}`: expected above 0 and at most 1")]
    Rate(String),
}

/// Parses one line.
///
/// ```
/// use rrd_collector::source::statsd::packet::{Value, parse_line};
/// let line = parse_line("shop.orders:2|c|@0.5|#region:eu").unwrap();
/// assert_eq!(line.name, "shop.orders");
/// assert_eq!(line.value, Value::Count(4.0));
/// assert_eq!(line.tags, ["region:eu"]);
/// ```
///
/// # Errors
///
/// [`LineError`], which says what is wrong with the line.
pub fn parse_line(line: &str) -> Result<Line<'_>, LineError> {
    let (name, rest) = line.trim_end().split_once(':').ok_or(LineError::Shape)?;
    let (text, rest) = rest.split_once('|').ok_or(LineError::Shape)?;
    reading(name, text, rest)
}

/// Parses one line that may contain several values of its metric, as newer clients of `DogStatsD`
/// send them.
///
/// ```
/// use rrd_collector::source::statsd::packet::{Value, parse_lines};
/// let lines = parse_lines("reply:1:2.5:4|h|#a:b").unwrap();
/// let values: Vec<Value<'_>> = lines.iter().map(|line| line.value).collect();
/// assert_eq!(values, [1.0, 2.5, 4.0].map(|value| Value::Measurement(value, 1.0)));
/// ```
///
/// # Errors
///
/// [`LineError`] for the first invalid value; then no value is used.
pub fn parse_lines(line: &str) -> Result<Vec<Line<'_>>, LineError> {
    let (name, rest) = line.trim_end().split_once(':').ok_or(LineError::Shape)?;
    let (text, rest) = rest.split_once('|').ok_or(LineError::Shape)?;
    // A member of a set may contain colons.
    if rest == "s" || rest.starts_with("s|") {
        return Ok(vec![reading(name, text, rest)?]);
    }
    text.split(':').map(|text| reading(name, text, rest)).collect()
}

/// One value of a metric, and the part after the values: type, rate, tags.
fn reading<'a>(name: &'a str, text: &'a str, rest: &'a str) -> Result<Line<'a>, LineError> {
    let mut parts = rest.split('|');
    let kind = parts.next().unwrap_or("");
    if name.is_empty() || text.is_empty() {
        return Err(LineError::Shape);
    }
    let mut weight = 1.0;
    let mut tags = Vec::new();
    for part in parts {
        if let Some(rate) = part.strip_prefix('@') {
            weight = match rate.parse::<f64>() {
                Ok(rate) if rate > 0.0 && rate <= 1.0 => 1.0 / rate,
                _ => return Err(LineError::Rate(rate.to_owned())),
            };
        } else if let Some(list) = part.strip_prefix('#') {
            tags.extend(list.split(',').filter(|tag| !tag.is_empty()));
        }
        // Other parts are extensions (container, time stamp) that do not affect the value.
    }
    let number = || match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(LineError::Number(text.to_owned())),
    };
    let value = match kind {
        "c" => Value::Count(number()? * weight),
        "g" if text.starts_with(['+', '-']) => Value::GaugeChange(number()?),
        "g" => Value::Gauge(number()?),
        "ms" => {
            let seconds = Duration::try_from_secs_f64(number()? / 1000.0)
                .map_err(|_| LineError::Number(text.to_owned()))?;
            Value::Timing(seconds, weight)
        }
        "h" | "d" => Value::Measurement(number()?, weight),
        "s" => Value::Member(text),
        other => return Err(LineError::Type(other.to_owned())),
    };
    Ok(Line { name, value, tags })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_none_says_what_is_wrong() {
        for (line, message) in [
            ("", "expected NAME:VALUE|TYPE[|@RATE][|#TAGS]"),
            ("a:1", "expected NAME:VALUE|TYPE[|@RATE][|#TAGS]"),
            (":1|c", "expected NAME:VALUE|TYPE[|@RATE][|#TAGS]"),
            ("a:x|c", "`x` is not a number"),
            ("a:inf|g", "`inf` is not a number"),
            ("a:-1|ms", "`-1` is not a number"),
            ("a:1|q", "unknown type `q`: expected c, g, ms, h, d or s"),
            ("a:1|c|@0", "invalid sample rate `0`: expected above 0 and at most 1"),
            ("a:1|c|@2", "invalid sample rate `2`: expected above 0 and at most 1"),
        ] {
            assert_eq!(parse_line(line).unwrap_err().to_string(), message, "{line}");
        }
    }
}
