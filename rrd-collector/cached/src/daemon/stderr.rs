//! Lines for whoever starts the program.

use std::io::{self, Write as _};

/// Prints lines on standard error. If it is closed, nobody can read them.
pub(super) fn print(lines: &[String]) {
    for line in lines {
        let _ = writeln!(io::stderr(), "{line}");
    }
}
