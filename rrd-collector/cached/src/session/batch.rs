//! A batch of commands, whose errors are answered together.

use std::io::Write as _;
use std::sync::Arc;

use crate::grammar::Answer;
use crate::server::Server;

/// Limit on the text of the errors of a batch: who makes more of them is no client.
const LONGEST: usize = 16 << 20;

/// What a batch may keep in any case; what is beyond that shares a limit with all other batches.
const FREE: usize = 8 << 10;

/// A batch that has begun.
#[derive(Debug)]
pub(super) struct Batch {
    server: Arc<Server>,
    /// Number of lines so far.
    lines: u64,
    errors: u64,
    /// A line for each error.
    text: Vec<u8>,
    /// The share in the memory of all batches.
    borrowed: usize,
}

/// The connection of a batch must be closed.
#[derive(Debug)]
pub(super) struct TooManyErrors;

impl Batch {
    pub(super) fn begin(server: Arc<Server>) -> Self {
        Self { server, lines: 0, errors: 0, text: Vec::new(), borrowed: 0 }
    }

    /// A line succeeded.
    #[inline]
    pub(super) fn note_success(&mut self) {
        self.lines += 1;
    }

    /// A line was answered.
    ///
    /// # Errors
    ///
    /// The errors of the batch, or of all batches, take too much memory.
    pub(super) fn note(&mut self, answer: &Answer) -> Result<(), TooManyErrors> {
        self.lines += 1;
        let Answer::Failure(text) = answer else { return Ok(()) };
        let length = self.text.len() + text.len();
        let missing = length.saturating_sub(FREE).saturating_sub(self.borrowed);
        if length > LONGEST || !self.server.batch_memory.borrow(missing) {
            log::warn!("a batch with {} errors in {} lines was closed", self.errors, self.lines);
            return Err(TooManyErrors);
        }
        self.borrowed += missing;
        self.errors += 1;
        // Writing to memory does not fail.
        let _ = write!(self.text, "{} ", self.lines);
        self.text.extend_from_slice(text);
        self.text.push(b'\n');
        Ok(())
    }

    /// Appends the answer to the whole batch.
    pub(super) fn write_to(&self, out: &mut Vec<u8>) {
        let _ = writeln!(out, "{} errors", self.errors);
        out.extend_from_slice(&self.text);
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.server.batch_memory.give_back(self.borrowed);
    }
}
