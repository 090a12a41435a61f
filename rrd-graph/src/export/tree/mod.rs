//! The databases of another program, as it lays them out in folders, with names for their series.
//! One file per program has its rule; `walk` finds the files.

mod collectd;
mod munin;
mod plain;
mod walk;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use rrd_core::{OpenError, RrdReader};
use thiserror::Error;

use self::munin::Fields;
use self::walk::{Found, files_below};
use super::SeriesName;

/// The program that lays out a tree, which decides what its series are called.
///
/// | tree | file | series |
/// |---|---|---|
/// | `collectd` | `web1/interface-eth0/if_octets.rrd` | `collectd_interface_if_octets_rx{instance="web1",interface="eth0"}` |
/// | `munin` | `lab/web1-load-load-g.rrd` | `munin_load{field="load",group="lab",host="web1",type="gauge"}` |
/// | `plain` | `lab/web1/load.rrd` | `rrd_load_five{file="load",path1="lab",path2="web1",source="five"}` |
///
/// Collectd's names are those of its plugin `write_prometheus`, without `_total`: archives hold
/// rates. Group, host and field of a series of Munin are those of its `datafile`, or else are read
/// from the name of the file: the field follows its last hyphen, the plugin the one before. A file
/// at an unexpected place has the name of a plain tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TreeKind {
    /// `HOST/PLUGIN-INSTANCE/TYPE-INSTANCE.rrd`.
    Collectd,
    /// `GROUP/HOST-PLUGIN-FIELD-TYPE.rrd`.
    Munin,
    /// Any other.
    Plain,
}

/// The word is not that of a kind of tree.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("invalid kind of tree {0:?}: expected collectd, munin or plain")]
pub struct TreeKindError(String);

impl FromStr for TreeKind {
    type Err = TreeKindError;

    fn from_str(text: &str) -> Result<Self, TreeKindError> {
        match text {
            "collectd" => Ok(Self::Collectd),
            "munin" => Ok(Self::Munin),
            "plain" => Ok(Self::Plain),
            _ => Err(TreeKindError(text.to_owned())),
        }
    }
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

/// The series below a folder.
#[derive(Debug, Default)]
pub struct Tree {
    /// The series, sorted by name.
    pub series: Vec<TreeSeries>,
    /// What was left out.
    pub faults: Vec<TreeFault>,
}

/// Why a part of a tree is left out.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TreeFault {
    /// A folder or what it contains cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A link, or a folder that is mounted twice, leads to a folder that is read at another place;
    /// it may be a circle.
    #[error("{} leads to a folder of the same tree, which is read once", path.display())]
    Again {
        /// The link.
        path: PathBuf,
    },
    /// A file is no database that can be read.
    #[error(transparent)]
    Database(OpenError),
    /// The tree has more files than are read.
    #[error("{} has more than {limit} databases: the others are left out", path.display())]
    TooMany {
        /// The folder.
        path: PathBuf,
        /// The limit.
        limit: usize,
    },
}

impl Tree {
    /// Reads which databases are below a folder, or the one database that a file is: those whose
    /// names end in `.rrd` and do not begin with a dot, at most `limit`. Links are followed, each
    /// folder is read once, and nothing is changed. What cannot be read is in
    /// [`faults`](Self::faults).
    ///
    /// # Errors
    ///
    /// [`TreeFault::Read`]: there is nothing at this path, or it cannot be read.
    pub fn read(path: &Path, kind: TreeKind, limit: usize) -> Result<Self, TreeFault> {
        let Found { files, faults } = files_below(path, limit)?;
        let mut tree = Self { series: Vec::new(), faults };
        let fields = match kind {
            TreeKind::Munin => Fields::read(path).unwrap_or_else(|fault| {
                tree.faults.push(fault);
                Fields::default()
            }),
            _ => Fields::default(),
        };
        let mut names = BTreeSet::new();
        for below in files {
            // A single file has no path below itself.
            let is_file = below.as_os_str().is_empty();
            let file: Arc<Path> = if is_file { path.into() } else { path.join(&below).into() };
            let reader = match RrdReader::open(&file) {
                Ok(reader) => reader,
                Err(error) => {
                    tree.faults.push(TreeFault::Database(error));
                    continue;
                }
            };
            let below = if is_file { path.file_name().map(Path::new) } else { Some(&*below) };
            let parts = parts(below.unwrap_or(path));
            let mut sources = BTreeSet::new();
            for source in reader.schema().sources() {
                let source = source.name.as_str();
                // Of two with one name only the first can be asked for.
                if !sources.insert(source) {
                    continue;
                }
                let name = match kind {
                    TreeKind::Collectd => collectd::name(&parts, source),
                    TreeKind::Munin => munin::name(&parts, source, &fields),
                    TreeKind::Plain => None,
                };
                let name = name.unwrap_or_else(|| plain::name(&parts, source));
                let name = distinct(name, &names, below.unwrap_or(path), source);
                names.insert(name.clone());
                tree.series.push(TreeSeries {
                    name,
                    file: file.clone(),
                    source: source.to_owned(),
                });
            }
        }
        tree.series.sort();
        Ok(tree)
    }
}

/// The parts of a path, the last one without `.rrd`.
fn parts(below: &Path) -> Vec<String> {
    let below = below.with_extension("");
    below.iter().map(|part| part.to_string_lossy().into_owned()).collect()
}

/// The name, with the place of the series if another one is called the same.
fn distinct(
    name: SeriesName,
    taken: &BTreeSet<SeriesName>,
    below: &Path,
    source: &str,
) -> SeriesName {
    if !taken.contains(&name) {
        return name;
    }
    let label = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    // Names that are no text differ in their bytes.
    let place = below.as_os_str().as_encoded_bytes().escape_ascii().to_string();
    name.with([label("database", &place), label("source", source)])
}

/// A text as a part of a name.
fn legal(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// A text as the name of a label; those that begin with two `_` are Prometheus' own.
fn legal_label(text: &str) -> String {
    let legal = legal(text);
    let label = legal.trim_start_matches('_');
    let has_begin = label.starts_with(|c: char| c.is_ascii_alphabetic());
    if has_begin { label.to_owned() } else { format!("_{label}") }
}

#[cfg(test)]
mod tests;
