//! `rrd check`: whether files are valid, and recovery of damaged ones.
//!
//! The status is 0 if all files are valid and 1 if one is damaged or cannot be read. Findings that
//! are only informative (another machine's layout, bytes of another program behind the rows, a
//! journal of an earlier version) are printed but are not damage.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rrd_core::{Finding, Overwrite, check, finish_sidecar, salvage};

use crate::context::{Command, Context};
use crate::failure::{Outcome, Output, WrongUse};
use crate::options::{self, OptionSpec};
use crate::reference::Operand;

pub(crate) const COMMAND: Command = Command {
    name: "check",
    about: "tell whether files are sound, and save what can be saved of one that is not",
    usage: &[
        "check FILE|FOLDER...",
        "a folder: all files below it that end in .rrd, of which only those with findings are named",
        "a line for each impossible field: its name, its value, its offset",
        "check FILE --salvage OUT",
        "check --finish-sidecar FILE",
        "status 0: every file is sound; 1: one is damaged or cannot be read",
    ],
    options: || options::descriptions(OPTIONS),
    operands: &[Operand::Database],
    manual: include_str!("../../manual/check.md"),
    related: &["dump", "copy"],
    run,
};

#[derive(Default)]
struct CheckOptions {
    salvage: Option<PathBuf>,
    finish_sidecar: bool,
}

const OPTIONS: &[OptionSpec<CheckOptions>] = &[
    OptionSpec::value(
        None,
        "salvage",
        "OUT",
        "Write what can be saved of one file into a new one.",
        |check, file| {
            check.salvage = Some(PathBuf::from(file));
            Ok(())
        },
    ),
    OptionSpec::flag(
        None,
        "finish-sidecar",
        "Complete the change in the journal that an earlier version left beside one file.",
        |check, _| {
            check.finish_sidecar = true;
            Ok(())
        },
    ),
];

#[derive(Debug, thiserror::Error)]
#[error("no file below '{0}' ends in .rrd")]
struct NoFiles(String);

#[derive(Debug, thiserror::Error)]
#[error("reading the folder '{folder}'")]
struct UnreadableFolder {
    folder: String,
    source: io::Error,
}

#[derive(Debug, thiserror::Error)]
#[error(
    "{damaged} of {files} files are damaged: `rrd check FILE --salvage OUT` writes what can be saved"
)]
struct Damaged {
    damaged: usize,
    files: usize,
}

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let mut check = CheckOptions::default();
    let files = options::parse(arguments, OPTIONS, &mut check)?;
    let files: Vec<_> = files.into_iter().map(Path::new).collect();
    match (&files[..], check.salvage, check.finish_sidecar) {
        ([], _, _) => Err(WrongUse(
            "Usage: rrd check FILE|FOLDER... | rrd check FILE --salvage OUT | rrd check --finish-sidecar FILE",
        )
        .into()),
        (_, None, false) => check_all(&files, context),
        ([file], Some(output), false) => save(file, &output, context),
        ([file], None, true) => finish(file, context),
        (_, Some(_), true) => {
            Err(WrongUse("--salvage and --finish-sidecar exclude each other").into())
        }
        (_, Some(_), false) => Err(WrongUse("--salvage takes one file at a time").into()),
        (_, None, true) => Err(WrongUse("--finish-sidecar takes one file at a time").into()),
    }
}

fn finish(file: &Path, context: &mut Context<'_>) -> Outcome {
    finish_sidecar(file)?;
    writeln!(context.out, "{}: complete, its journal is removed", file.display())?;
    Ok(())
}

fn check_all(paths: &[&Path], context: &mut Context<'_>) -> Outcome {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = files.len();
            databases_below(path, &mut files)?;
            if files.len() == before {
                return Err(NoFiles(path.display().to_string()).into());
            }
        } else {
            files.push((path.to_path_buf(), true));
        }
    }
    let mut progress = Progress::new(files.len(), context.environment.terminal().is_some());
    let (mut damaged, mut sound) = (0, 0);
    for (file, is_named) in &files {
        progress.step(&mut context.out)?;
        let findings = check(file);
        if findings.is_empty() && *is_named {
            progress.clear(&mut context.out)?;
            writeln!(context.out, "{}: ok", file.display())?;
        }
        for finding in &findings {
            progress.clear(&mut context.out)?;
            writeln!(context.out, "{}: {finding}", file.display())?;
        }
        let is_damaged = findings.iter().any(Finding::is_damage);
        damaged += usize::from(is_damaged);
        sound += usize::from(!is_damaged && !*is_named);
    }
    progress.clear(&mut context.out)?;
    match sound {
        0 => {}
        1 => writeln!(context.out, "1 file in folders is sound")?,
        _ => writeln!(context.out, "{sound} files in folders are sound")?,
    }
    match damaged {
        0 => Ok(()),
        damaged => Err(Damaged { damaged, files: files.len() }.into()),
    }
}

/// Appends the files below a folder whose names end in `.rrd`, in the order of their names. Links
/// to folders are not followed, so that there is no circle.
fn databases_below(
    folder: &Path,
    files: &mut Vec<(PathBuf, bool)>,
) -> Result<(), UnreadableFolder> {
    let unreadable = |source| UnreadableFolder { folder: folder.display().to_string(), source };
    let mut entries = fs::read_dir(folder)
        .and_then(Iterator::collect::<io::Result<Vec<_>>>)
        .map_err(unreadable)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_type().map_err(unreadable)?.is_dir() {
            databases_below(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rrd") {
            files.push((path, false));
        }
    }
    Ok(())
}

/// A line on a terminal that counts the files that are done.
struct Progress {
    all: usize,
    done: usize,
    is_shown: bool,
    is_drawn: bool,
}

/// The count is drawn again after this many files.
const STRIDE: usize = 50;

impl Progress {
    fn new(all: usize, is_shown: bool) -> Self {
        Self { all, done: 0, is_shown: is_shown && all > STRIDE, is_drawn: false }
    }

    fn step(&mut self, out: &mut Output<'_>) -> io::Result<()> {
        if self.is_shown && self.done.is_multiple_of(STRIDE) {
            write!(out, "\r{} of {} files checked", self.done, self.all)?;
            out.flush()?;
            self.is_drawn = true;
        }
        self.done += 1;
        Ok(())
    }

    /// Makes room for another line.
    fn clear(&mut self, out: &mut Output<'_>) -> io::Result<()> {
        if self.is_drawn {
            write!(out, "\r\x1b[K")?;
            self.is_drawn = false;
        }
        Ok(())
    }
}

fn save(file: &Path, output: &Path, context: &mut Context<'_>) -> Outcome {
    let salvaged = salvage(file, output, Overwrite::No)?;
    for repair in &salvaged.repairs {
        writeln!(context.out, "{}: {repair}", file.display())?;
    }
    let (lost, output) = (salvaged.lost_values, output.display());
    writeln!(context.out, "{output}: written, {lost} values are lost")?;
    Ok(())
}
