//! What can go wrong in a store.

use std::io;
use std::path::PathBuf;

use crate::database::{CreateError, FetchError, OpenError, UpdateError};

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The name is not a plain path below the folder of the store.
    #[error("'{name}' is not a name in this store: use a relative path without '..'")]
    Name {
        /// The name as given.
        name: String,
    },
    /// The folder cannot be used.
    #[error("cannot use '{}' as a store", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another process has this store open.
    #[error("the store in '{}' is in use by another process", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// The file cannot be opened, or is not the database that it was.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The file cannot be made.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// The rows cannot be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// Two names lead to the same file.
    #[error("'{name}' and '{other}' are the same file: use one of the names")]
    Alias {
        /// The name that was asked for.
        name: String,
        /// The name that the file is in use under.
        other: String,
    },
    /// The sample does not suit the database, or the file cannot be locked, read or written: what
    /// [`Rrd::update`](crate::Rrd::update) says, too, with the name as the path.
    #[error(transparent)]
    Update(#[from] UpdateError),
    /// The sample has more readings or longer texts than can be written down.
    #[error("{name}: a sample has at most 65535 readings of at most 65535 bytes, and 1 MiB in all")]
    TooLong {
        /// The file.
        name: String,
    },
    /// The file could not be written for some time: more of its samples would keep others out of the journal.
    #[error(
        "'{name}' cannot be written, and the journal holds all that it may of it: see what flush says about it"
    )]
    Stuck {
        /// The file.
        name: String,
    },
    /// The journal is full of samples whose files cannot be written.
    #[error(
        "the journal is full: {failing} files cannot be written; see what flush says about them"
    )]
    JournalFull {
        /// How many files hold the journal up.
        failing: usize,
    },
    /// The journal cannot be written or synced.
    #[error("cannot write the journal of the store")]
    Journal {
        /// What the system says.
        source: io::Error,
    },
    /// The file cannot be removed.
    #[error("cannot remove '{name}'")]
    Remove {
        /// The file.
        name: String,
        /// What the system says.
        source: io::Error,
    },
}

impl StoreError {
    /// Whether there is no file of the name.
    pub fn is_not_found(&self) -> bool {
        match self {
            Self::Open(error) => error.is_not_found(),
            Self::Create(error) => error.is_not_found(),
            Self::Fetch(error) => error.is_not_found(),
            Self::Update(error) => error.is_not_found(),
            _ => false,
        }
    }
}

/// Why a batch stopped.
#[derive(Debug, thiserror::Error)]
#[error("the batch stopped after {applied} samples")]
#[non_exhaustive]
pub struct StoreBatchError {
    /// How many samples are acknowledged.
    pub applied: usize,
    /// What stopped it.
    pub source: Box<StoreError>,
}
