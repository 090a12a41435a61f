//! Why a database gives no rows.

use std::path::PathBuf;

use rrd_core::{FetchError, OpenError, StoreError};

/// Why a database gives no rows.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The file cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Its rows cannot be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The store does not give them.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file has no data source of that name.
    #[error(r#"no data source "{name}" in "{}""#, file.display())]
    NoSource {
        /// The data source.
        name: String,
        /// The path of the file.
        file: PathBuf,
    },
    /// Databases of another kind do not give them.
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
}
