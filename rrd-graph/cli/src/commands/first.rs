//! `rrd first`: the time of the oldest row of an archive.

use std::ffi::OsString;
use std::path::Path;

use rrd_core::{Head, RrdReader};

use crate::context::{Command, Context};
use crate::failure::{Failure, Outcome, text};
use crate::leading_number::leading_integer;
use crate::moment::{self, Moment};
use crate::options::{self, OptionSpec};
use crate::reference::Operand;

pub(crate) const COMMAND: Command = Command {
    name: "first",
    about: "print the time of the oldest row of an archive",
    usage: &["first FILE [OPTION]..."],
    options: || options::descriptions(OPTIONS),
    operands: &[Operand::Database],
    manual: include_str!("../../manual/first.md"),
    related: &["last", "info"],
    run,
};

#[derive(Default)]
struct FirstOptions {
    archive: i64,
    daemon: Option<OsString>,
}

const OPTIONS: &[OptionSpec<FirstOptions>] = &[
    OptionSpec::value(
        None,
        "rraindex",
        "N",
        "The number of the archive, 0 by default.",
        |first, number| {
            first.archive = leading_integer(text(number)?);
            Ok(())
        },
    ),
    OptionSpec::daemon(|first, address| {
        first.daemon = Some(address.to_owned());
        Ok(())
    }),
];

#[derive(Debug, thiserror::Error)]
#[error("invalid rraindex number")]
struct NoSuchArchive;

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    moment::print(find(arguments, context), context)
}

/// The time of the oldest row.
pub(crate) fn find(arguments: &[OsString], context: &Context<'_>) -> Result<Moment, Failure> {
    let mut options = FirstOptions::default();
    let files = options::parse(arguments, OPTIONS, &mut options)?;
    let Some(file) = files.first() else {
        let after = " [--rraindex number] [--daemon|-d <addr>] file.rrd";
        return Err(context.usage("usage ", "first", after));
    };
    let (file, archive) = (Path::new(file), options.archive);
    moment::ask(
        context,
        options.daemon.as_deref(),
        |daemon| daemon.first(file, archive),
        || {
            let reader = RrdReader::open(file)?;
            Ok(oldest_row(reader.head(), archive).ok_or(NoSuchArchive)?)
        },
    )
}

/// The end of the oldest row of an archive; `None` if there is no such archive.
pub(super) fn oldest_row(head: &Head, archive: i64) -> Option<i64> {
    Some(head.oldest_row(usize::try_from(archive).ok()?)?.seconds())
}
