//! A file as XML: to a file, to C's standard output, or to a function of C.

use std::ffi::{OsString, c_char, c_int, c_void};
use std::io::{self, Write};

use rrd_core::{Dump, DumpHeader, RrdReader};

use crate::c::arguments::{command_line, file, text};
use crate::c::call::export;
use crate::c::environment::{call, environment, run, value};
use crate::error::Failure;

/// What C calls `rrd_output_callback_t`: takes bytes and returns how many it has taken.
type Callback = unsafe extern "C" fn(*const c_void, usize, *mut c_void) -> usize;

export! {
    /// Writes a file as XML to another, or prints it. 0 or -1.
    fn rrd_dump(count: c_int, words: *const *const c_char) -> c_int, else -1;
    {
        // SAFETY: C passes its arguments.
        let line = unsafe { command_line(count, words) };
        value(run(&line, |calls, words| Ok(calls.dump(words)?))?);
        Ok(0)
    }
}

export! {
    /// Writes a file as XML without a header to `output`, or prints it if that is NULL. 0 or -1.
    fn rrd_dump_r(name: *const c_char, output: *const c_char) -> c_int, else -1;
    {
        // SAFETY: C passes the names of files.
        unsafe { dump(name, output, DumpHeader::None) }
    }
}

export! {
    /// Writes a file as XML with a header, see [`header`], to `output`, or prints it if that is
    /// NULL. 0 or -1.
    fn rrd_dump_opt_r(name: *const c_char, output: *const c_char, option: c_int)
        -> c_int, else -1;
    {
        // SAFETY: C passes the names of files.
        unsafe { dump(name, output, header(option)) }
    }
}

export! {
    /// Gives a file as XML with a header, see [`header`], to a function piece by piece. 0 or -1.
    fn rrd_dump_cb_r(
        name: *const c_char,
        option: c_int,
        callback: Option<Callback>,
        user: *mut c_void,
    ) -> c_int, else -1;
    {
        // SAFETY: C passes the name of a file.
        let file = unsafe { file(name) }?;
        let callback = callback.ok_or_else(|| Failure::new("missing output function"))?;
        let reader = RrdReader::open(file)?;
        let zone = environment().zone().clone();
        let dump = Dump::of(&reader).header(header(option)).zone(zone);
        dump.write_to(Receiver { callback, user })?;
        Ok(0)
    }
}

/// The header of a number of C: 1 a document type, 2 a schema, any other none.
fn header(option: c_int) -> DumpHeader {
    match option {
        1 => DumpHeader::Dtd,
        2 => DumpHeader::Xsd,
        _ => DumpHeader::None,
    }
}

/// Runs the command for a file without asking a daemon.
///
/// # Safety
///
/// The names are NULL or texts of C.
unsafe fn dump(
    name: *const c_char,
    output: *const c_char,
    header: DumpHeader,
) -> Result<c_int, Failure> {
    // SAFETY: by the contract of this function.
    let (file, output) = unsafe { (file(name)?, text(output)) };
    let header = match header {
        DumpHeader::None => "none",
        DumpHeader::Dtd => "dtd",
        DumpHeader::Xsd => "xsd",
    };
    let mut words: Vec<OsString> =
        ["--daemon", "", "--header", header, "--"].map(OsString::from).into();
    words.push(file.into());
    words.extend(output.map(OsString::from));
    value(call(|calls| Ok(calls.dump(&words)?))?);
    Ok(0)
}

/// A function of C that takes bytes.
struct Receiver {
    callback: Callback,
    user: *mut c_void,
}

impl Write for Receiver {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // SAFETY: the bytes are as many as is said, and C passes its function with its argument.
        let taken = unsafe { (self.callback)(bytes.as_ptr().cast(), bytes.len(), self.user) };
        // Any other number is a failure whose reason the function leaves in `errno`.
        if taken == bytes.len() { Ok(taken) } else { Err(io::Error::last_os_error()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
