//! Commands whose answers are values, for front ends that print nothing themselves.

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::mem;
use std::time::Duration;

use rrd_core::Series;

use crate::answered::{Answered, CallError};
use crate::commands::update::Verbose;
use crate::commands::{
    GraphAnswer, InfoAnswer, XportAnswer, create, dump, fetch, first, flushcached, graph, info,
    last, lastupdate, list, resize, restore, tune, update, xport,
};
use crate::context::{Command, Context, Defaults};
use crate::drawing::Drawing;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::rows_of_program::RowsOfProgram;
use crate::written_value::WrittenValue;

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

/// What an update has done.
#[derive(Clone, Debug, PartialEq)]
pub struct VerboseUpdate {
    /// The values in the rows that it completed, in the order in which they were written.
    pub written: Vec<WrittenValue>,
    /// Whether all readings were taken. Those before one that is refused are in the file.
    pub outcome: Result<(), CallError>,
}

/// How long a call waits for other writers, unless `RRD_LOCKING` says something else.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

impl<'a> Calls<'a> {
    /// Calls in this environment. Commands read a document from `input`, print what they have to
    /// print to `output`, and write warnings to `errors`.
    pub fn new(
        environment: &'a Environment,
        input: &'a mut dyn Read,
        output: &'a mut dyn Write,
        errors: &'a mut dyn Write,
    ) -> Self {
        let context = Context::new(Defaults::Rrdtool, environment, input, output, errors);
        // Programs that make many files wait for the disk no longer than with RRDtool's library.
        Self { context: Context { lock_wait: LONGEST_WAIT, replaces_at_once: true, ..context } }
    }

    /// Sets the name that commands have in usage texts, in place of their own.
    pub fn set_name(&mut self, name: &OsStr) {
        self.context.called = Some(name.to_string_lossy().into_owned());
    }

    /// The same calls with rows of the program itself.
    #[must_use]
    pub fn with_rows(mut self, rows: RowsOfProgram<'a>) -> Self {
        self.context.rows = Some(rows);
        self
    }

    /// Runs a command that has no answer.
    fn run(&mut self, command: &Command, words: &[OsString]) -> Result<(), CallError> {
        let outcome = (command.run)(words, &mut self.context);
        let written = self.context.out.flush();
        outcome?;
        written.map_err(Failure::from)?;
        Ok(())
    }

    /// `create`: makes a file.
    pub fn create(&mut self, words: &[OsString]) -> Result<(), CallError> {
        self.run(&create::COMMAND, words)
    }

    /// `update`: adds readings to a file.
    pub fn update(&mut self, words: &[OsString]) -> Result<(), CallError> {
        self.run(&update::UPDATE, words)
    }

    /// `tune`: changes the definitions of a file.
    pub fn tune(&mut self, words: &[OsString]) -> Result<(), CallError> {
        self.run(&tune::COMMAND, words)
    }

    /// `resize`: makes a file with more or fewer rows.
    pub fn resize(&mut self, words: &[OsString]) -> Result<(), CallError> {
        self.run(&resize::COMMAND, words)
    }

    /// `restore`: makes a file from XML.
    pub fn restore(&mut self, words: &[OsString]) -> Result<(), CallError> {
        self.run(&restore::COMMAND, words)
    }

    /// `flushcached`: has a daemon write what it holds of files.
    pub fn flushcached(&mut self, words: &[OsString]) -> Result<(), CallError> {
        self.run(&flushcached::COMMAND, words)
    }

    /// `last`: the time of the last update of a file, in seconds since 1970.
    pub fn last(&mut self, words: &[OsString]) -> Result<Answered<i64>, CallError> {
        Ok(last::find(words, &self.context)?.into())
    }

    /// `first`: the time of the oldest row of an archive, in seconds since 1970.
    pub fn first(&mut self, words: &[OsString]) -> Result<Answered<i64>, CallError> {
        Ok(first::find(words, &self.context)?.into())
    }

    /// `fetch`: the rows of a span of time.
    pub fn fetch(&mut self, words: &[OsString]) -> Result<Answered<Series>, CallError> {
        Ok(fetch::find(words, &self.context)?)
    }

    /// `info`: everything about a file except its rows.
    pub fn info(&mut self, words: &[OsString]) -> Result<Answered<InfoAnswer>, CallError> {
        Ok(info::find(words, &self.context)?)
    }

    /// `list`: the names of the databases in a folder.
    pub fn list(&mut self, words: &[OsString]) -> Result<Vec<OsString>, CallError> {
        Ok(list::find(words, &self.context)?)
    }

    /// `dump`: writes a file as XML to another, or prints it.
    pub fn dump(&mut self, words: &[OsString]) -> Result<Answered<()>, CallError> {
        let answered = dump::answer(words, &mut self.context)?;
        self.context.out.flush().map_err(Failure::from)?;
        Ok(answered)
    }

    /// `lastupdate`: prints the last reading of each data source.
    pub fn lastupdate(&mut self, words: &[OsString]) -> Result<Answered<()>, CallError> {
        let answered = lastupdate::print(words, &mut self.context)?;
        self.context.out.flush().map_err(Failure::from)?;
        Ok(answered)
    }

    /// `updatev`: adds readings to a file.
    pub fn update_verbose(&mut self, words: &[OsString]) -> Result<VerboseUpdate, CallError> {
        let Verbose { written, outcome } = update::verbose(words, &mut self.context)?;
        Ok(VerboseUpdate { written, outcome: outcome.map_err(CallError::from) })
    }

    /// `graph` and `graphv`: draws a picture, into its file unless that is `-`. An error that
    /// leaves something to tell, such as a file that cannot be written, is returned with the
    /// answer.
    pub fn graph(
        &mut self,
        words: &[OsString],
    ) -> Result<(GraphAnswer, Option<CallError>), CallError> {
        let (answer, fault) = graph::find(words, &mut self.context)?;
        Ok((answer, fault.map(CallError::from)))
    }

    /// Lends what an earlier picture left, unless it was one in another language.
    pub fn lend(&mut self, drawing: Drawing) {
        if drawing.language() == self.context.environment.language() {
            self.context.drawing = drawing;
        }
    }

    /// What the pictures leave for the next.
    pub fn take_back(&mut self) -> Drawing {
        let none = Drawing::new(self.context.environment.language());
        mem::replace(&mut self.context.drawing, none)
    }

    /// `xport`: series as a table.
    pub fn xport(&mut self, words: &[OsString]) -> Result<XportAnswer, CallError> {
        Ok(xport::find(words, &self.context)?)
    }
}
