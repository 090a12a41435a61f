//! The command line: rrdcached's options, and ours.

mod accounts;
mod amount;
mod sockets;
mod table;
mod usage;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use log::LevelFilter;
use rrd_cli::option_words::{Word, words};
use rrd_core::LogSync;

pub(super) use accounts::{Accounts, SystemAccounts, User};
pub(super) use sockets::SocketOptions;
pub(super) use usage::{VERSION, usage};

use super::status::StatusFormat;
use crate::grammar::Permissions;
use crate::write_back::WriteBackOptions;
use sockets::Sockets;
use table::{OPTIONS, Refusal};

/// What a command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// To serve.
    Serve,
    /// `--status`: what a running daemon does.
    Status(StatusFormat),
    /// `--drain`: to write everything to the files, and end.
    Drain,
    /// `--version`.
    Version,
    /// Nothing more: the process ends with this status.
    End(u8),
}

/// The settings of a daemon.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(super) struct Options {
    /// `-b`, as it was typed.
    pub(super) base: Option<OsString>,
    /// `-B`.
    pub(super) is_confined: bool,
    /// `--also`.
    pub(super) also: Vec<PathBuf>,
    /// `-R`.
    pub(super) makes_folders: bool,
    /// Not `-O`.
    pub(super) overwrites: bool,
    /// `-w`, `-z` and `-f`.
    pub(super) write_back: WriteBackOptions,
    /// `-j`.
    pub(super) journal: Option<PathBuf>,
    /// `--journal-size`, in bytes.
    pub(super) journal_size: Option<usize>,
    /// `--sync`.
    pub(super) sync: LogSync,
    /// `-F`.
    pub(super) writes_at_end: bool,
    /// `-p`.
    pub(super) pid_file: PathBuf,
    /// `-g`.
    pub(super) stays_in_foreground: bool,
    /// `-o`.
    pub(super) log_file: Option<PathBuf>,
    /// `-V`.
    pub(super) log_level: LevelFilter,
    /// `-U`.
    pub(super) user: Option<User>,
    /// `-G`.
    pub(super) group: Option<u32>,
    /// `-l` and `-L`, or the default.
    pub(super) sockets: Vec<SocketOptions>,
    /// Whether there is a `-l` or `-L`.
    pub(super) names_sockets: bool,
    /// The commands that are allowed on sockets that the service manager hands over: the list that
    /// comes before the first `-l`.
    pub(super) handed_over: Arc<Permissions>,
    /// `--allow`.
    pub(super) networks: Option<Arc<[IpNet]>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            base: None,
            is_confined: false,
            also: Vec::new(),
            makes_folders: false,
            overwrites: true,
            write_back: WriteBackOptions {
                delay: Duration::from_secs(300),
                jitter: Duration::ZERO,
                interval: Duration::from_secs(3600),
            },
            journal: None,
            journal_size: None,
            sync: LogSync::Every(Duration::from_secs(10)),
            writes_at_end: false,
            pid_file: PathBuf::from("/var/run/rrdcached.pid"),
            stays_in_foreground: false,
            log_file: None,
            log_level: LevelFilter::Warn,
            user: None,
            group: None,
            sockets: Vec::new(),
            names_sockets: false,
            handed_over: Arc::default(),
            networks: None,
        }
    }
}

/// A parsed command line.
#[derive(Clone, Debug)]
pub(super) struct CommandLine {
    pub(super) request: Request,
    pub(super) options: Options,
    /// Lines for standard error, in order.
    pub(super) notes: Vec<String>,
    /// Whether the usage is printed.
    pub(super) prints_usage: bool,
}

/// What the options change while they are applied from left to right.
struct Parsing<'a> {
    options: Options,
    sockets: Sockets,
    request: Request,
    accounts: &'a dyn Accounts,
    notes: Vec<String>,
    prints_usage: bool,
    /// The status of the last option that has one.
    status: u8,
}

/// Parses a command line. Errors have rrdcached's words and statuses, and most do not keep the
/// options after them from being read.
pub(super) fn parse(arguments: &[OsString], accounts: &dyn Accounts) -> CommandLine {
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

#[cfg(test)]
mod tests;
