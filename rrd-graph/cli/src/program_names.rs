//! `rrdcreate`, `rrdupdate` and `rrdinfo`: one command each, by the name of the program.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::Path;

use super::failure::Outcome;
use super::{Command, Context, complain, find, usage};

/// The command that a program of this name is, if it is one of the three.
pub(super) fn called(program: &OsStr) -> Option<&'static Command> {
    match Path::new(program).file_name()?.to_str()? {
        "rrdcreate" => find(OsStr::new("create")),
        "rrdupdate" => find(OsStr::new("update")),
        "rrdinfo" => find(OsStr::new("info")),
        _ => None,
    }
}

/// Runs it. A failure is told on standard output, after the usage text.
pub(super) fn run(command: &Command, arguments: &[OsString], context: &mut Context<'_>) -> u8 {
    match (command.run)(arguments, context) {
        Ok(()) => 0,
        Err(failure) => {
            // A fault of standard output is told by the caller.
            let told: Outcome = usage::print(OsStr::new(command.name), &mut context.out);
            if told.is_ok() {
                complain(&mut context.out as &mut dyn Write, &failure);
            }
            1
        }
    }
}
