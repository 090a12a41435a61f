//! What other programs hand over, and how: `[statsd]`, `[munin]`, `[collectd]`, `[[exec]]`, `[textfile]`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rrd_core::Step;
use serde::Deserialize;

use super::file::Reading;
use super::problem::ValueProblem;
use super::{Config, ConfigError, Pattern, ProbeConfig};
use crate::duration::SPAN;
use crate::process::child::RunAs;
use crate::schedule::whole_seconds;

/// How often Munin's plugins are called unless something else is said: as Munin calls them.
const MUNIN_STEP: u64 = 300;
/// How long one of them may take unless something else is said.
const MUNIN_DEADLINE: Duration = Duration::from_secs(60);

/// How often collectd's programs give values unless something else is said: as collectd has them.
pub const EXEC_STEP: Step = whole_seconds(10);
/// How many intervals such a program may be silent unless something else is said.
const SILENT_INTERVALS: u64 = 10;
/// Where collectd keeps its types.
const COLLECTD_TYPES: &str = "/usr/share/collectd/types.db";

/// A way that other programs hand over samples.
#[derive(Clone, Debug, PartialEq)]
pub enum Intake {
    /// `StatsD` packets at an address.
    Statsd(SocketAddr),
    /// Munin's plugins.
    Munin(MuninConfig),
    /// What programs for collectd share, and a socket for its scripts.
    Collectd(CollectdConfig),
    /// A program for collectd's `exec`.
    Exec(ExecConfig),
    /// A folder of text files.
    Textfile(TextfileConfig),
}

/// A folder of text files.
#[derive(Clone, Debug, PartialEq)]
pub struct TextfileConfig {
    /// The folder.
    pub folder: PathBuf,
    /// How often it is read.
    pub step: Step,
    /// How old a file may be; `None` for any age.
    pub max_age: Option<Duration>,
}

/// What programs for collectd share, and a socket for its scripts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectdConfig {
    /// Where scripts hand over values and ask for them.
    pub socket: Option<PathBuf>,
    /// Files of types.
    pub types: Vec<PathBuf>,
}

/// A program that goes on and prints `PUTVAL` lines.
#[derive(Clone, Debug, PartialEq)]
pub struct ExecConfig {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Who it runs as, if we are root.
    pub user: Option<String>,
    /// In which group.
    pub group: Option<String>,
    /// How often it is asked to give values, and how soon it is started again.
    pub interval: Step,
    /// How long it may be silent before it is ended and started again.
    pub deadline: Duration,
    /// Its environment.
    pub environment: Vec<(String, String)>,
}

/// The files of types that are read: those of the configuration, or collectd's own.
pub fn types(intakes: &[Intake]) -> Vec<PathBuf> {
    let said = intakes.iter().find_map(|intake| match intake {
        Intake::Collectd(config) if !config.types.is_empty() => Some(config.types.clone()),
        _ => None,
    });
    said.unwrap_or_else(|| vec![COLLECTD_TYPES.into()])
}

/// Munin's plugins and how they are called.
#[derive(Clone, Debug, PartialEq)]
pub struct MuninConfig {
    /// The folder of the plugins.
    pub plugins: PathBuf,
    /// The folder of what is said of them, `plugin-conf.d`.
    pub settings: PathBuf,
    /// The folder of what they share, `MUNIN_LIBDIR`.
    pub library: PathBuf,
    /// The folder of what they remember; each user has one of its own in it. Empty for one beside the databases.
    pub state: PathBuf,
    /// Who they run as where nothing else is said of them, if we are root.
    pub user: String,
    /// How often they are called.
    pub step: Step,
    /// How long one may take where nothing else is said of it.
    pub deadline: Duration,
    /// Which of them are called.
    pub instances: ProbeConfig,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Statsd {
    listen: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Munin {
    plugins: Option<PathBuf>,
    settings: Option<PathBuf>,
    library: Option<PathBuf>,
    state: Option<PathBuf>,
    user: Option<String>,
    step: Option<String>,
    deadline: Option<String>,
    include: Option<Vec<String>>,
    exclude: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Collectd {
    socket: Option<PathBuf>,
    types: Option<Vec<PathBuf>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exec {
    command: Vec<String>,
    user: Option<String>,
    group: Option<String>,
    interval: Option<String>,
    deadline: Option<String>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Textfile {
    folder: PathBuf,
    step: Option<String>,
    max_age: Option<String>,
}

impl Intake {
    /// Whether both are one of a kind, so that the later one takes the place of the earlier one.
    fn replaces(&self, other: &Self) -> bool {
        let is_one_of_many = matches!(self, Self::Exec(_));
        !is_one_of_many && std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

impl Default for MuninConfig {
    fn default() -> Self {
        Self {
            plugins: "/etc/munin/plugins".into(),
            settings: "/etc/munin/plugin-conf.d".into(),
            library: "/usr/share/munin".into(),
            state: PathBuf::new(),
            user: "nobody".to_owned(),
            step: whole_seconds(MUNIN_STEP),
            deadline: MUNIN_DEADLINE,
            instances: ProbeConfig::default(),
        }
    }
}

impl MuninConfig {
    /// The same with a folder of what plugins remember beside the databases in `data`, where no other was chosen.
    #[must_use]
    pub fn with_state(mut self, data: &Path) -> Self {
        if self.state.as_os_str().is_empty() {
            // Plugins start in another folder than we did.
            let folder = data.join("munin-state");
            self.state = std::path::absolute(&folder).unwrap_or(folder);
        }
        self
    }
}

impl Config {
    /// How Munin's plugins are called: as is said, or as Munin calls them.
    pub fn munin(&self) -> MuninConfig {
        let munin = |intake: &Intake| match intake {
            Intake::Munin(config) => Some(config.clone()),
            _ => None,
        };
        self.intakes.iter().find_map(munin).unwrap_or_default()
    }

    /// Adds a way of handing over, or puts it in the place of the one that an earlier file told of.
    pub(super) fn take_up(&mut self, intake: Intake) {
        self.intakes.retain(|known| !intake.replaces(known));
        self.intakes.push(intake);
    }
}

impl Reading<'_> {
    pub(super) fn statsd(&self, said: Statsd) -> Result<Intake, ConfigError> {
        self.socket("statsd.listen", said.listen).map(Intake::Statsd)
    }

    pub(super) fn munin(&self, said: Munin) -> Result<Intake, ConfigError> {
        let mut config = MuninConfig::default();
        let patterns = |texts: Option<Vec<String>>| {
            texts.into_iter().flatten().map(|text| Pattern::new(&text)).collect()
        };
        config.plugins = said.plugins.unwrap_or(config.plugins);
        config.settings = said.settings.unwrap_or(config.settings);
        config.library = said.library.unwrap_or(config.library);
        config.state = said.state.unwrap_or(config.state);
        config.user = said.user.unwrap_or(config.user);
        if let Some(text) = said.step {
            config.step = self.step("munin.step", text)?;
        }
        if let Some(text) = said.deadline {
            config.deadline = self.duration("munin.deadline", text)?;
        }
        config.instances.include = patterns(said.include);
        config.instances.exclude = patterns(said.exclude);
        Ok(Intake::Munin(config))
    }

    pub(super) fn collectd(&self, said: Collectd) -> Result<Intake, ConfigError> {
        let socket = match said.socket {
            Some(path) => Some(self.expand("collectd.socket", &path.to_string_lossy())?.into()),
            None => None,
        };
        Ok(Intake::Collectd(CollectdConfig { socket, types: said.types.unwrap_or_default() }))
    }

    pub(super) fn exec(&self, said: Exec) -> Result<Intake, ConfigError> {
        if said.command.first().is_none_or(String::is_empty) {
            return Err(self.value("exec.command", ValueProblem::NoProgram));
        }
        // Who is nobody is told now and not when the program is started.
        RunAs::find(said.user.as_deref(), said.group.as_deref())
            .map_err(|problem| self.value("exec.user", problem.into()))?;
        let interval = match said.interval {
            Some(text) => self.step("exec.interval", text)?,
            None => EXEC_STEP,
        };
        let deadline = match said.deadline {
            Some(text) => self.duration("exec.deadline", text)?,
            None => {
                Duration::from_secs(interval.seconds().saturating_mul(SILENT_INTERVALS).max(60))
            }
        };
        let environment = said
            .environment
            .into_iter()
            .map(|(name, value)| {
                let value = self.expand(&format!("exec.environment.{name}"), &value)?;
                Ok((name, value))
            })
            .collect::<Result<_, ConfigError>>()?;
        let Exec { command, user, group, .. } = said;
        Ok(Intake::Exec(ExecConfig { command, user, group, interval, deadline, environment }))
    }

    pub(super) fn textfile(&self, said: Textfile) -> Result<Intake, ConfigError> {
        let step = match said.step {
            Some(text) => self.step("textfile.step", text)?,
            None => EXEC_STEP,
        };
        let max_age = match said.max_age {
            None => None,
            Some(text) => {
                let age = SPAN.parse(&text);
                Some(age.map_err(|problem| self.value("textfile.max_age", problem.into()))?)
            }
        };
        Ok(Intake::Textfile(TextfileConfig { folder: said.folder, step, max_age }))
    }
}
