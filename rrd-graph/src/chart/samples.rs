//! Values at equal steps.

use std::sync::Arc;

use rrd_core::{Step, TimeRange, Timestamp};

use crate::rows::Rows;

/// Values at equal steps; NaN is unknown and drawn as a gap.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    values: Values,
}

#[derive(Clone, Debug, PartialEq)]
enum Values {
    Constant(f64),
    Steps { start: i64, step: i64, values: Arc<[f64]> },
}

impl Samples {
    /// The first value is valid for the `step` that begins at `start`, the next for the following
    /// step, and so on.
    pub fn new(start: Timestamp, step: Step, values: impl Into<Arc<[f64]>>) -> Self {
        let step = i64::try_from(step.seconds()).unwrap_or(i64::MAX);
        Self { values: Values::Steps { start: start.seconds(), step, values: values.into() } }
    }

    /// The rows that overlap a range, each value changed by `shown`.
    ///
    /// ```
    /// use rrd_core::{Step, TimeRange, Timestamp};
    /// use rrd_graph::{Rows, Samples};
    /// let (start, step) = (Timestamp::from_seconds(1200), Step::from_seconds(60).unwrap());
    /// let rows = Rows::new(start, step, vec![1.0, 2.0, 3.0]);
    /// let minute = TimeRange::from_seconds(1260, 1320);
    /// let samples = Samples::of(&rows, minute, |value| 10.0 * value);
    /// assert_eq!(samples, Samples::new(minute.start, step, vec![20.0]));
    /// ```
    pub fn of(rows: &Rows, range: TimeRange, shown: impl Fn(f64) -> f64) -> Self {
        let overlapping = rows.overlapping(range);
        let start = rows.end_of(overlapping.start);
        let values: Vec<f64> = overlapping.map(|row| shown(rows.get(row))).collect();
        Self::new(start, rows.step, values)
    }

    /// A constant value.
    pub const fn constant(value: f64) -> Self {
        Self { values: Values::Constant(value) }
    }

    /// The value at a time; unknown outside the rows.
    ///
    /// ```
    /// use rrd_core::{Step, Timestamp};
    /// use rrd_graph::Samples;
    /// let step = Step::from_seconds(60).unwrap();
    /// let samples = Samples::new(Timestamp::from_seconds(1200), step, vec![1.0, 2.0]);
    /// assert_eq!(samples.at(Timestamp::from_seconds(1259)), 1.0);
    /// assert_eq!(samples.at(Timestamp::from_seconds(1260)), 2.0);
    /// assert!(samples.at(Timestamp::from_seconds(1320)).is_nan());
    /// ```
    pub fn at(&self, moment: Timestamp) -> f64 {
        match &self.values {
            Values::Constant(value) => *value,
            Values::Steps { start, step, values } => {
                let row = moment.seconds().saturating_sub(*start).div_euclid(*step);
                let row = usize::try_from(row).ok();
                row.and_then(|row| values.get(row)).copied().unwrap_or(f64::NAN)
            }
        }
    }

    /// The rows that overlap a range: start and end of each, cut to the range, and its value.
    pub(crate) fn within(
        &self,
        range: TimeRange,
    ) -> impl ExactSizeIterator<Item = (i64, i64, f64)> + '_ {
        let (mut from, step, values) = self.touching(range);
        values.iter().map(move |&value| {
            let to = from.saturating_add(step);
            let row = (from.max(range.start.seconds()), to.min(range.end.seconds()), value);
            from = to;
            row
        })
    }

    /// The values of the rows that overlap a range.
    pub(crate) fn values_within(&self, range: TimeRange) -> &[f64] {
        self.touching(range).2
    }

    /// The rows that overlap a range: start of the first, length of each, and their values.
    fn touching(&self, range: TimeRange) -> (i64, i64, &[f64]) {
        let (start, step, values) = match &self.values {
            Values::Constant(value) => {
                let length = range.end.seconds().saturating_sub(range.start.seconds()).max(1);
                (range.start.seconds(), length, std::slice::from_ref(value))
            }
            Values::Steps { start, step, values } => (*start, *step, &**values),
        };
        let row = |moment: i64| moment.saturating_sub(start).div_euclid(step);
        let place = |row: i64| usize::try_from(row).unwrap_or(0).min(values.len());
        let end = place(row(range.end.seconds().saturating_sub(1)).saturating_add(1));
        let first = place(row(range.start.seconds())).min(end);
        let skipped = step.saturating_mul(i64::try_from(first).unwrap_or(i64::MAX));
        (start.saturating_add(skipped), step, values.get(first..end).unwrap_or_default())
    }

    /// The length of a row in seconds; `None` for a constant.
    pub(crate) fn step(&self) -> Option<i64> {
        self.grid().map(|(_, step)| step)
    }

    /// The start of the first row and the length of each, in seconds; `None` for a constant.
    pub(crate) fn grid(&self) -> Option<(i64, i64)> {
        match self.values {
            Values::Constant(_) => None,
            Values::Steps { start, step, .. } => Some((start, step)),
        }
    }
}
