//! Names of Munin's databases: one file has one field of one plugin on one host.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

use super::fault::TreeFault;
use super::name::{FileName, legal};
use crate::export::SeriesName;

/// The file at the top of a tree that says what is in it.
const DATAFILE: &str = "datafile";
/// Limit on its size, in bytes: a line has about 60, and a field five lines.
const LONGEST: u64 = 64 << 20;
/// The data source of each file.
const ONLY: &str = "42";

/// The fields that the tree's `datafile` lists, by their files without type and `.rrd`.
#[derive(Debug, Default)]
pub(super) struct Fields(HashMap<String, Origin>);

/// Where the values of a file come from.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Origin {
    group: String,
    host: String,
    plugin: String,
    field: String,
}

impl Fields {
    /// Reads the `datafile` of a tree; without one there are no fields.
    pub(super) fn read(tree: &Path) -> Result<Self, TreeFault> {
        let path = tree.join(DATAFILE);
        let fault = |source| TreeFault::Read { path: path.clone(), source };
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            // The tree is a single file.
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return Ok(Self::default());
            }
            Err(error) => return Err(fault(error)),
        };
        let metadata = file.metadata().map_err(fault)?;
        if !metadata.is_file() || metadata.len() > LONGEST {
            return Err(fault(io::Error::other("expected a regular file of at most 64 MiB")));
        }
        Self::parse(BufReader::new(file.take(LONGEST))).map_err(fault)
    }

    /// The fields in the text of a `datafile`. Other lines do not matter.
    pub(super) fn parse(mut lines: impl BufRead) -> io::Result<Self> {
        let (mut fields, mut line) = (Self::default(), Vec::new());
        while lines.read_until(b'\n', &mut line)? > 0 {
            let text = String::from_utf8_lossy(&line);
            if let Some(origin) = Origin::of_line(text.trim_end()) {
                fields.0.insert(origin.file(), origin);
            }
            line.clear();
        }
        Ok(fields)
    }
}

impl Origin {
    /// The field that a line `GROUP;HOST:PLUGIN.FIELD.ATTRIBUTE VALUE` is about. Lines about a
    /// graph are shorter, or have a part of the plugin's name in the place of the field.
    fn of_line(line: &str) -> Option<Self> {
        let (key, _) = line.split_once(' ')?;
        let (node, key) = key.split_once(':')?;
        let (group, host) = node.rsplit_once(';')?;
        let mut parts = key.rsplitn(3, '.');
        let (attribute, field, plugin) = (parts.next()?, parts.next()?, parts.next()?);
        let is_of_graph = attribute.starts_with("graph_") || attribute == "host_name";
        let [group, host, plugin, field] = [group, host, plugin, field].map(str::to_owned);
        (!is_of_graph).then_some(Self { group, host, plugin, field })
    }

    /// The field of a file that no `datafile` lists: group is the folder, field and plugin are the
    /// last parts of the name.
    fn of_file(folders: &[String], stem: &str) -> Option<Self> {
        let mut parts = stem.rsplitn(3, '-');
        let (field, plugin, host) = (parts.next()?, parts.next()?, parts.next()?);
        let [host, plugin, field] = [host, plugin, field].map(str::to_owned);
        Some(Self { group: folders.join(";"), host, plugin, field })
    }

    /// Its file, without the type: the points in the name of a graph that is part of another one
    /// are hyphens there, and a group in another one is a folder.
    fn file(&self) -> String {
        let Self { group, host, plugin, field } = self;
        format!("{}/{host}-{}-{field}", group.replace(';', "/"), plugin.replace('.', "-"))
    }
}

/// `munin_PLUGIN{group,host,field,type}` of `GROUP/HOST-PLUGIN-FIELD-TYPE`.
pub(super) fn name(parts: &[String], fields: &Fields) -> Option<FileName> {
    let (file, folders) = parts.split_last()?;
    let (stem, kind) = file.rsplit_once('-')?;
    let kind = match kind {
        "g" => "gauge",
        "d" => "derive",
        "c" => "counter",
        "a" => "absolute",
        _ => return None,
    };
    let listed = fields.0.get(&format!("{}/{stem}", folders.join("/"))).cloned();
    let origin = listed.or_else(|| Origin::of_file(folders, stem))?;
    let name = format!("munin_{}", legal(&origin.plugin));
    // The plugins `a.b` and `a_b` are two.
    let is_other = legal(&origin.plugin) != origin.plugin;
    let plugin = if is_other { &*origin.plugin } else { "" };
    let labels = [
        ("group", &*origin.group),
        ("host", &*origin.host),
        ("field", &*origin.field),
        ("plugin", plugin),
        ("type", kind),
    ];
    Some(FileName { shared: SeriesName::new(name, labels), unnamed: Some(ONLY) })
}
