//! The files of a store: the entry of each name, which of them are in memory, and which are
//! evicted.

use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, RwLock};

use super::entry::{Entry, State, StoreContext, Unwritten};
use super::error::StoreError;
use super::locks::{guard, read_guard, write_guard};
use super::log::Log;
use super::names::plain_name;
use crate::disk::OpenMode;

/// All files that were used so far.
pub(super) struct Files {
    context: StoreContext,
    /// Limit on the files whose state stays in memory.
    most_loaded: usize,
    entries: RwLock<HashMap<Box<Path>, Arc<Entry>>>,
    /// The name of each file in memory.
    identities: Mutex<HashMap<(u64, u64), Arc<Entry>>>,
    /// Files in memory, in order of arrival.
    queue: Mutex<VecDeque<Arc<Entry>>>,
    /// Files whose last write failed.
    failing: AtomicUsize,
    next_id: AtomicU32,
}

impl Files {
    pub(super) fn new(context: StoreContext, most_loaded: usize) -> Self {
        Self {
            context,
            most_loaded,
            entries: RwLock::default(),
            identities: Mutex::default(),
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
        read_guard(&self.entries).len()
    }

    /// The entry of a name that was used before.
    #[inline]
    pub(super) fn known(&self, name: &Path) -> Option<Arc<Entry>> {
        let entries = read_guard(&self.entries);
        if let Some(entry) = entries.get(name) {
            return Some(entry.clone());
        }
        entries.get(plain_name(name).ok()?.as_path()).cloned()
    }

    /// The entry of a name.
    #[inline]
    pub(super) fn entry(&self, name: &Path) -> Result<Arc<Entry>, StoreError> {
        if let Some(entry) = read_guard(&self.entries).get(name) {
            return Ok(entry.clone());
        }
        let name = plain_name(name)?;
        let mut entries = write_guard(&self.entries);
        let fresh = || Arc::new(Entry::new(self.next_id.fetch_add(1, Ordering::Relaxed), &name));
        Ok(entries.entry(name.as_path().into()).or_insert_with(fresh).clone())
    }

    pub(super) fn all(&self) -> Vec<Arc<Entry>> {
        read_guard(&self.entries).values().cloned().collect()
    }

    /// Removes the entry of a file. A thread that waits for its state looks the name up again.
    pub(super) fn remove(&self, entry: &Entry, state: &mut State) {
        state.removed = true;
        let mut entries = write_guard(&self.entries);
        if entries.get(&*entry.name).is_some_and(|found| found.id == entry.id) {
            entries.remove(&*entry.name);
        }
    }

    /// Loads the state of a file into memory.
    pub(super) fn load(
        &self,
        entry: &Arc<Entry>,
        state: &mut State,
        log: &Log,
    ) -> Result<(), StoreError> {
        let loaded = match state.load(entry, &self.context, log) {
            Ok(loaded) => loaded,
            Err(error) => {
                if state.unwritten.count == 0 {
                    self.remove(entry, state);
                }
                return Err(error);
            }
        };
        let identity = loaded.identity;
        let mut identities = guard(&self.identities);
        match identities.get(&identity) {
            Some(other) if other.name != entry.name && self.leads_to(other, identity) => {
                let (name, other) = (entry.path().to_owned(), other.path().to_owned());
                drop(identities);
                state.unload(&self.context);
                self.remove(entry, state);
                return Err(StoreError::Alias { name, other });
            }
            _ => identities.insert(identity, entry.clone()),
        };
        drop(identities);
        self.enqueue(entry, state);
        Ok(())
    }

    /// Whether the name of an entry still refers to this file: the inode number of a removed file
    /// is reused.
    fn leads_to(&self, entry: &Entry, identity: (u64, u64)) -> bool {
        let file = self.context.disk.open(entry.path(), OpenMode::Read);
        let status = file.and_then(|file| file.status());
        status.is_ok_and(|status| status.identity == identity)
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
                    self.unload(&entry, &mut state);
                }
                // In use at the moment: it stays in the queue.
                None => guard(&self.queue).push_back(entry.clone()),
            }
        }
    }

    /// Drops the state of a file from memory; file and journal contain all of it.
    fn unload(&self, entry: &Entry, state: &mut State) {
        if let Some(loaded) = &state.loaded {
            let mut identities = guard(&self.identities);
            if identities.get(&loaded.identity).is_some_and(|owner| owner.name == entry.name) {
                identities.remove(&loaded.identity);
            }
        }
        state.unload(&self.context);
    }

    /// Drops the state of a file and its unwritten samples.
    pub(super) fn drop_state(&self, entry: &Entry, state: &mut State) {
        self.unload(entry, state);
        self.set_failing(state, false);
        state.unwritten = Unwritten::default();
        state.interrupted = None;
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
