//! `rrd export`: what files hold, as text that other engines import.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rrd_core::at_style::{self, TimeSpec, TimeSpecError};
use rrd_core::duration::{self, DurationError};
use rrd_core::{ConsolidationFunction, Step, TimeRange, Timestamp};
use rrd_graph::UnknownWord;
use rrd_graph::export::prometheus_text::legal_name;
use rrd_graph::export::{
    Described, History, HistoryError, SampleFormat, SeriesName, Spacing, Watcher, Written,
};

use super::UnknownFunction;
use super::check::{NoFiles, databases_below};
use crate::context::{Command, Context};
use crate::failure::{Failure, Outcome, Output, WrongUse, text};
use crate::options::{self, OptionSpec};
use crate::rrdtool_words;

pub(crate) const COMMAND: Command = Command {
    name: "export",
    about: "what files hold, as text that other engines import",
    usage: &[
        "export FORMAT FILE|FOLDER... [OPTION]...",
        "openmetrics: for promtool, whose blocks Prometheus, Mimir and Thanos take",
        "vm: JSON lines for /api/v1/import of VictoriaMetrics",
        "influx: the line protocol of InfluxDB",
        "csv: name, labels, time and value; jsonl: the same as JSON, one object a line",
        "a folder: all files below it that end in .rrd",
        "status 0: everything is written; 1: a file could not be read, all others are written",
    ],
    options: || options::descriptions(OPTIONS),
    run,
};

struct ExportOptions {
    start: Option<TimeSpec>,
    end: Option<TimeSpec>,
    resolution: Duration,
    functions: Vec<ConsolidationFunction>,
    period: Option<Step>,
    output: Option<PathBuf>,
    labels: Vec<(String, String)>,
    spacing: Spacing,
}

const OPTIONS: &[OptionSpec<ExportOptions>] = &[
    OptionSpec::value(
        Some('s'),
        "start",
        "TIME",
        "Start of the time range; by default that of the oldest row.",
        |export, time| {
            export.start = Some(at_style::parse(text(time)?).map_err(ExportRefusal::Start)?);
            Ok(())
        },
    ),
    OptionSpec::value(
        Some('e'),
        "end",
        "TIME",
        "End of the time range; by default now, for openmetrics now-3h.",
        |export, time| {
            export.end = Some(at_style::parse(text(time)?).map_err(ExportRefusal::End)?);
            Ok(())
        },
    ),
    OptionSpec::value(
        None,
        "step",
        "DURATION",
        "The wanted length of a row; by default the shortest of each time.",
        |export, length| {
            let length = duration::parse(text(length)?, NonZeroU64::MIN);
            export.resolution = Duration::from_secs(length.map_err(ExportRefusal::Step)?);
            Ok(())
        },
    ),
    OptionSpec::value(
        None,
        "cf",
        "CF",
        "AVERAGE by default; others are called NAME_max, NAME_min, ... May be repeated.",
        |export, name| {
            let name = text(name)?;
            let function = name.parse().map_err(|_| UnknownFunction(name.to_owned()))?;
            if !export.functions.contains(&function) {
                export.functions.push(function);
            }
            Ok(())
        },
    ),
    OptionSpec::value(
        Some('o'),
        "output",
        "PATH",
        "Write a file, or with --split files in a folder.",
        |export, path| {
            export.output = Some(PathBuf::from(path));
            Ok(())
        },
    ),
    OptionSpec::value(
        None,
        "split",
        "DURATION",
        "Write a file for each period, e.g. 31d. Complete ones are kept.",
        |export, length| {
            let length = duration::parse(text(length)?, NonZeroU64::MIN);
            let period = Step::from_seconds(length.map_err(ExportRefusal::Split)?);
            let period = period.filter(|period| period.seconds() >= SHORTEST_PERIOD);
            export.period = Some(period.ok_or(ExportRefusal::ShortPeriod)?);
            Ok(())
        },
    ),
    OptionSpec::value(
        None,
        "label",
        "NAME=VALUE",
        "Add a label to series that lack it. May be repeated.",
        |export, label| {
            let label = text(label)?;
            let wrong = || ExportRefusal::Label { label: label.to_owned() };
            let (name, value) = label.split_once('=').ok_or_else(wrong)?;
            let labels = [(name, value)];
            if value.is_empty() || !SeriesName::new("x", labels).is_legal() {
                return Err(wrong().into());
            }
            export.labels.push((name.to_owned(), value.to_owned()));
            Ok(())
        },
    ),
    OptionSpec::flag(
        None,
        "densify",
        "Repeat rows longer than 4 minutes every 4 minutes. Sums and counts are then wrong.",
        |export, _| {
            export.spacing = Spacing::Dense;
            Ok(())
        },
    ),
];

/// An hour, in seconds.
const SHORTEST_PERIOD: u64 = 3600;

#[derive(Debug, thiserror::Error)]
enum ExportRefusal {
    #[error("format")]
    Format(#[source] UnknownWord),
    #[error("start time")]
    Start(#[source] TimeSpecError),
    #[error("end time")]
    End(#[source] TimeSpecError),
    #[error("start ({start}) should be less than end ({end})")]
    Backwards { start: i64, end: i64 },
    #[error("step")]
    Step(#[source] DurationError),
    #[error("split")]
    Split(#[source] DurationError),
    #[error("split: expected 1h or longer, e.g. 31d")]
    ShortPeriod,
    #[error("--split needs the folder of its files: -o FOLDER")]
    NoFolder,
    #[error("invalid label \"{label}\": expected NAME=VALUE, the name of letters, digits and '_'")]
    Label { label: String },
    #[error("{failed} of {files} files were not exported, or not all of them")]
    Failed { failed: usize, files: usize },
}

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let mut options = ExportOptions {
        start: None,
        end: None,
        resolution: Duration::ZERO,
        functions: Vec::new(),
        period: None,
        output: None,
        labels: Vec::new(),
        spacing: Spacing::Rows,
    };
    let positional = options::parse(arguments, OPTIONS, &mut options)?;
    let [format, paths @ ..] = &positional[..] else { return Err(usage()) };
    let format: SampleFormat = text(format)?.parse().map_err(ExportRefusal::Format)?;
    if paths.is_empty() {
        return Err(usage());
    }
    if options.functions.is_empty() {
        options.functions.push(ConsolidationFunction::Average);
    }
    let mut history = History::new(format, range(&options, format, context)?)
        .resolution(options.resolution)
        .spacing(options.spacing);
    let period = options.period;
    if period.is_some() && options.output.is_none() {
        return Err(ExportRefusal::NoFolder.into());
    }
    let has_progress = options.output.is_some() && context.environment.terminal().is_some();
    let Context { out, errors, .. } = context;
    let mut shown = Shown { errors: &mut **errors, failed: 0, progress: None };
    let mut files = 0;
    for path in paths.iter().map(Path::new) {
        for (file, relative) in named_files(path)? {
            files += 1;
            let name = |source: &str| {
                let name = plain(&relative, source).with(options.labels.iter().cloned());
                Some(Described { name, help: String::new() })
            };
            if let Err(error) = history.add(&file, &options.functions, name) {
                shown.failed(&file, &error);
            }
        }
    }
    let Some(output) = &options.output else {
        let written = history.write(out, &mut shown)?;
        out.flush()?;
        return shown.end(format, written, "FILE", files);
    };
    shown.progress = has_progress.then_some(Progress { out, percent: None });
    let (written, texts) = match period {
        None => (history.write_file(output, &mut shown)?, quoted(output)),
        Some(period) => {
            let name = name_of(paths);
            let written = history.write_periods(period, output, &name, &mut shown)?;
            (written, format!("{}-*.{}", quoted(&output.join(&name)), format.ending()))
        }
    };
    shown.end(format, written, &texts, files)
}

fn usage() -> Failure {
    WrongUse("Usage: rrd export openmetrics|vm|influx|csv|jsonl FILE|FOLDER... [OPTION]...").into()
}

/// The range from start to end. Prometheus takes no blocks that overlap the newest hours, which it
/// has in memory.
fn range(
    options: &ExportOptions,
    format: SampleFormat,
    context: &Context<'_>,
) -> Result<TimeRange, Failure> {
    let default = if format == SampleFormat::OpenMetrics { "now-3h" } else { "now" };
    let end = match &options.end {
        Some(end) => end.clone(),
        None => at_style::parse(default).map_err(ExportRefusal::End)?,
    };
    let (now, zone) = (context.environment.now(), context.environment.zone());
    let range = match &options.start {
        Some(start) => at_style::resolve_pair(start, &end, now, zone)?,
        None => TimeRange::new(Timestamp::from_seconds(0), end.resolve(now, zone)?),
    };
    if range.end <= range.start {
        let (start, end) = (range.start.seconds(), range.end.seconds());
        return Err(ExportRefusal::Backwards { start, end }.into());
    }
    Ok(range)
}

/// The files that an argument names, each with its path below the folder.
fn named_files(path: &Path) -> Result<Vec<(PathBuf, PathBuf)>, Failure> {
    let name = path.file_name().map(PathBuf::from).unwrap_or_default();
    if !path.is_dir() {
        return Ok(vec![(path.to_owned(), name)]);
    }
    let mut files = Vec::new();
    databases_below(path, &mut files)?;
    if files.is_empty() {
        return Err(NoFiles(path.display().to_string()).into());
    }
    let relative = |file: &PathBuf| file.strip_prefix(path).unwrap_or(file).to_owned();
    Ok(files.into_iter().map(|(file, _)| (file.clone(), relative(&file))).collect())
}

/// A series is called by the path of its file and its data source.
fn plain(file: &Path, source: &str) -> SeriesName {
    let path = file.with_extension("").to_string_lossy().replace('/', "_");
    let name = format!("rrd_{path}_{source}").replace(':', "_");
    SeriesName::new(legal_name(&name), [("", ""); 0])
}

/// What files of periods are called: as the only argument.
fn name_of(paths: &[&OsStr]) -> String {
    let name = match paths {
        [path] => Path::new(path).canonicalize().ok(),
        _ => None,
    };
    let stem = name.as_deref().and_then(Path::file_stem);
    stem.map_or("history".into(), OsStr::to_string_lossy).into_owned()
}

/// A path as a word of a shell.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if path.chars().all(is_plain) { path } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

/// Shows what happens.
struct Shown<'a, 'o> {
    errors: &'a mut dyn Write,
    failed: usize,
    progress: Option<Progress<'a, 'o>>,
}

/// A line on a terminal.
struct Progress<'a, 'o> {
    out: &'a mut Output<'o>,
    /// What it shows.
    percent: Option<usize>,
}

impl Shown<'_, '_> {
    /// Says what was written, and what to do with it.
    fn end(mut self, format: SampleFormat, written: Written, texts: &str, files: usize) -> Outcome {
        self.clear();
        let Written { samples, kept, .. } = written;
        let kept =
            if kept > 0 { format!(", {kept} complete files were kept") } else { String::new() };
        let make = "promtool tsdb create-blocks-from --max-block-duration=744h openmetrics";
        let next = match format {
            SampleFormat::OpenMetrics if texts.ends_with("-*.om") => {
                format!("for file in {texts}; do {make} \"$file\" BLOCKS; done\n")
            }
            SampleFormat::OpenMetrics => format!("{make} {texts} BLOCKS\n"),
            _ => String::new(),
        };
        // If the stream is closed, nobody can read it.
        drop(write!(self.errors, "{samples} samples{kept}\n{next}"));
        match self.failed {
            0 => Ok(()),
            failed => Err(ExportRefusal::Failed { failed, files }.into()),
        }
    }

    /// Makes room for another line.
    fn clear(&mut self) {
        if let Some(progress) = &mut self.progress
            && progress.percent.take().is_some()
        {
            // The output remembers its first error.
            drop(write!(progress.out, "\r\x1b[K").and_then(|()| progress.out.flush()));
        }
    }
}

impl Watcher for Shown<'_, '_> {
    fn failed(&mut self, file: &Path, error: &HistoryError) {
        self.clear();
        self.failed += 1;
        let reason = match error {
            HistoryError::Open(error) => rrdtool_words::reason(error),
            HistoryError::Fetch(error) => rrdtool_words::reason(error),
            error => rrdtool_words::reason(error),
        };
        drop(writeln!(self.errors, "{}: {reason}", file.display()));
    }

    fn progress(&mut self, done: usize, all: usize) {
        let percent = done * 100 / all.max(1);
        if let Some(progress) = &mut self.progress
            && progress.percent != Some(percent)
        {
            progress.percent = Some(percent);
            let out = &mut *progress.out;
            drop(write!(out, "\r{percent} % written").and_then(|()| out.flush()));
        }
    }
}
