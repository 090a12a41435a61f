//! The time range of a chart, from expressions such as `end-1d` and `noon`.

use rrd_core::at_style::{self, ResolveError, TimeSpec, TimeSpecError};
use rrd_core::{TimeRange, TimeZone, Timestamp};

/// The earliest start of a chart: ten years of 365 days after 1970.
const EARLIEST: i64 = 10 * 365 * 24 * 3600;

/// Why two times are not a valid range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WindowError {
    /// The start is not a time expression.
    #[error("invalid start")]
    Start(#[source] TimeSpecError),
    /// The end is not a time expression.
    #[error("invalid end")]
    End(#[source] TimeSpecError),
    /// The times are relative to each other, or beyond the calendar.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// The start is too early.
    #[error("invalid start {start}: expected a time after 1980")]
    TooEarly {
        /// The start, seconds since 1970.
        start: i64,
    },
    /// The start is after the end.
    #[error("the start {start} is after the end {end}")]
    Reversed {
        /// The start, seconds since 1970.
        start: i64,
        /// The end, seconds since 1970.
        end: i64,
    },
}

/// Resolves two expressions to a time range, which may be empty.
pub fn resolve(
    start: &TimeSpec,
    end: &TimeSpec,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<TimeRange, WindowError> {
    let range = at_style::resolve_pair(start, end, now, zone)?;
    if range.start.seconds() < EARLIEST {
        return Err(WindowError::TooEarly { start: range.start.seconds() });
    }
    if range.start.seconds() > range.end.seconds() {
        return Err(WindowError::Reversed {
            start: range.start.seconds(),
            end: range.end.seconds(),
        });
    }
    Ok(range)
}

/// Parses a start time.
pub fn parse_start(text: &str) -> Result<TimeSpec, WindowError> {
    at_style::parse(text).map_err(WindowError::Start)
}

/// Parses an end time.
pub fn parse_end(text: &str) -> Result<TimeSpec, WindowError> {
    at_style::parse(text).map_err(WindowError::End)
}
