//! `rrd create`: a new file, created locally or by the daemon.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::num::NonZeroU64;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rrd_core::at_style::{self, TimeSpec, TimeSpecError};
use rrd_core::duration::{self, DurationError};
use rrd_core::{
    CreateError, CreateOptions, OutputFile, Overwrite, Prefill, Rrd, RrdReader, SchemaText, Step,
    Timestamp,
};

use crate::context::{Command, Context};
use crate::failure::{Failure, Outcome, WrongUse, text};
use crate::options::{self, OptionSpec};
use crate::rrdcached::Daemon;
use crate::scratch::Scratch;

pub(crate) const COMMAND: Command = Command {
    name: "create",
    about: "a new, empty archive",
    usage: &[
        "create FILE [OPTION]...",
        "DS:NAME[=NAME[[N]]]:TYPE:HEARTBEAT:MIN:MAX... | DS:NAME:COMPUTE:EXPRESSION...",
        "RRA:CF:...",
    ],
    options: || options::descriptions(OPTIONS),
    run,
};

struct NewFile {
    start: Option<TimeSpec>,
    step: Option<Step>,
    daemon: Option<OsString>,
    sources: Vec<PathBuf>,
    template: Option<PathBuf>,
    overwrite: Overwrite,
}

const OPTIONS: &[OptionSpec<NewFile>] = &[
    OptionSpec::value(
        Some('b'),
        "start",
        "TIME",
        "The time before the first update, now-10s by default.",
        |new, time| {
            new.start = Some(at_style::parse(text(time)?).map_err(CreateRefusal::Start)?);
            Ok(())
        },
    ),
    OptionSpec::value(
        Some('s'),
        "step",
        "DURATION",
        "The length of a primary data point, 300 seconds by default.",
        |new, length| {
            new.step = Some(step_length(text(length)?)?);
            Ok(())
        },
    ),
    OptionSpec::value(
        Some('d'),
        "daemon",
        "ADDRESS",
        "Let the rrdcached at this address create the file.",
        |new, address| {
            new.daemon = Some(address.to_owned());
            Ok(())
        },
    ),
    OptionSpec::value(
        Some('r'),
        "source",
        "FILE",
        "Fill the new file from this one; may be repeated.",
        |new, file| {
            new.sources.push(PathBuf::from(file));
            Ok(())
        },
    ),
    OptionSpec::value(
        Some('t'),
        "template",
        "FILE",
        "Take the step and the definitions of this file.",
        |new, file| match new.template.replace(PathBuf::from(file)) {
            None => Ok(()),
            Some(_) => Err(CreateRefusal::SecondTemplate.into()),
        },
    ),
    OptionSpec::flag(Some('O'), "no-overwrite", "Keep a file that exists.", |new, _| {
        new.overwrite = Overwrite::No;
        Ok(())
    }),
];

/// Ten years after 1970; a smaller number is probably a mistake.
const EARLIEST: i64 = 3600 * 24 * 365 * 10;

/// The default length of a primary data point.
const USUAL_STEP: Step = Step::from_seconds(300).unwrap();

#[derive(Debug, thiserror::Error)]
enum CreateRefusal {
    #[error("start time")]
    Start(#[source] TimeSpecError),
    #[error("the first entry to the RRD should be after 1980")]
    TooEarly,
    #[error("step size")]
    Step(#[source] DurationError),
    #[error("template already set")]
    SecondTemplate,
    #[error("Cannot open template RRD {}", path.display())]
    Template { path: PathBuf },
    #[error("making a temporary file")]
    Scratch(#[source] io::Error),
}

/// A command line.
struct Arguments<'a> {
    options: NewFile,
    start: Option<Timestamp>,
    file: &'a Path,
    definitions: &'a [&'a OsStr],
}

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let mut options = NewFile {
        start: None,
        step: None,
        daemon: None,
        sources: Vec::new(),
        template: None,
        overwrite: Overwrite::Yes,
    };
    let positional = options::parse(arguments, OPTIONS, &mut options)?;
    let start = options.start.as_ref().map(|start| start_time(start, context)).transpose()?;
    let Some((file, definitions)) = positional.split_first() else {
        return Err(WrongUse("need name of an rrd file to create").into());
    };
    let arguments = Arguments { options, start, file: Path::new(file), definitions };
    match context.environment.daemon(arguments.options.daemon.as_deref()) {
        Ok(Some(daemon)) => by_daemon(&arguments, daemon),
        // A new file needs nothing that waits in a daemon that is away.
        Ok(None) | Err(_) if is_stream(&arguments) => to_stream(&arguments, context),
        Ok(None) | Err(_) => here(&arguments, arguments.file, context),
    }
}

fn start_time(start: &TimeSpec, context: &Context<'_>) -> Result<Timestamp, Failure> {
    let start = start.resolve(context.environment.now(), context.environment.zone())?;
    if start.seconds() < EARLIEST { Err(CreateRefusal::TooEarly.into()) } else { Ok(start) }
}

fn step_length(text: &str) -> Result<Step, CreateRefusal> {
    let seconds = duration::parse(text, NonZeroU64::MIN).map_err(CreateRefusal::Step)?;
    Step::from_seconds(seconds).ok_or(CreateRefusal::Step(DurationError::Zero))
}

/// Whether the bytes of the new file go to standard output, or to a device or pipe that exists.
fn is_stream(arguments: &Arguments<'_>) -> bool {
    let file = arguments.file;
    file == Path::new("-")
        || arguments.options.overwrite == Overwrite::Yes && OutputFile::is_stream(file)
}

fn to_stream(arguments: &Arguments<'_>, context: &mut Context<'_>) -> Outcome {
    let scratch = Scratch::new().map_err(CreateRefusal::Scratch)?;
    let file = scratch.file(Path::new("new.rrd"));
    here(arguments, &file, context)?;
    let mut bytes = File::open(&file).map_err(CreateRefusal::Scratch)?;
    let target = arguments.file;
    if target == Path::new("-") {
        io::copy(&mut bytes, &mut context.out)?;
        return Ok(());
    }
    let written = OutputFile::begin(target).and_then(|mut out| {
        io::copy(&mut bytes, &mut out)?;
        out.finish()
    });
    Ok(written.map_err(|source| CreateError::Write { path: target.to_owned(), source })?)
}

fn here(arguments: &Arguments<'_>, file: &Path, context: &Context<'_>) -> Outcome {
    let Arguments { options, start, .. } = arguments;
    if options.overwrite == Overwrite::No && file.symlink_metadata().is_ok() {
        return Err(CreateError::Exists { path: file.to_owned() }.into());
    }
    let name = arguments.file.as_os_str().as_bytes();
    let mut prefill = Prefill::new();
    for source in &options.sources {
        prefill.add(source)?;
    }
    let template = options.template.as_deref().map(open_template).transpose()?;
    let mut definition = match &template {
        Some(template) => SchemaText::following(template.schema(), options.step, name),
        None => SchemaText::new(options.step.unwrap_or(USUAL_STEP), name),
    };
    for argument in arguments.definitions {
        definition.argument(text(argument)?)?;
    }
    let definition = definition.finish()?;
    let create = CreateOptions::new().overwrite(options.overwrite).version(definition.version);
    if options.sources.is_empty() {
        let start = start.or(template.map(|template| template.last_update()));
        let start = start.unwrap_or_else(|| shortly_before(context.environment.now()));
        Rrd::create_with(file, &definition.schema, start, create)?;
    } else {
        prefill.create(file, &definition, *start, create)?;
    }
    Ok(())
}

fn open_template(path: &Path) -> Result<RrdReader, CreateRefusal> {
    RrdReader::open(path).map_err(|_| CreateRefusal::Template { path: path.to_owned() })
}

/// The start of a file that can accept a reading now.
fn shortly_before(now: Timestamp) -> Timestamp {
    Timestamp::from_seconds(now.seconds().saturating_sub(10))
}

fn by_daemon(arguments: &Arguments<'_>, mut daemon: Daemon) -> Outcome {
    let Arguments { options, start, .. } = arguments;
    let mut words: Vec<Vec<u8>> = Vec::new();
    if let Some(start) = start {
        words.extend([b"-b".to_vec(), start.seconds().to_string().into_bytes()]);
    }
    if let Some(step) = options.step {
        words.extend([b"-s".to_vec(), step.seconds().to_string().into_bytes()]);
    }
    if options.overwrite == Overwrite::No {
        words.push(b"-O".to_vec());
    }
    if let Some(template) = &options.template {
        words.extend([b"-t".to_vec(), template.as_os_str().as_bytes().to_vec()]);
    }
    for source in &options.sources {
        words.extend([b"-r".to_vec(), source.as_os_str().as_bytes().to_vec()]);
    }
    words.extend(arguments.definitions.iter().map(|argument| argument.as_bytes().to_vec()));
    let words: Vec<_> = words.iter().map(Vec::as_slice).collect();
    daemon.create(arguments.file, &words)?;
    Ok(())
}
