//! One series as rows at equal distances. `data` and `cdef` produce them.

use rrd_core::Step;
use rrd_core::number::{UNKNOWN, length_to_u64, to_index};

/// The values of one series.
///
/// Row `k` covers the time after `start + k * step` up to `start + (k + 1) * step`.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// Start of the first row, seconds since 1970.
    pub start: i64,
    /// The length of a row.
    pub step: Step,
    /// The values; NaN for unknown.
    pub values: Vec<f64>,
}

impl Rows {
    /// End of the last row, seconds since 1970.
    ///
    /// ```
    /// use rrd_core::Step;
    /// use rrd_graph::Rows;
    /// let rows = Rows { start: 600, step: Step::from_seconds(60).unwrap(), values: vec![1.0, 2.0] };
    /// assert_eq!(rows.end(), 720);
    /// ```
    pub fn end(&self) -> i64 {
        let length = self.step.seconds().saturating_mul(length_to_u64(self.values.len()));
        self.start.saturating_add(i64::try_from(length).unwrap_or(i64::MAX))
    }

    /// The value of the row that contains the second after a time; unknown outside the rows.
    ///
    /// ```
    /// use rrd_core::Step;
    /// use rrd_graph::Rows;
    /// let rows = Rows { start: 600, step: Step::from_seconds(60).unwrap(), values: vec![1.0, 2.0] };
    /// assert_eq!((rows.at(600), rows.at(660)), (1.0, 2.0));
    /// assert!(rows.at(720).is_nan());
    /// ```
    pub fn at(&self, moment: i64) -> f64 {
        let row = row_of(moment, self.start, self.step);
        let value = u64::try_from(row).ok().and_then(to_index).and_then(|row| self.values.get(row));
        value.copied().unwrap_or(UNKNOWN)
    }
}

/// Index of the row that contains the second after a time; negative before the first row.
pub(crate) fn row_of(moment: i64, start: i64, step: Step) -> i64 {
    let step = i64::try_from(step.seconds()).unwrap_or(i64::MAX);
    moment.saturating_sub(start).div_euclid(step)
}
