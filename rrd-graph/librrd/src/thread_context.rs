//! The functions by which C reads and clears the error of a thread.

use std::ffi::{c_char, c_int};
use std::ptr;

use crate::c::call::export;
use crate::error::{Context, clear_error, context, copy, error};

export! {
    /// The context of this thread.
    fn rrd_get_context() -> *mut Context, else ptr::null_mut();
    { Ok(context()) }
}

export! {
    /// The text of the last error of this thread; empty if there is none. It is valid until the
    /// next call.
    fn rrd_get_error() -> *mut c_char, else ptr::null_mut();
    { Ok(error()) }
}

export! {
    /// Makes the error of this thread empty.
    fn rrd_clear_error() -> (), else ();
    {
        clear_error();
        Ok(())
    }
}

export! {
    /// Whether this thread has an error: 1 or 0.
    fn rrd_test_error() -> c_int, else 1;
    {
        // SAFETY: the text has 4,096 bytes.
        Ok(c_int::from(unsafe { *error() } != 0))
    }
}

export! {
    /// The text of a number of `errno`, valid until the next call of this thread.
    fn rrd_strerror(number: c_int) -> *const c_char, else c"".as_ptr();
    {
        // SAFETY: the context is that of this thread, whose only reference is this one.
        let text = unsafe { &mut (*context()).system };
        // SAFETY: the buffer is as long as is said. The text of the locale ends with a zero byte.
        let told = unsafe { libc::strerror_r(number, text.as_mut_ptr(), text.len()) };
        if told != 0 {
            copy(format!("Unknown error {number}").as_bytes(), text);
        }
        Ok(text.as_ptr())
    }
}

export! {
    /// Does nothing: a thread gets its context when it first needs one.
    fn rrd_thread_init() -> (), else ();
    { Ok(()) }
}

export! {
    /// A context of a program's own, without an error.
    fn rrd_new_context() -> *mut Context, else ptr::null_mut();
    { Ok(Box::into_raw(Context::new())) }
}

export! {
    /// Frees a context of `rrd_new_context`.
    fn rrd_free_context(context: *mut Context) -> (), else ();
    {
        if !context.is_null() {
            // SAFETY: C gives a context of `rrd_new_context` back once.
            drop(unsafe { Box::from_raw(context) });
        }
        Ok(())
    }
}
