//! The version of RRDtool whose behaviour this library has.

use std::ffi::{c_char, c_double};
use std::ptr;

use crate::c::call::export;

export! {
    /// The version as text.
    fn rrd_strversion() -> *const c_char, else ptr::null();
    { Ok(c"1.9.0".as_ptr()) }
}

export! {
    /// The version as number: the major and minor one, and a thousandth for each patch.
    fn rrd_version() -> c_double, else 0.0;
    { Ok(1.9) }
}
