//! `rrd last`: the time of the last update.

use std::ffi::OsString;
use std::path::Path;

use rrd_core::RrdReader;

use crate::context::{Command, Context};
use crate::failure::{Failure, Outcome, WrongUse};
use crate::moment::{self, Moment};
use crate::options::{Rule, Word, words};

pub(crate) const COMMAND: Command = Command {
    name: "last",
    about: "the time of the last update",
    synopsis: &["last FILE [--daemon|-d ADDRESS]"],
    run,
};

const RULES: [Rule<()>; 1] = [Rule::value(Some('d'), "daemon", ())];

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    moment::print(find(arguments, context), context)
}

fn find(arguments: &[OsString], context: &Context<'_>) -> Result<Moment, Failure> {
    let mut address = None;
    let mut files = Vec::new();
    for word in words(arguments, &RULES) {
        match word? {
            Word::Option((), value) => address = Some(value),
            Word::Positional(file) => files.push(Path::new(file)),
        }
    }
    let [file] = files[..] else {
        return Err(WrongUse("Usage: rrdtool last [--daemon|-d <addr>] <file>").into());
    };
    moment::ask(
        context,
        address,
        |daemon| daemon.last(file),
        || Ok(RrdReader::open(file)?.last_update().seconds()),
    )
}
