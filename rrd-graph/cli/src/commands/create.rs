//! `rrd create`: a new file, here or by the daemon.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::num::NonZeroU64;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rrd_core::at_style::{self, ResolveError, TimeSpecError};
use rrd_core::duration::{self, DurationError};
use rrd_core::{
    CreateError, CreateOptions, OpenError, Overwrite, Prefill, Rrd, RrdReader, SchemaText, Step,
    Timestamp,
};

use crate::context::{Command, Context};
use crate::failure::{Failure, Outcome, WrongUse, text};
use crate::options::{Rule, Word, words};
use crate::rrdcached::Daemon;
use crate::scratch::Scratch;
use crate::system;

pub(crate) const COMMAND: Command = Command {
    name: "create",
    about: "a new, empty archive",
    synopsis: &[
        "create FILE [--start|-b TIME] [--step|-s DURATION]",
        "[--template|-t FILE] [--source|-r FILE]...",
        "[--no-overwrite|-O] [--daemon|-d ADDRESS]",
        "DS:NAME[=NAME[[N]]]:TYPE:HEARTBEAT:MIN:MAX... | DS:NAME:COMPUTE:EXPRESSION...",
        "RRA:CF:...",
    ],
    run,
};

#[derive(Clone, Copy)]
enum Means {
    Start,
    Step,
    Daemon,
    Source,
    Template,
    NoOverwrite,
}

const RULES: [Rule<Means>; 6] = [
    Rule::value(Some('b'), "start", Means::Start),
    Rule::value(Some('s'), "step", Means::Step),
    Rule::value(Some('d'), "daemon", Means::Daemon),
    Rule::value(Some('r'), "source", Means::Source),
    Rule::value(Some('t'), "template", Means::Template),
    Rule::flag(Some('O'), "no-overwrite", Means::NoOverwrite),
];

/// Ten years after 1970; a smaller number is more likely a slip.
const EARLIEST: i64 = 3600 * 24 * 365 * 10;

/// The usual length of a primary data point.
const USUAL_STEP: Step = Step::from_seconds(300).unwrap();

#[derive(Debug, thiserror::Error)]
enum CreateRefusal {
    #[error("start time: {0}")]
    Start(TimeSpecError),
    #[error(transparent)]
    StartMoment(#[from] ResolveError),
    #[error("the first entry to the RRD should be after 1980")]
    TooEarly,
    #[error("step size: {0}")]
    Step(DurationError),
    #[error("template already set")]
    SecondTemplate,
    #[error("Cannot open template RRD {}", path.display())]
    Template { path: PathBuf, source: OpenError },
    #[error("making a temporary file: {}", system::reason(.0))]
    Scratch(io::Error),
}

/// A command line as meant.
struct Said<'a> {
    start: Option<Timestamp>,
    step: Option<Step>,
    daemon: Option<&'a OsStr>,
    sources: Vec<PathBuf>,
    template: Option<&'a Path>,
    overwrite: Overwrite,
    file: &'a Path,
    definitions: Vec<&'a OsStr>,
}

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let said = read(arguments, context)?;
    match context.world.daemon(said.daemon) {
        Ok(Some(daemon)) => by_daemon(&said, daemon),
        // A file that is to be made anew needs nothing that waits in a daemon that is away.
        Ok(None) | Err(_) if said.file == Path::new("-") => to_output(&said, context),
        Ok(None) | Err(_) => here(&said, said.file, context),
    }
}

fn read<'a>(arguments: &'a [OsString], context: &Context<'_>) -> Result<Said<'a>, Failure> {
    let mut start = None;
    let mut step = None;
    let mut daemon = None;
    let mut sources = Vec::new();
    let mut template = None;
    let mut overwrite = Overwrite::Yes;
    let mut positional = Vec::new();
    for word in words(arguments, &RULES) {
        match word? {
            Word::Option(Means::Start, value) => start = Some(start_time(text(value)?, context)?),
            Word::Option(Means::Step, value) => step = Some(step_length(text(value)?)?),
            Word::Option(Means::Daemon, value) => daemon = Some(value),
            Word::Option(Means::Source, value) => sources.push(PathBuf::from(value)),
            Word::Option(Means::Template, value) => {
                if template.replace(Path::new(value)).is_some() {
                    return Err(CreateRefusal::SecondTemplate.into());
                }
            }
            Word::Option(Means::NoOverwrite, _) => overwrite = Overwrite::No,
            Word::Positional(value) => positional.push(value),
        }
    }
    let Some((&file, definitions)) = positional.split_first() else {
        return Err(WrongUse("need name of an rrd file to create").into());
    };
    let (file, definitions) = (Path::new(file), definitions.to_vec());
    Ok(Said { start, step, daemon, sources, template, overwrite, file, definitions })
}

fn start_time(text: &str, context: &Context<'_>) -> Result<Timestamp, CreateRefusal> {
    let spec = at_style::parse(text).map_err(CreateRefusal::Start)?;
    let start = spec.resolve(context.world.now(), context.world.zone())?;
    if start.seconds() < EARLIEST { Err(CreateRefusal::TooEarly) } else { Ok(start) }
}

fn step_length(text: &str) -> Result<Step, CreateRefusal> {
    let seconds = duration::parse(text, NonZeroU64::MIN).map_err(CreateRefusal::Step)?;
    Step::from_seconds(seconds).ok_or(CreateRefusal::Step(DurationError::Zero))
}

/// The new file as bytes on standard output.
fn to_output(said: &Said<'_>, context: &mut Context<'_>) -> Outcome {
    let scratch = Scratch::new().map_err(CreateRefusal::Scratch)?;
    let file = scratch.file(Path::new("new.rrd"));
    here(said, &file, context)?;
    let mut bytes = File::open(&file).map_err(CreateRefusal::Scratch)?;
    io::copy(&mut bytes, &mut context.out)?;
    Ok(())
}

fn here(said: &Said<'_>, file: &Path, context: &Context<'_>) -> Outcome {
    if said.overwrite == Overwrite::No && file.symlink_metadata().is_ok() {
        return Err(CreateError::Exists { path: file.to_owned() }.into());
    }
    let name = said.file.as_os_str().as_bytes();
    let mut prefill = Prefill::new();
    for source in &said.sources {
        prefill.add(source)?;
    }
    let template = said.template.map(open_template).transpose()?;
    let mut definition = match &template {
        Some(template) => SchemaText::following(template.schema(), said.step, name),
        None => SchemaText::new(said.step.unwrap_or(USUAL_STEP), name),
    };
    for argument in &said.definitions {
        definition.argument(text(argument)?)?;
    }
    let definition = definition.finish()?;
    let options = CreateOptions::new().overwrite(said.overwrite).version(definition.version);
    if said.sources.is_empty() {
        let start = said.start.or(template.map(|template| template.last_update()));
        let start = start.unwrap_or_else(|| shortly_before(context.world.now()));
        Rrd::create_with(file, &definition.schema, start, options)?;
    } else {
        prefill.create(file, &definition, said.start, options)?;
    }
    Ok(())
}

fn open_template(path: &Path) -> Result<RrdReader, CreateRefusal> {
    RrdReader::open(path)
        .map_err(|source| CreateRefusal::Template { path: path.to_owned(), source })
}

/// Where a file begins that is to take its first reading now.
fn shortly_before(now: Timestamp) -> Timestamp {
    Timestamp::from_seconds(now.seconds().saturating_sub(10))
}

fn by_daemon(said: &Said<'_>, mut daemon: Daemon) -> Outcome {
    let mut words: Vec<Vec<u8>> = Vec::new();
    if let Some(start) = said.start {
        words.extend([b"-b".to_vec(), start.seconds().to_string().into_bytes()]);
    }
    if let Some(step) = said.step {
        words.extend([b"-s".to_vec(), step.seconds().to_string().into_bytes()]);
    }
    if said.overwrite == Overwrite::No {
        words.push(b"-O".to_vec());
    }
    if let Some(template) = said.template {
        words.extend([b"-t".to_vec(), template.as_os_str().as_bytes().to_vec()]);
    }
    for source in &said.sources {
        words.extend([b"-r".to_vec(), source.as_os_str().as_bytes().to_vec()]);
    }
    words.extend(said.definitions.iter().map(|argument| argument.as_bytes().to_vec()));
    let words: Vec<_> = words.iter().map(Vec::as_slice).collect();
    daemon.create(said.file, &words)?;
    Ok(())
}
