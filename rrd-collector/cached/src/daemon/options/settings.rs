//! What a command line asks for, and the settings of a daemon.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use log::LevelFilter;
use rrd_core::LogSync;

use super::accounts::User;
use super::sockets::SocketOptions;
use crate::daemon::status::StatusFormat;
use crate::grammar::Permissions;
use crate::write_back::WriteBackOptions;

/// What a command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::daemon) enum Request {
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
pub(in crate::daemon) struct Options {
    /// `-b`, as it was typed.
    pub(in crate::daemon) base: Option<OsString>,
    /// `-B`.
    pub(in crate::daemon) is_confined: bool,
    /// `--also`.
    pub(in crate::daemon) also: Vec<PathBuf>,
    /// `-R`.
    pub(in crate::daemon) makes_folders: bool,
    /// Not `-O`.
    pub(in crate::daemon) overwrites: bool,
    /// `-w`, `-z` and `-f`.
    pub(in crate::daemon) write_back: WriteBackOptions,
    /// `-j`.
    pub(in crate::daemon) journal: Option<PathBuf>,
    /// `--journal-size`, in bytes.
    pub(in crate::daemon) journal_size: Option<usize>,
    /// `--sync`.
    pub(in crate::daemon) sync: LogSync,
    /// `-F`.
    pub(in crate::daemon) writes_at_end: bool,
    /// `-p`.
    pub(in crate::daemon) pid_file: PathBuf,
    /// `-g`.
    pub(in crate::daemon) stays_in_foreground: bool,
    /// `-o`.
    pub(in crate::daemon) log_file: Option<PathBuf>,
    /// `-V`.
    pub(in crate::daemon) log_level: LevelFilter,
    /// `-U`.
    pub(in crate::daemon) user: Option<User>,
    /// `-G`.
    pub(in crate::daemon) group: Option<u32>,
    /// `-l` and `-L`, or the default.
    pub(in crate::daemon) sockets: Vec<SocketOptions>,
    /// Whether there is a `-l` or `-L`.
    pub(in crate::daemon) names_sockets: bool,
    /// The commands that are allowed on sockets that the service manager hands over: the list that
    /// comes before the first `-l`.
    pub(in crate::daemon) handed_over: Arc<Permissions>,
    /// `--allow`.
    pub(in crate::daemon) networks: Option<Arc<[IpNet]>>,
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
