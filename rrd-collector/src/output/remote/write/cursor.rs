//! How far samples of each group were acknowledged by an endpoint, and the file that keeps it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::ranges::Ranges;
use crate::group::{GroupId, shortened};
use crate::replace_file::replace_file;

/// The folder of the files in the data folder. No kind has such a name.
const FOLDER: &str = "cursors";
/// Limit on the name of a file in bytes. File systems take 255, and a replaced file has a longer
/// name for a moment.
const MAX_LENGTH: usize = 200;
/// Characters of an endpoint's name that stay in that of its file.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// How far the rows of all groups were sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// When the endpoint was configured, in seconds since 1970: groups without an entry begin here.
    pub(super) began: i64,
    pub(super) groups: BTreeMap<GroupId, Progress>,
}

/// How far the rows of a group were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// The end of the last row, in seconds since 1970.
    pub(super) sent: i64,
    /// Earlier rows that were not sent yet, where they may be sent later than newer ones.
    #[serde(default, skip_serializing_if = "Ranges::is_empty")]
    pub(super) backlog: Ranges,
    /// Whether its series were ended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) ended: bool,
}

/// The content of a file.
#[derive(Serialize, Deserialize)]
struct Stored {
    began: i64,
    groups: BTreeMap<String, Progress>,
}

/// Why a cursor cannot be kept or used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub(super) enum CursorError {
    /// The file cannot be read.
    #[error("cannot read {}: sending begins at the present", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// The file has other content.
    #[error("{} is damaged: sending begins at the present", path.display())]
    Damaged { path: PathBuf, source: serde_json::Error },
    /// The file cannot be written.
    #[error(
        "cannot write {}: after a restart, samples since the last success are sent again",
        path.display()
    )]
    Write { path: PathBuf, source: io::Error },
}

/// The file of an endpoint's cursor. A long name is shortened and ends in its hash.
pub(super) fn path(data: &Path, endpoint: &str) -> PathBuf {
    let mut name = utf8_percent_encode(endpoint, ESCAPED).to_string();
    if name.len() > MAX_LENGTH {
        name = shortened(endpoint, MAX_LENGTH);
    }
    data.join(FOLDER).join(name + ".json")
}

impl Cursor {
    /// Of an endpoint that begins at this time, in seconds since 1970.
    pub fn beginning(began: i64) -> Self {
        Self { began, groups: BTreeMap::new() }
    }

    /// The one that is kept in a file; `None` if there is no file.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, CursorError> {
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(CursorError::Read { path: path.to_owned(), source }),
        };
        let stored: Stored = serde_json::from_slice(&text)
            .map_err(|source| CursorError::Damaged { path: path.to_owned(), source })?;
        let groups = stored.groups.into_iter();
        // A group that cannot be is one that is not there.
        let groups = groups.filter_map(|(group, progress)| Some((group.parse().ok()?, progress)));
        Ok(Some(Self { began: stored.began, groups: groups.collect() }))
    }

    /// Takes back what was sent of later times, when the clock was wrong. Returns whether there was
    /// any.
    pub(super) fn end_at(&mut self, now: i64) -> bool {
        let mut is_changed = self.began > now;
        self.began = self.began.min(now);
        for progress in self.groups.values_mut() {
            is_changed |= progress.sent > now;
            progress.sent = progress.sent.min(now);
            progress.backlog.remove(now, i64::MAX);
        }
        is_changed
    }

    /// Replaces the file.
    pub(super) fn write(&self, path: &Path) -> Result<(), CursorError> {
        let groups = self.groups.iter();
        let groups = groups.map(|(group, progress)| (group.to_string(), progress.clone()));
        let stored = Stored { began: self.began, groups: groups.collect() };
        let text = serde_json::to_vec(&stored).expect("numbers and texts are written");
        let written = match path.parent() {
            // The data folder itself is not created: it may be unmounted.
            Some(folder) if !folder.is_dir() => fs::create_dir(folder),
            _ => Ok(()),
        };
        written
            .and_then(|()| replace_file(path, &text))
            .map_err(|source| CursorError::Write { path: path.to_owned(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_long_names_with_one_beginning_have_two_files() {
        let files =
            ["a", "b"].map(|end| path(Path::new("d"), &format!("{}{end}", "x".repeat(200))));
        assert_ne!(files[0], files[1]);
        assert_eq!(files[0].file_name().unwrap().len(), 205);
        assert_eq!(path(Path::new("d"), "vm:8428"), Path::new("d/cursors/vm%3A8428.json"));
    }

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let data = tempfile::tempdir().unwrap();
        let path = path(data.path(), "../a b");
        assert_eq!(path, data.path().join("cursors/..%2Fa%20b.json"));
        assert_eq!(Cursor::read(&path).unwrap(), None);
        let mut cursor = Cursor::beginning(1_700_000_000);
        let disk = GroupId::new("disk", "v \"d\" a").unwrap();
        let backlog = Ranges::from(vec![(1, 5), (7, 9)]);
        cursor.groups.insert(disk, Progress { sent: 12, backlog, ended: true });
        cursor.groups.insert("cpu".parse().unwrap(), Progress { sent: 13, ..Progress::default() });
        cursor.write(&path).unwrap();
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            r#"{"began":1700000000,"groups":{"cpu":{"sent":13},"disk:\"v \\\"d\\\" a\"":{"sent":12,"backlog":[[1,5],[7,9]],"ended":true}}}"#
        );
        assert_eq!(Cursor::read(&path).unwrap(), Some(cursor));
    }

    #[test]
    fn a_damaged_file_is_an_error_that_says_what_follows() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("cursor.json");
        for content in ["", "{", r#"{"began":"x","groups":{}}"#, r#"{"began":1}"#] {
            fs::write(&path, content).unwrap();
            let error = Cursor::read(&path).unwrap_err();
            let message = format!("{} is damaged: sending begins at the present", path.display());
            assert_eq!(error.to_string(), message);
        }
        fs::write(&path, r#"{"began":1,"groups":{"../x":{"sent":1}}}"#).unwrap();
        assert_eq!(Cursor::read(&path).unwrap(), Some(Cursor::beginning(1)));
    }

    #[test]
    fn nothing_is_written_where_the_data_folder_is_gone() {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("gone");
        let error = Cursor::beginning(1).write(&path(&folder, "x")).unwrap_err();
        assert!(matches!(error, CursorError::Write { .. }));
        assert!(!folder.exists());
    }
}
