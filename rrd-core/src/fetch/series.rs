//! Fetched rows.

use std::iter;
use std::time::Duration;

use super::Selection;
use crate::number::{UNKNOWN, length_to_u64};
use crate::schema::Schema;
use crate::time::{Step, Timestamp};

/// Rows at equal distances, each with one value per data source; NaN is unknown.
///
/// Row `k` (from 0) covers one `step` and ends at `start + (k + 1) * step`.
///
/// A requested range may reach far beyond what an archive keeps. The rows out there are unknown and
/// take no memory: only the rows between them are [`kept`](Self::kept). All other methods count and
/// show them like any row.
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
#[derive(Clone, Debug)]
pub struct Series {
    /// The start of the first row, unknown ones included.
    start: Timestamp,
    step: Step,
    names: Vec<String>,
    /// Number of unknown rows before the kept ones.
    before: usize,
    values: Vec<f64>,
    /// Number of unknown rows after the kept ones.
    after: usize,
    /// What an unknown row looks like.
    unknown: Vec<f64>,
}

/// No rows: a buffer for [`Rrd::fetch_into`](crate::Rrd::fetch_into).
impl Default for Series {
    fn default() -> Self {
        Self::new(Timestamp::default(), Step::SECOND, [""; 0], Vec::new())
    }
}

/// Series are equal if they have the same rows; an unknown value is not equal to any.
impl PartialEq for Series {
    fn eq(&self, other: &Self) -> bool {
        (self.start, self.step, &self.names) == (other.start, other.step, &other.names)
            && self.values().eq(other.values())
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
        let unknown = vec![UNKNOWN; names.len()];
        Self { start, step, names, before: 0, values, after: 0, unknown }
    }

    /// The same rows with this many unknown ones before the first and after the last.
    ///
    /// ```
    /// use rrd_core::{Series, Step, Timestamp};
    /// let (start, step) = (Timestamp::from_seconds(600), Step::from_seconds(300).unwrap());
    /// let series = Series::new(start, step, ["load"], vec![0.5]).surrounded(1, 1_000_000);
    /// assert_eq!((series.start().seconds(), series.len()), (300, 1_000_002));
    /// assert_eq!(series.kept(), [0.5]);
    /// ```
    #[must_use]
    pub fn surrounded(mut self, before: usize, after: usize) -> Self {
        self.start -= self.length_of(before);
        self.before = self.before.saturating_add(before);
        self.after = self.after.saturating_add(after);
        self
    }

    /// The buffer for the values of the next rows.
    pub(crate) fn values_mut(&mut self) -> &mut Vec<f64> {
        &mut self.values
    }

    /// Describes the rows whose values are in the buffer. Does not allocate if the names are
    /// unchanged.
    pub(crate) fn describe(&mut self, selection: &Selection, schema: &Schema) {
        self.start = selection.start();
        self.step = selection.step();
        (self.before, self.after) = (selection.before, selection.after);
        let names = || schema.sources().iter().map(|source| source.name.as_str());
        if !self.names.iter().map(String::as_str).eq(names()) {
            self.names = names().map(str::to_owned).collect();
            self.unknown.resize(self.names.len(), UNKNOWN);
        }
    }

    /// The start of the first row: a multiple of the step since 1970.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// The end of the last row.
    pub fn end(&self) -> Timestamp {
        self.start + self.length_of(self.len())
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
        self.before + self.values.len() / self.names.len().max(1) + self.after
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All values, row after row.
    ///
    /// ```
    /// # use rrd_core::{Series, Step, Timestamp};
    /// # let (start, step) = (Timestamp::from_seconds(600), Step::from_seconds(300).unwrap());
    /// let series = Series::new(start, step, ["in", "out"], vec![1.0, 2.0]).surrounded(1, 0);
    /// assert_eq!(format!("{:?}", series.values().collect::<Vec<_>>()), "[NaN, NaN, 1.0, 2.0]");
    /// ```
    pub fn values(&self) -> impl Iterator<Item = f64> {
        let unknown = |rows: usize| iter::repeat_n(UNKNOWN, rows.saturating_mul(self.names.len()));
        unknown(self.before).chain(self.values.iter().copied()).chain(unknown(self.after))
    }

    /// The values of the rows in the archive, row after row: those between
    /// [`before`](Self::before) and [`after`](Self::after).
    pub fn kept(&self) -> &[f64] {
        &self.values
    }

    /// Number of rows before those in the archive. All their values are unknown.
    pub fn before(&self) -> usize {
        self.before
    }

    /// Number of rows after those in the archive. All their values are unknown.
    pub fn after(&self) -> usize {
        self.after
    }

    /// The end of each row with its values, one per data source.
    pub fn rows(&self) -> impl Iterator<Item = (Timestamp, &[f64])> {
        let unknown = |rows: usize| iter::repeat_n(self.unknown.as_slice(), rows);
        let kept = self.values.chunks_exact(self.names.len().max(1));
        self.ends_from(0).zip(unknown(self.before).chain(kept).chain(unknown(self.after)))
    }

    /// The end of each row in the archive with its values, one per data source.
    pub fn kept_rows(&self) -> impl Iterator<Item = (Timestamp, &[f64])> {
        self.ends_from(self.before).zip(self.values.chunks_exact(self.names.len().max(1)))
    }

    /// The end of each row with its value of one data source; `None` if there is no data source
    /// with this name.
    pub fn column(&self, name: &str) -> Option<impl Iterator<Item = (Timestamp, f64)>> {
        let place = self.names.iter().position(|known| known == name)?;
        let kept = self.values.iter().skip(place).step_by(self.names.len()).copied();
        let unknown = |rows| iter::repeat_n(UNKNOWN, rows);
        Some(self.ends_from(0).zip(unknown(self.before).chain(kept).chain(unknown(self.after))))
    }

    /// The ends of rows from this one on, without limit.
    fn ends_from(&self, row: usize) -> impl Iterator<Item = Timestamp> + use<> {
        let (start, step) = (self.start + self.length_of(row), self.step.seconds());
        let (seconds, microseconds) = (start.seconds(), start.microseconds());
        iter::successors(seconds.checked_add_unsigned(step), move |end| {
            end.checked_add_unsigned(step)
        })
        .filter_map(move |seconds| Timestamp::new(seconds, microseconds))
    }

    fn length_of(&self, rows: usize) -> Duration {
        Duration::from_secs(self.step.seconds().saturating_mul(length_to_u64(rows)))
    }
}
