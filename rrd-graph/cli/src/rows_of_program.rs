//! Rows that the program itself gives, for file names that begin with `cb//`.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rrd_core::{FetchRequest, Series};

use crate::answered::CallError;

/// Gives the rows of a file name that begins with `cb//`: what the program itself has, for charts
/// and tables beside those of files.
pub type RowsOfProgram<'a> = &'a dyn Fn(&Path, &FetchRequest) -> Result<Series, CallError>;

/// Whether a file name asks for rows of the program itself.
pub fn asks_program(name: &Path) -> bool {
    name.as_os_str().as_bytes().starts_with(b"cb//")
}
