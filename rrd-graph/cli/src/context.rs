//! What a command works with: the world, the streams, and the daemon if one is named.

use std::ffi::OsStr;
use std::io::{BufReader, Read, Write};

use super::failure::{Outcome, Output};
use super::open_files::OpenFiles;
use super::world::World;
use crate::daemon::Daemon;
use crate::font::Fonts;
use crate::render::Png;

/// What a command works with.
pub(crate) struct Context<'a> {
    pub(crate) world: &'a World,
    pub(crate) input: BufReader<&'a mut dyn Read>,
    pub(crate) out: Output<'a>,
    pub(crate) errors: &'a mut dyn Write,
    pub(super) files: OpenFiles,
    /// Loaded once for all pictures of a session.
    pub(super) fonts: Fonts,
    /// Keeps its canvas from one picture to the next.
    pub(super) png: Png,
}

impl<'a> Context<'a> {
    pub(super) fn new(
        world: &'a World,
        input: &'a mut dyn Read,
        output: &'a mut dyn Write,
        errors: &'a mut dyn Write,
    ) -> Self {
        let input = BufReader::with_capacity(1 << 16, input);
        Self {
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
