//! `rrd tune`: changes of a file, in place or of its shape.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rrd_core::{Change, Reshape, Rrd, TuneOption, Tuning, WriteOptions};

use crate::context::{Command, Context};
use crate::failure::{Failure, Outcome, WrongUse, text};
use crate::locking;
use crate::options::{Rule, Word, words};
use crate::rrdcached::{Daemon, DaemonError};

pub(crate) const COMMAND: Command = Command {
    name: "tune",
    about: "other limits, names, parameters, sources, archives for a file",
    synopsis: &[
        "tune FILE",
        "[--heartbeat|-h NAME:SECONDS] [--minimum|-i NAME:MIN] [--maximum|-a NAME:MAX]",
        "[--data-source-type|-d NAME:TYPE] [--data-source-rename|-r OLD:NEW]",
        "[--deltapos|-p N] [--deltaneg|-n N] [--window-length|-w N] [--failure-threshold|-f N]",
        "[--alpha|-x N] [--beta|-y N] [--gamma|-z N] [--gamma-deviation|-v N]",
        "[--smoothing-window|-s N] [--smoothing-window-deviation|-S N] [--aberrant-reset|-b NAME]",
        "[--step|-t SECONDS] [--daemon|-D ADDRESS]",
        "[DEL:NAME] [DS:...] [DELRRA:N] [RRA:...] [RRA#N:+ROWS|-ROWS|=ROWS]",
    ],
    run,
};

#[derive(Clone, Copy)]
enum Means {
    Change(TuneOption),
    Step,
    Daemon,
}

/// The letter says again what was said, to a daemon.
type Lettered = (char, Means);

const fn rule(letter: char, long: &'static str, means: Means) -> Rule<Lettered> {
    Rule::value(Some(letter), long, (letter, means))
}

const RULES: [Rule<Lettered>; 18] = [
    rule('h', "heartbeat", Means::Change(TuneOption::Heartbeat)),
    rule('i', "minimum", Means::Change(TuneOption::Minimum)),
    rule('a', "maximum", Means::Change(TuneOption::Maximum)),
    rule('d', "data-source-type", Means::Change(TuneOption::Rate)),
    rule('r', "data-source-rename", Means::Change(TuneOption::Rename)),
    rule('p', "deltapos", Means::Change(TuneOption::DeltaPositive)),
    rule('n', "deltaneg", Means::Change(TuneOption::DeltaNegative)),
    rule('f', "failure-threshold", Means::Change(TuneOption::FailureThreshold)),
    rule('w', "window-length", Means::Change(TuneOption::FailureWindow)),
    rule('x', "alpha", Means::Change(TuneOption::Alpha)),
    rule('y', "beta", Means::Change(TuneOption::Beta)),
    rule('z', "gamma", Means::Change(TuneOption::Gamma)),
    rule('v', "gamma-deviation", Means::Change(TuneOption::GammaDeviation)),
    rule('s', "smoothing-window", Means::Change(TuneOption::SmoothingWindow)),
    rule('S', "smoothing-window-deviation", Means::Change(TuneOption::SmoothingWindowDeviation)),
    rule('b', "aberrant-reset", Means::Change(TuneOption::AberrantReset)),
    rule('t', "step", Means::Step),
    rule('D', "daemon", Means::Daemon),
];

#[derive(Debug, thiserror::Error)]
#[error("Cannot connect to daemon")]
struct Unreachable(#[source] DaemonError);

/// A command line as typed.
struct Said<'a> {
    file: &'a Path,
    options: Vec<(Lettered, &'a OsStr)>,
    structure: Vec<&'a OsStr>,
    daemon: Option<&'a OsStr>,
}

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let said = read(arguments)?;
    match context.world.daemon(said.daemon).map_err(Unreachable)? {
        Some(daemon) => by_daemon(&said, daemon, context),
        None => here(&said, context),
    }
}

fn read(arguments: &[OsString]) -> Result<Said<'_>, Failure> {
    let mut options = Vec::new();
    let mut daemon = None;
    let mut positional = Vec::new();
    for word in words(arguments, &RULES) {
        match word? {
            Word::Option((_, Means::Daemon), value) => daemon = Some(value),
            Word::Option(means, value) => options.push((means, value)),
            Word::Positional(value) => positional.push(value),
        }
    }
    match positional.split_first() {
        Some((&file, structure)) => {
            let (file, structure) = (Path::new(file), structure.to_vec());
            Ok(Said { file, options, structure, daemon })
        }
        None => Err(WrongUse("missing file name").into()),
    }
}

fn here(said: &Said<'_>, context: &mut Context<'_>) -> Outcome {
    let options = WriteOptions::new().locking(locking::usual(context));
    let mut rrd = Rrd::open_with(said.file, options)?;
    let mut tuning = Tuning::new();
    let mut shape = Reshape::new();
    for &((_, means), value) in &said.options {
        match means {
            Means::Change(option) => {
                tuning = tuning.change(Change::from_option(option, text(value)?)?);
            }
            Means::Step => shape = shape.step_argument(text(value)?),
            Means::Daemon => {}
        }
    }
    for argument in &said.structure {
        shape = shape.argument(text(argument)?)?;
    }
    tuning.reshape(shape).apply(&mut rrd)?;
    Ok(())
}

fn by_daemon(said: &Said<'_>, mut daemon: Daemon, context: &mut Context<'_>) -> Outcome {
    daemon.flush(said.file)?;
    let options = said.options.iter().map(|((letter, _), value)| (format!("-{letter}"), *value));
    let options: Vec<_> = options.collect();
    let mut words: Vec<&[u8]> = Vec::new();
    for (option, value) in &options {
        words.extend([option.as_bytes(), value.as_bytes()]);
    }
    // Behind this mark nothing is an option, whatever it begins with.
    words.push(b"--");
    let structure: Vec<_> = said.structure.iter().map(|argument| argument.as_bytes()).collect();
    match daemon.tune(said.file, &words, &structure) {
        // Daemons before RRDtool 1.9 leave it to us.
        Err(error) if error.is_unknown_command() && !daemon.is_remote() => here(said, context)?,
        result => result?,
    }
    daemon.forget(said.file)?;
    Ok(())
}
