//! Reports of rules: changes of state, and the states themselves.

use std::fmt;

use super::state::{Status, Transition};
use super::unit::value_text;
use crate::group::{Target, TargetPattern};

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
pub struct AlertStatus {
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

impl Notice {
    /// The notice as JSON, for a program's standard input and the body of a webhook.
    pub fn json(&self, host: &str) -> String {
        let Self { rule, target, value, unit, transition } = self;
        serde_json::json!({
            "host": host,
            "rule": rule,
            "target": target.to_string(),
            "kind": target.group.kind(),
            "instance": target.group.instance(),
            "metric": target.metric,
            "from": transition.from.name(),
            "to": transition.to.name(),
            "at": transition.at,
            "value": value.is_finite().then_some(value),
            "unit": unit,
        })
        .to_string()
    }

    /// The notice as environment variables for a program.
    pub fn environment(&self, host: &str) -> Vec<(String, String)> {
        let Self { rule, target, value, unit, transition } = self;
        [
            ("RRD_HOST", host.to_owned()),
            ("RRD_RULE", rule.clone()),
            ("RRD_TARGET", target.to_string()),
            ("RRD_KIND", target.group.kind().to_owned()),
            ("RRD_INSTANCE", target.group.instance().to_owned()),
            ("RRD_METRIC", target.metric.clone()),
            ("RRD_FROM", transition.from.name().to_owned()),
            ("RRD_TO", transition.to.name().to_owned()),
            ("RRD_AT", transition.at.to_string()),
            ("RRD_VALUE", value.to_string()),
            ("RRD_UNIT", (*unit).to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }
}

/// A line of text.
impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, target, value, unit, transition: Transition { from, to, .. } } = self;
        let value = value_text(*value, format!(" {unit}").trim_end());
        write!(f, "{rule}: {target} is {to}, was {from}: {value}")
    }
}
