//! Files of an earlier version that have other names: which group takes over which.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::PathBuf;

use rrd_core::{Store, StoreError};
use thiserror::Error;

use crate::group::{GroupId, old_file_name};

/// Why a file of an earlier version cannot be taken over.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OldFileError {
    /// Its pending samples cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It cannot get its new name.
    #[error("cannot rename {} to {}", path.display(), to.display())]
    Rename {
        /// The file.
        path: PathBuf,
        /// Its new name.
        to: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

/// The groups that may have samples in a file of an earlier version, by the name of the file.
#[derive(Debug, Default)]
pub(super) struct OldFiles {
    claims: HashMap<String, Vec<GroupId>>,
}

/// Whether it is clear which file a group has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// It is.
    Made,
    /// Other groups may have samples in the file, too.
    Pending,
}

impl OldFiles {
    /// Renames the file in which an earlier version stored the group to `name`, if no other group
    /// can have samples in it. `is_used` says whether a file is that of a known group.
    ///
    /// All groups of a source have appeared once when the first of them comes for the second time,
    /// so the first sample after an upgrade decides nothing.
    pub(super) fn take_over(
        &mut self,
        store: &Store,
        group: &GroupId,
        name: &str,
        is_used: impl Fn(&str) -> bool,
    ) -> Result<Decision, OldFileError> {
        let Some(old) = old_file_name(group) else { return Ok(Decision::Made) };
        let (path, to) = (store.folder().join(&old), store.folder().join(name));
        if to.exists() || !path.exists() {
            return Ok(Decision::Made);
        }
        let claims = self.claims.entry(old.clone()).or_default();
        if !claims.contains(group) {
            claims.push(group.clone());
            return Ok(Decision::Pending);
        }
        if claims.len() == 1 && !is_used(&old) {
            store.flush(&old)?;
            store.forget(&old)?;
            fs::rename(&path, &to).map_err(|source| OldFileError::Rename { path, to, source })?;
            log::info!("{old} renamed to {name}");
        } else if claims.first() == Some(group) {
            log::warn!(
                "{old} may have samples of several groups, including {group}: left as it is, each \
                 of them starts a new file (reported once)"
            );
        }
        Ok(Decision::Made)
    }
}
