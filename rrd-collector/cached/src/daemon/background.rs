//! To the background without `fork`: the program starts itself again, and waits until it is ready.
//!
//! The process that was called starts the daemon with a pipe as its standard output. The daemon
//! writes a word there once it serves, and the caller ends with status 0; if the pipe is closed
//! without that word, the caller ends with the status of the daemon, whose standard error was the
//! caller's until then.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use sd_notify::NotifyState;

/// Says to a process that it is the one in the background.
const MARK: &str = "RRDCACHED_IN_BACKGROUND";
/// What a daemon writes once it serves.
const READY: &[u8] = b"ready\n";

/// Starts the daemon with these arguments, and returns the status for the caller.
pub(super) fn start(arguments: &[OsString]) -> io::Result<u8> {
    let mut command = Command::new("/proc/self/exe");
    command.arg0(std::env::args_os().next().unwrap_or_else(|| "rrdcached".into()));
    command.args(arguments).env(MARK, "1").stdin(Stdio::null()).stdout(Stdio::piped());
    // The sockets of a service manager are meant for the process that serves them. Without the
    // number of a process they are for whoever inherits them.
    let is_for_us = std::env::var("LISTEN_PID") == Ok(std::process::id().to_string());
    if is_for_us {
        command.env_remove("LISTEN_PID");
    }
    let mut daemon = command.spawn()?;
    let mut word = Vec::new();
    if let Some(pipe) = daemon.stdout.take() {
        pipe.take(READY.len() as u64).read_to_end(&mut word)?;
    }
    if word == READY {
        // A service manager that waits for a word has to know whose word counts from now on.
        let _ = sd_notify::notify(&[NotifyState::MainPid(daemon.id()), NotifyState::Ready]);
        return Ok(0);
    }
    Ok(daemon.wait()?.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

/// Whether this process is the one in the background.
pub(super) fn is_here() -> bool {
    std::env::var_os(MARK).is_some()
}

/// Leaves the session and the terminal of the caller.
pub(super) fn detach() {
    // It fails if this process leads a session of its own already.
    let _ = rustix::process::setsid();
    // Programs that look for the daemon know it by this name.
    let _ = rustix::thread::set_name(c"rrdcached");
}

/// Tells the caller that the daemon serves, and gives up its streams.
pub(super) fn ready() -> io::Result<()> {
    let nowhere = OpenOptions::new().read(true).write(true).open("/dev/null")?;
    let mut pipe = io::stdout();
    // The caller may have been killed: the daemon serves nevertheless.
    let _ = pipe.write_all(READY).and_then(|()| pipe.flush());
    rustix::stdio::dup2_stdin(&nowhere)?;
    rustix::stdio::dup2_stdout(&nowhere)?;
    rustix::stdio::dup2_stderr(&nowhere)?;
    Ok(())
}
