//! The last reading of each data source.

use std::ffi::{c_char, c_int, c_ulong};

use libc::time_t;
use rrd_core::RrdReader;

use crate::c::arguments::{after_command, file};
use crate::c::call::export;
use crate::c::environment::call;
use crate::c::memory::Texts;

export! {
    /// Prints the last reading of each data source of a file. 0 or -1.
    fn rrd_lastupdate(count: c_int, words: *const *const c_char) -> c_int, else -1;
    {
        // SAFETY: C passes its arguments.
        let words = unsafe { after_command(count, words) };
        call(|calls| Ok(calls.run("lastupdate", &words)?))?;
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
        // SAFETY: C passes the name of a file.
        let reader = RrdReader::open(unsafe { file(name) }?)?;
        let head = reader.head();
        let sources = head.schema.sources();
        let told_names = Texts::of(sources.iter().map(|source| source.name.as_str()))?;
        let last = head.live.pdps.iter().map(|pdp| pdp.last_reading.text());
        let told_readings = Texts::of(last)?;
        // SAFETY: C passes places for the results.
        unsafe {
            *time = head.live.last_update.seconds();
            *count = sources.len() as c_ulong;
            *names = told_names.hand_out();
            *readings = told_readings.hand_out();
        }
        Ok(0)
    }
}
