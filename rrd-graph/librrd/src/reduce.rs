//! Rows in memory of C, merged into fewer.

use std::ffi::{c_int, c_ulong};
use std::slice;

use libc::time_t;
use rrd_core::{Step, Timestamp};
use rrd_graph::{Rows, reduce::reduce};

use crate::c::call::export;
use crate::error::Failure;
use crate::numbers::numbered_function;

export! {
    /// Merges rows of `row_step` seconds in place into rows of at least `step` seconds, aligned to
    /// multiples of their length. The times are changed to those of the new rows. 1 or 0.
    fn rrd_reduce_data(
        function: c_int,
        row_step: c_ulong,
        start: *mut time_t,
        end: *mut time_t,
        step: *mut c_ulong,
        sources: *mut c_ulong,
        data: *mut *mut f64,
    ) -> c_int, else 0;
    {
        // SAFETY: C passes places with the times, the step, the number of sources and the values.
        let places = unsafe {
            (start.as_mut(), end.as_mut(), step.as_mut(), sources.as_ref(), data.as_ref())
        };
        let (Some(start), Some(end), Some(step), Some(&sources), Some(&data)) = places else {
            return Err(Failure::new("missing rows"));
        };
        let function = numbered_function(function)
            .ok_or_else(|| Failure::new(format!("unknown consolidation function {function}")))?;
        let row_step = Step::from_seconds(row_step).ok_or_else(no_rows)?;
        let sources = usize::try_from(sources).map_err(|_| no_rows())?;
        let rows = row_count(*start, *end, row_step).ok_or_else(no_rows)?;
        let length = rows.checked_mul(sources).filter(|length| *length > 0).ok_or_else(no_rows)?;
        if data.is_null() || length > isize::MAX as usize / size_of::<f64>() {
            return Err(no_rows());
        }
        // SAFETY: C passes one value for each source and row.
        let values = unsafe { slice::from_raw_parts_mut(data, length) };
        let factor = step.div_ceil(row_step.seconds());
        let first = Timestamp::from_seconds(*start);
        for source in 0..sources {
            let column = values.iter().skip(source).step_by(sources).copied();
            let merged = reduce(&Rows::collect(first, row_step, column), factor, function);
            let places = values.iter_mut().skip(source).step_by(sources);
            for (place, value) in places.zip(merged.iter()) {
                *place = value;
            }
            if source + 1 == sources {
                *start = merged.start.seconds();
                *end = merged.end().seconds();
                *step = merged.step.seconds() as c_ulong;
            }
        }
        Ok(1)
    }
}

fn row_count(start: time_t, end: time_t, step: Step) -> Option<usize> {
    let seconds = u64::try_from(end.checked_sub(start)?).ok()?;
    usize::try_from(seconds / step.seconds()).ok()
}

fn no_rows() -> Failure {
    Failure::new("there are no rows to reduce")
}
