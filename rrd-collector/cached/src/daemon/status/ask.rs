//! A connection to a running daemon.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::report::{FileError, Report, parse_counter};
use crate::listener::ListenAddress;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest line that is read.
const LONGEST: u64 = 1 << 20;
/// The host of an address that names none.
const LOCAL: &str = "localhost";

/// Why a daemon did not say what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(in crate::daemon) enum AskError {
    /// There is no connection.
    #[error("cannot connect to {address}")]
    Connect { address: String, source: io::Error },
    /// The connection broke.
    #[error("{address} does not answer")]
    Answer { address: String, source: io::Error },
    /// It answered with an error.
    #[error("{address} refuses: {text}")]
    Refused { address: String, text: String },
    /// The answer cannot be printed.
    #[error("cannot print")]
    Print(#[source] io::Error),
}

/// A connection.
pub(super) struct Connection {
    address: String,
    reader: BufReader<Box<dyn Stream>>,
}

trait Stream: Read + Write {}

impl<T: Read + Write> Stream for T {}

impl Connection {
    /// Connects to a daemon.
    pub(super) fn open(address: &ListenAddress) -> Result<Self, AskError> {
        let text = address.to_string();
        match connect(address) {
            Ok(stream) => Ok(Self { address: text, reader: BufReader::new(stream) }),
            Err(source) => Err(AskError::Connect { address: text, source }),
        }
    }

    /// Asks for all that a report contains.
    pub(super) fn report(&mut self) -> Result<Report, AskError> {
        let counters = self.ask("STATS")?.1.iter().filter_map(|line| parse_counter(line)).collect();
        let (title, lines) = self.ask("STATS ERRORS")?;
        // The original answers this as STATS.
        let known = title.starts_with("Errors");
        let errors = lines.iter().filter(|_| known).filter_map(|line| FileError::parse(line));
        Ok(Report { counters, errors: errors.collect() })
    }

    /// Sends a command, and returns the text and the lines of its answer.
    fn ask(&mut self, command: &str) -> Result<(String, Vec<Vec<u8>>), AskError> {
        let answer = self.exchange(command);
        let (count, text, lines) =
            answer.map_err(|source| AskError::Answer { address: self.address.clone(), source })?;
        if count < 0 {
            return Err(AskError::Refused { address: self.address.clone(), text });
        }
        Ok((text, lines))
    }

    fn exchange(&mut self, command: &str) -> io::Result<(i64, String, Vec<Vec<u8>>)> {
        self.reader.get_mut().write_all(format!("{command}\n").as_bytes())?;
        let status = self.line()?;
        let status = String::from_utf8_lossy(&status);
        let (count, text) = status.split_once(' ').unwrap_or((&status, ""));
        let count: i64 = count.parse().map_err(|_| {
            io::Error::new(io::ErrorKind::InvalidData, format!("unexpected answer {status:?}"))
        })?;
        let lines = (0..count).map(|_| self.line()).collect::<io::Result<Vec<_>>>()?;
        Ok((count, text.to_owned(), lines))
    }

    /// A line without its end.
    fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        self.reader.by_ref().take(LONGEST).read_until(b'\n', &mut line)?;
        if line.pop() == Some(b'\n') { Ok(line) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("address", &self.address).finish_non_exhaustive()
    }
}

fn connect(address: &ListenAddress) -> io::Result<Box<dyn Stream>> {
    Ok(match address {
        ListenAddress::Unix(path) => {
            let stream = UnixStream::connect(path)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            Box::new(stream)
        }
        ListenAddress::Tcp { host, port } => {
            let port = port.parse::<u16>().map_err(|error| {
                io::Error::new(io::ErrorKind::InvalidInput, format!("port {port:?}: {error}"))
            })?;
            let stream = TcpStream::connect((host.as_deref().unwrap_or(LOCAL), port))?;
            stream.set_read_timeout(Some(PATIENCE))?;
            Box::new(stream)
        }
    })
}
