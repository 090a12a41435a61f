//! Rows that a function of the program gives, for names of files of the form `cb//TEXT`.

use std::ffi::{CStr, CString, OsStr, c_char, c_int, c_ulong, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::AtomicPtr;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::{mem, ptr, slice};

use libc::time_t;
use rrd_core::number::{length_to_u64, to_index};
use rrd_core::{ConsolidationFunction, FetchRequest, Series, Step, Timestamp};

use crate::c::call::export;
use crate::error::{Failure, error_text};

/// A function of the program: it gets the name, the consolidation function, the range and the
/// wanted step, and sets the range, the step, and the number and names of data sources and the
/// values, which are freed here. -1 is a failure.
type Callback = unsafe extern "C" fn(
    name: *const c_char,
    function: c_int,
    start: *mut time_t,
    end: *mut time_t,
    step: *mut c_ulong,
    sources: *mut c_ulong,
    names: *mut *mut *mut c_char,
    values: *mut *mut f64,
) -> c_int;

/// The one of the process, as an address. No lock is needed, which another thread may hold when the
/// process forks.
static CALLBACK: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

/// Limit on the values that a function gives: what is larger is no number of rows and columns.
const MAX_VALUES: usize = 1 << 28;

export! {
    /// Registers the function that gives rows for names that begin with `cb//`; NULL for none. 1.
    fn rrd_fetch_cb_register(callback: Option<Callback>) -> c_int, else 0;
    {
        let address = callback.map_or(ptr::null_mut(), |callback| callback as *mut c_void);
        CALLBACK.store(address, Release);
        Ok(1)
    }
}

/// What the function of the program sets.
struct Given {
    start: time_t,
    end: time_t,
    step: c_ulong,
    sources: c_ulong,
    names: *mut *mut c_char,
    values: *mut f64,
    /// Whether the memory is ours: a function that fails keeps its own.
    owned: bool,
}

/// The rows that the function of the program gives for a name.
pub(crate) fn rows(name: &Path, request: &FetchRequest) -> Result<Series, Failure> {
    // SAFETY: the address is NULL or that of such a function, and `Option` of one is as large.
    let callback: Option<Callback> = unsafe { mem::transmute(CALLBACK.load(Acquire)) };
    let callback = callback.ok_or_else(|| {
        Failure::new(
            "use rrd_fetch_cb_register to register your callback prior to calling rrd_fetch_fn_cb",
        )
    })?;
    let name = CString::new(name.as_os_str().as_bytes())?;
    let mut given = Given {
        start: request.range().start.seconds(),
        end: request.range().end.seconds(),
        step: request.wanted().map_or(0, Step::seconds) as c_ulong,
        sources: 0,
        names: ptr::null_mut(),
        values: ptr::null_mut(),
        owned: false,
    };
    // SAFETY: the function is one of C with these parameters, which are places for its results.
    let result = unsafe {
        callback(
            name.as_ptr(),
            number(request.function()),
            &raw mut given.start,
            &raw mut given.end,
            &raw mut given.step,
            &raw mut given.sources,
            &raw mut given.names,
            &raw mut given.values,
        )
    };
    given.owned = result != -1;
    given.series()
}

/// The number of a consolidation function in C.
fn number(function: ConsolidationFunction) -> c_int {
    match function {
        ConsolidationFunction::Average => 0,
        ConsolidationFunction::Min => 1,
        ConsolidationFunction::Max => 2,
        ConsolidationFunction::Last => 3,
        ConsolidationFunction::HwPredict => 4,
        ConsolidationFunction::Seasonal => 5,
        ConsolidationFunction::DevPredict => 6,
        ConsolidationFunction::DevSeasonal => 7,
        ConsolidationFunction::Failures => 8,
        ConsolidationFunction::MhwPredict => 9,
    }
}

/// A number of C.
fn whole(number: c_ulong) -> u64 {
    usize::try_from(number).map_or(u64::MAX, length_to_u64)
}

impl Given {
    /// The rows, if they are ones. RRDtool looks at step and range before it looks whether the
    /// function failed.
    fn series(&self) -> Result<Series, Failure> {
        let Self { start, end, .. } = *self;
        let refused = |fault: String| Err(Failure::new(format!("Your callback returns {fault}")));
        let Some(step) = Step::from_seconds(whole(self.step)) else {
            return refused("a step of 0".to_owned());
        };
        if start > end {
            return refused(format!("a start after end. start: {start} end: {end}"));
        }
        if !self.owned {
            return Err(Failure::new(error_text()));
        }
        let rows = end.abs_diff(start) / step.seconds();
        let (rows, Some(sources)) = (to_index(rows).unwrap_or(usize::MAX), self.sources()) else {
            return refused(format!("{} data sources, which are too many", self.sources));
        };
        let Some(count) = rows.checked_mul(sources).filter(|count| *count <= MAX_VALUES) else {
            return refused(format!("{rows} rows of {sources} values, which are too many"));
        };
        let names = self.names(sources)?;
        let values = match count {
            0 => &[],
            _ if self.values.is_null() => return refused("no values".to_owned()),
            // SAFETY: the function has told this number of values.
            _ => unsafe { slice::from_raw_parts(self.values, count) },
        };
        Ok(Series::new(Timestamp::from_seconds(start), step, names, values.to_vec()))
    }

    /// How many data sources there are, unless that is no such number.
    fn sources(&self) -> Option<usize> {
        usize::try_from(self.sources).ok().filter(|sources| *sources <= MAX_VALUES)
    }

    fn names(&self, sources: usize) -> Result<Vec<String>, Failure> {
        let no_name = || Failure::new("Your callback returns a data source without a name");
        if self.names.is_null() && sources > 0 {
            return Err(no_name());
        }
        let names = (0..sources).map(|place| {
            // SAFETY: the function has told this number of pointers.
            let name = unsafe { *self.names.add(place) };
            if name.is_null() {
                return Err(no_name());
            }
            // SAFETY: it is a text of C.
            let name = OsStr::from_bytes(unsafe { CStr::from_ptr(name) }.to_bytes());
            Ok(name.to_string_lossy().into_owned())
        });
        names.collect()
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        if !self.owned {
            return;
        }
        if let (false, Some(sources)) = (self.names.is_null(), self.sources()) {
            for place in 0..sources {
                // SAFETY: the function has told this number of pointers, each NULL or of
                // `malloc`.
                unsafe { libc::free((*self.names.add(place)).cast::<c_void>()) };
            }
        }
        // SAFETY: both are NULL or from `malloc`, and are not used any more.
        unsafe {
            libc::free(self.names.cast::<c_void>());
            libc::free(self.values.cast::<c_void>());
        }
    }
}
