//! What an expression sees besides its stack: values, a clock, and for charts rows, series and local time.

use jiff::tz::TimeZone;

use crate::number::UNKNOWN;

/// What an expression sees besides its stack, for the row at hand.
///
/// A COMPUTE data source has values and a clock only; the other methods answer for the rows of a chart.
pub trait Context {
    /// The value of a variable in this row, unknown if there is none.
    fn value(&self, variable: usize) -> f64;

    /// The present time, seconds since 1970.
    fn now(&self) -> i64;

    /// The row, if there are rows.
    fn row(&self) -> Option<Row> {
        None
    }

    /// The series behind a variable, `None` if the variable is a single value.
    fn column(&self, variable: usize) -> Option<Column<'_>> {
        let _ = variable;
        None
    }

    /// The calendar of local time, if there is one.
    fn calendar(&self) -> Option<Calendar<'_>> {
        None
    }
}

/// The place and time of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// Rows before this one.
    pub index: usize,
    /// The end of the row, seconds since 1970.
    pub time: i64,
    /// The length of the row in seconds.
    pub step: u64,
    /// The result of the row before, unknown in the first.
    pub previous: f64,
}

/// A series that a variable stands for, as seen from the row at hand.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// The values, one a row of the series.
    pub values: &'a [f64],
    /// The length of a row of the series in seconds.
    pub step: u64,
    /// The row of the series whose value counts at present.
    pub current: usize,
    /// Whether that row ends at the time of the row at hand.
    pub complete: bool,
}

/// How local time is reckoned.
#[derive(Clone, Copy, Debug)]
pub struct Calendar<'a> {
    /// The zone of local time.
    pub zone: &'a TimeZone,
    /// The first day of the week, days after Sunday.
    pub first_weekday: i64,
}

/// The context of a COMPUTE data source: the values of the data sources before it.
#[derive(Clone, Copy, Debug)]
pub struct ComputeRow<'a> {
    /// One value a data source, unknown as NaN.
    pub values: &'a [f64],
    /// The present time, seconds since 1970.
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
