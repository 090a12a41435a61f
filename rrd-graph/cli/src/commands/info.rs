//! `rrd info`: everything about a file except its rows.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

use rrd_core::{Info, RrdReader};

use crate::answered::Answered;
use crate::context::{Command, Context};
use crate::failure::{Failure, Outcome, Output};
use crate::options::{self, OptionSpec};
use crate::reference::Operand;
use crate::rrdcached::{DaemonError, InfoKind, InfoLine};

pub(crate) const COMMAND: Command = Command {
    name: "info",
    about: "print everything about a file but its rows",
    usage: &["info FILE [OPTION]..."],
    options: || options::descriptions(OPTIONS),
    operands: &[Operand::Database],
    manual: include_str!("../../manual/info.md"),
    related: &["lastupdate", "fetch", "dump"],
    run,
};

/// How the answer is printed.
#[derive(Clone, Copy, Default)]
enum Format {
    /// A line for each value.
    #[default]
    Lines,
    Json,
}

#[derive(Default)]
struct InfoOptions {
    daemon: Option<OsString>,
    no_flush: bool,
    format: Format,
}

const OPTIONS: &[OptionSpec<InfoOptions>] = &[
    OptionSpec::daemon(|info, address| {
        info.daemon = Some(address.to_owned());
        Ok(())
    }),
    OptionSpec::flag(Some('F'), "noflush", "Do not make rrdcached write first.", |info, _| {
        info.no_flush = true;
        Ok(())
    }),
    OptionSpec::json(|info, _| {
        info.format = Format::Json;
        Ok(())
    }),
];

/// Everything about a file except its rows.
#[derive(Debug)]
pub enum InfoAnswer {
    /// As the file has it.
    File {
        /// The name of the file.
        name: OsString,
        /// What it contains.
        info: Info,
    },
    /// As the daemon tells it.
    Daemon(Vec<InfoLine>),
}

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let (answer, format, unreachable) = ask(arguments, context)?;
    match (&answer, format) {
        (InfoAnswer::File { info, .. }, Format::Json) => {
            serde_json::to_writer(&mut context.out, info)?;
            writeln!(context.out)?;
        }
        (InfoAnswer::File { info, .. }, Format::Lines) => write!(context.out, "{info}")?,
        (InfoAnswer::Daemon(lines), _) => print_lines(lines, &mut context.out)?,
    }
    unreachable.map_or(Ok(()), |error| Err(error.into()))
}

/// What is known about a file.
pub(crate) fn find(
    arguments: &[OsString],
    context: &Context<'_>,
) -> Result<Answered<InfoAnswer>, Failure> {
    let (answer, _, unreachable) = ask(arguments, context)?;
    Ok(Answered::new(answer, unreachable))
}

/// What is known about a file, how it is to be printed, and why the daemon could not be asked, if
/// so.
fn ask(
    arguments: &[OsString],
    context: &Context<'_>,
) -> Result<(InfoAnswer, Format, Option<DaemonError>), Failure> {
    let mut options = InfoOptions::default();
    let files = options::parse(arguments, OPTIONS, &mut options)?;
    let [name] = files[..] else {
        let after = " [--daemon |-d <addr> [--noflush|-F]] <file>";
        return Err(context.usage("Usage: ", "info", after));
    };
    let file = Path::new(name);
    let here = || -> Result<_, Failure> {
        let info = Info::of(&RrdReader::open(file)?, &name.to_string_lossy());
        Ok(InfoAnswer::File { name: name.to_owned(), info })
    };
    let (answer, unreachable) = match context.environment.daemon(options.daemon.as_deref()) {
        Ok(Some(mut daemon)) => {
            if !options.no_flush {
                daemon.flush(file)?;
            }
            // The daemon answers in lines; the tree is read from the file that it has written.
            let answer = match options.format {
                Format::Json => here()?,
                Format::Lines => InfoAnswer::Daemon(daemon.info(file)?),
            };
            (answer, None)
        }
        Ok(None) => (here()?, None),
        Err(unreachable) => (here()?, Some(unreachable)),
    };
    Ok((answer, options.format, unreachable))
}

fn print_lines(lines: &[InfoLine], out: &mut Output<'_>) -> Outcome {
    for InfoLine { key, kind, text } in lines {
        match kind {
            InfoKind::Text => writeln!(out, "{key} = \"{text}\"")?,
            InfoKind::Number | InfoKind::Count | InfoKind::Integer => {
                writeln!(out, "{key} = {text}")?;
            }
        }
    }
    Ok(())
}
