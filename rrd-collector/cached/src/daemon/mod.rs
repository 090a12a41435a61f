//! The program: options, sockets, users, signals, log, end.
//!
//! `options` parses the command line. `background` starts the daemon out of sight, `start` opens
//! all that it needs, in the order in which rrdcached does, and `serve` waits for signals and ends
//! it. `drain` writes what is left behind, and `status` asks a daemon that runs.

mod account;
mod background;
mod drain;
mod folders;
mod logging;
mod options;
mod pid_file;
mod reason;
mod serve;
mod start;
mod start_error;
mod status;
mod stderr;

use std::ffi::OsString;
use std::io::{self, Write as _};

use rrd_cli::reference;

use options::{Accounts, CommandLine, Options, Request, SystemAccounts, User};
use start_error::StartError;
use status::StatusFormat;
use stderr::print;

use crate::write_back::chain;

/// Runs the program with these arguments, without its own name, and returns its exit status.
pub fn run(arguments: &[OsString]) -> u8 {
    if let Some((first, words)) = arguments.split_first()
        && first == "--generate"
    {
        return generate(words);
    }
    let CommandLine { request, options, notes, prints_usage } =
        options::parse(arguments, &SystemAccounts);
    if request == Request::Serve && !options.stays_in_foreground && !background::is_here() {
        // The daemon reads the same options, and says what there is to say about them.
        return background::start(arguments).unwrap_or_else(|error| {
            let error = format!("rrdcached: cannot start in the background: {error}");
            fail(&StartError::start(error))
        });
    }
    print(&notes);
    if prints_usage {
        // If standard output is closed, nobody can read it.
        let _ = write!(io::stdout(), "{}", options::usage());
    }
    let result = match request {
        Request::End(status) => return status,
        Request::Version => {
            let _ = writeln!(io::stdout(), "{}{}", options::VERSION, rrd_cli::commit_note());
            return 0;
        }
        Request::Status(format) => status(&options, format),
        Request::Drain => drain::drain(&options),
        Request::Serve => serve::serve(&options),
    };
    result.unwrap_or_else(|error| fail(&error))
}

/// Prints or writes the manual page, completions or the reference; for those who make packages, and
/// so not in the usage.
fn generate(words: &[OsString]) -> u8 {
    let seconds = jiff::Timestamp::now().as_second();
    let epoch = std::env::var_os("SOURCE_DATE_EPOCH");
    let program = options::described();
    match reference::generate(&program, words, seconds, epoch.as_deref(), &mut io::stdout()) {
        Ok(()) => 0,
        Err(error) => {
            print(&[format!("rrdcached: {}", chain(&error))]);
            1
        }
    }
}

/// Prints what the daemon at the first socket says of itself.
fn status(options: &Options, format: StatusFormat) -> Result<u8, StartError> {
    let socket = options.sockets.first().expect("there is a default");
    let told = status::status(&socket.address, format, &mut io::stdout());
    let failed = |error| StartError::option(1, format!("rrdcached: {}", chain(&error)));
    told.map(|()| 0).map_err(failed)
}

/// What a command line would make the program say before it starts, on a machine with one account:
/// for tests of the parser.
#[doc(hidden)]
pub fn said_of(arguments: &[OsString]) -> String {
    struct OneAccount;
    impl Accounts for OneAccount {
        fn user(&self, name: &str) -> Option<User> {
            (name == "user").then(|| User { name: name.to_owned(), uid: 1000, gid: 1000 })
        }

        fn group(&self, name: &str) -> Option<u32> {
            (name == "user").then_some(1000)
        }
    }
    let line = options::parse(arguments, &OneAccount);
    // Whoever serves has a socket to do so.
    assert!(!matches!(line.request, Request::Serve) || !line.options.sockets.is_empty());
    line.notes.join("\n")
}

fn fail(error: &StartError) -> u8 {
    print(&[error.to_string()]);
    error.status
}
