//! What can go wrong in a store.

use std::io;
use std::path::{Path, PathBuf};

use super::backlog::Backlog;
use crate::database::{ConvertError, CreateError, FetchError, OpenError, UpdateError};
use crate::disk::Outside;
use crate::restructure::TuneFileError;

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The name is not a plain path below the folder of the store.
    #[error(
        "'{}' is not a name in this store: use a relative path without '..' and '.rrd-store'",
        name.display()
    )]
    Name {
        /// The name as given.
        name: PathBuf,
    },
    /// The folder cannot be used.
    #[error("cannot use '{}' as a store", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The error of the system.
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
    /// The file cannot be created.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// The file cannot be copied.
    #[error(transparent)]
    Copy(#[from] ConvertError),
    /// The rows cannot be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The name leads out of the folders in which files may be.
    #[error("'{}' leads to '{}', which is not below the folder", name.display(), leads_to.display())]
    Outside {
        /// The name as given.
        name: PathBuf,
        /// What it leads to, with all links followed.
        leads_to: PathBuf,
    },
    /// The file was removed by another program before all its samples were written to it.
    #[error("'{}' was removed: {samples} samples have no place any more", name.display())]
    Gone {
        /// The file.
        name: PathBuf,
        /// Number of acknowledged samples that are lost.
        samples: u64,
    },
    /// Another program has put another file in the place of this one.
    #[error(
        "another file has the place of '{}': {samples} samples are not written to it",
        name.display()
    )]
    Replaced {
        /// The name of both.
        name: PathBuf,
        /// Number of acknowledged samples that are lost.
        samples: u64,
    },
    /// The sample does not suit the database, or the file cannot be locked, read or written: what
    /// [`Rrd::update`](crate::Rrd::update) says, too, with the name as the path.
    #[error(transparent)]
    Update(#[from] UpdateError),
    /// The definition of the file cannot be changed.
    #[error(transparent)]
    Tune(Box<TuneFileError>),
    /// The sample has more readings or longer texts than can be written down.
    #[error(
        "{}: a sample has at most 65535 readings of at most 65535 bytes, and 1 MiB in all",
        name.display()
    )]
    TooLong {
        /// The file.
        name: PathBuf,
    },
    /// The file could not be written for some time: more of its samples would keep others out of
    /// the journal.
    #[error(
        "'{}' cannot be written and has used its share of the journal: see the error of flush",
        name.display()
    )]
    Stuck {
        /// The file.
        name: PathBuf,
    },
    /// The journal is full of samples whose files cannot be written.
    #[error("the journal is full: {failing} files cannot be written: see the error of flush")]
    JournalFull {
        /// Number of files that fill the journal.
        failing: usize,
    },
    /// The journal cannot be written.
    #[error("cannot write the journal of the store")]
    Journal {
        /// The error of the system.
        source: io::Error,
    },
    /// The journal cannot be synced: what of it a power loss would leave is unknown. The next call
    /// begins another segment and writes everything again that is not in its file.
    #[error("cannot sync the journal of the store")]
    Sync {
        /// The error of the system.
        source: io::Error,
    },
    /// The file cannot be removed.
    #[error("cannot remove '{}'", name.display())]
    Remove {
        /// The file.
        name: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
}

impl StoreError {
    /// Whether there is no file with this name.
    pub fn is_not_found(&self) -> bool {
        match self {
            Self::Open(error) => error.is_not_found(),
            Self::Create(error) => error.is_not_found(),
            Self::Fetch(error) => error.is_not_found(),
            Self::Update(error) => error.is_not_found(),
            Self::Gone { .. } => true,
            _ => false,
        }
    }

    /// Whether another program has locked the file for longer than
    /// [`StoreOptions::locking`](super::StoreOptions::locking) says.
    pub fn is_locked(&self) -> bool {
        let in_update = matches!(self, Self::Update(UpdateError::Locked { .. }));
        in_update || matches!(self, Self::Open(OpenError::Locked { .. }))
    }

    /// The error of opening the file with this name.
    pub(super) fn opening(name: &Path, error: OpenError) -> Self {
        let OpenError::Open { source, .. } = &error else { return error.into() };
        Self::outside(name, source).unwrap_or_else(|| error.into())
    }

    /// The error of a name that leads out, if this is one.
    pub(super) fn outside(name: &Path, error: &io::Error) -> Option<Self> {
        let outside = error.get_ref()?.downcast_ref::<Outside>()?;
        let leads_to = outside.leads_to.clone()?;
        Some(Self::Outside { name: name.to_owned(), leads_to })
    }

    /// Whether the name does not lead to the file any more.
    pub(super) fn is_elsewhere(&self) -> bool {
        self.is_not_found() || matches!(self, Self::Replaced { .. })
    }

    /// The same error, about the file by this name: a store calls its files by their names in it,
    /// and a server's clients have another.
    ///
    /// ```
    /// use rrd_core::{Store, StoreOptions};
    /// let folder = tempfile::tempdir()?;
    /// let store = Store::open(folder.path(), StoreOptions::default())?;
    /// let error = store.head("a.rrd").unwrap_err().about("/srv/rrd/a.rrd");
    /// assert_eq!(error.to_string(), "cannot open '/srv/rrd/a.rrd'");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn about(mut self, file: impl AsRef<Path>) -> Self {
        let file = file.as_ref();
        match &mut self {
            Self::Open(error) => error.set_path(file),
            Self::Create(error) => error.set_path(file),
            Self::Fetch(error) => error.set_path(file),
            Self::Update(error) => error.set_path(file),
            Self::Tune(error) => error.set_path(file),
            _ => {}
        }
        self
    }
}

/// Why a batch stopped.
#[derive(Debug, thiserror::Error)]
#[error("the batch stopped after {applied} samples")]
#[non_exhaustive]
pub struct StoreBatchError {
    /// Number of acknowledged samples.
    pub applied: usize,
    /// What these mean for write-back.
    pub backlog: Backlog,
    /// The cause.
    pub source: Box<StoreError>,
}
