//! Fetched rows.

use std::iter;
use std::time::Duration;

use crate::number::length_to_u64;
use crate::schema::Schema;
use crate::time::{Step, Timestamp};

/// Rows at equal distances, each with one value per data source; NaN is unknown.
///
/// Row `k` (from 0) covers one `step` and ends at `start + (k + 1) * step`.
///
/// ```
/// use rrd_core::{Series, Step, Timestamp};
///
/// let series = Series::new(
///     Timestamp::from_seconds(600),
///     Step::from_seconds(300).unwrap(),
///     ["in", "out"],
///     vec![1.0, 2.0, 3.0, 4.0],
/// );
/// let rows: Vec<_> = series.rows().collect();
/// assert_eq!(rows[1], (Timestamp::from_seconds(1200), [3.0, 4.0].as_slice()));
/// let out: Vec<_> = series.column("out").expect("a data source").collect();
/// assert_eq!(out[0], (Timestamp::from_seconds(900), 2.0));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    start: Timestamp,
    step: Step,
    names: Vec<String>,
    values: Vec<f64>,
}

/// No rows: a buffer for [`Rrd::fetch_into`](crate::Rrd::fetch_into).
impl Default for Series {
    fn default() -> Self {
        let start = Timestamp::default();
        Self { start, step: Step::SECOND, names: Vec::new(), values: Vec::new() }
    }
}

impl Series {
    /// Rows from another source. `values` contains row after row one value per name; an incomplete
    /// last row is dropped.
    pub fn new(
        start: Timestamp,
        step: Step,
        names: impl IntoIterator<Item = impl Into<String>>,
        mut values: Vec<f64>,
    ) -> Self {
        let names: Vec<_> = names.into_iter().map(Into::into).collect();
        values.truncate(values.len() - values.len() % names.len().max(1));
        Self { start, step, names, values }
    }

    pub(crate) fn of(span: SeriesSpan, schema: &Schema, values: Vec<f64>) -> Self {
        let mut series = Self { values, ..Self::default() };
        series.describe(span, schema);
        series
    }

    /// The buffer for the next rows.
    pub(crate) fn values_mut(&mut self) -> &mut Vec<f64> {
        &mut self.values
    }

    /// Sets the time range and the names of the values. Does not allocate if the names are
    /// unchanged.
    pub(crate) fn describe(&mut self, span: SeriesSpan, schema: &Schema) {
        self.start = Timestamp::from_seconds(span.start);
        self.step = span.step;
        let names = || schema.sources().iter().map(|source| source.name.as_str());
        if !self.names.iter().map(String::as_str).eq(names()) {
            self.names = names().map(str::to_owned).collect();
        }
    }

    /// The start of the first row: a multiple of the step since 1970.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// The end of the last row.
    pub fn end(&self) -> Timestamp {
        let length = self.step.seconds().saturating_mul(length_to_u64(self.len()));
        self.start + Duration::from_secs(length)
    }

    /// The length of a row.
    pub fn step(&self) -> Step {
        self.step
    }

    /// The names of the data sources.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.values.len() / self.names.len().max(1)
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All values, row after row.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// All values, row after row, without a copy.
    pub fn into_values(self) -> Vec<f64> {
        self.values
    }

    /// The end of each row with its values, one per data source.
    pub fn rows(&self) -> impl Iterator<Item = (Timestamp, &[f64])> {
        self.ends().zip(self.values.chunks_exact(self.names.len().max(1)))
    }

    /// The end of each row with its value of one data source; `None` if there is no data source
    /// with this name.
    pub fn column(&self, name: &str) -> Option<impl Iterator<Item = (Timestamp, f64)>> {
        let place = self.names.iter().position(|known| known == name)?;
        let values = self.values.iter().skip(place).step_by(self.names.len());
        Some(self.ends().zip(values.copied()))
    }

    /// The ends of rows, without limit.
    fn ends(&self) -> impl Iterator<Item = Timestamp> + use<> {
        let (start, step) = (self.start.seconds(), self.step.seconds());
        let microseconds = self.start.microseconds();
        iter::successors(start.checked_add_unsigned(step), move |end| {
            end.checked_add_unsigned(step)
        })
        .filter_map(move |seconds| Timestamp::new(seconds, microseconds))
    }
}

/// The time range of fetched rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SeriesSpan {
    /// Start of the first row, seconds since 1970; a multiple of the step.
    pub(crate) start: i64,
    /// End of the last row.
    pub(crate) end: i64,
    /// The length of a row.
    pub(crate) step: Step,
}
