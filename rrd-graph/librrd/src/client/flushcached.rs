//! `rrd_flushcached`: makes a daemon write what it holds of files.

use std::ffi::{c_char, c_int};

use crate::c::arguments::command_line;
use crate::c::call::export;
use crate::c::environment::run;
use crate::error::set_error;

export! {
    /// Makes the daemon write its readings of some files. 0 or -1, or the number of the system's
    /// error if there is no daemon.
    fn rrd_flushcached(count: c_int, words: *const *const c_char) -> c_int, else -1;
    {
        // SAFETY: C passes its arguments.
        let line = unsafe { command_line(count, words) };
        run(&line, |calls, words| {
            let Err(error) = calls.flushcached(words) else { return Ok(0) };
            let status = error.errno().unwrap_or(-1);
            set_error(&error.into());
            Ok(status)
        })
    }
}
