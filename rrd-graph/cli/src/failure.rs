//! How a command ends when it does not succeed, and where its words go.

use std::error::Error;
use std::ffi::OsStr;
use std::io::{self, BufWriter, Write};

use crate::rrdtool_words;

/// What a command returns.
pub(crate) type Outcome = Result<(), Failure>;

/// The reason that is printed after `ERROR: `.
pub(crate) struct Failure(Box<dyn Error>);

impl<E: Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl Failure {
    /// Prints `ERROR: ` and the reason.
    pub(crate) fn print(&self, stream: &mut dyn Write) {
        // Nobody is left to read it when the stream is gone.
        drop(writeln!(stream, "ERROR: {}", rrdtool_words::reason(&*self.0)));
    }
}

/// A command line that lacks something or has too much; the text says how it should look.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct WrongUse(pub(crate) &'static str);

/// A text argument that is not UTF-8.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("argument '{0}' is not UTF-8; only file names may be anything else")]
pub(crate) struct NotText(String);

/// The text of an argument that is not a file name.
pub(crate) fn text(argument: &OsStr) -> Result<&str, NotText> {
    argument.to_str().ok_or_else(|| NotText(argument.to_string_lossy().into_owned()))
}

/// Standard output: buffered, and remembering the first thing that went wrong.
pub(crate) struct Output<'a> {
    stream: BufWriter<&'a mut dyn Write>,
    fault: Option<io::Error>,
}

impl<'a> Output<'a> {
    /// Everything goes to `stream`, in large pieces.
    pub(crate) fn new(stream: &'a mut dyn Write) -> Self {
        Self { stream: BufWriter::with_capacity(1 << 16, stream), fault: None }
    }

    /// The first fault so far.
    pub(crate) fn fault(&self) -> Option<&io::Error> {
        self.fault.as_ref()
    }

    /// How many bytes wait for the next flush.
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
