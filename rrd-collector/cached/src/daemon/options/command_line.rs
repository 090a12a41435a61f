//! A command line, read from left to right.

use std::ffi::OsString;

use rrd_cli::option_words::{Word, words};

use super::accounts::Accounts;
use super::parsing::{Parsing, Refusal};
use super::settings::{Options, Request};
use super::sockets::Sockets;
use super::table::OPTIONS;
use crate::write_back::WriteBackOptions;

/// A parsed command line.
#[derive(Clone, Debug)]
pub(in crate::daemon) struct CommandLine {
    pub(in crate::daemon) request: Request,
    pub(in crate::daemon) options: Options,
    /// Lines for standard error, in order.
    pub(in crate::daemon) notes: Vec<String>,
    /// Whether the usage is printed.
    pub(in crate::daemon) prints_usage: bool,
}

/// Parses a command line. Errors have rrdcached's words and statuses, and most do not keep the
/// options after them from being read.
pub(in crate::daemon) fn parse(arguments: &[OsString], accounts: &dyn Accounts) -> CommandLine {
    let mut parsing = Parsing {
        options: Options::default(),
        sockets: Sockets::default(),
        request: Request::Serve,
        accounts,
        notes: Vec::new(),
        prints_usage: false,
        status: 0,
    };
    for word in words(arguments, OPTIONS) {
        match word {
            Ok(Word::Option(option, value)) => match (option.apply)(&mut parsing, value) {
                Ok(()) => {}
                Err(Refusal::Noted { text, status }) => {
                    parsing.notes.push(text);
                    parsing.status = status;
                }
                Err(Refusal::Fatal { text, status }) => {
                    parsing.notes.push(text);
                    return parsing.end(status);
                }
            },
            // Words that are no options are ignored.
            Ok(Word::Positional(_)) => {}
            Err(error) => {
                parsing.notes.push(error.to_string());
                parsing.prints_usage = true;
            }
        }
    }
    if parsing.prints_usage || parsing.status != 0 {
        let status = parsing.status;
        return parsing.end(status);
    }
    parsing.finish()
}

impl Parsing<'_> {
    fn end(self, status: u8) -> CommandLine {
        let Self { options, notes, prints_usage, .. } = self;
        CommandLine { request: Request::End(status), options, notes, prints_usage }
    }

    fn finish(self) -> CommandLine {
        let Self { mut options, sockets, request, mut notes, .. } = self;
        let WriteBackOptions { delay, jitter, interval } = options.write_back;
        if interval < delay.saturating_mul(2) {
            notes.push(
                "WARNING: flush interval (-f) should be at least 2x write interval (-w) !".into(),
            );
        }
        if jitter > delay {
            notes.push(
                "WARNING: write delay (-z) should NOT be larger than write interval (-w) !".into(),
            );
        }
        let mut makes_no_sense = |option: &str, without: &str| {
            notes.push(format!("WARNING: {option} does not make sense without {without}!"));
            notes.push("  Consult the rrdcached documentation".into());
        };
        if options.is_confined && options.base.is_none() {
            makes_no_sense("-B", "-b");
        }
        if options.makes_folders && !options.is_confined {
            makes_no_sense("-R", "-B");
        }
        options.makes_folders &= options.is_confined;
        notes.extend(sockets.warnings());
        options.names_sockets = !sockets.is_empty();
        (options.sockets, options.handed_over) = sockets.finish();
        CommandLine { request, options, notes, prints_usage: false }
    }
}
