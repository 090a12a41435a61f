//! Programs that the tests start: ours, and others that may be missing.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use crate::log::Log;

/// The longest wait for anything that must happen. A machine with other work may be slow for
/// minutes; what never happens is reported a bit later.
pub(crate) const DEADLINE: Duration = Duration::from_secs(240);

/// The path of a program: on the search path, or in root's.
fn located(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    places.map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Whether a program is installed. In CI it must be; elsewhere the test reports that it did not
/// run.
pub(crate) fn has(program: &str) -> bool {
    let found = located(program).is_some();
    assert!(found || std::env::var_os("CI").is_none(), "{program} is not installed");
    if !found {
        println!("not run: {program} is not installed");
    }
    found
}

/// A command that runs an installed program, for any user.
pub(crate) fn installed(program: &str) -> Command {
    Command::new(located(program).unwrap_or_else(|| program.into()))
}

/// Whether the loopback has an address of IPv6, which containers often lack; what is not tested
/// without one is reported.
pub(crate) fn has_ipv6() -> bool {
    let found = fs::read_to_string("/proc/net/if_inet6").is_ok_and(|text| text.contains(" lo\n"));
    if !found {
        println!("left out: IPv6, of which the loopback has no address");
    }
    found
}

/// Writes an executable script for the shell. Another process does so: while the tests start
/// programs, a file that they write themselves can stay open for writing in a child for a moment,
/// and running it fails with "text file busy".
pub(crate) fn script(file: &Path, text: &str) {
    let mut install = Command::new("install");
    install.args(["-m", "755", "/dev/stdin"]).arg(file).stdin(Stdio::piped());
    let mut install = install.spawn().expect("it starts");
    let mut input = install.stdin.take().expect("a pipe");
    write!(input, "#!/bin/sh\n{text}").expect("it reads");
    drop(input);
    assert!(install.wait().expect("it ends").success(), "{}", file.display());
}

/// Copies a program that the tests then run; in another process, as [`script`].
pub(crate) fn copy_program(program: &str, copy: &Path) {
    let copied = Command::new("install").args(["-m", "755", program]).arg(copy).status();
    assert!(copied.expect("it starts").success(), "{}", copy.display());
}

/// A child process that is ended with the test.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    /// Asks the process to end, with its own children, and waits for that.
    fn end(&mut self) -> bool {
        let pid = rustix::process::Pid::from_child(&self.0);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let begun = Instant::now();
        while matches!(self.0.try_wait(), Ok(None)) {
            if begun.elapsed() > DEADLINE / 2 {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        true
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.end() {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
}

/// A port that nothing has and that no other test of this process gets. It is below those that the
/// system gives to connections and to whoever asks for any port, so it stays free until it is used.
pub(crate) fn free_port() -> u16 {
    const FIRST: u16 = 10_000;
    const COUNT: u16 = 6_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Another run of the tests at the same time begins elsewhere.
    let begin = u16::try_from(std::process::id() % u32::from(COUNT)).unwrap();
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed) % COUNT;
        let port = FIRST + (begin + number) % COUNT;
        let everywhere = ("0.0.0.0", port);
        if TcpListener::bind(everywhere).is_ok() && UdpSocket::bind(everywhere).is_ok() {
            return port;
        }
    }
}

/// Writes the configuration file of a folder.
pub(crate) fn configure(folder: &Path, text: &str) -> PathBuf {
    let file = folder.join("rrd-collector.toml");
    fs::write(&file, text).unwrap();
    file
}

/// Our daemon. A test that fails shows the end of its log.
pub(crate) struct Collector {
    process: Running,
    log: Log,
    /// Host and port of the page, with the scheme if that is not HTTP.
    pub(crate) address: String,
}

impl Drop for Collector {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("the end of the log of {}:\n{}", self.address, self.log.end());
        }
    }
}

impl Collector {
    /// Starts the daemon on a data folder and a free port, and waits for its address.
    pub(crate) fn start(data: &Path, options: &[&str]) -> Self {
        Self::start_at(data, "127.0.0.1:0", options)
    }

    /// Starts the daemon with this address of the page, and waits for it.
    pub(crate) fn start_at(data: &Path, listen: &str, options: &[&str]) -> Self {
        Self::start_with(data, &[&["--listen", listen], options].concat())
    }

    /// Starts the daemon with this configuration and its data in a folder, and waits for its
    /// address. By default the page is at a free port.
    pub(crate) fn start_configured(folder: &Path, config: &str) -> Self {
        let file = configure(folder, config);
        let (data, options) = (folder.join("data"), ["--config", file.to_str().unwrap()]);
        if config.starts_with("listen = ") {
            Self::start_with(&data, &options)
        } else {
            Self::start(&data, &options)
        }
    }

    /// Starts the daemon with these options, and waits for its first address. Unless they say
    /// otherwise, it never waits for the disk, and writes its files every ten seconds.
    fn start_with(data: &Path, options: &[&str]) -> Self {
        Self::started(Self::command(data).args(options))
    }

    /// The command that starts the daemon on a data folder.
    pub(crate) fn command(data: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rrd-collector"));
        command.arg("--data").arg(data).args(["--sync", "never"]);
        command
    }

    /// Starts the daemon with a command, and waits for its first address.
    pub(crate) fn started(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().trim_start_matches("http://").trim_end_matches('/').to_owned();
        let mut log = Log::of(process.stderr.take().unwrap());
        let is_there = !address.is_empty();
        assert!(is_there, "{line:?} is no address: {:?}: {}", process.wait(), log.whole());
        Self { process: Running(process), log, address }
    }

    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.0.id()
    }

    /// Sends SIGHUP.
    pub(crate) fn reload(&self) {
        let pid = rustix::process::Pid::from_child(&self.process.0);
        rustix::process::kill_process(pid, rustix::process::Signal::HUP).unwrap();
    }

    /// Waits for samples and lets the rules be evaluated then, as after each reload. By itself the
    /// daemon does that every ten seconds.
    pub(crate) fn evaluate_rules(&self) {
        wait_until("samples are taken", || self.get("/-/ready").0 == 200);
        self.reload();
        // Who connects meanwhile may be sent away.
        self.wait_for_log("configuration reloaded");
    }

    /// Sends SIGTERM, waits for a clean end and returns the log.
    pub(crate) fn stop(self) -> String {
        self.end_with(0)
    }

    /// Sends SIGTERM, waits for an end that reports a failure and returns the log.
    pub(crate) fn fail(self) -> String {
        self.end_with(1)
    }

    fn end_with(mut self, status: i32) -> String {
        assert!(self.process.end(), "does not stop");
        let log = self.log.whole();
        assert_eq!(self.process.0.wait().unwrap().code(), Some(status));
        log
    }

    /// The log until now.
    pub(crate) fn log(&self) -> String {
        self.log.text()
    }

    /// Waits until the log contains these words.
    pub(crate) fn wait_for_log(&self, words: &str) {
        wait_until(&format!("{words:?} is logged"), || self.log().contains(words));
    }

    /// Sends SIGKILL: the daemon cannot store anything more.
    pub(crate) fn kill(mut self) {
        self.process.0.kill().unwrap();
        self.process.0.wait().unwrap();
    }

    /// The seconds of the last ones for which the page's rows have the host's load.
    pub(crate) fn known_seconds(&self, last: u32) -> Vec<i64> {
        let (status, rows) = self.get(&format!("/api/v1/fetch?group=load&start=-{last}"));
        if status != 200 {
            return Vec::new();
        }
        let rows: serde_json::Value = serde_json::from_str(&rows).unwrap();
        let known = rows["rows"].as_array().unwrap().iter().filter(|row| row[1].is_f64());
        known.map(|row| row[0].as_i64().unwrap()).collect()
    }

    /// Status and body of a page.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        match self.address.strip_prefix("unix:") {
            Some(socket) => get(UnixStream::connect(socket).unwrap(), "localhost", path),
            None => get(TcpStream::connect(&self.address).unwrap(), &self.address, path),
        }
    }
}

fn get(mut stream: impl Read + Write, host: &str, path: &str) -> (u16, String) {
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// Waits until a condition is true.
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    loop {
        let asked = Instant::now();
        if is_so() {
            return;
        }
        assert!(begun.elapsed() < DEADLINE, "in vain: {what}");
        // On a slow machine questions leave time for what is waited for.
        let pause = asked.elapsed().clamp(Duration::from_millis(50), Duration::from_secs(1));
        std::thread::sleep(pause);
    }
}
