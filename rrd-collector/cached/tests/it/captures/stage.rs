//! Where a conversation takes place: folders, files, the daemon, one connection.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rrd_core::{Heartbeat, Rrd, RrdReader, Sample, Schema, Step, Timestamp};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// How long anything may take on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Folders, files and a daemon.
pub(super) struct Stage {
    _root: TempDir,
    base: PathBuf,
    run: PathBuf,
    /// Free ports in place of the recorded ones.
    ports: [u16; 2],
    daemon: Option<Child>,
    /// The address of the socket that is spoken to.
    socket: String,
    connection: Option<Connection>,
}

/// A connection to the daemon.
struct Connection {
    stream: Box<dyn Duplex>,
    reader: BufReader<Box<dyn Duplex>>,
    in_batch: bool,
}

trait Duplex: std::io::Read + std::io::Write {
    fn end(&self);
}

impl Duplex for UnixStream {
    fn end(&self) {
        self.shutdown(Shutdown::Write).expect("it is open");
    }
}

impl Duplex for TcpStream {
    fn end(&self) {
        self.shutdown(Shutdown::Write).expect("it is open");
    }
}

impl Stage {
    /// The files of the recorded conversations.
    pub(super) fn set() -> Self {
        let root = tempfile::tempdir().expect("a folder");
        let top = root.path().canonicalize().expect("it exists");
        let (base, run) = (top.join("base"), top.clone());
        fs::create_dir_all(base.join("sub/deep")).expect("a folder");
        for name in ["a.rrd", "b.rrd", "sub/c.rrd"] {
            create(&base.join(name));
        }
        fs::write(base.join("junk.rrd"), [b'x'; 4096]).expect("a file");
        let free = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let other = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let ports = [&free, &other].map(|port| port.local_addr().expect("an address").port());
        let socket = "s.sock".to_owned();
        Self { _root: root, base, run, ports, daemon: None, socket, connection: None }
    }

    /// A link below the base to a file in it, and a file outside.
    pub(super) fn add_link(&self) {
        symlink(self.base.join("a.rrd"), self.base.join("link.rrd")).expect("a link");
        create(&self.run.join("outside.rrd"));
    }

    /// A link below the base to the file outside.
    pub(super) fn add_link_out(&self) {
        symlink(self.run.join("outside.rrd"), self.base.join("out.rrd")).expect("a link");
    }

    /// The PID file of a daemon that was killed.
    pub(super) fn leave_pid_file(&self) {
        let mut ended = Command::new("true").spawn().expect("it starts");
        ended.wait().expect("our child");
        fs::write(self.run.join("pid"), format!("{}\n", ended.id())).expect("a file");
    }

    /// What an earlier conversation left in the file outside.
    pub(super) fn update_outside(&self) {
        let mut rrd = Rrd::open(self.run.join("outside.rrd")).expect("a database");
        let sample = Sample::new(Timestamp::from_seconds(1_000_000_010), [1, 1]);
        rrd.update(&sample).expect("a later time");
    }

    /// A recorded text with the folders and ports of this stage.
    fn here(&self, text: &str) -> String {
        text.replace("/BASE", &self.base.display().to_string())
            .replace("/RUN", &self.run.display().to_string())
            .replace("42299", &self.ports[0].to_string())
            .replace("42298", &self.ports[1].to_string())
    }

    /// The opposite of [`here`](Self::here).
    fn there(&self, text: &str) -> String {
        text.replace(&self.base.display().to_string(), "/BASE")
            .replace(&self.run.display().to_string(), "/RUN")
    }

    /// Starts the daemon of a command line; returns its exit status if it does not stay.
    pub(super) fn start(&mut self, line: &str) -> Vec<String> {
        let line = self.here(line);
        let mut words = line.split(' ');
        assert_eq!(words.next(), Some("rrdcached"));
        let program = std::env::var_os("RRDCACHED_OF_CAPTURES")
            .unwrap_or_else(|| env!("CARGO_BIN_EXE_rrdcached").into());
        let errors = fs::File::create(self.run.join("stderr")).expect("a file");
        drop(fs::create_dir(self.run.join("j")));
        let mut command = Command::new(program);
        command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors);
        let mut daemon = command.current_dir(&self.run).spawn().expect("it starts");
        "s.sock".clone_into(&mut self.socket);
        let begin = Instant::now();
        while UnixStream::connect(self.run.join("s.sock")).is_err() {
            if let Some(status) = daemon.try_wait().expect("our child") {
                let mut seen = vec![format!("= exit status {}", status.code().unwrap_or(-1))];
                seen.extend(self.errors());
                return seen;
            }
            assert!(begin.elapsed() < PATIENCE, "it does not listen: {:?}", self.errors());
            thread::sleep(Duration::from_millis(5));
        }
        self.daemon = Some(daemon);
        Vec::new()
    }

    /// Ends the daemon with a signal, after which it has this status; returns its standard error.
    pub(super) fn end(&mut self, signal: &str, status: &str) -> Vec<String> {
        self.connection = None;
        let mut daemon = self.daemon.take().expect("it runs");
        let signal = match signal {
            "SIGTERM" => Signal::TERM,
            "SIGUSR1" => Signal::USR1,
            "SIGKILL" => Signal::KILL,
            other => panic!("unknown signal {other}"),
        };
        kill_process(Pid::from_child(&daemon), signal).expect("our child");
        let ended = daemon.wait().expect("our child");
        let code = ended.code().or(ended.signal().map(|signal| -signal)).expect("either");
        assert_eq!(code.to_string(), status, "{:?}", self.errors());
        self.errors()
    }

    fn errors(&self) -> Vec<String> {
        let text = fs::read_to_string(self.run.join("stderr")).expect("a file");
        text.lines().map(|line| format!("! {}", self.there(line))).collect()
    }

    /// Speaks to another socket from now on.
    pub(super) fn select(&mut self, socket: &str, mode: Option<&str>) {
        self.connection = None;
        self.socket = self.here(socket);
        if let Some(mode) = mode {
            let found = fs::metadata(self.run.join(socket)).expect("a socket").permissions().mode();
            assert_eq!(format!("{:o}", found & 0o7777), mode);
        }
    }

    fn connection(&mut self) -> &mut Connection {
        let (run, socket) = (&self.run, &self.socket);
        self.connection.get_or_insert_with(|| Connection::open(run, socket))
    }

    /// Drops the connection.
    pub(super) fn disconnect(&mut self) {
        self.connection = None;
    }

    /// Sends lines together and returns the answers. The last one has an end unless it is `open`.
    pub(super) fn ask(&mut self, lines: &[String], open: bool) -> Vec<String> {
        let lines: Vec<_> = lines.iter().map(|line| whole(&self.here(line))).collect();
        let connection = self.connection();
        let mut bytes =
            lines.iter().map(|line| [line, &b"\n"[..]].concat()).collect::<Vec<_>>().concat();
        if open {
            bytes.pop();
        }
        connection.stream.write_all(&bytes).unwrap_or_else(|error| panic!("{lines:?}: {error}"));
        let answered = lines.len() - usize::from(open);
        let mut seen = Vec::new();
        for line in &lines[..answered] {
            connection.answer(&String::from_utf8_lossy(line).to_uppercase(), &mut seen);
        }
        seen.iter().map(|line| self.there(line)).collect()
    }

    /// Whether the daemon has closed the connection; it is dropped then.
    pub(super) fn is_closed(&mut self) -> bool {
        let connection = self.connection();
        let mut line = String::new();
        // A closed socket may refuse to be written to, or only have no answer.
        let sent = connection.stream.write_all(b"PING\n");
        let closed = sent.is_err()
            || !connection.in_batch
                && matches!(connection.reader.read_line(&mut line), Ok(0) | Err(_));
        if closed {
            self.connection = None;
        }
        closed
    }

    /// Ends our side of the connection, and returns what arrives until it is closed.
    pub(super) fn hang_up(&mut self) -> Vec<String> {
        let Some(mut connection) = self.connection.take() else { return Vec::new() };
        connection.stream.end();
        let mut rest = String::new();
        connection.reader.read_to_string(&mut rest).expect("it is closed in time");
        let lines = rest.lines().map(|line| format!("< {line}"));
        lines.chain(["= connection closed".to_owned()]).collect()
    }

    /// The journals of the original, with their lines if they are asked for.
    pub(super) fn journals(&self, with_lines: bool) -> Vec<String> {
        let mut seen = Vec::new();
        let mut files: Vec<_> = fs::read_dir(self.run.join("j"))
            .expect("a folder")
            .map(|entry| entry.expect("it can be read").path())
            .filter(|path| path.to_string_lossy().contains("/rrd.journal."))
            .collect();
        files.sort();
        for file in files {
            let mode = fs::metadata(&file).expect("a file").permissions().mode() & 0o7777;
            seen.push(format!("# journal file rrd.journal.9999999999.999999 mode {mode:o}"));
            if with_lines {
                let text = fs::read_to_string(&file).expect("lines");
                seen.extend(text.lines().map(|line| self.there(&format!("J {line}"))));
            }
        }
        seen
    }

    /// The last update of the first file, as `rrdtool last` prints it.
    pub(super) fn last(&self) -> String {
        let reader = RrdReader::open(self.base.join("a.rrd")).expect("a database");
        format!("# rrdtool last: {}", reader.head().live.last_update.seconds())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(daemon) = &mut self.daemon {
            drop(daemon.kill());
            drop(daemon.wait());
        }
    }
}

impl Connection {
    fn open(run: &Path, socket: &str) -> Self {
        let (stream, other): (Box<dyn Duplex>, Box<dyn Duplex>) = if socket.contains(".sock") {
            let stream = UnixStream::connect(run.join(socket)).expect("it listens");
            stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
            (Box::new(stream.try_clone().expect("a copy")), Box::new(stream))
        } else {
            let stream = TcpStream::connect(socket).expect("it listens");
            stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
            (Box::new(stream.try_clone().expect("a copy")), Box::new(stream))
        };
        Self { stream, reader: BufReader::new(other), in_batch: false }
    }

    fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        // A connection that is reset is closed, too.
        let _ = self.reader.read_until(b'\n', &mut line);
        let line = line.strip_suffix(b"\n")?;
        Some(String::from_utf8_lossy(line).into_owned())
    }

    /// Reads the answer to a command, which is in upper case.
    fn answer(&mut self, command: &str, seen: &mut Vec<String>) {
        if self.in_batch && !matches!(command, "." | "QUIT") {
            return;
        }
        self.in_batch = false;
        let Some(status) = self.line() else {
            seen.push("= connection closed".to_owned());
            return;
        };
        if status.starts_with("<?xml") {
            while self.line().is_some() {}
            seen.extend(["< (the file as XML)", "= connection closed"].map(str::to_owned));
            return;
        }
        self.in_batch = status.starts_with("0 Go ahead");
        let count = status.split(' ').next().and_then(|count| count.parse().ok()).unwrap_or(-1);
        let stats = command.starts_with("STATS");
        seen.push(match count {
            10.. if stats => "< 9 and more Statistics follow".to_owned(),
            _ => format!("< {status}"),
        });
        if command.starts_with("HELP") && count > 0 {
            (0..count).for_each(|_| drop(self.line().expect("a line")));
            seen.push(format!("< ({count} lines, contents are free)"));
            return;
        }
        for index in 0..count {
            let line = self.line().expect("a line");
            let rows = line.strip_suffix(" 8 LITTLE").and_then(|line| line.rsplit(' ').next());
            if let Some(rows) = rows.and_then(|rows| rows.parse::<usize>().ok()) {
                seen.push(format!("< {line}"));
                self.columns(rows, seen);
            } else if stats && index >= 11 {
                let (_, number) = line.split_once(": ").expect("a name and a number");
                assert!(number.parse::<u64>().is_ok(), "{line}");
            } else {
                seen.push(format!("< {line}"));
            }
        }
    }

    /// Reads the values of a column.
    fn columns(&mut self, rows: usize, seen: &mut Vec<String>) {
        for _ in 0..rows {
            let mut value = [0; 8];
            self.reader.read_exact(&mut value).expect("a value");
            let value = value.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
            seen.push(format!("<: {value}"));
        }
        let mut end = [0];
        self.reader.read_exact(&mut end).expect("the end");
        seen.push(format!("<: then byte {:02x}", end[0]));
    }
}

/// The line that a recorded one means, which may be abridged.
fn whole(line: &str) -> Vec<u8> {
    let Some((begin, length)) = line.split_once("...(") else {
        let line = line.strip_suffix("\\r").map_or(line.to_owned(), |line| format!("{line}\r"));
        return line.replace("\\0", "\0").into_bytes();
    };
    let length = length.trim_end_matches(" bytes)").parse().expect("a length");
    let mut line = begin.trim_end().to_owned();
    if line.starts_with("PING") {
        while line.len() < length {
            line.push('x');
        }
    } else {
        for value in 4..=12 {
            let (time, counter) = (1_000_000_000 + 10 * value, 7 * value);
            let _ = write!(line, " {time}:{value}:{counter}");
        }
    }
    assert_eq!(line.len(), length);
    line.into_bytes()
}

fn create(path: &Path) {
    let heartbeat = Heartbeat::from_seconds(20);
    let schema = Schema::builder(Step::from_seconds(10).expect("a step"))
        .gauge("x", heartbeat)
        .counter("y", heartbeat)
        .minimum(0.0)
        .average(0.5, 1, 20)
        .max(0.5, 6, 10)
        .build()
        .expect("a definition");
    Rrd::create(path, &schema, Timestamp::from_seconds(1_000_000_000)).expect("a new file");
}
