//! `history.json` in the data folder: the changes of the rules' states, and when the collector and
//! the host started, across restarts.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::finding::Finding;
use super::notice::Notice;
use super::state::Status;
use crate::group::Target;
use crate::replace_file::replace_file;

/// The file in the data folder.
const FILE: &str = "history.json";
/// The name of a file that cannot be read, out of the way of the next one.
const SET_ASIDE: &str = "history.json.damaged";
/// Limit on the events; the oldest ones give way.
const MAX: usize = 1000;
/// Limit on the bytes of the file; the oldest events give way.
const MAX_BYTES: usize = 256 << 10;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When, in seconds since 1970.
    pub at: i64,
    /// What.
    #[serde(flatten)]
    pub what: Happening,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum Happening {
    /// The state of a rule changed for a value.
    Change {
        /// The rule.
        rule: String,
        /// The value, as rules name it.
        target: String,
        /// The state before.
        from: Status,
        /// The state from now on.
        to: Status,
        /// What the rule said about the value.
        summary: String,
    },
    /// The collector started.
    Started,
    /// The collector stopped as it was asked to; it does not say so when it is killed.
    Stopped,
    /// The host started.
    Booted {
        /// The kernel's name of this run.
        boot: String,
    },
}

/// A time in which a rule warned of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarnedSpan {
    /// The rule.
    pub rule: String,
    /// Its state.
    pub status: Status,
    /// The first second, since 1970.
    pub start: i64,
    /// The second after the last one.
    pub end: i64,
}

/// The events, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    events: VecDeque<Event>,
}

/// Why the events of earlier runs are not available.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file has other content.
    #[error("{} is damaged; it is kept as {SET_ASIDE}, and the history begins again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

impl Event {
    /// The change that a notice reports.
    pub fn change(notice: &Notice, zone: &TimeZone) -> Self {
        let Notice { rule, target, transition, .. } = notice;
        let at = transition.at;
        // The time of the change is that of the event.
        let finding = Finding { since: 0, ..notice.finding() };
        let summary = format!("{target} {}", finding.predicate(at, zone));
        let (rule, target) = (rule.name.clone(), target.to_string());
        let (from, to) = (transition.from, transition.to);
        Self { at, what: Happening::Change { rule, target, from, to, summary } }
    }

    /// What happened to the collector or the host, in words; `None` for a change of a rule.
    pub const fn run(&self) -> Option<&'static str> {
        match self.what {
            Happening::Change { .. } => None,
            Happening::Started => Some("collector started"),
            Happening::Stopped => Some("collector stopped"),
            Happening::Booted { .. } => Some("host started"),
        }
    }
}

impl History {
    /// The events that are stored in a data folder; none if there is no file.
    ///
    /// # Errors
    ///
    /// [`HistoryError`]: a file with other content is renamed.
    pub fn read(data: &Path) -> Result<Self, HistoryError> {
        let path = data.join(FILE);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => return Err(HistoryError::Read { path, source }),
        };
        let events = serde_json::from_slice::<Vec<Event>>(&text).map_err(|source| {
            // Where that is not permitted, the next event replaces it.
            let _ = fs::rename(&path, data.join(SET_ASIDE));
            HistoryError::Damaged { path, source }
        })?;
        let mut history = Self::default();
        for event in events {
            history.add(event);
        }
        Ok(history)
    }

    /// Adds an event; the oldest one gives way if there are too many.
    pub fn add(&mut self, event: Event) {
        if self.events.len() >= MAX {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }

    /// Adds the start of the host if it is not known yet.
    pub fn add_boot(&mut self, at: i64, boot: &str) {
        let is_known = |event: &Event| matches!(&event.what, Happening::Booted { boot: known } if known == boot);
        if !self.events.iter().any(is_known) {
            self.add(Event { at, what: Happening::Booted { boot: boot.to_owned() } });
        }
    }

    /// The events, oldest first.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = &Event> {
        self.events.iter()
    }

    /// The times between `start` and `end`, seconds since 1970, in which rules warned of a value,
    /// oldest first. One that still lasts ends with `end`.
    pub fn spans_of(&self, target: &Target, start: i64, end: i64) -> Vec<WarnedSpan> {
        let name = target.to_string();
        let mut lasting: BTreeMap<&str, (Status, i64)> = BTreeMap::new();
        let mut spans = Vec::new();
        let mut add = |rule: &str, status: Status, from: i64, to: i64| {
            let (from, to) = (from.max(start), to.min(end));
            if status != Status::Ok && from < to {
                spans.push(WarnedSpan { rule: rule.to_owned(), status, start: from, end: to });
            }
        };
        for event in &self.events {
            let Happening::Change { rule, target, from, to, .. } = &event.what else { continue };
            if *target == name {
                // Before the first event that is kept, the rule was in its state for long.
                let (status, since) = lasting.get(&**rule).copied().unwrap_or((*from, i64::MIN));
                add(rule, status, since, event.at);
                lasting.insert(rule, (*to, event.at));
            }
        }
        for (rule, (status, since)) in lasting {
            add(rule, status, since, end);
        }
        spans.sort_by_key(|span| span.start);
        spans
    }

    /// The starts and stops of the collector and of the host between `start` and `end`, seconds
    /// since 1970, oldest first, each with its time.
    pub fn restarts(&self, start: i64, end: i64) -> Vec<(i64, &'static str)> {
        let runs = self.events.iter().filter_map(|event| Some((event.at, event.run()?)));
        runs.filter(|(at, _)| (start..end).contains(at)).collect()
    }

    /// Writes the file for the next start. Without the oldest events if it would be too large.
    ///
    /// # Errors
    ///
    /// The system's error.
    pub fn save(&mut self, data: &Path) -> io::Result<()> {
        let lines: Result<Vec<String>, _> = self.events.iter().map(serde_json::to_string).collect();
        let lines = lines.map_err(io::Error::other)?;
        let mut room = MAX_BYTES - "[\n\n]\n".len();
        let fitting = lines.iter().rev().take_while(|line| {
            let left = room.checked_sub(line.len() + ",\n".len());
            room = left.unwrap_or(0);
            left.is_some()
        });
        let too_many = lines.len() - fitting.count();
        self.events.drain(..too_many);
        let text = format!("[\n{}\n]\n", lines.get(too_many..).unwrap_or_default().join(",\n"));
        replace_file(&data.join(FILE), text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::{NamedRule, Rule, Transition};

    fn change(at: i64, rule: &str, target: &str, from: Status, to: Status) -> Event {
        let words = format!("last of {target} > 10, critical > 20");
        let rule = NamedRule { name: rule.to_owned(), rule: Rule::parse(&words).unwrap() };
        let transition = Transition { from, from_since: 0, to, at, value: 0.15 };
        let target = rule.rule.target.clone();
        Event::change(&Notice { rule, target, value: 15.0, transition }, &TimeZone::UTC)
    }

    #[test]
    fn events_survive_a_restart_with_what_the_rule_said() {
        use Status::{Ok, Warning};
        let folder = tempfile::tempdir().unwrap();
        let mut history = History::read(folder.path()).unwrap();
        history.add_boot(90, "a-b");
        history.add(Event { at: 100, what: Happening::Started });
        history.add(change(110, "steal", "cpu.steal", Ok, Warning));
        history.add_boot(91, "a-b");
        history.save(folder.path()).unwrap();
        let text = fs::read_to_string(folder.path().join(FILE)).unwrap();
        assert_eq!(
            text,
            "[\n{\"at\":90,\"event\":\"booted\",\"boot\":\"a-b\"},\n\
             {\"at\":100,\"event\":\"started\"},\n\
             {\"at\":110,\"event\":\"change\",\"rule\":\"steal\",\"target\":\"cpu.steal\",\
             \"from\":\"ok\",\"to\":\"warning\",\
             \"summary\":\"cpu.steal is 15 % (warning above 10 %)\"}\n]\n"
        );
        assert_eq!(History::read(folder.path()).unwrap(), history);
    }

    #[test]
    fn a_damaged_file_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "[{\"at\":").unwrap();
        let error = History::read(folder.path()).unwrap_err();
        assert!(matches!(error, HistoryError::Damaged { .. }), "{error}");
        assert_eq!(fs::read(folder.path().join(SET_ASIDE)).unwrap(), b"[{\"at\":");
        assert_eq!(History::read(folder.path()).unwrap(), History::default());
    }

    #[test]
    fn a_thousand_events_and_256_kib_are_kept_and_the_oldest_give_way() {
        let folder = tempfile::tempdir().unwrap();
        let mut history = History::default();
        for at in 0..1200 {
            history.add(Event { at, what: Happening::Started });
        }
        let first = |history: &History| history.events().next().unwrap().at;
        assert_eq!((first(&history), history.events.len()), (200, 1000));
        let long = "x".repeat(1000);
        for at in 1200..1600 {
            history.add(Event { at, what: Happening::Booted { boot: long.clone() } });
        }
        history.save(folder.path()).unwrap();
        let size = fs::metadata(folder.path().join(FILE)).unwrap().len();
        assert!((261_000..=262_144).contains(&size), "{size}");
        assert_eq!(History::read(folder.path()).unwrap(), history);
        assert_eq!(history.events().next_back().unwrap().at, 1599);
    }

    #[test]
    fn the_times_of_warnings_follow_from_the_changes() {
        use Status::{Critical, Ok, Warning};
        let mut history = History::default();
        for event in [
            change(50, "old", "cpu.steal", Critical, Ok),
            change(100, "steal", "cpu.steal", Ok, Warning),
            change(110, "steal", "cpu.steal", Warning, Critical),
            change(115, "steal", "disk:vda.queue", Ok, Warning),
            change(120, "steal", "cpu.steal", Critical, Ok),
            change(130, "steal", "cpu.steal", Ok, Warning),
        ] {
            history.add(event);
        }
        let spans = |start, end| {
            let spans = history.spans_of(&"cpu.steal".parse().unwrap(), start, end);
            spans.into_iter().map(|span| (span.status, span.start, span.end)).collect::<Vec<_>>()
        };
        assert_eq!(
            spans(0, 200),
            [(Critical, 0, 50), (Warning, 100, 110), (Critical, 110, 120), (Warning, 130, 200)]
        );
        assert_eq!(spans(105, 112), [(Warning, 105, 110), (Critical, 110, 112)]);
        assert_eq!(spans(121, 129), []);
    }

    #[test]
    fn starts_and_stops_are_listed_with_their_times() {
        let mut history = History::default();
        history.add_boot(90, "a");
        for (at, what) in [(100, Happening::Started), (200, Happening::Stopped)] {
            history.add(Event { at, what });
        }
        assert_eq!(history.restarts(90, 200), [(90, "host started"), (100, "collector started")]);
        assert_eq!(history.restarts(101, 201), [(200, "collector stopped")]);
    }
}
