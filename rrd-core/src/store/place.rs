//! Whether the folder of a store is still the one that was opened.

use std::os::unix::fs::MetadataExt;

use super::Store;
use super::own_files::SEGMENTS;

/// Where the folder of a [`Store`] is, compared with when it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorePlace {
    /// At its path.
    Same,
    /// Not at its path: it was renamed, or another file system was mounted or unmounted there. Its
    /// files can still be written by [`flush_all`](Store::flush_all).
    Moved,
    /// Its journal was removed, cut or overwritten: another folder has its path, or the same one
    /// was cleared or restored from a copy. The store must not be used any more, not even flushed,
    /// but only dropped.
    Lost,
}

impl Store {
    /// Where the folder is. The store keeps its folder and its journal open, so that it would go on
    /// writing to what was removed; and if its journal is cut, the next update ends the process
    /// with SIGBUS. A daemon whose folder may be replaced asks before it uses the store, and opens
    /// it again.
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
        let at_path = SEGMENTS.map(|name| {
            let found = std::fs::symlink_metadata(self.folder.join(name)).ok()?;
            Some((found.dev(), found.ino()))
        });
        if at_path == segments.map(Some) { StorePlace::Same } else { StorePlace::Moved }
    }
}
