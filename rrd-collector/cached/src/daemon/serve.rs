//! A running daemon: ready, signals, end.

use std::sync::Arc;
use std::time::Instant;

use nix::sys::signal::{SigSet, Signal};
use sd_notify::NotifyState;

use super::background;
use super::logging::Log;
use super::options::Options;
use super::start::{Started, start};
use super::start_error::StartError;
use crate::listener::Serving;
use crate::server::{Ending, Server};
use crate::write_back::chain;

/// The signals that a daemon waits for.
const SIGNALS: [Signal; 5] =
    [Signal::SIGINT, Signal::SIGTERM, Signal::SIGUSR1, Signal::SIGUSR2, Signal::SIGHUP];

/// Serves until a signal ends it, and returns the exit status.
pub(super) fn serve(options: &Options) -> Result<u8, StartError> {
    let in_background = background::is_here();
    if in_background {
        background::detach();
    }
    // Before the first thread, so that no other one is interrupted.
    let signals = SigSet::from_iter(SIGNALS);
    let failed = |what: &str, error: &dyn std::error::Error| {
        StartError::start(format!("rrdcached: {what}: {}", chain(error)))
    };
    signals.thread_block().map_err(|error| failed("cannot block signals", &error))?;
    let Started { log, pid_file, sockets, server } = start(options, in_background)?;
    let serving = Serving::start(&server, sockets)
        .map_err(|error| failed("cannot start a thread", &error))?;
    log::info!("listening for connections");
    if in_background {
        background::ready().map_err(|error| failed("cannot open /dev/null", &error))?;
    } else {
        // Without a service manager, or with one that does not listen, nobody is told.
        let _ = sd_notify::notify(&[NotifyState::Ready]);
    }
    let ending = wait(&signals, &log, options)?;
    log::info!("starting shutdown");
    let _ = sd_notify::notify(&[NotifyState::Stopping]);
    serving.stop();
    end(server, ending);
    log::info!("goodbye");
    log.flush();
    // Last, because whoever waits for it to go takes the daemon for ended.
    drop(pid_file);
    Ok(0)
}

/// Waits for the signal that ends the daemon.
fn wait(signals: &SigSet, log: &Log, options: &Options) -> Result<Ending, StartError> {
    // A journal that nobody asked for is no reason to leave files behind that other programs read.
    let writes = options.writes_at_end || options.journal.is_none();
    loop {
        let signal = signals.wait().map_err(|error| {
            StartError::start(format!("rrdcached: cannot wait for signals: {error}"))
        })?;
        log::info!("got {signal}");
        return Ok(match signal {
            Signal::SIGHUP => {
                log.reopen();
                continue;
            }
            Signal::SIGUSR1 => Ending::Write,
            Signal::SIGUSR2 => Ending::KeepJournal,
            _ if writes => Ending::Write,
            _ => Ending::KeepJournal,
        });
    }
}

/// Ends write-back, and tells what could not be written.
fn end(server: Arc<Server>, ending: Ending) {
    let start = Instant::now();
    let Some(server) = Arc::into_inner(server) else {
        // A command that did not end in time still uses it. What was acknowledged is in the
        // journal.
        log::error!("a command is still running: values stay in the journal");
        return;
    };
    let failed = server.close(ending);
    for (path, error) in &failed {
        log::error!("{}: {}", path.display(), chain(error));
    }
    let seconds = start.elapsed().as_secs_f64();
    match (ending, failed.len()) {
        (Ending::KeepJournal, _) => {
            log::info!("clean shutdown; values that are in no file stay in the journal");
        }
        (Ending::Write, 0) => {
            log::info!("clean shutdown; all files written in {seconds:.1} s");
        }
        (Ending::Write, count) => {
            log::error!("{count} files could not be written: their values stay in the journal");
        }
    }
}
