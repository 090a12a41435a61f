//! Where lines of the log go.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use jiff::Zoned;
use log::Level;
use syslog::{Facility, Formatter3164, Logger, LoggerBackend};

/// Where lines of the log go.
#[derive(Debug)]
pub(in crate::daemon) enum Destination {
    /// A file that lines are added to.
    File { path: PathBuf, file: File },
    /// The system's log.
    System(SystemLog),
    /// Standard error.
    Stream,
}

/// The connection to the system's log.
pub(in crate::daemon) struct SystemLog {
    logger: Option<Logger<LoggerBackend, Formatter3164>>,
    /// Whether standard error takes what the system does not.
    has_stream: bool,
}

impl std::fmt::Debug for SystemLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SystemLog").field("has_stream", &self.has_stream).finish_non_exhaustive()
    }
}

impl Destination {
    /// Adds to a file, which is made if it is missing.
    pub(super) fn file(path: &Path) -> io::Result<Self> {
        Ok(Self::File { path: path.to_owned(), file: open(path)? })
    }

    /// The system's log; standard error if there is none and somebody sees it.
    pub(super) fn system(has_stream: bool) -> Self {
        match SystemLog::connect() {
            None if has_stream => Self::Stream,
            logger => Self::System(SystemLog { logger, has_stream }),
        }
    }

    /// Writes a line. There is nobody to tell if that fails.
    pub(super) fn write(&mut self, level: Level, text: &str) {
        match self {
            Self::File { file, .. } => {
                let at = Zoned::now().strftime("%Y-%m-%d %H:%M:%S").to_string();
                // One call, so that lines of several processes do not mix.
                let line = format!("{at} [{}] {text}\n", severity(level));
                let _ = file.write_all(line.as_bytes());
            }
            Self::System(system) => system.write(level, text),
            Self::Stream => print(text),
        }
    }

    /// Opens a file by its name again. If that fails, the one that is open goes on.
    pub(super) fn reopen(&mut self) {
        if let Self::File { path, file } = self {
            match open(path) {
                Ok(opened) => *file = opened,
                Err(error) => {
                    let text = format!("cannot open the log {} again: {error}", path.display());
                    self.write(Level::Error, &text);
                }
            }
        }
    }
}

impl SystemLog {
    fn connect() -> Option<Logger<LoggerBackend, Formatter3164>> {
        syslog::unix(Formatter3164 {
            facility: Facility::LOG_DAEMON,
            hostname: None,
            process: "rrdcached".into(),
            pid: std::process::id(),
        })
        .ok()
    }

    /// Connects once more if the system's log was started again in the meantime.
    fn write(&mut self, level: Level, text: &str) {
        let is_written = self.logger.as_mut().is_some_and(|logger| send(logger, level, text));
        if is_written {
            return;
        }
        self.logger = Self::connect();
        let is_written = self.logger.as_mut().is_some_and(|logger| send(logger, level, text));
        if !is_written && self.has_stream {
            print(text);
        }
    }
}

fn send(logger: &mut Logger<LoggerBackend, Formatter3164>, level: Level, text: &str) -> bool {
    match level {
        Level::Error => logger.err(text),
        Level::Warn => logger.warning(text),
        Level::Info => logger.info(text),
        Level::Debug | Level::Trace => logger.debug(text),
    }
    .is_ok()
}

fn print(text: &str) {
    let _ = writeln!(io::stderr(), "rrdcached: {text}");
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

/// The number of a level in the system's log.
const fn severity(level: Level) -> u8 {
    match level {
        Level::Error => 3,
        Level::Warn => 4,
        Level::Info => 6,
        Level::Debug | Level::Trace => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_added_to_and_opened_again_after_it_was_renamed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, old) = (folder.path().join("log"), folder.path().join("log.1"));
        std::fs::write(&path, "before\n").unwrap();
        let mut log = Destination::file(&path).unwrap();
        log.write(Level::Error, "one");
        std::fs::rename(&path, &old).unwrap();
        log.write(Level::Warn, "two");
        log.reopen();
        log.write(Level::Info, "three");
        let without_times = |path: &Path| {
            let text = std::fs::read_to_string(path).unwrap();
            let lines = text.lines().map(|line| line.get(20..).unwrap_or(line).to_owned());
            lines.collect::<Vec<String>>()
        };
        assert_eq!(without_times(&old), ["before", "[3] one", "[4] two"]);
        assert_eq!(without_times(&path), ["[6] three"]);
    }
}
