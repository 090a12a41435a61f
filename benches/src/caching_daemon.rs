//! `rrdcached`, the caching daemon of RRDtool, as a peer.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A caching daemon with its journal; it runs until the value is dropped.
#[derive(Debug)]
pub struct CachingDaemon {
    process: Child,
    socket: BufReader<UnixStream>,
}

impl CachingDaemon {
    /// Starts `rrdcached` with a socket and a journal in `folder`.
    ///
    /// # Errors
    ///
    /// If it is not installed or does not listen within two seconds.
    pub fn start(folder: &Path) -> io::Result<Self> {
        let journal = folder.join("rrdcached");
        std::fs::create_dir_all(&journal)?;
        let address = folder.join("rrdcached.sock");
        let process = Command::new("rrdcached")
            .args(["-g", "-l"])
            .arg(format!("unix:{}", address.display()))
            .arg("-j")
            .arg(&journal)
            .arg("-p")
            .arg(folder.join("rrdcached.pid"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        for _ in 0..100 {
            if let Ok(socket) = UnixStream::connect(&address) {
                return Ok(Self { process, socket: BufReader::new(socket) });
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(io::Error::other("rrdcached does not listen"))
    }

    /// The process id.
    pub fn process(&self) -> u32 {
        self.process.id()
    }

    /// Sends one command and reads the first line of the answer.
    ///
    /// # Errors
    ///
    /// The answer, unless it reports success.
    pub fn ask(&mut self, line: &str) -> io::Result<()> {
        self.socket.get_mut().write_all(format!("{line}\n").as_bytes())?;
        let mut answer = String::new();
        self.socket.read_line(&mut answer)?;
        if answer.starts_with('0') { Ok(()) } else { Err(io::Error::other(answer)) }
    }
}

impl Drop for CachingDaemon {
    fn drop(&mut self) {
        // Only a peer: none of its files are kept.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
