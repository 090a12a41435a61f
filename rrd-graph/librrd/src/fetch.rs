//! The rows of a span of time.

use std::ffi::{c_char, c_int, c_ulong};
use std::ptr;
use std::time::Duration;

use libc::time_t;
use rrd_cli::{asks_program, consolidation_function};
use rrd_core::{FetchRequest, RrdReader, Series, TimeRange};

use crate::c::arguments::{command_line, file, set, text};
use crate::c::call::export;
use crate::c::environment::{run, value};
use crate::c::memory::{Block, Texts};
use crate::c::values::surrounded_rows;
use crate::error::Failure;
use crate::fetch_callback;

export! {
    /// The rows of a span of time: their first start, last end and length, the names of the data
    /// sources, and for each row as many values. 0 or -1. C frees each name, their array and the
    /// values.
    fn rrd_fetch(
        count: c_int,
        words: *const *const c_char,
        start: *mut time_t,
        end: *mut time_t,
        step: *mut c_ulong,
        sources: *mut c_ulong,
        names: *mut *mut *mut c_char,
        values: *mut *mut f64,
    ) -> c_int, else -1;
    {
        // SAFETY: C passes places for the results.
        unsafe {
            // Python's binding frees the arrays after a failure, too.
            set(sources, 0);
            set(names, ptr::null_mut());
            set(values, ptr::null_mut());
        }
        // SAFETY: C passes its arguments.
        let line = unsafe { command_line(count, words) };
        let rows = run(&line, |calls, words| Ok(value(calls.fetch(words)?)))?;
        let places = Places { start, end, step, sources, names, values };
        // SAFETY: C passes places for the results.
        unsafe { places.set(&rows) }
    }
}

export! {
    /// The rows of a span of time of a file that were consolidated by a function, of the archive
    /// whose rows are nearest to `step`; start, end and step become those of the rows. 0 or -1. C
    /// frees each name, their array and the values.
    fn rrd_fetch_r(
        name: *const c_char,
        function: *const c_char,
        start: *mut time_t,
        end: *mut time_t,
        step: *mut c_ulong,
        sources: *mut c_ulong,
        names: *mut *mut *mut c_char,
        values: *mut *mut f64,
    ) -> c_int, else -1;
    {
        // SAFETY: C passes texts.
        let (file, function) = unsafe { (file(name)?, text(function)) };
        let function = consolidation_function(function.unwrap_or_default())?;
        // SAFETY: C passes places for the results, in which its request is.
        let asked = unsafe { (start.as_ref(), end.as_ref(), step.as_ref()) };
        let (Some(from), Some(until), Some(length)) = asked else {
            return Err(Failure::new("start, end or step is missing"));
        };
        let range = TimeRange::from_seconds(*from, *until);
        // RRDtool compares signed lengths: the shortest rows are the nearest to a negative one.
        let length = Duration::from_secs(if length.cast_signed() < 0 { 1 } else { *length });
        let request = FetchRequest::new(function, range).resolution(length);
        let rows = if asks_program(file) {
            fetch_callback::rows(file, &request)?
        } else {
            RrdReader::fetch_file(file, &request)?
        };
        // RRDtool's rows end after the one in which the span ends.
        if *until < rows.start().seconds().saturating_sub_unsigned(rows.step().seconds()) {
            let told = format!("start ({from}) should be less than end ({until})");
            return Err(Failure::new(told));
        }
        let places = Places { start, end, step, sources, names, values };
        // SAFETY: C passes places for the results.
        unsafe { places.set(&rows) }
    }
}

/// Where C wants the results.
pub(crate) struct Places {
    pub(crate) start: *mut time_t,
    pub(crate) end: *mut time_t,
    pub(crate) step: *mut c_ulong,
    pub(crate) sources: *mut c_ulong,
    pub(crate) names: *mut *mut *mut c_char,
    pub(crate) values: *mut *mut f64,
}

/// The most values that are handed out besides those of the file: half a gigabyte.
const MOST_UNKNOWN: usize = 1 << 26;

impl Places {
    /// # Safety
    ///
    /// The pointers are NULL or those of places for their values.
    pub(crate) unsafe fn set(self, rows: &Series) -> Result<c_int, Failure> {
        let values = values(rows)?;
        let names = Texts::of(rows.names())?;
        // SAFETY: by the contract of this function.
        unsafe {
            set(self.start, rows.start().seconds());
            set(self.end, rows.end().seconds());
            set(self.step, rows.step().seconds());
            set(self.sources, rows.names().len() as c_ulong);
            set(self.names, names.hand_out());
            set(self.values, values.hand_out());
        }
        Ok(0)
    }
}

/// The values of all rows.
fn values(rows: &Series) -> Result<Block<f64>, Failure> {
    let width = rows.names().len();
    let (before, after) = (rows.before(), rows.after());
    if before.saturating_add(after).saturating_mul(width) > MOST_UNKNOWN {
        let (all, kept) = (rows.len(), rows.len() - before - after);
        return Err(Failure::new(format!(
            "malloc fetch data area: {all} rows, of which the file has {kept}: ask for a shorter time"
        )));
    }
    surrounded_rows(before, rows.kept(), after, width)
}
