//! A client of the protocol over a unix socket: it sends, waits, and reads the answer.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;

/// A connection.
#[derive(Debug)]
pub(crate) struct Client(BufReader<UnixStream>);

impl Client {
    pub(crate) fn connect(socket: &Path) -> io::Result<Self> {
        Ok(Self(BufReader::with_capacity(64 << 10, UnixStream::connect(socket)?)))
    }

    /// Sends lines with their ends, and reads one answer.
    ///
    /// # Errors
    ///
    /// The answer, unless it reports success.
    pub(crate) fn ask(&mut self, lines: &[u8]) -> io::Result<()> {
        self.0.get_mut().write_all(lines)?;
        let count = self.status()?;
        for _ in 0..count {
            if self.0.skip_until(b'\n')? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }

    /// Sends a line, and reads the lines of its answer.
    pub(crate) fn lines(&mut self, line: &[u8]) -> io::Result<Vec<String>> {
        self.0.get_mut().write_all(line)?;
        let count = self.status()?;
        let mut lines = Vec::new();
        for _ in 0..count {
            let mut line = String::new();
            self.0.read_line(&mut line)?;
            lines.push(line);
        }
        Ok(lines)
    }

    /// Sends the lines of a batch and reads what has failed in it: nothing may.
    pub(crate) fn batch(&mut self, lines: &[u8]) -> io::Result<()> {
        self.ask(b"BATCH\n")?;
        self.0.get_mut().write_all(lines)?;
        self.0.get_mut().write_all(b".\n")?;
        match self.status()? {
            0 => Ok(()),
            count => Err(io::Error::other(format!("{count} lines of the batch failed"))),
        }
    }

    /// Reads the first line of an answer: how many lines follow.
    fn status(&mut self) -> io::Result<u32> {
        let mut line = Vec::with_capacity(64);
        self.0.read_until(b'\n', &mut line)?;
        let number = line.split(|byte| *byte == b' ').next().unwrap_or_default();
        let number = std::str::from_utf8(number).ok().and_then(|text| text.parse().ok());
        number.ok_or_else(|| io::Error::other(String::from_utf8_lossy(&line).into_owned()))
    }
}
