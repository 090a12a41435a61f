//! The last reading of each data source.

use std::ffi::{c_char, c_int, c_ulong};
use std::ptr;

use libc::time_t;
use rrd_core::RrdReader;

use crate::c::arguments::{command_line, file, set};
use crate::c::call::export;
use crate::c::environment::{run, value};
use crate::c::memory::Texts;

export! {
    /// Prints the last reading of each data source of a file. 0 or -1.
    fn rrd_lastupdate(count: c_int, words: *const *const c_char) -> c_int, else -1;
    {
        // SAFETY: C passes its arguments.
        let line = unsafe { command_line(count, words) };
        let printed = run(&line, |calls, words| Ok(calls.lastupdate(words)?))?;
        value(printed);
        Ok(0)
    }
}

export! {
    /// The time of the last update of a file, and the name and last reading of each of its data
    /// sources. 0 or -1. C frees each text and both arrays.
    fn rrd_lastupdate_r(
        name: *const c_char,
        time: *mut time_t,
        count: *mut c_ulong,
        names: *mut *mut *mut c_char,
        readings: *mut *mut *mut c_char,
    ) -> c_int, else -1;
    {
        // SAFETY: C passes places for the results.
        unsafe {
            // Tcl's binding frees the arrays after a failure, too.
            set(count, 0);
            set(names, ptr::null_mut());
            set(readings, ptr::null_mut());
        }
        // SAFETY: C passes the name of a file.
        let reader = RrdReader::open(unsafe { file(name) }?)?;
        let head = reader.head();
        let sources = head.schema.sources();
        let told_names = Texts::of(sources.iter().map(|source| source.name.as_str()))?;
        let last = head.live.pdps.iter().map(|pdp| pdp.last_reading.text());
        let told_readings = Texts::of(last)?;
        // SAFETY: C passes places for the results.
        unsafe {
            set(time, head.live.last_update.seconds());
            set(count, sources.len() as c_ulong);
            set(names, told_names.hand_out());
            set(readings, told_readings.hand_out());
        }
        Ok(0)
    }
}
