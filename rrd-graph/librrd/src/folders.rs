//! Folders, made with those above them.

use std::ffi::{c_char, c_int};
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use libc::mode_t;

use crate::c::arguments::text;
use crate::c::call::export;

export! {
    /// Makes a folder and those above it that are missing. 0, or -1 with the reason in `errno`.
    fn rrd_mkdir_p(path: *const c_char, mode: mode_t) -> c_int, else -1;
    {
        // SAFETY: C passes a text or NULL.
        let path = unsafe { text(path) }.unwrap_or_default();
        let Err(number) = make(Path::new(path), mode) else { return Ok(0) };
        // SAFETY: the C library gives the place of this thread's `errno`.
        unsafe { *libc::__errno_location() = number };
        Ok(-1)
    }
}

/// Makes a folder; the error is a number of `errno`.
fn make(path: &Path, mode: mode_t) -> Result<(), c_int> {
    if path.as_os_str().is_empty() {
        return Err(libc::EINVAL);
    }
    let made = DirBuilder::new().recursive(true).mode(mode).create(path);
    made.map_err(|error: io::Error| match error.raw_os_error() {
        // What is there is something else.
        Some(libc::EEXIST) => libc::ENOTDIR,
        number => number.unwrap_or(libc::EIO),
    })
}
