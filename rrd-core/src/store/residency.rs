//! Which files are in memory, and which have to leave it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::entry::{Entry, State, Unwritten};
use super::{Store, StoreError, guard, write_guard};
use crate::disk::Access;

impl Store {
    /// Brings the state of a file into memory.
    pub(super) fn load(&self, entry: &Arc<Entry>, state: &mut State) -> Result<(), StoreError> {
        let loaded = match state.load(entry, &self.around, &self.journal) {
            Ok(loaded) => loaded,
            Err(error) => {
                if state.unwritten.count == 0 {
                    write_guard(&self.entries).remove(&*entry.name);
                }
                return Err(error);
            }
        };
        let identity = loaded.identity;
        let mut identities = guard(&self.identities);
        match identities.get(&identity) {
            Some(other) if other.name != entry.name && self.leads_to(other, identity) => {
                let (name, other) = (entry.name.to_string(), other.name.to_string());
                drop(identities);
                state.unload(&self.around);
                write_guard(&self.entries).remove(&*entry.name);
                return Err(StoreError::Alias { name, other });
            }
            _ => identities.insert(identity, entry.clone()),
        };
        drop(identities);
        self.enqueue(entry, state);
        Ok(())
    }

    /// Whether the name of an entry still leads to this file: the number of one that was removed is given to the next that
    /// is made.
    fn leads_to(&self, entry: &Entry, identity: (u64, u64)) -> bool {
        let file = self.around.disk.open(entry.path(), Access::Read);
        let status = file.and_then(|file| file.status());
        status.is_ok_and(|status| status.identity == identity)
    }

    /// Sees to it that the state of the file is dropped from memory when its turn comes.
    pub(super) fn enqueue(&self, entry: &Arc<Entry>, state: &mut State) {
        if state.loaded.is_some() && !std::mem::replace(&mut state.queued, true) {
            guard(&self.queue).push_back(entry.clone());
        }
    }

    /// Drops the state of files that came first, until there are few enough in memory.
    pub(super) fn evict(&self) {
        let mut left = guard(&self.queue).len();
        while left > 0 && self.around.loaded.load(Ordering::Relaxed) > self.options.most_loaded {
            left -= 1;
            let Some(entry) = guard(&self.queue).pop_front() else { return };
            match entry.try_state() {
                Some(mut state) => {
                    state.queued = false;
                    self.unload(&entry, &mut state);
                }
                // In use just now: its turn comes again.
                None => guard(&self.queue).push_back(entry.clone()),
            }
        }
    }

    /// Drops the state of a file from memory; file and journal have it all.
    pub(super) fn unload(&self, entry: &Entry, state: &mut State) {
        if let Some(loaded) = &state.loaded {
            let mut identities = guard(&self.identities);
            if identities.get(&loaded.identity).is_some_and(|owner| owner.name == entry.name) {
                identities.remove(&loaded.identity);
            }
        }
        state.unload(&self.around);
    }

    /// Drops all that is known of a file.
    pub(super) fn drop_state(&self, entry: &Entry, state: &mut State) {
        self.unload(entry, state);
        self.set_failing(state, false);
        state.unwritten = Unwritten::default();
    }
}
