//! `SUSPEND`, `RESUME`, `SUSPENDALL`, `RESUMEALL`: files that are not written for some time.

use std::os::unix::ffi::OsStrExt as _;

use super::file;
use crate::grammar::{Answer, Arguments, Verb};
use crate::server::Server;

/// Stops writing a file. The connection stays open after an error: that of the original is closed,
/// which no client expects.
pub(crate) fn suspend(server: &Server, arguments: &Arguments<'_>) -> Answer {
    set(server, arguments, Verb::Suspend)
}

/// Allows writing a file again.
pub(crate) fn resume(server: &Server, arguments: &Arguments<'_>) -> Answer {
    set(server, arguments, Verb::Resume)
}

fn set(server: &Server, arguments: &Arguments<'_>, verb: Verb) -> Answer {
    let [name, ..] = arguments else { return Answer::usage(verb) };
    let path = server.path_of(name);
    let say = |text: &str| [path.as_os_str().as_bytes(), text.as_bytes()].concat();
    let Some(file) = file::known(server, name) else {
        return Answer::failure(say(" - No such file or directory"));
    };
    let suspended = verb == Verb::Suspend;
    let changed = server.write_back.set_suspended(&file, suspended);
    Answer::done(say(match (suspended, changed) {
        (true, true) => " suspended",
        (true, false) => " already suspended",
        (false, true) => " resumed",
        (false, false) => " not suspended",
    }))
}

/// Stops writing all files that clients have updated.
pub(crate) fn suspend_all(server: &Server) -> Answer {
    Answer::done(format!("{} rrds suspend", server.write_back.set_all_suspended(true)))
}

/// Allows writing all files again.
pub(crate) fn resume_all(server: &Server) -> Answer {
    Answer::done(format!("{} rrds resumed", server.write_back.set_all_suspended(false)))
}
