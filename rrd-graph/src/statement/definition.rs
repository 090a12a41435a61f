//! DEF, CDEF and VDEF: where named series and numbers come from.

use rrd_core::{ConsolidationFunction, Step};

/// A series out of a database: `DEF:name=file:source:CF`.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// The name later statements use.
    pub name: String,
    /// The path of the database.
    pub file: String,
    /// The data source in it.
    pub source: String,
    /// Which archives to read.
    pub function: ConsolidationFunction,
    /// The wanted distance of the rows; the chart's own without.
    pub step: Option<Step>,
    /// Where the series begins, seconds since 1970; with the chart without.
    pub start: Option<i64>,
    /// Where the series ends, seconds since 1970; with the chart without.
    pub end: Option<i64>,
    /// How rows are merged where they lie closer than wanted; as `function` says without.
    pub reduce: Option<ConsolidationFunction>,
    /// The address of the caching daemon that reads the file.
    pub daemon: Option<String>,
}

/// A series computed from others, row by row: `CDEF:name=expression`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calculation {
    /// The name later statements use.
    pub name: String,
    /// The expression in reverse Polish notation.
    pub expression: String,
}

/// One number computed from all rows of a series: `VDEF:name=series,function`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statistic {
    /// The name later statements use.
    pub name: String,
    /// The series and the function, such as `cpu,95,PERCENT`.
    pub expression: String,
}
