//! The files of a folder: found, opened and read within limits.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::OFlags;
use thiserror::Error;

use super::exposition::{SyntaxError, text};

/// Limit on the size of a file.
const MAX_FILE: u64 = 1 << 20;
/// Limit on the files of a folder.
const MAX_FILES: usize = 256;

/// Why a file has no values.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TextfileError {
    /// The folder or the file cannot be read.
    #[error("cannot be read")]
    Read(#[from] io::Error),
    /// It is a pipe, a folder or a device.
    #[error("not a regular file")]
    NoFile,
    /// It is too large.
    #[error("larger than {MAX_FILE} bytes")]
    TooLarge,
    /// There are too many.
    #[error("more than {0} of them")]
    TooMany(usize),
    /// It is not in Prometheus' text format.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// It has not been written for too long.
    #[error("stale: written {} s ago, and max_age is {} s", age.as_secs(), limit.as_secs())]
    Stale {
        /// The age of the file.
        age: Duration,
        /// The limit on its age.
        limit: Duration,
    },
    /// A series occurs twice, in this file or in another.
    #[error("{0} is there twice")]
    Twice(String),
}

/// A file that is open.
pub(crate) struct TextFile {
    file: File,
    /// When it was written.
    pub(crate) modified: SystemTime,
}

impl TextFile {
    /// Opens a file.
    pub(crate) fn open(path: &Path) -> Result<Self, TextfileError> {
        // Opening a pipe would wait for a writer.
        let unwaiting = OFlags::NONBLOCK.bits().cast_signed();
        let file = File::options().read(true).custom_flags(unwaiting).open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(TextfileError::NoFile);
        }
        Ok(Self { file, modified: metadata.modified()? })
    }

    /// Its text.
    pub(crate) fn read(self) -> Result<String, TextfileError> {
        let mut bytes = Vec::new();
        self.file.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_FILE {
            return Err(TextfileError::TooLarge);
        }
        Ok(text(&bytes)?.to_owned())
    }
}

/// The files of a folder, by name.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>, TextfileError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "prom") {
            files.push(path);
        }
        if files.len() > MAX_FILES {
            return Err(TextfileError::TooMany(MAX_FILES));
        }
    }
    files.sort();
    Ok(files)
}
