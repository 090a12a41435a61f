//! Requests for rows of one archive over a time range. `series` is the result, `select` finds the
//! archive, `rows` reads its rows.

mod rows;
mod select;
mod series;

use std::time::Duration;

use crate::consolidation::ConsolidationFunction;
use crate::time::{Step, TimeRange};

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
    pub(crate) resolution: Step,
}

impl FetchRequest {
    /// Requests the rows that were consolidated by `function` and overlap the range, in the finest
    /// resolution that reaches back to its start.
    ///
    /// Fractions of seconds in the range are ignored.
    pub fn new(function: ConsolidationFunction, range: TimeRange) -> Self {
        Self { function, range, resolution: Step::SECOND }
    }

    /// Sets the requested length of a row, a [`Duration`] or a [`Step`]: the archive nearest to it
    /// is used.
    pub fn resolution(mut self, length: impl Into<Duration>) -> Self {
        self.resolution = Step::at_least(length.into());
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
}
