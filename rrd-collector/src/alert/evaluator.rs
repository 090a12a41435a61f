//! Evaluates the rules: the values that each watches, and the state of each.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::path::PathBuf;

use super::kept::{self, Kept, StateId};
use super::measure::{Window, measure};
use super::rule::{Aggregate, NoData, Rule};
use super::settings::NamedRule;
use super::state::{RuleState, Status, Transition};
use crate::fault::chain;
use crate::group::Unit;
use crate::group::catalog::Catalog;
use crate::group::{Target, TargetPattern, old_state_name};
use crate::source::{described_kinds, kinds};
use crate::store::archives::Archives;

/// All rules and their states.
#[derive(Debug)]
pub struct Watch {
    data: PathBuf,
    archives: Archives,
    rules: Vec<NamedRule>,
    states: BTreeMap<StateId, Known>,
    /// States of an earlier version that no value has adopted yet.
    old: BTreeMap<String, RuleState>,
    /// Why rules have no value, by rule and value.
    problems: BTreeMap<(String, TargetPattern), RuleProblem>,
}

/// A state, and whether its value has existed in this run.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    state: RuleState,
    is_seen: bool,
}

/// A change to be reported.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// The name of the rule.
    pub rule: String,
    /// The value it watches.
    pub target: Target,
    /// The value in the rule's unit: percent for shares; infinite for hours if the bound is not
    /// approached.
    pub value: f64,
    /// The unit.
    pub unit: &'static str,
    /// The change.
    pub transition: Transition,
}

/// The state of one rule for one value.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The name of the rule.
    pub rule: String,
    /// The value it watches; with `*` as instance only if there is no instance yet.
    pub target: TargetPattern,
    /// Its state.
    pub status: Status,
    /// Since when, seconds since 1970; 0 before there is a value.
    pub since: i64,
    /// Why there is no value to watch.
    pub problem: Option<RuleProblem>,
}

/// Why a rule has no value, apart from unknown recent values.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuleProblem {
    /// It has never been measured.
    NoValue,
    /// It cannot be read, and why.
    Unreadable(String),
}

impl fmt::Display for RuleProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoValue => f.write_str("no such value yet"),
            Self::Unreadable(why) => f.write_str(why),
        }
    }
}

/// One of a rule's unit in stored units, and the symbol of the unit: thresholds of shares are in
/// percent.
pub fn scale(kind: &str, metric: &str) -> (f64, &'static str) {
    let kind = kinds().find(|known| known.name == kind);
    let unit = kind.and_then(|kind| Some(kind.metrics.get(kind.position(metric)?)?.unit));
    match unit {
        Some(Unit::Share) => (0.01, "%"),
        Some(unit) => (1.0, unit.symbol()),
        None => (1.0, ""),
    }
}

/// The same for the number that a rule computes, which may be hours.
pub fn rule_scale(rule: &Rule) -> (f64, &'static str) {
    match rule.aggregate {
        Aggregate::HoursTo(_) => (1.0, "h"),
        _ => scale(rule.target.kind(), rule.target.metric()),
    }
}

/// The value of a rule for one target.
pub fn window<'a>(rule: &Rule, target: &'a Target) -> Window<'a> {
    let aggregate = match rule.aggregate {
        Aggregate::HoursTo(bound) => {
            Aggregate::HoursTo(bound * scale(target.group.kind(), &target.metric).0)
        }
        aggregate => aggregate,
    };
    Window { target, aggregate, over: rule.over }
}

/// The values that a rule watches.
fn targets(rule: &Rule, catalog: &Catalog) -> Vec<Target> {
    match &rule.target {
        TargetPattern::One(target) => vec![target.clone()],
        // Groups described by programs have different metrics.
        TargetPattern::Each { kind, metric } => catalog
            .instances(kind)
            .into_iter()
            .filter(|(_, group)| group.kind.position(metric).is_some())
            .map(|(id, _)| Target { group: id.clone(), metric: metric.clone() })
            .collect(),
    }
}

impl Watch {
    /// The rules over these archives, with the states stored in the folder `data`.
    pub fn new(data: PathBuf, archives: Archives, rules: Vec<NamedRule>) -> Self {
        let Kept { states, old } = kept::read(&data).unwrap_or_else(|error| {
            log::warn!("{}; the states of warnings begin again", chain(&error));
            Kept::default()
        });
        let unseen = |(id, state)| (id, Known { state, is_seen: false });
        let states = states.into_iter().map(unseen).collect();
        Self { data, archives, rules, states, old, problems: BTreeMap::new() }
    }

    /// Replaces the rules; rules with the same name keep their state.
    pub fn replace(&mut self, rules: Vec<NamedRule>) {
        self.rules = rules;
    }

    /// Evaluates every value once and returns the changes.
    pub fn look(&mut self, catalog: &Catalog, now: i64) -> Vec<Notice> {
        let mut notices = Vec::new();
        let mut present = BTreeSet::new();
        let mut problems = BTreeMap::new();
        for NamedRule { name, rule } in &self.rules {
            let targets = targets(rule, catalog);
            if targets.is_empty() && described_kinds().contains(&rule.target.kind()) {
                problems.insert((name.clone(), rule.target.clone()), RuleProblem::NoValue);
            }
            take_over(&mut self.old, &mut self.states, name, &targets);
            let (scale, unit) = rule_scale(rule);
            for target in targets {
                let measured = measure(&self.archives, &window(rule, &target), now);
                let value = measured.unwrap_or_else(|error| {
                    // A rule may treat missing data as OK; then a missing value is OK, too.
                    let problem = match error.is_absent() {
                        true if rule.no_data == NoData::Ok => None,
                        true => Some(RuleProblem::NoValue),
                        false => Some(RuleProblem::Unreadable(chain(&error))),
                    };
                    let place = (name.clone(), TargetPattern::One(target.clone()));
                    problems.extend(problem.map(|problem| (place, problem)));
                    f64::NAN
                });
                let id = StateId { rule: name.clone(), target };
                let known = self.states.entry(id.clone()).or_default();
                known.is_seen = true;
                if let Some(transition) = known.state.advance(rule, scale, value, now) {
                    let (StateId { rule, target }, value) = (id.clone(), value / scale);
                    notices.push(Notice { rule, target, value, unit, transition });
                }
                present.insert(id);
            }
        }
        // A value that is sampled every few minutes does not exist yet after a start.
        let has_rule = |id: &StateId| self.rules.iter().any(|rule| rule.name == id.rule);
        self.states.retain(|id, known| present.contains(id) || (!known.is_seen && has_rule(id)));
        self.report(problems);
        notices
    }

    /// Logs each problem when it begins and when it ends.
    fn report(&mut self, problems: BTreeMap<(String, TargetPattern), RuleProblem>) {
        for (place, problem) in &problems {
            if self.problems.get(place) != Some(problem) {
                let (rule, target) = place;
                log::warn!("rule {rule:?}: {target}: {problem} (reported once)");
            }
        }
        let is_looked_at = |name: &str, target: &TargetPattern| {
            let is_it = |rule: &Rule| {
                (rule.target.kind(), rule.target.metric()) == (target.kind(), target.metric())
            };
            self.rules.iter().any(|named| named.name == name && is_it(&named.rule))
        };
        for (rule, target) in self.problems.keys().filter(|place| !problems.contains_key(place)) {
            if is_looked_at(rule, target) {
                log::info!("rule {rule:?}: {target}: there is a value now");
            }
        }
        self.problems = problems;
    }

    /// The state of every rule.
    pub fn standings(&self) -> Vec<Standing> {
        let problem = |rule: &str, target: &TargetPattern| {
            self.problems.get(&(rule.to_owned(), target.clone())).cloned()
        };
        let states = self.states.iter().filter(|(_, known)| known.is_seen).map(|(id, known)| {
            let target = TargetPattern::One(id.target.clone());
            let RuleState { status, since, .. } = known.state;
            let problem = problem(&id.rule, &target);
            Standing { rule: id.rule.clone(), target, status, since, problem }
        });
        let of_every_instance = self.problems.iter().filter_map(|((rule, target), problem)| {
            let (rule, problem) = (rule.clone(), Some(problem.clone()));
            let standing =
                Standing { rule, target: target.clone(), status: Status::Ok, since: 0, problem };
            matches!(target, TargetPattern::Each { .. }).then_some(standing)
        });
        states.chain(of_every_instance).collect()
    }

    /// Writes the states for the next start.
    ///
    /// # Errors
    ///
    /// The system's error.
    pub fn keep(&self) -> io::Result<()> {
        kept::write(&self.data, self.states.iter().map(|(id, known)| (id, known.state)))
    }
}

/// Assigns states of an earlier version to values, where they are unambiguous.
fn take_over(
    old: &mut BTreeMap<String, RuleState>,
    states: &mut BTreeMap<StateId, Known>,
    rule: &str,
    targets: &[Target],
) {
    if old.is_empty() {
        return;
    }
    let mut claims: BTreeMap<String, Vec<&Target>> = BTreeMap::new();
    for target in targets {
        claims.entry(old_state_name(rule, target)).or_default().push(target);
    }
    for (name, targets) in claims {
        let Some(state) = old.remove(&name) else { continue };
        if let [target] = *targets {
            let id = StateId { rule: rule.to_owned(), target: target.clone() };
            states.entry(id).or_insert(Known { state, is_seen: false });
        } else {
            let targets: Vec<String> = targets.iter().map(ToString::to_string).collect();
            log::warn!(
                "rule {rule:?}: the states of {} begin again: an earlier version kept one for all",
                targets.join(" and ")
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use rrd_core::{Heartbeat, Rrd, Sample, Schema, Step, Timestamp};

    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::group::GroupId;
    use crate::source::textfile::TEXTFILE;

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
        assert_eq!((&*changes[0].rule, &*changes[0].target.to_string()), ("steal", "cpu.steal"));
        assert_eq!((changes[0].value, changes[0].unit), (20.0, "%"));
        assert_eq!(changes[0].transition.to, Status::Warning);
        rules.keep().unwrap();

        let mut later = watch(folder.path(), words);
        assert_eq!(later.look(&catalog, 1004), []);
        assert_eq!(later.standings()[0].status, Status::Warning);
        rrd.update(&Sample::new(Timestamp::from_seconds(1005), [0.01])).unwrap();
        assert_eq!(later.look(&catalog, 1005)[0].transition.to, Status::Ok);
    }

    /// Series of text files with one value each, in their files and in a catalog, at this second.
    fn series(folder: &Path, values: &[(&str, f64)], second: i64) -> Catalog {
        let step = Step::from_seconds(1).unwrap();
        let mut catalog = Catalog::default();
        for (instance, value) in values {
            let at = Timestamp::from_seconds(second);
            catalog.put(at, step, &TEXTFILE, instance, &[*value]);
            let path = folder.join(GroupId::of(&TEXTFILE, instance).file_name());
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let mut rrd = Rrd::open(&path).unwrap_or_else(|_| {
                let schema = Schema::builder(step).gauge("value", Heartbeat::from_seconds(50));
                let schema = schema.average(0.5, 1, 100).build().unwrap();
                Rrd::create(&path, &schema, Timestamp::from_seconds(second - 10)).unwrap()
            });
            rrd.update(&Sample::new(at, [*value])).unwrap();
        }
        catalog
    }

    const TWO: [(&str, f64); 2] = [("q{job=a b}", 20.0), ("q{job=a_b}", 1.0)];

    #[test]
    fn an_instance_with_a_space_and_one_with_an_underscore_have_states_of_their_own() {
        for (words, first) in [
            ("last of textfile:*.value > 10, for 15s", 1020),
            ("last of textfile:*.value > 10", 1000),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let mut watch = watch(folder.path(), words);
            let mut changes = Vec::new();
            for second in (1000..1100).step_by(10) {
                let catalog = series(folder.path(), &TWO, second);
                changes.extend(watch.look(&catalog, second));
            }
            assert_eq!(changes.len(), 1, "{changes:?}");
            assert_eq!(changes[0].target.to_string(), r#"textfile:"q{job=a b}".value"#);
            assert_eq!((changes[0].transition.at, changes[0].value), (first, 20.0));
        }
    }

    #[test]
    fn an_instance_with_a_space_can_be_named_in_a_rule() {
        let folder = tempfile::tempdir().unwrap();
        let words = r#"last of textfile:"q{job=\"a b\"}".value > 10"#;
        let mut watch = watch(folder.path(), words);
        let changes = watch.look(&series(folder.path(), &TWO, 1000), 1000);
        assert_eq!((changes.len(), changes[0].value), (1, 20.0));
    }

    #[test]
    fn a_value_that_comes_rarely_keeps_its_state_over_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let words = "last of textfile:*.value > 10";
        let catalog = series(folder.path(), &TWO, 1000);
        let mut before = watch(folder.path(), words);
        assert_eq!(before.look(&catalog, 1000).len(), 1);
        before.keep().unwrap();
        let mut after = watch(folder.path(), words);
        assert_eq!(after.look(&Catalog::default(), 1001), []);
        assert_eq!(after.standings(), []);
        after.keep().unwrap();
        assert_eq!(after.look(&catalog, 1002), []);
        assert_eq!(after.standings()[0].status, Status::Warning);
        // A value that disappears is removed.
        after.look(&Catalog::default(), 1003);
        assert_eq!(after.standings(), []);
    }

    #[test]
    fn states_of_an_earlier_version_are_taken_over_where_one_value_can_have_had_them() {
        let folder = tempfile::tempdir().unwrap();
        let old = |name: &str| {
            let state = r#"{"status": "warning", "since": 900, "pending": null}"#;
            let text = format!("{{\"steal textfile:{name}.value\": {state}}}");
            fs::write(folder.path().join("alerts.json"), text).unwrap();
            watch(folder.path(), "last of textfile:*.value > 10")
        };
        let both = series(folder.path(), &TWO, 1000);
        let one = series(folder.path(), &[("q{x=\"1,2\"}", 20.0)], 1000);
        let mut unambiguous = old("q{x=1,2}");
        assert_eq!(unambiguous.look(&one, 1000), []);
        assert_eq!(unambiguous.standings()[0].since, 900);
        // Two values may have shared it: both start again.
        assert_eq!(old("q{job=a_b}").look(&both, 1000).len(), 1);
    }

    #[test]
    fn a_value_that_nobody_has_measured_is_no_such_value_yet_until_it_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let problems = |watch: &Watch| -> Vec<(String, Option<String>)> {
            let problem = |standing: Standing| {
                (standing.target.to_string(), standing.problem.map(|problem| problem.to_string()))
            };
            watch.standings().into_iter().map(problem).collect()
        };
        let missing =
            |target: &str| vec![(target.to_owned(), Some("no such value yet".to_owned()))];
        let mut one = watch(folder.path(), "last of textfile:x.value > 10");
        assert_eq!(one.look(&Catalog::default(), 1000), []);
        assert_eq!(problems(&one), missing("textfile:x.value"));
        one.look(&series(folder.path(), &[("x", 1.0)], 1000), 1000);
        assert_eq!(problems(&one), [("textfile:x.value".to_owned(), None)]);
        // The kinds of programs have the metrics that the programs describe.
        let mut each = watch(folder.path(), "last of munin:*.root > 10");
        each.look(&Catalog::default(), 1000);
        assert_eq!(problems(&each), missing("munin:*.root"));
        // A host without a disk is OK, and so is missing data if the rule says so.
        let mut none = watch(folder.path(), "last of disk:*.util > 10");
        none.look(&Catalog::default(), 1000);
        assert_eq!(problems(&none), []);
        let mut silent = watch(folder.path(), "last of clock.since_sync > 10, no data ok");
        silent.look(&Catalog::default(), 1000);
        assert_eq!(problems(&silent), [("clock.since_sync".to_owned(), None)]);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_a_problem_of_the_rule_and_not_only_no_data() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("cpu.rrd"), "no database").unwrap();
        let mut watch = watch(folder.path(), "last of cpu.steal > 10");
        assert_eq!(watch.look(&Catalog::default(), 1000), []);
        let problem = watch.standings()[0].problem.clone();
        assert!(matches!(problem, Some(RuleProblem::Unreadable(_))), "{problem:?}");
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
