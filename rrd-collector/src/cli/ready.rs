//! `ready`: whether the running daemon samples and stores, for the health check of a container.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

use super::control::ask;
use crate::alert::trial::{Report, socket};
use crate::output::live::READINESS;

/// How long the daemon may take for its answer, which needs nothing but its memory.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why nothing is known of the daemon.
#[derive(Debug, Error)]
#[error(
    "{}: no running daemon answers here; start it, or name its data folder with --data",
    path.display()
)]
pub struct NotAnswered {
    path: PathBuf,
    source: io::Error,
}

/// What the daemon of a data folder says: code 0 if it samples and stores, else 1 and why not.
///
/// # Errors
///
/// [`NotAnswered`]: there is no daemon, or it is stuck.
pub fn ready(data: &Path) -> Result<Report, NotAnswered> {
    let path = socket(data);
    let answer = UnixStream::connect(&path).and_then(|mut stream| {
        let report = ask(&mut stream, READINESS, PATIENCE)?;
        report.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    });
    answer.map_err(|source| NotAnswered { path, source })
}
