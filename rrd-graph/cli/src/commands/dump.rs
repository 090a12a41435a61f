//! `rrd dump`: a file as XML.

use std::ffi::OsString;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use rrd_core::{Dump, DumpHeader, RrdReader};

use crate::context::{Command, Context};
use crate::failure::{Outcome, WrongUse};
use crate::options::{Rule, Word, words};
use crate::out_file::OutFile;
use crate::system;

pub(crate) const COMMAND: Command = Command {
    name: "dump",
    about: "a file as XML",
    synopsis: &[
        "dump [--header|-h none|xsd|dtd] [--no-header|-n]",
        "[--daemon|-d ADDRESS] FILE [FILE.xml]",
    ],
    run,
};

const USAGE: &str = "usage rrdtool dump [--header|-h {none,xsd,dtd}]\n\
    [--no-header|-n]\n\
    [--daemon|-d address]\n\
    file.rrd [file.xml]";

#[derive(Clone, Copy)]
enum Means {
    Header,
    NoHeader,
    Daemon,
}

const RULES: [Rule<Means>; 3] = [
    Rule::value(Some('h'), "header", Means::Header),
    Rule::flag(Some('n'), "no-header", Means::NoHeader),
    Rule::value(Some('d'), "daemon", Means::Daemon),
];

#[derive(Debug, thiserror::Error)]
enum DumpRefusal {
    #[error("creating '{file}': {}", system::reason(source))]
    Create { file: String, source: io::Error },
    #[error("writing '{file}': {}", system::reason(source))]
    Write { file: String, source: io::Error },
}

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let mut header = DumpHeader::default();
    let mut address = None;
    let mut positional = Vec::new();
    for word in words(arguments, &RULES) {
        match word {
            Ok(Word::Option(Means::Header, name)) => {
                header = name.to_string_lossy().parse().unwrap_or(DumpHeader::None);
            }
            Ok(Word::Option(Means::NoHeader, _)) => header = DumpHeader::None,
            Ok(Word::Option(Means::Daemon, value)) => address = Some(value),
            Ok(Word::Positional(value)) => positional.push(Path::new(value)),
            Err(_) => return Err(WrongUse(USAGE).into()),
        }
    }
    let (file, target) = match positional[..] {
        [file] => (file, None),
        [file, target] => (file, Some(target)),
        _ => return Err(WrongUse(USAGE).into()),
    };
    let from_file = |context: &mut Context<'_>| {
        let reader = RrdReader::open(file)?;
        let dump = Dump::of(&reader).header(header).zone(context.world.zone().clone());
        into(target, context, |out| Ok(dump.write_to(out)?))
    };
    context.ask(
        address,
        |mut daemon, context| {
            daemon.flush(file)?;
            // A daemon here has written our file; one elsewhere sends its own, always with the header that names the DTD.
            if daemon.is_remote() {
                into(target, context, |out| Ok(daemon.dump(file, out)?))
            } else {
                from_file(context)
            }
        },
        from_file,
    )
}

/// Writes into a file, or to standard output if none is named.
fn into(
    target: Option<&Path>,
    context: &mut Context<'_>,
    write: impl FnOnce(&mut dyn Write) -> Outcome,
) -> Outcome {
    let Some(target) = target else { return write(&mut context.out) };
    let name = || target.display().to_string();
    let file =
        OutFile::begin(target).map_err(|source| DumpRefusal::Create { file: name(), source })?;
    let mut out = BufWriter::with_capacity(1 << 16, file);
    write(&mut out)?;
    let file = out
        .into_inner()
        .map_err(|error| DumpRefusal::Write { file: name(), source: error.into_error() })?;
    file.finish().map_err(|source| DumpRefusal::Write { file: name(), source })?;
    Ok(())
}
