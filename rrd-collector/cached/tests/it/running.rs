//! A server in this process, and a daemon of its own: sockets for the tests of connections.

use std::io::Read;
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rrd_cached::{
    Access, BoundSocket, FileAccess, ListenAddress, Server, ServerOptions, Serving,
    WriteBackOptions,
};
use rrd_core::StoreOptions;
use tempfile::TempDir;

/// A server in this process, with a unix socket and a port of its own.
pub(crate) struct Running {
    pub(crate) folder: TempDir,
    pub(crate) serving: Serving,
    port: u16,
}

/// How long an answer may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);

impl Running {
    pub(crate) fn start(access: &Access) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let write_back = WriteBackOptions {
            delay: Duration::from_secs(300),
            jitter: Duration::ZERO,
            interval: Duration::from_secs(3600),
        };
        let base = ServerOptions::new(folder.path());
        let server = Server::open(base, write_back, StoreOptions::default()).expect("a store");
        let unix = ListenAddress::Unix(folder.path().join("s.sock"));
        let sockets: Vec<BoundSocket> = [unix, ListenAddress::parse("127.0.0.1:0".as_ref())]
            .iter()
            .flat_map(|address| BoundSocket::bind(address, access, FileAccess::default()))
            .collect::<Result<_, _>>()
            .expect("both can be had");
        let port = sockets[1].address().expect("TCP").port();
        let serving = Serving::start(&Arc::new(server), sockets).expect("threads");
        Self { folder, serving, port }
    }

    pub(crate) fn unix(&self) -> UnixStream {
        connect(&self.folder.path().join("s.sock"))
    }

    pub(crate) fn tcp(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream
    }
}

/// The program, with a folder of its own.
#[derive(Debug)]
pub(crate) struct Daemon {
    folder: TempDir,
    child: Child,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Its folder goes with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Daemon {
    /// Starts it after a command of the shell, such as one that sets a limit.
    pub(crate) fn start_after(command: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name).into_os_string();
        let child = Command::new("sh")
            .args(["-c", &format!("{command}; exec \"$0\" \"$@\"")])
            .arg(env!("CARGO_BIN_EXE_rrdcached"))
            .args(["-g".into(), "-l".into(), path("s.sock"), "-p".into(), path("pid")])
            .args(["-b".into(), path("base"), "-j".into(), path("journal")])
            .stdin(Stdio::null())
            .spawn()
            .expect("it starts");
        let daemon = Self { folder, child };
        let begin = Instant::now();
        while UnixStream::connect(daemon.socket()).is_err() {
            assert!(begin.elapsed() < PATIENCE, "it does not listen");
            thread::sleep(Duration::from_millis(10));
        }
        daemon
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("s.sock")
    }

    pub(crate) fn unix(&self) -> UnixStream {
        connect(&self.socket())
    }

    /// Bytes of memory that it uses, with its part of the pages that programs share.
    pub(crate) fn memory(&self) -> u64 {
        let file = format!("/proc/{}/smaps_rollup", self.child.id());
        let text = std::fs::read_to_string(file).expect("it runs");
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).expect("such a line");
        let number = line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number");
        number * 1024
    }
}

fn connect(socket: &Path) -> UnixStream {
    let stream = UnixStream::connect(socket).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream
}

/// Reads as many bytes as these, which they must be.
pub(crate) fn expect(stream: &mut impl Read, bytes: &str) {
    let mut read = vec![0; bytes.len()];
    stream.read_exact(&mut read).expect("an answer");
    assert_eq!(String::from_utf8_lossy(&read), bytes);
}
