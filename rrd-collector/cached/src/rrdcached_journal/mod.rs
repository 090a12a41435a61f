//! The journal of the original: taken over at a start that finds one.
//!
//! `files` finds its files, `line` reads their lines. What they hold goes through the store, as if
//! clients had sent it again, so that a value that is in its file already is refused there. Once
//! everything is in the journal of the store or in files, the old files are set aside. A kill
//! before that leaves them for the next start.

mod files;
mod line;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use rrd_core::{Sample, SampleError, StoreError, StoreFile, Timestamp, UpdateError};

use crate::grammar::{Value, Words};
use crate::names;
use crate::server::Server;
use crate::write_back::chain;
use files::JournalFile;
use line::{JournalLine, Lines};

/// The folder, beside the old files, into which they are moved.
const SET_ASIDE: &str = "replayed";

/// What was found in a journal of the original.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TakeOver {
    /// Its files.
    pub files: usize,
    /// Values that were accepted.
    pub accepted: u64,
    /// Values that are not later than what their file has: mostly, they are in it.
    pub present: u64,
    /// Values that their file does not take, or that have none.
    pub refused: u64,
    /// Values that could not be accepted now. The journal stays, and the next start tries again.
    pub failed: u64,
}

impl Server {
    /// Takes over the journal that the original has left in a folder, if there is one. To be called
    /// before clients connect, as the user who owns it.
    ///
    /// # Errors
    ///
    /// The folder or a file in it cannot be read or moved, or the journal of the store cannot be
    /// synced. The old files stay.
    pub fn take_over_journal(&self, folder: &Path) -> io::Result<TakeOver> {
        let files = files::find(folder)?;
        let mut taken = TakeOver { files: files.len(), ..TakeOver::default() };
        if files.is_empty() {
            return Ok(taken);
        }
        let ends = Ends::find(self, &files)?;
        let mut place = 0;
        for file in &files {
            let mut lines = Lines::of(file.open()?);
            while let Some(line) = lines.next()? {
                place += 1;
                if let JournalLine::Update(mut words) = JournalLine::parse(line)
                    && let Some(name) = words.next()
                    && ends.is_after(place, &self.path_of(&name))
                {
                    self.take_over(&name, words, &mut taken);
                }
            }
        }
        if taken.failed == 0 {
            self.store.sync().map_err(io::Error::other)?;
            files::set_aside(folder, SET_ASIDE, &files)?;
        }
        Ok(taken)
    }

    /// Accepts the values of a line. Unlike those of a client, values after a refused one are
    /// looked at: the file may have got the first of them before the original ended.
    fn take_over(&self, name: &[u8], words: Words<'_>, taken: &mut TakeOver) {
        self.statistics.updates_received.fetch_add(1, Ordering::Relaxed);
        let mut sample = Sample { at: Timestamp::default(), readings: Vec::new() };
        let file = self.file_of_journal(name);
        for text in words {
            let Some(value) = Value::parse(&text) else {
                taken.refused += 1;
                continue;
            };
            value.read_into(&mut sample);
            let accepted = match &file {
                Ok(file) => self.accept_from_journal(file, &sample),
                Err(refusal) => Err(refusal.clone()),
            };
            match accepted {
                Ok(()) => taken.accepted += 1,
                Err(Refusal::Present) => taken.present += 1,
                Err(Refusal::Unfit) => taken.refused += 1,
                Err(Refusal::Fault(error)) => {
                    if taken.failed == 0 {
                        log::error!("cannot take over the journal of rrdcached: {error}");
                    }
                    taken.failed += 1;
                }
            }
        }
    }

    fn file_of_journal(&self, name: &[u8]) -> Result<StoreFile, Refusal> {
        if !self.permits(name) {
            return Err(Refusal::Unfit);
        }
        self.store.file(names::path(name)).map_err(|error| Refusal::of(&error))
    }

    fn accept_from_journal(&self, file: &StoreFile, sample: &Sample) -> Result<(), Refusal> {
        let backlog = self
            .store
            .update_file(file, std::slice::from_ref(sample))
            .map_err(|error| Refusal::of(&error.source))?;
        self.write_back.note(file, backlog);
        Ok(())
    }
}

/// Why a value was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Refusal {
    /// It is not later than the last one.
    Present,
    /// Another attempt would end in the same way.
    Unfit,
    /// Another attempt may succeed.
    Fault(String),
}

impl Refusal {
    fn of(error: &StoreError) -> Self {
        match error {
            StoreError::Update(UpdateError::Sample {
                source: SampleError::Past { .. }, ..
            }) => Self::Present,
            StoreError::Update(UpdateError::Sample { .. })
            | StoreError::TooLong { .. }
            | StoreError::Name { .. }
            | StoreError::Outside { .. } => Self::Unfit,
            error if error.is_not_found() => Self::Unfit,
            error => Self::Fault(chain(error)),
        }
    }
}

/// Where the values of each file end that were written or forgotten.
#[derive(Debug, Default)]
struct Ends(HashMap<PathBuf, u64>);

impl Ends {
    fn find(server: &Server, files: &[JournalFile]) -> io::Result<Self> {
        let mut ends = HashMap::new();
        let mut place = 0;
        for file in files {
            let mut lines = Lines::of(file.open()?);
            while let Some(line) = lines.next()? {
                place += 1;
                if let JournalLine::End(name) = JournalLine::parse(line) {
                    ends.insert(server.path_of(name), place);
                }
            }
        }
        Ok(Self(ends))
    }

    /// Whether the line at this place was not yet written or forgotten.
    fn is_after(&self, place: u64, path: &Path) -> bool {
        self.0.get(path).is_none_or(|end| place > *end)
    }
}
