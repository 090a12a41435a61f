//! Why an expression has no result.

/// Why an expression has no result, in RRDtool's words.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// An operator asks for more values than there are.
    #[error("RPN stack underflow")]
    StackUnderflow,
    /// More than 65536 values.
    #[error("RPN stack overflow")]
    StackOverflow,
    /// Not exactly one value is left at the end.
    #[error("RPN final stack size != 1")]
    FinalStackSize,
    /// `PERCENT` of a part outside of 0 to 100.
    #[error("percentile argument must be between 0 and 100")]
    Percentile,
    /// `PREDICTPERC` of a part outside of -100 to 100.
    #[error("unsupported percentile: {percent:.6}")]
    UnsupportedPercentile {
        /// The part asked for.
        percent: f64,
    },
    /// What stands two items before `TREND` is no series.
    #[error("malformed trend arguments")]
    MalformedTrend,
    /// What stands before `PREDICT` is no series.
    #[error("malformed predict arguments")]
    MalformedPredict,
    /// `PREDICT` with a look into the future.
    #[error("negative shift step not allowed: {shift}")]
    NegativeShift {
        /// The shift asked for, in seconds.
        shift: i64,
    },
    /// An operator that looks at rows, where there are none.
    #[error("VDEF made it into rpn_calc... aborting")]
    NoRows,
}
