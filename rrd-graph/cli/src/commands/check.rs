//! `rrd check`: whether files are valid, and recovery of damaged ones.
//!
//! The status is 0 if all files are valid and 1 if one is damaged or cannot be read. Findings that
//! are only informative (another machine's layout, bytes of another program behind the rows, a
//! journal of an earlier version) are printed but are not damage.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use rrd_core::{Finding, Overwrite, check, finish_sidecar, salvage};

use crate::context::{Command, Context};
use crate::failure::{Outcome, WrongUse};
use crate::options::{self, OptionSpec};

pub(crate) const COMMAND: Command = Command {
    name: "check",
    about: "whether files are sound; what can be saved of one that is not",
    usage: &[
        "check FILE...",
        "a line for each impossible field: its name, its value, its offset",
        "check FILE --salvage OUT",
        "check --finish-sidecar FILE",
        "status 0: every file is sound; 1: one is damaged or cannot be read",
    ],
    options: || options::descriptions(OPTIONS),
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
            "Usage: rrd check FILE... [--salvage OUT] | rrd check --finish-sidecar FILE",
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

fn check_all(files: &[&Path], context: &mut Context<'_>) -> Outcome {
    let mut damaged = 0;
    for file in files {
        let findings = check(file);
        if findings.is_empty() {
            writeln!(context.out, "{}: ok", file.display())?;
        }
        for finding in &findings {
            writeln!(context.out, "{}: {finding}", file.display())?;
        }
        damaged += usize::from(findings.iter().any(Finding::is_damage));
    }
    match damaged {
        0 => Ok(()),
        damaged => Err(Damaged { damaged, files: files.len() }.into()),
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
