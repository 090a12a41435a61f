//! The command-line tool `rrd` as a function: arguments and streams in, an exit status out.
//!
//! It takes the command lines of `rrdtool`, prints the same answers and ends with the same statuses, so that a script
//! that says `rrdtool` works with `rrd` in its place. One file a command; each declares itself as a `Command`.

mod chart;
mod check;
mod context;
mod convert;
mod create;
mod dump;
mod failure;
mod fetch;
mod first;
mod flushcached;
mod graph;
mod info;
mod last;
mod lastupdate;
mod leading_number;
mod list;
mod locale;
mod locking;
mod moment;
mod open_files;
mod options;
mod out_file;
mod remote;
mod resize;
mod restore;
mod scratch;
mod small;
mod terminal;
mod tune;
mod update;
mod usage;
mod world;
mod xport;

use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;

pub use terminal::Terminal;
pub use world::{Settings, World};

use crate::system;
use context::Context;
use failure::{Failure, Outcome};

/// One command of the tool.
struct Command {
    /// What the user types.
    name: &'static str,
    /// What it does, in a few words.
    about: &'static str,
    /// How it is called, without the name of the tool; lines as they are printed.
    synopsis: &'static [&'static str],
    /// Does it; the arguments are those after the name.
    run: fn(&[OsString], &mut Context<'_>) -> Outcome,
}

/// Every command, in the order of the usage text.
const COMMANDS: &[Command] = &[
    create::COMMAND,
    update::UPDATE,
    update::UPDATE_VERBOSE,
    chart::COMMAND,
    graph::GRAPH,
    graph::GRAPHV,
    xport::COMMAND,
    fetch::COMMAND,
    info::COMMAND,
    first::COMMAND,
    last::COMMAND,
    lastupdate::COMMAND,
    list::COMMAND,
    dump::COMMAND,
    restore::COMMAND,
    tune::COMMAND,
    resize::COMMAND,
    check::COMMAND,
    convert::COMMAND,
    flushcached::COMMAND,
];

/// The status of a program whose reader went away: what a shell reports for death by SIGPIPE.
const BROKEN_PIPE: u8 = 141;

/// Runs one command line, the name of the program first, and returns the exit status.
///
/// The status is 0 after success and 1 after a failure, whose reason is printed as `ERROR: ...`. Remote mode (`-`) that
/// cannot enter its folder ends with the number of the system error. A reader of `output` that goes away ends the
/// program quietly with 141.
///
/// ```
/// use std::ffi::OsString;
/// use rrd_core::Clock;
/// use rrd_graph::cli::{self, Settings, World};
///
/// let world = World::new(Clock::SYSTEM, Settings::default());
/// let arguments = ["rrd", "frobnicate", "cpu.rrd"].map(OsString::from);
/// let (mut input, mut output, mut errors) = (&b""[..], Vec::new(), Vec::new());
/// assert_eq!(cli::run(&arguments, &world, &mut input, &mut output, &mut errors), 1);
/// assert_eq!(errors, b"ERROR: unknown function 'frobnicate'\n");
/// ```
pub fn run(
    arguments: &[OsString],
    world: &World,
    input: &mut dyn Read,
    output: &mut dyn Write,
    errors: &mut dyn Write,
) -> u8 {
    let (program, arguments) = match arguments.split_first() {
        Some((program, arguments)) => (program.as_os_str(), arguments),
        None => (OsStr::new("rrd"), arguments),
    };
    let mut context = Context::new(world, input, output, errors);
    let status = match small::called(program) {
        Some(command) => small::run(command, arguments, &mut context),
        None => tool(arguments, &mut context),
    };
    finish(status, &mut context)
}

/// The calling rules of the tool itself.
fn tool(arguments: &[OsString], context: &mut Context<'_>) -> u8 {
    if let [minus, folder @ ..] = arguments
        && minus == "-"
        && folder.len() <= 1
    {
        return remote::run(folder.first(), context);
    }
    match dispatch(arguments, context) {
        Ok(()) => 0,
        // What went wrong with standard output itself is told at the end.
        Err(_) if context.out.fault().is_some() => 1,
        Err(failure) => {
            // The answer so far comes first, also where both streams are one file.
            if context.out.flush().is_ok() {
                complain(context.errors, &failure);
            }
            1
        }
    }
}

/// Runs the command that these words name, or prints how to.
fn dispatch(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
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

/// The command of this name; names are exact.
fn find(name: &OsStr) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| name == command.name)
}

#[derive(Debug, thiserror::Error)]
#[error("unknown function '{0}'")]
struct UnknownCommand(String);

fn complain(stream: &mut dyn Write, failure: &Failure) {
    // Nobody is left to tell when standard error is gone.
    drop(writeln!(stream, "ERROR: {}", failure.reason()));
}

/// Makes sure that everything said has left, and says so in the status.
fn finish(status: u8, context: &mut Context<'_>) -> u8 {
    drop(context.out.flush());
    match context.out.fault() {
        None => status,
        Some(fault) if fault.kind() == io::ErrorKind::BrokenPipe => BROKEN_PIPE,
        Some(fault) => {
            let reason = system::reason(fault);
            drop(writeln!(context.errors, "ERROR: writing standard output: {reason}"));
            1
        }
    }
}
