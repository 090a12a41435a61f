//! Errors of numbers, durations, times and expressions.

use rrd_core::NumberError;
use rrd_core::at_style::{ResolveError, TimeSpecError};
use rrd_core::duration::DurationError;
use rrd_core::rpn::{EvaluationError, ParseError};

pub(super) fn number(error: &NumberError) -> Option<String> {
    Some(match error {
        NumberError::NotANumber { text } => format!("Cannot convert '{text}' to float"),
        NumberError::TrailingText { text, value, rest } => {
            format!("Converted '{text}' to {value:.6}, but cannot convert '{rest}'")
        }
        _ => return None,
    })
}

pub(super) fn duration(error: DurationError) -> String {
    let text = match error {
        DurationError::NoDigit => "value must be (suffixed) positive number",
        DurationError::UnknownSuffix => "value has trailing garbage",
        DurationError::Zero => "value must be positive",
        DurationError::NotAMultiple => "value would truncate when scaled",
        error => return error.to_string(),
    };
    text.to_owned()
}

pub(super) fn time(error: &TimeSpecError) -> Option<String> {
    Some(match error {
        TimeSpecError::Unparsable(given) => format!("unparsable time: {given}"),
        TimeSpecError::TrailingText(given) => format!("unparsable trailing text: '...{given}'"),
        TimeSpecError::NowWithoutSign => {
            "if 'now' is followed by a token it must be +|- offset".to_owned()
        }
        TimeSpecError::ReferenceWithoutOffset => {
            "'start' or 'end' MUST be followed by +|- offset".to_owned()
        }
        TimeSpecError::NoMinute => {
            "Parsing HH:MM syntax, expecting MM as number, got none".to_owned()
        }
        TimeSpecError::Minute(given) => format!("parsing HH:MM syntax, got MM = {given} (>59!)"),
        TimeSpecError::TwelveHourClock => "there cannot be more than 12 AM or PM hours".to_owned(),
        TimeSpecError::NoDayAfterMonth => {
            "the day of the month should follow month name".to_owned()
        }
        TimeSpecError::NoDay => "there should be day number after '/'".to_owned(),
        TimeSpecError::NoMonth => "there should be month number after '.'".to_owned(),
        TimeSpecError::NoYear(given) => format!("there should be year number after '{given}'"),
        TimeSpecError::Month(given) => format!("did you really mean month {given}?"),
        TimeSpecError::Day(given) => {
            format!("I'm afraid that {given} is not a valid day of the month")
        }
        TimeSpecError::Year(given) => {
            format!("invalid year {given} (should be either 00-99 or >1900)")
        }
        TimeSpecError::BeforeEpoch => {
            "won't handle dates before epoch (01/01/1970), sorry".to_owned()
        }
        TimeSpecError::NoOffset(given) => format!("There should be number after '{given}'"),
        _ => return None,
    })
}

pub(super) fn resolve(error: &ResolveError) -> Option<String> {
    Some(match error {
        ResolveError::Relative => {
            "specifying time relative to the 'start' or 'end' makes no sense here".to_owned()
        }
        ResolveError::OutOfRange => "the specified time is incorrect (out of range?)".to_owned(),
        ResolveError::StartAndEndRelative => {
            "the start and end times cannot be specified relative to each other".to_owned()
        }
        ResolveError::StartRelativeToItself => {
            "the start time cannot be specified relative to itself".to_owned()
        }
        ResolveError::EndRelativeToItself => {
            "the end time cannot be specified relative to itself".to_owned()
        }
        _ => return None,
    })
}

pub(super) fn parse(error: &ParseError) -> Option<String> {
    Some(match error {
        ParseError::Empty => "can not parse an empty rpn expression".to_owned(),
        ParseError::NotUnderstood { rest } => format!("don't understand '{rest}'"),
        ParseError::Garbage { rest } => format!("garbage in RPN: '{rest}'"),
        ParseError::UnknownVariable { name } => format!("variable '{name}' not found"),
        _ => return None,
    })
}

pub(super) fn evaluation(error: &EvaluationError) -> Option<String> {
    Some(match error {
        EvaluationError::StackUnderflow => "RPN stack underflow".to_owned(),
        EvaluationError::StackOverflow => "RPN stack overflow".to_owned(),
        EvaluationError::FinalStackSize => "RPN final stack size != 1".to_owned(),
        EvaluationError::Percentile => "percentile argument must be between 0 and 100".to_owned(),
        EvaluationError::UnsupportedPercentile { percent } => {
            format!("unsupported percentile: {percent:.6}")
        }
        EvaluationError::MalformedTrend => "malformed trend arguments".to_owned(),
        EvaluationError::MalformedPredict => "malformed predict arguments".to_owned(),
        EvaluationError::NegativeShift { shift } => {
            format!("negative shift step not allowed: {shift}")
        }
        EvaluationError::NoRows => "VDEF made it into rpn_calc... aborting".to_owned(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use rrd_core::{TimeZone, Timestamp, at_style};

    use super::super::reason;

    const NOW: Timestamp = Timestamp::from_seconds(1_584_275_696);

    /// What `rrdtool update FILE EXPRESSION@1` prints after the name of the file.
    fn update(expression: &str) -> Option<String> {
        let spec = match at_style::parse(expression) {
            Ok(spec) => spec,
            Err(error) => return Some(format!("ds time: {expression}: {}", reason(&error))),
        };
        let refused = spec.resolve(NOW, &TimeZone::UTC).err()?;
        Some(format!("{}: {expression}", reason(&refused)))
    }

    /// What `rrdtool fetch` prints for a time range.
    fn fetch(start: &str, end: &str) -> Option<String> {
        let start = match at_style::parse(start) {
            Ok(start) => start,
            Err(error) => return Some(format!("start time: {}", reason(&error))),
        };
        let end = match at_style::parse(end) {
            Ok(end) => end,
            Err(error) => return Some(format!("end time: {}", reason(&error))),
        };
        let refused = at_style::resolve_pair(&start, &end, NOW, &TimeZone::UTC).err()?;
        Some(reason(&refused))
    }

    #[test]
    fn times_are_refused_in_the_recorded_words_of_rrdtool() {
        let mut checked = 0;
        for row in include_str!("../../tests/vectors/time_errors.tsv").lines() {
            let columns: Vec<&str> = row.split('\t').collect();
            let [command, start, end, words] = columns[..] else { panic!("{row:?}") };
            let found = if command == "update" { update(start) } else { fetch(start, end) };
            assert_eq!(found.as_deref(), Some(words), "{row:?}");
            checked += 1;
        }
        assert_eq!(checked, 114);
    }
}
