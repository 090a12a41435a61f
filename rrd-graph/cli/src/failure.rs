//! Failures of a command, and its output.

use std::error::Error;
use std::ffi::OsStr;
use std::io::{self, BufWriter, Write};

use crate::rrdtool_words;

/// What a command returns.
pub(crate) type Outcome = Result<(), Failure>;

/// The message printed after `ERROR: `.
pub(crate) struct Failure(Box<dyn Error>);

impl<E: Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl Failure {
    /// Prints `ERROR: ` and the message.
    pub(crate) fn print(&self, stream: &mut dyn Write) {
        // If the stream is closed, nobody can read it.
        drop(writeln!(stream, "ERROR: {}", self.reason()));
    }

    /// The message.
    pub(crate) fn reason(&self) -> String {
        rrdtool_words::reason(&*self.0)
    }

    /// What went wrong.
    pub(crate) fn error(&self) -> &(dyn Error + 'static) {
        &*self.0
    }
}

/// A command line with missing or superfluous arguments; the text is the usage.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct WrongUse(pub(crate) &'static str);

/// The same with the name that the command was called by.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{before}rrdtool {name}{after}")]
pub(crate) struct WrongUseOf {
    pub(crate) before: &'static str,
    pub(crate) name: String,
    pub(crate) after: &'static str,
}

/// A text argument that is not UTF-8.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("argument '{0}' is not UTF-8; only file names may be anything else")]
pub(crate) struct NotText(String);

/// The text of an argument that is not a file name.
pub(crate) fn text(argument: &OsStr) -> Result<&str, NotText> {
    argument.to_str().ok_or_else(|| NotText(argument.to_string_lossy().into_owned()))
}

/// Buffered standard output that remembers its first error.
pub(crate) struct Output<'a> {
    stream: BufWriter<&'a mut dyn Write>,
    fault: Option<io::Error>,
}

impl<'a> Output<'a> {
    /// Writes to `stream` in large blocks.
    pub(crate) fn new(stream: &'a mut dyn Write) -> Self {
        Self { stream: BufWriter::with_capacity(1 << 16, stream), fault: None }
    }

    /// The first error so far.
    pub(crate) fn fault(&self) -> Option<&io::Error> {
        self.fault.as_ref()
    }

    /// Number of bytes that are not flushed yet.
    pub(crate) fn waiting(&self) -> usize {
        self.stream.buffer().len()
    }

    fn remember<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result
            && error.kind() != io::ErrorKind::Interrupted
            && self.fault.is_none()
        {
            self.fault = Some(match error.raw_os_error() {
                Some(number) => io::Error::from_raw_os_error(number),
                None => error.kind().into(),
            });
        }
        result
    }
}

impl Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.stream.write(bytes);
        self.remember(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.stream.flush();
        self.remember(result)
    }
}
