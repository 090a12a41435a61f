//! `alert test RULE`: does what is done when a rule warns.

use std::io;
use std::rc::Rc;

use thiserror::Error;

use crate::alert::action::{Outcome, act};
use crate::alert::{Direction, Notice, Status, Transition, rule_scale};
use crate::config::Config;
use crate::group::{GroupId, IdError, Target, TargetPattern};
use crate::process::child::Guard;

/// Why nothing was tried.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AlertTestError {
    /// There is no such rule.
    #[error("no rule {name:?}; there are {known}")]
    NoRule {
        /// The name.
        name: String,
        /// The names of the rules.
        known: String,
    },
    /// The rule's kind has no groups.
    #[error("the rule's value cannot be named")]
    Group(#[from] IdError),
    /// The system gives no event queue.
    #[error("cannot start")]
    Start(#[from] io::Error),
}

/// Acts as if the rule warned at `now`, in seconds since 1970, and returns the outcome of each
/// action.
///
/// # Errors
///
/// [`AlertTestError`]; nothing was done.
pub fn alert_test(config: &Config, name: &str, now: i64) -> Result<Vec<Outcome>, AlertTestError> {
    let rules = &config.alerts.rules;
    let Some(named) = rules.iter().find(|rule| rule.name == name) else {
        let known = rules.iter().map(|rule| &*rule.name).collect::<Vec<_>>().join(", ");
        return Err(AlertTestError::NoRule { name: name.to_owned(), known });
    };
    let target = match &named.rule.target {
        TargetPattern::One(target) => target.clone(),
        // As if there was one of this name.
        TargetPattern::Each { kind, metric } => {
            Target { group: GroupId::new(kind, "example")?, metric: metric.clone() }
        }
    };
    let value = named.rule.warning.or(named.rule.critical).map_or(f64::NAN, |level| {
        let beyond = if level.raise == 0.0 { 1.0 } else { level.raise.abs() / 10.0 };
        match named.rule.direction {
            Direction::Above => level.raise + beyond,
            Direction::Below => level.raise - beyond,
        }
    });
    let (from, to) = (Status::Ok, Status::Warning);
    let value_stored = value * rule_scale(&named.rule).0;
    let transition = Transition { from, from_since: now, to, at: now, value: value_stored };
    let target = TargetPattern::One(target);
    let notice = Notice { rule: named.clone(), target, value, transition };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (host, guard) = (config.host_name.as_str(), Rc::new(Guard::none()));
    Ok(runtime.block_on(act(&notice, host, &config.alerts, &guard)))
}
