//! The running daemon: a thread that samples and stores, and one that talks to the network. Starting, reloading, stopping.

pub mod sampler;

use std::cell::RefCell;
use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rrd_core::{Locking, Step, Store, StoreError, StoreOptions};
use thiserror::Error;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use tokio::task::{JoinHandle, LocalSet, spawn_local};

use self::sampler::Sampler;
use crate::alert::action::act;
use crate::alert::watch::{Notice, Watch};
use crate::config::{
    AlertConfig, Config, ConfigError, EXEC_STEP, Intake, NamedRule, ServiceConfig, types,
};
use crate::fault::{Faults, chain};
use crate::output::live::Shared;
use crate::output::prometheus::node::Node;
use crate::output::web;
use crate::output::web::{BindError, Door, Places, Site};
use crate::process::child::Guard;
use crate::process::notify::Notify;
use crate::process::signal::{Signal, Signals};
use crate::schedule::clock;
use crate::schedule::{Due, Schedule};
use crate::source::batch::SamplerCommand;
use crate::source::collectd;
use crate::source::collectd::{Record, Types};
use crate::source::munin;
use crate::source::server::watch;
use crate::source::statsd;
use crate::source::textfile;
use crate::store::archives::Archives;
use crate::store::sink::{SinkError, StoreSink};

/// How long samples wait in the journal for their way to the files, together with others.
const WRITE_BACK_EVERY: Duration = Duration::from_secs(10);
/// Bytes of each half of the journal: some write-backs of samples, and little memory.
const JOURNAL: usize = 128 << 10;
/// How long write-back waits for another program that has a file; it comes again soon, and the host is to be sampled.
const PATIENCE: Locking = Locking::Wait(Duration::from_millis(50));
/// How often the rules are looked at.
const RULES_EVERY: Duration = Duration::from_secs(10);

/// Why the daemon does not run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DaemonError {
    /// The data folder cannot be used: it cannot be made, or another daemon has it.
    #[error(transparent)]
    Data(StoreError),
    /// The place to listen at is taken or not of this host.
    #[error(transparent)]
    Listen(#[from] BindError),
    /// The system gives no thread, no event queue or no signal handler.
    #[error("cannot start")]
    Start(#[source] io::Error),
    /// The last samples could not be stored.
    #[error("the last samples could not be stored")]
    Flush(#[source] SinkError),
    /// The sampling thread died.
    #[error("the sampling thread died")]
    Sampler,
}

/// What the daemon needs of the world beside its configuration.
pub struct World<'a> {
    /// Reads the configuration anew.
    pub reload: &'a dyn Fn() -> Result<Config, ConfigError>,
    /// The service manager.
    pub notify: Notify,
    /// Called with each address of the page at the start.
    pub ready: &'a dyn Fn(&str),
    /// Who ends the children when we cannot.
    pub guard: Rc<Guard>,
}

/// Runs until SIGTERM or SIGINT; reads its configuration anew on SIGHUP.
///
/// # Errors
///
/// [`DaemonError`]: nothing was started, or the end was not clean.
pub fn run(config: &Config, world: &World<'_>) -> Result<(), DaemonError> {
    let store = open_store(config)?;
    let bound = web::bind(&config.listen)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(DaemonError::Start)?;
    let shared = Arc::new(Shared::default());
    let archives = Archives::Store(store.clone());
    let (commands, inbox) = channel();
    let thread = {
        let shared = shared.clone();
        let sink = StoreSink::new(store.clone(), config.retention.clone());
        let sampler = Sampler::new(config, Box::new(sink));
        let notify = world.notify.try_clone().map_err(DaemonError::Start)?;
        let step = config.step;
        thread::Builder::new()
            .name("sampler".to_owned())
            .spawn(move || sample(sampler, step, &shared, &inbox, &notify))
            .map_err(DaemonError::Start)?
    };
    let outcome = runtime.block_on(LocalSet::new().run_until(async {
        let mut signals = Signals::listen()?;
        let site = Arc::new(site(config, &archives, &shared));
        let mut places = Places::new(site.clone());
        places.serve(bound)?;
        places.addresses().iter().for_each(|address| (world.ready)(address));
        let mut work = Work::begin(config, &archives, site, places, &commands, &world.guard);
        world.notify.ready();
        loop {
            match signals.next().await {
                Signal::Stop(name) => {
                    log::info!("{name}: storing what was taken, then stopping");
                    world.notify.stopping();
                    return Ok(());
                }
                Signal::Reload => {
                    world.notify.reloading(clock::monotonic());
                    work.reload(world, &commands).await;
                    world.notify.ready();
                }
            }
        }
    }));
    // A sampler that is gone cannot be told; joining it says why.
    let _ = commands.send(SamplerCommand::Stop);
    let flushed = thread.join().map_err(|_| DaemonError::Sampler)?;
    outcome.map_err(DaemonError::Start)?;
    flushed.map_err(DaemonError::Flush)
}

/// The tasks beside the page.
struct Work {
    site: Arc<Site>,
    places: Places,
    /// Where the databases are.
    data: PathBuf,
    services: Vec<(ServiceConfig, JoinHandle<()>)>,
    intakes: Vec<(Intake, JoinHandle<()>)>,
    guard: Rc<Guard>,
    /// What collectd's programs and scripts have said.
    record: Rc<RefCell<Record>>,
    rules: UnboundedSender<Vec<NamedRule>>,
    actions: UnboundedSender<AlertMessage>,
}

/// What the acting task is told: a change, or another way to act.
enum AlertMessage {
    Tell(Notice),
    Reload(AlertConfig),
}

impl Work {
    fn begin(
        config: &Config,
        archives: &Archives,
        site: Arc<Site>,
        places: Places,
        commands: &Sender<SamplerCommand>,
        guard: &Rc<Guard>,
    ) -> Self {
        let (actions, messages) = unbounded_channel();
        let alerts = config.alerts.clone();
        spawn_local(act_in_turn(messages, site.host.clone(), alerts, guard.clone()));
        let (rules, changed) = unbounded_channel();
        let watch = Watch::new(config.data.clone(), archives.clone(), config.alerts.rules.clone());
        spawn_local(look_at_rules(watch, changed, site.shared.clone(), actions.clone()));
        let mut work = Self {
            site,
            places,
            data: config.data.clone(),
            services: Vec::new(),
            intakes: Vec::new(),
            guard: guard.clone(),
            record: Rc::new(RefCell::new(Record::new(host_name(), Types::default(), EXEC_STEP))),
            rules,
            actions,
        };
        work.watch_services(&config.services, commands);
        work.take_in(&config.intakes, commands);
        work
    }

    /// Goes on with what the configuration says now; with the old one if it is wrong.
    async fn reload(&mut self, world: &World<'_>, commands: &Sender<SamplerCommand>) {
        let stays = |error: &dyn Error| {
            log::error!("the old configuration stays: {}", chain(error));
        };
        let config = match (world.reload)() {
            Ok(config) => config,
            Err(error) => return stays(&error),
        };
        let before = self.places.addresses();
        let bound = match self.places.change(&config.listen).await {
            Ok(bound) => bound,
            Err(error) => return stays(&error),
        };
        // Who is let in changes when the old places are left, and before the new ones are served.
        self.site.replace_door(Door::new(&config));
        if let Err(error) = self.places.serve(bound) {
            log::error!("the page: {error}");
        }
        let addresses = self.places.addresses();
        if addresses != before {
            log::info!("the page is at {}", addresses.join(", "));
        }
        self.watch_services(&config.services, commands);
        self.take_in(&config.intakes, commands);
        // The tasks and the thread live as long as we do.
        let _ = self.rules.send(config.alerts.rules.clone());
        let _ = self.actions.send(AlertMessage::Reload(config.alerts.clone()));
        let _ = commands.send(SamplerCommand::Reload(Box::new(config)));
        log::info!("the configuration was read anew");
    }

    /// Ways of handing over that stay as they are keep their task and so what it remembers.
    fn take_in(&mut self, wanted: &[Intake], commands: &Sender<SamplerCommand>) {
        let mut faults = Faults::default();
        match Types::read(types(wanted).iter().map(PathBuf::as_path)) {
            Ok(types) => self.record.borrow_mut().replace_types(types),
            Err(error) => faults.note("collectd.types", &Err::<(), _>(error)),
        }
        let host = &self.site.host;
        keep(&mut self.intakes, wanted, |intake| {
            let (commands, guard, record) =
                (commands.clone(), self.guard.clone(), self.record.clone());
            match intake.clone() {
                Intake::Statsd(address) => spawn_local(statsd::listen(address, commands)),
                Intake::Munin(config) => {
                    let config = config.with_state(&self.data);
                    spawn_local(munin::watch(config, guard, commands))
                }
                Intake::Exec(config) => {
                    spawn_local(collectd::exec(config, host.clone(), record, guard, commands))
                }
                Intake::Textfile(config) => spawn_local(textfile::watch(config, commands)),
                Intake::Collectd(config) => spawn_local(async move {
                    if let Some(socket) = config.socket {
                        collectd::serve(socket, record, commands).await;
                    }
                }),
            }
        });
    }

    /// Services that stay as they are keep their task and so their counters.
    fn watch_services(&mut self, wanted: &[ServiceConfig], commands: &Sender<SamplerCommand>) {
        keep(&mut self.services, wanted, |config| {
            spawn_local(watch(config.clone(), commands.clone()))
        });
    }
}

/// Ends the tasks of what is not wanted any more, begins those of what is new, and leaves the others alone.
fn keep<T: Clone + PartialEq>(
    tasks: &mut Vec<(T, JoinHandle<()>)>,
    wanted: &[T],
    begin: impl Fn(&T) -> JoinHandle<()>,
) {
    tasks.retain(|(known, task)| {
        let stays = wanted.contains(known);
        if !stays {
            task.abort();
        }
        stays
    });
    for new in wanted {
        if !tasks.iter().any(|(known, _)| known == new) {
            tasks.push((new.clone(), begin(new)));
        }
    }
}

/// Looks at every rule from time to time, hands changes on and keeps the states.
async fn look_at_rules(
    mut watch: Watch,
    mut changed: UnboundedReceiver<Vec<NamedRule>>,
    shared: Arc<Shared>,
    actions: UnboundedSender<AlertMessage>,
) {
    let mut faults = Faults::default();
    loop {
        match tokio::time::timeout(RULES_EVERY, changed.recv()).await {
            Ok(Some(rules)) => watch.replace(rules),
            Ok(None) => return,
            Err(_) => {}
        }
        let now = i64::try_from(clock::now().wall.as_secs()).unwrap_or(i64::MAX);
        let catalog = shared.catalog().clone();
        let notices = watch.look(&catalog, now);
        *shared.standings() = watch.standings();
        if notices.is_empty() {
            continue;
        }
        faults.note("keeping the states of warnings", &watch.keep());
        for notice in notices {
            let _ = actions.send(AlertMessage::Tell(notice));
        }
    }
}

/// Acts on one change after the other.
async fn act_in_turn(
    mut messages: UnboundedReceiver<AlertMessage>,
    host: String,
    mut config: AlertConfig,
    guard: Rc<Guard>,
) {
    while let Some(message) = messages.recv().await {
        match message {
            AlertMessage::Reload(changed) => config = changed,
            AlertMessage::Tell(notice) => {
                for error in act(&notice, &host, &config, &guard).await {
                    log::error!("{}: {}", notice.rule, chain(&error));
                }
            }
        }
    }
}

/// The store in the data folder, with what an earlier run had acknowledged.
fn open_store(config: &Config) -> Result<Arc<Store>, DaemonError> {
    let options = StoreOptions::new().segment_size(JOURNAL).locking(PATIENCE);
    let store = Store::open(&config.data, options).map_err(DaemonError::Data)?;
    let recovery = store.recovery();
    if recovery.applied > 0 {
        log::info!("stored {} samples that an earlier run had taken", recovery.applied);
    }
    if recovery.damaged_bytes > 0 {
        log::warn!("left out {} damaged bytes of the journal", recovery.damaged_bytes);
    }
    for (name, error) in &recovery.failed {
        log::error!("samples of {name} could not be stored: {}", chain(error));
    }
    Ok(Arc::new(store))
}

fn site(config: &Config, archives: &Archives, shared: &Arc<Shared>) -> Site {
    Site {
        host: host_name(),
        archives: archives.clone(),
        files: config.host.clone(),
        node: Node::default(),
        shared: shared.clone(),
        door: Door::new(config).into(),
        refusals: Mutex::default(),
    }
}

/// The name of this host as the kernel knows it.
pub fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// The sampling thread: ticks, and takes what the other thread sampled, until it is told to stop.
fn sample(
    mut sampler: Sampler,
    mut step: Step,
    shared: &Shared,
    inbox: &Receiver<SamplerCommand>,
    notify: &Notify,
) -> Result<(), SinkError> {
    let mut schedule = Schedule::new(step);
    let mut set_back = false;
    let mut missed_told = false;
    let mut alive_told = clock::now().clock;
    let mut written_back = alive_told;
    loop {
        let now = clock::now();
        if notify.rhythm().is_some_and(|rhythm| now.clock.saturating_sub(alive_told) >= rhythm) {
            alive_told = now.clock;
            notify.alive();
        }
        if now.clock.saturating_sub(written_back) >= WRITE_BACK_EVERY {
            written_back = now.clock;
            sampler.write_back();
        }
        let wait = match schedule.due(now) {
            Due::Tick { tick, missed, late } => {
                if missed > 0 && !missed_told {
                    missed_told = true;
                    let late = late.as_secs_f64();
                    log::warn!("missed {missed} ticks, {late:.3} s late (told once)");
                }
                if std::mem::take(&mut set_back) {
                    log::info!("the clock has caught up; samples go on");
                }
                sampler.tick(tick, missed, late, shared);
                Duration::ZERO
            }
            Due::Wait(wait) => wait,
            Due::SetBack { behind } => {
                if !std::mem::replace(&mut set_back, true) {
                    let behind = behind.as_secs();
                    log::warn!("the clock was set back; samples pause for {behind} s");
                }
                clock::LONGEST_WAIT
            }
        };
        let wait = notify.rhythm().map_or(wait, |rhythm| wait.min(rhythm));
        match inbox.recv_timeout(wait) {
            Ok(SamplerCommand::Store(batch)) => sampler.take(batch, shared),
            Ok(SamplerCommand::Flush(done)) => {
                written_back = clock::now().clock;
                // Whoever asked may be gone.
                let _ = done.send(sampler.write_back());
            }
            Ok(SamplerCommand::Reload(config)) => {
                if config.step != step {
                    step = config.step;
                    schedule = Schedule::new(step);
                }
                sampler.reload(&config);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Ok(SamplerCommand::Stop) | Err(RecvTimeoutError::Disconnected) => {
                return sampler.flush();
            }
        }
    }
}
