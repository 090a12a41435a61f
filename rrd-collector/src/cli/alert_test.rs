//! `alert test RULE`: does what is done when a rule warns.

use std::io;
use std::rc::Rc;

use thiserror::Error;

use crate::alert::action::{ActionError, act};
use crate::alert::{Notice, Status, Transition, rule_scale};
use crate::config::Config;
use crate::group::{GroupId, IdError, Target, TargetPattern};
use crate::process::child::Guard;
use crate::process::host_name;

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

/// Acts as if the rule warned at `now`, in seconds since 1970, and gives what went wrong.
///
/// # Errors
///
/// [`AlertTestError`]; nothing was done.
pub fn alert_test(
    config: &Config,
    name: &str,
    now: i64,
) -> Result<Vec<ActionError>, AlertTestError> {
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
    let (scale, unit) = rule_scale(&named.rule);
    let value = named.rule.warning.or(named.rule.critical).map_or(f64::NAN, |level| level.raise);
    let (from, to) = (Status::Ok, Status::Warning);
    let transition = Transition { from, to, at: now, value: value * scale };
    let notice = Notice { rule: name.to_owned(), target, value, unit, transition };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (host, guard) = (host_name(), Rc::new(Guard::none()));
    Ok(runtime.block_on(act(&notice, &host, &config.alerts, &guard)))
}
