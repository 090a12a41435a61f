//! Which files of the data folder have to go, and whether there is room for a new one. Pure: the
//! files come from `scan`, `writer` removes them.

use std::collections::BTreeMap;
use std::time::Duration;

use rrd_core::{Step, Timestamp};
use thiserror::Error;

use crate::bytes::Bytes;

/// Limit on the files of a kind unless another one is configured.
const DEFAULT_CAP: usize = 500;
/// The kinds whose instances are parts of the machine; Linux has at most this many processors.
const PROCESSORS: (&str, usize) = ("processor", 8192);
/// How long an instance may be unseen until its file may be removed, in seconds and in intervals.
const PATIENCE: (i64, i64) = (600, 5);

/// Limits on the files of the data folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileLimits {
    /// Limit on the size of the data folder; `None` for none.
    pub disk: Option<Bytes>,
    /// Limits on the files of single kinds.
    pub caps: BTreeMap<String, usize>,
    /// How long an instance may be unseen until the page, the rules and `/metrics` forget it.
    pub forget_after: Duration,
    /// How long an instance may be unseen until its file is removed; `None` for ever.
    pub remove_after: Option<Duration>,
}

impl Default for FileLimits {
    fn default() -> Self {
        Self {
            disk: None,
            caps: BTreeMap::new(),
            forget_after: Duration::from_secs(30 * 86_400),
            remove_after: None,
        }
    }
}

impl FileLimits {
    /// Limit on the files of a kind.
    pub fn cap(&self, kind: &str) -> usize {
        let (processor, processors) = PROCESSORS;
        let default = if kind == processor { processors } else { DEFAULT_CAP };
        self.caps.get(kind).copied().unwrap_or(default)
    }
}

/// Why there is no room for a new file: every file that counts is in use.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NoRoom {
    /// The kind has as many files as it may have.
    #[error(
        "all {cap} files that the kind may have are in use, so new instances are not stored: \
         raise {kind} in [caps], or exclude instances"
    )]
    Cap {
        /// The kind.
        kind: String,
        /// Limit on its files.
        cap: usize,
    },
    /// The data folder is as large as it may be.
    #[error(
        "the files in use need all of disk = \"{disk}\", so new instances are not stored: raise \
         disk, or exclude instances"
    )]
    Disk {
        /// Limit on the size of the folder.
        disk: Bytes,
    },
}

impl NoRoom {
    /// What fails, as faults name it.
    pub fn concern(&self) -> String {
        match self {
            Self::Cap { kind, .. } => format!("new files of {kind}"),
            Self::Disk { .. } => "new files".to_owned(),
        }
    }
}

/// A file of the data folder that may be removed at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DataFile {
    pub(super) size: u64,
    /// When its group had its last sample: seconds of watching, negative before the start.
    pub(super) seen: i64,
    /// For how many seconds without a sample the group is still in use.
    pub(super) patience: i64,
    /// The time of that sample. A later one in the file is that of another program.
    pub(super) last_update: Timestamp,
    pub(super) role: Role,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// That of a group.
    Group,
    /// A copy that is kept of one. It is no file of the kind.
    Kept,
    /// One that another program writes to, or that cannot be removed.
    Other,
}

impl DataFile {
    /// How long a group of this interval may have no sample until its file may be removed.
    pub(super) fn patience(step: Step) -> i64 {
        let (seconds, steps) = PATIENCE;
        i64::try_from(step.seconds()).unwrap_or(i64::MAX).saturating_mul(steps).max(seconds)
    }

    /// A copy that is kept: it goes before any file of a group.
    pub(super) fn kept(size: u64) -> Self {
        let last_update = Timestamp::default();
        Self { size, seen: i64::MIN, patience: 0, last_update, role: Role::Kept }
    }

    pub(super) fn is_gone(&self, now: i64) -> bool {
        self.role != Role::Other && now.saturating_sub(self.seen) >= self.patience
    }
}

/// The files of the data folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct DataFiles {
    /// The files of groups, by their names below the folder.
    pub(super) files: BTreeMap<String, DataFile>,
    /// Bytes of all other files, which are never removed.
    pub(super) other_bytes: u64,
}

/// The kind of a group by the name of its file.
fn kind_of(name: &str) -> &str {
    name.split(['/', '.']).next().unwrap_or(name)
}

impl DataFiles {
    /// The files that have to go before a file of this kind and size is made.
    pub(super) fn room_for(
        &self,
        limits: &FileLimits,
        kind: &str,
        size: u64,
        now: i64,
    ) -> Result<Vec<String>, NoRoom> {
        let gone = self.gone(now);
        let is_of_kind =
            |name: &str, file: &DataFile| file.role == Role::Group && kind_of(name) == kind;
        let count = self.files.iter().filter(|(name, file)| is_of_kind(name, file)).count();
        let cap = limits.cap(kind);
        let excess = (count + 1).saturating_sub(cap);
        let may_go = gone.iter().filter(|(name, file)| is_of_kind(name, file));
        let mut leaving: Vec<&str> = may_go.map(|(name, _)| *name).take(excess).collect();
        if leaving.len() < excess {
            return Err(NoRoom::Cap { kind: kind.to_owned(), cap });
        }
        if let Some(disk) = limits.disk {
            let bytes = self.bytes().saturating_add(size);
            let bytes = self.reduce(bytes, disk, &gone, &mut leaving);
            if bytes > disk.0 {
                return Err(NoRoom::Disk { disk });
            }
        }
        Ok(leaving.into_iter().map(str::to_owned).collect())
    }

    /// The files that have to go though no new one is made.
    pub(super) fn overdue(&self, limits: &FileLimits, now: i64) -> Vec<String> {
        let gone = self.gone(now);
        let mut leaving = Vec::new();
        if let Some(limit) = limits.remove_after {
            let limit = i64::try_from(limit.as_secs()).unwrap_or(i64::MAX);
            let is_old = |file: &DataFile| {
                file.role == Role::Group && now.saturating_sub(file.seen) >= limit
            };
            let old = gone.iter().filter(|(_, file)| is_old(file));
            leaving.extend(old.map(|(name, _)| *name));
        }
        if let Some(disk) = limits.disk {
            self.reduce(self.bytes(), disk, &gone, &mut leaving);
        }
        leaving.into_iter().map(str::to_owned).collect()
    }

    /// Kept copies, and the files of groups that are gone: the one gone for longest first.
    fn gone(&self, now: i64) -> Vec<(&str, &DataFile)> {
        let files = self.files.iter().map(|(name, file)| (&**name, file));
        let mut gone: Vec<_> = files.filter(|(_, file)| file.is_gone(now)).collect();
        gone.sort_by_key(|(name, file)| (file.seen, *name));
        gone
    }

    fn bytes(&self) -> u64 {
        let sizes = self.files.values().map(|file| file.size);
        sizes.fold(self.other_bytes, u64::saturating_add)
    }

    /// Adds files to `leaving` until the folder, which has `bytes` with all of them, has at most
    /// `disk`; returns its size then.
    fn reduce<'a>(
        &self,
        bytes: u64,
        disk: Bytes,
        gone: &[(&'a str, &DataFile)],
        leaving: &mut Vec<&'a str>,
    ) -> u64 {
        let size = |name: &str| self.files.get(name).map_or(0, |file| file.size);
        let mut bytes = leaving.iter().fold(bytes, |bytes, name| bytes.saturating_sub(size(name)));
        for (name, file) in gone {
            if bytes <= disk.0 {
                break;
            }
            if !leaving.contains(name) {
                bytes = bytes.saturating_sub(file.size);
                leaving.push(name);
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests;
