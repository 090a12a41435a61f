//! Makes room for new files by removing those of instances that are gone.

use std::fs;

use rrd_core::{Step, Store, Timestamp};

use super::{Removed, StoreWriter, WriteError};
use crate::fault::chain;
use crate::group::{GroupId, is_shortened};
use crate::store::budget::{DataFile, DataFiles, NoRoom, Role};
use crate::store::scan::scan;

/// How many files are removed at a time, while the host must still be sampled.
const MOST_AT_ONCE: usize = 100;
/// For how many seconds a refused kind is refused without looking again.
const REFUSED_FOR: i64 = 10;
impl StoreWriter {
    /// Makes room for the file of a group, unless it has one; `false` if so many files have to go
    /// before that the next sample goes on with it.
    pub(super) fn make_room(
        &mut self,
        store: &Store,
        name: &str,
        kind: &str,
        size: u64,
    ) -> Result<bool, WriteError> {
        let now = self.watch.seconds();
        let mut files = self.take_files(store);
        let is_there = files.files.contains_key(name) || store.folder().join(name).exists();
        let room =
            if is_there { Ok(true) } else { self.room_for(store, &mut files, kind, size, now) };
        self.files = Some(files);
        Ok(room?)
    }

    fn room_for(
        &mut self,
        store: &Store,
        files: &mut DataFiles,
        kind: &str,
        size: u64,
        now: i64,
    ) -> Result<bool, NoRoom> {
        if let Some((at, why)) = self.refused.get(kind)
            && now - at < REFUSED_FOR
        {
            return Err(why.clone());
        }
        self.note_seen(files);
        let leaving = files.room_for(&self.limits, kind, size, now).inspect_err(|why| {
            self.refused.insert(kind.to_owned(), (now, why.clone()));
        })?;
        self.refused.remove(kind);
        self.remove_files(store, files, &leaving);
        Ok(leaving.len() <= MOST_AT_ONCE)
    }

    /// Removes the files that have to go though no new one is made, and what memory holds of
    /// groups that are gone.
    pub(super) fn remove_overdue(&mut self, store: &Store) {
        let now = self.watch.seconds();
        let mut files = self.take_files(store);
        self.note_seen(&mut files);
        if self.limits.disk.is_some() {
            // Other programs and kept copies change its size.
            files = scan(store, (self.clock)().wall, now, &files);
        }
        let overdue = files.overdue(&self.limits, now);
        self.remove_files(store, &mut files, &overdue);
        let forget_after = i64::try_from(self.limits.forget_after.as_secs()).unwrap_or(i64::MAX);
        self.groups.retain(|_, known| now.saturating_sub(known.seen) < forget_after);
        for (name, _) in files.files.iter().filter(|(_, file)| file.is_gone(now)) {
            // A file that cannot be written keeps its samples.
            if store.unwritten(name) == 0 {
                let _ = store.forget(name);
            }
        }
        self.files = Some(files);
        let Removed { count, last, .. } = &mut self.removed;
        if *count > 0 {
            log::info!("removed files of instances that are gone: {count}, the last one {last}");
            *count = 0;
        }
    }

    /// The group has its file, new or not.
    pub(super) fn note_file(
        &mut self,
        store: &Store,
        name: &str,
        step: Step,
        last_update: Timestamp,
    ) {
        let mut files = self.take_files(store);
        let size = fs::metadata(store.folder().join(name)).map_or(0, |file| file.len());
        let (seen, patience) = (self.watch.seconds(), DataFile::patience(step));
        let file = DataFile { size, seen, patience, last_update, role: Role::Group };
        files.files.insert(name.to_owned(), file);
        self.files = Some(files);
    }

    /// The group is not sampled any more; its file may be removed at once.
    pub(super) fn forget_group(&mut self, group: &GroupId) {
        let Some(known) = self.groups.remove(group) else { return };
        let file = self.files.as_mut().and_then(|files| files.files.get_mut(&known.name));
        if let Some(file) = file {
            *file =
                DataFile { patience: 0, seen: known.seen, last_update: known.sample.at, ..*file };
        }
    }

    /// What is known of the data folder; it is read before the first sample.
    fn take_files(&mut self, store: &Store) -> DataFiles {
        self.files.take().unwrap_or_else(|| {
            scan(store, (self.clock)().wall, self.watch.seconds(), &DataFiles::default())
        })
    }

    /// Transfers when groups were sampled to their files.
    fn note_seen(&self, files: &mut DataFiles) {
        for known in self.groups.values() {
            if let Some(file) = files.files.get_mut(&known.name) {
                (file.seen, file.last_update) = (known.seen, known.sample.at);
            }
        }
    }

    fn remove_files(&mut self, store: &Store, files: &mut DataFiles, leaving: &[String]) {
        for name in leaving.iter().take(MOST_AT_ONCE) {
            let Some(file) = files.files.get_mut(name) else { continue };
            match self.remove_file(store, name, *file) {
                Ok(true) => {
                    files.files.remove(name);
                    self.removed.count += 1;
                    self.removed.last.clone_from(name);
                }
                // It stays, and is not looked at again.
                Ok(false) => file.role = Role::Other,
                Err(error) => {
                    file.role = Role::Other;
                    log::warn!("{name} stays: {}", chain(&error));
                }
            }
        }
    }

    /// Removes a file and all that belongs to it; `false` if another program has written to it.
    fn remove_file(
        &mut self,
        store: &Store,
        name: &str,
        file: DataFile,
    ) -> Result<bool, WriteError> {
        let last_update = store.last_update(name);
        if file.role == Role::Group && last_update.is_ok_and(|at| at > file.last_update) {
            return Ok(false);
        }
        store.remove(name)?;
        let gone = self.groups.iter().find(|(_, known)| known.name == name);
        if let Some(group) = gone.map(|(id, _)| id.clone()) {
            self.groups.remove(&group);
            self.removed.groups.push(group);
        }
        if is_shortened(name) {
            self.full_names(store)?.remove(name)?;
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
