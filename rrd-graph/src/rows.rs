//! One series as rows at equal distances. `data` and `cdef` produce them.

use std::iter;
use std::ops::Range;
use std::time::Duration;

use rrd_core::number::{UNKNOWN, length_to_u64, to_index};
use rrd_core::{Step, TimeRange, Timestamp};

/// The values of one series.
///
/// Row `k` covers the time after `start + k * step` up to `start + (k + 1) * step`. Unknown rows at
/// both ends are counted only, so that a long time without data takes no memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// Start of the first row, unknown ones included.
    pub start: Timestamp,
    /// The length of a row.
    pub step: Step,
    /// Number of unknown rows before the values.
    pub before: usize,
    /// The values; NaN for unknown.
    pub values: Vec<f64>,
    /// Number of unknown rows after the values.
    pub after: usize,
}

impl Rows {
    /// Rows with these values.
    pub fn new(start: Timestamp, step: Step, values: Vec<f64>) -> Self {
        Self { start, step, before: 0, values, after: 0 }
    }

    /// Rows with the values that an iterator gives.
    ///
    /// ```
    /// use rrd_core::{Step, Timestamp, UNKNOWN};
    /// use rrd_graph::Rows;
    /// let (start, step) = (Timestamp::from_seconds(600), Step::from_seconds(60).unwrap());
    /// let rows = Rows::collect(start, step, [UNKNOWN, UNKNOWN, 1.0, UNKNOWN, 2.0, UNKNOWN]);
    /// assert_eq!((rows.before, rows.values.len(), rows.after), (2, 3, 1));
    /// ```
    pub fn collect(start: Timestamp, step: Step, values: impl IntoIterator<Item = f64>) -> Self {
        let mut rows = Self::new(start, step, Vec::new());
        values.into_iter().for_each(|value| rows.push(value));
        rows
    }

    /// Appends a row.
    pub(crate) fn push(&mut self, value: f64) {
        if value.to_bits() == UNKNOWN.to_bits() {
            self.after += 1;
        } else if self.values.is_empty() {
            self.before += std::mem::take(&mut self.after);
            self.values.push(value);
        } else {
            self.values.extend(iter::repeat_n(UNKNOWN, std::mem::take(&mut self.after)));
            self.values.push(value);
        }
    }

    /// The number of rows.
    ///
    /// ```
    /// use rrd_core::{Step, Timestamp};
    /// use rrd_graph::Rows;
    /// let (start, step) = (Timestamp::from_seconds(600), Step::from_seconds(60).unwrap());
    /// let rows = Rows { before: 2, ..Rows::new(start, step, vec![1.0]) };
    /// assert_eq!(rows.len(), 3);
    /// ```
    pub fn len(&self) -> usize {
        self.before + self.values.len() + self.after
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether no value is known that is not zero.
    pub(crate) fn is_zero(&self) -> bool {
        self.values.iter().all(|value| *value == 0.0 || value.is_nan())
    }

    /// The value of each row.
    pub fn iter(&self) -> impl Iterator<Item = f64> {
        let unknown = |rows| iter::repeat_n(UNKNOWN, rows);
        unknown(self.before).chain(self.values.iter().copied()).chain(unknown(self.after))
    }

    /// The value of a row; unknown outside the rows.
    pub fn get(&self, row: usize) -> f64 {
        let value = row.checked_sub(self.before).and_then(|row| self.values.get(row));
        value.copied().unwrap_or(UNKNOWN)
    }

    /// End of the last row.
    ///
    /// ```
    /// use rrd_core::{Step, Timestamp};
    /// use rrd_graph::Rows;
    /// let (start, step) = (Timestamp::from_seconds(600), Step::from_seconds(60).unwrap());
    /// let rows = Rows::new(start, step, vec![1.0, 2.0]);
    /// assert_eq!(rows.end(), Timestamp::from_seconds(720));
    /// ```
    pub fn end(&self) -> Timestamp {
        self.end_of(self.len())
    }

    /// End of this many rows.
    pub(crate) fn end_of(&self, rows: usize) -> Timestamp {
        self.start + Duration::from_secs(self.step.seconds().saturating_mul(length_to_u64(rows)))
    }

    /// The value of the row that contains the second after a time; unknown outside the rows.
    ///
    /// ```
    /// use std::time::Duration;
    /// use rrd_core::{Step, Timestamp};
    /// use rrd_graph::Rows;
    /// let (start, step) = (Timestamp::from_seconds(600), Step::from_seconds(60).unwrap());
    /// let rows = Rows::new(start, step, vec![1.0, 2.0]);
    /// assert_eq!((rows.at(start), rows.at(start + Duration::from_secs(60))), (1.0, 2.0));
    /// assert!(rows.at(rows.end()).is_nan());
    /// ```
    pub fn at(&self, moment: Timestamp) -> f64 {
        let row = row_of(moment.seconds(), self.start.seconds(), self.step);
        u64::try_from(row).ok().and_then(to_index).map_or(UNKNOWN, |row| self.get(row))
    }

    /// Rows with other values.
    pub(crate) fn map(&self, change: impl Fn(f64) -> f64) -> Self {
        let Self { start, step, before, after, .. } = *self;
        let values = self.values.iter().map(|value| change(*value)).collect();
        Self { start, step, before, values, after }
    }

    /// The sum with another series, at the rows of this one; what is unknown in one of them counts
    /// as zero.
    pub(crate) fn plus(&self, other: &Self) -> Self {
        let add = |(row, value): (usize, f64)| {
            let over = other.at(self.end_of(row));
            match (value.is_nan(), over.is_nan()) {
                (true, _) => over,
                (_, true) => value,
                _ => value + over,
            }
        };
        Self::collect(self.start, self.step, self.iter().enumerate().map(add))
    }

    /// The rows that overlap a range.
    pub(crate) fn overlapping(&self, range: TimeRange) -> Range<usize> {
        let row = |moment| row_of(moment, self.start.seconds(), self.step);
        let place = |row| usize::try_from(row).unwrap_or(0).min(self.len());
        let end = place(row(range.end.seconds().saturating_sub(1)).saturating_add(1));
        place(row(range.start.seconds())).min(end)..end
    }
}

/// Index of the row that contains the second after a time; negative before the first row.
pub(crate) fn row_of(moment: i64, start: i64, step: Step) -> i64 {
    let step = i64::try_from(step.seconds()).unwrap_or(i64::MAX);
    moment.saturating_sub(start).div_euclid(step)
}
