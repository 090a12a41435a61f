//! Commands and their context: environment, streams, and rrdcached if one is named.

use std::ffi::{OsStr, OsString};
use std::io::{BufReader, Read, Write};
use std::time::Duration;

use crate::drawing::Drawing;
use crate::environment::Environment;
use crate::failure::{Failure, Outcome, Output, WrongUseOf};
use crate::open_files::OpenFiles;
use crate::option_words::OptionDescription;
use crate::reference::Operand;
use crate::rows_of_program::RowsOfProgram;
use crate::rrdcached::Reached;
use crate::rrdtool_words::reason;
use crate::still_locked::LONGEST_WAIT;

/// One command of the tool.
pub(crate) struct Command {
    /// The name that the user types.
    pub(crate) name: &'static str,
    /// A short description.
    pub(crate) about: &'static str,
    /// The usage without the name of the tool; lines as they are printed.
    pub(crate) usage: &'static [&'static str],
    /// What the user reads about its options.
    pub(crate) options: fn() -> Vec<OptionDescription>,
    /// What follows its name besides options; the last one may be repeated.
    pub(crate) operands: &'static [Operand],
    /// The sections of its manual page: the description comes before the first heading.
    pub(crate) manual: &'static str,
    /// Commands that its page names under "See also".
    pub(crate) related: &'static [&'static str],
    /// Runs the command with the arguments after its name.
    pub(crate) run: fn(&[OsString], &mut Context<'_>) -> Outcome,
}

/// Whose defaults apply where those of `rrd` and RRDtool differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Defaults {
    /// Called `rrd`.
    Own,
    /// Called by a name of RRDtool, which scripts rely on.
    Rrdtool,
}

/// The context of a command.
pub(crate) struct Context<'a> {
    pub(crate) defaults: Defaults,
    /// The name in usage texts of the command that runs; `None` for its own.
    pub(crate) called: Option<String>,
    pub(crate) environment: &'a Environment,
    pub(crate) input: BufReader<&'a mut dyn Read>,
    pub(crate) out: Output<'a>,
    pub(crate) errors: &'a mut dyn Write,
    pub(crate) files: OpenFiles,
    /// How long this process may still wait for locks.
    pub(crate) lock_wait: Duration,
    /// Whether new files replace others without waiting for the disk.
    pub(crate) replaces_at_once: bool,
    /// Serves all pictures of a session.
    pub(crate) drawing: Drawing,
    /// Gives the rows of `cb//TEXT`.
    pub(crate) rows: Option<RowsOfProgram<'a>>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        defaults: Defaults,
        environment: &'a Environment,
        input: &'a mut dyn Read,
        output: &'a mut dyn Write,
        errors: &'a mut dyn Write,
    ) -> Self {
        let input = BufReader::with_capacity(1 << 16, input);
        Self {
            defaults,
            called: None,
            environment,
            input,
            out: Output::new(output),
            errors,
            files: OpenFiles::default(),
            lock_wait: LONGEST_WAIT,
            replaces_at_once: false,
            drawing: Drawing::new(environment.language()),
            rows: None,
        }
    }

    /// The usage of a command, which `before` and `after` surround: `usage: rrdtool NAME FILE`.
    pub(crate) fn usage(&self, before: &'static str, name: &str, after: &'static str) -> Failure {
        let name = self.called.as_deref().unwrap_or(name).to_owned();
        WrongUseOf { before, name, after }.into()
    }

    /// Reports what has been wrong with fonts.
    pub(crate) fn report_fonts(&mut self) {
        for fault in self.drawing.fonts.take_faults() {
            // If the stream is closed, nobody can read it.
            drop(writeln!(self.errors, "WARNING: {}", reason(&fault)));
        }
    }

    /// Asks the daemon if one is named, else the file.
    ///
    /// If a daemon is named but does not answer, the file is asked and the command still fails: the
    /// answer lacks the daemon's pending readings.
    pub(crate) fn ask(
        &mut self,
        address: Option<&OsStr>,
        daemon: impl FnOnce(Reached, &mut Self) -> Outcome,
        file: impl FnOnce(&mut Self) -> Outcome,
    ) -> Outcome {
        match self.environment.daemon(address) {
            Ok(Some(found)) => daemon(found, self),
            Ok(None) => file(self),
            Err(unreachable) => {
                file(self)?;
                Err(unreachable.into())
            }
        }
    }
}
