//! `rrd info`: everything about a file except its rows.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

use rrd_core::{Info, RrdReader};

use crate::context::{Command, Context};
use crate::failure::{Outcome, Output, WrongUse};
use crate::options::{self, OptionSpec};
use crate::rrdcached::{InfoKind, InfoLine};

pub(crate) const COMMAND: Command = Command {
    name: "info",
    about: "everything about a file but its rows",
    usage: &["info FILE [OPTION]..."],
    options: || options::descriptions(OPTIONS),
    run,
};

#[derive(Default)]
struct InfoOptions {
    daemon: Option<OsString>,
    no_flush: bool,
    json: bool,
}

const OPTIONS: &[OptionSpec<InfoOptions>] = &[
    OptionSpec::daemon(|info, address| {
        info.daemon = Some(address.to_owned());
        Ok(())
    }),
    OptionSpec::flag(Some('F'), "noflush", "Do not make rrdcached write first.", |info, _| {
        info.no_flush = true;
        Ok(())
    }),
    OptionSpec::json(|info, _| {
        info.json = true;
        Ok(())
    }),
];

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let mut options = InfoOptions::default();
    let files = options::parse(arguments, OPTIONS, &mut options)?;
    let [name] = files[..] else {
        return Err(
            WrongUse("Usage: rrdtool info [--daemon |-d <addr> [--noflush|-F]] <file>").into()
        );
    };
    let file = Path::new(name);
    let from_file = |context: &mut Context<'_>| {
        let info = Info::of(&RrdReader::open(file)?, &name.to_string_lossy());
        if options.json {
            serde_json::to_writer(&mut context.out, &info)?;
            writeln!(context.out)?;
        } else {
            write!(context.out, "{info}")?;
        }
        Ok(())
    };
    context.ask(
        options.daemon.as_deref(),
        |mut daemon, context| {
            if !options.no_flush {
                daemon.flush(file)?;
            }
            // The daemon answers in lines; the tree is read from the file that it has written.
            if options.json {
                from_file(context)
            } else {
                print_lines(&daemon.info(file)?, &mut context.out)
            }
        },
        from_file,
    )
}

fn print_lines(lines: &[InfoLine], out: &mut Output<'_>) -> Outcome {
    for InfoLine { key, kind, text } in lines {
        match kind {
            InfoKind::Text => writeln!(out, "{key} = \"{text}\"")?,
            _ => writeln!(out, "{key} = {text}")?,
        }
    }
    Ok(())
}
