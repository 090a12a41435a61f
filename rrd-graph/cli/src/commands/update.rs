//! `rrd update` and `rrd updatev`: adds readings to a file, or to the queue of the daemon.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::num::NonZeroU64;
use std::path::Path;

use rrd_core::duration::{self, DurationError};
use rrd_core::{
    Durability, Locking, MaxSkew, PastSamples, RowObserver, Schema, Unprotected, WriteOptions,
    WrittenRow,
};

use crate::context::{Command, Context, Defaults};
use crate::environment::Environment;
use crate::failure::{Failure, Outcome, WrongUse, text};
use crate::locking;
use crate::options::{self, OptionSpec};
use crate::readings::Readings;
use crate::reference::Operand;
use crate::rrdcached::{Daemon, InfoKind, Reached, at_present, in_file_order};
use crate::written_value::WrittenValue;

pub(crate) const UPDATE: Command = Command {
    name: "update",
    about: "store readings in a file",
    usage: &["update FILE [OPTION]... N|TIME:VALUE:VALUE...|AT-TIME@VALUE:VALUE..."],
    options: || options::descriptions(OPTIONS),
    operands: &[Operand::Database, Operand::Beginnings(&["N:"])],
    manual: include_str!("../../manual/update.md"),
    related: &["create", "updatev", "lastupdate"],
    run: update,
};

pub(crate) const UPDATE_VERBOSE: Command = Command {
    name: "updatev",
    about: "store readings, and print the rows that they complete",
    usage: &["updatev FILE [OPTION]... N|TIME:VALUE:VALUE...|AT-TIME@VALUE:VALUE..."],
    options: || options::descriptions(OPTIONS_VERBOSE),
    operands: &[Operand::Database, Operand::Beginnings(&["N:"])],
    manual: include_str!("../../manual/updatev.md"),
    related: &["update"],
    run: update_verbose,
};

#[derive(Default)]
struct UpdateOptions {
    template: Option<String>,
    skip_past: bool,
    locking: Option<Locking>,
    max_skew: Option<MaxSkew>,
    durability: Durability,
    daemon: Option<OsString>,
}

const OPTIONS: &[OptionSpec<UpdateOptions>] = &[
    OptionSpec::value(
        Some('t'),
        "template",
        "NAME:NAME...",
        "The data sources of the values, in their order.",
        |update, names| {
            update.template = Some(text(names)?.to_owned());
            Ok(())
        },
    ),
    OptionSpec::flag(
        Some('s'),
        "skip-past-updates",
        "Skip readings that are not newer than the last update.",
        |update, _| {
            update.skip_past = true;
            Ok(())
        },
    ),
    OptionSpec::value(
        Some('L'),
        "locking",
        "try|block|none",
        "What to do while another program writes the file.",
        |update, mode| {
            if !mode.is_empty() {
                let unknown = || UpdateRefusal::Locking(mode.to_string_lossy().into_owned());
                update.locking = Some(locking::named(mode).ok_or_else(unknown)?);
            }
            Ok(())
        },
    ),
    OptionSpec::value(
        None,
        "max-skew",
        "DURATION",
        "Refuse readings that are further in the future than this.",
        |update, span| {
            let span = text(span)?;
            let seconds = duration::parse(span, NonZeroU64::MIN)
                .map_err(|error| UpdateRefusal::MaxSkew(span.to_owned(), error))?;
            update.max_skew = Some(MaxSkew::from_seconds(seconds));
            Ok(())
        },
    ),
    OptionSpec::flag(
        None,
        "sync",
        "Return when the readings survive a power loss; a few waits for the disk.",
        |update, _| {
            update.durability = Durability::Synced;
            Ok(())
        },
    ),
    OptionSpec::value(
        Some('d'),
        "daemon",
        "ADDRESS",
        "Hand the readings to the rrdcached at this address.",
        |update, address| {
            update.daemon = Some(address.to_owned());
            Ok(())
        },
    ),
];

/// `updatev` never uses rrdcached, which is the last option.
const OPTIONS_VERBOSE: &[OptionSpec<UpdateOptions>] = OPTIONS.split_last().unwrap().1;

#[derive(Debug, thiserror::Error)]
enum UpdateRefusal {
    #[error("unsupported locking mode '{0}'\n")]
    Locking(String),
    #[error("--max-skew '{0}'")]
    MaxSkew(String, #[source] DurationError),
    #[error("The caching daemon cannot be used together with templates and skip-past-updates yet.")]
    TemplateAndSkip,
    #[error(
        "The caching daemon cannot be used together with max-skew: it alone reads the times of its readings. Leave one of the two out."
    )]
    MaxSkewWithDaemon,
    #[error(
        "The caching daemon cannot be used together with sync: it alone writes its files. Leave one of the two out."
    )]
    SyncWithDaemon,
    #[error(
        "The \"RRDCACHED_ADDRESS\" environment variable is defined, but \"{0}\" cannot work with rrdcached. Either unset the \
         environment variable or use \"update\" instead."
    )]
    VerboseWithDaemon(String),
}

/// A command line.
struct Arguments<'a> {
    file: &'a Path,
    readings: Vec<&'a OsStr>,
    options: UpdateOptions,
    locking: Locking,
}

fn update(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let arguments = read(arguments, OPTIONS, context)?;
    match context.environment.daemon(arguments.options.daemon.as_deref())? {
        Some(daemon) => enqueue(&arguments, daemon, context.environment),
        None => apply(&arguments, context, None),
    }
}

fn update_verbose(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let Verbose { written, outcome } = verbose(arguments, context)?;
    let value = if outcome.is_ok() { 0 } else { -1 };
    writeln!(context.out, "return_value = {value}")?;
    written.iter().try_for_each(|value| context.out.write_all(value.line().as_bytes()))?;
    outcome
}

/// What an update has done: the values in the rows that it completed, also if it was refused in the
/// end.
pub(crate) struct Verbose {
    pub(crate) written: Vec<WrittenValue>,
    pub(crate) outcome: Outcome,
}

/// Adds the readings to the file.
pub(crate) fn verbose(
    arguments: &[OsString],
    context: &mut Context<'_>,
) -> Result<Verbose, Failure> {
    let arguments = read(arguments, OPTIONS_VERBOSE, context)?;
    // If the variable is set but empty, RRDtool tells this command that a daemon holds the files.
    if context
        .environment
        .settings
        .daemon_address
        .as_ref()
        .is_some_and(|address| address.is_empty())
    {
        let name = context.called.as_deref().unwrap_or(UPDATE_VERBOSE.name);
        return Err(UpdateRefusal::VerboseWithDaemon(name.to_owned()).into());
    }
    let mut written = Vec::new();
    let mut seen =
        |schema: &Schema, row: WrittenRow<'_>| written.extend(WrittenValue::of_row(schema, row));
    let outcome = apply(&arguments, context, Some(&mut seen));
    Ok(Verbose { written, outcome })
}

/// Adds the readings to the file, and reports the rows that they complete.
///
/// The first refused reading stops it; the preceding ones are in the file.
fn apply(
    arguments: &Arguments<'_>,
    context: &mut Context<'_>,
    mut seen: Option<RowObserver<'_>>,
) -> Outcome {
    locking::waiting(arguments.locking, context, |mode, context| {
        let Context { defaults, environment, files, errors, .. } = context;
        let options = WriteOptions::new()
            .locking(mode)
            .clock(environment.clock())
            .max_skew(arguments.options.max_skew)
            .durability(arguments.options.durability);
        let rrd = files.get(arguments.file, options)?;
        let past =
            if arguments.options.skip_past { PastSamples::Skip } else { PastSamples::Refuse };
        let readings = arguments.readings();
        let outcome = rrd.update_batch_with(
            past,
            |schema, samples| readings.samples(schema, environment, samples),
            match &mut seen {
                Some(seen) => Some(&mut **seen),
                None => None,
            },
        );
        if *defaults == Defaults::Own
            && let Some(reason @ Unprotected::NoSpace) = rrd.unprotected()
        {
            let file = arguments.file.display();
            writeln!(
                errors,
                "{file}: {reason}: written as RRDtool does, a kill would have damaged it"
            )?;
        }
        outcome
    })
}

impl Arguments<'_> {
    fn readings(&self) -> Readings<'_> {
        let template = self.options.template.as_deref();
        Readings { file: self.file, template, texts: &self.readings }
    }
}

fn read<'a>(
    arguments: &'a [OsString],
    table: &[OptionSpec<UpdateOptions>],
    context: &mut Context<'_>,
) -> Result<Arguments<'a>, Failure> {
    let mut options = UpdateOptions::default();
    let mut positional = options::parse(arguments, table, &mut options)?;
    if positional.len() < 2 {
        return Err(WrongUse("Not enough arguments").into());
    }
    let (file, readings) = (Path::new(positional.remove(0)), positional);
    let locking = match options.locking {
        Some(mode) => mode,
        None => locking::usual(context),
    };
    Ok(Arguments { file, readings, options, locking })
}

/// Passes the readings to the daemon.
fn enqueue(arguments: &Arguments<'_>, mut daemon: Reached, environment: &Environment) -> Outcome {
    if arguments.options.skip_past && arguments.options.template.is_some() {
        return Err(UpdateRefusal::TemplateAndSkip.into());
    }
    if arguments.options.max_skew.is_some() {
        return Err(UpdateRefusal::MaxSkewWithDaemon.into());
    }
    if arguments.options.durability == Durability::Synced {
        return Err(UpdateRefusal::SyncWithDaemon.into());
    }
    let sources = match arguments.options.template {
        Some(_) => sources(&mut daemon, arguments.file)?,
        None => Vec::new(),
    };
    let mut readings = Vec::with_capacity(arguments.readings.len());
    for reading in &arguments.readings {
        let mut reading = at_present(text(reading)?, environment.now()).into_owned();
        if let Some(template) = &arguments.options.template {
            reading = in_file_order(&reading, template, &sources)?;
        }
        readings.push(reading);
    }
    let readings: Vec<_> = readings.iter().map(String::as_str).collect();
    daemon.update(arguments.file, &readings)?;
    Ok(())
}

/// The data sources that take readings, in file order.
fn sources(daemon: &mut Daemon, file: &Path) -> Result<Vec<String>, Failure> {
    let lines = daemon.info(file)?;
    let name = |key: &str, field: &str| {
        Some(key.strip_prefix("ds[")?.strip_suffix(field)?.strip_suffix("].")?.to_owned())
    };
    let measured =
        lines.iter().filter(|line| line.kind == InfoKind::Text && line.text != "COMPUTE");
    Ok(measured.filter_map(|line| name(&line.key, "type")).collect())
}
