//! The program: options, sockets, users, signals, log, end.
//!
//! `options` parses the command line. `background` starts the daemon out of sight, `start` opens
//! all that it needs, in the order in which rrdcached does, and `serve` waits for signals and ends
//! it. `drain` writes what is left behind.

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

use std::ffi::OsString;
use std::io::{self, Write as _};

use options::{CommandLine, Request, SystemAccounts};
use start_error::StartError;

/// Runs the program with these arguments, without its own name, and returns its exit status.
pub fn run(arguments: &[OsString]) -> u8 {
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
            let _ = writeln!(io::stdout(), "{}", options::VERSION);
            return 0;
        }
        Request::Drain => drain::drain(&options),
        Request::Serve => serve::serve(&options),
    };
    result.unwrap_or_else(|error| fail(&error))
}

/// Prints lines on standard error. If it is closed, nobody can read them.
fn print(lines: &[String]) {
    for line in lines {
        let _ = writeln!(io::stderr(), "{line}");
    }
}

fn fail(error: &StartError) -> u8 {
    print(&[error.to_string()]);
    error.status
}
