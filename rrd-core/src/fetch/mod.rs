//! Rows of one archive over a span of time: what is asked for and what comes back. Which archive answers lives in
//! `select`, reading its rows in `rows`.

mod rows;
mod select;

use crate::consolidation::ConsolidationFunction;
use crate::schema::Schema;
use crate::time::{Step, TimeRange, Timestamp};

pub(crate) use rows::read_rows;
pub(crate) use select::{NoSelection, Selection, row_length, select};

/// What to fetch.
///
/// ```
/// use rrd_core::{ConsolidationFunction, FetchRequest, TimeRange};
///
/// let request = FetchRequest {
///     function: ConsolidationFunction::Average,
///     range: TimeRange { start: 920_804_400, end: 920_808_000 },
///     resolution: 300,
/// };
/// assert_eq!(request.range.end - request.range.start, 3600);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchRequest {
    /// How the rows were consolidated.
    pub function: ConsolidationFunction,
    /// From when to when.
    pub range: TimeRange,
    /// The wanted length of a row in seconds; the nearest that is there answers.
    pub resolution: u64,
}

/// Rows of one archive. Row `k` (from 0) covers `step` seconds and ends at `start + (k + 1) * step`.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Where the first row begins, seconds since 1970; a multiple of the step.
    pub start: i64,
    /// Where the last row ends.
    pub end: i64,
    /// The length of a row.
    pub step: Step,
    /// The names of the data sources.
    pub names: Vec<String>,
    /// Row after row one value for each data source; NaN is unknown.
    pub values: Vec<f64>,
}

impl Series {
    pub(crate) fn new(span: SeriesSpan, schema: &Schema, values: Vec<f64>) -> Self {
        let names = schema.sources().iter().map(|source| source.name.as_str().to_owned()).collect();
        Self { start: span.start, end: span.end, step: span.step, names, values }
    }

    /// The end of each row and its values, one for each data source.
    ///
    /// ```
    /// use rrd_core::{Series, Step};
    ///
    /// let series = Series {
    ///     start: 600,
    ///     end: 1200,
    ///     step: Step::from_seconds(300).unwrap(),
    ///     names: vec!["in".into(), "out".into()],
    ///     values: vec![1.0, 2.0, 3.0, 4.0],
    /// };
    /// let rows = series.rows().collect::<Vec<_>>();
    /// assert_eq!(rows[1].0.seconds(), 1200);
    /// assert_eq!(rows[1].1, [3.0, 4.0]);
    /// ```
    pub fn rows(&self) -> impl Iterator<Item = (Timestamp, &[f64])> {
        let width = self.names.len().max(1);
        let step = self.step.seconds().cast_signed();
        let ends =
            std::iter::successors(self.start.checked_add(step), move |end| end.checked_add(step));
        ends.map(Timestamp::from_seconds).zip(self.values.chunks_exact(width))
    }
}

/// Where fetched rows lie in time, without the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesSpan {
    /// Where the first row begins, seconds since 1970; a multiple of the step.
    pub start: i64,
    /// Where the last row ends.
    pub end: i64,
    /// The length of a row.
    pub step: Step,
}
