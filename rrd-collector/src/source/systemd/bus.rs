//! What systemd says on the system bus: the units that failed, and how many jobs it has.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use thiserror::Error;

use super::message::{Arguments, Call, FIXED, Message, Reader};

/// The time for all of it.
const DEADLINE: Duration = Duration::from_secs(10);
/// The most messages that may come before the answers: the bus sends a few of its own.
const MOST_MESSAGES: usize = 100;
/// The longest line before messages begin.
const LONGEST_LINE: usize = 512;

const SYSTEMD: &str = "org.freedesktop.systemd1";
const PATH: &str = "/org/freedesktop/systemd1";
const MANAGER: &str = "org.freedesktop.systemd1.Manager";

/// Serial numbers of the calls.
const HELLO: u32 = 1;
const UNITS: u32 = 2;
const JOBS: u32 = 3;

/// An answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Manager {
    /// The names of the units that failed.
    pub(super) failed: Vec<String>,
    /// Starts and stops of units that have not ended.
    pub(super) jobs: Option<u32>,
}

/// Why there is no answer.
#[derive(Debug, Error)]
pub(super) enum BusError {
    /// The socket is missing, or it fails.
    #[error("cannot be asked: {0}")]
    Io(io::Error),
    /// It takes too long.
    #[error("no answer within {} s", DEADLINE.as_secs())]
    Late,
    /// The bus does not let us in.
    #[error("this user is refused: {0:?}")]
    Refused(String),
    /// Something is no message, or has other content than expected.
    #[error("the answer is not of D-Bus or damaged")]
    Malformed,
    /// An error instead of an answer.
    #[error("{name}: {text}")]
    Said {
        /// The name of the error.
        name: String,
        /// What it says.
        text: String,
    },
    /// Only other messages came.
    #[error("no answer among {MOST_MESSAGES} messages")]
    None,
}

impl From<io::Error> for BusError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Self::Late,
            _ => Self::Io(error),
        }
    }
}

/// Asks systemd on the bus with this socket.
pub(super) fn ask(socket: &Path) -> Result<Manager, BusError> {
    let mut bus = Bus::connect(socket)?;
    bus.send(&calls())?;
    bus.answers()
}

/// All calls at once: the answers refer to their serial numbers.
fn calls() -> Vec<u8> {
    let units = Call {
        destination: SYSTEMD,
        path: PATH,
        interface: MANAGER,
        member: "ListUnitsFiltered",
        arguments: Arguments::List(&["failed"]),
    };
    let jobs = Call {
        destination: SYSTEMD,
        path: PATH,
        interface: "org.freedesktop.DBus.Properties",
        member: "Get",
        arguments: Arguments::Pair(MANAGER, "NJobs"),
    };
    [units.bytes(UNITS), jobs.bytes(JOBS)].concat()
}

/// The call that a connection begins with.
fn hello() -> Vec<u8> {
    let hello = Call {
        destination: "org.freedesktop.DBus",
        path: "/org/freedesktop/DBus",
        interface: "org.freedesktop.DBus",
        member: "Hello",
        arguments: Arguments::None,
    };
    hello.bytes(HELLO)
}

/// A connection.
pub(super) struct Bus {
    stream: UnixStream,
    ends: Instant,
    /// Messages that may still come.
    left: usize,
}

impl Bus {
    /// Connects to the bus with this socket; calls may follow at once.
    pub(super) fn connect(socket: &Path) -> Result<Self, BusError> {
        let stream = UnixStream::connect(socket)?;
        let mut bus = Self { stream, ends: Instant::now() + DEADLINE, left: MOST_MESSAGES };
        bus.begin()?;
        bus.send(&hello())?;
        Ok(bus)
    }

    /// Says who we are: the bus asks the kernel whether that is true.
    fn begin(&mut self) -> Result<(), BusError> {
        let user = rustix::process::geteuid().as_raw().to_string();
        let user: Vec<String> = user.bytes().map(|digit| format!("{digit:02x}")).collect();
        self.send(format!("\0AUTH EXTERNAL {}\r\n", user.concat()).as_bytes())?;
        let line = self.line()?;
        if !line.starts_with("OK ") {
            return Err(BusError::Refused(line));
        }
        self.send(b"BEGIN\r\n")
    }

    fn answers(&mut self) -> Result<Manager, BusError> {
        let (mut failed, mut jobs) = (None, None);
        loop {
            let bytes = self.message()?;
            let message = Message::read(&bytes).ok_or(BusError::Malformed)?;
            match message.answers {
                Some(UNITS) => failed = Some(units(message)?),
                // A manager without this number has the rest.
                Some(JOBS) => jobs = Some(number(message).ok()),
                _ => _ = unless_error(message)?,
            }
            if let (Some(_), Some(jobs)) = (&failed, jobs) {
                return Ok(Manager { failed: failed.unwrap_or_default(), jobs });
            }
        }
    }

    pub(super) fn send(&mut self, bytes: &[u8]) -> Result<(), BusError> {
        self.stream.set_write_timeout(Some(self.time_left()?))?;
        Ok(self.stream.write_all(bytes)?)
    }

    /// A line, without its end.
    fn line(&mut self) -> Result<String, BusError> {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            if line.len() > LONGEST_LINE {
                return Err(BusError::Malformed);
            }
            let mut byte = [0];
            self.fill(&mut byte)?;
            line.extend(byte);
        }
        Ok(String::from_utf8_lossy(line.trim_ascii()).into_owned())
    }

    /// The next message.
    pub(super) fn message(&mut self) -> Result<Vec<u8>, BusError> {
        self.left = self.left.checked_sub(1).ok_or(BusError::None)?;
        let mut bytes = vec![0; FIXED];
        self.fill(&mut bytes)?;
        let length = Message::length(&bytes).ok_or(BusError::Malformed)?;
        // What comes decides how much memory is taken, not what is announced.
        while bytes.len() < length {
            let begin = bytes.len();
            bytes.resize(length.min(begin + (64 << 10)), 0);
            self.fill(bytes.get_mut(begin..).unwrap_or_default())?;
        }
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), BusError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            self.stream.set_read_timeout(Some(self.time_left()?))?;
            match self.stream.read(rest)? {
                0 => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
                read => rest = rest.get_mut(read..).unwrap_or_default(),
            }
        }
        Ok(())
    }

    fn time_left(&self) -> io::Result<Duration> {
        let left = self.ends.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

/// The message, unless it is an error.
pub(super) fn unless_error(mut message: Message<'_>) -> Result<Message<'_>, BusError> {
    let Some(name) = message.error.take() else { return Ok(message) };
    let text = if message.signature.starts_with('s') { message.body.text() } else { None };
    Err(BusError::Said { name, text: text.unwrap_or_default().to_owned() })
}

/// The names in the answer to `ListUnitsFiltered`.
fn units(message: Message<'_>) -> Result<Vec<String>, BusError> {
    let mut message = unless_error(message)?;
    let is_list = message.signature == "a(ssssssouso)";
    let names = is_list.then(|| message.body.array()).flatten().and_then(names);
    names.ok_or(BusError::Malformed)
}

/// The first text of each unit: its name. Seven others, a number and two texts follow.
fn names(mut array: Reader<'_>) -> Option<Vec<String>> {
    let mut names = Vec::new();
    while !array.is_at_end() {
        array.align(8)?;
        names.push(array.text()?.to_owned());
        for _ in 0..6 {
            array.text()?;
        }
        array.number()?;
        for _ in 0..2 {
            array.text()?;
        }
    }
    Some(names)
}

/// The number in the answer to `Get`.
fn number(message: Message<'_>) -> Result<u32, BusError> {
    let mut message = unless_error(message)?;
    let is_number = message.signature == "v" && message.body.signature() == Some("u");
    is_number.then(|| message.body.number()).flatten().ok_or(BusError::Malformed)
}

/// Reads bytes as answers, for fuzzing.
pub fn read_message(bytes: &[u8]) {
    if Message::length(bytes).is_some() {
        let _ = Message::read(bytes).map(units);
        let _ = Message::read(bytes).map(number);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;
    use std::thread;

    use super::*;

    /// What dbus-daemon 1.14 and systemd 252 of Debian 12 answered, one unit having failed.
    const HELLO_ANSWER: &[u8] = b"l\x02\x01\x01\x09\0\0\0\x01\0\0\0=\0\0\0\
        \x06\x01s\0\x04\0\0\0:1.4\0\0\0\0\x05\x01u\0\x01\0\0\0\x08\x01g\0\x01s\0\0\
        \x07\x01s\0\x14\0\0\0org.freedesktop.DBus\0\0\0\0\x04\0\0\0:1.4\0";
    const SIGNAL: &[u8] = b"l\x04\x01\x01\x09\0\0\0\x02\0\0\0\x8d\0\0\0\
        \x01\x01o\0\x15\0\0\0/org/freedesktop/DBus\0\0\0\x02\x01s\0\x14\0\0\0org.freedesktop.DBus\0\0\0\0\
        \x03\x01s\0\x0c\0\0\0NameAcquired\0\0\0\0\x06\x01s\0\x04\0\0\0:1.4\0\0\0\0\x08\x01g\0\x01s\0\0\
        \x07\x01s\0\x14\0\0\0org.freedesktop.DBus\0\0\0\0\x04\0\0\0:1.4\0";
    const UNITS_ANSWER: &[u8] = b"l\x02\x01\x01\xa2\0\0\0\x08\0\0\0=\0\0\0\
        \x05\x01u\0\x02\0\0\0\x06\x01s\0\x04\0\0\0:1.4\0\0\0\0\
        \x08\x01g\0\ra(ssssssouso)\0\0\0\0\0\0\x07\x01s\0\x04\0\0\0:1.1\0\0\0\0\
        \x9a\0\0\0\0\0\0\0\x0e\0\0\0broken.service\0\0\x0e\0\0\0broken.service\0\0\
        \x06\0\0\0loaded\0\0\x06\0\0\0failed\0\0\x06\0\0\0failed\0\0\0\0\0\0\0\0\0\0/\0\0\0\
        /org/freedesktop/systemd1/unit/broken_2eservice\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0/\0";
    const JOBS_ANSWER: &[u8] = b"l\x02\x01\x01\x08\0\0\0\x09\0\0\0-\0\0\0\
        \x05\x01u\0\x03\0\0\0\x06\x01s\0\x04\0\0\0:1.4\0\0\0\0\x08\x01g\0\x01v\0\0\
        \x07\x01s\0\x04\0\0\0:1.1\0\0\0\0\x01u\0\0\x05\0\0\0";

    /// What is said about a bus that answers like this.
    fn answered(line: &'static str, messages: &[&[u8]]) -> Result<Manager, BusError> {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("bus");
        let listener = UnixListener::bind(&socket).unwrap();
        let messages = messages.concat();
        let bus = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut said = [0; 1024];
            let read = stream.read(&mut said).unwrap();
            assert!(said[..read].starts_with(b"\0AUTH EXTERNAL 3"), "{said:?}");
            stream.write_all(line.as_bytes()).unwrap();
            let mut all: Vec<u8> = Vec::new();
            let wanted = b"BEGIN\r\n".len() + hello().len() + calls().len();
            while all.len() < wanted {
                match stream.read(&mut said) {
                    Ok(read @ 1..) => all.extend(&said[..read]),
                    // It is refused.
                    _ => return,
                }
            }
            // It may leave before all was sent.
            let _ = stream.write_all(&messages);
        });
        let answer = ask(&socket);
        bus.join().unwrap();
        answer
    }

    const OK: &str = "OK 51a317e587662a202d10574c6b0e6385\r\n";

    #[test]
    fn failed_units_and_jobs_are_read_among_other_messages() {
        let messages = [HELLO_ANSWER, SIGNAL, UNITS_ANSWER, JOBS_ANSWER];
        let failed = vec!["broken.service".to_owned()];
        let manager = answered(OK, &messages).unwrap();
        assert_eq!(manager, Manager { failed, jobs: Some(5) });
        // The answers may come in any order.
        let messages = [HELLO_ANSWER, JOBS_ANSWER, SIGNAL, UNITS_ANSWER];
        assert_eq!(answered(OK, &messages).unwrap(), manager);
    }

    #[test]
    fn a_bus_that_refuses_ends_or_talks_without_end_is_reported() {
        let message = |line, messages: &[&[u8]]| answered(line, messages).unwrap_err().to_string();
        assert_eq!(
            message("REJECTED EXTERNAL\r\n", &[]),
            "this user is refused: \"REJECTED EXTERNAL\""
        );
        let ended = message(OK, &[HELLO_ANSWER, UNITS_ANSWER]);
        assert_eq!(ended, "cannot be asked: unexpected end of file");
        let late = BusError::from(io::Error::from(io::ErrorKind::WouldBlock)).to_string();
        assert_eq!(late, "no answer within 10 s");
        assert_eq!(message(OK, &[SIGNAL; 100]), "no answer among 100 messages");
        let damaged = "the answer is not of D-Bus or damaged";
        assert_eq!(message(OK, &[b"HTTP/1.1 400 Bad Request\r\n\r\n"]), damaged);
        assert_eq!(message(OK, &[&UNITS_ANSWER.repeat(2)[9..]]), damaged);
    }

    #[test]
    fn an_error_is_named_and_one_about_the_jobs_costs_no_more_than_them() {
        let error = |serial: u8| {
            let mut error = b"l\x03\0\x01\x09\0\0\0\x07\0\0\0\x1f\0\0\0\
                \x04\x01s\0\x07\0\0\0a.Error\0\x05\x01u\0\0\0\0\0\x08\x01g\0\x01s\0\0\
                \x04\0\0\0text\0"
                .to_vec();
            error[36] = serial;
            error
        };
        let named = answered(OK, &[&error(2)]).unwrap_err().to_string();
        assert_eq!(named, "a.Error: text");
        assert_eq!(answered(OK, &[UNITS_ANSWER, &error(3)]).unwrap().jobs, None);
    }

    #[test]
    fn a_damaged_list_of_units_never_panics() {
        for place in 0..UNITS_ANSWER.len() {
            let mut damaged = UNITS_ANSWER.to_vec();
            damaged[place] = 0xff;
            read_message(&damaged);
            read_message(&UNITS_ANSWER[..place]);
        }
    }
}
