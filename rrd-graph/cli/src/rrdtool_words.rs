//! RRDtool's words for what went wrong: the only file that knows them. Scripts compare these texts.

use std::error::Error;

/// What is printed after `ERROR: `.
pub(crate) fn reason(error: &(dyn Error + 'static)) -> String {
    error.to_string()
}
