//! New files. These functions clear an older error, as RRDtool's do and no other does.

use std::ffi::{c_char, c_int, c_ulong};
use std::path::PathBuf;

use libc::time_t;
use rrd_cli::NewFile;
use rrd_core::{Overwrite, Step, Timestamp};

use crate::c::arguments::{command_line, ended_texts, file, text, texts};
use crate::c::call::export;
use crate::c::daemon::{PROCESS, strip_path};
use crate::c::environment::{StandardOutput, run};
use crate::error::{Failure, clear_error};

export! {
    /// Makes a file. 0 or -1.
    fn rrd_create(count: c_int, words: *const *const c_char) -> c_int, else -1;
    {
        clear_error();
        // SAFETY: C passes its arguments.
        let line = unsafe { command_line(count, words) };
        run(&line, |calls, words| Ok(calls.create(words)?))?;
        Ok(0)
    }
}

export! {
    /// Makes a file of these definitions. 0 or -1.
    fn rrd_create_r(
        name: *const c_char,
        step: c_ulong,
        start: time_t,
        count: c_int,
        definitions: *const *const c_char,
    ) -> c_int, else -1;
    {
        let request = Request { step, start, overwrite: Overwrite::Yes };
        let none = std::ptr::null();
        // SAFETY: C passes texts.
        unsafe { request.create(name, none, none.cast(), (count, definitions)) }
    }
}

export! {
    /// The same, which may keep a file that is there, take rows from others, and definitions from
    /// another one. 0 or -1.
    fn rrd_create_r2(
        name: *const c_char,
        step: c_ulong,
        start: time_t,
        no_overwrite: c_int,
        sources: *const *const c_char,
        template: *const c_char,
        count: c_int,
        definitions: *const *const c_char,
    ) -> c_int, else -1;
    {
        let overwrite = if no_overwrite == 0 { Overwrite::Yes } else { Overwrite::No };
        let request = Request { step, start, overwrite };
        // SAFETY: C passes texts, and a NULL behind the sources.
        unsafe { request.create(name, sources, template, (count, definitions)) }
    }
}

/// The numbers that C passes.
struct Request {
    /// Zero for that of the template, else for the usual one.
    step: c_ulong,
    /// -1 for that of the sources or the template. Without them, and for other times that a file
    /// cannot have, it is ten seconds ago.
    start: time_t,
    overwrite: Overwrite,
}

impl Request {
    /// Makes the file.
    ///
    /// # Safety
    ///
    /// The pointers are NULL or those of texts; behind the sources is a NULL, and there are as many
    /// definitions as is said.
    unsafe fn create(
        &self,
        name: *const c_char,
        sources: *const *const c_char,
        template: *const c_char,
        (count, definitions): (c_int, *const *const c_char),
    ) -> Result<c_int, Failure> {
        clear_error();
        // SAFETY: by the contract of this function.
        let (file, template, sources, definitions) = unsafe {
            (file(name)?, text(template), ended_texts(sources), texts(count, definitions))
        };
        let now = Timestamp::now();
        let start = match self.start {
            -1 => None,
            ..=0 => Some(now.seconds() - 10),
            seconds => Some(seconds),
        };
        let new = NewFile {
            start: start.map(Timestamp::from_seconds),
            step: step(self.step)?,
            sources: sources.into_iter().map(PathBuf::from).collect(),
            template: template.map(PathBuf::from),
            overwrite: self.overwrite,
            replaces_at_once: true,
        };
        new.create(file, &definitions, now, &mut StandardOutput)?;
        PROCESS.made(file, strip_path().as_deref());
        Ok(0)
    }
}

fn step(seconds: c_ulong) -> Result<Option<Step>, Failure> {
    if seconds == 0 {
        return Ok(None);
    }
    let too_long = || Failure::new(format!("step size: {seconds} seconds are too long"));
    Step::from_seconds(seconds).map(Some).ok_or_else(too_long)
}
