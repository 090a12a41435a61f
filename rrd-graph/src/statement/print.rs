//! PRINT and GPRINT: a number or a time as text. How the text is made lives in `format`.

use rrd_core::ConsolidationFunction;

/// A text made of one number or its time: `PRINT:name:format`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Print {
    /// The name of a VDEF; with `function` that of a series.
    pub variable: String,
    /// How the rows of a series become one number.
    pub function: Option<ConsolidationFunction>,
    /// How the text is written.
    pub format: PrintFormat,
}

/// How a printed text is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrintFormat {
    /// The value, in the manner of C's printf: `%6.2lf%s`.
    Number(String),
    /// The time of the value, in the manner of C's strftime (`:strftime`).
    Time(String),
    /// The value as seconds since 1970 (`:valstrftime`).
    Timestamp(String),
    /// The value as milliseconds (`:valstrfduration`).
    Duration(String),
}
