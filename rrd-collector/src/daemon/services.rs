//! What runs besides the sampling thread: the page, the tasks of inputs and of alerts, and their
//! changes at a reload.

use std::cell::RefCell;
use std::error::Error;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use tokio::sync::mpsc::{UnboundedSender, channel, unbounded_channel};
use tokio::task::spawn_local;

use super::alerts::{AlertMessage, Consequences, MAX_WAITING, act_in_turn, evaluate_rules};
use super::control::answer_commands;
use super::history::KeptHistory;
use super::inputs::RunningInputs;
use super::mail::Mailer;
use super::sampling::SamplerCommand;
use super::slow::SlowProbes;
use super::world::World;
use crate::alert::{Evaluator, NamedRule};
use crate::config::Config;
use crate::fault::chain;
use crate::output::remote::read::ForeignFiles;
use crate::output::remote::write::RemoteWrites;
use crate::output::web::{Access, Listeners, Site};
use crate::process::child::Guard;
use crate::schedule::clock;
use crate::source::clock::Confirmations;
use crate::source::input::Context;
use crate::source::textfile;

/// The page and all tasks.
pub(super) struct Services {
    site: Arc<Site>,
    listeners: Listeners,
    inputs: RunningInputs,
    sampler: Sender<SamplerCommand>,
    rules: UnboundedSender<Vec<NamedRule>>,
    actions: tokio::sync::mpsc::Sender<AlertMessage>,
    mailer: Rc<Mailer>,
    history: Rc<KeptHistory>,
    remote_writes: RemoteWrites,
    /// The configuration at the start.
    started: Config,
    /// The configuration now.
    current: Rc<RefCell<Config>>,
}

impl Services {
    /// Starts the tasks; the page is already being served.
    pub(super) fn start(
        config: &Config,
        site: Arc<Site>,
        listeners: Listeners,
        sampler: Sender<SamplerCommand>,
        guard: &Rc<Guard>,
        confirmations: Confirmations,
        mut remote_writes: RemoteWrites,
    ) -> Self {
        let (actions, messages) = channel(MAX_WAITING);
        let alerts = config.alerts.clone();
        let faults = site.shared.all_faults().of_task();
        spawn_local(act_in_turn(messages, site.host.clone(), alerts, guard.clone(), faults));
        let (rules, changed) = unbounded_channel();
        let evaluator =
            Evaluator::new(config.data.clone(), site.archives.clone(), config.alerts.rules.clone());
        let (mail, host) = (config.alerts.mail.clone(), site.host.clone());
        let mailer = Rc::new(Mailer::new(&config.data, mail, host, site.shared.clone()));
        spawn_local(mailer.clone().run());
        let shared = site.shared.clone();
        let (files, now) = (&config.host.files, clock::unix_now());
        let history = KeptHistory::begin(&config.data, shared.clone(), files, now);
        let history = Rc::new(history);
        let consequences = Consequences {
            actions: actions.clone(),
            mailer: mailer.clone(),
            history: history.clone(),
        };
        spawn_local(evaluate_rules(evaluator, changed, shared, consequences));
        let current = Rc::new(RefCell::new(config.clone()));
        let (data, asked) = (config.data.clone(), current.clone());
        spawn_local(answer_commands(data, asked, actions.clone(), site.shared.clone()));
        let context = Context::new(
            Rc::new(sampler.clone()),
            guard.clone(),
            site.host.clone(),
            config.data.clone(),
            site.shared.all_faults().clone(),
        );
        // The task that asks the time service notes them here.
        context.shared(|| confirmations);
        let mut inputs = RunningInputs::new(context);
        inputs.apply(&config.inputs);
        site.node.set_text_files(textfile::configured(&config.inputs));
        remote_writes.apply(&config.remote_write);
        let started = config.clone();
        Self {
            site,
            listeners,
            inputs,
            sampler,
            rules,
            actions,
            mailer,
            history,
            remote_writes,
            started,
            current,
        }
    }

    /// Notes that the collector stops, and lets other hosts have the last samples.
    pub(super) fn end(&mut self) {
        self.history.end(clock::unix_now());
        self.remote_writes.stop();
    }

    /// Tries again to serve the page where it should be.
    pub(super) async fn retry_page(&mut self) {
        let before = self.listeners.addresses();
        self.listeners.retry(false).await;
        self.log_addresses(&before);
    }

    fn log_addresses(&self, before: &[String]) {
        let addresses = self.listeners.addresses();
        if addresses != before {
            log::info!("serving the page at {}", addresses.join(", "));
        }
    }

    /// Applies the new configuration; keeps the old one if the new one is not valid.
    pub(super) async fn reload(&mut self, world: &World<'_>, slow: &SlowProbes) {
        let keep_old = |error: &dyn Error| {
            log::error!("the configuration was not reloaded: {}", chain(error));
        };
        let config = match (world.reload)() {
            Ok(config) => config,
            Err(errors) => return errors.iter().for_each(|error| keep_old(error)),
        };
        let before = self.listeners.addresses();
        self.listeners.retry(true).await;
        let bound = match self.listeners.change(&config.listen).await {
            Ok(bound) => bound,
            Err(error) => return keep_old(&error),
        };
        // Access changes when the old listeners are closed, and before the new ones are served.
        self.site.replace_access(Access::new(config.identity.clone(), config.credentials.clone()));
        let trees = ForeignFiles::of(&config.trees, self.site.shared.all_faults());
        self.site.remote_read.change(config.remote_read, trees);
        self.listeners.serve(bound);
        if let Some(warning) = config.exposure_warning() {
            log::warn!("{warning}");
        }
        self.log_addresses(&before);
        self.inputs.apply(&config.inputs);
        self.site.node.set_text_files(textfile::configured(&config.inputs));
        // Tasks and thread live as long as this process.
        let _ = self.rules.send(config.alerts.rules.clone());
        let _ = self.actions.send(AlertMessage::Reload(config.alerts.clone())).await;
        self.mailer.reload(config.alerts.mail.clone());
        self.remote_writes.apply(&config.remote_write);
        let changed = self.started.needs_restart(&config);
        if !changed.is_empty() {
            log::warn!("a restart is needed to apply the changes of {}", changed.join(", "));
        }
        slow.reload(config.host.clone());
        self.current.replace(config.clone());
        let _ = self.sampler.send(SamplerCommand::Reload(Box::new(config.host), config.files));
        log::info!("configuration reloaded");
    }
}
