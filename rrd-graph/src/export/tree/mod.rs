//! The databases of another program, as it lays them out in folders, with names for their series.
//!
//! `walk` finds the files, and each program has a file with its rule for names.

mod collectd;
mod fault;
mod files;
mod kind;
mod munin;
mod name;
mod plain;
mod walk;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use rrd_core::RrdReader;

use super::SeriesName;

pub use fault::TreeFault;
#[doc(hidden)]
pub use files::fuzz;
pub use files::{TreeFile, TreeFiles};
pub use kind::TreeKind;

/// The series below a folder.
#[derive(Debug, Default)]
pub struct Tree {
    /// The series, sorted by name.
    pub series: Vec<TreeSeries>,
    /// What was left out.
    pub faults: Vec<TreeFault>,
}

/// One data source of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TreeSeries {
    /// What it is called: no two series of a tree are called the same.
    pub name: SeriesName,
    /// The file.
    pub file: Arc<Path>,
    /// The data source.
    pub source: String,
}

impl Tree {
    /// Reads which series there are in the databases below a folder, as [`TreeFiles::list`] finds
    /// them. Nothing is changed; what cannot be read is in [`faults`](Self::faults).
    ///
    /// # Errors
    ///
    /// [`TreeFault::Read`]: there is nothing at this path, or it cannot be read.
    pub fn read(path: &Path, kind: TreeKind, limit: usize) -> Result<Self, TreeFault> {
        let TreeFiles { files, faults } = TreeFiles::list(path, kind, limit)?;
        let mut tree = Self { series: Vec::new(), faults };
        let mut names = BTreeSet::new();
        for file in files {
            let is_below = !file.below.as_os_str().is_empty();
            let path: Arc<Path> =
                if is_below { path.join(&file.below).into() } else { path.into() };
            let reader = match RrdReader::open(&path) {
                Ok(reader) => reader,
                Err(error) => {
                    tree.faults.push(TreeFault::Database(error));
                    continue;
                }
            };
            let mut sources = BTreeSet::new();
            for source in reader.schema().sources() {
                let source = source.name.as_str();
                // Of two with one name only the first can be asked for.
                if !sources.insert(source) {
                    continue;
                }
                let mut name = file.name_of(source);
                if !names.insert(name.clone()) {
                    let place = file.below.as_os_str().as_encoded_bytes().escape_ascii();
                    let labels = [("database", place.to_string()), ("source", source.to_owned())];
                    name = name.with(labels.map(|(label, value)| (label.to_owned(), value)));
                }
                tree.series.push(TreeSeries {
                    name,
                    file: path.clone(),
                    source: source.to_owned(),
                });
            }
        }
        tree.series.sort();
        Ok(tree)
    }
}

#[cfg(test)]
mod tests;
