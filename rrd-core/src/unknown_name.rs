//! The error of a text that should be one of a few names.

/// A text is not one of the names that a value of its kind can have. Names are case-sensitive.
///
/// ```
/// use rrd_core::ConsolidationFunction;
/// assert_eq!(
///     "MEAN".parse::<ConsolidationFunction>().unwrap_err().to_string(),
///     "unknown consolidation function \"MEAN\": expected AVERAGE, MIN, MAX, LAST, HWPREDICT, \
///      MHWPREDICT, SEASONAL, DEVSEASONAL, DEVPREDICT or FAILURES"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {kind} {text:?}: expected {expected}")]
pub struct UnknownName {
    kind: &'static str,
    text: String,
    expected: &'static str,
}

impl UnknownName {
    pub(crate) fn new(kind: &'static str, text: &str, expected: &'static str) -> Self {
        Self { kind, text: text.to_owned(), expected }
    }
}
