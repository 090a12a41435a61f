//! One run of the tool: the program names it is called by, and the exit status.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};

use crate::context::{Context, Defaults};
use crate::dispatch::dispatch;
use crate::environment::Environment;
use crate::failure::Outcome;
use crate::hint::{asks_for_help, hint};
use crate::pipe_mode;
use crate::program_names;
use crate::system;
use crate::usage;

/// The exit status if the reader of the output has gone: what a shell reports for SIGPIPE.
const BROKEN_PIPE: u8 = 141;

/// Runs one command line, beginning with the name of the program, and returns the exit status.
///
/// The status is 0 for success and 1 for a failure, whose message is printed as `ERROR: ...`. Pipe
/// mode (`-`) that cannot change to its folder returns the number of the system error. If the
/// reader of `output` has gone, the status is 141 and nothing is printed.
///
/// Relative paths start at the working directory of the process. Pipe mode changes it (`cd`) and
/// reports the processor time of the process.
///
/// ```
/// use std::ffi::OsString;
/// use rrd_cli::{Environment, Settings};
/// use rrd_core::Clock;
///
/// let environment = Environment::new(Clock::SYSTEM, Settings::default());
/// let arguments = ["rrd", "frobnicate", "cpu.rrd"].map(OsString::from);
/// let (mut input, mut output, mut errors) = (&b""[..], Vec::new(), Vec::new());
/// assert_eq!(rrd_cli::run(&arguments, &environment, &mut input, &mut output, &mut errors), 1);
/// assert_eq!(errors, b"ERROR: unknown function 'frobnicate'\n");
/// ```
pub fn run(
    arguments: &[OsString],
    environment: &Environment,
    input: &mut dyn Read,
    output: &mut dyn Write,
    errors: &mut dyn Write,
) -> u8 {
    let (program, arguments) = match arguments.split_first() {
        Some((program, arguments)) => (program.as_os_str(), arguments),
        None => (OsStr::new("rrd"), arguments),
    };
    let mut context =
        Context::new(program_names::defaults(program), environment, input, output, errors);
    let status = match program_names::called(program) {
        // A web server shows standard output to the visitor, and logs standard error.
        Some(command) if command.name == "cgi" => {
            report((command.run)(arguments, &mut context), &mut context)
        }
        Some(command) => program_names::run(command, arguments, &mut context),
        None => tool(arguments, &mut context),
    };
    finish(status, &mut context)
}

/// The calling conventions of the tool itself.
fn tool(arguments: &[OsString], context: &mut Context<'_>) -> u8 {
    if let [minus, folder @ ..] = arguments
        && minus == "-"
        && folder.len() <= 1
    {
        return pipe_mode::run(folder.first(), context);
    }
    let outcome = dispatch(arguments, context);
    let Err(failure) = &outcome else { return 0 };
    if context.defaults == Defaults::Rrdtool {
        return report(outcome, context);
    }
    if let Some(command) = arguments.first()
        && asks_for_help(failure)
    {
        return report(usage::print(command, &mut context.out), context);
    }
    let hint = hint(failure, arguments);
    let status = report(outcome, context);
    if let Some(hint) = hint {
        // If the stream is closed, nobody can read it.
        drop(writeln!(context.errors, "{hint}"));
    }
    status
}

/// The status of a command, after its error was printed.
fn report(outcome: Outcome, context: &mut Context<'_>) -> u8 {
    match outcome {
        Ok(()) => 0,
        // An error of standard output itself is reported at the end.
        Err(_) if context.out.fault().is_some() => 1,
        Err(failure) => {
            // The answer so far is written first, in case both streams are the same file.
            if context.out.flush().is_ok() {
                failure.print(context.errors);
            }
            1
        }
    }
}

/// Flushes standard output; an error is reported and determines the status.
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
