//! `rrd last`: the time of the last update.

use std::ffi::OsString;
use std::path::Path;

use rrd_core::RrdReader;

use crate::context::{Command, Context};
use crate::failure::{Failure, Outcome};
use crate::moment::{self, Moment};
use crate::options::{self, OptionSpec};
use crate::reference::Operand;

pub(crate) const COMMAND: Command = Command {
    name: "last",
    about: "print the time of the last update",
    usage: &["last FILE [OPTION]..."],
    options: || options::descriptions(OPTIONS),
    operands: &[Operand::Database],
    manual: include_str!("../../manual/last.md"),
    related: &["first", "lastupdate"],
    run,
};

const OPTIONS: &[OptionSpec<Option<OsString>>] = &[OptionSpec::daemon(|daemon, address| {
    *daemon = Some(address.to_owned());
    Ok(())
})];

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    moment::print(find(arguments, context), context)
}

/// The time of the last update.
pub(crate) fn find(arguments: &[OsString], context: &Context<'_>) -> Result<Moment, Failure> {
    let mut daemon = None;
    let files = options::parse(arguments, OPTIONS, &mut daemon)?;
    let [file] = files[..] else {
        return Err(context.usage("Usage: ", "last", " [--daemon|-d <addr>] <file>"));
    };
    let file = Path::new(file);
    moment::ask(
        context,
        daemon.as_deref(),
        |daemon| daemon.last(file),
        || Ok(RrdReader::open(file)?.last_update().seconds()),
    )
}
