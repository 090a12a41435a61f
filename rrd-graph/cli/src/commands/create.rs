//! `rrd create`: a new file, created locally or by the daemon.

use std::ffi::{OsStr, OsString};
use std::num::NonZeroU64;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rrd_core::at_style::{self, TimeSpec, TimeSpecError};
use rrd_core::duration::{self, DurationError};
use rrd_core::{Overwrite, Step, Timestamp};

use crate::context::{Command, Context};
use crate::failure::{Failure, Outcome, WrongUse, text};
use crate::new_file::NewFile;
use crate::options::{self, OptionSpec};
use crate::reference::Operand;
use crate::rrdcached::Reached;

pub(crate) const COMMAND: Command = Command {
    name: "create",
    about: "create an empty file",
    usage: &[
        "create FILE [OPTION]...",
        "DS:NAME[=NAME[[N]]]:TYPE:HEARTBEAT:MIN:MAX... | DS:NAME:COMPUTE:EXPRESSION...",
        "RRA:CF:...",
    ],
    options: || options::descriptions(OPTIONS),
    operands: &[Operand::File, Operand::Beginnings(&["DS:", "RRA:"])],
    manual: include_str!("../../manual/create.md"),
    related: &["update", "tune", "info"],
    run,
};

struct NewFileOptions {
    start: Option<TimeSpec>,
    daemon: Option<OsString>,
    new: NewFile,
}

const OPTIONS: &[OptionSpec<NewFileOptions>] = &[
    OptionSpec::value(
        Some('b'),
        "start",
        "TIME",
        "The time before the first update, now-10s by default.",
        |options, time| {
            options.start = Some(at_style::parse(text(time)?).map_err(CreateRefusal::Start)?);
            Ok(())
        },
    ),
    OptionSpec::value(
        Some('s'),
        "step",
        "DURATION",
        "The length of a primary data point, 300 seconds by default.",
        |options, length| {
            options.new.step = Some(step_length(text(length)?)?);
            Ok(())
        },
    ),
    OptionSpec::value(
        Some('d'),
        "daemon",
        "ADDRESS",
        "Let the rrdcached at this address create the file.",
        |options, address| {
            options.daemon = Some(address.to_owned());
            Ok(())
        },
    ),
    OptionSpec::value(
        Some('r'),
        "source",
        "FILE",
        "Fill the new file from this one; may be repeated.",
        |options, file| {
            options.new.sources.push(PathBuf::from(file));
            Ok(())
        },
    ),
    OptionSpec::value(
        Some('t'),
        "template",
        "FILE",
        "Take the step and the definitions of this file.",
        |options, file| match options.new.template.replace(PathBuf::from(file)) {
            None => Ok(()),
            Some(_) => Err(CreateRefusal::SecondTemplate.into()),
        },
    ),
    OptionSpec::flag(Some('O'), "no-overwrite", "Keep a file that exists.", |options, _| {
        options.new.overwrite = Overwrite::No;
        Ok(())
    }),
];

/// Ten years after 1970; a smaller number is probably a mistake.
const EARLIEST: i64 = 3600 * 24 * 365 * 10;

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
}

/// A command line.
struct Arguments<'a> {
    new: NewFile,
    file: &'a Path,
    definitions: &'a [&'a OsStr],
}

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let replaces_at_once = context.replaces_at_once;
    let new = NewFile { overwrite: Overwrite::Yes, replaces_at_once, ..NewFile::default() };
    let mut options = NewFileOptions { start: None, daemon: None, new };
    let positional = options::parse(arguments, OPTIONS, &mut options)?;
    let NewFileOptions { start, daemon, mut new } = options;
    new.start = start.as_ref().map(|start| start_time(start, context)).transpose()?;
    let Some((file, definitions)) = positional.split_first() else {
        return Err(WrongUse("need name of an rrd file to create").into());
    };
    let arguments = Arguments { new, file: Path::new(file), definitions };
    if let Ok(Some(daemon)) = context.environment.daemon(daemon.as_deref()) {
        return by_daemon(&arguments, daemon);
    }
    // A new file needs nothing that waits in a daemon that is away.
    let now = context.environment.now();
    arguments.new.make(arguments.file, definitions, now, &mut context.out)?;
    context.environment.made(arguments.file);
    Ok(())
}

fn start_time(start: &TimeSpec, context: &Context<'_>) -> Result<Timestamp, Failure> {
    let start = start.resolve(context.environment.now(), context.environment.zone())?;
    if start.seconds() < EARLIEST { Err(CreateRefusal::TooEarly.into()) } else { Ok(start) }
}

fn step_length(text: &str) -> Result<Step, CreateRefusal> {
    let seconds = duration::parse(text, NonZeroU64::MIN).map_err(CreateRefusal::Step)?;
    Step::from_seconds(seconds).ok_or(CreateRefusal::Step(DurationError::Zero))
}

fn by_daemon(arguments: &Arguments<'_>, mut daemon: Reached) -> Outcome {
    let Arguments { new, .. } = arguments;
    let mut words: Vec<Vec<u8>> = Vec::new();
    if let Some(start) = new.start {
        words.extend([b"-b".to_vec(), start.seconds().to_string().into_bytes()]);
    }
    if let Some(step) = new.step {
        words.extend([b"-s".to_vec(), step.seconds().to_string().into_bytes()]);
    }
    if new.overwrite == Overwrite::No {
        words.push(b"-O".to_vec());
    }
    if let Some(template) = &new.template {
        words.extend([b"-t".to_vec(), template.as_os_str().as_bytes().to_vec()]);
    }
    for source in &new.sources {
        words.extend([b"-r".to_vec(), source.as_os_str().as_bytes().to_vec()]);
    }
    words.extend(arguments.definitions.iter().map(|argument| argument.as_bytes().to_vec()));
    let words: Vec<_> = words.iter().map(Vec::as_slice).collect();
    daemon.create(arguments.file, &words)?;
    Ok(())
}
