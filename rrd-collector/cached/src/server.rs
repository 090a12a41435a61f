//! What all connections share.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rrd_core::{Locking, MissingFolders, Reach, Store, StoreError, StoreOptions};

use crate::log_limit::LogLimit;
use crate::refused_links::RefusedLinks;
use crate::shared_memory::SharedMemory;
use crate::statistics::Statistics;
use crate::write_back::{WriteBack, WriteBackOptions, chain};

/// What the errors of all batches may take.
const BATCHES: usize = 64 << 20;

/// Settings of a server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServerOptions {
    /// The base folder (`-b`): relative names begin there.
    pub base: PathBuf,
    /// Only files below the base (`-B`).
    pub confined: bool,
    /// Further folders that names below the base may lead to (`--also`).
    pub also: Vec<PathBuf>,
    /// CREATE makes missing folders (`-R`).
    pub makes_folders: bool,
    /// CREATE replaces existing files; not with `-O`.
    pub overwrites: bool,
}

impl ServerOptions {
    /// The defaults of the original, with this base.
    pub fn new(base: impl Into<PathBuf>) -> Self {
        Self {
            base: base.into(),
            confined: false,
            also: Vec::new(),
            makes_folders: false,
            overwrites: true,
        }
    }
}

/// What becomes of values that are not in their files when a server ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// They are written.
    Write,
    /// They stay in the journal until the next start.
    KeepJournal,
}

/// Why a server cannot begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A thread cannot be started.
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
}

/// What all connections share.
#[derive(Debug)]
pub struct Server {
    pub(crate) options: ServerOptions,
    pub(crate) store: Arc<Store>,
    pub(crate) statistics: Statistics,
    pub(crate) write_back: WriteBack,
    /// Samples that are not later than the last one, which some clients send all the time.
    pub(crate) past_log: LogLimit,
    /// Links that lead out of where files may be, and were logged.
    pub(crate) refused_links: RefusedLinks,
    /// For the errors of batches.
    pub(crate) batch_memory: SharedMemory,
}

impl Server {
    /// Opens the store of a server, and starts to write back.
    ///
    /// # Errors
    ///
    /// The store cannot be opened, or a thread cannot be started.
    pub fn open(
        options: ServerOptions,
        write_back: WriteBackOptions,
        store: StoreOptions,
    ) -> Result<Self, ServerError> {
        let reach =
            if options.confined { Reach::Below(options.also.clone()) } else { Reach::Anywhere };
        let missing =
            if options.makes_folders { MissingFolders::Created } else { MissingFolders::Refused };
        // The writing thread waits for no file: one that another program has locked is tried again.
        let store = store.max_skew(None).reach(reach).missing_folders(missing);
        let store = store.locking(Locking::Try);
        let store = Arc::new(Store::open(&options.base, store)?);
        let write_back =
            WriteBack::start(write_back, store.clone()).map_err(ServerError::Thread)?;
        let statistics = Statistics::default();
        let (past_log, refused_links) = Default::default();
        let batch_memory = SharedMemory::of(BATCHES);
        Ok(Self { options, store, statistics, write_back, past_log, refused_links, batch_memory })
    }

    /// Ends write-back after the files that are being written, and closes the store. Connections
    /// must have ended. Returns the files that could not be written: their values stay in the
    /// journal.
    pub fn close(self, ending: Ending) -> Vec<(PathBuf, StoreError)> {
        let Self { store, write_back, .. } = self;
        write_back.stop();
        if ending == Ending::KeepJournal {
            if let Err(error) = store.sync() {
                log::error!("{}", chain(&error));
            }
            return Vec::new();
        }
        write_back.set_all_suspended(false);
        drop(write_back);
        let failed = store.flush_all().failed;
        if failed.is_empty()
            && let Some(store) = Arc::into_inner(store)
            && let Err(error) = store.close()
        {
            log::error!("{}", chain(&error));
        }
        failed
    }
}
