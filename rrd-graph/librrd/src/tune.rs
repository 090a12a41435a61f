//! Changes to the definitions of a file, and copies with more or fewer rows.

use std::ffi::{OsStr, OsString, c_char, c_int};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::c::arguments::{command_line, file, texts};
use crate::c::call::export;
use crate::c::environment::{call, run};
use crate::error::Failure;

export! {
    /// Changes the definitions of a file. 0 or -1.
    fn rrd_tune(count: c_int, words: *const *const c_char) -> c_int, else -1;
    {
        // SAFETY: C passes its arguments.
        let line = unsafe { command_line(count, words) };
        run(&line, |calls, words| Ok(calls.tune(words)?))?;
        Ok(0)
    }
}

export! {
    /// Changes the definitions of a file as these options and definitions say. 0 or -1.
    fn rrd_tune_r(name: *const c_char, count: c_int, changes: *const *const c_char)
        -> c_int, else -1;
    {
        // SAFETY: C passes the name of a file.
        let file = unsafe { file(name) }?;
        // SAFETY: C passes its arguments.
        let changes = unsafe { texts(count, changes) };
        let mut words = vec![OsString::from("-D"), OsString::new(), never_option(file)];
        // All definitions have a colon: a first word without one is the name of the command.
        let is_name = |word: &&OsStr| !word.as_bytes().iter().any(|byte| b"-:".contains(byte));
        let named = usize::from(changes.first().is_some_and(is_name));
        words.extend(changes.into_iter().skip(named).map(OsString::from));
        call(|calls| Ok(calls.tune(&words)?))?;
        Ok(0)
    }
}

/// The name of a file, which is not read as an option.
fn never_option(file: &Path) -> OsString {
    if file.as_os_str().as_bytes().starts_with(b"-") {
        return Path::new(".").join(file).into();
    }
    file.into()
}

export! {
    /// Writes a copy of a file with more or fewer rows in one archive, `resize.rrd` in the working
    /// directory. 0 or -1.
    fn rrd_resize(count: c_int, words: *const *const c_char) -> c_int, else -1;
    {
        // SAFETY: C passes its arguments.
        let line = unsafe { command_line(count, words) };
        if line.words.is_empty() {
            return Err(Failure::new("missing file name"));
        }
        run(&line, |calls, words| Ok(calls.resize(words)?))?;
        Ok(0)
    }
}
