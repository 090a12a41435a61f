//! The databases of a tree with their names, none of which is opened.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::fault::TreeFault;
use super::kind::TreeKind;
use super::munin::Fields;
use super::name::FileName;
use super::walk::{Found, files_below};
use super::{collectd, munin, plain};
use crate::export::SeriesName;

/// The databases below a folder, none of which was opened.
#[derive(Debug, Default)]
pub struct TreeFiles {
    /// The databases, sorted by path.
    pub files: Vec<TreeFile>,
    /// What was left out.
    pub faults: Vec<TreeFault>,
}

/// A database and what its series are called.
#[derive(Clone, Debug)]
pub struct TreeFile {
    /// Its path below the folder; empty if it is the file itself.
    pub below: PathBuf,
    name: FileName,
}

impl TreeFiles {
    /// Lists the databases below a folder, or the one database that a file is: those whose names
    /// end in `.rrd` and do not begin with a dot, at most `limit`. Links are followed, and each
    /// folder is read once.
    ///
    /// # Errors
    ///
    /// [`TreeFault::Read`]: there is nothing at this path, or it cannot be read.
    pub fn list(path: &Path, kind: TreeKind, limit: usize) -> Result<Self, TreeFault> {
        let Found { files, mut faults } = files_below(path, limit)?;
        let fields = match kind {
            TreeKind::Munin => Fields::read(path).unwrap_or_else(|fault| {
                faults.push(fault);
                Fields::default()
            }),
            _ => Fields::default(),
        };
        let mut names = BTreeSet::new();
        let named = files.into_iter().map(|below| {
            let is_below = !below.as_os_str().is_empty();
            let place = if is_below { &below } else { path.file_name().map_or(path, Path::new) };
            let mut name = name(&parts(place), kind, &fields);
            if !names.insert(name.shared.clone()) {
                // Names that are no text differ in their bytes.
                let place = place.as_os_str().as_encoded_bytes().escape_ascii().to_string();
                name.shared = name.shared.with([("database".to_owned(), place)]);
            }
            TreeFile { below, name }
        });
        Ok(Self { files: named.collect(), faults })
    }
}

impl TreeFile {
    /// What the names of its series begin with, and the labels that all of them have.
    pub fn shared_name(&self) -> &SeriesName {
        &self.name.shared
    }

    /// What the series of a data source is called.
    pub fn name_of(&self, source: &str) -> SeriesName {
        self.name.of(source)
    }
}

/// What a series is called in a tree of Munin with this `datafile`, or of another program. For
/// fuzzing.
#[doc(hidden)]
pub fn fuzz(kind: TreeKind, datafile: &[u8], place: &Path, source: &str) -> SeriesName {
    let fields = Fields::parse(datafile).unwrap_or_default();
    name(&parts(place), kind, &fields).of(source)
}

fn name(parts: &[String], kind: TreeKind, fields: &Fields) -> FileName {
    match kind {
        TreeKind::Collectd => {
            collectd::name(parts).unwrap_or_else(|| plain::name("collectd", parts))
        }
        TreeKind::Munin => {
            munin::name(parts, fields).unwrap_or_else(|| plain::name("munin", parts))
        }
        TreeKind::Plain => plain::name("rrd", parts),
    }
}

/// The parts of a path, the last one without `.rrd`.
fn parts(place: &Path) -> Vec<String> {
    let place = place.with_extension("");
    place.iter().map(|part| part.to_string_lossy().into_owned()).collect()
}
