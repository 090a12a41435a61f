//! Parses the parts of `DS:name=origin:TYPE:heartbeat:min:max`.

use super::{SchemaTextError, SourceFault};
use crate::data_source::{Heartbeat, MeasuredSource, RateKind, SourceName};
use crate::number;
use crate::time::duration;

/// The origin of the values of a new data source: the `old[2]` of `DS:new=old[2]:...`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The name of the data source in the other file.
    pub name: SourceName,
    /// Index of that file among the sources, from 0; `None` for all of them.
    pub file: Option<usize>,
}

/// Name, origin, type and the rest of a data source.
pub(super) fn split_source(text: &str) -> Option<(SourceName, Option<Origin>, &str, &str)> {
    let (names, rest) = text.split_once(':')?;
    let (kind, rest) = rest.split_once(':')?;
    let (name, origin) = match names.split_once('=') {
        None => (names, None),
        Some((name, origin)) => (name, Some(read_origin(origin)?)),
    };
    let legal =
        (1..=19).contains(&kind.len()) && kind.bytes().all(|byte| byte.is_ascii_uppercase());
    (legal && !rest.is_empty()).then_some((SourceName::new(name).ok()?, origin, kind, rest))
}

/// `old` or `old[3]`; files count from 1 there, 0 means any file.
fn read_origin(text: &str) -> Option<Origin> {
    let Some((name, place)) = text.split_once('[') else {
        return Some(Origin { name: SourceName::new(text).ok()?, file: None });
    };
    let place = place.strip_suffix(']')?;
    if place.is_empty() || !place.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let place = place.parse().unwrap_or(usize::MAX);
    Some(Origin { name: SourceName::new(name).ok()?, file: place.checked_sub(1) })
}

/// Parses `HEARTBEAT:MIN:MAX`.
pub(super) fn read_measured(rate: RateKind, text: &str) -> Result<MeasuredSource, SchemaTextError> {
    const LIMIT_LENGTH: usize = 18;
    let refuse = |fault| SchemaTextError::Source { text: text.to_owned(), fault };
    let (heartbeat, limits) =
        text.split_once(':').ok_or_else(|| refuse(SourceFault::NoSeparator))?;
    if heartbeat.len() >= 32 {
        return Err(refuse(SourceFault::LongHeartbeat));
    }
    let heartbeat = duration::parse(heartbeat, std::num::NonZeroU64::MIN)
        .map_err(|error| refuse(SourceFault::Heartbeat(error)))?;
    let (minimum, maximum) = limits
        .split_once(':')
        .map(|(minimum, rest)| (minimum, rest.split(':').next().unwrap_or_default()))
        .filter(|(minimum, maximum)| {
            (1..=LIMIT_LENGTH).contains(&minimum.len()) && !maximum.is_empty()
        })
        .ok_or_else(|| refuse(SourceFault::Limits))?;
    let kept = maximum.get(..LIMIT_LENGTH).unwrap_or(maximum);
    let minimum = read_limit("min", minimum)?;
    let maximum = read_limit("max", kept)?;
    if minimum >= maximum {
        return Err(refuse(SourceFault::LimitOrder));
    }
    Ok(MeasuredSource { rate, heartbeat: Heartbeat::from_seconds(heartbeat), minimum, maximum })
}

fn read_limit(limit: &'static str, text: &str) -> Result<f64, SchemaTextError> {
    if text == "U" {
        return Ok(number::UNKNOWN);
    }
    number::parse(text).map_err(|error| SchemaTextError::Limit { limit, error })
}
