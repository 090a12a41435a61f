//! `alert test RULE`: lets the running daemon do what is done when a rule warns, or does it here.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use thiserror::Error;

use super::control::ask;
use crate::alert::trial::{Report, socket, trial};
use crate::config::Config;
use crate::process::child::Guard;

/// How long the actions may take: a server may need a minute for each mail.
const PATIENCE: Duration = Duration::from_secs(600);

/// Why nothing was tried.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AlertTestError {
    /// There is no daemon that could do it.
    #[error(
        "{}: no running daemon answers here; start it, name its data folder with --data, or use --here to act \
         with your own rights",
        path.display()
    )]
    NoDaemon {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The daemon did not report.
    #[error("{}: the daemon ended before it could report", path.display())]
    NoReport {
        /// The socket.
        path: PathBuf,
    },
    /// The conversation broke.
    #[error("{}: connection lost", path.display())]
    Broken {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system gives no event queue.
    #[error("cannot start")]
    Start(#[from] io::Error),
}

/// Lets the daemon of a data folder act as if the rule warned, with its rights and settings.
///
/// # Errors
///
/// [`AlertTestError`]: there is no report.
pub fn alert_test(data: &Path, rule: &str) -> Result<Report, AlertTestError> {
    let path = socket(data);
    let asked = UnixStream::connect(&path);
    let mut stream =
        asked.map_err(|source| AlertTestError::NoDaemon { path: path.clone(), source })?;
    let answer = ask(&mut stream, rule, PATIENCE);
    let answer = answer.map_err(|source| AlertTestError::Broken { path: path.clone(), source })?;
    answer.ok_or(AlertTestError::NoReport { path })
}

/// Acts in this process, with the rights of its user, as if the rule warned at `now`, in seconds
/// since 1970.
///
/// # Errors
///
/// [`AlertTestError::Start`]: nothing was done.
pub fn alert_test_here(config: &Config, rule: &str, now: i64) -> Result<Report, AlertTestError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (host, guard) = (config.host_name.as_str(), Rc::new(Guard::none()));
    Ok(runtime.block_on(trial(&config.alerts, rule, host, &guard, now)))
}
