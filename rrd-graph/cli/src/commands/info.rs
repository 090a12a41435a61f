//! `rrd info`: everything about a file but its rows.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

use rrd_core::{Info, RrdReader};

use crate::context::{Command, Context};
use crate::failure::{Outcome, Output, WrongUse};
use crate::options::{Rule, Word, words};
use crate::rrdcached::{InfoKind, InfoLine};

pub(crate) const COMMAND: Command = Command {
    name: "info",
    about: "everything about a file but its rows",
    synopsis: &["info FILE [--daemon|-d ADDRESS [--noflush|-F]] [--json]"],
    run,
};

#[derive(Clone, Copy)]
enum Means {
    Daemon,
    NoFlush,
    Json,
}

const RULES: [Rule<Means>; 3] = [
    Rule::value(Some('d'), "daemon", Means::Daemon),
    Rule::flag(Some('F'), "noflush", Means::NoFlush),
    Rule::flag(None, "json", Means::Json),
];

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let mut address = None;
    let mut flush = true;
    let mut json = false;
    let mut files = Vec::new();
    for word in words(arguments, &RULES) {
        match word? {
            Word::Option(Means::Daemon, value) => address = Some(value),
            Word::Option(Means::NoFlush, _) => flush = false,
            Word::Option(Means::Json, _) => json = true,
            Word::Positional(file) => files.push(file),
        }
    }
    let [name] = files[..] else {
        return Err(
            WrongUse("Usage: rrdtool info [--daemon |-d <addr> [--noflush|-F]] <file>").into()
        );
    };
    let file = Path::new(name);
    let from_file = |context: &mut Context<'_>| {
        let info = Info::of(&RrdReader::open(file)?, &name.to_string_lossy());
        if json {
            serde_json::to_writer(&mut context.out, &info)?;
            writeln!(context.out)?;
        } else {
            write!(context.out, "{info}")?;
        }
        Ok(())
    };
    context.ask(
        address,
        |mut daemon, context| {
            if flush {
                daemon.flush(file)?;
            }
            // The daemon tells lines only; the tree is read from the file that it has written.
            if json {
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
            InfoKind::Number | InfoKind::Integer => writeln!(out, "{key} = {text}")?,
        }
    }
    Ok(())
}
