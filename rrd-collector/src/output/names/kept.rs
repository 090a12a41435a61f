//! `series.json` in the data folder: what the files of groups do not say of their names outside.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::series::unit_name;
use crate::group::catalog::{Catalog, Group};
use crate::group::{NamesFileError, names_file};

/// The groups by the names of their files in the data folder; those without a description have
/// neither a label nor units that are only known at run time.
pub(super) type Descriptions = BTreeMap<String, Description>;

/// What only a daemon that samples a group knows of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Description {
    /// What people call the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) device: Option<String>,
    /// The units of metrics that a program describes, as names end in them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) units: BTreeMap<String, String>,
}

/// The descriptions in a data folder; empty if there is no file.
pub(super) fn read(data: &Path) -> Result<Descriptions, NamesFileError> {
    names_file::read(&path(data))
}

/// Replaces the descriptions in a data folder.
pub(super) fn write(data: &Path, descriptions: &Descriptions) -> Result<(), NamesFileError> {
    names_file::write(&path(data), descriptions)
}

fn path(data: &Path) -> PathBuf {
    data.join("series.json")
}

/// The descriptions of groups that are not sampled, as they were, and of those that are.
/// `is_known` says whether the units of a kind are known in advance.
pub(super) fn updated(
    mut earlier: Descriptions,
    catalog: &Catalog,
    is_known: impl Fn(&str) -> bool,
) -> (Descriptions, Descriptions) {
    let mut sampled = Descriptions::new();
    for (id, group) in catalog.groups() {
        let file = id.file_name();
        let description = earlier.remove(&file).unwrap_or_default();
        let description = description.with(group, is_known(id.kind()));
        if description != Description::default() {
            sampled.insert(file, description);
        }
    }
    (earlier, sampled)
}

impl Description {
    /// The description of a group that is sampled. Metrics that it no longer has stay, for their
    /// rows.
    fn with(mut self, group: &Group, is_known: bool) -> Self {
        self.device.clone_from(&group.label);
        let described = group.kind.metrics.iter().filter(|_| !is_known);
        for metric in described {
            match unit_name(metric.unit) {
                "" => drop(self.units.remove(&*metric.name)),
                unit => drop(self.units.insert(metric.name.to_string(), unit.to_owned())),
            }
        }
        self
    }
}
