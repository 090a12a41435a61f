//! `rrd tune`: changes to a file, in place or in its structure.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rrd_core::{Change, Locking, Reshape, Rrd, TuneOption, Tuning, WriteOptions};

use crate::context::{Command, Context};
use crate::failure::{Failure, Outcome, WrongUse, text};
use crate::locking;
use crate::options::{self, OptionSpec};
use crate::reference::Operand;
use crate::rrdcached::Reached;

pub(crate) const COMMAND: Command = Command {
    name: "tune",
    about: "change limits, names, parameters, sources and archives of a file",
    usage: &[
        "tune FILE [OPTION]... [DEL:NAME] [DS:...] [DELRRA:N] [RRA:...] [RRA#N:+ROWS|-ROWS|=ROWS]",
    ],
    options: || options::descriptions(OPTIONS),
    operands: &[
        Operand::Database,
        Operand::Beginnings(&["DS:", "DEL:", "RRA:", "DELRRA:", "RRA#"]),
    ],
    manual: include_str!("../../manual/tune.md"),
    related: &["create", "resize", "info"],
    run,
};

#[derive(Default)]
struct TuneOptions {
    /// In the order of the command line.
    changes: Vec<Typed>,
    daemon: Option<OsString>,
}

/// An option as typed, to hand it on to rrdcached.
struct Typed {
    letter: char,
    meaning: Meaning,
    value: OsString,
}

#[derive(Clone, Copy)]
enum Meaning {
    Change(TuneOption),
    Step,
}

impl TuneOptions {
    #[expect(clippy::unnecessary_wraps, reason = "options end with it")]
    fn change(&mut self, letter: char, option: TuneOption, value: &OsStr) -> Outcome {
        let (meaning, value) = (Meaning::Change(option), value.to_owned());
        self.changes.push(Typed { letter, meaning, value });
        Ok(())
    }
}

const OPTIONS: &[OptionSpec<TuneOptions>] = &[
    OptionSpec::value(
        Some('h'),
        "heartbeat",
        "NAME:SECONDS",
        "How long a data source may be silent before it is unknown.",
        |tune, value| tune.change('h', TuneOption::Heartbeat, value),
    ),
    OptionSpec::value(
        Some('i'),
        "minimum",
        "NAME:MIN",
        "The least valid value of a data source.",
        |tune, value| tune.change('i', TuneOption::Minimum, value),
    ),
    OptionSpec::value(
        Some('a'),
        "maximum",
        "NAME:MAX",
        "The greatest valid value of a data source.",
        |tune, value| tune.change('a', TuneOption::Maximum, value),
    ),
    OptionSpec::value(
        Some('d'),
        "data-source-type",
        "NAME:TYPE",
        "The type of a data source.",
        |tune, value| tune.change('d', TuneOption::Rate, value),
    ),
    OptionSpec::value(
        Some('r'),
        "data-source-rename",
        "OLD:NEW",
        "Rename a data source.",
        |tune, value| tune.change('r', TuneOption::Rename, value),
    ),
    OptionSpec::value(
        Some('p'),
        "deltapos",
        "N",
        "Deviations above the prediction that count as a failure.",
        |tune, value| tune.change('p', TuneOption::DeltaPositive, value),
    ),
    OptionSpec::value(
        Some('n'),
        "deltaneg",
        "N",
        "Deviations below the prediction that count as a failure.",
        |tune, value| tune.change('n', TuneOption::DeltaNegative, value),
    ),
    OptionSpec::value(
        Some('f'),
        "failure-threshold",
        "N",
        "Violations within the window that make a failure.",
        |tune, value| tune.change('f', TuneOption::FailureThreshold, value),
    ),
    OptionSpec::value(
        Some('w'),
        "window-length",
        "N",
        "Rows in the window that violations are counted in.",
        |tune, value| tune.change('w', TuneOption::FailureWindow, value),
    ),
    OptionSpec::value(
        Some('x'),
        "alpha",
        "N",
        "How fast the baseline adapts, from 0 to 1.",
        |tune, value| tune.change('x', TuneOption::Alpha, value),
    ),
    OptionSpec::value(
        Some('y'),
        "beta",
        "N",
        "How fast the slope adapts, from 0 to 1.",
        |tune, value| tune.change('y', TuneOption::Beta, value),
    ),
    OptionSpec::value(
        Some('z'),
        "gamma",
        "N",
        "How fast the seasonal coefficients adapt, from 0 to 1.",
        |tune, value| tune.change('z', TuneOption::Gamma, value),
    ),
    OptionSpec::value(
        Some('v'),
        "gamma-deviation",
        "N",
        "How fast the seasonal deviations adapt, from 0 to 1.",
        |tune, value| tune.change('v', TuneOption::GammaDeviation, value),
    ),
    OptionSpec::value(
        Some('s'),
        "smoothing-window",
        "N",
        "Share of the season that its coefficients are smoothed over.",
        |tune, value| tune.change('s', TuneOption::SmoothingWindow, value),
    ),
    OptionSpec::value(
        Some('S'),
        "smoothing-window-deviation",
        "N",
        "Share of the season that its deviations are smoothed over.",
        |tune, value| tune.change('S', TuneOption::SmoothingWindowDeviation, value),
    ),
    OptionSpec::value(
        Some('b'),
        "aberrant-reset",
        "NAME",
        "Reset the detection of aberrant behaviour for a data source.",
        |tune, value| tune.change('b', TuneOption::AberrantReset, value),
    ),
    OptionSpec::value(
        Some('t'),
        "step",
        "SECONDS",
        "A new step; the rows are converted.",
        |tune, value| {
            let (meaning, value) = (Meaning::Step, value.to_owned());
            tune.changes.push(Typed { letter: 't', meaning, value });
            Ok(())
        },
    ),
    OptionSpec::value(
        Some('D'),
        "daemon",
        "ADDRESS",
        "Let the rrdcached at this address change the file.",
        |tune, address| {
            tune.daemon = Some(address.to_owned());
            Ok(())
        },
    ),
];

#[derive(Debug, thiserror::Error)]
#[error("Cannot connect to daemon")]
struct Unreachable;

struct Arguments<'a> {
    file: &'a Path,
    structure: &'a [&'a OsStr],
    changes: &'a [Typed],
}

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let mut options = TuneOptions::default();
    let positional = options::parse(arguments, OPTIONS, &mut options)?;
    let Some((file, structure)) = positional.split_first() else {
        return Err(WrongUse("missing file name").into());
    };
    let arguments = Arguments { file: Path::new(file), structure, changes: &options.changes };
    match context.environment.daemon(options.daemon.as_deref()).map_err(|_| Unreachable)? {
        Some(daemon) => by_daemon(&arguments, daemon, context),
        None => here(&arguments, context),
    }
}

fn here(arguments: &Arguments<'_>, context: &mut Context<'_>) -> Outcome {
    let usual = locking::usual(context);
    locking::waiting(usual, context, |mode, _| change(arguments, mode))
}

fn change(arguments: &Arguments<'_>, mode: Locking) -> Outcome {
    let mut rrd = Rrd::open_with(arguments.file, WriteOptions::new().locking(mode))?;
    tuning(arguments.changes, arguments.structure)?.apply(&mut rrd)?;
    Ok(())
}

/// The changes that a command line asks for, whose first word is `tune`. Its file is not looked at.
///
/// # Errors
///
/// What `tune` prints.
pub fn tuning_of(words: &[OsString]) -> Result<Tuning, String> {
    let parse = || {
        let mut options = TuneOptions::default();
        let positional = options::parse(words.get(1..).unwrap_or_default(), OPTIONS, &mut options)?;
        let structure = positional.get(1..).ok_or(WrongUse("missing file name"))?;
        tuning(&options.changes, structure)
    };
    parse().map_err(|failure: Failure| failure.reason())
}

fn tuning(changes: &[Typed], structure: &[&OsStr]) -> Result<Tuning, Failure> {
    let mut tuning = Tuning::new();
    let mut shape = Reshape::new();
    for Typed { meaning, value, .. } in changes {
        match *meaning {
            Meaning::Change(option) => {
                tuning = tuning.change(Change::from_option(option, text(value)?)?);
            }
            Meaning::Step => shape = shape.step_argument(text(value)?),
        }
    }
    for argument in structure {
        shape = shape.argument(text(argument)?)?;
    }
    Ok(tuning.reshape(shape))
}

fn by_daemon(arguments: &Arguments<'_>, mut daemon: Reached, context: &mut Context<'_>) -> Outcome {
    daemon.flush(arguments.file)?;
    let changes = arguments.changes.iter();
    let options: Vec<_> =
        changes.map(|typed| (format!("-{}", typed.letter), &typed.value)).collect();
    let mut words: Vec<&[u8]> = Vec::new();
    for (option, value) in &options {
        words.extend([option.as_bytes(), value.as_bytes()]);
    }
    // After this mark nothing is an option.
    words.push(b"--");
    let structure: Vec<_> =
        arguments.structure.iter().map(|argument| argument.as_bytes()).collect();
    match daemon.tune(arguments.file, &words, &structure) {
        // Daemons before RRDtool 1.9 do not support it.
        Err(error) if error.is_unknown_command() && !daemon.is_remote() => {
            here(arguments, context)?;
        }
        result => result?,
    }
    daemon.forget(arguments.file)?;
    Ok(())
}
