//! Reads the databases: through the store of the running daemon, or from the files if there is
//! none.

use std::fmt;
use std::fs;
use std::io;
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rrd_core::{
    FetchError, FetchRequest, Head, OpenError, RrdReader, Series, StoreError, Timestamp,
};
use rrd_graph::data::{DataError, DatabaseName, Databases, Facts};
use thiserror::Error;

use super::data_folder::{DataFolder, DataFolderError};
use crate::group::{FullNames, GroupId, NamesFileError, instance_of};

/// Where rows are read.
#[derive(Clone)]
pub enum Archives {
    /// The store that the daemon writes to; it has the newest samples.
    Store(Arc<DataFolder>),
    /// A folder of files; they lag some seconds behind a running daemon.
    Folder(PathBuf),
}

/// The groups that have a file in the folder.
fn all_stored(folder: &Path) -> Result<Vec<GroupId>, ArchiveError> {
    let failed = |source| ArchiveError::Folder { path: folder.to_owned(), source };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let Some(name) = name.to_str() else { continue };
        if let Some(kind) = name.strip_suffix(".rrd") {
            found.extend(GroupId::new(kind, ""));
        } else if GroupId::new(name, "").is_ok() {
            found.extend(stored(folder, name)?.into_iter().map(|(group, _)| group));
        }
    }
    found.sort();
    Ok(found)
}

/// The groups of a kind that have a file in the folder, and their files, in the order of their
/// names. Files whose names are not those of groups are left out.
///
/// # Errors
///
/// [`NamesFileError`] when a name is shortened and what it is in full cannot be read.
pub fn stored(folder: &Path, kind: &str) -> Result<Vec<(GroupId, PathBuf)>, NamesFileError> {
    let mut full_names = None;
    let mut found = Vec::new();
    for entry in fs::read_dir(folder.join(kind)).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(stem) = name.to_str().and_then(|name| name.strip_suffix(".rrd")) else { continue };
        let mut instance = instance_of(stem);
        if instance.is_none() {
            let names = match full_names.take() {
                Some(names) => names,
                None => FullNames::read(folder)?,
            };
            let full = names.instance(&format!("{kind}/{stem}.rrd"));
            instance = full.map(str::to_owned);
            full_names = Some(names);
        }
        let group = instance.and_then(|instance| GroupId::new(kind, &instance).ok());
        found.extend(group.map(|group| (group, entry.path())));
    }
    found.sort();
    Ok(found)
}

/// Why there are no rows.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The group has no database.
    #[error("no archive {name}")]
    Missing {
        /// Its name below the data folder.
        name: String,
    },
    /// The folder of the databases cannot be read.
    #[error("cannot read {}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Which group has a file with a shortened name is not known.
    #[error(transparent)]
    Names(#[from] NamesFileError),
    /// There is no store at present.
    #[error(transparent)]
    DataFolder(#[from] DataFolderError),
    /// The store cannot read it.
    #[error(transparent)]
    Store(StoreError),
    /// The file cannot be opened.
    #[error(transparent)]
    Open(OpenError),
    /// The rows cannot be read.
    #[error(transparent)]
    Fetch(FetchError),
}

impl ArchiveError {
    /// Whether the database has no archive of the requested function.
    pub fn lacks_function(&self) -> bool {
        matches!(self.in_fetch(), Some(FetchError::NoArchive { .. }))
    }

    /// Whether the time range is too long for one answer.
    pub fn asks_too_much(&self) -> bool {
        matches!(self.in_fetch(), Some(FetchError::TooManyRows { .. }))
    }

    fn in_fetch(&self) -> Option<&FetchError> {
        match self {
            Self::Fetch(error) | Self::Store(StoreError::Fetch(error)) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Debug for Archives {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(data) => f.debug_tuple("Store").field(&data.path()).finish(),
            Self::Folder(folder) => f.debug_tuple("Folder").field(folder).finish(),
        }
    }
}

/// Charts name files by their place in the data folder.
impl Databases for Archives {
    fn fetch(
        &self,
        database: DatabaseName<'_>,
        request: &FetchRequest,
    ) -> Result<Series, DataError> {
        self.rows(&database.file.to_string_lossy(), request)
            .map_err(|error| DataError::Other(Box::new(error)))
    }

    fn facts(&self, database: DatabaseName<'_>) -> Result<Facts, DataError> {
        let file = database.file.to_string_lossy();
        let facts = self.head(&file).map(|head| Facts::new(&head.schema, head.live.last_update));
        facts.map_err(|error| DataError::Other(Box::new(error)))
    }
}

impl Archives {
    /// Whether the archives are there: not while the data folder of a running daemon is gone, nor
    /// before something is stored after that.
    pub fn are_there(&self) -> bool {
        match self {
            Self::Store(data) => data.is_in_use(),
            Self::Folder(_) => true,
        }
    }

    /// Every group that has a file, in the order of kinds and instances.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`]: the data folder is gone or cannot be read, or the full names of groups
    /// with shortened ones cannot.
    pub fn groups(&self) -> Result<Vec<GroupId>, ArchiveError> {
        match self {
            Self::Store(data) => {
                let (store, _) = data.store()?;
                all_stored(store.folder())
            }
            Self::Folder(folder) => all_stored(folder),
        }
    }

    /// Rows of a group.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`]; a group that was never sampled has its own variant.
    pub fn fetch(&self, group: &GroupId, request: &FetchRequest) -> Result<Series, ArchiveError> {
        self.rows(&group.file_name(), request)
    }

    /// Rows of a file in the data folder, from all its archives of a function, in order and by
    /// blocks: see [`RrdReader::joined`]. The store is asked for each block, so that nothing keeps
    /// it open between them.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`]; a file that is not there has its own variant. The iterator ends after an
    /// error.
    pub fn joined<'a>(
        &'a self,
        file: &str,
        request: &FetchRequest,
    ) -> Result<impl Iterator<Item = Result<Series, ArchiveError>> + use<'a>, ArchiveError> {
        let (file, mut rest) = (file.to_owned(), Some(*request));
        let mut blocks = iter::from_fn(move || {
            let request = rest.take()?;
            let block = self.block(&file, &request).transpose()?;
            let after = block.as_ref().ok().map(|rows| request.starting_at(rows.end()));
            rest = after.filter(|rest| rest.range().start < rest.range().end);
            Some(block)
        });
        let first = blocks.next().transpose()?;
        Ok(first.map(Ok).into_iter().chain(blocks))
    }

    /// What a file in the data folder is besides its rows, with all samples.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`]; a file that is not there has its own variant.
    pub fn head(&self, file: &str) -> Result<Head, ArchiveError> {
        match self {
            Self::Store(data) => data.store()?.0.head(file).map_err(|error| refused(file, error)),
            Self::Folder(folder) => Ok(opened(folder, file)?.head().clone()),
        }
    }

    /// The time of the newest sample of a group, and how often the store was opened: rows of the
    /// past change only with that.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`]; a group that was never sampled has its own variant.
    pub fn newest(&self, group: &GroupId) -> Result<(u64, Timestamp), ArchiveError> {
        let file = group.file_name();
        match self {
            Self::Store(data) => {
                let (store, opened) = data.store()?;
                let newest = store.last_update(&file).map_err(|error| refused(&file, error))?;
                Ok((opened, newest))
            }
            Self::Folder(folder) => Ok((0, opened(folder, &file)?.head().live.last_update)),
        }
    }

    /// The first block of joined rows.
    fn block(&self, file: &str, request: &FetchRequest) -> Result<Option<Series>, ArchiveError> {
        match self {
            Self::Store(data) => {
                let store = data.store()?.0;
                let first = store.joined(file, request).and_then(|mut all| all.next().transpose());
                first.map_err(|error| refused(file, error))
            }
            Self::Folder(folder) => {
                let reader = opened(folder, file)?;
                let first = reader.joined(request).and_then(|mut all| all.next().transpose());
                first.map_err(ArchiveError::Fetch)
            }
        }
    }

    /// Rows of a file in the data folder.
    fn rows(&self, file: &str, request: &FetchRequest) -> Result<Series, ArchiveError> {
        match self {
            Self::Store(data) => {
                data.store()?.0.fetch(file, request).map_err(|error| refused(file, error))
            }
            Self::Folder(folder) => {
                opened(folder, file)?.fetch(request).map_err(ArchiveError::Fetch)
            }
        }
    }
}

/// What the store says of a file.
fn refused(file: &str, error: StoreError) -> ArchiveError {
    match error {
        StoreError::Open(error) | StoreError::Fetch(FetchError::Open(error))
            if is_missing(&error) =>
        {
            ArchiveError::Missing { name: file.to_owned() }
        }
        error => ArchiveError::Store(error),
    }
}

/// A file of a folder.
fn opened(folder: &Path, file: &str) -> Result<RrdReader, ArchiveError> {
    RrdReader::open(folder.join(file)).map_err(|error| {
        if is_missing(&error) {
            ArchiveError::Missing { name: file.to_owned() }
        } else {
            ArchiveError::Open(error)
        }
    })
}

/// Whether there is no such file: a name that is too long for the file system has none either.
fn is_missing(error: &OpenError) -> bool {
    matches!(error, OpenError::Open { source, .. } if matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidFilename))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_with_a_file_is_listed_by_its_full_name() {
        let folder = tempfile::tempdir().unwrap();
        let group = |kind, instance: &str| GroupId::new(kind, instance).unwrap();
        let groups = [group("cpu", ""), group("disk", "a/b"), group("unit", &"x".repeat(300))];
        let mut full_names = FullNames::read(folder.path()).unwrap();
        full_names.keep(&groups[2].file_name(), &groups[2]).unwrap();
        let files = groups.each_ref().map(GroupId::file_name);
        let others = ["Cpu.rrd", "cpu.txt", "disk/a.ahead-of-2026-11-30.rrd", ".hidden/a.rrd"];
        for name in files.iter().map(|name| &**name).chain(others) {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let listed = Archives::Folder(folder.path().to_owned()).groups().unwrap();
        assert_eq!(listed, groups);
        fs::write(folder.path().join("names.json"), "7").unwrap();
        let listed = Archives::Folder(folder.path().to_owned()).groups();
        assert!(matches!(listed, Err(ArchiveError::Names(NamesFileError::Invalid { .. }))));
        let missing = folder.path().join("missing");
        let listed = Archives::Folder(missing.clone()).groups();
        assert!(matches!(listed, Err(ArchiveError::Folder { path, .. }) if path == missing));
    }
}
