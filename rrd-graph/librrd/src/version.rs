//! The version of RRDtool whose behaviour this library has.

use std::ffi::c_char;

/// The version as text.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn rrd_strversion() -> *const c_char {
    c"1.9.0".as_ptr()
}

/// The version as number: the major and minor one, and a thousandth for each patch.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn rrd_version() -> f64 {
    1.9
}
