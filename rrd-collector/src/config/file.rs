//! Configuration files: TOML, one main file and drop-ins next to it. Every file is checked
//! separately, so that errors are reported with file and line; later files then extend and override
//! earlier ones.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::DeValue;

use super::root::ROOT_KEYS;
use super::{Config, limits};
use crate::output::remote::read::read_tree;
use crate::output::remote::write;
use crate::section::{ConfigError, Environment, SectionFile, SectionReader, SectionValue};
use crate::source::SOURCES;
use crate::source::read_probes;
use crate::source::watched;

/// Adds a file and its drop-ins (`NAME.d/*.toml`, sorted by name) to `config`.
///
/// # Errors
///
/// All errors, file by file and in the order of their lines. Then `config` is not complete.
pub fn load(
    path: &Path,
    config: &mut Config,
    environment: &Environment<'_>,
) -> Result<(), Vec<ConfigError>> {
    let mut errors = Vec::new();
    for path in &files(path).map_err(|error| vec![error])? {
        let mut found = match fs::read_to_string(path) {
            Ok(text) => config.add(&SectionFile::new(path, &text, environment)),
            Err(source) => vec![ConfigError::Read { path: path.clone(), source }],
        };
        found.sort_by_key(ConfigError::byte);
        errors.append(&mut found);
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// The data folder that a file and its drop-ins name, without a look at anything else.
///
/// # Errors
///
/// Those of a file that cannot be read or is not TOML.
pub fn data_folder(
    path: &Path,
    environment: &Environment<'_>,
) -> Result<Option<PathBuf>, Vec<ConfigError>> {
    let mut folder = None;
    for path in &files(path).map_err(|error| vec![error])? {
        let text = fs::read_to_string(path)
            .map_err(|source| vec![ConfigError::Read { path: path.clone(), source }])?;
        let tables = SectionFile::new(path, &text, environment).tables()?;
        if let Some(DeValue::String(data)) = tables.get("data").map(Spanned::get_ref) {
            folder = Some(PathBuf::from(&**data));
        }
    }
    Ok(folder)
}

fn files(path: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let mut files = vec![path.to_owned()];
    let folder = path.with_extension("d");
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(files),
        Err(source) => return Err(ConfigError::Read { path: folder, source }),
    };
    let mut drop_ins = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|source| ConfigError::Read { path: folder.clone(), source })?;
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            drop_ins.push(path);
        }
    }
    drop_ins.sort();
    files.append(&mut drop_ins);
    Ok(files)
}

/// A section that no source has.
struct Section {
    name: &'static str,
    /// Whether it may be repeated.
    is_list: bool,
    read: for<'a> fn(&mut Config, SectionReader<'a>, SectionValue<'a>) -> Result<(), ConfigError>,
}

/// In the order in which they are read: rules of one's own come after the choice of default ones.
const SECTIONS: [Section; 9] = [
    Section { name: "tls", is_list: false, read: Config::read_tls },
    Section { name: "auth", is_list: false, read: Config::read_auth },
    Section {
        name: "probe",
        is_list: false,
        read: |config, reader, value| read_probes(&mut config.host, reader, value),
    },
    Section {
        name: "process",
        is_list: true,
        read: |config, reader, value| watched::read(&mut config.host.processes, reader, value),
    },
    Section {
        name: "alerts",
        is_list: false,
        read: |config, reader, value| config.alerts.read(reader, value),
    },
    Section {
        name: "rule",
        is_list: true,
        read: |config, reader, value| config.alerts.read_rule(reader, value),
    },
    Section {
        name: "remote_read",
        is_list: false,
        read: |config, reader, value| config.remote_read.read(reader, value),
    },
    Section {
        name: "tree",
        is_list: true,
        read: |config, reader, value| read_tree(&mut config.trees, reader, value),
    },
    Section {
        name: "remote_write",
        is_list: true,
        read: |config, reader, value| write::read(&mut config.remote_write, reader, value),
    },
];

impl Config {
    /// Adds one file, and returns its errors.
    pub(super) fn add(&mut self, file: &SectionFile<'_>) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        let mut tables = match file.tables() {
            Ok(tables) => tables,
            Err(errors) => return errors,
        };
        for Section { name, is_list, read } in &SECTIONS {
            let Some(value) = tables.remove(*name) else { continue };
            for part in file.parts(name, *is_list, value, &mut errors) {
                file.read(name, part, &mut errors, |reader, value| read(self, reader, value));
            }
        }
        for kind in SOURCES.iter().flat_map(|source| source.sections) {
            let Some(value) = tables.remove(kind.name) else { continue };
            if !kind.is_list {
                self.inputs.retain(|input| input.section != kind.name);
            }
            for part in file.parts(kind.name, kind.is_list, value, &mut errors) {
                self.inputs.extend(file.read(kind.name, part, &mut errors, kind.read));
            }
        }
        let limits = limits::take(&mut tables);
        file.read("", limits, &mut errors, |reader, value| self.files.read(reader, value));
        let root = Spanned::new(0..0, DeValue::Table(tables));
        file.read("", root, &mut errors, |reader, value| {
            let keys = value.get_ref().as_table().into_iter().flat_map(|table| table.keys());
            match keys.into_iter().find(|key| !ROOT_KEYS.contains(&&**key.get_ref())) {
                Some(key) => Err(reader.unknown(key.span().start, key.get_ref(), &known_keys())),
                None => self.read_root(reader, value),
            }
        });
        errors
    }
}

fn known_keys() -> Vec<&'static str> {
    let sources = SOURCES.iter().flat_map(|source| source.sections).map(|kind| kind.name);
    let others = SECTIONS.iter().map(|section| section.name);
    ROOT_KEYS.into_iter().chain(limits::KEYS).chain(sources).chain(others).collect()
}

#[cfg(test)]
mod tests;
