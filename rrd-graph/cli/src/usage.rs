//! The usage texts of the tool.

use std::ffi::OsStr;
use std::io::Write;

use crate::commands::{COMMANDS, find};
use crate::context::{Command, Defaults};
use crate::failure::{Outcome, Output};
use crate::option_words::{Argument, OptionDescription};
use crate::release::{COMPATIBLE_WITH, VERSION, commit_note};

/// Longer names of an option have a line of their own.
const MAX_NAMES_LENGTH: usize = 34;

/// The usage text of a command; the general one if there is no such command.
pub(crate) fn print(name: &OsStr, out: &mut Output<'_>) -> Outcome {
    match find(name) {
        Some(command) => print_command(command, out),
        None => print_general(out),
    }
}

/// The text shown if the tool is called without arguments.
pub(crate) fn print_general(out: &mut Output<'_>) -> Outcome {
    print_head(out)?;
    writeln!(out, "Usage: rrd COMMAND ARGUMENT...\n")?;
    for command in COMMANDS {
        writeln!(out, "  {:<12} {}", command.name, command.about)?;
    }
    writeln!(out, "  {:<12} read commands from standard input, after changing to DIR", "- [DIR]")?;
    writeln!(out, "\n`rrd help COMMAND` shows the arguments of a command.")?;
    print_end(out)
}

fn print_command(command: &Command, out: &mut Output<'_>) -> Outcome {
    print_head(out)?;
    for (index, line) in command.usage.iter().enumerate() {
        let lead = if index == 0 { "Usage: rrd " } else { "           " };
        writeln!(out, "{lead}{line}")?;
    }
    writeln!(out, "\n* {} - {}\n", command.name, command.about)?;
    print_options(&(command.options)(), out)?;
    print_end(out)
}

/// A line an option: its names and its value, then the help, in two columns.
fn print_options(options: &[OptionDescription], out: &mut Output<'_>) -> Outcome {
    let names: Vec<_> = options.iter().map(typed).collect();
    let width = names.iter().map(String::len).filter(|width| *width <= MAX_NAMES_LENGTH).max();
    let width = width.unwrap_or(MAX_NAMES_LENGTH);
    for (option, names) in options.iter().zip(&names) {
        if names.len() > width {
            writeln!(out, "  {names}")?;
            writeln!(out, "  {:width$}  {}", "", option.help)?;
        } else {
            writeln!(out, "  {names:width$}  {}", option.help)?;
        }
    }
    if !options.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

/// How an option is typed: `-s, --start TIME`.
fn typed(option: &OptionDescription) -> String {
    let short = option.short.map_or("    ".to_owned(), |letter| format!("-{letter}, "));
    let value = match option.argument {
        Argument::None => String::new(),
        Argument::Required(value) => format!(" {value}"),
        Argument::Attached(value) => format!("[={value}]"),
    };
    format!("{short}--{}{value}", option.long)
}

/// One line: name, compatibility, and the commit. Scripts know what follows RRDtool's version.
pub(crate) fn print_version(defaults: Defaults, out: &mut Output<'_>) -> Outcome {
    let commit = match defaults {
        Defaults::Own => commit_note(),
        Defaults::Rrdtool => String::new(),
    };
    writeln!(out, "RRDtool {COMPATIBLE_WITH} (compatible; rrd {VERSION}){commit}")?;
    Ok(())
}

fn print_head(out: &mut Output<'_>) -> Outcome {
    writeln!(
        out,
        "RRDtool {COMPATIBLE_WITH} (compatible; rrd {VERSION}) - archives of measurements and their charts\n"
    )?;
    Ok(())
}

fn print_end(out: &mut Output<'_>) -> Outcome {
    writeln!(out, "Licensed under MIT or Apache-2.0, at your choice.")?;
    Ok(())
}
