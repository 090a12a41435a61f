//! `rrd restore`: a file from its XML.

use std::ffi::OsString;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use rrd_core::{Overwrite, RangeCheck, Restore};

use crate::context::{Command, Context};
use crate::failure::{Outcome, WrongUse};
use crate::options::{Rule, Word, words};

pub(crate) const COMMAND: Command = Command {
    name: "restore",
    about: "a file from its XML",
    synopsis: &["restore [--range-check|-r] [--force-overwrite|-f] FILE.xml|- FILE"],
    run,
};

#[derive(Clone, Copy)]
enum Means {
    RangeCheck,
    ForceOverwrite,
}

const RULES: [Rule<Means>; 2] = [
    Rule::flag(Some('r'), "range-check", Means::RangeCheck),
    Rule::flag(Some('f'), "force-overwrite", Means::ForceOverwrite),
];

#[derive(Debug, thiserror::Error)]
#[error("Could not create xml reader for: {0}")]
struct NoXml(String);

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let mut restore = Restore::new();
    let mut files = Vec::new();
    for word in words(arguments, &RULES) {
        match word? {
            Word::Option(Means::RangeCheck, _) => restore = restore.range_check(RangeCheck::On),
            Word::Option(Means::ForceOverwrite, _) => restore = restore.overwrite(Overwrite::Yes),
            Word::Positional(file) => files.push(Path::new(file)),
        }
    }
    let [xml, file] = files[..] else {
        return Err(WrongUse(
            "usage rrdtool restore [--range-check|-r] [--force-overwrite|-f] file.xml file.rrd",
        )
        .into());
    };
    if xml == Path::new("-") {
        restore.read(&mut context.input, file)?;
        return Ok(());
    }
    let dump = File::open(xml).map_err(|_| NoXml(xml.display().to_string()))?;
    restore.read(BufReader::with_capacity(1 << 16, dump), file)?;
    Ok(())
}
