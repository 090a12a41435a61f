//! Series as numbers, for other programs.

use std::ffi::{OsString, c_char, c_int, c_ulong};
use std::io::{BufWriter, Write};
use std::os::unix::ffi::OsStringExt;

use libc::time_t;
use rrd_core::number::to_index;

use crate::c::arguments::{command_line, set};
use crate::c::call::export;
use crate::c::environment::{StandardOutput, run};
use crate::c::memory::Texts;
use crate::c::values::rows;

export! {
    /// The series that XPORT names, as rows: the first one ends a step after the start. 0 or -1. C
    /// frees each legend, their array and the values. `width` stays as it is; without a place for
    /// it, the document of `rrdtool xport` is printed as well: the tool calls this function so.
    fn rrd_xport(
        count: c_int,
        words: *const *const c_char,
        width: *mut c_int,
        start: *mut time_t,
        end: *mut time_t,
        step: *mut c_ulong,
        columns: *mut c_ulong,
        legends: *mut *mut *mut c_char,
        values: *mut *mut f64,
    ) -> c_int, else -1;
    {
        // SAFETY: C passes its arguments.
        let line = unsafe { command_line(count, words) };
        let answer = run(&line, |calls, words| Ok(calls.xport(words)?))?;
        if width.is_null() {
            let mut output = BufWriter::new(StandardOutput);
            answer.print(&mut output)?;
            output.flush()?;
        }
        let table = answer.table();
        let told_columns = answer.legends().len();
        let told_legends = Texts::of(answer.legends().map(OsString::from_vec))?;
        let count = to_index(table.row_count()).unwrap_or(usize::MAX);
        let told_values = rows(count, told_columns, table.values())?;
        // SAFETY: C passes places for the results.
        unsafe {
            set(start, table.range().start.seconds());
            set(end, table.range().end.seconds());
            set(step, table.step().seconds() as c_ulong);
            set(columns, told_columns as c_ulong);
            set(legends, told_legends.hand_out());
            set(values, told_values.hand_out());
        }
        Ok(0)
    }
}
