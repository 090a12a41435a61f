//! A small file of the data folder with what names of files and data sources do not say, as JSON.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::replace_file::replace_file;

/// Why a file about names cannot be read or stored.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NamesFileError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file has other content than expected.
    #[error("invalid {}: move it away to start a new one", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// The error and its position.
        source: serde_json::Error,
    },
    /// The file cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The content of a file; empty if there is no file.
pub(crate) fn read<T: DeserializeOwned + Default>(path: &Path) -> Result<T, NamesFileError> {
    match fs::read(path) {
        Ok(text) => serde_json::from_slice(&text)
            .map_err(|source| NamesFileError::Invalid { path: path.to_owned(), source }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(T::default()),
        Err(source) => Err(NamesFileError::Read { path: path.to_owned(), source }),
    }
}

/// Replaces the content of a file.
pub(crate) fn write(path: &Path, content: &impl Serialize) -> Result<(), NamesFileError> {
    let written = serde_json::to_vec_pretty(content)
        .map_err(io::Error::other)
        .and_then(|text| replace_file(path, &text));
    written.map_err(|source| NamesFileError::Write { path: path.to_owned(), source })
}
