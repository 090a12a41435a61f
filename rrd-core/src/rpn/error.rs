//! Why an expression has no result.

/// Why an expression has no result.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// An operator needs more values than the stack holds.
    #[error("an operator needs more values than the expression has put on the stack")]
    StackUnderflow,
    /// The stack would hold more than 65536 values.
    #[error("the expression puts more than 65536 values on the stack")]
    StackOverflow,
    /// The stack does not hold exactly one value at the end.
    #[error("the expression must leave exactly one value on the stack")]
    FinalStackSize,
    /// The percentage of `PERCENT` is outside 0 to 100.
    #[error("invalid percentage of PERCENT: expected 0 to 100")]
    Percentile,
    /// The percentage of `PREDICTPERC` is outside -100 to 100.
    #[error("invalid percentage {percent} of PREDICTPERC: expected -100 to 100")]
    UnsupportedPercentile {
        /// The percentage given.
        percent: f64,
    },
    /// The item two before `TREND` is not a series.
    #[error("TREND needs a series and a duration: expected e.g. x,1800,TREND")]
    MalformedTrend,
    /// The item before `PREDICT` is not a series.
    #[error("PREDICT needs a series as its last operand: expected e.g. 86400,-7,1800,x,PREDICT")]
    MalformedPredict,
    /// `PREDICT` with a negative shift, which would look into the future.
    #[error("invalid shift {shift} of PREDICT: expected 0 or more seconds")]
    NegativeShift {
        /// The shift given, in seconds.
        shift: i64,
    },
    /// An operator needs rows, but there are none.
    #[error("the operator needs rows, and there are none here")]
    NoRows,
}
