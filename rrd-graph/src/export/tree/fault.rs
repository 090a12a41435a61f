//! Why a part of a tree is left out.

use std::io;
use std::path::PathBuf;

use rrd_core::OpenError;
use thiserror::Error;

/// Why a part of a tree is left out.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TreeFault {
    /// A folder or what it contains cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A link, or a folder that is mounted twice, leads to a folder that is read at another place;
    /// it may be a circle.
    #[error("{} leads to a folder of the same tree, which is read once", path.display())]
    Again {
        /// The link.
        path: PathBuf,
    },
    /// A file is no database that can be read.
    #[error(transparent)]
    Database(OpenError),
    /// The tree has more files than are read.
    #[error("{} has more than {limit} databases: the others are left out", path.display())]
    TooMany {
        /// The folder.
        path: PathBuf,
        /// The limit.
        limit: usize,
    },
}
