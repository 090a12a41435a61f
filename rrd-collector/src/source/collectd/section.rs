//! The `[collectd]` and `[[exec]]` sections: a socket, files of types, and programs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use rrd_core::Step;
use serde::Deserialize;

use crate::process::child::RunAs;
use crate::schedule::whole_seconds;
use crate::section::{ConfigError, SectionReader, SectionValue, ValueError};

/// The default interval of programs, as in collectd.
pub(super) const DEFAULT_STEP: Step = whole_seconds(10);
/// The default limit on a program's silence, in intervals.
const SILENT_INTERVALS: u64 = 10;
/// The path of collectd's types.
const COLLECTD_TYPES: &str = "/usr/share/collectd/types.db";

/// Settings shared by programs for collectd, and a socket for its scripts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectdSettings {
    /// The socket for scripts.
    pub socket: Option<PathBuf>,
    /// Files of types.
    pub types: Vec<PathBuf>,
}

impl Default for CollectdSettings {
    /// No socket, and collectd's own types.
    fn default() -> Self {
        Self { socket: None, types: vec![COLLECTD_TYPES.into()] }
    }
}

/// A long-running program that prints `PUTVAL` lines.
#[derive(Clone, Debug, PartialEq)]
pub struct ExecSettings {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// The user it runs as, if we are root.
    pub user: Option<String>,
    /// The group it runs as.
    pub group: Option<String>,
    /// The interval of its values, and the delay before a restart.
    pub interval: Step,
    /// The limit on its silence, after which it is restarted.
    pub deadline: Duration,
    /// Its environment.
    pub environment: Vec<(String, String)>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CollectdTable {
    socket: Option<PathBuf>,
    types: Option<Vec<PathBuf>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExecTable {
    command: Vec<String>,
    user: Option<String>,
    group: Option<String>,
    interval: Option<String>,
    deadline: Option<String>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
}

impl CollectdSettings {
    pub(super) fn read<'a>(
        reader: SectionReader<'a>,
        value: SectionValue<'a>,
    ) -> Result<Self, ConfigError> {
        let table: CollectdTable = reader.parse(value)?;
        let socket = match table.socket {
            Some(path) => Some(reader.expand("socket", &path.to_string_lossy())?.into()),
            None => None,
        };
        let types = table.types.filter(|types| !types.is_empty());
        Ok(Self { socket, types: types.unwrap_or(Self::default().types) })
    }
}

impl ExecSettings {
    pub(super) fn read<'a>(
        reader: SectionReader<'a>,
        value: SectionValue<'a>,
    ) -> Result<Self, ConfigError> {
        let table: ExecTable = reader.parse(value)?;
        // A user that does not exist is reported now and not when the program is started.
        RunAs::find(table.user.as_deref(), table.group.as_deref())
            .map_err(|error| reader.error("user", error))?;
        let interval =
            table.interval.map_or(Ok(DEFAULT_STEP), |text| reader.step("interval", &text))?;
        let deadline = match table.deadline {
            Some(text) => reader.duration("deadline", &text)?,
            None => {
                Duration::from_secs(interval.seconds().saturating_mul(SILENT_INTERVALS).max(60))
            }
        };
        let environment = table
            .environment
            .into_iter()
            .map(|(name, value)| {
                let value = reader.expand(&format!("environment.{name}"), &value)?;
                Ok((name, value))
            })
            .collect::<Result<_, ConfigError>>()?;
        let ExecTable { command, user, group, .. } = table;
        if command.first().is_none_or(String::is_empty) {
            return Err(reader.error("command", ValueError::NoProgram));
        }
        Ok(Self { command, user, group, interval, deadline, environment })
    }
}
