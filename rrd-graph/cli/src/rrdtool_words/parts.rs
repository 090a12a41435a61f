//! What the words of several errors have in common.

use std::error::Error;
use std::io;
use std::path::Path;

use crate::system;

/// Returns the words for an error: those of a cause are part of its effect's.
pub(super) type Reason = fn(&(dyn Error + 'static)) -> String;

/// What could not be done with a file, and why.
pub(super) fn about(doing: &str, path: &Path, source: &io::Error) -> String {
    format!("{doing} '{}': {}", path.display(), system::reason(source))
}
