//! A batch of commands, whose errors are answered together.

use std::io::Write as _;

use super::Next;
use crate::grammar::Answer;

/// Limit on the text of the errors of a batch: a client that makes more of them is no client.
const LONGEST: usize = 16 << 20;

/// A batch that has begun.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Number of lines so far.
    lines: u64,
    errors: u64,
    /// A line for each error.
    text: Vec<u8>,
}

impl Batch {
    /// A line succeeded.
    pub(super) fn note_success(&mut self) -> Next {
        self.lines += 1;
        Next::Continue
    }

    /// A line was answered.
    pub(super) fn note(&mut self, answer: &Answer) -> Next {
        self.lines += 1;
        let Answer::Failure(text) = answer else { return Next::Continue };
        if self.text.len() + text.len() > LONGEST {
            log::warn!("a batch with {} errors in {} lines was closed", self.errors, self.lines);
            return Next::Close;
        }
        self.errors += 1;
        // Writing to memory does not fail.
        let _ = write!(self.text, "{} ", self.lines);
        self.text.extend_from_slice(text);
        self.text.push(b'\n');
        Next::Continue
    }

    /// Appends the answer to the whole batch.
    pub(super) fn write_to(&self, out: &mut Vec<u8>) {
        let _ = writeln!(out, "{} errors", self.errors);
        out.extend_from_slice(&self.text);
    }
}
