//! `alerts.json` in the data folder: the states of the rules across restarts, including the format
//! of earlier versions.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::state::{RuleState, Status};
use crate::group::{GroupId, Target};
use crate::replace_file::replace_file;

/// The file in the data folder.
const FILE: &str = "alerts.json";

/// Identifies a state: a rule and a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct StateId {
    /// The name of the rule.
    pub(super) rule: String,
    /// The value it watches.
    pub(super) target: Target,
}

/// The content of a file.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Kept {
    pub(super) states: BTreeMap<StateId, RuleState>,
    /// States from a file of an earlier version, by names that several values may have shared.
    pub(super) old: BTreeMap<String, RuleState>,
}

/// Why the states of an earlier run are not available.
#[derive(Debug, Error)]
pub(super) enum KeptError {
    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("invalid {}", path.display())]
    Invalid { path: PathBuf, source: serde_json::Error },
}

/// One state in the file.
#[derive(Serialize, Deserialize)]
struct Entry {
    rule: String,
    kind: String,
    instance: String,
    metric: String,
    #[serde(flatten)]
    state: RuleState,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Entries(Vec<Entry>),
    Old(BTreeMap<String, RuleState>),
}

/// Since when the rules are in their states, as the daemon of a data folder has stored it.
#[derive(Debug)]
pub struct KnownSince(BTreeMap<StateId, RuleState>);

impl KnownSince {
    /// What is stored in a data folder; nothing if that cannot be read.
    pub fn read(data: &Path) -> Self {
        Self(read(data).unwrap_or_default().states)
    }

    /// Since when a rule has this state for a value, seconds since 1970; 0 if that is not known.
    pub fn of(&self, rule: &str, target: &Target, status: Status) -> i64 {
        let id = StateId { rule: rule.to_owned(), target: target.clone() };
        let state = self.0.get(&id).filter(|state| state.status == status);
        state.map_or(0, |state| state.since)
    }
}

/// Reads the states in a data folder; none if there is no file.
pub(super) fn read(data: &Path) -> Result<Kept, KeptError> {
    let path = data.join(FILE);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Kept::default()),
        Err(source) => return Err(KeptError::Read { path, source }),
    };
    match serde_json::from_slice(&text) {
        Ok(Content::Entries(entries)) => {
            let states = entries.into_iter().filter_map(Entry::read).collect();
            Ok(Kept { states, ..Kept::default() })
        }
        Ok(Content::Old(old)) => Ok(Kept { old, ..Kept::default() }),
        Err(source) => Err(KeptError::Invalid { path, source }),
    }
}

/// Writes the states for the next start.
pub(super) fn write<'a>(
    data: &Path,
    states: impl Iterator<Item = (&'a StateId, RuleState)>,
) -> io::Result<()> {
    let entries: Vec<Entry> = states.map(|(id, state)| Entry::new(id, state)).collect();
    let text = serde_json::to_vec_pretty(&entries).map_err(io::Error::other)?;
    replace_file(&data.join(FILE), &text)
}

impl Entry {
    fn new(id: &StateId, state: RuleState) -> Self {
        let StateId { rule, target: Target { group, metric } } = id;
        Self {
            rule: rule.clone(),
            kind: group.kind().to_owned(),
            instance: group.instance().to_owned(),
            metric: metric.clone(),
            state,
        }
    }

    /// The state; `None` if nothing can have this name.
    fn read(self) -> Option<(StateId, RuleState)> {
        let group = GroupId::new(&self.kind, &self.instance).ok()?;
        let target = Target { group, metric: self.metric };
        Some((StateId { rule: self.rule, target }, self.state))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_kept_with_the_parts_of_their_names_as_fields() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()).unwrap(), Kept::default());
        let target = "textfile:\"q{job=a b}\".value".parse().unwrap();
        let id = StateId { rule: "lag of a".to_owned(), target };
        let state = RuleState { status: Status::Warning, since: 5, pending: None };
        write(folder.path(), [(&id, state)].into_iter()).unwrap();
        let text = fs::read_to_string(folder.path().join(FILE)).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            json,
            serde_json::json!([{
                "rule": "lag of a", "kind": "textfile", "instance": "q{job=a b}", "metric": "value",
                "status": "warning", "since": 5, "pending": null,
            }])
        );
        assert_eq!(read(folder.path()).unwrap().states, BTreeMap::from([(id.clone(), state)]));
        let since = KnownSince::read(folder.path());
        assert_eq!(since.of("lag of a", &id.target, Status::Warning), 5);
        assert_eq!(since.of("lag of a", &id.target, Status::Ok), 0);
    }

    #[test]
    fn a_file_of_an_earlier_version_is_read_and_one_that_is_neither_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let text =
            r#"{"steal cpu.steal": {"status": "critical", "since": 9, "pending": ["ok", 10]}}"#;
        fs::write(folder.path().join(FILE), text).unwrap();
        let kept = read(folder.path()).unwrap();
        assert_eq!(kept.old["steal cpu.steal"].status, Status::Critical);
        fs::write(folder.path().join(FILE), "7").unwrap();
        assert!(matches!(read(folder.path()), Err(KeptError::Invalid { .. })));
    }
}
