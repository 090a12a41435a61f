//! The databases in a folder.

use std::ffi::{OsStr, OsString, c_char, c_int};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::ptr;

use crate::c::arguments::{command_line, text};
use crate::c::call::export;
use crate::c::environment::{call, run};
use crate::c::memory;
use crate::error::Failure;

export! {
    /// The names of the databases in a folder, each with a line break behind it; NULL, without an
    /// error, if there are none. C frees the text.
    fn rrd_list(count: c_int, words: *const *const c_char) -> *mut c_char, else ptr::null_mut();
    {
        // SAFETY: C passes its arguments.
        let line = unsafe { command_line(count, words) };
        hand_out(&run(&line, |calls, words| Ok(calls.list(words)?))?)
    }
}

export! {
    /// The names of the databases in a folder, with those of all folders below it unless
    /// `recursive` is 0, each with a line break behind it; NULL, without an error, if there are
    /// none. C frees the text.
    fn rrd_list_r(recursive: c_int, folder: *const c_char) -> *mut c_char, else ptr::null_mut();
    {
        // SAFETY: C passes the name of a folder.
        let folder = unsafe { text(folder) }.ok_or_else(|| Failure::new("missing folder name"))?;
        let deep = (recursive != 0).then_some("--recursive");
        // No daemon is asked.
        let options = ["--daemon", ""].into_iter().chain(deep).chain(["--"]);
        let words: Vec<OsString> =
            options.map(OsStr::new).chain([folder]).map(OsString::from).collect();
        hand_out(&call(|calls| Ok(calls.list(&words)?))?)
    }
}

/// The names as one text.
fn hand_out(names: &[OsString]) -> Result<*mut c_char, Failure> {
    if names.is_empty() {
        return Ok(ptr::null_mut());
    }
    let lines = names.iter().flat_map(|name| [name.as_bytes(), b"\n"]).collect::<Vec<_>>().concat();
    Ok(memory::text(OsString::from_vec(lines))?.hand_out())
}
