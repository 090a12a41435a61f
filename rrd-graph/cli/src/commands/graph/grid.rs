//! Explicit grids and axes on the command line: `--x-grid`, `--y-grid`, `--right-axis`,
//! `--grid-dash`.

use rrd_core::number::{self, NumberError};
use rrd_graph::{Every, TimeGrid, TimeUnit, ValueGrid};

use crate::leading_number::leading_decimal;
use crate::rrdtool_words::reason;

/// Limit on the length of a number, in characters.
const MAX_NUMBER_LENGTH: usize = 40;
/// Limit on the length of a unit, in characters.
const MAX_WORD_LENGTH: usize = 10;

/// Why a grid is refused.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum GridError {
    #[error("invalid x-grid format")]
    Time,
    #[error("unknown keyword {0}")]
    Unit(String),
    #[error("invalid y-grid format")]
    Value,
    #[error("option -y - {}", reason(.0))]
    Step(NumberError),
    #[error("grid step must be > 0")]
    NoStep,
    #[error("label factor must be > 0")]
    NoLabels,
    #[error("invalid right-axis format expected scale:shift")]
    RightAxis,
    #[error("the second_axis_scale  must not be 0")]
    NoScale,
    #[error("invalid grid-dash format")]
    Dash,
    #[error("expected grid-dash format float:float")]
    DashNumber,
}

/// `none` or `MINUTE:10:HOUR:1:HOUR:4:0:%X`.
pub(super) fn time(text: &str) -> Result<TimeGrid, GridError> {
    if text == "none" {
        return Ok(TimeGrid::None);
    }
    let mut rest = text;
    let mut fields = [("", 0); 3];
    for field in &mut fields {
        let word = take(&mut rest, |c| c.is_ascii_uppercase(), MAX_WORD_LENGTH);
        let word = word.ok_or(GridError::Time)?;
        *field = (word, colon(&mut rest).and_then(|()| integer(&mut rest)).ok_or(GridError::Time)?);
        colon(&mut rest).ok_or(GridError::Time)?;
    }
    let centred = integer(&mut rest).ok_or(GridError::Time)?;
    colon(&mut rest).ok_or(GridError::Time)?;
    let [minor, major, labels] = fields;
    Ok(TimeGrid::Custom {
        minor: every(minor)?,
        major: every(major)?,
        labels: every(labels)?,
        centred_in: u32::try_from(centred).unwrap_or(0),
        format: rest.to_owned(),
    })
}

fn every((unit, count): (&str, i64)) -> Result<Every, GridError> {
    let unit = match unit {
        "SECOND" => TimeUnit::Second,
        "MINUTE" => TimeUnit::Minute,
        "HOUR" => TimeUnit::Hour,
        "DAY" => TimeUnit::Day,
        "WEEK" => TimeUnit::Week,
        "MONTH" => TimeUnit::Month,
        "YEAR" => TimeUnit::Year,
        _ => return Err(GridError::Unit(unit.to_owned())),
    };
    Ok(Every::new(u32::try_from(count).unwrap_or(0), unit))
}

/// `none` or `step:labels`.
pub(super) fn value(text: &str) -> Result<ValueGrid, GridError> {
    if text == "none" {
        return Ok(ValueGrid::None);
    }
    let mut rest = text;
    let step = real_text(&mut rest).ok_or(GridError::Value)?;
    colon(&mut rest).ok_or(GridError::Value)?;
    let labels = integer(&mut rest).ok_or(GridError::Value)?;
    let step = number::parse(step).map_err(GridError::Step)?;
    if step.is_nan() || step <= 0.0 {
        return Err(GridError::NoStep);
    }
    match u32::try_from(labels) {
        Ok(labels) if labels > 0 => Ok(ValueGrid::Every { step, labels }),
        _ => Err(GridError::NoLabels),
    }
}

/// `scale:shift`.
pub(super) fn right_axis(text: &str) -> Result<(f64, f64), GridError> {
    let mut rest = text;
    let (scale, shift) = pair(&mut rest).ok_or(GridError::RightAxis)?;
    let real = |text| number::parse(text).map_err(|_| GridError::RightAxis);
    match (real(scale)?, real(shift)?) {
        (0.0, _) => Err(GridError::NoScale),
        axis => Ok(axis),
    }
}

/// `on:off`.
pub(super) fn dash(text: &str) -> Result<(f64, f64), GridError> {
    let mut rest = text;
    let (on, off) = pair(&mut rest).ok_or(GridError::Dash)?;
    let real = |text| number::parse(text).map_err(|_| GridError::DashNumber);
    Ok((real(on)?, real(off)?))
}

fn pair<'a>(rest: &mut &'a str) -> Option<(&'a str, &'a str)> {
    let first = real_text(rest)?;
    colon(rest)?;
    Some((first, real_text(rest)?))
}

/// The characters of a number at the beginning of a text.
fn real_text<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let letters = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | '+' | '-');
    take(rest, letters, MAX_NUMBER_LENGTH)
}

fn integer(rest: &mut &str) -> Option<i64> {
    let unsigned = rest.trim_start().strip_prefix(['-', '+']).unwrap_or(rest.trim_start());
    let behind = unsigned.trim_start_matches(|c: char| c.is_ascii_digit());
    if behind.len() == unsigned.len() {
        return None;
    }
    let value = leading_decimal(rest);
    *rest = behind;
    Some(value)
}

fn colon(rest: &mut &str) -> Option<()> {
    *rest = rest.strip_prefix(':')?;
    Some(())
}

/// At least one and at most `most` of certain characters at the beginning of a text.
fn take<'a>(rest: &mut &'a str, letter: impl Fn(char) -> bool, longest: usize) -> Option<&'a str> {
    let length = rest.chars().take(longest).take_while(|c| letter(*c)).map(char::len_utf8).sum();
    let (taken, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    (!taken.is_empty()).then_some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_grid_is_three_distances_a_span_and_a_format_with_colons() {
        let hours = |count| Every::new(count, TimeUnit::Hour);
        assert_eq!(
            time("MINUTE:10:HOUR:1:HOUR:4:0:%H:%M"),
            Ok(TimeGrid::Custom {
                minor: Every::new(10, TimeUnit::Minute),
                major: hours(1),
                labels: hours(4),
                centred_in: 0,
                format: "%H:%M".to_owned(),
            })
        );
        assert_eq!(time("none"), Ok(TimeGrid::None));
        for text in ["foo", "HOUR:1", "HOUR:1:DAY:1:DAY:1:0", "hour:1:DAY:1:DAY:1:0:%H"] {
            assert_eq!(time(text), Err(GridError::Time));
        }
        let unknown = time("HOUR:1:DAY:1:SECONDS:1:0:%d").unwrap_err();
        assert_eq!(unknown.to_string(), "unknown keyword SECONDS");
    }

    #[test]
    fn a_value_grid_needs_a_step_and_labels() {
        assert_eq!(value("2.5:4"), Ok(ValueGrid::Every { step: 2.5, labels: 4 }));
        for text in ["foo", "10", "10:", "1x:1"] {
            assert_eq!(value(text), Err(GridError::Value));
        }
        assert_eq!(value("0:1"), Err(GridError::NoStep));
        assert_eq!(value("10:-1"), Err(GridError::NoLabels));
        let error = value("e:1").unwrap_err();
        assert_eq!(error.to_string(), "option -y - Cannot convert 'e' to float");
    }

    #[test]
    fn a_right_axis_and_dashes_are_two_numbers() {
        assert_eq!(right_axis("2:-5e1"), Ok((2.0, -50.0)));
        assert_eq!(right_axis("0:1"), Err(GridError::NoScale));
        for text in ["x:1", "1", "1:", ":1", "1:x"] {
            assert_eq!(right_axis(text), Err(GridError::RightAxis));
        }
        assert_eq!(dash("1:3"), Ok((1.0, 3.0)));
        assert_eq!(dash("foo"), Err(GridError::Dash));
        assert_eq!(dash("1e:-"), Err(GridError::DashNumber));
    }
}
