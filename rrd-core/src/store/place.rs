//! Whether the folder of a store is still the one that was opened.

use std::os::unix::fs::MetadataExt;

use super::Store;

/// Where the folder of a [`Store`] is, compared with when it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorePlace {
    /// At its path.
    Same,
    /// Not at its path: it was renamed, or another file system was mounted or unmounted there. Its
    /// files can still be written by [`flush_all`](Store::flush_all).
    Moved,
    /// Its journal was removed, cut or overwritten: another folder has its path, or the same one
    /// was cleared or restored from a copy. The store should only be dropped.
    Lost,
}

impl Store {
    /// Where the folder is, and that of the journal if it has [its
    /// own](crate::StoreOptions::journal_folder). The store keeps its folder and its journal open,
    /// so that it would go on writing to what was removed; and if its journal is cut, the next
    /// update ends the process with SIGBUS, unless it is [accessed by
    /// position](crate::StoreOptions::journal_access). A daemon whose folder may be replaced asks
    /// before it uses the store, and opens it again.
    ///
    /// ```
    /// use rrd_core::{Store, StoreOptions, StorePlace};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let data = folder.path().join("data");
    /// let store = Store::open(&data, StoreOptions::default())?;
    /// assert_eq!(store.place(), StorePlace::Same);
    /// std::fs::rename(&data, folder.path().join("old"))?;
    /// assert_eq!(store.place(), StorePlace::Moved);
    /// std::fs::remove_dir_all(folder.path().join("old"))?;
    /// assert_eq!(store.place(), StorePlace::Lost);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn place(&self) -> StorePlace {
        let Some(segments) = self.log.identities() else { return StorePlace::Lost };
        let at_path = self.own.segments.each_ref().map(|name| {
            let found = std::fs::symlink_metadata(self.own.folder.join(name)).ok()?;
            Some((found.dev(), found.ino()))
        });
        let base = std::fs::metadata(&self.folder).ok().map(|found| (found.dev(), found.ino()));
        let is_same = at_path == segments.map(Some) && (self.base.is_none() || base == self.base);
        if is_same { StorePlace::Same } else { StorePlace::Moved }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::Duration;

    use super::super::own_files::SEGMENTS;
    use super::*;
    use crate::database::Access;
    use crate::{CreateOptions, Sample, Schema, StoreOptions, Timestamp};

    const START: Timestamp = Timestamp::from_seconds(1_000_000_000);

    fn update(store: &Store, second: u64) -> Result<(), crate::StoreError> {
        store.update("x.rrd", &Sample::new(START + Duration::from_secs(second), [1.0]))
    }

    #[test]
    fn a_folder_and_one_for_its_journal_are_looked_at_both() {
        let top = tempfile::tempdir().unwrap();
        let path = |name: &str| top.path().join(name);
        let options = StoreOptions::new().journal_folder(path("journal"));
        let store = Store::open(path("base"), options).unwrap();
        for name in ["base", "journal"] {
            assert_eq!(store.place(), StorePlace::Same, "{name}");
            std::fs::rename(path(name), path("old")).unwrap();
            assert_eq!(store.place(), StorePlace::Moved, "{name}");
            std::fs::create_dir(path(name)).unwrap();
            assert_eq!(store.place(), StorePlace::Moved, "{name}");
            std::fs::remove_dir(path(name)).unwrap();
            std::fs::rename(path("old"), path(name)).unwrap();
        }
        std::fs::remove_dir_all(path("journal")).unwrap();
        assert_eq!(store.place(), StorePlace::Lost);
    }

    #[test]
    fn a_journal_that_is_accessed_by_position_keeps_its_samples_and_may_be_cut() {
        let folder = tempfile::tempdir().unwrap();
        let options = StoreOptions::new().journal_access(Access::Position);
        let store = Store::open(folder.path(), options.clone()).unwrap();
        let step = Duration::from_secs(1);
        let schema = Schema::builder(step).gauge("x", step).average_for(step, step * 60);
        store.create("x.rrd", &schema.build().unwrap(), START, CreateOptions::new()).unwrap();
        (1..=9).for_each(|second| update(&store, second).unwrap());
        assert_eq!(store.place(), StorePlace::Same);
        // As after kill -9.
        drop(store);
        let store = Store::open(folder.path(), options).unwrap();
        assert_eq!((store.recovery().applied, store.recovery().damaged_bytes), (9, 0));
        update(&store, 10).unwrap();
        for name in SEGMENTS {
            File::create(folder.path().join(name)).unwrap();
        }
        assert_eq!(store.place(), StorePlace::Lost);
        update(&store, 11).unwrap();
        assert_eq!(store.place(), StorePlace::Lost);
        assert!(store.flush_all().failed.is_empty());
    }
}
