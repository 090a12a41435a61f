//! Where this repository is, its packages and its files.

use std::fs;
use std::path::{Path, PathBuf};

/// One package of the workspace.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// The folder of its manifest.
    pub folder: PathBuf,
    /// Its manifest.
    pub manifest: toml::Table,
}

impl Package {
    /// Whether it is published to a registry.
    pub fn is_published(&self) -> bool {
        let publish = self.manifest["package"].get("publish");
        publish.and_then(toml::Value::as_bool) != Some(false)
    }

    /// Its files with this extension, without those of packages nested in its folder.
    pub fn files(&self, ending: &str) -> Vec<PathBuf> {
        files(&self.folder, ending)
    }
}

/// The files with this extension in a folder, without those of packages nested in it.
pub fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(folder, ending, &mut found);
    found
}

/// The folder of the workspace.
///
/// # Panics
///
/// If this package was moved.
pub fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors().nth(2).expect("two folders above").to_owned()
}

/// The text of a file; the path is relative to the root of the repository.
///
/// # Panics
///
/// If the file cannot be read.
pub fn text(name: &str) -> String {
    let path = root().join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All packages of the workspace, in the order of its manifest.
///
/// # Panics
///
/// If a manifest is not valid.
pub fn packages() -> Vec<Package> {
    let workspace = manifest(&root());
    let members = workspace["workspace"]["members"].as_array().expect("members");
    let folder = |member: &toml::Value| root().join(member.as_str().expect("a folder"));
    members.iter().map(|member| package(folder(member))).collect()
}

fn package(folder: PathBuf) -> Package {
    let manifest = manifest(&folder);
    let name = manifest["package"]["name"].as_str().expect("a name").to_owned();
    Package { name, folder, manifest }
}

/// The manifest in a folder.
///
/// # Panics
///
/// If it is missing or not TOML.
pub fn manifest(folder: &Path) -> toml::Table {
    let path = folder.join("Cargo.toml");
    let text = fs::read_to_string(&path);
    let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A path relative to the root of the repository.
pub fn named(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

fn collect(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() {
            let is_other = path.join("Cargo.toml").exists() || path.ends_with("target");
            if !hidden && !is_other {
                collect(&path, ending, found);
            }
        } else if path.extension().is_some_and(|own| own == ending) {
            found.push(path);
        }
    }
}
