//! The log of a daemon, read while it runs: a test can wait for a line, and one that fails shows
//! the last lines.

use std::io::{BufRead, BufReader};
use std::process::ChildStderr;
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, spawn};

/// Lines that a failed test shows.
const SHOWN: usize = 40;

/// The log of one process.
pub(crate) struct Log {
    text: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Log {
    /// Reads what a process writes to its error output.
    pub(crate) fn of(output: ChildStderr) -> Self {
        let text = Arc::new(Mutex::new(String::new()));
        let lines = Arc::clone(&text);
        let reader = spawn(move || {
            let (mut output, mut line) = (BufReader::new(output), Vec::new());
            while output.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
                lines.lock().unwrap().push_str(&String::from_utf8_lossy(&line));
                line.clear();
            }
        });
        Self { text, reader: Some(reader) }
    }

    /// What was written until now, in whole lines.
    pub(crate) fn text(&self) -> String {
        self.text.lock().unwrap().clone()
    }

    /// All that was written, by a process that has ended.
    pub(crate) fn whole(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        self.text()
    }

    /// The last lines.
    pub(crate) fn end(&self) -> String {
        let text = self.text();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(SHOWN)..].join("\n")
    }
}
