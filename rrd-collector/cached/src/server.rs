//! What all connections share.

use std::path::PathBuf;

use rrd_core::{Store, StoreError, StoreOptions};

use crate::log_limit::LogLimit;
use crate::statistics::Statistics;
use crate::write_back::{WriteBack, WriteBackOptions};

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

/// What all connections share.
#[derive(Debug)]
pub struct Server {
    pub(crate) options: ServerOptions,
    pub(crate) store: Store,
    pub(crate) statistics: Statistics,
    pub(crate) write_back: WriteBack,
    /// Samples that are not later than the last one, which some clients send all the time.
    pub(crate) past_log: LogLimit,
}

impl Server {
    /// Opens the store of a server.
    ///
    /// # Errors
    ///
    /// The store cannot be opened.
    pub fn open(
        options: ServerOptions,
        write_back: WriteBackOptions,
        store: StoreOptions,
    ) -> Result<Self, StoreError> {
        let store = Store::open(&options.base, store.max_skew(None))?;
        let write_back = WriteBack::new(write_back);
        Ok(Self {
            options,
            store,
            statistics: Statistics::default(),
            write_back,
            past_log: LogLimit::default(),
        })
    }
}
