//! `rrd lastupdate`: the last reading of each data source.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

use rrd_core::RrdReader;

use crate::answered::Answered;
use crate::context::{Command, Context};
use crate::failure::{Failure, Outcome, Output};
use crate::options::{self, OptionSpec};
use crate::reference::Operand;
use crate::rrdcached::{Daemon, DaemonError};

pub(crate) const COMMAND: Command = Command {
    name: "lastupdate",
    about: "print the last reading of each data source",
    usage: &["lastupdate FILE [OPTION]..."],
    options: || options::descriptions(OPTIONS),
    operands: &[Operand::Database],
    manual: include_str!("../../manual/lastupdate.md"),
    related: &["last", "update"],
    run,
};

#[derive(Default)]
struct LastUpdateOptions {
    daemon: Option<OsString>,
    json: bool,
}

const OPTIONS: &[OptionSpec<LastUpdateOptions>] = &[
    OptionSpec::daemon(|last, address| {
        last.daemon = Some(address.to_owned());
        Ok(())
    }),
    OptionSpec::json(|last, _| {
        last.json = true;
        Ok(())
    }),
];

/// The last readings and their time.
#[derive(Debug, PartialEq, Eq, serde::Serialize)]
struct LastUpdate {
    last_update: i64,
    /// Names and texts in file order.
    readings: Vec<LastReading>,
}

#[derive(Debug, PartialEq, Eq, serde::Serialize)]
struct LastReading {
    name: String,
    text: String,
}

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    match ask(arguments, context)? {
        None => Ok(()),
        Some(unreachable) => Err(unreachable.into()),
    }
}

/// Prints the last readings.
pub(crate) fn print(
    arguments: &[OsString],
    context: &mut Context<'_>,
) -> Result<Answered<()>, Failure> {
    Ok(Answered::new((), ask(arguments, context)?))
}

/// Prints the last readings; returns why the daemon could not be asked, if so.
fn ask(arguments: &[OsString], context: &mut Context<'_>) -> Result<Option<DaemonError>, Failure> {
    let mut options = LastUpdateOptions::default();
    let files = options::parse(arguments, OPTIONS, &mut options)?;
    let [file] = files[..] else {
        return Err(context.usage("Usage: ", "lastupdate", " [--daemon|-d <addr>] <file>"));
    };
    let file = Path::new(file);
    let print = if options.json { LastUpdate::print_json } else { LastUpdate::print_lines };
    let here = || Ok::<_, Failure>(from_file(&RrdReader::open(file)?));
    let (last, unreachable) = match context.environment.daemon(options.daemon.as_deref()) {
        Ok(Some(mut daemon)) => (from_daemon(&mut daemon, file)?, None),
        Ok(None) => (here()?, None),
        Err(unreachable) => (here()?, Some(unreachable)),
    };
    print(&last, &mut context.out)?;
    Ok(unreachable)
}

fn from_file(reader: &RrdReader) -> LastUpdate {
    let head = reader.head();
    let names = head.schema.sources().iter().map(|source| source.name.as_str().to_owned());
    let texts = head.live.pdps.iter().map(|pdp| pdp.last_reading.text());
    LastUpdate {
        last_update: head.live.last_update.seconds(),
        readings: names.zip(texts).map(|(name, text)| LastReading { name, text }).collect(),
    }
}

/// The daemon has no command for this; after a flush its INFO contains the same.
fn from_daemon(daemon: &mut Daemon, file: &Path) -> Result<LastUpdate, DaemonError> {
    daemon.flush(file)?;
    let mut last = LastUpdate { last_update: 0, readings: Vec::new() };
    for line in daemon.info(file)? {
        if line.key == "last_update" {
            last.last_update = line.text.parse().unwrap_or_default();
        } else if let Some(name) =
            line.key.strip_prefix("ds[").and_then(|rest| rest.strip_suffix("].last_ds"))
        {
            last.readings.push(LastReading { name: name.to_owned(), text: line.text });
        }
    }
    Ok(last)
}

impl LastUpdate {
    fn print_lines(&self, out: &mut Output<'_>) -> Outcome {
        for reading in &self.readings {
            write!(out, " {}", reading.name)?;
        }
        write!(out, "\n\n{:>10}:", self.last_update)?;
        for reading in &self.readings {
            write!(out, " {}", reading.text)?;
        }
        writeln!(out)?;
        Ok(())
    }

    fn print_json(&self, out: &mut Output<'_>) -> Outcome {
        serde_json::to_writer(&mut *out, self)?;
        writeln!(out)?;
        Ok(())
    }
}
