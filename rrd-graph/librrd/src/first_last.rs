//! The times of the first row and of the last update.

use std::ffi::{c_char, c_int};

use libc::time_t;
use rrd_core::RrdReader;

use crate::c::arguments::{command_line, file};
use crate::c::call::export;
use crate::c::environment::{run, value};
use crate::error::Failure;

export! {
    /// The time of the last update, or -1.
    fn rrd_last(count: c_int, words: *const *const c_char) -> time_t, else -1;
    {
        // SAFETY: C passes its arguments.
        let line = unsafe { command_line(count, words) };
        run(&line, |calls, words| Ok(value(calls.last(words)?)))
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

export! {
    /// The time of the oldest row of an archive, or -1.
    fn rrd_first(count: c_int, words: *const *const c_char) -> time_t, else -1;
    {
        // SAFETY: C passes its arguments.
        let line = unsafe { command_line(count, words) };
        run(&line, |calls, words| Ok(value(calls.first(words)?)))
    }
}

export! {
    /// The time of the oldest row of an archive of a file, or -1.
    fn rrd_first_r(name: *const c_char, archive: c_int) -> time_t, else -1;
    {
        // SAFETY: C passes the name of a file.
        let reader = RrdReader::open(unsafe { file(name) }?)?;
        let archive = usize::try_from(archive).ok();
        let oldest = archive.and_then(|archive| reader.head().oldest_row(archive));
        let oldest = oldest.ok_or_else(|| Failure::new("invalid rraindex number"))?;
        Ok(oldest.seconds())
    }
}
