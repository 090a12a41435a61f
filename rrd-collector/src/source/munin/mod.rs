//! Munin's plugins under this daemon: found in their folder, called every five minutes, their values as groups.

mod drawing;
mod plugin;
pub mod protocol;
mod record;
mod settings;

use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use rrd_core::{Step, Timestamp};
use thiserror::Error;
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, spawn_local};

use plugin::{Plugin, is_ignored, plugins};
use record::{Record, Taken};

pub use plugin::PluginError;
pub use record::{MUNIN, TooMuch};
pub use settings::{PluginSettings, Settings};

use crate::config::MuninConfig;
use crate::fault::{Faults, chain};
use crate::group::Kind;
use crate::process::child::Guard;
use crate::schedule::Schedule;
use crate::schedule::Tick;
use crate::schedule::clock;
use crate::source::batch::SamplerCommand;
use crate::source::munin::protocol::{Graph, parse};

/// How many plugins run at a time.
const AT_A_TIME: usize = 4;
/// How often the folder is looked at for plugins that came or went.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// How often a plugin describes itself anew, in calls.
const DESCRIBE_EVERY: u32 = 12;

/// Why a plugin gave no sample.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MuninError {
    /// The folder of plugins, or that of their settings, cannot be read.
    #[error("{}: the plugins cannot be read", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It could not be called.
    #[error(transparent)]
    Plugin(#[from] PluginError),
    /// There is no such plugin.
    #[error("there is no plugin {name} in {}", folder.display())]
    Missing {
        /// The name.
        name: String,
        /// The folder.
        folder: PathBuf,
    },
    /// It describes too much.
    #[error(transparent)]
    TooMuch(#[from] TooMuch),
    /// It describes no graph.
    #[error("config describes no field")]
    NoGraph,
    /// It printed no value.
    #[error("fetch gives no value")]
    NoValue,
}

/// Keeps a task for each plugin of the folder, until nobody takes the values.
pub(crate) async fn watch(config: MuninConfig, guard: Rc<Guard>, commands: Sender<SamplerCommand>) {
    let config = Rc::new(config);
    let turns = Rc::new(Semaphore::new(AT_A_TIME));
    let mut faults = Faults::default();
    let mut tasks: Vec<(Plugin, Task)> = Vec::new();
    loop {
        let found = match plugins(&config) {
            Ok(found) => {
                faults.note("munin", &Ok::<(), MuninError>(()));
                found
            }
            Err(source) => {
                let folder = config.plugins.clone();
                faults.note("munin", &Err(MuninError::Folder { folder, source }));
                Vec::new()
            }
        };
        // Plugins that stay as they are keep their task and so their counters.
        tasks.retain(|(plugin, _)| found.contains(plugin));
        for plugin in found {
            if !tasks.iter().any(|(known, _)| *known == plugin) {
                let caller = Caller::new(plugin.clone(), config.clone(), guard.clone());
                let task = spawn_local(caller.call_again(turns.clone(), commands.clone()));
                tasks.push((plugin, Task(task)));
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// A task that ends with whoever keeps it.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Calls one plugin.
struct Caller {
    plugin: Plugin,
    config: Rc<MuninConfig>,
    guard: Rc<Guard>,
    record: Record,
    /// Calls until the plugin describes itself again.
    until_description: u32,
    interval: Step,
}

impl Caller {
    fn new(plugin: Plugin, config: Rc<MuninConfig>, guard: Rc<Guard>) -> Self {
        let interval = config.step;
        Self { plugin, config, guard, record: Record::default(), until_description: 0, interval }
    }

    /// Calls at once, then at each aligned moment, one call after the other.
    async fn call_again(mut self, turns: Rc<Semaphore>, commands: Sender<SamplerCommand>) {
        let concern = format!("munin {}", self.plugin.name);
        let mut faults = Faults::default();
        let mut at = seconds(clock::now().wall);
        let mut schedule = Schedule::new(self.interval);
        loop {
            let outcome = {
                // Nobody closes the turns.
                let _turn = turns.acquire().await;
                self.call(at).await
            };
            let outcome = outcome.map(|taken| {
                for batch in taken.batches {
                    // Without a sampler the daemon ends, and this task with it.
                    let _ = commands.send(SamplerCommand::Store(batch));
                }
            });
            faults.note(&concern, &outcome);
            if schedule.step() != self.interval {
                schedule = Schedule::new(self.interval);
            }
            at = clock::tick(&mut schedule).await.at;
        }
    }

    async fn call(&mut self, at: Timestamp) -> Result<Taken, MuninError> {
        let mut graphs = None;
        if self.until_description == 0 {
            let described = self.describe().await?;
            if has_values(&described) {
                // What gives its values with its description is asked for both each time.
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
        // Values with times of their own come in heaps; the others come when they are asked for.
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
                "munin {}: lines {odd:?} are neither description nor value",
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

/// What one plugin prints, with `config` or for its values: what `munin-run` shows.
///
/// # Errors
///
/// [`MuninError`]: there is no such plugin, or it failed.
pub async fn ask(
    config: &MuninConfig,
    name: &str,
    wants_config: bool,
    guard: &Rc<Guard>,
) -> Result<String, MuninError> {
    let folder = config.plugins.clone();
    let found = plugins(config)
        .map_err(|source| MuninError::Folder { folder: folder.clone(), source })?
        .into_iter()
        .find(|plugin| plugin.name == name)
        .ok_or_else(|| MuninError::Missing { name: name.to_owned(), folder })?;
    let argument = if wants_config { "config" } else { "" };
    Ok(found.call(argument, config, guard).await?)
}

/// A graph that there will be: its kind, its instance, and how often it is stored.
pub type Planned = (Kind, String, Step);

/// What the plugins of a folder describe, and what went wrong with which.
pub async fn survey(config: &MuninConfig, guard: &Rc<Guard>) -> (Vec<Planned>, Vec<String>) {
    let (mut planned, mut faults) = (Vec::new(), Vec::new());
    let found = match plugins(config) {
        Ok(found) => found,
        Err(error) => return (planned, vec![format!("{}: {error}", config.plugins.display())]),
    };
    for plugin in found {
        let name = plugin.name.clone();
        let mut caller = Caller::new(plugin, Rc::new(config.clone()), guard.clone());
        match caller.describe().await {
            Ok(_) => planned.extend(
                caller
                    .record
                    .groups(config.step)
                    .map(|(kind, instance, step)| (kind.clone(), instance.to_owned(), step)),
            ),
            Err(error) => faults.push(format!("munin {name}: {}", chain(&error))),
        }
    }
    (planned, faults)
}
