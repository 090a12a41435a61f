//! The tasks of alerts: one evaluates the rules, the other performs actions.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use crate::alert::action::act;
use crate::alert::{AlertSettings, Evaluator, NamedRule, Notice};
use crate::fault::chain;
use crate::output::live::Shared;
use crate::process::child::Guard;
use crate::schedule::clock;

/// The interval of evaluation.
const RULES_EVERY: Duration = Duration::from_secs(10);

/// A message to the task that performs actions: a change, or new settings.
pub(super) enum AlertMessage {
    Notice(Notice),
    Reload(AlertSettings),
}

/// Evaluates every rule periodically, passes on changes and stores the states.
pub(super) async fn evaluate_rules(
    mut evaluator: Evaluator,
    mut changed: UnboundedReceiver<Vec<NamedRule>>,
    shared: Arc<Shared>,
    actions: UnboundedSender<AlertMessage>,
) {
    let faults = shared.all_faults().of_task();
    let mut before = clock::now();
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
        if notices.is_empty() {
            continue;
        }
        faults.note("keeping the states of warnings", &evaluator.keep());
        for notice in notices {
            let _ = actions.send(AlertMessage::Notice(notice));
        }
    }
}

/// Performs the actions of one change after the other.
pub(super) async fn act_in_turn(
    mut messages: UnboundedReceiver<AlertMessage>,
    host: String,
    mut config: AlertSettings,
    guard: Rc<Guard>,
) {
    while let Some(message) = messages.recv().await {
        match message {
            AlertMessage::Reload(changed) => config = changed,
            AlertMessage::Notice(notice) => {
                for outcome in act(&notice, &host, &config, &guard).await {
                    if let Err(error) = outcome.result {
                        log::error!("{}: {}", notice.rule.name, chain(&error));
                    }
                }
            }
        }
    }
}
