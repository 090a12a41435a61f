//! Reads which files the data folder has: at the start, before anything is sampled, and every few
//! minutes if its size is limited.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rrd_core::{Store, Timestamp};

use super::budget::{DataFile, DataFiles, Role};
use super::kept::KeptFile;
use crate::group::{FullNames, GroupId, instance_of};

/// The files in the folder of a store; `now` is the time since 1970, `watched` that in seconds of
/// watching. Files that are `known` already are not read again.
///
/// Before the start nobody watched: a group that had samples when the last run ended counts as
/// seen now, any other as unseen since it had none. A file that belongs to no group, or cannot be
/// read, is nobody's and stays.
pub(super) fn scan(store: &Store, now: Duration, watched: i64, known: &DataFiles) -> DataFiles {
    let mut files = DataFiles::default();
    let found = walk(store.folder(), &mut files.other_bytes);
    let full_names = FullNames::read(store.folder()).ok();
    let mut groups = BTreeMap::new();
    for (name, size) in found {
        if KeptFile::with_name(&name).is_some() {
            files.files.insert(name, DataFile::kept(size));
        } else if let Some(file) = known.files.get(&name) {
            files.files.insert(name, DataFile { size, ..*file });
        } else {
            let head = is_of_a_group(&name, full_names.as_ref()).then(|| store.head(&name).ok());
            match head.flatten() {
                Some(head) => drop(groups.insert(name, (size, head))),
                None => files.other_bytes = files.other_bytes.saturating_add(size),
            }
        }
    }
    // A clock that was wrong leaves files ahead of it, which say nothing about the last run.
    let last_updates = groups.values().map(|(_, head)| head.live.last_update);
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let run_ended = last_updates.map(Timestamp::seconds).filter(|at| *at <= now).max();
    for (name, (size, head)) in groups {
        let last_update = head.live.last_update;
        let patience = DataFile::patience(head.schema.step());
        let unseen = run_ended.map_or(0, |end| end.saturating_sub(last_update.seconds()));
        let unseen = if unseen < patience { 0 } else { unseen };
        let seen = watched.saturating_sub(unseen);
        let file = DataFile { size, seen, patience, last_update, role: Role::Group };
        files.files.insert(name, file);
    }
    files
}

/// The size of all files in a folder.
pub(crate) fn folder_bytes(folder: &Path) -> u64 {
    let mut bytes = 0;
    let found = walk(folder, &mut bytes);
    found.into_iter().fold(bytes, |bytes, (_, size)| bytes.saturating_add(size))
}

/// The names of all databases in the data folder, in order, without kept ones.
pub(crate) fn databases(folder: &Path) -> Vec<String> {
    let found = walk(folder, &mut 0).into_iter().map(|(name, _)| name);
    let is_database =
        |name: &String| name.strip_suffix(".rrd").is_some() && KeptFile::with_name(name).is_none();
    let mut names: Vec<String> = found.filter(is_database).collect();
    names.sort();
    names
}

/// Whether a file in the data folder has the name of a group's file.
fn is_of_a_group(name: &str, full_names: Option<&FullNames>) -> bool {
    let Some(path) = name.strip_suffix(".rrd") else { return false };
    let (kind, stem) = path.split_once('/').unwrap_or((path, ""));
    let is_full = || full_names.is_some_and(|names| names.instance(name).is_some());
    GroupId::new(kind, "").is_ok() && (instance_of(stem).is_some() || is_full())
}

/// The regular files of the data folder with their sizes. Bytes of files without a name in Unicode
/// are added to `other_bytes`; folders that cannot be read are left out.
fn walk(data: &Path, other_bytes: &mut u64) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(below) = folders.pop() {
        for entry in fs::read_dir(data.join(&below)).into_iter().flatten().flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            let name = below.join(entry.file_name());
            if metadata.is_dir() {
                folders.push(name);
            } else if metadata.is_file() {
                match name.into_os_string().into_string() {
                    Ok(name) => found.push((name, metadata.len())),
                    Err(_) => *other_bytes = other_bytes.saturating_add(metadata.len()),
                }
            }
        }
    }
    found
}
