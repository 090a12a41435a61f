//! `rrd update` and `rrd updatev`: readings into a file, or into the queue of the daemon.

use std::cell::OnceCell;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::io::Write as _;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use rrd_core::duration::{self, DurationError};
use rrd_core::number::named_nan;
use rrd_core::{
    Locking, MaxSkew, PastSamples, Sample, SampleTextError, Schema, Template, TimeZone, Timestamp,
    WriteOptions, WrittenRow,
};

use crate::context::{Command, Context};
use crate::failure::{Failure, NotText, Outcome, WrongUse, text};
use crate::locking;
use crate::options::{Rule, Word, words};
use crate::rrdcached::{Daemon, InfoKind, in_file_order};
use crate::world::World;

pub(crate) const UPDATE: Command = Command {
    name: "update",
    about: "readings into a file",
    synopsis: &[
        "update FILE [--template|-t NAME:NAME...] [--skip-past-updates|-s]",
        "[--locking|-L try|block|none] [--max-skew SPAN] [--daemon|-d ADDRESS]",
        "N|TIME:VALUE:VALUE...|AT-TIME@VALUE:VALUE...",
    ],
    run: update,
};

pub(crate) const UPDATE_VERBOSE: Command = Command {
    name: "updatev",
    about: "readings into a file, and the rows they complete on standard output",
    synopsis: &[
        "updatev FILE [--template|-t NAME:NAME...] [--skip-past-updates|-s]",
        "[--locking|-L try|block|none] [--max-skew SPAN]",
        "N|TIME:VALUE:VALUE...|AT-TIME@VALUE:VALUE...",
    ],
    run: update_verbose,
};

#[derive(Clone, Copy)]
enum Means {
    Template,
    SkipPast,
    Locking,
    MaxSkew,
    Daemon,
}

const RULES: [Rule<Means>; 5] = [
    Rule::value(Some('t'), "template", Means::Template),
    Rule::flag(Some('s'), "skip-past-updates", Means::SkipPast),
    Rule::value(Some('L'), "locking", Means::Locking),
    Rule::value(None, "max-skew", Means::MaxSkew),
    Rule::value(Some('d'), "daemon", Means::Daemon),
];

/// `updatev` never uses a daemon.
const RULES_VERBOSE: [Rule<Means>; 4] = [
    Rule::value(Some('t'), "template", Means::Template),
    Rule::flag(Some('s'), "skip-past-updates", Means::SkipPast),
    Rule::value(Some('L'), "locking", Means::Locking),
    Rule::value(None, "max-skew", Means::MaxSkew),
];

#[derive(Debug, thiserror::Error)]
enum UpdateRefusal {
    #[error("unsupported locking mode '{0}'\n")]
    Locking(String),
    #[error("--max-skew '{0}': {1}")]
    MaxSkew(String, DurationError),
    #[error("The caching daemon cannot be used together with templates and skip-past-updates yet.")]
    TemplateAndSkip,
    #[error(
        "The caching daemon cannot be used together with max-skew: it alone reads the times of its readings. Leave one of the two out."
    )]
    MaxSkewWithDaemon,
    #[error(
        "The \"RRDCACHED_ADDRESS\" environment variable is defined, but \"updatev\" cannot work with rrdcached. Either unset the \
         environment variable or use \"update\" instead."
    )]
    VerboseWithDaemon,
    #[error("{}: {source}", path.display())]
    Reading { path: PathBuf, source: ReadingError },
}

/// Why a reading means no sample.
#[derive(Debug, thiserror::Error)]
enum ReadingError {
    #[error(transparent)]
    NotText(#[from] NotText),
    #[error(transparent)]
    Text(#[from] SampleTextError),
}

/// A command line as meant.
struct Said<'a> {
    file: &'a Path,
    template: Option<&'a str>,
    skip_past: bool,
    locking: Locking,
    max_skew: Option<MaxSkew>,
    daemon: Option<&'a OsStr>,
    readings: Vec<&'a OsStr>,
}

fn update(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let said = read(arguments, &RULES, context)?;
    match context.world.daemon(said.daemon)? {
        Some(daemon) => enqueue(&said, daemon, context.world),
        None => apply(&said, context, None),
    }
}

fn update_verbose(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let said = read(arguments, &RULES_VERBOSE, context)?;
    // Set and empty is how RRDtool lets this command know that a daemon holds the files.
    if context.world.settings.daemon_address.as_ref().is_some_and(|address| address.is_empty()) {
        return Err(UpdateRefusal::VerboseWithDaemon.into());
    }
    let mut rows = String::new();
    let mut seen = |schema: &Schema, row: &WrittenRow<'_>| describe(schema, row, &mut rows);
    let outcome = apply(&said, context, Some(&mut seen));
    let value = if outcome.is_ok() { 0 } else { -1 };
    write!(context.out, "return_value = {value}\n{rows}")?;
    outcome
}

/// Looks at a row that an update has completed.
type Seen<'a> = dyn FnMut(&Schema, &WrittenRow<'_>) + 'a;

/// Puts the readings into the file, and shows the rows that they complete.
///
/// The first reading that is refused ends it; those before it are in the file.
fn apply(said: &Said<'_>, context: &mut Context<'_>, seen: Option<&mut Seen<'_>>) -> Outcome {
    let Context { world, files, .. } = context;
    let options =
        WriteOptions::new().locking(said.locking).clock(world.clock()).max_skew(said.max_skew);
    let rrd = files.get(said.file, options)?;
    let past = if said.skip_past { PastSamples::Skip } else { PastSamples::Refuse };
    let samples = |schema: &Schema| said.samples(schema, world);
    match seen {
        None => rrd.update_batch_made(samples, past, |_| {}),
        Some(seen) => {
            let shape = OnceCell::new();
            rrd.update_batch_made(
                |schema| {
                    shape.get_or_init(|| schema.clone());
                    samples(schema)
                },
                past,
                |row| shape.get().into_iter().for_each(|schema| seen(schema, &row)),
            )
        }
    }
}

impl Said<'_> {
    /// The samples that the readings mean, up to the first that means none, and why it does not.
    fn samples(&self, schema: &Schema, world: &World) -> (Vec<Sample>, Option<Failure>) {
        let template = match self.template.map(|names| Template::parse(names, schema)) {
            Some(Ok(template)) => template,
            Some(Err(error)) => return (Vec::new(), Some(error.into())),
            None => Template::in_file_order(schema),
        };
        let mut samples = Vec::with_capacity(self.readings.len());
        for reading in &self.readings {
            match sample(reading, &template, world) {
                Ok(sample) => samples.push(sample),
                Err(source) => {
                    let refusal = UpdateRefusal::Reading { path: self.file.to_owned(), source };
                    return (samples, Some(refusal.into()));
                }
            }
        }
        (samples, None)
    }
}

fn sample(reading: &OsStr, template: &Template, world: &World) -> Result<Sample, ReadingError> {
    let reading = text(reading)?;
    // Only a time expression has to do with the zone, and seconds since 1970 say themselves when it is.
    let expression = reading.as_bytes().contains(&b'@');
    let zone = if expression { world.zone() } else { &TimeZone::UTC };
    let seconds = !expression && reading.as_bytes().first().is_some_and(u8::is_ascii_digit);
    let now = if seconds { Timestamp::default() } else { world.now() };
    Ok(template.sample(reading, now, zone)?)
}

/// One line a value of a completed row.
fn describe(schema: &Schema, row: &WrittenRow<'_>, lines: &mut String) {
    let (Some(label), Some(archive)) = (row.label, schema.archives().get(row.archive)) else {
        return;
    };
    for (source, value) in schema.sources().iter().zip(row.values) {
        let (function, points) = (archive.function(), archive.points_per_row());
        let (name, value) = (source.name.as_str(), named_nan(*value));
        // Writing to a string cannot fail.
        let _ = writeln!(lines, "[{label}]RRA[{function}][{points}]DS[{name}] = {value}");
    }
}

fn read<'a>(
    arguments: &'a [OsString],
    rules: &'a [Rule<Means>],
    context: &mut Context<'_>,
) -> Result<Said<'a>, Failure> {
    let mut template = None;
    let mut skip_past = false;
    let mut mode = None;
    let mut max_skew = None;
    let mut daemon = None;
    let mut file = None;
    let mut readings = Vec::new();
    for word in words(arguments, rules) {
        match word? {
            Word::Option(Means::Template, value) => template = Some(text(value)?),
            Word::Option(Means::SkipPast, _) => skip_past = true,
            Word::Option(Means::Locking, value) if value.is_empty() => {}
            Word::Option(Means::Locking, value) => {
                let unknown = || UpdateRefusal::Locking(value.to_string_lossy().into_owned());
                mode = Some(locking::named(value).ok_or_else(unknown)?);
            }
            Word::Option(Means::MaxSkew, value) => {
                let value = text(value)?;
                let seconds = duration::parse(value, NonZeroU64::MIN)
                    .map_err(|error| UpdateRefusal::MaxSkew(value.to_owned(), error))?;
                max_skew = Some(MaxSkew::from_seconds(seconds));
            }
            Word::Option(Means::Daemon, value) => daemon = Some(value),
            Word::Positional(value) if file.is_none() => file = Some(Path::new(value)),
            Word::Positional(value) => readings.push(value),
        }
    }
    let Some(file) = file.filter(|_| !readings.is_empty()) else {
        return Err(WrongUse("Not enough arguments").into());
    };
    let locking = match mode {
        Some(mode) => mode,
        None => locking::usual(context),
    };
    Ok(Said { file, template, skip_past, locking, max_skew, daemon, readings })
}

/// Hands the readings to the daemon.
fn enqueue(said: &Said<'_>, mut daemon: Daemon, world: &World) -> Outcome {
    if said.skip_past && said.template.is_some() {
        return Err(UpdateRefusal::TemplateAndSkip.into());
    }
    if said.max_skew.is_some() {
        return Err(UpdateRefusal::MaxSkewWithDaemon.into());
    }
    let sources = match said.template {
        Some(_) => sources(&mut daemon, said.file)?,
        None => Vec::new(),
    };
    let mut readings = Vec::with_capacity(said.readings.len());
    for reading in &said.readings {
        let mut reading = text(reading)?.to_owned();
        // The daemon knows no present time.
        if let Some(values) = reading.strip_prefix("N:") {
            reading = format!("{}:{values}", world.now());
        }
        if let Some(template) = said.template {
            reading = in_file_order(&reading, template, &sources)?;
        }
        readings.push(reading);
    }
    let readings: Vec<_> = readings.iter().map(String::as_str).collect();
    daemon.update(said.file, &readings)?;
    Ok(())
}

/// The data sources that take readings, in the order of the file.
fn sources(daemon: &mut Daemon, file: &Path) -> Result<Vec<String>, Failure> {
    let lines = daemon.info(file)?;
    let name = |key: &str, field: &str| {
        Some(key.strip_prefix("ds[")?.strip_suffix(field)?.strip_suffix("].")?.to_owned())
    };
    let measured =
        lines.iter().filter(|line| line.kind == InfoKind::Text && line.text != "COMPUTE");
    Ok(measured.filter_map(|line| name(&line.key, "type")).collect())
}
