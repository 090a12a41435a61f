//! What the process has set: read anew by each call, since clients change it between calls.

use std::env;
use std::ffi::{CStr, OsStr, OsString, c_char};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr::NonNull;

use rrd_cli::{Calls, Environment, Settings};
use rrd_core::{Clock, FetchRequest};

use crate::error::Failure;
use crate::fetch_callback;

unsafe extern "C" {
    safe fn rrd_c_standard_output() -> *mut libc::FILE;
    safe fn rrd_c_time_locale() -> *const c_char;
}

/// Runs a command of the tool, which prints to C's standard output.
pub(crate) fn call<T>(
    command: impl FnOnce(&mut Calls<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let environment = environment();
    let mut output = StandardOutput;
    let mut input = io::stdin();
    let mut errors = io::stderr();
    let rows = |name: &Path, request: &FetchRequest| Ok(fetch_callback::rows(name, request)?);
    let mut calls = Calls::new(&environment, &mut input, &mut output, &mut errors).with_rows(&rows);
    command(&mut calls)
}

/// The environment of this call.
pub(crate) fn environment() -> Environment {
    let mut settings = Settings::read(|name| env::var_os(name));
    settings.time_locale = Some(time_locale());
    Environment::new(Clock::SYSTEM, settings)
}

/// The locale of times that the process has chosen, which is not always that of its environment.
fn time_locale() -> OsString {
    let name = rrd_c_time_locale();
    if name.is_null() {
        return OsString::new();
    }
    // SAFETY: the C library gives a text that ends with a zero byte.
    OsStr::from_bytes(unsafe { CStr::from_ptr(name) }.to_bytes()).to_owned()
}

/// A stream that C passes.
pub(crate) struct Stream(NonNull<libc::FILE>);

impl Stream {
    /// The stream at a pointer; `None` for NULL.
    ///
    /// # Safety
    ///
    /// The pointer is NULL or that of a stream that stays open while this value is used.
    pub(crate) unsafe fn of(pointer: *mut libc::FILE) -> Option<Self> {
        NonNull::new(pointer).map(Self)
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // SAFETY: the stream is open, and the bytes are as many as is said.
        let written =
            unsafe { libc::fwrite(bytes.as_ptr().cast(), 1, bytes.len(), self.0.as_ptr()) };
        if written == 0 && !bytes.is_empty() {
            return Err(io::Error::last_os_error());
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// C's `stdout`: programs print to it before and after their calls and rely on the order.
pub(crate) struct StandardOutput;

impl Write for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // SAFETY: the stream is that of the process.
        let stream = unsafe { Stream::of(rrd_c_standard_output()) };
        stream.ok_or(io::ErrorKind::NotFound)?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
