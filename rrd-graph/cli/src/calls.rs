//! Commands whose answers are values, for front ends that print nothing themselves.

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::path::Path;

use rrd_core::{FetchRequest, Series};

use crate::commands::{GraphAnswer, XportAnswer, find, graph, last, xport};
use crate::context::{Context, Defaults};
use crate::dispatch::UnknownCommand;
use crate::environment::Environment;
use crate::failure::Failure;

/// A front end of the commands: each takes the words behind its name, and returns a value.
///
/// The defaults are RRDtool's, and errors are in its words.
///
/// ```
/// use std::ffi::OsString;
/// use rrd_cli::{Calls, Environment, Settings};
/// use rrd_core::Clock;
///
/// let environment = Environment::new(Clock::SYSTEM, Settings::default());
/// let (mut input, mut output, mut errors) = (&b""[..], std::io::sink(), std::io::sink());
/// let mut calls = Calls::new(&environment, &mut input, &mut output, &mut errors);
/// let error = calls.last(&[OsString::from("/no/such.rrd")]).unwrap_err();
/// assert_eq!(error.to_string(), "opening '/no/such.rrd': No such file or directory");
/// ```
pub struct Calls<'a> {
    context: Context<'a>,
}

/// A call that failed, in RRDtool's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CallError(String);

/// Gives the rows of a file name that begins with `cb//`: what the program itself has, for charts
/// and tables beside those of files.
pub type RowsOfProgram<'a> = &'a dyn Fn(&Path, &FetchRequest) -> Result<Series, CallError>;

impl CallError {
    /// A call that fails for this reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl From<Failure> for CallError {
    fn from(failure: Failure) -> Self {
        Self(failure.reason())
    }
}

impl<'a> Calls<'a> {
    /// Calls in this environment. Commands read a document from `input`, print what they have to
    /// print to `output`, and write warnings to `errors`.
    pub fn new(
        environment: &'a Environment,
        input: &'a mut dyn Read,
        output: &'a mut dyn Write,
        errors: &'a mut dyn Write,
    ) -> Self {
        Self { context: Context::new(Defaults::Rrdtool, environment, input, output, errors) }
    }

    /// The same calls with rows of the program itself.
    #[must_use]
    pub fn with_rows(mut self, rows: RowsOfProgram<'a>) -> Self {
        self.context.rows = Some(rows);
        self
    }

    /// Runs a command as the tool does; its answer goes to the output.
    pub fn run(&mut self, command: &str, words: &[OsString]) -> Result<(), CallError> {
        let found = find(OsStr::new(command))
            .ok_or_else(|| Failure::from(UnknownCommand(command.to_owned())))?;
        let outcome = (found.run)(words, &mut self.context);
        let written = self.context.out.flush();
        outcome?;
        written.map_err(Failure::from)?;
        Ok(())
    }

    /// `last`: the time of the last update of a file, in seconds since 1970.
    pub fn last(&mut self, words: &[OsString]) -> Result<i64, CallError> {
        Ok(last::find(words, &self.context)?.answered()?)
    }

    /// `graph` and `graphv`: draws a picture, into its file unless that is `-`. An error that leaves
    /// something to tell, such as a file that cannot be written, is returned with the answer.
    pub fn graph(
        &mut self,
        words: &[OsString],
    ) -> Result<(GraphAnswer, Option<CallError>), CallError> {
        let (answer, fault) = graph::find(words, &mut self.context)?;
        Ok((answer, fault.map(CallError::from)))
    }

    /// `xport`: series as a table.
    pub fn xport(&mut self, words: &[OsString]) -> Result<XportAnswer, CallError> {
        Ok(xport::find(words, &self.context)?)
    }
}
