//! `names.json` in the data folder: the full names of the instances whose files have shortened
//! ones.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::id::GroupId;
use super::names_file::{self, NamesFileError};

/// The file in the data folder.
const FILE: &str = "names.json";

/// The instances by the names of their files, below one data folder.
#[derive(Debug)]
pub struct FullNames {
    path: PathBuf,
    instances: BTreeMap<String, String>,
}

impl FullNames {
    /// Reads the names stored in a data folder; empty if there is no file.
    ///
    /// # Errors
    ///
    /// [`NamesFileError`] if the file exists but is not usable.
    pub fn read(data: &Path) -> Result<Self, NamesFileError> {
        let path = data.join(FILE);
        let instances = names_file::read(&path)?;
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
    /// [`NamesFileError::Write`]; the file is unchanged.
    pub fn keep(&mut self, file: &str, group: &GroupId) -> Result<(), NamesFileError> {
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
    /// [`NamesFileError::Write`]; the next change is written with this one.
    pub fn remove(&mut self, file: &str) -> Result<(), NamesFileError> {
        self.instances.remove(file).map_or(Ok(()), |_| self.write())
    }

    fn write(&self) -> Result<(), NamesFileError> {
        names_file::write(&self.path, &self.instances)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

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
        assert!(matches!(error, NamesFileError::Invalid { .. }));
        assert_eq!(fs::read_to_string(folder.path().join(FILE)).unwrap(), "[]");
    }
}
