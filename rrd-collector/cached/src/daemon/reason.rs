//! The reason of a failed call of the system, in the words of the C library.

use std::io;

use nix::errno::Errno;

/// The text without the number that the standard library adds.
pub(super) fn reason(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(number) => Errno::from_raw(number).desc().to_owned(),
        None => error.to_string(),
    }
}
