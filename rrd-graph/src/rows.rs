//! One series as rows at equal distances. `data` and `cdef` produce them.

use std::time::Duration;

use rrd_core::number::{UNKNOWN, length_to_u64, to_index};
use rrd_core::{Step, Timestamp};

/// The values of one series.
///
/// Row `k` covers the time after `start + k * step` up to `start + (k + 1) * step`.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// Start of the first row.
    pub start: Timestamp,
    /// The length of a row.
    pub step: Step,
    /// The values; NaN for unknown.
    pub values: Vec<f64>,
}

impl Rows {
    /// End of the last row.
    ///
    /// ```
    /// use rrd_core::{Step, Timestamp};
    /// use rrd_graph::Rows;
    /// let (start, step) = (Timestamp::from_seconds(600), Step::from_seconds(60).unwrap());
    /// let rows = Rows { start, step, values: vec![1.0, 2.0] };
    /// assert_eq!(rows.end(), Timestamp::from_seconds(720));
    /// ```
    pub fn end(&self) -> Timestamp {
        let length = self.step.seconds().saturating_mul(length_to_u64(self.values.len()));
        self.start + Duration::from_secs(length)
    }

    /// The value of the row that contains the second after a time; unknown outside the rows.
    ///
    /// ```
    /// use std::time::Duration;
    /// use rrd_core::{Step, Timestamp};
    /// use rrd_graph::Rows;
    /// let (start, step) = (Timestamp::from_seconds(600), Step::from_seconds(60).unwrap());
    /// let rows = Rows { start, step, values: vec![1.0, 2.0] };
    /// assert_eq!((rows.at(start), rows.at(start + Duration::from_secs(60))), (1.0, 2.0));
    /// assert!(rows.at(rows.end()).is_nan());
    /// ```
    pub fn at(&self, moment: Timestamp) -> f64 {
        let row = row_of(moment.seconds(), self.start.seconds(), self.step);
        let value = u64::try_from(row).ok().and_then(to_index).and_then(|row| self.values.get(row));
        value.copied().unwrap_or(UNKNOWN)
    }
}

/// Index of the row that contains the second after a time; negative before the first row.
pub(crate) fn row_of(moment: i64, start: i64, step: Step) -> i64 {
    let step = i64::try_from(step.seconds()).unwrap_or(i64::MAX);
    moment.saturating_sub(start).div_euclid(step)
}
