//! The latest sample of every group, for the page, the endpoints and the warnings.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::time::Duration;

use rrd_core::{Step, Timestamp};

use super::{GroupId, GroupKey, Kind};

/// The latest sample of a group.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its kind.
    pub kind: Kind,
    /// Its name for people, if different from its instance.
    pub label: Option<String>,
    /// Its interval.
    pub step: Step,
    /// The time of the sample.
    pub at: Timestamp,
    /// One value per metric of the kind; NaN for unknown.
    pub values: Vec<f64>,
}

/// Steps after which a group is no longer current.
const STALE_STEPS: i64 = 5;

impl Group {
    /// Whether the sample is at most a few steps from `now`, seconds since 1970. One of the future
    /// is from before the clock was set back.
    pub fn is_current(&self, now: i64) -> bool {
        let step = i64::try_from(self.step.seconds()).unwrap_or(i64::MAX);
        let age = now.saturating_sub(self.at.seconds()).saturating_abs();
        age <= step.saturating_mul(STALE_STEPS).max(10)
    }
}

/// All groups.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    groups: BTreeMap<GroupId, Group>,
    changes: u64,
}

impl Catalog {
    /// Stores the newest values of a group. Allocates only for a new group.
    pub fn put(&mut self, at: Timestamp, step: Step, kind: &Kind, instance: &str, values: &[f64]) {
        if let Some(group) = self.groups.get_mut(&(&*kind.name, instance) as &dyn GroupKey) {
            group.at = at;
            group.step = step;
            // Kinds that are known at compile time do not change; those described by programs may.
            if matches!(kind.metrics, Cow::Owned(_)) && group.kind != *kind {
                group.kind = kind.clone();
                self.changes += 1;
            }
            group.values.clear();
            group.values.extend_from_slice(values);
            return;
        }
        let group = Group { kind: kind.clone(), label: None, step, at, values: values.to_vec() };
        self.groups.insert(GroupId::of(kind, instance), group);
        self.changes += 1;
    }

    /// Sets a group's name for people; no effect if the group does not exist.
    pub fn label(&mut self, kind: &str, instance: &str, label: &str) {
        if let Some(group) = self.groups.get_mut(&(kind, instance) as &dyn GroupKey)
            && group.label.as_deref() != Some(label)
        {
            group.label = Some(label.to_owned());
            self.changes += 1;
        }
    }

    /// How often groups came or went, or were described in another way.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// The group of this kind and instance.
    pub fn find(&self, kind: &str, instance: &str) -> Option<&Group> {
        self.groups.get(&(kind, instance) as &dyn GroupKey)
    }

    /// The groups of a kind: numbers by size, then names by alphabet.
    pub fn instances(&self, kind: &str) -> Vec<(&GroupId, &Group)> {
        let from: &dyn GroupKey = &(kind, "");
        let mut groups: Vec<(&GroupId, &Group)> = self
            .groups
            .range::<dyn GroupKey, _>((Bound::Included(from), Bound::Unbounded))
            .take_while(|(id, _)| id.kind() == kind)
            .collect();
        groups.sort_by_key(|(id, _)| id.instance().parse().unwrap_or(u64::MAX));
        groups
    }

    /// Whether there is a group of this kind.
    pub fn has(&self, kind: &str) -> bool {
        let from: &dyn GroupKey = &(kind, "");
        let mut groups =
            self.groups.range::<dyn GroupKey, _>((Bound::Included(from), Bound::Unbounded));
        groups.next().is_some_and(|(id, _)| id.kind() == kind)
    }

    /// Removes a group.
    pub fn remove(&mut self, group: &GroupId) {
        self.changes += u64::from(self.groups.remove(group).is_some());
    }

    /// Removes the groups whose newest sample is at least `age` old and not current.
    pub fn remove_unseen(&mut self, now: Timestamp, age: Duration) {
        let age = i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
        let before = self.groups.len();
        self.groups.retain(|_, group| {
            let unseen = now.seconds().saturating_sub(group.at.seconds());
            unseen < age || group.is_current(now.seconds())
        });
        self.changes += u64::from(self.groups.len() != before);
    }

    /// Every group.
    pub fn groups(&self) -> impl Iterator<Item = (&GroupId, &Group)> {
        self.groups.iter()
    }
}

#[cfg(test)]
pub(crate) mod trial {
    //! Catalogs for tests.

    use super::{Catalog, Kind, Step, Timestamp};

    /// Adds a group with equal values, sampled nine seconds after 1970.
    pub(crate) fn put(catalog: &mut Catalog, kind: &Kind, instance: &str, value: f64) {
        let values = vec![value; kind.metrics.len()];
        let (at, step) = (Timestamp::from_seconds(9), Step::from_seconds(1).unwrap());
        catalog.put(at, step, kind, instance, &values);
    }

    /// A catalog of these groups, with all values 0.5.
    pub(crate) fn catalog(groups: &[(&Kind, &str)]) -> Catalog {
        let mut catalog = Catalog::default();
        for (kind, instance) in groups {
            put(&mut catalog, kind, instance, 0.5);
        }
        catalog
    }
}

#[cfg(test)]
mod tests {
    use super::trial::put;
    use super::*;
    use crate::source::host::{CPU, LOAD};

    #[test]
    fn the_newest_values_replace_the_older_ones() {
        let mut catalog = Catalog::default();
        put(&mut catalog, &LOAD, "", 1.0);
        put(&mut catalog, &LOAD, "", 2.0);
        assert_eq!(catalog.find("load", "").unwrap().values, [2.0; 6]);
        assert_eq!(catalog.groups().count(), 1);
    }

    #[test]
    fn a_sample_is_current_for_a_few_steps_in_either_direction() {
        let catalog = super::trial::catalog(&[(&LOAD, "")]);
        let is_current = |now| catalog.find("load", "").unwrap().is_current(now);
        assert!(is_current(9) && is_current(19) && is_current(-1));
        assert!(!is_current(20) && !is_current(-2));
    }

    #[test]
    fn a_group_that_is_unseen_for_long_enough_is_removed() {
        let mut catalog = trial::catalog(&[(&CPU, "0"), (&LOAD, "")]);
        let (nine, step) = (Timestamp::from_seconds(9), Step::from_seconds(1).unwrap());
        catalog.put(nine + Duration::from_secs(1), step, &LOAD, "", &[0.5; 6]);
        let after = |seconds| nine + Duration::from_secs(seconds);
        let day = Duration::from_secs(86_400);
        catalog.remove_unseen(after(86_399), day);
        assert_eq!(catalog.groups().count(), 2);
        catalog.remove_unseen(after(86_400), day);
        assert!(catalog.find("processor", "0").is_none() && catalog.find("load", "").is_some());
        // What is still sampled stays, however short the time.
        catalog.remove_unseen(after(10), Duration::from_secs(1));
        assert!(catalog.find("load", "").is_some());
    }

    #[test]
    fn processors_are_listed_by_number() {
        let mut catalog = Catalog::default();
        for number in ["10", "2", "0"] {
            put(&mut catalog, &CPU, number, 0.0);
        }
        put(&mut catalog, &LOAD, "", 0.0);
        let processors = catalog.instances("processor");
        let listed: Vec<_> = processors.into_iter().map(|(id, _)| id.instance()).collect();
        assert_eq!(listed, ["0", "2", "10"]);
    }
}
