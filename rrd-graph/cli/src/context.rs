//! What a command is, and what it works with: the world, the streams, and rrdcached if it is named.

use std::ffi::{OsStr, OsString};
use std::io::{BufReader, Read, Write};

use rrd_graph::{Fonts, Png};

use crate::failure::{Outcome, Output};
use crate::open_files::OpenFiles;
use crate::options::OptionDescription;
use crate::rrdcached::Daemon;
use crate::world::World;

/// One command of the tool.
pub(crate) struct Command {
    /// What the user types.
    pub(crate) name: &'static str,
    /// What it does, in a few words.
    pub(crate) about: &'static str,
    /// How it is called, without the name of the tool; lines as they are printed.
    pub(crate) usage: &'static [&'static str],
    /// What the user reads about its options.
    pub(crate) options: fn() -> Vec<OptionDescription>,
    /// Does it; the arguments are those after the name.
    pub(crate) run: fn(&[OsString], &mut Context<'_>) -> Outcome,
}

/// Whose habits the tool follows where it would rather have its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallingRules {
    /// Called `rrd`.
    Own,
    /// Called by a name of RRDtool, which scripts rely on.
    Rrdtool,
}

/// What a command works with.
pub(crate) struct Context<'a> {
    pub(crate) rules: CallingRules,
    pub(crate) world: &'a World,
    pub(crate) input: BufReader<&'a mut dyn Read>,
    pub(crate) out: Output<'a>,
    pub(crate) errors: &'a mut dyn Write,
    pub(crate) files: OpenFiles,
    /// Loaded once for all pictures of a session.
    pub(crate) fonts: Fonts,
    /// Keeps its canvas from one picture to the next.
    pub(crate) png: Png,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        rules: CallingRules,
        world: &'a World,
        input: &'a mut dyn Read,
        output: &'a mut dyn Write,
        errors: &'a mut dyn Write,
    ) -> Self {
        let input = BufReader::with_capacity(1 << 16, input);
        Self {
            rules,
            world,
            input,
            out: Output::new(output),
            errors,
            files: OpenFiles::default(),
            fonts: Fonts::new(),
            png: Png::default(),
        }
    }

    /// Asks the daemon if one is named, else the file.
    ///
    /// Where a daemon is named but does not answer, the file is asked and the command fails all the same: what waits in
    /// the daemon is missing from the answer.
    pub(crate) fn ask(
        &mut self,
        address: Option<&OsStr>,
        daemon: impl FnOnce(Daemon, &mut Self) -> Outcome,
        file: impl FnOnce(&mut Self) -> Outcome,
    ) -> Outcome {
        match self.world.daemon(address) {
            Ok(Some(found)) => daemon(found, self),
            Ok(None) => file(self),
            Err(unreachable) => {
                file(self)?;
                Err(unreachable.into())
            }
        }
    }
}
