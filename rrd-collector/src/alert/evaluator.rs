//! Evaluates the rules: the values that each watches, and the state of each.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;

use super::condition::conditions_are_met;
use super::default_rules::default_rules;
use super::kept::{self, Kept, StateId};
use super::measure::{MeasureError, measure};
use super::notice::{AlertStatus, Notice, RuleProblem};
use super::rule::NamedRule;
use super::rule::{NoData, Rule};
use super::state::{RuleState, Status};
use super::unit::{rule_scale, window};
use crate::fault::{Faults, chain};
use crate::group::catalog::Catalog;
use crate::group::{Target, TargetPattern, old_state_name};
use crate::source::described_kinds;
use crate::store::archives::Archives;

/// All rules and their states.
#[derive(Debug)]
pub struct Evaluator {
    data: PathBuf,
    archives: Archives,
    rules: Vec<NamedRule>,
    /// The names of those that are default rules.
    unchosen: BTreeSet<String>,
    states: BTreeMap<StateId, KnownState>,
    /// States of an earlier version that no value has adopted yet.
    old: BTreeMap<String, RuleState>,
    /// Why rules have no value, by rule and value.
    problems: BTreeMap<(String, TargetPattern), RuleProblem>,
    /// The same for the log. The page shows them with the rules.
    faults: Faults,
    /// When the rules were evaluated first.
    started: Option<i64>,
}

/// For how many seconds after the start a value that has a state may not exist yet: longer than the
/// longest interval. Those of instances that are gone would add up over restarts.
const AWAITED: i64 = 2 * 3600;

/// A state, and whether its value has existed in this run.
#[derive(Clone, Copy, Debug)]
struct KnownState {
    state: RuleState,
    is_seen: bool,
    /// The number that the rule computed last, in its unit.
    value: f64,
}

impl KnownState {
    fn unseen(state: RuleState) -> Self {
        Self { state, is_seen: false, value: f64::NAN }
    }
}

/// The names of the default rules that the configuration leaves as they are.
fn unchosen(rules: &[NamedRule]) -> BTreeSet<String> {
    let defaults = default_rules();
    let as_they_are = rules.iter().filter(|rule| defaults.contains(rule));
    as_they_are.map(|rule| rule.name.clone()).collect()
}

/// The values of a pattern.
fn targets(pattern: &TargetPattern, catalog: &Catalog) -> Vec<Target> {
    match pattern {
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

/// The number of a rule. While nothing can be stored, a rule about the newest value takes it from
/// the newest sample.
fn measured(
    archives: &Archives,
    rule: &Rule,
    target: &Target,
    catalog: &Catalog,
    now: i64,
) -> Result<f64, MeasureError> {
    let measured = measure(archives, &window(rule, target), now);
    let is_known = match &measured {
        Ok(value) => !value.is_nan(),
        Err(error) => !error.is_absent(),
    };
    if is_known || !rule.over.is_zero() {
        return measured;
    }
    let group = catalog.find(target.group.kind(), target.group.instance());
    let newest = group
        .filter(|group| group.is_current(now))
        .and_then(|group| group.values.get(group.kind.position(&target.metric)?).copied());
    newest.map_or(measured, Ok)
}

impl Evaluator {
    /// The rules over these archives, with the states stored in the folder `data`.
    pub fn new(data: PathBuf, archives: Archives, rules: Vec<NamedRule>) -> Self {
        let Kept { states, old } = kept::read(&data).unwrap_or_else(|error| {
            log::warn!("{}; the states of warnings begin again", chain(&error));
            Kept::default()
        });
        let states = states.into_iter().map(|(id, state)| (id, KnownState::unseen(state)));
        let states = states.collect();
        let (problems, faults, started) = (BTreeMap::new(), Faults::default(), None);
        let unchosen = unchosen(&rules);
        Self { data, archives, rules, unchosen, states, old, problems, faults, started }
    }

    /// Replaces the rules; rules with the same name keep their state.
    pub fn replace(&mut self, rules: Vec<NamedRule>) {
        self.unchosen = unchosen(&rules);
        self.rules = rules;
    }

    /// The clock was set forward by these seconds, or back if they are negative.
    pub fn clock_was_set(&mut self, seconds: i64) {
        self.states.values_mut().for_each(|known| known.state.shift(seconds));
    }

    /// Evaluates every value once and returns the changes. If the archives are gone, nothing is
    /// known and every state stays as it is.
    pub fn evaluate(&mut self, catalog: &Catalog, now: i64) -> Vec<Notice> {
        let before = (self.states.clone(), self.old.clone());
        let (notices, problems) = self.evaluate_values(catalog, now);
        // Looked at afterwards: they may have gone at any time.
        if !self.archives.are_there() {
            (self.states, self.old) = before;
            return Vec::new();
        }
        self.report(problems);
        notices
    }

    fn evaluate_values(
        &mut self,
        catalog: &Catalog,
        now: i64,
    ) -> (Vec<Notice>, BTreeMap<(String, TargetPattern), RuleProblem>) {
        let mut notices = Vec::new();
        let mut present = BTreeSet::new();
        let mut problems = BTreeMap::new();
        for named in &self.rules {
            let NamedRule { name, rule } = named;
            let watched = targets(&rule.target, catalog);
            if watched.is_empty() && described_kinds().contains(&rule.target.kind()) {
                problems.insert((name.clone(), rule.target.clone()), RuleProblem::NoValue);
            }
            take_over(&mut self.old, &mut self.states, name, &watched);
            let (scale, _) = rule_scale(rule);
            let of_this_host = |pattern: &TargetPattern| targets(pattern, catalog);
            let is_met = || conditions_are_met(rule, &self.archives, now, of_this_host);
            for target in watched {
                let measured = measured(&self.archives, rule, &target, catalog, now);
                let value = measured.unwrap_or_else(|error| {
                    // A rule may treat missing data as OK; then a missing value is OK, too. Nobody
                    // asked for the default rules: they are about what a host happens to have.
                    let may_lack = rule.no_data == NoData::Ok || self.unchosen.contains(name);
                    let problem = match error.is_absent() {
                        true if may_lack => None,
                        true => Some(RuleProblem::NoValue),
                        false => Some(RuleProblem::Unreadable(chain(&error))),
                    };
                    let place = (name.clone(), TargetPattern::One(target.clone()));
                    problems.extend(problem.map(|problem| (place, problem)));
                    f64::NAN
                });
                let id = StateId { rule: name.clone(), target };
                let unseen = KnownState::unseen(RuleState::default());
                let known = self.states.entry(id.clone()).or_insert(unseen);
                (known.is_seen, known.value) = (true, value / scale);
                let is_clear = known.state.is_reached(rule, scale, value) && !is_met();
                let transition = if is_clear {
                    known.state.clear(rule, value, now)
                } else {
                    known.state.advance(rule, scale, value, now)
                };
                if let Some(transition) = transition {
                    let (rule, target) = (named.clone(), TargetPattern::One(id.target.clone()));
                    notices.push(Notice { rule, target, value: known.value, transition });
                }
                present.insert(id);
            }
        }
        // A value that is sampled every few minutes does not exist yet after a start.
        let is_early = now < self.started.get_or_insert(now).saturating_add(AWAITED);
        let has_rule = |id: &StateId| self.rules.iter().any(|rule| rule.name == id.rule);
        self.states.retain(|id, known| {
            present.contains(id) || (is_early && !known.is_seen && has_rule(id))
        });
        (notices, problems)
    }

    /// Logs each problem when it begins and when it ends.
    fn report(&mut self, problems: BTreeMap<(String, TargetPattern), RuleProblem>) {
        let is_looked_at = |name: &str, target: &TargetPattern| {
            let is_it = |rule: &Rule| {
                (rule.target.kind(), rule.target.metric()) == (target.kind(), target.metric())
            };
            self.rules.iter().any(|named| named.name == name && is_it(&named.rule))
        };
        let concern = |rule: &str, target: &TargetPattern| format!("rule {rule:?}: {target}");
        for ((rule, target), problem) in &problems {
            self.faults.note(&concern(rule, target), &Err::<(), _>(problem));
        }
        for (rule, target) in self.problems.keys().filter(|place| !problems.contains_key(place)) {
            if is_looked_at(rule, target) {
                self.faults.note(&concern(rule, target), &Ok::<(), RuleProblem>(()));
            } else {
                self.faults.forget(&concern(rule, target));
            }
        }
        self.faults.settle();
        self.problems = problems;
    }

    /// The state of every rule.
    pub fn alerts(&self) -> Vec<AlertStatus> {
        let problem = |rule: &str, target: &TargetPattern| {
            self.problems.get(&(rule.to_owned(), target.clone())).cloned()
        };
        let rule = |name: &str| self.rules.iter().find(|rule| rule.name == name).cloned();
        let seen = self.states.iter().filter(|(_, known)| known.is_seen);
        let states = seen.filter_map(|(id, known)| {
            let target = TargetPattern::One(id.target.clone());
            let RuleState { status, since, .. } = known.state;
            let (rule, problem) = (rule(&id.rule)?, problem(&id.rule, &target));
            Some(AlertStatus { rule, target, status, since, value: known.value, problem })
        });
        let each = |target: &TargetPattern| matches!(target, TargetPattern::Each { .. });
        let without_instance = self.problems.iter().filter(|((_, target), _)| each(target));
        let of_every_instance = without_instance.filter_map(|((name, target), problem)| {
            Some(AlertStatus {
                rule: rule(name)?,
                target: target.clone(),
                status: Status::Ok,
                since: 0,
                value: f64::NAN,
                problem: Some(problem.clone()),
            })
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
    states: &mut BTreeMap<StateId, KnownState>,
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
            states.entry(id).or_insert(KnownState::unseen(state));
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
mod tests;
