//! What the process has set: read by each call, since clients change it between calls.

use std::env;
use std::ffi::{CStr, OsStr, OsString, c_char, c_int};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr::NonNull;
use std::time::{Duration, Instant};

use rrd_cli::{Answered, Calls, Environment, Settings};
use rrd_core::{Clock, FetchRequest, Locking};

use super::arguments::CommandLine;
use super::daemon::PROCESS;
use crate::error::{Failure, set_error};
use crate::fetch_callback;

unsafe extern "C" {
    safe fn rrd_c_standard_input() -> *mut libc::FILE;
    safe fn rrd_c_standard_output() -> *mut libc::FILE;
    safe fn rrd_c_time_locale() -> *const c_char;
}

/// Runs a command of the tool, which prints to C's standard output.
pub(crate) fn call<T>(
    command: impl FnOnce(&mut Calls<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let environment = environment();
    let mut output = StandardOutput;
    let mut input = StandardInput;
    let mut errors = io::stderr();
    let rows = |name: &Path, request: &FetchRequest| Ok(fetch_callback::rows(name, request)?);
    let mut calls = Calls::new(&environment, &mut input, &mut output, &mut errors).with_rows(&rows);
    command(&mut calls)
}

/// Runs a command of the tool under the name that C has for it.
pub(crate) fn run<T>(
    line: &CommandLine,
    command: impl FnOnce(&mut Calls<'_>, &[OsString]) -> Result<T, Failure>,
) -> Result<T, Failure> {
    call(|calls| {
        if !line.name.is_empty() {
            calls.set_name(&line.name);
        }
        command(calls, &line.words)
    })
}

/// The value of an answer. If the daemon could not be asked for it, the error of this thread says
/// why, although the call succeeds: RRDtool's library does the same.
pub(crate) fn value<T>(answer: Answered<T>) -> T {
    if let Some(error) = answer.unreachable {
        set_error(&error.into());
    }
    answer.value
}

/// The bits of `extra_flags` that say how to lock.
const LOCKING: c_int = 3 << 7;
const LOCKING_NONE: c_int = 1 << 7;
const LOCKING_BLOCK: c_int = 2 << 7;
const LOCKING_TRY: c_int = 3 << 7;

/// How long a call waits for other writers, unless something else is asked for.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What a call does while another program writes the file: as its flags say, else `RRD_LOCKING`.
pub(crate) fn locking(flags: c_int) -> Locking {
    match flags & LOCKING {
        LOCKING_NONE => Locking::None,
        LOCKING_BLOCK => Locking::Block,
        LOCKING_TRY => Locking::Try,
        _ => {
            let locking = env::var_os("RRD_LOCKING");
            let settings = Settings { locking, ..Settings::default() };
            let set = rrd_cli::locking_mode(&settings, &mut io::stderr());
            set.unwrap_or_else(|| Locking::Until(Instant::now() + LONGEST_WAIT))
        }
    }
}

/// The environment of this call.
pub(crate) fn environment() -> Environment {
    let mut settings = Settings::read(|name| env::var_os(name));
    settings.time_locale = Some(time_locale());
    Environment::new(Clock::SYSTEM, settings).linked(&PROCESS)
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

    /// Programs in other languages have output of their own, which is not to overtake this.
    fn flush(&mut self) -> io::Result<()> {
        // SAFETY: the stream is that of the process, or NULL for all.
        match unsafe { libc::fflush(rrd_c_standard_output()) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

/// C's `stdin`, at most a line at once: what follows a document is for the program to read.
struct StandardInput;

impl Read for StandardInput {
    fn read(&mut self, place: &mut [u8]) -> io::Result<usize> {
        let stream = NonNull::new(rrd_c_standard_input()).ok_or(io::ErrorKind::NotFound)?;
        let mut read = 0;
        while let Some(byte) = place.get_mut(read) {
            // SAFETY: the stream is that of the process.
            let next = unsafe { libc::fgetc(stream.as_ptr()) };
            // At the end of the stream, or after an error of it.
            let Ok(next) = u8::try_from(next) else { break };
            *byte = next;
            read += 1;
            if next == b'\n' {
                break;
            }
        }
        // SAFETY: the stream is that of the process.
        if read == 0 && !place.is_empty() && unsafe { libc::ferror(stream.as_ptr()) } != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(read)
    }
}
