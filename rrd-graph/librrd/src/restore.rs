//! A file from its XML.

use std::ffi::{c_char, c_int};

use crate::c::arguments::command_line;
use crate::c::call::export;
use crate::c::environment::run;

export! {
    /// Creates a file from its XML, from C's standard input if that is called `-`. 0 or -1.
    fn rrd_restore(count: c_int, words: *const *const c_char) -> c_int, else -1;
    {
        // SAFETY: C passes its arguments.
        let line = unsafe { command_line(count, words) };
        run(&line, |calls, words| Ok(calls.restore(words)?))?;
        Ok(0)
    }
}
