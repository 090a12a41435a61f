//! The rules in turn: which values each looks at, the state of each, kept in a file over restarts.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::measure::{Window, measure};
use super::{Aggregate, Rule, RuleState, Status, Transition};
use crate::config::NamedRule;
use crate::group::Unit;
use crate::group::catalog::Catalog;
use crate::source::kinds;
use crate::store::archives::Archives;

/// The file in the data folder that keeps the states.
const STATES: &str = "alerts.json";

/// All rules and how they stand.
#[derive(Debug)]
pub struct Watch {
    data: PathBuf,
    archives: Archives,
    rules: Vec<NamedRule>,
    states: BTreeMap<String, RuleState>,
}

/// A change that somebody is to be told of.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// The name of the rule.
    pub rule: String,
    /// The value it looks at, `disk:vda.util`.
    pub target: String,
    /// What the value was, in the rule's unit: percent for shares; infinite for hours that never come.
    pub value: f64,
    /// The unit.
    pub unit: &'static str,
    /// The change.
    pub transition: Transition,
}

/// How one rule stands for one instance.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Standing {
    /// The name of the rule.
    pub rule: String,
    /// The value it looks at.
    pub target: String,
    /// How it stands.
    pub status: Status,
    /// Since when, seconds since 1970.
    pub since: i64,
}

/// What one of a rule's unit is in stored units, and the unit's sign: thresholds of shares are percent.
pub fn scale(group: &str, metric: &str) -> (f64, &'static str) {
    let kind = kinds().into_iter().find(|kind| kind.name == group);
    let unit = kind.and_then(|kind| Some(kind.metrics.get(kind.position(metric)?)?.unit));
    match unit {
        Some(Unit::Share) => (0.01, "%"),
        Some(unit) => (1.0, unit.symbol()),
        None => (1.0, ""),
    }
}

/// The same for the number that a rule makes of its value, which may be hours.
pub fn rule_scale(rule: &Rule) -> (f64, &'static str) {
    match rule.aggregate {
        Aggregate::HoursTo(_) => (1.0, "h"),
        _ => scale(&rule.target.group, &rule.target.metric),
    }
}

/// What a rule looks at of one instance.
pub fn window<'a>(rule: &'a Rule, instance: &'a str) -> Window<'a> {
    let Rule { target, over, .. } = rule;
    let aggregate = match rule.aggregate {
        Aggregate::HoursTo(bound) => {
            Aggregate::HoursTo(bound * scale(&target.group, &target.metric).0)
        }
        aggregate => aggregate,
    };
    Window { group: &target.group, instance, metric: &target.metric, aggregate, over: *over }
}

/// The instances that a rule looks at.
pub fn instances(rule: &Rule, catalog: &Catalog) -> Vec<String> {
    match rule.target.instance.as_deref() {
        Some("*") => {
            let groups = catalog.instances(&rule.target.group);
            groups.into_iter().map(|(instance, _)| instance.to_owned()).collect()
        }
        Some(instance) => vec![instance.to_owned()],
        None => vec![String::new()],
    }
}

impl Watch {
    /// The rules over these archives, with the states that were kept in the folder `data`.
    pub fn new(data: PathBuf, archives: Archives, rules: Vec<NamedRule>) -> Self {
        let kept = fs::read(data.join(STATES)).ok();
        let states = kept.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        Self { data, archives, rules, states }
    }

    /// Takes other rules; rules that keep their name keep their state.
    pub fn replace(&mut self, rules: Vec<NamedRule>) {
        self.rules = rules;
    }

    /// Looks at every value once and gives the changes.
    pub fn look(&mut self, catalog: &Catalog, now: i64) -> Vec<Notice> {
        let mut notices = Vec::new();
        let mut present = Vec::new();
        for NamedRule { name, rule } in &self.rules {
            for instance in instances(rule, catalog) {
                let target = target(rule, &instance);
                let key = format!("{name} {target}");
                // Where there is no archive (yet) there is no data, which the rule has a word for.
                let value =
                    measure(&self.archives, &window(rule, &instance), now).unwrap_or(f64::NAN);
                let (scale, unit) = rule_scale(rule);
                let state = self.states.entry(key.clone()).or_default();
                present.push(key);
                if let Some(transition) = state.advance(rule, scale, value, now) {
                    let (rule, value) = (name.clone(), value / scale);
                    notices.push(Notice { rule, target, value, unit, transition });
                }
            }
        }
        self.states.retain(|key, _| present.contains(key));
        notices
    }

    /// How every rule stands.
    pub fn standings(&self) -> Vec<Standing> {
        self.states
            .iter()
            .filter_map(|(key, state)| {
                let (rule, target) = key.rsplit_once(' ')?;
                let (rule, target) = (rule.to_owned(), target.to_owned());
                Some(Standing { rule, target, status: state.status, since: state.since })
            })
            .collect()
    }

    /// Keeps the states for the next start: written beside, then put in place.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn keep(&self) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(&self.states).map_err(io::Error::other)?;
        let beside = self.data.join(".alerts.json.new");
        fs::write(&beside, text)?;
        fs::rename(beside, self.data.join(STATES))
    }
}

/// The value that a rule looks at, in words, for one instance.
pub fn target(rule: &Rule, instance: &str) -> String {
    let colon = if instance.is_empty() { "" } else { ":" };
    // Spaces part the name of the rule from its target in the kept states.
    let instance = instance.replace(' ', "_");
    format!("{}{colon}{instance}.{}", rule.target.group, rule.target.metric)
}

#[cfg(test)]
mod tests {
    use rrd_core::{Heartbeat, Rrd, Sample, Schema, Step, Timestamp};

    use super::*;
    use std::path::Path;

    fn watch(folder: &Path, words: &str) -> Watch {
        let archives = Archives::Folder(folder.to_owned());
        Watch::new(folder.to_owned(), archives, rules(words))
    }

    fn rules(words: &str) -> Vec<NamedRule> {
        vec![NamedRule { name: "steal".to_owned(), rule: Rule::parse(words).unwrap() }]
    }

    fn archive(folder: &Path) -> Rrd {
        let schema = Schema::builder(Step::from_seconds(1).unwrap())
            .gauge("steal", Heartbeat::from_seconds(5))
            .average(0.5, 1, 100)
            .build()
            .unwrap();
        Rrd::create(folder.join("cpu.rrd"), &schema, Timestamp::from_seconds(1000)).unwrap()
    }

    #[test]
    fn a_change_is_told_once_and_the_state_survives_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let mut rrd = archive(folder.path());
        let words = "last of cpu.steal > 10, clear below 5";
        let mut rules = watch(folder.path(), words);
        let catalog = Catalog::default();
        let mut changes = Vec::new();
        for (second, steal) in [(1001, 0.01), (1002, 0.2), (1003, 0.3), (1004, 0.07)] {
            rrd.update(&Sample::new(Timestamp::from_seconds(second), [steal])).unwrap();
            changes.extend(rules.look(&catalog, second));
        }
        assert_eq!(changes.len(), 1);
        assert_eq!((&*changes[0].rule, &*changes[0].target), ("steal", "cpu.steal"));
        assert_eq!((changes[0].value, changes[0].unit), (20.0, "%"));
        assert_eq!(changes[0].transition.to, Status::Warning);
        rules.keep().unwrap();

        let mut later = watch(folder.path(), words);
        assert_eq!(later.look(&catalog, 1004), []);
        assert_eq!(later.standings()[0].status, Status::Warning);
        rrd.update(&Sample::new(Timestamp::from_seconds(1005), [0.01])).unwrap();
        assert_eq!(later.look(&catalog, 1005)[0].transition.to, Status::Ok);
    }

    #[test]
    fn a_rule_without_an_archive_has_no_data() {
        let folder = tempfile::tempdir().unwrap();
        let words = "last of cpu.steal > 10, no data warning";
        let mut rules = watch(folder.path(), words);
        let changes = rules.look(&Catalog::default(), 1000);
        assert_eq!(changes[0].transition.to, Status::Warning);
        assert!(changes[0].value.is_nan());
    }
}
