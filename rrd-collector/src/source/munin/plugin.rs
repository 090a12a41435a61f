//! One plugin as a program: found in its folder, called as munin-node calls it.
//!
//! Source: `munin-run(1)`, the Munin guide ("Environment variables", "Protocol for dirtyconfig"),
//! and the environment that plugins print under munin-node 2.0.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use thiserror::Error;

use super::section::MuninSettings;
use super::settings::{PluginSettings, Settings, is_ignored};
use crate::process::child::{ChildError, Guard, Limits, Program, RunAs, RunAsError, run};

/// Limit on the output of a plugin.
const MAX_ANSWER: usize = 1 << 20;

/// Why a plugin has no output.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PluginError {
    /// It cannot be run, or does not end.
    #[error(transparent)]
    Child(#[from] ChildError),
    /// Its user or group does not exist.
    #[error(transparent)]
    RunAs(#[from] RunAsError),
    /// It failed.
    #[error("{argument}: {status}{}{complaint}", if complaint.is_empty() { "" } else { ": " })]
    Failed {
        /// `config` or `fetch`.
        argument: &'static str,
        /// Its exit status.
        status: std::process::ExitStatus,
        /// The first line of its error output.
        complaint: String,
    },
    /// The folder for its state cannot be created.
    #[error("{}: cannot be made", folder.display())]
    State {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// A plugin that can be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plugin {
    pub(super) name: String,
    file: PathBuf,
    settings: PluginSettings,
}

/// The plugins of a folder: executable files, by name.
///
/// # Errors
///
/// The folder cannot be read.
pub(super) fn plugins(config: &MuninSettings, settings: &Settings) -> io::Result<Vec<Plugin>> {
    let mut plugins = Vec::new();
    for entry in fs::read_dir(&config.plugins)? {
        let file = entry?.path();
        let Some(name) = file.file_name().and_then(|name| name.to_str()) else { continue };
        // The target of a symbolic link counts.
        let is_program = fs::metadata(&file)
            .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0);
        if is_program && !is_ignored(&file) && config.instances.takes(&[name], true) {
            plugins.push(Plugin { name: name.to_owned(), settings: settings.of(name), file });
        }
    }
    plugins.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(plugins)
}

impl Plugin {
    /// The user that it asks for.
    fn user<'a>(&'a self, config: &'a MuninSettings) -> &'a str {
        self.settings.user.as_deref().unwrap_or(&config.user)
    }

    /// The user and group that it runs as; `None` for our own.
    pub(super) fn run_as(&self, config: &MuninSettings) -> Result<Option<RunAs>, RunAsError> {
        let group = self.settings.groups.iter().find(|name| RunAs::find(None, Some(name)).is_ok());
        RunAs::find(Some(self.user(config)), group.map(String::as_str))
    }

    /// The output of the plugin with `config`, or without an argument for its values.
    pub(super) async fn call(
        &self,
        argument: &'static str,
        config: &MuninSettings,
        guard: &Rc<Guard>,
    ) -> Result<String, PluginError> {
        let run_as = self.run_as(config)?;
        let user = if run_as.is_some() { self.user(config) } else { "own" };
        let state = config.state.join(user);
        make_folder(&config.state, None)
            .and_then(|()| make_folder(&state, run_as))
            .map_err(|source| PluginError::State { folder: state.clone(), source })?;
        let mut program = self.program(argument);
        program.environment = self.environment(config, user, &state);
        program.run_as = run_as;
        let deadline = self.settings.timeout.unwrap_or(config.deadline);
        let output = run(&program, guard, b"", Limits { deadline, output: MAX_ANSWER }).await?;
        if !output.status.success() {
            let argument = if argument.is_empty() { "fetch" } else { argument };
            let complaint = output.errors.lines().next().unwrap_or("").to_owned();
            return Err(PluginError::Failed { argument, status: output.status, complaint });
        }
        if !output.errors.is_empty() {
            log::debug!("munin {}: {}", self.name, output.errors.trim_end());
        }
        Ok(output.text)
    }

    fn program(&self, argument: &str) -> Program {
        let arguments: Vec<String> =
            Some(argument).filter(|word| !word.is_empty()).map(str::to_owned).into_iter().collect();
        let Some(command) = &self.settings.command else {
            return Program::new(&self.file, &arguments);
        };
        let mut words = Vec::new();
        for word in command.split_whitespace() {
            if word == "%c" {
                words.push(self.file.to_string_lossy().into_owned());
                words.extend(arguments.iter().cloned());
            } else {
                words.push(word.to_owned());
            }
        }
        match words.split_first() {
            Some((file, rest)) => Program::new(file, rest),
            None => Program::new(&self.file, &arguments),
        }
    }

    /// The environment that munin-node sets, as far as it applies here, followed by the plugin's
    /// own settings.
    fn environment(
        &self,
        config: &MuninSettings,
        user: &str,
        state: &Path,
    ) -> Vec<(String, String)> {
        let path = |path: &Path| path.to_string_lossy().into_owned();
        let state_file = state.join(format!("{}-", self.name));
        let mut environment: Vec<(String, String)> = [
            ("HOME", path(state)),
            ("LANG", "C".to_owned()),
            ("LC_ALL", "C".to_owned()),
            ("MUNIN_BASH", "/bin/bash".to_owned()),
            ("MUNIN_BINDIR", "/usr/bin".to_owned()),
            ("MUNIN_CAP_DIRTYCONFIG", "1".to_owned()),
            ("MUNIN_CAP_MULTIGRAPH", "1".to_owned()),
            ("MUNIN_CONFDIR", "/etc/munin".to_owned()),
            ("MUNIN_DEBUG", "0".to_owned()),
            ("MUNIN_GOODSH", "/bin/sh".to_owned()),
            ("MUNIN_HASSETR", "1".to_owned()),
            ("MUNIN_LIBDIR", path(&config.library)),
            // There is no remote master.
            ("MUNIN_MASTER_IP", String::new()),
            ("MUNIN_OSTYPE", "linux".to_owned()),
            ("MUNIN_PERL", "/usr/bin/perl".to_owned()),
            ("MUNIN_PLUGINUSER", user.to_owned()),
            ("MUNIN_PLUGSTATE", path(state)),
            ("MUNIN_PREFIX", "/usr".to_owned()),
            ("MUNIN_PYTHON", "/usr/bin/env python3".to_owned()),
            ("MUNIN_RUBY", "/usr/bin/env ruby".to_owned()),
            ("MUNIN_SBINDIR", "/usr/sbin".to_owned()),
            ("MUNIN_STATEFILE", path(&state_file)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        environment.extend(self.settings.environment.clone());
        environment
    }
}

/// Creates the folder for the state of a user's plugins, and makes that user its owner. The folder
/// that contains it is not created: the data folder may be gone for a while.
fn make_folder(folder: &Path, run_as: Option<RunAs>) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir(folder)?;
    match run_as {
        Some(whom) => chown(folder, Some(whom.user), Some(whom.group)),
        None => Ok(()),
    }
}
