//! Runs Munin's plugins: finds them in their folder, calls them every five minutes, stores their
//! values as groups.

mod drawing;
mod plugin;
pub mod protocol;
mod record;
mod section;
mod settings;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use rrd_core::{Step, Timestamp};
use thiserror::Error;
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, spawn_local};

use self::plugin::{Plugin, plugins};
use self::protocol::{Graph, parse};
use self::record::{CallResult, Record};
use crate::fault::chain;
use crate::process::child::Guard;
use crate::schedule::{Schedule, Tick, clock};
use crate::source::input::{
    Context, Input, InputTask, PageSection, Plan, SectionKind, Source, same,
};
use crate::source::right::Right;

pub use plugin::PluginError;
pub use protocol::MUNIN;
pub use record::LimitExceeded;
pub use section::MuninSettings;
pub use settings::{PluginSettings, Settings};

const SECTION: &str = "munin";

/// Debian's settings of plugins are those of the group `munin`.
const RIGHT: Right = Right { name: "munin", probe: None, lacking: |_| None };

/// The plugins of `[munin]`.
pub static SOURCE: Source = Source {
    sections: &[SectionKind {
        name: SECTION,
        is_list: false,
        read: |reader, value| Ok(Input::new(SECTION, MuninSettings::read(reader, value)?)),
    }],
    described_kinds: &[MUNIN],
    page: &[PageSection { heading: "Munin", kinds: &[MUNIN] }],
    rights: &[RIGHT],
    fuzz: |text| {
        let _ = parse(text);
        Settings::default().parse(text);
    },
    ..Source::EMPTY
};

/// Number of plugins that run at the same time.
const AT_A_TIME: usize = 4;
/// Interval for finding added and removed plugins.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Number of calls between two `config` calls of a plugin.
const DESCRIBE_EVERY: u32 = 12;

/// Why a plugin has no sample.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MuninError {
    /// The folder of plugins cannot be read.
    #[error("{}: the plugins cannot be read", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder of their settings, or a file in it, cannot be read.
    #[error("{}: the settings of plugins cannot be read", folder.display())]
    Settings {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It could not be called.
    #[error(transparent)]
    Plugin(#[from] PluginError),
    /// There is no plugin with this name.
    #[error("no plugin {name} in {}", folder.display())]
    Missing {
        /// The name.
        name: String,
        /// The folder.
        folder: PathBuf,
    },
    /// It describes too many graphs or fields.
    #[error(transparent)]
    LimitExceeded(#[from] LimitExceeded),
    /// It describes no graph.
    #[error("`config` describes no field")]
    NoGraph,
    /// It printed no value.
    #[error("the plugin printed no value")]
    NoValue,
}

impl InputTask for MuninSettings {
    fn equals(&self, other: &dyn InputTask) -> bool {
        same(self, other)
    }

    fn run(&self, context: &Rc<Context>) -> Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(call_plugins(self.clone().with_state(&context.data), context.clone()))
    }

    fn plan<'a>(
        &'a self,
        data: &'a Path,
        guard: &'a Rc<Guard>,
    ) -> Pin<Box<dyn Future<Output = Plan> + 'a>> {
        Box::pin(async move { survey(&self.clone().with_state(data), guard).await })
    }

    fn host_faults(&self) -> Vec<String> {
        let found = match self.found() {
            Ok(found) => found,
            Err(error) => {
                let fault = format!("{SECTION}: {}", chain(&error));
                return vec![match error {
                    MuninError::Settings { source, .. } if is_denied(&source) => {
                        format!("{fault}; {}", RIGHT.advice())
                    }
                    _ => fault,
                }];
            }
        };
        let no_user = |plugin: &Plugin| {
            let error = plugin.run_as(self).err()?;
            Some(format!("{SECTION} {}: {error}", plugin.name))
        };
        found.iter().filter_map(no_user).collect()
    }
}

impl MuninSettings {
    /// The plugins to call.
    fn found(&self) -> Result<Vec<Plugin>, MuninError> {
        let settings = Settings::read(&self.settings)
            .map_err(|source| MuninError::Settings { folder: self.settings.clone(), source })?;
        plugins(self, &settings)
            .map_err(|source| MuninError::Folder { folder: self.plugins.clone(), source })
    }
}

fn is_denied(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::PermissionDenied
}

/// Keeps a task for each plugin of the folder, until it is dropped.
async fn call_plugins(config: MuninSettings, context: Rc<Context>) {
    let config = Rc::new(config);
    let turns = Rc::new(Semaphore::new(AT_A_TIME));
    let faults = context.faults.of_task();
    let mut tasks: Vec<(Plugin, Task)> = Vec::new();
    loop {
        let (found, outcome) = match config.found() {
            Ok(found) => (found, Ok(())),
            Err(error) => (Vec::new(), Err(error)),
        };
        faults.note(SECTION, &outcome);
        // Unchanged plugins keep their task and so their counters.
        tasks.retain(|(plugin, _)| found.contains(plugin));
        for plugin in found {
            if !tasks.iter().any(|(known, _)| *known == plugin) {
                let caller = Caller::new(plugin.clone(), config.clone(), context.guard.clone());
                let task = spawn_local(caller.call_again(turns.clone(), context.clone()));
                tasks.push((plugin, Task(task)));
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// A task that ends when the value is dropped.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Calls one plugin.
struct Caller {
    plugin: Plugin,
    config: Rc<MuninSettings>,
    guard: Rc<Guard>,
    record: Record,
    /// Calls until the plugin describes itself again.
    until_description: u32,
    interval: Step,
}

impl Caller {
    fn new(plugin: Plugin, config: Rc<MuninSettings>, guard: Rc<Guard>) -> Self {
        let interval = config.step;
        Self { plugin, config, guard, record: Record::default(), until_description: 0, interval }
    }

    /// Calls immediately, then at each aligned time, one call after the other.
    async fn call_again(mut self, turns: Rc<Semaphore>, context: Rc<Context>) {
        let concern = format!("munin {}", self.plugin.name);
        let faults = context.faults.of_task();
        let mut at = seconds(clock::now().wall);
        let mut schedule = Schedule::new(self.interval);
        loop {
            let outcome = {
                // The semaphore is never closed.
                let _turn = turns.acquire().await;
                self.call(at).await
            };
            let outcome = outcome.map(|taken| {
                for batch in taken.batches {
                    // Without a sampler the daemon ends, and this task with it.
                    context.samples.store(batch);
                }
            });
            faults.note(&concern, &outcome);
            if schedule.step() != self.interval {
                schedule = Schedule::new(self.interval);
            }
            at = clock::tick(&mut schedule).await.at;
        }
    }

    async fn call(&mut self, at: Timestamp) -> Result<CallResult, MuninError> {
        let mut graphs = None;
        if self.until_description == 0 {
            let described = self.describe().await?;
            if has_values(&described) {
                // A plugin that prints its values with its description is asked for both each time.
                graphs = Some(described);
            } else {
                self.until_description = DESCRIBE_EVERY;
            }
        }
        let graphs = match graphs {
            Some(graphs) => graphs,
            None => self.ask("").await?,
        };
        self.until_description = self.until_description.saturating_sub(1);
        let tick = Tick { at, clock: clock::now().clock };
        let taken = self.record.take(&self.plugin.name, &graphs, tick, self.interval);
        if taken.is_news {
            self.until_description = 0;
        }
        if !taken.has_values {
            return Err(MuninError::NoValue);
        }
        // Values with their own times come in batches; others are valid when they are printed.
        let wanted = self.record.update_rate().filter(|_| !taken.has_times);
        self.interval = wanted.unwrap_or(self.config.step);
        Ok(taken)
    }

    async fn describe(&mut self) -> Result<Vec<Graph>, MuninError> {
        let graphs = self.ask("config").await?;
        if graphs.iter().all(|graph| graph.fields.is_empty()) {
            return Err(MuninError::NoGraph);
        }
        self.record.describe(&self.plugin.name, &graphs)?;
        Ok(graphs)
    }

    async fn ask(&self, argument: &'static str) -> Result<Vec<Graph>, PluginError> {
        let text = self.plugin.call(argument, &self.config, &self.guard).await?;
        let (graphs, odd) = parse(&text);
        if !odd.is_empty() {
            log::debug!(
                "munin {}: lines {odd:?} are neither a description nor a value",
                self.plugin.name
            );
        }
        Ok(graphs)
    }
}

fn has_values(graphs: &[Graph]) -> bool {
    graphs.iter().flat_map(|graph| &graph.fields).any(|field| !field.values.is_empty())
}

fn seconds(wall: Duration) -> Timestamp {
    Timestamp::from_seconds(i64::try_from(wall.as_secs()).unwrap_or(i64::MAX))
}

/// Creates the folder for the states of plugins, for commands before the first start of the daemon.
fn make_state_folder(config: &MuninSettings) {
    // A plugin that needs it reports the failure.
    let _ = fs::create_dir_all(&config.state);
}

/// The output of one plugin, with `config` or for its values, as shown by `munin-run`.
///
/// # Errors
///
/// [`MuninError`]: there is no such plugin, or it failed.
pub async fn ask(
    config: &MuninSettings,
    name: &str,
    wants_config: bool,
    guard: &Rc<Guard>,
) -> Result<String, MuninError> {
    make_state_folder(config);
    let missing = || MuninError::Missing { name: name.to_owned(), folder: config.plugins.clone() };
    let mut found = config.found()?.into_iter();
    let found = found.find(|plugin| plugin.name == name).ok_or_else(missing)?;
    let argument = if wants_config { "config" } else { "" };
    Ok(found.call(argument, config, guard).await?)
}

/// The graphs that the plugins of a folder describe, and what went wrong with which.
async fn survey(config: &MuninSettings, guard: &Rc<Guard>) -> Plan {
    make_state_folder(config);
    let mut plan = Plan::default();
    let found = match config.found() {
        Ok(found) => found,
        Err(error) => {
            plan.faults.push(chain(&error));
            return plan;
        }
    };
    for plugin in found {
        let name = plugin.name.clone();
        let mut caller = Caller::new(plugin, Rc::new(config.clone()), guard.clone());
        match caller.describe().await {
            Ok(_) => plan.groups.extend(
                caller
                    .record
                    .groups(config.step)
                    .map(|(kind, instance, step)| (kind.clone(), instance.to_owned(), step)),
            ),
            Err(error) => plan.faults.push(format!("munin {name}: {}", chain(&error))),
        }
    }
    plan
}
