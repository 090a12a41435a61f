//! Finds the command of a command line.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use crate::commands::find;
use crate::context::Context;
use crate::failure::Outcome;
use crate::usage;

/// Runs the command named by these words, or prints the usage.
pub(crate) fn dispatch(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let (name, rest) = match arguments {
        [] => return usage::print_general(&mut context.out),
        [only] => return usage::print(only, &mut context.out),
        [help, of] if help == "help" => return usage::print(of, &mut context.out),
        [name, rest @ ..] => (name, rest),
    };
    match name.as_bytes() {
        b"help" | b"--help" | b"-help" | b"-?" | b"-h" => usage::print_general(&mut context.out),
        b"v" | b"-v" | b"version" | b"-version" | b"--version" => {
            usage::print_version(&mut context.out)
        }
        _ => match find(name) {
            Some(command) => (command.run)(rest, context),
            None => Err(UnknownCommand(name.to_string_lossy().into_owned()).into()),
        },
    }
}

#[derive(Debug, thiserror::Error)]
#[error("unknown function '{0}'")]
struct UnknownCommand(String);
