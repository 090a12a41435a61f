//! The `[munin]` section: the plugins to call, and how.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rrd_core::Step;
use serde::Deserialize;

use crate::schedule::whole_seconds;
use crate::section::{ConfigError, InstanceFilter, SectionReader, SectionValue};

/// The default interval, as in Munin.
const DEFAULT_STEP: Step = whole_seconds(300);
/// The default time limit of a plugin.
const DEFAULT_DEADLINE: Duration = Duration::from_secs(60);

/// The settings of Munin's plugins.
#[derive(Clone, Debug, PartialEq)]
pub struct MuninSettings {
    /// The folder of the plugins.
    pub plugins: PathBuf,
    /// The folder of their own settings, `plugin-conf.d`.
    pub settings: PathBuf,
    /// The folder of shared libraries, `MUNIN_LIBDIR`.
    pub library: PathBuf,
    /// The folder of their state; each user has a subfolder. Empty for a folder next to the
    /// databases.
    pub state: PathBuf,
    /// The default user, if we are root.
    pub user: String,
    /// The interval.
    pub step: Step,
    /// The default time limit of a plugin.
    pub deadline: Duration,
    /// The plugins to call.
    pub instances: InstanceFilter,
}

impl Default for MuninSettings {
    fn default() -> Self {
        Self {
            plugins: "/etc/munin/plugins".into(),
            settings: "/etc/munin/plugin-conf.d".into(),
            library: "/usr/share/munin".into(),
            state: PathBuf::new(),
            user: "nobody".to_owned(),
            step: DEFAULT_STEP,
            deadline: DEFAULT_DEADLINE,
            instances: InstanceFilter::default(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
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

impl MuninSettings {
    pub(super) fn read<'a>(
        reader: SectionReader<'a>,
        value: SectionValue<'a>,
    ) -> Result<Self, ConfigError> {
        let table: Table = reader.parse(value)?;
        let mut settings = Self::default();
        settings.plugins = table.plugins.unwrap_or(settings.plugins);
        settings.settings = table.settings.unwrap_or(settings.settings);
        settings.library = table.library.unwrap_or(settings.library);
        settings.state = table.state.unwrap_or(settings.state);
        settings.user = table.user.unwrap_or(settings.user);
        if let Some(text) = table.step {
            settings.step = reader.step("step", &text)?;
        }
        if let Some(text) = table.deadline {
            settings.deadline = reader.duration("deadline", &text)?;
        }
        settings.instances.read(table.include, None, table.exclude);
        Ok(settings)
    }

    /// The same with a state folder next to the databases in `data`, unless another one is set.
    #[must_use]
    pub fn with_state(mut self, data: &Path) -> Self {
        if self.state.as_os_str().is_empty() {
            // Plugins start in another working folder than the daemon.
            let folder = data.join("munin-state");
            self.state = std::path::absolute(&folder).unwrap_or(folder);
        }
        self
    }
}
