//! The unit of a rule: conversion to stored units, and how its values are written.

use std::time::Duration;

use rrd_graph::{Base, Quantity};

use super::measure::Window;
use super::rule::{Aggregate, Rule};
use crate::group::{Target, Unit};
use crate::source::kinds;

/// One of a rule's unit in stored units, and the symbol of the unit: thresholds of shares are in
/// percent.
pub fn scale(kind: &str, metric: &str) -> (f64, &'static str) {
    match unit(kind, metric) {
        Some(Unit::Share) => (0.01, "%"),
        Some(unit) => (1.0, unit.symbol()),
        None => (1.0, ""),
    }
}

fn unit(kind: &str, metric: &str) -> Option<Unit> {
    let kind = kinds().find(|known| known.name == kind)?;
    Some(kind.metrics.get(kind.position(metric)?)?.unit)
}

/// The smallest number that a rule can compute; `None` if it may be negative.
pub(super) fn rule_minimum(rule: &Rule) -> Option<f64> {
    match rule.aggregate {
        Aggregate::HoursTo(_) => Some(0.0),
        Aggregate::Rise => None,
        _ => unit(rule.target.kind(), rule.target.metric())?.minimum(),
    }
}

/// The same as [`scale`] for the number that a rule computes, which may be hours.
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

/// How values of a metric are written in a rule's unit.
pub(super) fn quantity(kind: &str, metric: &str) -> Quantity<'static> {
    unit(kind, metric).unwrap_or(Unit::Any).quantity()
}

/// The same for the number that a rule computes, which may be hours.
pub fn rule_quantity(rule: &Rule) -> Quantity<'static> {
    match rule.aggregate {
        Aggregate::HoursTo(_) => Quantity::new("h", Base::Decimal),
        _ => quantity(rule.target.kind(), rule.target.metric()),
    }
}

/// A window in words, in the largest unit that divides it: `20 min`; empty for no window.
pub(super) fn span(window: Duration) -> String {
    let seconds = window.as_secs();
    let units = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];
    let fits = units.into_iter().find(|(scale, _)| seconds > 0 && seconds.is_multiple_of(*scale));
    fits.map_or_else(String::new, |(scale, unit)| format!("{} {unit}", seconds / scale))
}

/// A length of time in words, roughly: `25 min`.
pub(super) fn lasted(seconds: i64) -> String {
    let units = [(86_400, "days"), (3600, "h"), (60, "min")];
    let fits = units.into_iter().find(|(scale, _)| seconds >= 2 * scale);
    let (scale, unit) = fits.unwrap_or((1, "s"));
    format!("{} {unit}", seconds / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_in_the_unit_of_their_metric() {
        for (kind, metric, text) in [
            ("memory", "available", "1.46 KiB"),
            ("network", "rx_bytes", "1.5 kB/s"),
            ("vm", "oom_kills", "1.5 k/s"),
            ("cpu", "steal", "1500 %"),
            ("load", "tasks", "1.5 k"),
            ("munin", "outside", "1.5 k"),
        ] {
            assert_eq!(quantity(kind, metric).write(1500.0), text);
        }
    }

    #[test]
    fn windows_are_in_the_largest_unit_that_divides_them() {
        let said = [0, 1, 90, 1200, 10_800, 172_800].map(|s| span(Duration::from_secs(s)));
        assert_eq!(said, ["", "1 s", "90 s", "20 min", "3 h", "2 d"]);
        let said = [0, 119, 120, 1520, 7200, 172_800].map(lasted);
        assert_eq!(said, ["0 s", "119 s", "2 min", "25 min", "2 h", "2 days"]);
    }
}
