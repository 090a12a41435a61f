//! The collector's own files.

use super::collection::{Collection, ListedFile};
use crate::output::names::SeriesNames;
use crate::store::archives::{ArchiveError, Archives};

/// The groups of the data folder, under the names of `/metrics`.
pub(crate) struct OwnFiles {
    archives: Archives,
    names: SeriesNames,
}

impl OwnFiles {
    pub(crate) fn new(archives: Archives, names: SeriesNames) -> Self {
        Self { archives, names }
    }
}

impl Collection for OwnFiles {
    fn name(&self) -> String {
        "the data folder".to_owned()
    }

    fn archives(&self) -> &Archives {
        &self.archives
    }

    fn files(&self) -> Result<Vec<ListedFile>, ArchiveError> {
        let groups = self.archives.groups()?.into_iter();
        let files = groups.map(|group| {
            let (path, names) = (group.file_name(), self.names.clone());
            // Without a metric it is what those of all metrics begin with.
            let shared = names.of(&group, "");
            let name_of = Box::new(move |source: &str| names.of(&group, source));
            ListedFile { path, shared, name_of }
        });
        Ok(files.collect())
    }
}
