//! Requests for rows over a time range. `series` is the result, `select` finds the archive,
//! `joined` that of each part where several have the range together, `rows` reads the rows.

mod joined;
mod rows;
mod select;
mod series;

use std::time::Duration;

use crate::consolidation::ConsolidationFunction;
use crate::time::{Step, TimeRange, Timestamp};

pub(crate) use joined::Joined;
pub(crate) use rows::read_rows;
pub use select::Selection;
pub(crate) use select::{MAX_ROWS, NoSelection, row_length, rows_of, select};
pub use series::Series;

/// A request for rows.
///
/// ```
/// use std::time::Duration;
/// use rrd_core::{ConsolidationFunction, FetchRequest, TimeRange, Timestamp};
///
/// let hour = TimeRange::last(Duration::from_secs(3600), Timestamp::now());
/// let finest = FetchRequest::new(ConsolidationFunction::Average, hour);
/// let five_minutes = finest.resolution(Duration::from_secs(300));
/// # assert_ne!(finest, five_minutes);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct FetchRequest {
    pub(crate) function: ConsolidationFunction,
    pub(crate) range: TimeRange,
    wanted: Option<Step>,
}

impl FetchRequest {
    /// Requests the rows that were consolidated by `function` and overlap the range, in the finest
    /// resolution that reaches back to its start.
    ///
    /// Fractions of seconds in the range are ignored.
    pub fn new(function: ConsolidationFunction, range: TimeRange) -> Self {
        Self { function, range, wanted: None }
    }

    /// Sets the requested length of a row, a [`Duration`] or a [`Step`]: the archive nearest to it
    /// is used, or the nearest for each part of the range where rows are
    /// [joined](crate::RrdReader::joined).
    pub fn resolution(mut self, length: impl Into<Duration>) -> Self {
        self.wanted = Some(Step::at_least(length.into()));
        self
    }

    /// The same request for what begins at another time.
    ///
    /// ```
    /// use rrd_core::{ConsolidationFunction, FetchRequest, TimeRange, Timestamp};
    /// let request = |start| {
    ///     FetchRequest::new(ConsolidationFunction::Max, TimeRange::from_seconds(start, 900))
    /// };
    /// assert_eq!(request(0).starting_at(Timestamp::from_seconds(600)), request(600));
    /// ```
    pub fn starting_at(mut self, start: Timestamp) -> Self {
        self.range.start = start;
        self
    }

    /// The consolidation function.
    pub fn function(&self) -> ConsolidationFunction {
        self.function
    }

    /// The time range.
    pub fn range(&self) -> TimeRange {
        self.range
    }

    /// The requested length of a row; `None` for the finest.
    pub fn wanted(&self) -> Option<Step> {
        self.wanted
    }

    /// The length that a row should have.
    pub(crate) fn row(&self) -> Step {
        self.wanted.unwrap_or(Step::SECOND)
    }
}
