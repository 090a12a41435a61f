//! Servers on temporary folders, clients that speak to them line by line, and other programs.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The server under test; `RRD_TRIAL_SERVER` names another one, to see what it does.
pub(crate) fn ours() -> String {
    let built = env!("CARGO_BIN_EXE_rrdcached");
    std::env::var("RRD_TRIAL_SERVER").unwrap_or_else(|_| built.to_owned())
}

/// The program whose place it takes.
pub(crate) const ORIGINAL: &str = "rrdcached";

/// The longest wait for anything that must happen: a machine with other work is slow.
pub(crate) const DEADLINE: Duration = Duration::from_secs(240);

/// Waits until a condition holds.
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + DEADLINE;
    while !holds() {
        assert!(Instant::now() < until, "not within {DEADLINE:?}: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Whether these programs are installed. In CI a missing one fails the test; elsewhere it is
/// reported and the test passes.
pub(crate) fn have(programs: &[&str]) -> bool {
    all_there(programs, |name| format!("command -v {name}"))
}

/// Whether these commands of the shell succeed; each shows that a library is installed. As
/// [`have`].
pub(crate) fn works(commands: &[&str]) -> bool {
    all_there(commands, ToString::to_string)
}

fn all_there(names: &[&str], check: impl Fn(&str) -> String) -> bool {
    for name in names {
        let output = Command::new("sh").args(["-c", &check(name)]).output();
        if !output.is_ok_and(|output| output.status.success()) {
            assert!(std::env::var_os("CI").is_none(), "not installed: {name}");
            println!("not run: not installed: {name}");
            return false;
        }
    }
    true
}

/// Whether the test runs as root. In CI it must; elsewhere that is reported and the test passes.
pub(crate) fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        assert!(std::env::var_os("CI").is_none(), "the rights of root are needed");
        println!("left out: needs the rights of root");
    }
    root
}

/// A program in a folder: in UTC, with nothing to read, and without the settings of whoever runs
/// the tests.
pub(crate) fn program(name: impl AsRef<OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(name);
    command.current_dir(folder).env("TZ", "UTC").env("LC_ALL", "C").stdin(Stdio::null());
    for name in ["RRDCACHED_ADDRESS", "RRDCACHED_STRIPPATH", "RRD_LOCKING", "RRD_DEFAULT_FONT"] {
        command.env_remove(name);
    }
    command
}

/// Runs a program, which must start.
pub(crate) fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// Runs a program that must succeed; what it printed.
pub(crate) fn succeed(command: &mut Command) -> String {
    let output = run(command);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}: {errors}", output.status);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A temporary folder whose name has no dot: collectd refuses such names.
pub(crate) fn temporary_folder() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("rrdcached-").tempdir().unwrap()
}

/// A port that nothing has and that no other test of this process gets. It is below those that the
/// system gives to connections and to whoever asks for any port, so it stays free until it is used.
fn free_port() -> u16 {
    const FIRST: u16 = 10_000;
    const COUNT: u16 = 6_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Another run of the tests at the same time begins elsewhere.
    let begin = u16::try_from(std::process::id() % u32::from(COUNT)).unwrap();
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed) % COUNT;
        let port = FIRST + (begin + number) % COUNT;
        if TcpListener::bind(("0.0.0.0", port)).is_ok() {
            return port;
        }
    }
}

/// Sends a signal to a process, if it is there, by the shell's own `kill`: the program of this name
/// may be missing.
pub(crate) fn signal(name: &str, process: &str) -> bool {
    let mut shell = Command::new("sh");
    shell.args(["-c", "kill -s \"$1\" \"$2\"", "kill", name, process]).stderr(Stdio::null());
    shell.status().expect("a shell").success()
}

/// Whether the loopback has an address of IPv6, which containers often lack; what is not tested
/// without one is reported.
pub(crate) fn has_ipv6() -> bool {
    let found = std::fs::read_to_string("/proc/net/if_inet6")
        .is_ok_and(|addresses| addresses.contains(" lo\n"));
    if !found {
        println!("left out: IPv6, of which the loopback has no address");
    }
    found
}

/// A child that is killed and waited for when it is dropped.
pub(crate) struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }

    pub(crate) fn signal(&self, name: &str) {
        assert!(signal(name, &self.0.id().to_string()));
    }

    /// Sends a signal and waits for the end.
    pub(crate) fn end(mut self, signal: &str) -> ExitStatus {
        self.signal(signal);
        self.0.wait().unwrap()
    }

    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().unwrap()
    }
}

/// How a server is started; the folder below which it has its files, sockets and journal.
///
/// `base` holds the files, `journal` the journal, `s` is the UNIX socket.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) program: PathBuf,
    pub(crate) folder: PathBuf,
    pub(crate) port: Option<u16>,
    pub(crate) options: Vec<String>,
}

impl Setup {
    /// A server of a program in a folder, which gets a base folder and one for the journal.
    pub(crate) fn new(program: &str, folder: &Path) -> Self {
        for name in ["base", "journal"] {
            std::fs::create_dir_all(folder.join(name)).unwrap();
        }
        let folder = folder.canonicalize().unwrap();
        Self { program: PathBuf::from(program), folder, port: None, options: Vec::new() }
    }

    pub(crate) fn with(mut self, options: &[&str]) -> Self {
        self.options.extend(options.iter().map(ToString::to_string));
        self
    }

    /// Listens on a TCP port of the loopback interface, too.
    pub(crate) fn with_port(mut self) -> Self {
        self.port = Some(free_port());
        self
    }

    pub(crate) fn base(&self) -> PathBuf {
        self.folder.join("base")
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.folder.join("journal")
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.join("s")
    }

    /// The socket as a client is told.
    pub(crate) fn unix(&self) -> String {
        format!("unix:{}", self.socket().display())
    }

    /// The port as a client is told.
    pub(crate) fn tcp(&self) -> String {
        format!("127.0.0.1:{}", self.port.expect("set up with a port"))
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = program(&self.program, &self.folder);
        command.args(["-g", "-B", "-R", "-b"]).arg(self.base()).arg("-j").arg(self.journal());
        command.arg("-p").arg(self.folder.join("pid")).args(&self.options);
        command.args(["-l", &self.unix()]);
        if self.port.is_some() {
            command.args(["-l", &self.tcp()]);
        }
        command.stdout(Stdio::null());
        command
    }

    /// Starts it and waits until it answers.
    pub(crate) fn start(&self) -> Running {
        let mut running = Running::start(&mut self.command());
        wait_until("the server answers", || {
            assert_eq!(running.ended(), None, "the server ended");
            let there = UnixStream::connect(self.socket()).is_ok();
            there && self.port.is_none_or(|port| TcpStream::connect(("127.0.0.1", port)).is_ok())
        });
        running
    }

    pub(crate) fn connect(&self) -> Client {
        Client::over(UnixStream::connect(self.socket()).unwrap())
    }

    /// Over TCP.
    pub(crate) fn connect_remotely(&self) -> Client {
        let stream = TcpStream::connect(self.tcp()).unwrap();
        stream.set_nodelay(true).unwrap();
        Client::over(stream)
    }
}

/// A connection to a server.
pub(crate) struct Client {
    stream: BufReader<Box<dyn Stream>>,
}

trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

impl Client {
    pub(crate) fn over(stream: impl Read + Write + Send + 'static) -> Self {
        Self { stream: BufReader::new(Box::new(stream)) }
    }

    /// Sends bytes as they are.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    /// One line of an answer, without its end.
    pub(crate) fn line(&mut self) -> std::io::Result<String> {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line)?;
        if line.pop() != Some(b'\n') {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(String::from_utf8_lossy(&line).into_owned())
    }

    /// What comes until it ends like this.
    pub(crate) fn until(&mut self, end: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        while !bytes.ends_with(end) {
            if self.stream.read_until(b'\n', &mut bytes)? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(bytes)
    }

    /// Sends a line; the lines of the answer.
    pub(crate) fn try_ask(&mut self, line: &str) -> std::io::Result<Vec<String>> {
        self.send(format!("{line}\n").as_bytes())?;
        let mut lines = vec![self.line()?];
        for _ in 0..following(&lines[0]) {
            lines.push(self.line()?);
        }
        Ok(lines)
    }

    /// Sends a line; the lines of the answer, which must come.
    pub(crate) fn ask(&mut self, line: &str) -> Vec<String> {
        self.try_ask(line).unwrap_or_else(|error| panic!("{line}: {error}"))
    }
}

/// The number of lines that follow the first one of an answer.
pub(crate) fn following(first: &str) -> usize {
    first.split(' ').next().and_then(|count| count.parse().ok()).unwrap_or(0)
}
