//! `rrd rewind`: takes back what was written while a clock was ahead.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

use rrd_core::at_style::{self, TimeSpecError};
use rrd_core::{Head, Locking, Rewound, Rrd, Timestamp, WriteOptions};

use super::first::oldest_row;
use crate::context::{Command, Context};
use crate::failure::{Failure, Outcome, WrongUse, text};
use crate::locking;
use crate::reference::Operand;

pub(crate) const COMMAND: Command = Command {
    name: "rewind",
    about: "take a file back to an earlier time, after a clock that was ahead",
    usage: &["rewind FILE [TIME]"],
    options: Vec::new,
    operands: &[Operand::Database, Operand::Other],
    manual: include_str!("../../manual/rewind.md"),
    related: &["last"],
    run,
};

#[derive(Debug, thiserror::Error)]
enum RewindRefusal {
    #[error("invalid time")]
    Time(#[source] TimeSpecError),
    #[error(
        "no row ends before {to}, so that none would be left: expected at least {oldest}, the end of the oldest row; a new file is made with `rrd create`"
    )]
    NothingLeft { to: i64, oldest: i64 },
}

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let (file, time) = match arguments {
        [file] => (file, None),
        [file, time] => (file, Some(time)),
        _ => return Err(WrongUse("Usage: rrd rewind FILE [TIME]").into()),
    };
    let now = context.environment.now();
    let to = match time {
        Some(time) => {
            let time = at_style::parse(text(time)?).map_err(RewindRefusal::Time)?;
            time.resolve(now, context.environment.zone())?
        }
        None => now,
    };
    let usual = locking::usual(context);
    let rewound =
        locking::waiting(usual, context, |mode, _| rewind(Path::new(file), to, now, mode))?;
    let (from, to) = (rewound.from.seconds(), to.seconds());
    if from <= to {
        writeln!(context.out, "unchanged: the last update, {from}, is not after {to}")?;
    } else {
        let rows = rewound.rows;
        writeln!(context.out, "removed {rows} rows: the last update was {from} and is now {to}")?;
    }
    Ok(())
}

/// Refuses a time before all rows if the present is not: it is mistyped, and would empty the file.
fn rewind(file: &Path, to: Timestamp, now: Timestamp, mode: Locking) -> Result<Rewound, Failure> {
    let mut rrd = Rrd::open_with(file, WriteOptions::new().locking(mode))?;
    let to_seconds = to.seconds();
    if let Some(oldest) = oldest_of_all(rrd.head())
        && (to_seconds..now.seconds()).contains(&(oldest - 1))
    {
        return Err(RewindRefusal::NothingLeft { to: to_seconds, oldest }.into());
    }
    Ok(rrd.rewind(to)?)
}

/// The end of the oldest row of all archives.
fn oldest_of_all(head: &Head) -> Option<i64> {
    (0..).map_while(|archive| oldest_row(head, archive)).min()
}
