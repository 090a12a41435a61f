//! `rrd first`: the time of the oldest row of an archive.

use std::ffi::OsString;
use std::path::Path;

use rrd_core::{Head, RrdReader};

use crate::context::{Command, Context};
use crate::failure::{Failure, Outcome, WrongUse, text};
use crate::leading_number::leading_integer;
use crate::moment::{self, Moment};
use crate::options::{Rule, Word, words};

pub(crate) const COMMAND: Command = Command {
    name: "first",
    about: "the time of the oldest row of an archive",
    synopsis: &["first FILE [--rraindex N] [--daemon|-d ADDRESS]"],
    run,
};

#[derive(Clone, Copy)]
enum Means {
    Archive,
    Daemon,
}

const RULES: [Rule<Means>; 2] = [
    Rule::value(None, "rraindex", Means::Archive),
    Rule::value(Some('d'), "daemon", Means::Daemon),
];

#[derive(Debug, thiserror::Error)]
#[error("invalid rraindex number")]
struct NoSuchArchive;

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    moment::print(find(arguments, context), context)
}

fn find(arguments: &[OsString], context: &Context<'_>) -> Result<Moment, Failure> {
    let mut archive = 0;
    let mut address = None;
    let mut files = Vec::new();
    for word in words(arguments, &RULES) {
        match word? {
            Word::Option(Means::Archive, value) => archive = leading_integer(text(value)?),
            Word::Option(Means::Daemon, value) => address = Some(value),
            Word::Positional(file) => files.push(Path::new(file)),
        }
    }
    let Some(file) = files.first().copied() else {
        return Err(WrongUse(
            "usage rrdtool first [--rraindex number] [--daemon|-d <addr>] file.rrd",
        )
        .into());
    };
    moment::ask(
        context,
        address,
        |daemon| daemon.first(file, archive),
        || {
            let reader = RrdReader::open(file)?;
            Ok(oldest_row(reader.head(), archive).ok_or(NoSuchArchive)?)
        },
    )
}

/// When the oldest row of an archive ends; `None` if there is no such archive.
fn oldest_row(head: &Head, archive: i64) -> Option<i64> {
    let archive = head.schema.archives().get(usize::try_from(archive).ok()?)?;
    let row = archive.points_per_row().checked_mul(head.schema.step().seconds())?;
    let row = i64::try_from(row).ok()?;
    let rows = i64::try_from(archive.rows).ok()?;
    let last = head.live.last_update.seconds();
    last.checked_sub(last % row)?.checked_sub((rows - 1).checked_mul(row)?)
}
