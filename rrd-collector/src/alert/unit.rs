//! The unit of a rule: conversion to stored units, and formatting of values.

use std::time::Duration;

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

/// A value with its unit, in four digits: `12.35 %`.
pub fn amount(value: f64, unit: &str) -> String {
    match unit {
        "" => number(value),
        "1/s" => format!("{}/s", number(value)),
        "bytes" => bytes(value),
        "bytes/s" => format!("{}/s", bytes(value)),
        unit => format!("{} {unit}", number(value)),
    }
}

fn number(value: f64) -> String {
    if value.abs() >= 1000.0 {
        return format!("{value:.0}");
    }
    let rounded: f64 = format!("{value:.3e}").parse().unwrap_or(value);
    rounded.to_string()
}

/// Bytes in the unit that leaves one to three digits before the point.
pub fn bytes(amount: f64) -> String {
    let mut rest = amount;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if rest.abs() < 1000.0 {
            let digits = usize::from(unit != "B" && rest.abs() < 99.95);
            return format!("{rest:.digits$} {unit}");
        }
        rest /= 1024.0;
    }
    format!("{rest:.1} TiB")
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
    fn amounts_are_shown_in_few_digits_with_their_unit() {
        let said = [0.0, 999.0, 1000.0, 150_000.0, 5e9, 3e13, -5e9].map(bytes);
        assert_eq!(said, ["0 B", "999 B", "1.0 KiB", "146 KiB", "4.7 GiB", "27.3 TiB", "-4.7 GiB"]);
        let said = [0.0, 10.0, 12.345_67, 0.012_345_67, 999.96, 123_456.7, -0.25].map(number);
        assert_eq!(said, ["0", "10", "12.35", "0.01235", "1000", "123457", "-0.25"]);
        assert_eq!(amount(2.5, "bytes/s"), "2 B/s");
        assert_eq!(amount(2.5, "1/s"), "2.5/s");
        assert_eq!(amount(2.5, "%"), "2.5 %");
    }

    #[test]
    fn windows_are_in_the_largest_unit_that_divides_them() {
        let said = [0, 1, 90, 1200, 10_800, 172_800].map(|s| span(Duration::from_secs(s)));
        assert_eq!(said, ["", "1 s", "90 s", "20 min", "3 h", "2 d"]);
        let said = [0, 119, 120, 1520, 7200, 172_800].map(lasted);
        assert_eq!(said, ["0 s", "119 s", "2 min", "25 min", "2 h", "2 days"]);
    }
}
