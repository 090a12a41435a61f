//! Why an expression has no result.

/// Why an expression has no result, in RRDtool's words.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// An operator needs more values than the stack holds.
    #[error("RPN stack underflow")]
    StackUnderflow,
    /// The stack would hold more than 65536 values.
    #[error("RPN stack overflow")]
    StackOverflow,
    /// The stack does not hold exactly one value at the end.
    #[error("RPN final stack size != 1")]
    FinalStackSize,
    /// The percentage of `PERCENT` is outside 0 to 100.
    #[error("percentile argument must be between 0 and 100")]
    Percentile,
    /// The percentage of `PREDICTPERC` is outside -100 to 100.
    #[error("unsupported percentile: {percent:.6}")]
    UnsupportedPercentile {
        /// The percentage given.
        percent: f64,
    },
    /// The item two before `TREND` is not a series.
    #[error("malformed trend arguments")]
    MalformedTrend,
    /// The item before `PREDICT` is not a series.
    #[error("malformed predict arguments")]
    MalformedPredict,
    /// `PREDICT` with a negative shift, which would look into the future.
    #[error("negative shift step not allowed: {shift}")]
    NegativeShift {
        /// The shift given, in seconds.
        shift: i64,
    },
    /// An operator needs rows, but there are none.
    #[error("VDEF made it into rpn_calc... aborting")]
    NoRows,
}
