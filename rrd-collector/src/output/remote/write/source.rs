//! Where the samples that are sent come from.

use std::sync::Arc;

use rrd_core::{FetchRequest, Series};
use rrd_graph::data::Facts;
use rrd_graph::export::SeriesName;

use crate::group::GroupId;
use crate::output::live::Shared;
use crate::output::names::SeriesNames;
use crate::schedule::clock;
use crate::store::archives::{ArchiveError, Archives};

/// Groups, their rows, and what their series are called.
pub trait Source {
    /// Every group that has rows.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`]: the data folder is gone or cannot be read.
    fn stored(&self) -> Result<Vec<GroupId>, ArchiveError>;

    /// The groups that are sampled at present.
    fn sampled(&self) -> Vec<GroupId>;

    /// The archives of a group and the time of its last sample.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`]; a group without a file has its own variant.
    fn facts(&self, group: &GroupId) -> Result<Facts, ArchiveError>;

    /// Rows of a group in the order of their times, from all archives that have a part of them.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`]
    fn rows(
        &self,
        group: &GroupId,
        request: &FetchRequest,
    ) -> Result<impl Iterator<Item = Result<Series, ArchiveError>>, ArchiveError>;

    /// What the values of a data source of a group are called.
    fn name(&self, group: &GroupId, source: &str) -> SeriesName;
}

/// What a daemon samples and has stored.
#[derive(Clone, Debug)]
pub struct StoredRows {
    archives: Archives,
    names: SeriesNames,
    shared: Arc<Shared>,
}

impl StoredRows {
    /// The rows of these archives.
    pub fn new(archives: Archives, names: SeriesNames, shared: Arc<Shared>) -> Self {
        Self { archives, names, shared }
    }
}

impl Source for StoredRows {
    fn stored(&self) -> Result<Vec<GroupId>, ArchiveError> {
        self.archives.groups()
    }

    fn sampled(&self) -> Vec<GroupId> {
        let (catalog, now) = (self.shared.catalog(), clock::unix_now());
        let current = catalog.groups().filter(|(_, group)| group.is_current(now));
        current.map(|(id, _)| id.clone()).collect()
    }

    fn facts(&self, group: &GroupId) -> Result<Facts, ArchiveError> {
        let head = self.archives.head(&group.file_name())?;
        Ok(Facts::new(&head.schema, head.live.last_update))
    }

    fn rows(
        &self,
        group: &GroupId,
        request: &FetchRequest,
    ) -> Result<impl Iterator<Item = Result<Series, ArchiveError>>, ArchiveError> {
        self.archives.joined(&group.file_name(), request)
    }

    fn name(&self, group: &GroupId, source: &str) -> SeriesName {
        self.names.of(group, source)
    }
}
