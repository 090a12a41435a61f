//! Manual pages, completions and the reference, made of the tables of options.

use std::ffi::{OsStr, OsString};
use std::io::Write;

use rrd_cli::reference::{self, GenerateError};

use super::help::described;

/// Generates what the words after `--generate` ask for. The date of manual pages is `seconds` since
/// 1970, unless `SOURCE_DATE_EPOCH` has another one.
///
/// # Errors
///
/// [`GenerateError`], if there is no such form, or it cannot be written.
pub fn generate(
    words: &[OsString],
    seconds: i64,
    source_date_epoch: Option<&OsStr>,
    out: &mut dyn Write,
) -> Result<(), GenerateError> {
    reference::generate(&described(), words, seconds, source_date_epoch, out)
}
