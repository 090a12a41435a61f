//! The `[munin]` section: which plugins are called, and how.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rrd_core::Step;
use serde::Deserialize;

use crate::schedule::whole_seconds;
use crate::section::{ConfigError, InstanceFilter, SectionReader, SectionValue};

/// How often plugins are called unless something else is configured: as Munin calls them.
const DEFAULT_STEP: Step = whole_seconds(300);
/// How long one of them may take unless something else is configured.
const DEFAULT_DEADLINE: Duration = Duration::from_secs(60);

/// Munin's plugins and how they are called.
#[derive(Clone, Debug, PartialEq)]
pub struct MuninSettings {
    /// The folder of the plugins.
    pub plugins: PathBuf,
    /// The folder of their own settings, `plugin-conf.d`.
    pub settings: PathBuf,
    /// The folder of what they share, `MUNIN_LIBDIR`.
    pub library: PathBuf,
    /// The folder of what they remember; each user has one of its own in it. Empty for one beside the databases.
    pub state: PathBuf,
    /// Who they run as where their settings do not say, if we are root.
    pub user: String,
    /// How often they are called.
    pub step: Step,
    /// How long one may take where its settings do not say.
    pub deadline: Duration,
    /// Which of them are called.
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
        settings.instances.read(table.include, table.exclude);
        Ok(settings)
    }

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
