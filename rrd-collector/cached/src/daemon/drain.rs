//! `--drain`: everything that was acknowledged is written to the files, as rrdcached needs it when
//! it takes over.

use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::account::become_account;
use super::options::Options;
use super::pid_file;
use super::reason::reason;
use super::start::{folders, open_server};
use super::start_error::StartError;
use super::stderr::print;
use crate::server::Ending;
use crate::write_back::chain;

/// How often a daemon that is ending is looked at.
const INTERVAL: Duration = Duration::from_millis(50);
/// How often the user is told that it takes longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Ends the daemon of these options if it runs, after it has written everything; writes the journal
/// of one that does not.
pub(super) fn drain(options: &Options) -> Result<u8, StartError> {
    if let Some(daemon) = pid_file::running(&options.pid_file) {
        end(daemon)?;
    }
    // What a daemon could not write is tried once more, so that the error is told here.
    let folders = folders(options)?;
    become_account(options, &folders.made)?;
    let failed = open_server(options, &folders)?.close(Ending::Write);
    for (path, error) in &failed {
        print(&[format!("rrdcached: {}: {}", path.display(), chain(error))]);
    }
    if failed.is_empty() {
        return Ok(0);
    }
    let count = failed.len();
    Err(StartError::option(
        1,
        format!("rrdcached: {count} files could not be written: their values stay in the journal"),
    ))
}

/// Sends the signal that makes a daemon write everything, and waits until it has ended.
fn end(daemon: Pid) -> Result<(), StartError> {
    let number = daemon.as_raw_nonzero();
    kill_process(daemon, Signal::USR1).map_err(|error| {
        let reason = reason(&error.into());
        StartError::option(1, format!("rrdcached: cannot end process {number}: {reason}"))
    })?;
    let mut told = Instant::now();
    while pid_file::is_daemon(daemon) {
        if told.elapsed() >= PATIENCE {
            print(&[format!("rrdcached: process {number} is still writing")]);
            told = Instant::now();
        }
        thread::sleep(INTERVAL);
    }
    Ok(())
}
