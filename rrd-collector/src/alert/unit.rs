//! The unit of a rule: conversion to stored units, and formatting of values.

use super::measure::Window;
use super::rule::{Aggregate, Rule};
use crate::group::{Target, Unit};
use crate::source::kinds;

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

/// A value with its unit.
pub fn value_text(value: f64, unit: &str) -> String {
    if value.is_nan() {
        "no data".to_owned()
    } else if value.is_infinite() {
        "never".to_owned()
    } else {
        format!("{value:.3}{unit}")
    }
}
