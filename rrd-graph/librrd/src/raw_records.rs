//! Functions that work on the records of a file, which this library does not offer: programs that
//! import them start, and learn what to call instead.

use std::ffi::{c_char, c_int, c_uint, c_void};
use std::ptr;

use libc::{off_t, size_t, ssize_t};

use crate::c::call::export;
use crate::error::Failure;

/// The pointers of what C calls `rrd_t`.
type Records = [*mut c_void; 11];

fn not_offered() -> Failure {
    Failure::new(
        "raw access to the records of a file is not offered: use rrd_info_r, rrd_fetch_r, \
         rrd_update_r",
    )
}

/// Defines functions that only fail.
macro_rules! not_offered {
    ($(fn $name:ident($($argument:ident: $type:ty),*) -> $result:ty, else $failed:expr;)*) => {$(
        export! {
            /// Is not offered.
            fn $name($($argument: $type),*) -> $result, else $failed;
            { Err(not_offered()) }
        }
    )*};
}

not_offered! {
    fn rrd_open(_name: *const c_char, _records: *mut Records, _mode: c_uint)
        -> *mut c_void, else ptr::null_mut();
    fn rrd_read(_file: *mut c_void, _bytes: *mut c_void, _count: size_t) -> ssize_t, else -1;
    fn rrd_write(_file: *mut c_void, _bytes: *const c_void, _count: size_t) -> ssize_t, else -1;
    fn rrd_seek(_file: *mut c_void, _offset: off_t, _from: c_int) -> off_t, else -1;
    fn rrd_tell(_file: *mut c_void) -> off_t, else -1;
    fn rrd_lock(_file: *mut c_void) -> c_int, else -1;
    fn rrd_flush(_file: *mut c_void) -> (), else ();
    fn rrd_dontneed(_file: *mut c_void, _records: *mut Records) -> (), else ();
}

export! {
    /// Sets all pointers to NULL, as for a file that is not open.
    fn rrd_init(records: *mut Records) -> (), else ();
    {
        if !records.is_null() {
            // SAFETY: C passes a place for the records.
            unsafe { records.write([ptr::null_mut(); 11]) };
        }
        Ok(())
    }
}

export! {
    /// Does nothing: there are no records to free.
    fn rrd_free(_records: *mut Records) -> (), else ();
    { Ok(()) }
}

export! {
    /// Does nothing: no file was opened. 0.
    fn rrd_close(_file: *mut c_void) -> c_int, else -1;
    { Ok(0) }
}
