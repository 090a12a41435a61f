//! The peer in the same process: the thread-safe part of librrd's documented C interface.
#![expect(unsafe_code, reason = "a C library is measured; nothing outside this bench links it")]

use std::ffi::{CStr, CString, c_char, c_double, c_int, c_long, c_ulong};
use std::ptr;

#[link(name = "rrd")]
unsafe extern "C" {
    fn rrd_create_r(
        file: *const c_char,
        step: c_ulong,
        start: c_long,
        count: c_int,
        arguments: *const *const c_char,
    ) -> c_int;
    fn rrd_update_r(
        file: *const c_char,
        template: *const c_char,
        count: c_int,
        arguments: *const *const c_char,
    ) -> c_int;
    fn rrd_fetch_r(
        file: *const c_char,
        function: *const c_char,
        start: *mut c_long,
        end: *mut c_long,
        step: *mut c_ulong,
        sources: *mut c_ulong,
        names: *mut *mut *mut c_char,
        data: *mut *mut c_double,
    ) -> c_int;
    fn rrd_get_error() -> *mut c_char;
    fn rrd_clear_error();
    fn rrd_freemem(memory: *mut std::ffi::c_void);
}

/// Creates a database.
///
/// # Errors
///
/// librrd's error message.
///
/// # Panics
///
/// If a text contains a NUL.
pub fn create(file: &str, step: u64, start: i64, arguments: &[&str]) -> Result<(), String> {
    let file = CString::new(file).expect("no NUL in a path");
    let owned: Vec<CString> =
        arguments.iter().map(|text| CString::new(*text).expect("no NUL")).collect();
    let pointers: Vec<*const c_char> = owned.iter().map(|text| text.as_ptr()).collect();
    let count = c_int::try_from(pointers.len()).map_err(|error| error.to_string())?;
    // SAFETY: all strings are NUL-terminated and outlive the call; `pointers` holds `count` of
    // them.
    let code = unsafe { rrd_create_r(file.as_ptr(), step, start, count, pointers.as_ptr()) };
    outcome(code)
}

/// A file name and readings, prepared for `rrd_update_r`, so that creating C strings is not
/// measured.
#[derive(Debug)]
pub struct Update {
    file: CString,
    readings: Vec<CString>,
}

impl Update {
    /// Prepares the readings of one call.
    ///
    /// # Panics
    ///
    /// If a text contains a NUL.
    pub fn new(file: &str, readings: &[String]) -> Self {
        Self {
            file: CString::new(file).expect("no NUL in a path"),
            readings: readings.iter().map(|r| CString::new(r.as_str()).expect("no NUL")).collect(),
        }
    }

    /// Passes them to librrd in one call.
    ///
    /// # Errors
    ///
    /// librrd's error message.
    pub fn run(&self) -> Result<(), String> {
        let pointers: Vec<*const c_char> = self.readings.iter().map(|text| text.as_ptr()).collect();
        let count = c_int::try_from(pointers.len()).map_err(|error| error.to_string())?;
        // SAFETY: all strings are NUL-terminated and outlive the call; a null template means all
        // data sources.
        let code =
            unsafe { rrd_update_r(self.file.as_ptr(), ptr::null(), count, pointers.as_ptr()) };
        outcome(code)
    }
}

/// Fetches a range and returns the sum of its known values, so that nothing can be optimised away.
///
/// # Errors
///
/// librrd's error message.
///
/// # Panics
///
/// If a text contains a NUL.
pub fn fetch_sum(file: &str, function: &str, start: i64, end: i64) -> Result<f64, String> {
    let file = CString::new(file).expect("no NUL in a path");
    let function = CString::new(function).expect("no NUL");
    let (mut start, mut end, mut step, mut sources) = (start, end, 1, 0);
    let mut names: *mut *mut c_char = ptr::null_mut();
    let mut data: *mut c_double = ptr::null_mut();
    // SAFETY: the strings are NUL-terminated, and all out-pointers point to live locals.
    let code = unsafe {
        rrd_fetch_r(
            file.as_ptr(),
            function.as_ptr(),
            &raw mut start,
            &raw mut end,
            &raw mut step,
            &raw mut sources,
            &raw mut names,
            &raw mut data,
        )
    };
    outcome(code)?;
    let step = i64::try_from(step).map_err(|error| error.to_string())?;
    let rows = usize::try_from((end - start) / step).map_err(|error| error.to_string())?;
    let sources = usize::try_from(sources).map_err(|error| error.to_string())?;
    // SAFETY: on success librrd returns (end - start) / step rows with one value per data source.
    let values = unsafe { std::slice::from_raw_parts(data, rows * sources) };
    let sum = values.iter().filter(|value| !value.is_nan()).sum();
    for index in 0..sources {
        // SAFETY: `names` holds one allocated string per data source.
        unsafe { rrd_freemem((*names.add(index)).cast()) };
    }
    // SAFETY: both were allocated by the call above and are not used again.
    unsafe {
        rrd_freemem(names.cast());
        rrd_freemem(data.cast());
    }
    Ok(sum)
}

fn outcome(code: c_int) -> Result<(), String> {
    if code == 0 {
        return Ok(());
    }
    // SAFETY: librrd returns a NUL-terminated text that stays valid until the next call on this
    // thread.
    let text = unsafe { CStr::from_ptr(rrd_get_error()) }.to_string_lossy().into_owned();
    // SAFETY: takes no arguments and only resets the text.
    unsafe { rrd_clear_error() };
    Err(text)
}
