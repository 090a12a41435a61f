//! `rrd copy`: a whole copy of a file, whoever writes to it meanwhile.

use std::ffi::OsString;
use std::path::Path;

use rrd_core::{CreateOptions, Overwrite, RrdReader};

use crate::context::{Command, Context};
use crate::failure::{Outcome, WrongUse};
use crate::options::{self, OptionSpec};
use crate::reference::Operand;

pub(crate) const COMMAND: Command = Command {
    name: "copy",
    about: "copy a file, also while it is written",
    usage: &["copy FILE COPY [OPTION]..."],
    options: || options::descriptions(OPTIONS),
    operands: &[Operand::Database],
    manual: include_str!("../../manual/copy.md"),
    related: &["dump", "convert"],
    run,
};

const OPTIONS: &[OptionSpec<CreateOptions>] = &[OptionSpec::flag(
    Some('f'),
    "force-overwrite",
    "Replace a file that exists.",
    |create, _| {
        *create = create.overwrite(Overwrite::Yes);
        Ok(())
    },
)];

fn run(arguments: &[OsString], _context: &mut Context<'_>) -> Outcome {
    let mut create = CreateOptions::new();
    let files = options::parse(arguments, OPTIONS, &mut create)?;
    let [file, copy] = files[..] else {
        return Err(WrongUse("Usage: rrd copy [--force-overwrite|-f] FILE COPY").into());
    };
    RrdReader::open(Path::new(file))?.copy_to(Path::new(copy), create)?;
    Ok(())
}
