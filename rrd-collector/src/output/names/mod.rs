//! The names and labels that values have outside of this host: the one place for `/metrics`, remote
//! write, remote read and exports. A series never changes its name.

mod kept;
mod series;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rrd_graph::export::SeriesName;

use self::kept::Descriptions;
use crate::group::{GroupId, Kind, NamesFileError};
use crate::output::live::Shared;
use crate::source::kinds;

pub(crate) use self::series::{host_labels, series_name, unit_name};

/// What the series of all groups are called: of those that are sampled as at `/metrics`, of the
/// others as they were called there last. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SeriesNames(Arc<Known>);

/// What names are made of.
#[derive(Debug)]
struct Known {
    /// The groups that are sampled, in a daemon.
    shared: Option<Arc<Shared>>,
    /// The kinds that are known in advance.
    kinds: HashMap<&'static str, &'static Kind>,
    /// Groups as they were described in a data folder.
    kept: Mutex<Descriptions>,
}

impl SeriesNames {
    /// The names of the groups in a data folder, for a program that samples nothing.
    ///
    /// # Errors
    ///
    /// [`NamesFileError`]: the file that describes groups exists, but is not usable.
    pub fn read(data: &Path) -> Result<Self, NamesFileError> {
        Ok(Self::new(None, kept::read(data)?))
    }

    /// The names of the groups that a daemon samples and of all others in its data folder.
    pub(crate) fn live(shared: Arc<Shared>, data: &Path) -> Self {
        // `NamesKeeper` reads the file once more, and reports what is wrong with it.
        Self::new(Some(shared), kept::read(data).unwrap_or_default())
    }

    fn new(shared: Option<Arc<Shared>>, kept: Descriptions) -> Self {
        let kinds = kinds().map(|kind| (&*kind.name, kind)).collect();
        Self(Arc::new(Known { shared, kinds, kept: kept.into() }))
    }

    /// What the values are called that a data source in the file of a group has: the metric of that
    /// name.
    pub fn of(&self, group: &GroupId, source: &str) -> SeriesName {
        let (kind, instance) = (group.kind(), group.instance());
        let sampled = self.0.shared.as_ref().and_then(|shared| {
            let catalog = shared.catalog();
            let found = catalog.find(kind, instance)?;
            Some((found.label.clone(), found.kind.unit(source)))
        });
        let described = self.kept().get(&group.file_name()).cloned().unwrap_or_default();
        let (label, unit) = sampled.unwrap_or((described.device, None));
        let known = || self.0.kinds.get(kind).and_then(|kind| kind.unit(source));
        let unit = match unit.or_else(known) {
            Some(unit) => unit_name(unit),
            None => described.units.get(source).map_or("", |unit| unit),
        };
        series_name(kind, instance, label.as_deref(), source, unit)
    }

    fn kept(&self) -> MutexGuard<'_, Descriptions> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps what `series.json` says of the groups that a daemon samples up to date.
pub(crate) struct NamesKeeper {
    names: SeriesNames,
    data: PathBuf,
    /// How often the folder was opened and the groups had changed when the file was up to date.
    kept: Option<(u64, u64)>,
}

impl NamesKeeper {
    /// A keeper of the names in this data folder.
    pub(crate) fn new(names: SeriesNames, data: &Path) -> Self {
        Self { names, data: data.to_owned(), kept: None }
    }

    /// Writes the file if it is to be another one, and may wait for the disk. A folder that was
    /// opened again may be another one.
    ///
    /// # Errors
    ///
    /// [`NamesFileError`]: the file stays as it is, and the next call tries again.
    pub(crate) fn keep(&mut self, opened: u64) -> Result<(), NamesFileError> {
        let Known { shared: Some(shared), kinds, .. } = &*self.names.0 else { return Ok(()) };
        let changes = shared.catalog().changes();
        if self.kept == Some((opened, changes)) {
            return Ok(());
        }
        let is_same_folder = self.kept.is_some_and(|(before, _)| before == opened);
        let stored =
            if is_same_folder { self.names.kept().clone() } else { kept::read(&self.data)? };
        let is_known = |kind: &str| kinds.contains_key(kind);
        let (mut described, sampled) = kept::updated(stored.clone(), &shared.catalog(), is_known);
        // Without a file, a group that is not sampled has no series.
        described.retain(|file, _| self.data.join(file).exists());
        described.extend(sampled);
        if described != stored {
            kept::write(&self.data, &described)?;
        }
        *self.names.kept() = described;
        self.kept = Some((opened, changes));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
