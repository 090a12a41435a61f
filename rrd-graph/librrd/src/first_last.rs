//! The times of the first row and of the last update.

use std::ffi::{c_char, c_int};

use libc::time_t;
use rrd_core::RrdReader;

use crate::c::arguments::{after_command, file};
use crate::c::call::export;
use crate::c::environment::call;

export! {
    /// The time of the last update, or -1.
    fn rrd_last(count: c_int, words: *const *const c_char) -> time_t, else -1;
    {
        // SAFETY: C passes its arguments.
        let words = unsafe { after_command(count, words) };
        call(|calls| Ok(calls.last(&words)?))
    }
}

export! {
    /// The time of the last update of a file, or -1.
    fn rrd_last_r(name: *const c_char) -> time_t, else -1;
    {
        // SAFETY: C passes the name of a file.
        let file = unsafe { file(name) }?;
        Ok(RrdReader::open(file)?.last_update().seconds())
    }
}
