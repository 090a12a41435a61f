//! Finds the command of a command line.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use crate::commands::find;
use crate::context::{Command, Context, Defaults};
use crate::described::program;
use crate::failure::Outcome;
use crate::reference;
use crate::usage;

/// Runs the command named by these words, or prints the usage.
pub(crate) fn dispatch(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let (name, rest) = match arguments {
        [] => return usage::print_general(&mut context.out),
        [only] if is_known(only, context) => return usage::print(only, &mut context.out),
        [help, of] if help == "help" && is_known(of, context) => {
            return usage::print(of, &mut context.out);
        }
        [help, of] if help == "help" => {
            return Err(UnknownCommand(of.to_string_lossy().into_owned()).into());
        }
        [name, rest @ ..] => (name, rest),
    };
    match name.as_bytes() {
        b"help" | b"--help" | b"-help" | b"-?" | b"-h" => usage::print_general(&mut context.out),
        b"v" | b"-v" | b"version" | b"-version" | b"--version" => {
            usage::print_version(context.defaults, &mut context.out)
        }
        b"--generate" if context.defaults == Defaults::Own => generate(rest, context),
        _ => match find(name) {
            Some(command) if asks_for_help(command, rest, context) => {
                usage::print(name, &mut context.out)
            }
            Some(command) => (command.run)(rest, context),
            None => Err(UnknownCommand(name.to_string_lossy().into_owned()).into()),
        },
    }
}

/// Prints or writes manual pages, completions or the reference; for those who make packages, and so
/// not in the usage text.
fn generate(words: &[OsString], context: &mut Context<'_>) -> Outcome {
    let epoch = context.environment.variable(OsStr::new("SOURCE_DATE_EPOCH"));
    let seconds = context.environment.now().seconds();
    Ok(reference::generate(&program(), words, seconds, epoch.as_deref(), &mut context.out)?)
}

/// Whether the usage of a word is printed. RRDtool prints the general one for any word.
fn is_known(name: &OsStr, context: &Context<'_>) -> bool {
    context.defaults == Defaults::Rrdtool || find(name).is_some()
}

/// Whether the first word asks for help. A letter that the command has for something else is not
/// read as that, and RRDtool refuses the others.
fn asks_for_help(command: &Command, words: &[OsString], context: &Context<'_>) -> bool {
    let has = |letter| (command.options)().iter().any(|option| option.short == Some(letter));
    context.defaults == Defaults::Own
        && match words.first().map(|word| word.as_bytes()) {
            Some(b"--help") => true,
            Some(b"-h") => !has('h'),
            Some(b"-?") => !has('?'),
            _ => false,
        }
}

#[derive(Debug, thiserror::Error)]
#[error("unknown function '{0}'")]
pub(crate) struct UnknownCommand(pub(crate) String);
