//! The options of a store.

use std::path::PathBuf;

use super::log_sync::LogSync;
use crate::commit::Durability;
use crate::database::Access;
use crate::disk::{Locking, Reach};
use crate::time::{Clock, MaxSkew};

/// The options of a store.
///
/// ```
/// use std::time::Duration;
/// use rrd_core::{LogSync, StoreOptions};
/// let options = StoreOptions::new().sync(LogSync::Every(Duration::from_secs(10))).max_skew(None);
/// ```
#[derive(Clone, Debug)]
pub struct StoreOptions {
    pub(super) segment_size: usize,
    pub(super) journal_access: Access,
    pub(super) sync: LogSync,
    pub(super) most_loaded: usize,
    pub(super) max_skew: Option<MaxSkew>,
    pub(super) locking: Locking,
    pub(super) clock: Clock,
    pub(super) journal_folder: Option<PathBuf>,
    pub(super) reach: Reach,
    pub(super) missing_folders: MissingFolders,
}

/// What happens to folders that are missing when a database is created.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingFolders {
    /// They are created.
    #[default]
    Created,
    /// The database is not created.
    Refused,
}

impl Default for StoreOptions {
    /// 32 MiB of mapped journal, never synced, 131,072 files in memory, samples at
    /// most a day ahead.
    fn default() -> Self {
        Self {
            segment_size: 16 << 20,
            journal_access: Access::Mapped,
            sync: LogSync::Never,
            most_loaded: 1 << 17,
            max_skew: Some(MaxSkew::DAY),
            locking: Locking::default(),
            clock: Clock::SYSTEM,
            journal_folder: None,
            reach: Reach::Folder,
            missing_folders: MissingFolders::Created,
        }
    }
}

impl StoreOptions {
    /// The default options.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the size of each of the two journal segments in bytes, from 64 KiB to 1 GiB; a size
    /// beyond that becomes the next that is possible. A sample takes about 50, and each file twice
    /// its name in a segment. When one is full, the files whose samples are in it are
    /// written, whether they are due or not.
    #[must_use]
    pub fn segment_size(mut self, bytes: usize) -> Self {
        self.segment_size = bytes;
        self
    }

    /// Sets how the journal is accessed; by default it is [mapped](Access::Mapped), and whoever
    /// truncates it kills this process. [By position](Access::Position) a sample costs two calls of
    /// the system, and the journal may be cut or restored from a copy at any time, which
    /// [`Store::place`](crate::Store::place) notices.
    #[must_use]
    pub fn journal_access(mut self, access: Access) -> Self {
        self.journal_access = access;
        self
    }

    /// Sets when the log is synced, which decides what a power loss costs. Unless that is never,
    /// files are synced when they are written.
    #[must_use]
    pub fn sync(mut self, sync: LogSync) -> Self {
        self.sync = sync;
        self
    }

    /// What a write of a file must survive before its samples are removed from the log.
    pub(super) fn durability(&self) -> Durability {
        match self.sync {
            LogSync::Never => Durability::Process,
            LogSync::Every(_) | LogSync::Each => Durability::Synced,
        }
    }

    /// Sets the limit on files whose state is kept in memory.
    #[must_use]
    pub fn most_loaded(mut self, files: usize) -> Self {
        self.most_loaded = files;
        self
    }

    /// Sets how far ahead of the clock a sample may be; `None` for any distance.
    #[must_use]
    pub fn max_skew(mut self, max_skew: impl Into<Option<MaxSkew>>) -> Self {
        self.max_skew = max_skew.into();
        self
    }

    /// Sets how long write-back waits for another writer of a file.
    #[must_use]
    pub fn locking(mut self, locking: Locking) -> Self {
        self.locking = locking;
        self
    }

    /// Sets the folder of the journal and of the other files of the store itself, which is created
    /// if necessary; by default they are in a hidden folder, `.rrd-store`, in that of the store. A
    /// journal that is still in that one is written to the files when the store is opened.
    ///
    /// The lock of the store belongs to this folder: two stores cannot have the same one. If
    /// everybody may write to it, the files are in a folder in it that only this user can.
    ///
    /// ```
    /// use rrd_core::{Store, StoreError, StoreOptions};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let options = StoreOptions::new().journal_folder(folder.path().join("journal"));
    /// let store = Store::open(folder.path().join("data"), options.clone())?;
    /// assert_eq!(std::fs::read_dir(folder.path().join("data"))?.count(), 0);
    /// let other = Store::open(folder.path().join("other"), options);
    /// assert!(matches!(other, Err(StoreError::InUse { .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn journal_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.journal_folder = Some(folder.into());
        self
    }

    /// Sets which files names may lead to; by default [those in the folder](Reach::Folder).
    #[must_use]
    pub fn reach(mut self, reach: Reach) -> Self {
        self.reach = reach;
        self
    }

    /// Sets what happens to folders that are missing when a database is created.
    #[must_use]
    pub fn missing_folders(mut self, folders: MissingFolders) -> Self {
        self.missing_folders = folders;
        self
    }

    /// Sets the clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }
}
