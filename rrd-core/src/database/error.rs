//! What can go wrong with a file.

use std::io;
use std::path::{Path, PathBuf};

use crate::consolidation::ConsolidationFunction;
use crate::fetch::MAX_ROWS;
use crate::format::{HeadError, Layout};
use crate::update::SampleError;

/// Why a database cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The system does not open the file.
    #[error("cannot open '{}'", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The file has no bytes.
    #[error("'{}' is empty, not a database", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// This is a folder.
    #[error("'{}' is a folder, not a database", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("cannot read '{}'", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// Another writer kept the file beyond the limit.
    #[error("'{}' is locked by another writer", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// The bytes are not those of a database.
    #[error("'{}' is not a valid database", path.display())]
    Head {
        /// The file.
        path: PathBuf,
        /// What is wrong with them.
        #[source]
        fault: HeadError,
    },
    /// The file can be read but not written: another kind of machine made it.
    #[error(
        "'{}' has the layout of another machine ({layout}) and cannot be updated: convert it first",
        path.display()
    )]
    ForeignLayout {
        /// The file.
        path: PathBuf,
        /// How it is laid out.
        layout: Layout,
    },
}

impl OpenError {
    /// Whether there is no file with this name.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Open { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }

    /// Calls the file by the name that the caller has for it.
    pub(crate) fn set_path(&mut self, name: &Path) {
        match self {
            Self::Open { path, .. }
            | Self::Empty { path }
            | Self::Folder { path }
            | Self::Read { path, .. }
            | Self::Locked { path }
            | Self::Head { path, .. }
            | Self::ForeignLayout { path, .. } => name.clone_into(path),
        }
    }
}

/// Why a database cannot be created.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// The file is there and was to be kept.
    #[error("'{}' exists: open it, or ask for it to be overwritten", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The folder takes no new file.
    #[error("cannot create a file in the folder of '{}'", path.display())]
    Temporary {
        /// The file that was to be made.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// What was asked for is no database: the file could not be opened.
    #[error("'{}' would not be a valid database", path.display())]
    Impossible {
        /// The file that was to be made.
        path: PathBuf,
        /// What its head would have held.
        #[source]
        fault: HeadError,
    },
    /// The bytes do not reach the disk.
    #[error("cannot write '{}'", path.display())]
    Write {
        /// The file that was to be made.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The file cannot get its name.
    #[error("cannot give the new file the name '{}'", path.display())]
    Rename {
        /// The file that was to be made.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The file that has the name cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl CreateError {
    /// Whether there is no file with this name.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Open(error) if error.is_not_found())
    }

    /// Calls the file by the name that the caller has for it.
    pub(crate) fn set_path(&mut self, name: &Path) {
        match self {
            Self::Exists { path }
            | Self::Temporary { path, .. }
            | Self::Impossible { path, .. }
            | Self::Write { path, .. }
            | Self::Rename { path, .. } => name.clone_into(path),
            Self::Open(error) => error.set_path(name),
        }
    }
}

/// Why rows cannot be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// No archive holds what is asked for.
    #[error("the database has no archive of {function}")]
    NoArchive {
        /// What was asked for.
        function: ConsolidationFunction,
    },
    /// The database has fewer archives.
    #[error("the database has no archive {archive}: the first one is 0")]
    NoSuchArchive {
        /// The index of the archive.
        archive: usize,
    },
    /// The time range has more than a billion rows.
    #[error(
        "{rows} rows are more than the {MAX_ROWS} of one fetch: ask for a shorter time range or a \
         coarser resolution"
    )]
    TooManyRows {
        /// Rows in the span.
        rows: u128,
    },
    /// The head of the file cannot be read any more.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The rows cannot be read, or there is not enough memory for them.
    #[error("cannot read '{}'", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The file got another structure between two parts of a long read.
    #[error("the structure of '{}' changed while its rows were read: read them again", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
}

impl FetchError {
    /// Whether there is no file with this name.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Open(error) if error.is_not_found())
    }

    /// Calls the file by the name that the caller has for it.
    pub(crate) fn set_path(&mut self, name: &Path) {
        match self {
            Self::NoArchive { .. } | Self::NoSuchArchive { .. } | Self::TooManyRows { .. } => {}
            Self::Open(error) => error.set_path(name),
            Self::Read { path, .. } | Self::Changed { path } => name.clone_into(path),
        }
    }
}

/// Why an update is refused or fails. A refused update leaves the file as it was, byte for byte.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpdateError {
    /// The sample does not suit the database.
    #[error("'{}' refuses the sample", path.display())]
    Sample {
        /// The file.
        path: PathBuf,
        /// What is wrong with the sample.
        source: SampleError,
    },
    /// Another writer kept the file beyond the limit.
    #[error("'{}' is locked by another writer", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// The file is not the database that it was.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The rows that the update builds on cannot be read.
    #[error("cannot read '{}'", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The redo record behind the rows cannot be written; the file is as it was.
    #[error("cannot write the redo record of '{}' behind its rows", path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write '{}'", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
}

impl UpdateError {
    /// Whether there is no file with this name.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Open(error) if error.is_not_found())
    }

    /// Calls the file by the name that the caller has for it.
    pub(crate) fn set_path(&mut self, name: &Path) {
        match self {
            Self::Sample { path, .. }
            | Self::Locked { path }
            | Self::Read { path, .. }
            | Self::Record { path, .. }
            | Self::Write { path, .. } => name.clone_into(path),
            Self::Open(error) => error.set_path(name),
        }
    }
}

/// Why a batch stopped. The samples before the one at fault are in the file.
#[derive(Debug, thiserror::Error)]
#[error("the batch stopped after {applied} samples")]
#[non_exhaustive]
pub struct BatchError {
    /// Number of samples in the file, including skipped ones.
    pub applied: usize,
    /// The cause.
    pub source: UpdateError,
}
