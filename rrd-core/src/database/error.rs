//! What can go wrong with a file. The messages are those of RRDtool where it has one.

use std::io;
use std::path::PathBuf;

use crate::consolidation::ConsolidationFunction;
use crate::disk::system_text;
use crate::format::{HeadError, Layout};
use crate::update::SampleError;

/// Why a database cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The system does not open the file.
    #[error("opening '{}': {}", path.display(), system_text(source))]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file has no bytes.
    #[error("mmaping file '{}': Invalid argument", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// This is a folder.
    #[error("mmaping file '{}': No such device", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("reading '{}': {}", path.display(), system_text(source))]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The blocks of a sparse file cannot be allocated.
    #[error("allocating '{}': {}", path.display(), system_text(source))]
    Allocate {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another writer kept the file beyond the limit.
    #[error("could not lock RRD")]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// The bytes are not those of a database.
    #[error("{}", fault.describe(&path.display().to_string()))]
    Head {
        /// The file.
        path: PathBuf,
        /// What is wrong with them.
        fault: HeadError,
    },
    /// The file can be read but not written: another kind of machine made it.
    #[error(
        "This RRD was created on another architecture ({layout}): make a native copy with `rrd convert '{}' OUT`",
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
    /// Whether there is no file of the name.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Open { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// Why a database cannot be created.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// The file is there and was to be kept.
    #[error("creating '{}': File exists", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The folder takes no new file.
    #[error("Cannot create temporary file")]
    Temporary {
        /// The file that was to be made.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// What was asked for is no database: the file could not be opened.
    #[error("{}", fault.describe(&path.display().to_string()))]
    Impossible {
        /// The file that was to be made.
        path: PathBuf,
        /// What its head would have held.
        fault: HeadError,
    },
    /// The bytes do not reach the disk.
    #[error("writing '{}': {}", path.display(), system_text(source))]
    Write {
        /// The file that was to be made.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file cannot get its name.
    #[error("Cannot rename temporary file to final file!")]
    Rename {
        /// The file that was to be made.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file that has the name cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl CreateError {
    /// Whether there is no file of the name.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Open(error) if error.is_not_found())
    }
}

/// Why rows cannot be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// No archive holds what is asked for.
    #[error("the RRD does not contain an RRA matching the chosen CF")]
    NoArchive {
        /// What was asked for.
        function: ConsolidationFunction,
    },
    /// The span holds more values than one fetch gives.
    #[error(
        "{rows} rows are more than one fetch gives: ask for a shorter span or a coarser resolution"
    )]
    TooManyRows {
        /// Rows in the span.
        rows: u128,
    },
    /// The head of the file cannot be read any more.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The rows cannot be read.
    #[error("reading '{}': {}", path.display(), system_text(source))]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl FetchError {
    /// Whether there is no file of the name.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Open(error) if error.is_not_found())
    }
}

/// Why an update is refused or fails. A refused update leaves the file as it was, byte for byte.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpdateError {
    /// The sample does not suit the database.
    #[error("{}: {source}", path.display())]
    Sample {
        /// The file.
        path: PathBuf,
        /// What is wrong with the sample.
        source: SampleError,
    },
    /// Another writer kept the file beyond the limit.
    #[error("could not lock RRD")]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// The file is not the database that it was.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The rows that the update builds on cannot be read.
    #[error("reading '{}': {}", path.display(), system_text(source))]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The journal cannot be written; the file is as it was.
    #[error("writing the journal of '{}': {}", path.display(), system_text(source))]
    Journal {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("writing '{}': {}", path.display(), system_text(source))]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl UpdateError {
    /// Whether there is no file of the name.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Open(error) if error.is_not_found())
    }
}

/// Why a batch stopped. The samples before the one at fault are in the file.
#[derive(Debug, thiserror::Error)]
#[error("{source}")]
#[non_exhaustive]
pub struct BatchError {
    /// How many samples are in the file, skipped ones included.
    pub applied: usize,
    /// What stopped it.
    pub source: UpdateError,
}
