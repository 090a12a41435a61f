//! Errors of data source and archive definitions.

use rrd_core::rpn::CompactError;
use rrd_core::{SchemaError, SchemaTextError, SourceFault};

use super::parts::Reason;

pub(super) fn schema(error: &SchemaError, reason: Reason) -> Option<String> {
    let text = match error {
        SchemaError::NoArchives => "you must define at least one Round Robin Archive",
        SchemaError::NoSources => "you must define at least one Data Source",
        SchemaError::DuplicateName { name } => return Some(format!("Duplicate DS name: {name}")),
        SchemaError::Expression { name, error } => {
            return Some(format!("data source {name}: {}", reason(error)));
        }
        SchemaError::Limits { .. } => LIMIT_ORDER,
        SchemaError::XFilesFactor { .. } => "Invalid xff: must be between 0 and 1",
        SchemaError::Alpha { .. } => "Invalid alpha: must be between 0 and 1",
        SchemaError::Beta { .. } => "Invalid beta: must be between 0 and 1",
        SchemaError::Gamma { .. } => "Invalid gamma: must be between 0 and 1",
        SchemaError::SmoothingWindow { value } => {
            return Some(format!("Invalid smoothing-window {value:.6}: must be between 0 and 1"));
        }
        SchemaError::SeasonTooLong { .. } => {
            "Length of seasonal cycle exceeds length of HW prediction array"
        }
        SchemaError::FailureThreshold { .. } => "Failure threshold is out of range 1, 28",
        SchemaError::FailureWindow { .. } => "Window length is out of range 1, 28",
        SchemaError::WindowBelowThreshold { .. } => {
            "Window length is shorter than the failure threshold"
        }
        _ => return None,
    };
    Some(text.to_owned())
}

const LIMIT_ORDER: &str = "min must be less than max in DS definition";

pub(super) fn schema_text(error: &SchemaTextError, reason: Reason) -> Option<String> {
    Some(match error {
        SchemaTextError::Argument { text } => format!("can't parse argument '{text}'"),
        SchemaTextError::SourceFormat => "invalid DS format".to_owned(),
        SchemaTextError::SourceType { name } => format!("invalid DS type specified ({name})"),
        SchemaTextError::Source { text, fault } => {
            format!("failed to parse data source {text}: {}", source_fault(*fault, reason))
        }
        SchemaTextError::Limit { limit, error } => {
            format!("parsing {limit} val - {}", reason(error))
        }
        SchemaTextError::Expression(error) => reason(error),
        SchemaTextError::Function { name } => format!("Unrecognized consolidation function {name}"),
        SchemaTextError::MissingFields { expected, found } => {
            format!("Expected at least {expected} arguments for RRA but got {found}")
        }
        SchemaTextError::ExtraField { function } => {
            format!("Unexpected extra argument for consolidation function {function}")
        }
        SchemaTextError::UnknownField => "Unknown error".to_owned(),
        SchemaTextError::PointsPerRow { text, error } => {
            format!("Invalid step {text}: {}", reason(error))
        }
        SchemaTextError::Rows { text, error } => {
            format!("Invalid row count {text}: {}", reason(error))
        }
        SchemaTextError::Option { text } => format!("Invalid option {text}"),
        SchemaTextError::Schema(error) => reason(error),
        _ => return None,
    })
}

pub(super) fn source_fault(fault: SourceFault, reason: Reason) -> String {
    let text = match fault {
        SourceFault::NoSeparator => "missing separator",
        SourceFault::LongHeartbeat => "heartbeat too long",
        SourceFault::Limits => "failed to extract min:max",
        SourceFault::LimitOrder => LIMIT_ORDER,
        SourceFault::Heartbeat(error) => return reason(&error),
        fault => return fault.to_string(),
    };
    text.to_owned()
}

pub(super) fn expression(error: &CompactError) -> Option<String> {
    Some(match error {
        CompactError::Malformed(_) => "failed to parse computed data source".to_owned(),
        CompactError::NeedsRows => "operators TIME LTIME STEPWIDTH PREV NEW* COUNT TREND TRENDNAN PREDICT PREDICTSIGMA PREDICTPERC are not supported with DS COMPUTE".to_owned(),
        CompactError::TooLong { nodes } => {
            format!("Maximum 19 RPN nodes permitted. Got {nodes} RPN nodes at present.")
        }
        CompactError::Constant => {
            "constants must be integers in the interval (-32768, 32767)".to_owned()
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use rrd_core::{SchemaText, Step};

    use super::super::reason;

    fn step() -> Step {
        Step::from_seconds(10).unwrap()
    }

    #[test]
    fn definitions_are_refused_in_the_words_of_rrdtool() {
        for (argument, words) in [
            ("ds:a:GAUGE:1:U:U", "can't parse argument 'ds:a:GAUGE:1:U:U'"),
            ("DS:a b:GAUGE:1:U:U", "invalid DS format"),
            ("DS:a:FOO:1:U:U", "invalid DS type specified (FOO)"),
            ("DS:a:GAUGE:1", "failed to parse data source 1: missing separator"),
            (
                "DS:a:GAUGE:1:0:0",
                "failed to parse data source 1:0:0: min must be less than max in DS definition",
            ),
            ("DS:a:GAUGE:1:x:0", "parsing min val - Cannot convert 'x' to float"),
            ("DS:a:COMPUTE:b,1,+", "failed to parse computed data source"),
            ("RRA:FOO:1", "Unrecognized consolidation function FOO"),
            ("RRA:AVERAGE:1:1:1", "Invalid xff: must be between 0 and 1"),
            ("RRA:AVERAGE:0:7s:1", "Invalid step 7s: value would truncate when scaled"),
            ("RRA:AVERAGE:0:1:0", "Invalid row count 0: value must be positive"),
            ("RRA:AVERAGE:0:1", "Expected at least 4 arguments for RRA but got 3"),
            ("RRA:AVERAGE:0:1:1:1", "Unexpected extra argument for consolidation function AVERAGE"),
            (
                "RRA:HWPREDICT:5:0.1:0.1:6",
                "Length of seasonal cycle exceeds length of HW prediction array",
            ),
            (
                "RRA:HWPREDICT:5:0.1:0.1:x",
                "the seasonal cycle of archive 0 must have 1 to 65535 rows",
            ),
            ("RRA:SEASONAL:5:0.1:1:foo", "Invalid option foo"),
            ("RRA:FAILURES:5:3:2:1", "Window length is shorter than the failure threshold"),
        ] {
            let error = SchemaText::new(step(), "x.rrd").argument(argument).unwrap_err();
            assert_eq!(reason(&error), words);
        }
    }
}
