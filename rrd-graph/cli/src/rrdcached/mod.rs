//! The client of the caching daemon rrdcached: its commands as functions. No files are accessed
//! here.

mod address;
mod connection;
mod error;
mod fetch;
mod link;
mod path;
mod reached;
mod statistics;
mod template;

use std::borrow::Cow;
use std::ffi::OsStr;
use std::io::{self, BufRead, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use rrd_core::{Series, Timestamp};

pub use address::AddressError;
use connection::{Connection, Stream};
pub use error::DaemonError;
use error::MAX_REQUEST_LENGTH;
pub use link::{Link, Linked};
pub(crate) use reached::Reached;
pub use statistics::{Statistic, StatisticValue};
pub(crate) use template::in_file_order;

/// A connected daemon.
pub struct Daemon {
    connection: Connection,
    strip_path: Option<PathBuf>,
}

/// One line of INFO: a key and its value, still as text.
#[derive(Debug, PartialEq, Eq)]
pub struct InfoLine {
    /// A key such as `ds[a].min`.
    pub key: String,
    /// The kind of the value.
    pub kind: InfoKind,
    /// The value.
    pub text: String,
}

/// The kinds of INFO values for databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InfoKind {
    /// A decimal number or `NaN`.
    Number,
    /// A whole number that is not negative.
    Count,
    /// A whole number.
    Integer,
    /// Text, without quotes.
    Text,
}

/// How deep LIST descends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// One folder.
    One,
    /// With all subfolders.
    All,
}

/// Sends one request to the daemon at the other end of a stream and reads the answer. Entry point
/// for fuzzing.
///
/// # Errors
///
/// What the tool's commands print.
#[doc(hidden)]
pub fn ask_over(stream: UnixStream, question: u8) -> Result<(), String> {
    let connection = Connection::over(Stream::Unix(stream), OsStr::new("unix:/x"));
    let mut daemon = Daemon { connection, strip_path: None };
    let file = Path::new("/x.rrd");
    let answer = match question % 6 {
        0 => daemon.fetch(file, "AVERAGE", 0, 600).map(|series| _ = series.rows().count()),
        1 => daemon.info(file).map(drop),
        2 => daemon.last(file).map(drop),
        3 => daemon.list(OsStr::new("/"), Depth::All).map(drop),
        4 => daemon.update(file, &["1:2"]),
        _ => return daemon.dump(file, &mut io::sink()).map_err(|error| error.to_string()),
    };
    answer.map_err(|error| error.to_string())
}

impl Daemon {
    /// Connects to the daemon at an address as typed. `strip_path` is the base folder of a remote
    /// daemon.
    pub(crate) fn connect(
        address: &OsStr,
        strip_path: Option<&OsStr>,
    ) -> Result<Self, DaemonError> {
        let mut daemon = Self { connection: Connection::open(address)?, strip_path: None };
        daemon.set_strip_path(strip_path);
        Ok(daemon)
    }

    /// The base folder of a remote daemon.
    fn set_strip_path(&mut self, strip_path: Option<&OsStr>) {
        self.strip_path = strip_path.filter(|path| !path.is_empty()).map(PathBuf::from);
    }

    /// Whether the daemon may have other files.
    pub(crate) fn is_remote(&self) -> bool {
        self.connection.remote
    }

    /// Queues readings of the form `time:value:...`. The daemon does not know the present time, so
    /// `N` is not one; see [`at_present`].
    pub fn update(&mut self, file: &Path, readings: &[&str]) -> Result<(), DaemonError> {
        let head = self.request("UPDATE", file)?;
        let mut request = head.clone();
        for reading in readings {
            let field = escaped(reading.as_bytes())?;
            // The daemon truncates long lines; several short ones are equivalent.
            if request.len() > head.len() && request.len() + 1 + field.len() > MAX_REQUEST_LENGTH {
                self.connection.order(&request)?;
                request.truncate(head.len());
            }
            request.push(b' ');
            request.extend(field);
        }
        self.connection.order(&request)?;
        Ok(())
    }

    /// Makes the daemon write all pending readings of a file, and waits for it.
    pub fn flush(&mut self, file: &Path) -> Result<(), DaemonError> {
        self.simple("FLUSH", file)
    }

    /// Makes the daemon write all pending readings; it begins with that and answers.
    pub fn flush_all(&mut self) -> Result<(), DaemonError> {
        self.connection.order(b"FLUSHALL")?;
        Ok(())
    }

    /// Whether the daemon answers.
    pub fn ping(&mut self) -> Result<(), DaemonError> {
        self.connection.order(b"PING")?;
        Ok(())
    }

    /// What the daemon counts.
    pub fn statistics(&mut self) -> Result<Vec<Statistic>, DaemonError> {
        let status = self.connection.ask(b"STATS")?;
        statistics::read(&mut self.connection, status.lines)
    }

    /// Drops the daemon's state of a file.
    pub fn forget(&mut self, file: &Path) -> Result<(), DaemonError> {
        self.simple("FORGET", file)
    }

    fn simple(&mut self, command: &str, file: &Path) -> Result<(), DaemonError> {
        let request = self.request(command, file)?;
        self.connection.order(&request)?;
        Ok(())
    }

    /// The rows of a range; the daemon first writes pending readings and uses the finest archive
    /// that covers the range. Times that are not after 1970 are left to the daemon, which takes the
    /// last day.
    pub fn fetch(
        &mut self,
        file: &Path,
        function: &str,
        start: i64,
        end: i64,
    ) -> Result<Series, DaemonError> {
        let mut request = self.request("FETCH", file)?;
        request.push(b' ');
        request.extend(escaped(function.as_bytes())?);
        // The end has its place behind the start.
        for time in [start, end].into_iter().take_while(|time| *time > 0) {
            request.extend(format!(" {time}").into_bytes());
        }
        let status = self.connection.ask(&request)?;
        fetch::read(&mut self.connection, status.lines)
    }

    /// The time of the oldest row of an archive.
    pub fn first(&mut self, file: &Path, archive: i64) -> Result<i64, DaemonError> {
        let mut request = self.request("FIRST", file)?;
        request.extend(format!(" {archive}").into_bytes());
        self.moment(&request)
    }

    /// The time of the last reading, including pending ones.
    pub fn last(&mut self, file: &Path) -> Result<i64, DaemonError> {
        let request = self.request("LAST", file)?;
        self.moment(&request)
    }

    fn moment(&mut self, request: &[u8]) -> Result<i64, DaemonError> {
        let status = self.connection.order(request)?;
        status.text.trim().parse().map_err(|_| self.connection.puzzled(&status.text))
    }

    /// The head of a file. Pending readings are not in it.
    pub fn info(&mut self, file: &Path) -> Result<Vec<InfoLine>, DaemonError> {
        let request = self.request("INFO", file)?;
        let status = self.connection.ask(&request)?;
        let mut lines = Vec::new();
        for _ in 0..status.lines {
            let line = self.connection.line()?;
            lines.push(info_line(&line).ok_or_else(|| self.connection.puzzled(&line))?);
        }
        Ok(lines)
    }

    /// Creates a file from the options and definitions of a command line.
    pub fn create(&mut self, file: &Path, words: &[&[u8]]) -> Result<(), DaemonError> {
        let mut request = self.request("CREATE", file)?;
        for word in words {
            request.push(b' ');
            request.extend(escaped(word)?);
        }
        self.connection.order(&request)?;
        Ok(())
    }

    /// Changes a file by the arguments of a `tune` command line: those before the name of the file
    /// and those after it.
    pub(crate) fn tune(
        &mut self,
        file: &Path,
        before: &[&[u8]],
        after: &[&[u8]],
    ) -> Result<(), DaemonError> {
        let mut request = self.request("TUNE", file)?;
        let name = self.name_of(file)?;
        let words = [&[&b"tune"[..]], before, &[name.as_os_str().as_bytes()], after].concat();
        request.extend(format!(" {}", words.len()).into_bytes());
        for word in words {
            request.push(b' ');
            request.extend(escaped(word)?);
        }
        self.connection.order(&request)?;
        Ok(())
    }

    /// Names of archives below a folder of the daemon, which must begin with `/`.
    pub fn list(&mut self, folder: &OsStr, depth: Depth) -> Result<Vec<String>, DaemonError> {
        let mut request = b"LIST ".to_vec();
        if depth == Depth::All {
            request.extend(b"RECURSIVE ");
        }
        request.extend(escaped(folder.as_bytes())?);
        let status = self.connection.ask(&request)?;
        (0..status.lines).map(|_| self.connection.line()).collect()
    }

    /// The XML text of a file, with the header that contains its DTD. The connection ends with it.
    pub(crate) fn dump(&mut self, file: &Path, out: &mut dyn Write) -> Result<(), DumpError> {
        let request = self.request("DUMP", file)?;
        self.connection.send(&request)?;
        let rest = self.connection.rest();
        let begin = rest.fill_buf().map(<[u8]>::to_vec);
        let begin = begin.map_err(|error| self.connection.lost(error))?;
        if !begin.starts_with(b"<") {
            let status = self.connection.status()?;
            return Err(self.connection.puzzled(&status.text).into());
        }
        loop {
            let rest = self.connection.rest();
            let length = match rest.fill_buf() {
                Ok([]) => return Ok(()),
                Ok(bytes) => {
                    out.write_all(bytes).map_err(DumpError::Write)?;
                    bytes.len()
                }
                Err(error) => return Err(self.connection.lost(error).into()),
            };
            rest.consume(length);
        }
    }

    /// A command and the daemon's name of the file.
    fn request(&self, command: &str, file: &Path) -> Result<Vec<u8>, DaemonError> {
        let mut request = format!("{command} ").into_bytes();
        request.extend(escaped(self.name_of(file)?.as_os_str().as_bytes())?);
        Ok(request)
    }

    fn name_of(&self, file: &Path) -> Result<PathBuf, DaemonError> {
        if self.connection.remote {
            path::remote(file, self.strip_path.as_deref())
        } else {
            path::absolute(file)
        }
    }
}

/// Errors of a dump by a daemon.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DumpError {
    /// Errors of the daemon.
    #[error(transparent)]
    Daemon(#[from] DaemonError),
    /// Errors of the output.
    #[error("error writing output file")]
    Write(#[source] io::Error),
}

/// The reading with this time in place of `N`.
pub fn at_present(reading: &str, now: Timestamp) -> Cow<'_, str> {
    match reading.strip_prefix("N:") {
        Some(values) => Cow::Owned(format!("{now}:{values}")),
        None => Cow::Borrowed(reading),
    }
}

/// A field of a request: blanks and backslashes are escaped by a backslash.
fn escaped(field: &[u8]) -> Result<Vec<u8>, DaemonError> {
    let mut bytes = Vec::with_capacity(field.len());
    for &byte in field {
        match byte {
            b'\n' | b'\r' | 0 => {
                return Err(DaemonError::LineBreak(String::from_utf8_lossy(field).into_owned()));
            }
            b' ' | b'\\' => bytes.extend([b'\\', byte]),
            _ => bytes.push(byte),
        }
    }
    Ok(bytes)
}

/// `KEY TYPE VALUE`; a value may contain blanks.
fn info_line(line: &str) -> Option<InfoLine> {
    let mut parts = line.splitn(3, ' ');
    let key = parts.next()?.to_owned();
    let kind = match parts.next()? {
        "0" => InfoKind::Number,
        "1" => InfoKind::Count,
        "3" => InfoKind::Integer,
        "2" => InfoKind::Text,
        _ => return None,
    };
    Some(InfoLine { key, kind, text: parts.next().unwrap_or_default().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_backslashes_are_escaped_and_line_breaks_refused() {
        assert_eq!(escaped(br"a b\c").unwrap(), br"a\ b\\c");
        assert!(matches!(escaped(b"a\nFLUSHALL"), Err(DaemonError::LineBreak(_))));
    }

    #[test]
    fn n_is_the_present_second_only_in_the_place_of_a_time() {
        let now = Timestamp::from_seconds(1_000_000_000);
        assert_eq!(at_present("N:1:N", now), "1000000000:1:N");
        assert_eq!(at_present("NN:1", now), "NN:1");
        assert_eq!(at_present("N", now), "N");
    }

    #[test]
    fn an_info_line_keeps_the_blanks_of_its_value() {
        let line = info_line("filename 2 /a b.rrd").unwrap();
        assert_eq!((line.key.as_str(), line.text.as_str()), ("filename", "/a b.rrd"));
        assert_eq!(line.kind, InfoKind::Text);
        assert_eq!(info_line("filename 9 x"), None);
    }
}
