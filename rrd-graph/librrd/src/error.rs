//! The error of a thread, and where it is kept for C.

use std::cell::Cell;
use std::error::Error;
use std::ffi::{CStr, c_char};
use std::ptr;

use rrd_cli::CallError;

/// Why a function fails: the text that `rrd_get_error` gives.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

/// For functions of the program that a call calls.
impl From<Failure> for CallError {
    fn from(failure: Failure) -> Self {
        Self::new(failure.0)
    }
}

/// In RRDtool's words.
impl<E: Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(rrd_cli::rrdtool_words(&error))
    }
}

/// What C calls `rrd_context_t`.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Context {
    /// The text of `rrd_strerror`.
    pub(crate) system: [c_char; 256],
    error: [c_char; 4096],
}

impl Context {
    pub(crate) fn new() -> Box<Self> {
        Box::new(Self { system: [0; 256], error: [0; 4096] })
    }
}

thread_local! {
    /// The context of this thread, made when it is first asked for. It has no destructor, so that
    /// functions may still be called while a process ends.
    static CONTEXT: Cell<*mut Context> = const { Cell::new(ptr::null_mut()) };
    static AT_THREAD_END: AtThreadEnd = const { AtThreadEnd };
}

/// Frees the context of the thread that ends.
struct AtThreadEnd;

impl Drop for AtThreadEnd {
    fn drop(&mut self) {
        let context = CONTEXT.replace(ptr::null_mut());
        if !context.is_null() {
            // SAFETY: the pointer is from `Box::into_raw`, and nothing else has it any more.
            drop(unsafe { Box::from_raw(context) });
        }
    }
}

/// Copies as much of a text as fits, and a zero byte.
pub(crate) fn copy(text: &[u8], place: &mut [c_char]) {
    let end = text.len().min(place.len() - 1);
    for (to, from) in place.iter_mut().zip(&text[..end]) {
        *to = from.cast_signed() as c_char;
    }
    place[end] = 0;
}

/// The context of this thread. It is freed when the thread ends.
pub(crate) fn context() -> *mut Context {
    if CONTEXT.get().is_null() {
        CONTEXT.set(Box::into_raw(Context::new()));
        // Fails in a destructor of a thread that has freed its context: the new one stays.
        let _ = AT_THREAD_END.try_with(|_| ());
    }
    CONTEXT.get()
}

/// Where the error of this thread begins; empty if there is none.
pub(crate) fn error() -> *mut c_char {
    // SAFETY: the context is that of this thread, and no reference to it is left.
    unsafe { (*context()).error.as_mut_ptr() }
}

/// Sets the error of this thread.
pub(crate) fn set_error(failure: &Failure) {
    // SAFETY: the context is that of this thread, whose only reference is this one.
    let context = unsafe { &mut *context() };
    copy(failure.0.as_bytes(), &mut context.error);
}

/// Makes the error of this thread empty.
pub(crate) fn clear_error() {
    // SAFETY: the text has 4,096 bytes.
    unsafe { *error() = 0 };
}

/// The error of this thread.
pub(crate) fn error_text() -> String {
    // SAFETY: the text has its zero byte, and no other thread writes it.
    unsafe { CStr::from_ptr(error()) }.to_string_lossy().into_owned()
}
