//! Errors of `tune`, `resize` and databases that lend their rows.

use rrd_core::{DonorError, ResizeError, TuneArgumentError, TuneError, TuneFileError};

use super::parts::Reason;
use crate::system;

pub(super) fn tune(error: &TuneError, reason: Reason) -> Option<String> {
    let text = match error {
        TuneError::UnknownSource { name } => {
            return Some(format!("unknown data source name '{name}'"));
        }
        TuneError::NoForecast => "Holt-Winters RRA does not exist in this RRD",
        TuneError::NoFailures => "Failures RRA does not exist in this RRD",
        TuneError::Adaption { .. } => "Holt-Winters parameter must be between 0 and 1",
        TuneError::Delta { .. } => "Parameter specified is too small",
        TuneError::Violations { .. } => "Parameter must be between 1 and 28",
        TuneError::Step { .. } => {
            "invalid 'newstep' parameter. The newsize must divide the old step parameter without a remainder."
        }
        TuneError::OldVersion => {
            "direct modification is only supported for version 3, 4 or 5 of RRD files. Consider to dump/restore before retrying a modification"
        }
        TuneError::Definition(error) => return Some(reason(error)),
        TuneError::Schema(error) => return Some(reason(error)),
        _ => return None,
    };
    Some(text.to_owned())
}

pub(super) fn tune_file(error: &TuneFileError, reason: Reason) -> Option<String> {
    Some(match error {
        TuneFileError::Tune(error) => reason(error),
        TuneFileError::Open(error) => reason(error),
        TuneFileError::Update(error) => reason(error),
        TuneFileError::Create(error) => reason(error),
        _ => return None,
    })
}

pub(super) fn tune_argument(error: &TuneArgumentError) -> Option<String> {
    Some(match error {
        TuneArgumentError::Heartbeat => "invalid arguments for heartbeat".to_owned(),
        TuneArgumentError::Limit { limit } => format!("invalid arguments for {limit} ds value"),
        TuneArgumentError::Pair => "invalid arguments for data source type".to_owned(),
        TuneArgumentError::SourceType { name } => {
            format!("unknown data acquisition function '{name}'")
        }
        TuneArgumentError::Delta => "Unable to parse parameter in set_deltaarg".to_owned(),
        TuneArgumentError::Parameter => "Unable to parse Holt-Winters parameter".to_owned(),
        TuneArgumentError::Name { name } => format!("unknown data source name '{name}'"),
        TuneArgumentError::Shape { text } => format!("unparsable argument: {text}"),
        TuneArgumentError::NegativeArchive => {
            "DELRRA requires a non-negative, integer argument".to_owned()
        }
        TuneArgumentError::Rows => "Failed to parse RRA# command".to_owned(),
        TuneArgumentError::RowSign { sign } => {
            format!("Failed to parse RRA# command: invalid operation: {sign}")
        }
        _ => return None,
    })
}

pub(super) fn resize(error: &ResizeError, reason: Reason) -> Option<String> {
    Some(match error {
        ResizeError::NoArchive { .. } => "no such RRA in this RRD".to_owned(),
        ResizeError::TooFewRows { .. } => "This RRA is not that big".to_owned(),
        ResizeError::Version { version } => {
            format!("Do not know how to handle RRD version {}", version.digits())
        }
        ResizeError::Schema(error) => reason(error),
        ResizeError::Read(error) => reason(error),
        ResizeError::Create(error) => reason(error),
        _ => return None,
    })
}

pub(super) fn donor(error: &DonorError, reason: Reason) -> Option<String> {
    Some(match error {
        DonorError::Missing { path, source } => {
            format!("error checking for source RRD {}: {}", path.display(), system::reason(source))
        }
        DonorError::NotAFile { path } => format!("Not a regular file: {}", path.display()),
        DonorError::Open { path, .. } => format!("Cannot open source RRD {}", path.display()),
        DonorError::Read(error) => reason(error),
        _ => return None,
    })
}
