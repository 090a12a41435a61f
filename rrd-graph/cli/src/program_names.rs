//! The names of the program: `rrdcreate`, `rrdupdate`, `rrdinfo` and `rrdcgi` are one
//! command each, `rrdtool` has RRDtool's defaults.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::commands::find;
use crate::context::{Command, Context, Defaults};
use crate::failure::Outcome;
use crate::usage;

/// The command of a program with this name, if it is one of the four.
pub(crate) fn called(program: &OsStr) -> Option<&'static Command> {
    match Path::new(program).file_name()?.to_str()? {
        "rrdcreate" => find(OsStr::new("create")),
        "rrdupdate" => find(OsStr::new("update")),
        "rrdinfo" => find(OsStr::new("info")),
        "rrdcgi" => find(OsStr::new("cgi")),
        _ => None,
    }
}

/// The defaults of a program of this name.
pub(crate) fn defaults(program: &OsStr) -> Defaults {
    let name = Path::new(program).file_name().unwrap_or_default().to_string_lossy();
    if name.starts_with("rrdtool") || called(program).is_some() {
        Defaults::Rrdtool
    } else {
        Defaults::Own
    }
}

/// Runs one that prints its errors on standard output, after the usage text.
pub(crate) fn run(command: &Command, arguments: &[OsString], context: &mut Context<'_>) -> u8 {
    match (command.run)(arguments, context) {
        Ok(()) => 0,
        Err(failure) => {
            // The caller reports an error of standard output.
            let told: Outcome = usage::print(OsStr::new(command.name), &mut context.out);
            if told.is_ok() {
                failure.print(&mut context.out);
            }
            1
        }
    }
}
