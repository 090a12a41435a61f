//! Errors of samples and their templates.

use rrd_core::{RateError, SampleError, SampleTextError, TemplateError};

use super::parts::Reason;

pub(super) fn sample(error: &SampleError, reason: Reason) -> Option<String> {
    Some(match error {
        SampleError::Past { at, last_update } => format!(
            "illegal attempt to update using time {} when last update time is {} (minimum one second step)",
            at.seconds(),
            last_update.seconds()
        ),
        SampleError::Readings { expected, found, at } => readings(*expected, *found, at),
        SampleError::Reading(error) => reason(error),
        SampleError::Computed(error) => reason(error),
        _ => return None,
    })
}

pub(super) fn readings(expected: usize, found: usize, at: impl std::fmt::Display) -> String {
    format!("expected {expected} data source readings (got {found}) from {at}")
}

pub(super) fn rate(error: &RateError, reason: Reason) -> Option<String> {
    Some(match error {
        RateError::Number { kind, error } => {
            format!("Function update_pdp_prep, case DST_{} - {}", kind.name(), reason(error))
        }
        RateError::NotUnsigned { text } => format!("not a simple unsigned integer: '{text}'"),
        RateError::NotSigned { text } => format!("not a simple signed integer: '{text}'"),
        _ => return None,
    })
}

pub(super) fn sample_text(error: &SampleTextError, reason: Reason) -> Option<String> {
    Some(match error {
        SampleTextError::NoTime { text } => {
            format!("expected timestamp not found in data source from {text}")
        }
        SampleTextError::ExtraValues { rest } => {
            format!("found extra data on update argument: {rest}")
        }
        SampleTextError::MissingValues { expected, found, time } => {
            readings(*expected, *found, time)
        }
        SampleTextError::Time(error) => {
            format!("error while parsing time in get_time_from_reading - {}", reason(error))
        }
        SampleTextError::TimeExpression { text, error } => {
            format!("ds time: {text}: {}", reason(error))
        }
        SampleTextError::RelativeTime { text } => {
            format!("specifying time relative to the 'start' or 'end' makes no sense here: {text}")
        }
        SampleTextError::TimeOutOfRange { text, error } => {
            format!("ds time: {text}: {}", reason(error))
        }
        _ => return None,
    })
}

pub(super) fn template(error: &TemplateError) -> Option<String> {
    Some(match error {
        TemplateError::UnknownName { name } => format!("unknown DS name '{name}'"),
        TemplateError::TooManyNames => "tmplt contains more DS definitions than RRD".to_owned(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use rrd_core::{Heartbeat, Schema, Step, Template, TimeZone, Timestamp};

    use super::super::reason;

    #[test]
    fn samples_are_refused_in_the_words_of_rrdtool() {
        let heartbeat = Heartbeat::from_seconds(20);
        let schema = Schema::builder(Step::from_seconds(10).unwrap())
            .gauge("a", heartbeat)
            .counter("b", heartbeat)
            .average(0.5, 1, 4)
            .build()
            .unwrap();
        let template = Template::in_file_order(&schema);
        for (text, words) in [
            ("5", "expected timestamp not found in data source from 5"),
            ("5:1:2:3:4", "found extra data on update argument: 3:4"),
            ("5:1:2:", "found extra data on update argument: "),
            ("5:1", "expected 2 data source readings (got 1) from 5"),
            (
                "5x:1:2",
                "error while parsing time in get_time_from_reading - Converted '5x' to 5.000000, but cannot convert 'x'",
            ),
            (
                "end-1h@1:2",
                "specifying time relative to the 'start' or 'end' makes no sense here: end-1h",
            ),
        ] {
            let now = Timestamp::from_seconds(1_000_000_000);
            let error = template.sample(text, now, &TimeZone::UTC).unwrap_err();
            assert_eq!(reason(&error), words);
        }
    }
}
