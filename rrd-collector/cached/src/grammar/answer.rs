//! Answers: a status line, and the lines that it announces.

use std::io::{self, Write};

use super::Verb;

/// Writes an answer of any length.
pub(crate) type Writing = Box<dyn FnOnce(&mut dyn Write) -> io::Result<()> + Send>;

/// The answer to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// `N TEXT` and `N` lines, each ended in `body`.
    Success { count: usize, text: Vec<u8>, body: Vec<u8> },
    /// `-1 TEXT`.
    Failure(Vec<u8>),
}

impl Answer {
    /// Success without further lines.
    pub(crate) fn done(text: impl Into<Vec<u8>>) -> Self {
        Self::Success { count: 0, text: text.into(), body: Vec::new() }
    }

    /// Success with lines, each of which ends in a newline.
    pub(crate) fn lines(count: usize, text: impl Into<Vec<u8>>, body: Vec<u8>) -> Self {
        Self::Success { count, text: text.into(), body }
    }

    /// A failure.
    pub(crate) fn failure(text: impl Into<Vec<u8>>) -> Self {
        Self::Failure(text.into())
    }

    /// The arguments are not those that a command takes.
    pub(crate) fn usage(verb: Verb) -> Self {
        Self::failure(["Usage: ", verb.usage()].concat())
    }

    /// Appends the answer to what is to be sent.
    pub(crate) fn write_to(&self, out: &mut Vec<u8>) {
        match self {
            Self::Success { count, text, body } => {
                let _ = write!(out, "{count} ");
                out.extend_from_slice(text);
                out.push(b'\n');
                out.extend_from_slice(body);
            }
            Self::Failure(text) => {
                out.extend_from_slice(b"-1 ");
                out.extend_from_slice(text);
                out.push(b'\n');
            }
        }
    }
}
