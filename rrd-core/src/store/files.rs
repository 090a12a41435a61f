//! The files of a store: the entry of each, found by identity or by any of its names, which of them
//! are in memory, and which are evicted.

use std::collections::{HashMap, VecDeque};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, RwLock};

use super::entry::{Entry, Name, State, StoreContext};
use super::error::StoreError;
use super::locks::{guard, read_guard, write_guard};
use super::log::Log;
use super::names;
use super::record::Mark;
use crate::database::OpenError;
use crate::disk::{Found, Identity, Overwrite, Target};

/// Hard links of one file that are remembered besides its first name.
const MOST_OTHERS: usize = 3;
/// Other ways to write names of one file that are remembered.
const MOST_SPELLINGS: usize = 3;

/// Devices, that do not exist, of files that could not be looked at so far.
const EXPECTED: u64 = u64::MAX;
const EXPECTED_ANY: u64 = u64::MAX - 1;

/// All files that were used so far.
pub(super) struct Files {
    context: StoreContext,
    /// Limit on the files whose state stays in memory.
    most_loaded: usize,
    tables: RwLock<Tables>,
    /// Files in memory, in order of arrival.
    queue: Mutex<VecDeque<Arc<Entry>>>,
    /// Files whose last write failed.
    failing: AtomicUsize,
    next_id: AtomicU32,
}

#[derive(Default)]
struct Tables {
    names: HashMap<Name, Alias>,
    entries: HashMap<Identity, Arc<Entry>>,
}

/// A name that leads to a file.
struct Alias {
    entry: Arc<Entry>,
    /// Whether it is that of the file in other words: then it is looked at with the file.
    is_direct: bool,
    /// The second in which it was last looked at.
    checked: AtomicI64,
}

/// Where a file is that was not found under its name.
#[derive(Debug)]
pub(super) enum Whereabouts {
    /// It is there, or nobody can tell.
    There,
    /// Another entry, with another name of the file, has the state.
    Renamed(Arc<Entry>),
    /// The name leads to another file.
    Replaced(Identity),
    /// Nothing has one of its names.
    Gone,
}

impl Files {
    pub(super) fn new(context: StoreContext, most_loaded: usize) -> Self {
        Self {
            context,
            most_loaded,
            tables: RwLock::default(),
            queue: Mutex::default(),
            failing: AtomicUsize::new(0),
            next_id: AtomicU32::new(1),
        }
    }

    /// What all files share.
    #[inline]
    pub(super) fn context(&self) -> &StoreContext {
        &self.context
    }

    /// How many files were used so far.
    pub(super) fn count(&self) -> usize {
        read_guard(&self.tables).entries.len()
    }

    /// The entry of a name that was used before, without a look at the disk.
    #[inline]
    pub(super) fn known(&self, name: &Path) -> Option<Arc<Entry>> {
        let tables = read_guard(&self.tables);
        if let Some(alias) = tables.names.get(name.as_os_str().as_bytes()) {
            return Some(alias.entry.clone());
        }
        let name = names::checked(name, &self.context.reach).ok()?;
        tables.names.get(name.as_os_str().as_bytes()).map(|alias| alias.entry.clone())
    }

    /// The entry of the file that a name leads to. A name that was used before is looked at once a
    /// second at most.
    #[inline]
    pub(super) fn entry(&self, name: &Path) -> Result<Arc<Entry>, StoreError> {
        if let Some(entry) = self.used(name) {
            return Ok(entry);
        }
        let name = &names::checked(name, &self.context.reach)?;
        match self.used(name) {
            Some(entry) => Ok(entry),
            None => self.look_up(name),
        }
    }

    /// The entry of a name that was used before, under any spelling, and still led there within
    /// this second.
    #[inline]
    pub(super) fn used_lately(&self, name: &Path) -> Option<Arc<Entry>> {
        self.used(name).or_else(|| self.used(&names::checked(name, &self.context.reach).ok()?))
    }

    /// The entry of a name that was used before and still leads there.
    #[inline]
    fn used(&self, name: &Path) -> Option<Arc<Entry>> {
        let tables = read_guard(&self.tables);
        let alias = tables.names.get(name.as_os_str().as_bytes())?;
        let entry = alias.entry.clone();
        if alias.is_direct || !self.context.reach.is_wide() {
            return Some(entry);
        }
        let now = self.context.clock.now().seconds();
        if alias.checked.swap(now, Ordering::Relaxed) == now {
            return Some(entry);
        }
        drop(tables);
        match self.context.disk.look(name) {
            Ok(look) if look.identity != entry.identity => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            _ => return Some(entry),
        }
        self.drop_spelling(name, &mut entry.state());
        None
    }

    /// The entry of the file that a name leads to, if that was used before.
    pub(super) fn located(&self, name: &Path) -> Option<Arc<Entry>> {
        let known = self.known(name);
        if !self.context.reach.is_wide() {
            return known;
        }
        let name = names::checked(name, &self.context.reach).ok()?;
        match self.context.disk.look(&name) {
            Ok(look) => self.with_identity(look.identity),
            Err(_) => known,
        }
    }

    /// The entry of a file that was used before.
    pub(super) fn with_identity(&self, identity: Identity) -> Option<Arc<Entry>> {
        read_guard(&self.tables).entries.get(&identity).cloned()
    }

    /// Finds the file of a name on the disk.
    #[cold]
    fn look_up(&self, name: &Path) -> Result<Arc<Entry>, StoreError> {
        let open = |source| OpenError::Open { path: name.to_owned(), source };
        loop {
            let found = self.context.disk.find(name).map_err(open);
            let found = found.map_err(|error| StoreError::opening(name, error))?;
            let identity = found.look.identity;
            let known = self.with_identity(identity);
            let entry = known.unwrap_or_else(|| self.insert(&found));
            let mut state = entry.state();
            // Where the file system does not tell when a file was made, the number of a removed one
            // may have been given to this one.
            if identity.born == 0 && !state.removed && !self.is_there(&entry, &state) {
                self.abandon(&entry, &mut state);
            }
            if !state.removed {
                self.add_place(&entry, &mut state, &found.place);
                let is_direct = found.is_direct && entry.path() == found.place;
                self.add_spelling(&entry, &mut state, name, is_direct);
                drop(state);
                return Ok(entry);
            }
        }
    }

    /// Adds a file that was not used before.
    fn insert(&self, found: &Found) -> Arc<Entry> {
        let identity = found.look.identity;
        let name = Name::from(found.place.as_os_str().as_bytes());
        let mut tables = write_guard(&self.tables);
        let id = &self.next_id;
        let fresh =
            || Arc::new(Entry::new(id.fetch_add(1, Ordering::Relaxed), name.clone(), identity));
        let entry = tables.entries.entry(identity).or_insert_with(fresh).clone();
        if entry.name == name {
            tables.names.insert(name, Alias::new(&entry, true));
        }
        entry
    }

    /// The entry of a file that cannot be looked at, but whose samples are kept: the file with this
    /// mark, once it can be, or any if there is no mark.
    pub(super) fn expected(
        &self,
        name: &Path,
        mark: Option<Mark>,
    ) -> Result<Arc<Entry>, StoreError> {
        let name = names::checked(name, &self.context.reach)?;
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let identity = match mark {
            Some(mark) => Identity { device: EXPECTED, number: mark.number, born: mark.born },
            None => Identity { device: EXPECTED_ANY, number: id.into(), born: 0 },
        };
        let name = Name::from(name.as_os_str().as_bytes());
        let entry = Arc::new(Entry::new(id, name.clone(), identity));
        entry.state().base = mark.map_or(0, |mark| mark.base);
        let mut tables = write_guard(&self.tables);
        tables.names.insert(name, Alias::new(&entry, true));
        tables.entries.insert(identity, entry.clone());
        Ok(entry)
    }

    /// Remembers another name of a file, unless there are enough that lead to it.
    fn add_place(&self, entry: &Entry, state: &mut State, place: &Path) {
        let name = place.as_os_str().as_bytes();
        if *entry.name == *name || state.others.iter().any(|other| **other == *name) {
            return;
        }
        if state.others.len() >= MOST_OTHERS {
            let leads_here = |name: &Name| self.leads_to(name, entry.identity);
            let dead = state.others.iter().position(|name| !leads_here(name));
            let Some(dead) = dead else { return };
            state.others.swap_remove(dead);
        }
        state.others.push(name.into());
        // The journal names the file again.
        state.named.1 = 0;
    }

    /// Remembers another way to write a name. There are any number of them: a new one takes the
    /// place of another.
    fn add_spelling(&self, entry: &Arc<Entry>, state: &mut State, name: &Path, is_direct: bool) {
        let name = Name::from(name.as_os_str().as_bytes());
        if entry.name == name {
            return;
        }
        state.spellings.retain(|known| *known != name);
        let mut tables = write_guard(&self.tables);
        if state.spellings.len() >= MOST_SPELLINGS {
            tables.names.remove(&state.spellings.remove(0));
        }
        state.spellings.push(name.clone());
        tables.names.insert(name, Alias::new(entry, is_direct));
    }

    /// Forgets a way to write the name of a file.
    fn drop_spelling(&self, name: &Path, state: &mut State) {
        let name = name.as_os_str().as_bytes();
        state.spellings.retain(|other| &**other != name);
        write_guard(&self.tables).names.remove(name);
    }

    /// The entry of the file that a new one under this name would replace: none if the name is a
    /// link, which is replaced itself.
    pub(super) fn replaced_by(&self, name: &Path, overwrite: Overwrite) -> Option<Arc<Entry>> {
        if overwrite == Overwrite::No {
            return None;
        }
        match self.context.disk.target(name) {
            Ok(Target::File(..)) => {
                let look = self.context.disk.look(name).ok()?;
                self.with_identity(look.identity)
            }
            _ => None,
        }
    }

    /// Forgets what a name led to, unless it is the first one of a file.
    pub(super) fn drop_link(&self, name: &Path) {
        if let Some(entry) = self.known(name)
            && &*entry.name != name.as_os_str().as_bytes()
        {
            self.drop_spelling(name, &mut entry.state());
        }
    }

    /// The entry that has the state of this one by now.
    pub(super) fn latest(entry: &Arc<Entry>) -> Arc<Entry> {
        let mut entry = entry.clone();
        loop {
            let next = entry.state().next.clone();
            match next {
                Some(next) => entry = next,
                None => return entry,
            }
        }
    }

    /// The entry of the file of one that is of no use any more.
    pub(super) fn again(&self, entry: &Arc<Entry>) -> Result<Arc<Entry>, StoreError> {
        let latest = Self::latest(entry);
        let is_removed = latest.state().removed;
        if is_removed { self.entry(entry.path()) } else { Ok(latest) }
    }

    pub(super) fn all(&self) -> Vec<Arc<Entry>> {
        read_guard(&self.tables).entries.values().cloned().collect()
    }

    /// Removes the entry of a file. A thread that waits for its state looks the name up again.
    pub(super) fn remove(&self, entry: &Entry, state: &mut State) {
        state.removed = true;
        let mut tables = write_guard(&self.tables);
        for name in [&entry.name].into_iter().chain(&state.spellings) {
            if tables.names.get(name).is_some_and(|alias| alias.entry.id == entry.id) {
                tables.names.remove(name);
            }
        }
        if tables.entries.get(&entry.identity).is_some_and(|found| found.id == entry.id) {
            tables.entries.remove(&entry.identity);
        }
    }

    /// Removes the entry of a file that is gone, with its samples, which are counted as lost.
    pub(super) fn abandon(&self, entry: &Entry, state: &mut State) {
        self.context.losses.add(entry.path(), state.unwritten.count);
        self.drop_state(state);
        self.remove(entry, state);
    }

    /// Whether a name leads to this file.
    fn leads_to(&self, name: &Name, identity: Identity) -> bool {
        let look = self.context.disk.look(super::entry::path(name));
        look.is_ok_and(|look| look.identity == identity)
    }

    /// Whether one of its names leads to a file.
    fn is_there(&self, entry: &Entry, state: &State) -> bool {
        let mut names = [&entry.name].into_iter().chain(&state.others);
        names.any(|name| self.leads_to(name, entry.identity))
    }

    /// Looks for a file by all its names.
    pub(super) fn find_again(&self, entry: &Arc<Entry>, state: &mut State) -> Whereabouts {
        let first = self.context.disk.look(entry.path());
        if first.as_ref().is_ok_and(|look| look.identity == entry.identity) {
            return Whereabouts::There;
        }
        let other = state.others.iter().position(|name| self.leads_to(name, entry.identity));
        if let Some(other) = other {
            let name = state.others.swap_remove(other);
            return Whereabouts::Renamed(self.succeed(entry, state, name, entry.identity));
        }
        match first {
            Ok(look) if is_expected(entry.identity, look.identity) => {
                let name = entry.name.clone();
                Whereabouts::Renamed(self.succeed(entry, state, name, look.identity))
            }
            Ok(look) => Whereabouts::Replaced(look.identity),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Whereabouts::Gone,
            // It may be there at the next attempt.
            Err(_) => Whereabouts::There,
        }
    }

    /// Gives the state of an entry to a new one with this name and identity.
    pub(super) fn succeed(
        &self,
        entry: &Arc<Entry>,
        state: &mut State,
        name: Name,
        identity: Identity,
    ) -> Arc<Entry> {
        let mut moved = state.give_away();
        let spellings = std::mem::take(&mut moved.spellings);
        let next = Arc::new(Entry::with_state(entry.id, name.clone(), identity, moved));
        let mut tables = write_guard(&self.tables);
        // Nobody knows which of them lead to the file still.
        for old in [&entry.name].into_iter().chain(&spellings) {
            tables.names.remove(old);
        }
        tables.entries.remove(&entry.identity);
        tables.names.insert(name, Alias::new(&next, true));
        tables.entries.insert(identity, next.clone());
        drop(tables);
        state.next = Some(next.clone());
        // Nobody else has seen it for long.
        if let Some(mut state) = next.try_state() {
            self.enqueue(&next, &mut state);
        }
        next
    }

    /// Loads the state of a file into memory.
    pub(super) fn load(
        &self,
        entry: &Arc<Entry>,
        state: &mut State,
        log: &Log,
    ) -> Result<(), StoreError> {
        state.load(entry, &self.context, log)?;
        self.enqueue(entry, state);
        Ok(())
    }

    /// Queues a file in memory for eviction.
    pub(super) fn enqueue(&self, entry: &Arc<Entry>, state: &mut State) {
        if state.loaded.is_some() && !std::mem::replace(&mut state.queued, true) {
            guard(&self.queue).push_back(entry.clone());
        }
    }

    /// Drops the state of files in order of arrival, until few enough are in memory.
    pub(super) fn evict(&self) {
        let mut left = guard(&self.queue).len();
        while left > 0 && self.context.loaded.load(Ordering::Relaxed) > self.most_loaded {
            left -= 1;
            let Some(entry) = guard(&self.queue).pop_front() else { return };
            match entry.try_state() {
                Some(mut state) => {
                    state.queued = false;
                    state.unload(&self.context);
                }
                // In use at the moment: it stays in the queue.
                None => guard(&self.queue).push_back(entry.clone()),
            }
        }
    }

    /// Drops the state of a file and its unwritten samples.
    pub(super) fn drop_state(&self, state: &mut State) {
        state.unload(&self.context);
        self.set_failing(state, false);
        state.drop_unwritten();
    }

    /// Files whose last write failed.
    pub(super) fn failing(&self) -> usize {
        self.failing.load(Ordering::Relaxed)
    }

    /// Records whether a file could be written.
    pub(super) fn set_failing(&self, state: &mut State, failing: bool) {
        match (std::mem::replace(&mut state.failing, failing), failing) {
            (false, true) => drop(self.failing.fetch_add(1, Ordering::Relaxed)),
            (true, false) => drop(self.failing.fetch_sub(1, Ordering::Relaxed)),
            _ => {}
        }
    }
}

/// Whether a file that could not be looked at before is this one.
fn is_expected(expected: Identity, found: Identity) -> bool {
    match expected.device {
        EXPECTED => (expected.number, expected.born) == (found.number, found.born),
        device => device == EXPECTED_ANY,
    }
}

impl Alias {
    fn new(entry: &Arc<Entry>, is_direct: bool) -> Self {
        Self { entry: entry.clone(), is_direct, checked: AtomicI64::new(i64::MIN) }
    }
}
