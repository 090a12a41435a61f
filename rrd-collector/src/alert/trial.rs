//! `alert test RULE`: does what is done when a rule warns, and reports the outcome of each action.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use jiff::tz::TimeZone;

use super::action::{ActionError, Outcome, act};
use super::mail::Letter;
use super::notice::Notice;
use super::rule::{Direction, NamedRule};
use super::settings::AlertSettings;
use super::state::{Status, Transition};
use super::unit::rule_scale;
use crate::group::{GroupId, Target, TargetPattern};
use crate::process::child::Guard;

/// The socket in a data folder, at which its daemon does a trial for root and its own user.
pub fn socket(data: &Path) -> PathBuf {
    data.join("control.sock")
}

/// What came of a trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The exit code: 0 if all actions succeeded, 1 if any failed, 2 if there is no such rule.
    pub code: u8,
    /// A line for each action.
    pub text: String,
}

impl Report {
    /// The report as it is sent from the daemon to the command.
    pub fn to_wire(&self) -> String {
        format!("{}\n{}", self.code, self.text)
    }

    /// The report in such a text.
    pub fn from_wire(text: &str) -> Option<Self> {
        let (code, text) = text.split_once('\n')?;
        Some(Self { code: code.parse().ok()?, text: text.to_owned() })
    }
}

/// Acts as if the rule of this name warned at `now`, in seconds since 1970. Mails are sent at once
/// and not queued.
pub async fn trial(
    settings: &AlertSettings,
    name: &str,
    host: &str,
    guard: &Rc<Guard>,
    now: i64,
) -> Report {
    let rules = &settings.rules;
    let Some(rule) = rules.iter().find(|rule| rule.name == name) else {
        let known = rules.iter().map(|rule| &*rule.name).collect::<Vec<_>>().join(", ");
        let text = format!("no rule {name:?}; there are {known}\n");
        return Report { code: 2, text };
    };
    let notice = notice(rule, now);
    let mut outcomes = act(&notice, host, settings, guard).await;
    let letter = Letter::about(&notice, host, &TimeZone::system()).of_trial();
    for account in &settings.mail {
        for to in &account.to {
            let sent = account.deliver(to, &letter, host).await;
            let server = account.server.address();
            let result = sent.map(|said| format!("accepted by {server}: {said}"));
            let result = result.map_err(|source| ActionError::Mail { server, source });
            outcomes.push(Outcome { action: format!("mail to {}", to.email), result });
        }
    }
    let failed = outcomes.iter().any(|outcome| outcome.result.is_err());
    let text = outcomes.iter().map(|outcome| outcome.line() + "\n").collect();
    Report { code: u8::from(failed), text }
}

/// The change that a trial reports: to a value a little beyond the threshold.
fn notice(rule: &NamedRule, now: i64) -> Notice {
    let target = match &rule.rule.target {
        TargetPattern::Each { kind, metric } => match GroupId::new(kind, "example") {
            // As if there was one of this name.
            Ok(group) => TargetPattern::One(Target { group, metric: metric.clone() }),
            Err(_) => rule.rule.target.clone(),
        },
        one @ TargetPattern::One(_) => one.clone(),
    };
    let value = rule.rule.warning.or(rule.rule.critical).map_or(f64::NAN, |level| {
        let beyond = if level.raise == 0.0 { 1.0 } else { level.raise.abs() / 10.0 };
        match rule.rule.direction {
            Direction::Above => level.raise + beyond,
            Direction::Below => level.raise - beyond,
        }
    });
    let (from, to) = (Status::Ok, Status::Warning);
    let stored = value * rule_scale(&rule.rule).0;
    let transition = Transition { from, from_since: now, to, at: now, value: stored };
    Notice { rule: rule.clone(), target, value, transition }
}
