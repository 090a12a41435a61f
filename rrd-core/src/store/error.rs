//! What can go wrong in a store.

use std::io;
use std::path::PathBuf;

use crate::database::{CreateError, FetchError, OpenError, UpdateError};
use crate::disk::system_text;
use crate::update::SampleError;

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
    #[error("using '{}' as a store: {}", folder.display(), system_text(source))]
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
    /// The file cannot be updated.
    #[error(transparent)]
    Update(UpdateError),
    /// The sample does not suit the database, or is too far in the future.
    #[error("{name}: {source}")]
    Sample {
        /// The file.
        name: String,
        /// What is wrong with the sample.
        source: SampleError,
    },
    /// The sample has more readings or longer texts than can be written down.
    #[error("{name}: a sample has at most 65535 readings of at most 65535 bytes")]
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
    #[error("writing the journal of the store: {}", system_text(source))]
    Journal {
        /// What the system says.
        source: io::Error,
    },
    /// The file cannot be read or written.
    #[error("writing '{name}': {}", system_text(source))]
    Write {
        /// The file.
        name: String,
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
    /// Another writer kept the file beyond the limit.
    #[error("could not lock RRD")]
    Locked {
        /// The file.
        name: String,
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
#[error("{source}")]
#[non_exhaustive]
pub struct StoreBatchError {
    /// How many samples are acknowledged.
    pub applied: usize,
    /// What stopped it.
    pub source: Box<StoreError>,
}
