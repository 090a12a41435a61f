//! `rrd restore`: a file from its XML.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use rrd_core::{Overwrite, RangeCheck, Restore};

use crate::context::{Command, Context};
use crate::failure::Outcome;
use crate::options::{self, OptionSpec};
use crate::reference::Operand;
use crate::up_to_mark::UpToMark;

pub(crate) const COMMAND: Command = Command {
    name: "restore",
    about: "make a file of its XML",
    usage: &[
        "restore FILE.xml|- FILE [OPTION]...",
        "with - from standard input, up to its end or a line that begins with Ctrl-Z",
    ],
    options: || options::descriptions(OPTIONS),
    operands: &[Operand::File],
    manual: include_str!("../../manual/restore.md"),
    related: &["dump"],
    run,
};

const OPTIONS: &[OptionSpec<Restore>] = &[
    OptionSpec::flag(
        Some('r'),
        "range-check",
        "Replace values outside of their source's limits by unknown.",
        |restore, _| {
            *restore = restore.range_check(RangeCheck::On);
            Ok(())
        },
    ),
    OptionSpec::flag(Some('f'), "force-overwrite", "Replace a file that exists.", |restore, _| {
        *restore = restore.overwrite(Overwrite::Yes);
        Ok(())
    }),
];

#[derive(Debug, thiserror::Error)]
#[error("Could not create xml reader for: {0}")]
struct NoXml(String);

#[derive(Debug, thiserror::Error)]
#[error("reading standard input")]
struct ReadingInput(#[source] io::Error);

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let mut restore = Restore::new();
    let files = options::parse(arguments, OPTIONS, &mut restore)?;
    let [xml, file] = files[..] else {
        let after = " [--range-check|-r] [--force-overwrite|-f] file.xml file.rrd";
        return Err(context.usage("usage ", "restore", after));
    };
    let file = Path::new(file);
    if xml == "-" {
        let mut dump = UpToMark::new(&mut context.input);
        let outcome = restore.read(&mut dump, file);
        // What follows a dump that is refused is not the next command.
        let rest = dump.skip();
        outcome?;
        rest.map_err(ReadingInput)?;
        return Ok(());
    }
    let dump = File::open(xml).map_err(|_| NoXml(xml.to_string_lossy().into_owned()))?;
    restore.read(BufReader::with_capacity(1 << 16, dump), file)?;
    Ok(())
}
