//! `rrd dump`: a file as XML.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use rustix::io::Errno;

use rrd_core::{Dump, DumpHeader, OutputFile, Overwrite, RrdReader};

use crate::answered::Answered;
use crate::context::{Command, Context};
use crate::failure::{Failure, Outcome};
use crate::options::{self, OptionSpec};
use crate::reference::Operand;
use crate::rrdcached::DaemonError;

pub(crate) const COMMAND: Command = Command {
    name: "dump",
    about: "write a file as XML",
    usage: &["dump FILE [FILE.xml] [OPTION]..."],
    options: || options::descriptions(OPTIONS),
    operands: &[Operand::Database, Operand::File],
    manual: include_str!("../../manual/dump.md"),
    related: &["restore", "copy"],
    run,
};

/// The usage behind the name of the command.
const AFTER_NAME: &str = " [--header|-h {none,xsd,dtd}]\n\
    [--no-header|-n]\n\
    [--daemon|-d address]\n\
    file.rrd [file.xml]";

#[derive(Default)]
struct DumpOptions {
    header: DumpHeader,
    daemon: Option<OsString>,
    /// What happens to a database that has the name of the output.
    overwrite: Overwrite,
}

const OPTIONS: &[OptionSpec<DumpOptions>] = &[
    OptionSpec::value(
        Some('h'),
        "header",
        "none|xsd|dtd",
        "The header of the XML.",
        |dump, name| {
            dump.header = name.to_string_lossy().parse().unwrap_or(DumpHeader::None);
            Ok(())
        },
    ),
    OptionSpec::flag(Some('n'), "no-header", "The same as --header none.", |dump, _| {
        dump.header = DumpHeader::None;
        Ok(())
    }),
    OptionSpec::flag(
        Some('f'),
        "force-overwrite",
        "Write the XML over a database, too.",
        |dump, _| {
            dump.overwrite = Overwrite::Yes;
            Ok(())
        },
    ),
    OptionSpec::daemon(|dump, address| {
        dump.daemon = Some(address.to_owned());
        Ok(())
    }),
];

#[derive(Debug, thiserror::Error)]
enum DumpRefusal {
    #[error("creating '{file}'")]
    Create { file: String, source: io::Error },
    #[error("writing '{file}'")]
    Write { file: String, source: io::Error },
    #[error("'{file}' is an RRD file: name another output, or use --force-overwrite")]
    Database { file: String },
}

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    write(arguments, context)?.map_or(Ok(()), |unreachable| Err(unreachable.into()))
}

/// Writes a file as XML, and tells if the daemon could not be asked for it.
pub(crate) fn answer(
    arguments: &[OsString],
    context: &mut Context<'_>,
) -> Result<Answered<()>, Failure> {
    Ok(Answered::new((), write(arguments, context)?))
}

/// Writes a file as XML; returns why the daemon could not be asked, if so.
fn write(
    arguments: &[OsString],
    context: &mut Context<'_>,
) -> Result<Option<DaemonError>, Failure> {
    let mut options = DumpOptions::default();
    let positional = options::parse(arguments, OPTIONS, &mut options);
    let (file, target) = match positional.as_deref() {
        Ok([file]) => (Path::new(file), None),
        Ok([file, target]) => (Path::new(file), Some(Path::new(target))),
        _ => return Err(context.usage("usage ", "dump", AFTER_NAME)),
    };
    if let Some(target) = target
        && options.overwrite == Overwrite::No
        && is_database(target)
    {
        return Err(DumpRefusal::Database { file: target.display().to_string() }.into());
    }
    let from_file = |context: &mut Context<'_>| {
        let reader = RrdReader::open(file)?;
        let dump =
            Dump::of(&reader).header(options.header).zone(context.environment.zone().clone());
        into(target, context, |out| Ok(dump.write_to(out)?))
    };
    match context.environment.daemon(options.daemon.as_deref()) {
        Ok(Some(mut daemon)) => {
            daemon.flush(file)?;
            // A local daemon has written our file; a remote one sends its own, always with the DTD
            // header.
            if daemon.is_remote() {
                into(target, context, |out| Ok(daemon.dump(file, out)?))?;
            } else {
                from_file(context)?;
            }
            Ok(None)
        }
        Ok(None) => from_file(context).map(|()| None),
        Err(unreachable) => from_file(context).map(|()| Some(unreachable)),
    }
}

/// Writes to a file, or to standard output if none is given.
fn into(
    target: Option<&Path>,
    context: &mut Context<'_>,
    write: impl FnOnce(&mut dyn Write) -> Outcome,
) -> Outcome {
    let Some(target) = target else { return write(&mut context.out) };
    let name = || target.display().to_string();
    if target.as_os_str().is_empty() {
        return Err(DumpRefusal::Create { file: name(), source: Errno::NOENT.into() }.into());
    }
    let file =
        OutputFile::begin(target).map_err(|source| DumpRefusal::Create { file: name(), source })?;
    let mut out = BufWriter::with_capacity(1 << 16, file);
    write(&mut out)?;
    let file = out
        .into_inner()
        .map_err(|error| DumpRefusal::Write { file: name(), source: error.into_error() })?;
    file.finish_synced().map_err(|source| DumpRefusal::Write { file: name(), source })?;
    Ok(())
}

/// Whether a file is a database: `dump *.rrd` names one where XML was meant.
fn is_database(file: &Path) -> bool {
    let mut start = [0; 4];
    file.is_file()
        && File::open(file).and_then(|mut file| file.read_exact(&mut start)).is_ok()
        && start == *b"RRD\0"
}
