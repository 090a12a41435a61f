//! The tasks of alerts: one evaluates the rules, the other performs actions.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, UnboundedReceiver};
use tokio::sync::oneshot;

use super::history::KeptHistory;
use super::mail::Mailer;
use crate::alert::action::{Outcome, act};
use crate::alert::trial::{Report, trial};
use crate::alert::{AlertSettings, Evaluator, NamedRule, Notice};
use crate::fault::Faults;
use crate::output::live::Shared;
use crate::process::child::Guard;
use crate::schedule::clock;

/// The interval of evaluation.
const RULES_EVERY: Duration = Duration::from_secs(10);

/// Limit on the changes that wait for the actions of others.
pub(super) const MAX_WAITING: usize = 1000;

/// A message to the task that performs actions.
pub(super) enum AlertMessage {
    /// A change.
    Notice(Notice),
    /// A trial of the actions.
    Trial { rule: String, done: oneshot::Sender<Report> },
    /// New settings.
    Reload(AlertSettings),
}

/// What follows from a change.
pub(super) struct Consequences {
    pub(super) actions: Sender<AlertMessage>,
    pub(super) mailer: Rc<Mailer>,
    pub(super) history: Rc<KeptHistory>,
}

/// Evaluates every rule periodically, passes on changes and stores the states.
pub(super) async fn evaluate_rules(
    mut evaluator: Evaluator,
    mut changed: UnboundedReceiver<Vec<NamedRule>>,
    shared: Arc<Shared>,
    consequences: Consequences,
) {
    let Consequences { actions, mailer, history } = consequences;
    let (faults, zone) = (shared.all_faults().of_task(), TimeZone::system());
    let mut before = clock::now();
    let mut is_kept = true;
    loop {
        match tokio::time::timeout(RULES_EVERY, changed.recv()).await {
            Ok(Some(rules)) => evaluator.replace(rules),
            Ok(None) => return,
            Err(_) => {}
        }
        let now = clock::now();
        evaluator.clock_was_set(now.set_by(std::mem::replace(&mut before, now)));
        let catalog = shared.catalog().clone();
        let notices = evaluator.evaluate(&catalog, clock::unix_now());
        *shared.alerts() = evaluator.alerts();
        // The data folder may be gone for a while.
        if !notices.is_empty() || !is_kept {
            let kept = evaluator.keep();
            faults.note("keeping the states of warnings", &kept);
            is_kept = kept.is_ok();
        }
        history.add(&notices, &zone);
        for notice in notices {
            mailer.add(&notice);
            if let Err(TrySendError::Full(AlertMessage::Notice(notice))) =
                actions.try_send(AlertMessage::Notice(notice))
            {
                log::error!("too many changes wait: no action for {}", notice.line(&zone));
            }
        }
    }
}

/// Performs the actions of one change after the other. What fails is a fault of the action; the
/// change itself is in the log.
pub(super) async fn act_in_turn(
    mut messages: Receiver<AlertMessage>,
    host: String,
    mut config: AlertSettings,
    guard: Rc<Guard>,
    faults: Faults,
) {
    while let Some(message) = messages.recv().await {
        match message {
            AlertMessage::Reload(changed) => config = changed,
            AlertMessage::Trial { rule, done } => {
                // The command may be gone.
                let _ = done.send(trial(&config, &rule, &host, &guard, clock::unix_now()).await);
            }
            AlertMessage::Notice(notice) => {
                for Outcome { action, result } in act(&notice, &host, &config, &guard).await {
                    faults.note(&format!("alerts.{action}"), &result.map(drop));
                }
            }
        }
    }
}
