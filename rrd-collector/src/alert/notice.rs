//! Reports of rules: changes of state, and the states themselves.

use std::fmt;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::finding::Finding;
use super::rule::NamedRule;
use super::state::{Status, Transition};
use crate::group::TargetPattern;

/// A change to be reported.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// The rule.
    pub rule: NamedRule,
    /// The value it watches.
    pub target: TargetPattern,
    /// The number that it computed, in its unit; see [`Finding::value`].
    pub value: f64,
    /// The change.
    pub transition: Transition,
}

/// The state of one rule for one value.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertStatus {
    /// The rule.
    pub rule: NamedRule,
    /// The value it watches; with `*` as instance only if there is no instance yet.
    pub target: TargetPattern,
    /// Its state.
    pub status: Status,
    /// Since when, seconds since 1970; 0 before there is a value.
    pub since: i64,
    /// The number that it computed last, in its unit; see [`Finding::value`].
    pub value: f64,
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

impl std::error::Error for RuleProblem {}

impl fmt::Display for RuleProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoValue => f.write_str("no such value yet"),
            Self::Unreadable(why) => f.write_str(why),
        }
    }
}

impl AlertStatus {
    /// What the rule says about the value.
    pub fn finding(&self) -> Finding<'_> {
        let Self { rule, target, status, since, value, .. } = self;
        Finding { rule, target, status: *status, since: *since, value: *value }
    }

    /// The state as JSON at `now`, in seconds since 1970. The instance is `null` while a rule for
    /// all instances has none.
    pub fn json(&self, now: i64, zone: &TimeZone) -> Value {
        let mut fields = self.finding().fields(now, zone);
        fields.push(("status", json!(self.status)));
        fields.push(("problem", json!(self.problem.as_ref().map(ToString::to_string))));
        object(fields)
    }
}

impl Notice {
    /// What the rule says about the value after the change.
    pub fn finding(&self) -> Finding<'_> {
        let Self { rule, target, value, transition } = self;
        Finding { rule, target, status: transition.to, since: transition.at, value: *value }
    }

    /// The notice as JSON, for a program's standard input and the body of a webhook.
    pub fn json(&self, host: &str, zone: &TimeZone) -> String {
        object(self.fields(host, zone)).to_string()
    }

    /// The notice as environment variables for a program: the same fields. What is `null` in JSON
    /// is empty.
    pub fn environment(&self, host: &str, zone: &TimeZone) -> Vec<(String, String)> {
        let variable = |(name, value): (&str, Value)| {
            let text = match value {
                Value::Null => String::new(),
                Value::String(text) => text,
                // Without the point of a whole number.
                value => {
                    value.as_f64().map_or_else(|| value.to_string(), |number| number.to_string())
                }
            };
            (format!("RRD_{}", name.to_ascii_uppercase()), text)
        };
        self.fields(host, zone).into_iter().map(variable).collect()
    }

    /// The change in a line of text.
    pub fn line(&self, zone: &TimeZone) -> String {
        let Self { rule, target, transition, .. } = self;
        let says = self.finding().predicate(transition.at, zone);
        format!("{} is {}, was {}: {target} {says}", rule.name, transition.to, transition.from)
    }

    fn fields(&self, host: &str, zone: &TimeZone) -> Vec<(&'static str, Value)> {
        let Transition { from, from_since, to, at, .. } = self.transition;
        let mut fields = self.finding().fields(at, zone);
        fields.extend([
            ("host", json!(host)),
            ("from", json!(from)),
            ("from_since", json!(from_since)),
            ("to", json!(to)),
            ("at", json!(at)),
        ]);
        fields
    }
}

fn object(fields: Vec<(&'static str, Value)>) -> Value {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::rule::Rule;
    use super::*;

    fn notice(when: &str, value: f64) -> Notice {
        let rule = NamedRule { name: "full".to_owned(), rule: Rule::parse(when).unwrap() };
        let (from, from_since) = (Status::Ok, 1_799_999_000);
        let transition =
            Transition { from, from_since, to: Status::Warning, at: 1_800_000_000, value: 0.125 };
        Notice { target: rule.rule.target.clone(), rule, value, transition }
    }

    #[test]
    fn a_line_says_what_changed_and_why() {
        let full = "last of filesystem:\"/my disk\".used_share > 10";
        assert_eq!(
            notice(full, 12.5).line(&TimeZone::UTC),
            "full is warning, was ok: filesystem:\"/my disk\".used_share is 12.5 % (warning above 10 %) \
             since 08:00"
        );
        assert_eq!(
            notice(full, f64::NAN).line(&TimeZone::UTC),
            "full is warning, was ok: filesystem:\"/my disk\".used_share has no data (warning above 10 %) \
             since 08:00"
        );
    }

    #[test]
    fn variables_are_the_fields_of_the_json_and_numbers_that_are_not_known_are_empty() {
        let words = "hours to 0 over 3h of vm.free < 8, critical < 1.5";
        let environment = notice(words, f64::INFINITY).environment("web1", &TimeZone::UTC);
        let shown: Vec<String> =
            environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(
            shown,
            [
                "RRD_RULE=full",
                "RRD_TARGET=vm.free",
                "RRD_KIND=vm",
                "RRD_INSTANCE=",
                "RRD_METRIC=free",
                "RRD_VALUE=",
                "RRD_UNIT=h",
                "RRD_THRESHOLD=8",
                "RRD_DIRECTION=below",
                "RRD_AGGREGATE=hours_to",
                "RRD_WINDOW=10800",
                "RRD_SINCE=1800000000",
                "RRD_SUMMARY=vm.free does not approach 0, by the last 3 h (warning below 8 h) since 08:00",
                "RRD_HOST=web1",
                "RRD_FROM=ok",
                "RRD_FROM_SINCE=1799999000",
                "RRD_TO=warning",
                "RRD_AT=1800000000",
            ]
        );
    }

    #[test]
    fn every_variable_is_documented() {
        let documents =
            [include_str!("../../README.md"), include_str!("../../debian/rrd-collector.toml")];
        let environment = notice("last of load.tasks > 1", 2.0).environment("web1", &TimeZone::UTC);
        let expected: std::collections::BTreeSet<&str> =
            environment.iter().map(|(name, _)| &**name).collect();
        for text in documents {
            let is_part = |c: char| c.is_ascii_uppercase() || c == '_';
            let words = text.split(|c| !is_part(c)).filter(|word| word.starts_with("RRD_"));
            assert_eq!(words.collect::<std::collections::BTreeSet<_>>(), expected);
        }
    }
}
