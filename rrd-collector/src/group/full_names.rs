//! `names.json` in the data folder: the full names of the instances whose files have shortened
//! ones.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::id::GroupId;
use crate::replace_file::replace_file;

/// The file in the data folder.
const FILE: &str = "names.json";

/// The instances by the names of their files, below one data folder.
#[derive(Debug)]
pub struct FullNames {
    path: PathBuf,
    instances: BTreeMap<String, String>,
}

/// Why full names cannot be read or stored.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FullNamesError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file does not map names of files to instances.
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

impl FullNames {
    /// Reads the names stored in a data folder; empty if there is no file.
    ///
    /// # Errors
    ///
    /// [`FullNamesError`] if the file exists but is not usable.
    pub fn read(data: &Path) -> Result<Self, FullNamesError> {
        let path = data.join(FILE);
        let instances = match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text)
                .map_err(|source| FullNamesError::Invalid { path: path.clone(), source })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(source) => return Err(FullNamesError::Read { path, source }),
        };
        Ok(Self { path, instances })
    }

    /// The instance whose file has this name below the data folder, `textfile/x~0123.rrd`.
    pub fn instance(&self, file: &str) -> Option<&str> {
        self.instances.get(file).map(|instance| &**instance)
    }

    /// Stores the full name of a group; called before its file is created.
    ///
    /// # Errors
    ///
    /// [`FullNamesError::Write`]; the file is unchanged.
    pub fn keep(&mut self, file: &str, group: &GroupId) -> Result<(), FullNamesError> {
        if self.instance(file) == Some(group.instance()) {
            return Ok(());
        }
        self.instances.insert(file.to_owned(), group.instance().to_owned());
        self.write().inspect_err(|_| drop(self.instances.remove(file)))
    }

    /// Removes the full name of a group whose file was removed.
    ///
    /// # Errors
    ///
    /// [`FullNamesError::Write`]; the next change is written with this one.
    pub fn remove(&mut self, file: &str) -> Result<(), FullNamesError> {
        self.instances.remove(file).map_or(Ok(()), |_| self.write())
    }

    fn write(&self) -> Result<(), FullNamesError> {
        let written = serde_json::to_vec_pretty(&self.instances)
            .map_err(io::Error::other)
            .and_then(|text| replace_file(&self.path, &text));
        written.map_err(|source| FullNamesError::Write { path: self.path.clone(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let group = GroupId::new("unit", &"x".repeat(300)).unwrap();
        let file = group.file_name();
        let mut names = FullNames::read(folder.path()).unwrap();
        assert_eq!(names.instance(&file), None);
        names.keep(&file, &group).unwrap();
        let names = FullNames::read(folder.path()).unwrap();
        assert_eq!(names.instance(&file), Some(group.instance()));
    }

    #[test]
    fn a_file_that_cannot_be_used_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "[]").unwrap();
        let error = FullNames::read(folder.path()).unwrap_err();
        assert!(matches!(error, FullNamesError::Invalid { .. }));
        assert_eq!(fs::read_to_string(folder.path().join(FILE)).unwrap(), "[]");
    }
}
