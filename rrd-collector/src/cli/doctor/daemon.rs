//! Whether a daemon uses the data folder, and what it says of its host.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use rustix::net::sockopt::socket_peercred;

use super::complaint::{Complaint, quoted};
use crate::alert::trial::socket;
use crate::cli::control::ask;
use crate::config::HOST_FAULTS;

/// How long the daemon may take for its answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Daemon {
    /// The number of its process.
    pub(super) process: i32,
    /// The number of its user.
    pub(super) user: u32,
    /// Since when it uses the folder, in seconds since 1970.
    pub(super) since: i64,
    /// The faults of the host, as its user and rights see them.
    pub(super) faults: Vec<String>,
}

/// What came of a question to the daemon of a data folder.
#[derive(Debug)]
pub(super) enum Answer {
    /// It runs.
    Running(Daemon),
    /// It has the socket, and says nothing.
    Silent(Daemon),
    /// Nobody is there.
    None,
    /// This user may not ask.
    Denied,
}

impl Answer {
    /// Asks the daemon of a data folder.
    pub(super) fn of(data: &Path) -> Self {
        let path = socket(data);
        let mut stream = match UnixStream::connect(&path) {
            Ok(stream) => stream,
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Self::Denied,
            Err(_) => return Self::None,
        };
        let Ok(peer) = socket_peercred(&stream) else { return Self::None };
        let process = peer.pid.as_raw_pid();
        let made = path.metadata().and_then(|file| file.modified()).unwrap_or(UNIX_EPOCH);
        let since = made.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let since = i64::try_from(since).unwrap_or(i64::MAX);
        let mut daemon = Daemon { process, user: peer.uid.as_raw(), since, faults: Vec::new() };
        let Some(report) = ask(&mut stream, HOST_FAULTS, PATIENCE).ok().flatten() else {
            return Self::Silent(daemon);
        };
        // Another code is that of an earlier version, or of a user that is refused.
        if report.code == 0 {
            daemon.faults = report.text.lines().map(str::to_owned).collect();
        }
        Self::Running(daemon)
    }

    /// The daemon that has the folder, whether it answers or not.
    pub(super) fn daemon(&self) -> Option<&Daemon> {
        match self {
            Self::Running(daemon) | Self::Silent(daemon) => Some(daemon),
            _ => None,
        }
    }

    /// The daemon that answers.
    pub(super) fn running(&self) -> Option<&Daemon> {
        match self {
            Self::Running(daemon) => Some(daemon),
            _ => None,
        }
    }

    /// The complaint about a daemon that does not run as it should.
    pub(super) fn complaint(&self, data: &Path) -> Option<Complaint> {
        let (data, word) = (data.display(), quoted(data));
        let (what, remedy) = match self {
            Self::Running(_) => return None,
            Self::Silent(Daemon { process, .. }) => (
                format!("process {process} has {data} and does not answer"),
                "run `systemctl restart rrd-collector`, or end it".to_owned(),
            ),
            Self::None => (
                format!("no daemon uses {data}"),
                format!(
                    "run `systemctl start rrd-collector`, or without systemd \
                     `rrd-collector --data {word}`"
                ),
            ),
            Self::Denied => (
                format!("this user may not ask the daemon of {data}"),
                "run `sudo rrd-collector doctor`".to_owned(),
            ),
        };
        Some(Complaint::new("daemon", what, remedy))
    }
}
