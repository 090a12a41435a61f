//! Changes of files by other programs: removed, replaced, moved, written, cut.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::entry::{Entry, State};
use super::files::Whereabouts;
use super::{Store, StoreError};
use crate::data_source::LastReading;
use crate::database::{OpenError, RrdReader};
use crate::disk::{Look, OpenMode};
use crate::format::Head;

/// What is known of a file after a look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The entry is that of the file.
    Valid,
    /// The entry is of no use any more: the file is looked up again.
    Void,
}

/// What became of a file that is not under its name.
#[derive(Debug)]
pub(super) enum Settled {
    /// It is there again, or nobody can tell.
    There,
    /// This entry has its state.
    Next(Arc<Entry>),
    /// Another file has its place, and its samples are lost.
    Lost,
    /// Nothing has one of its names.
    Gone,
}

impl Store {
    /// Looks at a file whose state is about to be used, once a second at most: other programs may
    /// have removed, replaced or changed it. In a store that reaches no further than its folder,
    /// that is noticed when the file is written.
    #[inline]
    pub(super) fn check(
        &self,
        entry: &Arc<Entry>,
        state: &mut State,
    ) -> Result<Standing, StoreError> {
        let context = self.files.context();
        if !context.reach.is_wide() {
            return Ok(Standing::Valid);
        }
        if state.writing {
            return Ok(Standing::Valid);
        }
        let now = context.clock.now().seconds();
        if std::mem::replace(&mut state.checked, now) == now {
            return Ok(Standing::Valid);
        }
        self.check_now(entry, state)
    }

    /// Loads the state of a file into memory.
    pub(super) fn load(
        &self,
        entry: &Arc<Entry>,
        state: &mut State,
    ) -> Result<Standing, StoreError> {
        let Err(error) = self.files.load(entry, state, &self.log) else {
            return Ok(Standing::Valid);
        };
        if error.is_elsewhere() {
            match self.settle(entry, state)? {
                Settled::Next(_) | Settled::Lost => return Ok(Standing::Void),
                Settled::There | Settled::Gone => {}
            }
        }
        if state.unwritten.count == 0 {
            self.files.remove(entry, state);
        }
        Err(error)
    }

    #[cold]
    fn check_now(&self, entry: &Arc<Entry>, state: &mut State) -> Result<Standing, StoreError> {
        let context = self.files.context();
        match context.disk.look(entry.path()) {
            Ok(look) if look.identity == entry.identity => {
                self.compare(entry, state, look);
                return Ok(Standing::Valid);
            }
            Err(error) if error.kind() != ErrorKind::NotFound => return Ok(Standing::Valid),
            _ => {}
        }
        match self.settle(entry, state)? {
            Settled::There => Ok(Standing::Valid),
            Settled::Next(_) | Settled::Lost => Ok(Standing::Void),
            Settled::Gone => {
                // It may come back before its samples are due.
                state.checked = i64::MIN;
                if state.unwritten.count == 0 {
                    self.files.remove(entry, state);
                }
                let source = ErrorKind::NotFound.into();
                Err(OpenError::Open { path: entry.path().to_owned(), source }.into())
            }
        }
    }

    /// Drops the state in memory if it is not based on what the file has now.
    fn compare(&self, entry: &Entry, state: &mut State, look: Look) {
        let Some(loaded) = state.loaded.as_mut().filter(|loaded| loaded.look != look) else {
            return;
        };
        let file = self.files.context().disk.open(entry.path(), OpenMode::Read);
        let same = file.and_then(|file| {
            let head = loaded.shape.head();
            Ok(look.length >= head.length && head.checksum_of(&*file)? == Some(loaded.checksum))
        });
        match same {
            Ok(true) => loaded.look = look,
            // If it cannot be read, the next attempt to load it will say why.
            Ok(false) | Err(_) => state.reload(self.files.context()),
        }
    }

    /// Finds out what became of a file that is not under its name. If another file has the name,
    /// the samples are its own if it continues the old one, and are lost if not.
    pub(super) fn settle(
        &self,
        entry: &Arc<Entry>,
        state: &mut State,
    ) -> Result<Settled, StoreError> {
        Ok(match self.files.find_again(entry, state) {
            Whereabouts::There => Settled::There,
            Whereabouts::Renamed(next) => Settled::Next(next),
            Whereabouts::Gone => Settled::Gone,
            Whereabouts::Replaced(identity) if self.continues(entry.path(), state) => {
                state.reload(self.files.context());
                Settled::Next(self.files.succeed(entry, state, entry.name.clone(), identity))
            }
            Whereabouts::Replaced(_) => {
                self.lose(entry, state)?;
                Settled::Lost
            }
        })
    }

    /// Looks for files that were not under their names when they were written, and returns those
    /// to be written now. The samples of the others are lost.
    pub(super) fn find_again(
        &self,
        failures: &mut Vec<(Arc<Entry>, StoreError)>,
    ) -> Vec<Arc<Entry>> {
        let mut found = Vec::new();
        failures.retain_mut(|(entry, error)| {
            if !error.is_elsewhere() {
                return true;
            }
            let mut state = entry.state();
            let (name, samples) = (entry.path().to_owned(), state.unwritten.count);
            match self.settle(entry, &mut state) {
                Ok(Settled::There) => {}
                Ok(Settled::Next(next)) => {
                    found.push(next);
                    return false;
                }
                Ok(Settled::Lost) => *error = StoreError::Replaced { name, samples },
                // The journal cannot say so, but the samples have no place nevertheless.
                Ok(Settled::Gone) => {
                    drop(self.lose(entry, &mut state));
                    *error = StoreError::Gone { name, samples };
                }
                Err(fault) => *error = fault,
            }
            true
        });
        found
    }

    /// Gives up a file that is gone, with its samples.
    pub(super) fn lose(&self, entry: &Entry, state: &mut State) -> Result<(), StoreError> {
        self.files.context().losses.add(entry.path(), state.unwritten.count);
        let forgotten = self.forget_samples(entry, state);
        self.files.drop_state(state);
        self.files.remove(entry, state);
        forgotten
    }

    /// Whether the file that has a name now is the database that was there before, restored or with
    /// another structure: it has the same last update.
    fn continues(&self, name: &Path, state: &State) -> bool {
        let reader = RrdReader::open_on(&*self.files.context().disk, name);
        reader.is_ok_and(|reader| {
            let head = reader.head();
            has_history(head) && head.live.last_update.seconds() == state.base
        })
    }

    /// Files that another program has removed, replaced or changed so that acknowledged samples
    /// have no place in them, with the numbers of these samples, since this was last called.
    pub fn take_lost(&self) -> Vec<(PathBuf, u64)> {
        self.files.context().losses.take()
    }

    /// The entry of the file that a name leads to now, if it was used before. A file that is gone
    /// keeps its own: its samples are told as lost when they cannot be written.
    pub(super) fn found_now(&self, name: &Path) -> Result<Option<Arc<Entry>>, StoreError> {
        let name = &self.name(name)?;
        let known = self.files.known(name);
        if !self.files.context().reach.is_wide() {
            return Ok(known);
        }
        match self.files.context().disk.find(name) {
            Ok(found) => {
                let entry = self.files.with_identity(found.look.identity);
                if entry.is_none()
                    && let Some(before) = known
                {
                    // Only what became of its own samples matters, and that is told elsewhere.
                    drop(self.check_now(&before, &mut before.state()));
                }
                Ok(entry)
            }
            Err(source) => match StoreError::outside(name, &source) {
                Some(outside) => Err(outside),
                None => Ok(known),
            },
        }
    }

    /// The entry of a name that was used before, if it is still that of the file.
    pub(super) fn current(&self, name: &Path) -> Option<Arc<Entry>> {
        if !self.files.context().reach.is_wide() {
            return self.files.known(name);
        }
        self.files.located(name)?;
        let entry = self.files.entry(name).ok()?;
        let mut state = entry.state();
        let standing = self.check(&entry, &mut state);
        drop(state);
        match standing {
            Ok(Standing::Valid) => Some(entry),
            Ok(Standing::Void) => self.files.again(&entry).ok(),
            Err(_) => None,
        }
    }
}

/// Whether a database has ever been updated.
pub(super) fn has_history(head: &Head) -> bool {
    head.live.pdps.iter().any(|pdp| pdp.last_reading != LastReading::UNKNOWN)
}
