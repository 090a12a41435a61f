//! The section `[[tree]]`.

use std::path::PathBuf;

use rrd_graph::export::tree::TreeKind;
use serde::Deserialize;
use thiserror::Error;

use crate::section::{ConfigError, SectionReader, SectionValue};

/// A tree of databases of another program that can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TreeSettings {
    /// The folder at its top.
    pub path: PathBuf,
    /// The program, which decides what its series are called.
    pub kind: TreeKind,
}

/// A tree that cannot be.
#[derive(Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TreeError {
    /// The path depends on where the collector is started.
    #[error("invalid path {}: expected an absolute one, e.g. /var/lib/munin", path.display())]
    Relative {
        /// The path.
        path: PathBuf,
    },
    /// The tree is configured already.
    #[error("the tree {} is there twice", path.display())]
    Twice {
        /// The path.
        path: PathBuf,
    },
}

/// Reads a section, and adds its tree.
///
/// # Errors
///
/// [`ConfigError`] with the key that is wrong.
pub fn read_tree<'a>(
    trees: &mut Vec<TreeSettings>,
    reader: SectionReader<'a>,
    value: SectionValue<'a>,
) -> Result<(), ConfigError> {
    let tree: TreeSettings = reader.parse(value)?;
    let path = tree.path.clone();
    if !path.is_absolute() {
        return Err(reader.error("path", TreeError::Relative { path }));
    }
    if trees.iter().any(|other| other.path == path) {
        return Err(reader.error("path", TreeError::Twice { path }));
    }
    trees.push(tree);
    Ok(())
}
