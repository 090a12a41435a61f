//! A program in remote mode (`rrd -`, `rrdtool -`): one process reads commands and writes answers.

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A running program in remote mode; it ends when the value is dropped.
#[derive(Debug)]
pub struct Pipe {
    child: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Pipe {
    /// Starts `program -` in `folder`.
    ///
    /// # Errors
    ///
    /// If the process cannot be started.
    pub fn start(program: &Path, folder: &Path) -> io::Result<Self> {
        let mut child = Command::new(program)
            .arg("-")
            .current_dir(folder)
            .env("TZ", "UTC")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let commands = child.stdin.take();
        let answers = child.stdout.take().map(BufReader::new);
        let answers = answers.ok_or_else(|| io::Error::other("no pipe for the answers"))?;
        Ok(Self { child, commands, answers })
    }

    /// Sends one line and reads up to its `OK`; returns the number of bytes in the answer.
    ///
    /// # Errors
    ///
    /// The program's `ERROR:` line, or the end of its output.
    pub fn ask(&mut self, line: &str) -> io::Result<usize> {
        self.send(&format!("{line}\n"))?;
        self.answer()
    }

    /// Sends complete lines whose answers are read later.
    ///
    /// # Errors
    ///
    /// If the program no longer reads.
    pub fn send(&mut self, lines: &str) -> io::Result<()> {
        let commands = self.commands.as_mut().ok_or_else(|| io::Error::other("closed"))?;
        commands.write_all(lines.as_bytes())?;
        commands.flush()
    }

    /// Reads one answer up to its `OK` and returns its number of bytes.
    ///
    /// # Errors
    ///
    /// The program's `ERROR:` line, or the end of its output.
    pub fn answer(&mut self) -> io::Result<usize> {
        let mut answer = Vec::new();
        let mut bytes = 0;
        loop {
            answer.clear();
            let length = self.answers.read_until(b'\n', &mut answer)?;
            if length == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            // A picture may lack a newline at its end: the OK then follows on the same line.
            let ok = answer.windows(5).rposition(|window| window == b"OK u:");
            if let Some(at) = ok {
                return Ok(bytes + at);
            }
            if answer.starts_with(b"ERROR:") {
                return Err(io::Error::other(String::from_utf8_lossy(&answer).trim().to_owned()));
            }
            bytes += length;
        }
    }

    /// The process id.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// CPU time that the program has used, user and system, from `/proc`.
    ///
    /// # Errors
    ///
    /// If `/proc` cannot be read.
    pub fn cpu_nanoseconds(&self) -> io::Result<u64> {
        let text = std::fs::read_to_string(format!("/proc/{}/schedstat", self.child.id()))?;
        let first = text.split_whitespace().next().and_then(|word| word.parse().ok());
        first.ok_or_else(|| io::Error::other("no CPU time in schedstat"))
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        // The program ends at the end of its input; a second wait has nothing to report.
        drop(self.commands.take());
        let _ = self.child.wait();
    }
}
