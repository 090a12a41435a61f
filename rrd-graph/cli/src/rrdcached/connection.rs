//! A connection: sends lines and reads answers. Their content is in `mod`.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};

use super::address::Address;
use super::error::{DaemonError, MAX_REQUEST_LENGTH};

/// Longer lines are not from a daemon.
const MAX_LINE_LENGTH: usize = 1 << 20;

/// Time limit for a complete answer.
const PATIENCE: Duration = Duration::from_secs(300);

/// Limit on the memory for an answer: four million rows, or a million names.
const MAX_ANSWER: usize = 128 << 20;

/// Memory used by a line of an answer besides its bytes.
const LINE_COST: usize = 32;

/// A connected daemon.
pub(super) struct Connection {
    /// As the user typed it, for messages.
    address: String,
    stream: BufReader<Stream>,
    /// Deadline of the answer.
    deadline: Instant,
    /// How long a read of the stream may take.
    read_limit: Duration,
    /// Memory left for the answer.
    room: usize,
    /// A daemon behind TCP may have other files.
    pub(super) remote: bool,
    /// Whether the next answer could not be told from the rest of this one.
    ended: bool,
}

pub(super) enum Stream {
    Unix(UnixStream),
    Tcp(TcpStream),
}

/// What a read of a stream would find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Peeked {
    Nothing,
    Data,
    Nobody,
}

/// The first line of an answer, with the number of lines that follow.
pub(super) struct Status {
    pub(super) text: String,
    pub(super) lines: usize,
}

impl Connection {
    /// Connects to an address as typed by the user.
    pub(super) fn open(typed: &OsStr) -> Result<Self, DaemonError> {
        let address = Address::parse(typed)?;
        let stream = match &address {
            Address::Unix(path) => connect_unix(path).map(Stream::Unix),
            Address::Tcp { host, port } => connect_tcp(host, port).map(Stream::Tcp),
        };
        let stream = stream.map_err(DaemonError::Connect)?;
        stream.set_patience().map_err(DaemonError::Connect)?;
        Ok(Self::over(stream, typed))
    }

    /// A daemon at the other end of a stream.
    pub(super) fn over(stream: Stream, typed: &OsStr) -> Self {
        Self {
            address: typed.to_string_lossy().into_owned(),
            remote: matches!(stream, Stream::Tcp(_)),
            stream: BufReader::new(stream),
            deadline: Instant::now() + PATIENCE,
            read_limit: Duration::ZERO,
            room: MAX_ANSWER,
            ended: false,
        }
    }

    /// Whether the daemon is there and has sent no more than it was asked for.
    pub(super) fn is_idle(&self) -> bool {
        let quiet = self.stream.buffer().is_empty() && !self.ended;
        quiet && self.stream.get_ref().peek() == Peeked::Nothing
    }

    /// Whether the daemon has sent more than it was asked for.
    pub(super) fn has_surplus(&self) -> bool {
        !self.stream.buffer().is_empty() || self.stream.get_ref().peek() == Peeked::Data
    }

    /// Whether nothing more can be asked.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Sends one line and reads an answer, of which only the first line matters.
    pub(super) fn order(&mut self, request: &[u8]) -> Result<Status, DaemonError> {
        let status = self.ask(request)?;
        for _ in 0..status.lines {
            self.line()?;
        }
        Ok(status)
    }

    /// Sends one line and reads the first line of the answer.
    pub(super) fn ask(&mut self, request: &[u8]) -> Result<Status, DaemonError> {
        self.send(request)?;
        self.status()
    }

    /// Sends one line.
    pub(super) fn send(&mut self, request: &[u8]) -> Result<(), DaemonError> {
        if request.len() > MAX_REQUEST_LENGTH {
            return Err(DaemonError::TooLong { bytes: request.len() });
        }
        self.deadline = Instant::now() + PATIENCE;
        self.room = MAX_ANSWER;
        let mut line = request.to_vec();
        line.push(b'\n');
        self.stream.get_mut().write_all(&line).map_err(|error| self.lost(error))
    }

    /// Reads the first line of an answer: a number, negative for an error, and a text.
    pub(super) fn status(&mut self) -> Result<Status, DaemonError> {
        let line = self.line()?;
        let (number, text) = line.split_once(' ').unwrap_or((&*line, ""));
        match number.parse::<i64>() {
            Ok(count) => match usize::try_from(count) {
                Ok(lines) => Ok(Status { text: text.to_owned(), lines }),
                Err(_) => Err(self.refused(text)),
            },
            Err(_) => Err(self.puzzled(&line)),
        }
    }

    /// Reads one line, without its end.
    pub(super) fn line(&mut self) -> Result<String, DaemonError> {
        let mut bytes = Vec::new();
        loop {
            self.fill().map_err(|error| self.lost(error))?;
            let begun = self.stream.buffer();
            let end = begun.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(begun.len(), |end| end + 1);
            if taken == 0 {
                return Err(self.lost(io::ErrorKind::UnexpectedEof.into()));
            }
            bytes.extend_from_slice(begun.get(..end.unwrap_or(taken)).unwrap_or_default());
            self.stream.consume(taken);
            if bytes.len() > MAX_LINE_LENGTH {
                return Err(self.puzzled(&String::from_utf8_lossy(&bytes)));
            }
            if end.is_some() {
                break;
            }
        }
        let cost = bytes.len() + LINE_COST;
        if cost > self.room {
            return Err(self.puzzled(&format!("more than {MAX_ANSWER} bytes")));
        }
        self.room -= cost;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Waits for more data if the buffer is empty, but not beyond the deadline.
    fn fill(&mut self) -> io::Result<()> {
        loop {
            if self.stream.buffer().is_empty() {
                let left = self.deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                // A second does not matter, and most answers come at once.
                if left.abs_diff(self.read_limit) > Duration::from_secs(1) {
                    self.stream.get_ref().wait_for(left)?;
                    self.read_limit = left;
                }
            }
            match self.stream.fill_buf() {
                // The timer of a program, say.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result.map(drop),
            }
        }
    }

    /// The rest of the connection's data, as bytes.
    pub(super) fn rest(&mut self) -> &mut impl BufRead {
        self.ended = true;
        &mut self.stream
    }

    /// The error for a lost connection.
    pub(super) fn lost(&mut self, source: io::Error) -> DaemonError {
        self.ended = true;
        DaemonError::Lost { address: self.address.clone(), source }
    }

    /// The error for an answer that does not follow the protocol.
    pub(super) fn puzzled(&mut self, line: &str) -> DaemonError {
        self.ended = true;
        let line = line.chars().take(200).collect();
        DaemonError::Puzzled { address: self.address.clone(), line }
    }

    fn refused(&self, text: &str) -> DaemonError {
        let (address, text) = (self.address.clone(), text.to_owned());
        if text.starts_with("Unknown command") {
            DaemonError::UnknownCommand { address, text }
        } else {
            DaemonError::Refused { address, text }
        }
    }
}

/// Connects to a socket, also if signals come meanwhile.
fn connect_unix(path: &Path) -> io::Result<UnixStream> {
    loop {
        match UnixStream::connect(path) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Connects to the first address of a host that answers.
fn connect_tcp(host: &str, port: &str) -> io::Result<TcpStream> {
    let number = port.parse::<u16>().map_err(|_| io::Error::from(Errno::INVAL))?;
    let mut last = io::Error::from(Errno::NOENT);
    for address in (host, number).to_socket_addrs()? {
        match TcpStream::connect(address) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

impl Stream {
    /// The time limit of the next read.
    fn wait_for(&self, time: Duration) -> io::Result<()> {
        match self {
            Self::Unix(stream) => stream.set_read_timeout(Some(time)),
            Self::Tcp(stream) => stream.set_read_timeout(Some(time)),
        }
    }

    /// What a read would find.
    fn peek(&self) -> Peeked {
        let (mut byte, flags) = ([0], RecvFlags::PEEK | RecvFlags::DONTWAIT);
        let seen = match self {
            Self::Unix(stream) => recv(stream, &mut byte, flags),
            Self::Tcp(stream) => recv(stream, &mut byte, flags),
        };
        match seen {
            Err(Errno::AGAIN | Errno::INTR) => Peeked::Nothing,
            Ok((1.., _)) => Peeked::Data,
            _ => Peeked::Nobody,
        }
    }

    fn set_patience(&self) -> io::Result<()> {
        match self {
            Self::Unix(stream) => {
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_write_timeout(Some(PATIENCE))
            }
            Self::Tcp(stream) => {
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_write_timeout(Some(PATIENCE))
            }
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.read(buffer),
            Self::Tcp(stream) => stream.read(buffer),
        }
    }
}

/// A daemon that has gone is an error and no signal, which would end a program in C.
impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sent = match self {
            Self::Unix(stream) => send(stream, bytes, SendFlags::NOSIGNAL),
            Self::Tcp(stream) => send(stream, bytes, SendFlags::NOSIGNAL),
        };
        Ok(sent?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
