//! What an expression can read besides its stack: values, a clock and, in charts, rows, series and
//! local time.

use std::ops::Range;

use jiff::tz::TimeZone;

use crate::number::UNKNOWN;

/// What an expression can read besides its stack, for the current row.
///
/// A COMPUTE data source has only values and a clock; the other methods serve charts.
pub trait Context {
    /// The value of a variable in this row; NaN if unknown.
    fn value(&self, variable: usize) -> f64;

    /// The current time, seconds since 1970.
    fn now(&self) -> i64;

    /// The current row; `None` without rows.
    fn row(&self) -> Option<Row> {
        None
    }

    /// The series of a variable; `None` if the variable is a single value.
    fn column(&self, variable: usize) -> Option<Column<'_>> {
        let _ = variable;
        None
    }

    /// The calendar of local time, if any.
    fn calendar(&self) -> Option<Calendar<'_>> {
        None
    }
}

/// The index and time of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// Number of rows before this one.
    pub index: usize,
    /// The end of the row, seconds since 1970.
    pub time: i64,
    /// The length of the row in seconds.
    pub step: u64,
    /// The result of the previous row; NaN in the first row.
    pub previous: f64,
}

/// The series of a variable, seen from the current row. Rows outside its values are unknown.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// Number of rows of the series before its values.
    pub before: usize,
    /// One value per row of the series.
    pub values: &'a [f64],
    /// The length of a row of the series in seconds.
    pub step: u64,
    /// The row of the series that holds the current value.
    pub current: usize,
    /// Whether that row ends exactly at the end of the current row.
    pub complete: bool,
}

impl<'a> Column<'a> {
    /// The value of a row.
    pub(super) fn at(self, row: usize) -> f64 {
        let value = row.checked_sub(self.before).and_then(|row| self.values.get(row));
        value.copied().unwrap_or(UNKNOWN)
    }

    /// The values of these rows, without those outside the values.
    pub(super) fn among(self, rows: Range<usize>) -> &'a [f64] {
        let place = |row: usize| row.saturating_sub(self.before).min(self.values.len());
        self.values.get(place(rows.start)..place(rows.end)).unwrap_or_default()
    }
}

/// How local time is computed.
#[derive(Clone, Copy, Debug)]
pub struct Calendar<'a> {
    /// The time zone.
    pub zone: &'a TimeZone,
    /// The first day of the week, in days after Sunday.
    pub first_weekday: i64,
}

/// The context of a COMPUTE data source: the values of the preceding data sources.
#[derive(Clone, Copy, Debug)]
pub struct ComputeRow<'a> {
    /// One value per data source; NaN for unknown.
    pub values: &'a [f64],
    /// The current time, seconds since 1970.
    pub now: i64,
}

impl Context for ComputeRow<'_> {
    fn value(&self, variable: usize) -> f64 {
        self.values.get(variable).copied().unwrap_or(UNKNOWN)
    }

    fn now(&self) -> i64 {
        self.now
    }
}
