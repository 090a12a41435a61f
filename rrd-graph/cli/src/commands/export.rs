//! `rrd export`: what files hold, as text that other engines import.

use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rrd_graph::export::tree::{Tree, TreeKind, TreeSeries};
use rrd_graph::export::{
    Described, HistoryError, HistoryRequest, SampleFormat, SeriesName, Spacing, Watcher,
};

use crate::context::{Command, Context};
use crate::failure::{Failure, Outcome, Output, WrongUse, text};
use crate::options::{self, OptionSpec};
use crate::reference::Operand;
use crate::rrdtool_words;

pub(crate) const COMMAND: Command = Command {
    name: "export",
    about: "print what files hold, as text that other engines import",
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
    operands: &[Operand::Words(SampleFormat::WORDS), Operand::Database],
    manual: include_str!("../../manual/export.md"),
    related: &["xport", "dump"],
    run,
};

#[derive(Default)]
struct ExportOptions {
    request: HistoryRequest,
    tree: Option<TreeKind>,
}

const OPTIONS: &[OptionSpec<ExportOptions>] = &[
    OptionSpec::value(
        Some('s'),
        "start",
        "TIME",
        "Start of the time range; by default that of the oldest row.",
        |export, time| Ok(export.request.set_start(text(time)?)?),
    ),
    OptionSpec::value(
        Some('e'),
        "end",
        "TIME",
        "End of the time range; by default now, for openmetrics now-3h.",
        |export, time| Ok(export.request.set_end(text(time)?)?),
    ),
    OptionSpec::value(
        None,
        "step",
        "DURATION",
        "The wanted length of a row; by default the shortest of each time.",
        |export, length| Ok(export.request.set_step(text(length)?)?),
    ),
    OptionSpec::value(
        None,
        "cf",
        "CF",
        "AVERAGE by default; others are called NAME_max, NAME_min, ... May be repeated.",
        |export, name| Ok(export.request.add_function(text(name)?)?),
    ),
    OptionSpec::value(
        Some('o'),
        "output",
        "PATH",
        "Write a file, or with --split files in a folder.",
        |export, path| {
            export.request.output = Some(PathBuf::from(path));
            Ok(())
        },
    ),
    OptionSpec::value(
        None,
        "split",
        "DURATION",
        "Write a file for each period, e.g. 31d. Complete ones are kept.",
        |export, length| Ok(export.request.set_period(text(length)?)?),
    ),
    OptionSpec::value(
        None,
        "tree",
        "collectd|munin|plain",
        "Whose folder it is, which decides what series are called; plain by default.",
        |export, kind| {
            export.tree = Some(text(kind)?.parse()?);
            Ok(())
        },
    ),
    OptionSpec::value(
        None,
        "label",
        "NAME=VALUE",
        "Add a label to series that lack it. May be repeated.",
        |export, label| Ok(export.request.add_label(text(label)?)?),
    ),
    OptionSpec::flag(
        None,
        "densify",
        "Repeat rows longer than 4 minutes every 4 minutes. Sums and counts are then wrong.",
        |export, _| {
            export.request.spacing = Spacing::Dense;
            Ok(())
        },
    ),
];

#[derive(Debug, thiserror::Error)]
#[error("no file below these folders ends in .rrd")]
struct NoFiles;

#[derive(Debug, thiserror::Error)]
#[error("{failed} of {files} files were not exported, or not all of them")]
struct NotAll {
    failed: usize,
    files: usize,
}

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let mut options = ExportOptions::default();
    let positional = options::parse(arguments, OPTIONS, &mut options)?;
    let [format, paths @ ..] = &positional[..] else { return Err(usage()) };
    let format: SampleFormat = text(format)?.parse()?;
    if paths.is_empty() {
        return Err(usage());
    }
    let ExportOptions { request, tree } = options;
    let texts = request.files()?;
    let (now, zone) = (context.environment.now(), context.environment.zone());
    let mut history = request.history(format, now, zone)?;
    let has_progress = context.environment.terminal().is_some();
    let Context { out, errors, .. } = context;
    let mut shown = Shown { errors: &mut **errors, failed: 0, progress: None };
    let mut files = 0;
    let name = name_of(paths);
    for path in paths.iter().map(Path::new) {
        let tree = match Tree::read(path, tree.unwrap_or(TreeKind::Plain), usize::MAX) {
            Ok(tree) => tree,
            Err(fault) => Tree { faults: vec![fault], ..Tree::default() },
        };
        for fault in &tree.faults {
            files += 1;
            shown.left_out(fault);
        }
        for (file, names) in by_file(tree) {
            files += 1;
            let name = |source: &str| {
                let name = request.labelled(names.get(source)?.clone());
                Some(Described { name, help: String::new() })
            };
            if let Err(error) = history.add(&file, request.functions(), name) {
                shown.failed(&error);
            }
        }
    }
    if files == 0 {
        return Err(NoFiles.into());
    }
    let written = match texts {
        None => {
            let written = history.write(out, &mut shown)?;
            out.flush()?;
            written
        }
        Some(texts) => {
            shown.progress = has_progress.then_some(Progress { out, percent: None });
            history.write_files(texts, &name, &mut shown)?
        }
    };
    shown.clear();
    // If the stream is closed, nobody can read it.
    drop(shown.errors.write_all(written.report(format, texts, &name).as_bytes()));
    match shown.failed {
        0 => Ok(()),
        failed => Err(NotAll { failed, files }.into()),
    }
}

fn usage() -> Failure {
    WrongUse("Usage: rrd export openmetrics|vm|influx|csv|jsonl FILE|FOLDER... [OPTION]...").into()
}

/// What the series of each file are called, by their sources.
fn by_file(tree: Tree) -> BTreeMap<Arc<Path>, BTreeMap<String, SeriesName>> {
    let mut files: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for TreeSeries { name, file, source } in tree.series {
        files.entry(file).or_default().insert(source, name);
    }
    files
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
    /// Makes room for another line.
    fn clear(&mut self) {
        if let Some(progress) = &mut self.progress
            && progress.percent.take().is_some()
        {
            // The output remembers its first error.
            drop(write!(progress.out, "\r\x1b[K").and_then(|()| progress.out.flush()));
        }
    }

    /// Says what is left out.
    fn left_out(&mut self, fault: &(dyn Error + 'static)) {
        self.clear();
        self.failed += 1;
        drop(writeln!(self.errors, "{}", rrdtool_words::reason(fault)));
    }
}

impl Watcher for Shown<'_, '_> {
    fn failed(&mut self, error: &HistoryError) {
        self.left_out(error);
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
