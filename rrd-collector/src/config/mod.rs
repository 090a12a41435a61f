//! The validated configuration of the daemon. `file` reads configuration files, `cli` the command
//! line. Each source reads its own section.

mod exposure;
mod file;
mod host_faults;
mod limits;
mod listen;
mod reference;
mod root;

use std::path::PathBuf;
use std::time::Duration;

use rrd_core::LogSync;

use crate::alert::AlertSettings;
use crate::group::retention::Retention;
use crate::net::credentials::Credentials;
use crate::net::listen::PageAddress;
use crate::net::tls::Identity;
use crate::output::remote::read::{ReadSettings, TreeSettings};
use crate::output::remote::write::RemoteWrite;
use crate::process::HostName;
use crate::source::SOURCES;
use crate::source::host::HostSettings;
use crate::source::input::{Input, InputTask};
use crate::store::budget::FileLimits;

pub use file::{data_folder, load};
pub use host_faults::{HOST_FAULTS, host_faults};
pub use reference::reference;

/// All settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The name of this host.
    pub host_name: HostName,
    /// The host that is sampled.
    pub host: HostSettings,
    /// The data folder.
    pub data: PathBuf,
    /// The addresses of the page; empty for the default address, or any free port of the loopback
    /// if that one is in use.
    pub listen: Vec<PageAddress>,
    /// The certificate of the page; `None` for a page without TLS.
    pub identity: Option<Identity>,
    /// The user who may see the page; `None` for everybody who can reach it.
    pub credentials: Option<Credentials>,
    /// When the journal of the samples is synced, which decides what a power loss costs.
    pub sync: LogSync,
    /// The retention of each level of detail.
    pub retention: Retention,
    /// Limits on the files of the data folder.
    pub files: FileLimits,
    /// Further inputs, each with its own task.
    pub inputs: Vec<Input>,
    /// Alerts.
    pub alerts: AlertSettings,
    /// What remote read answers.
    pub remote_read: ReadSettings,
    /// Databases of other programs that Prometheus may ask for.
    pub trees: Vec<TreeSettings>,
    /// Engines on other hosts that samples are sent to.
    pub remote_write: Vec<RemoteWrite>,
}

impl Config {
    /// The defaults without any configuration: this host, every second.
    pub fn new(data: PathBuf) -> Self {
        Self {
            host_name: HostName::of_system(),
            host: HostSettings::default(),
            data,
            listen: Vec::new(),
            identity: None,
            credentials: None,
            sync: LogSync::Every(Duration::from_secs(10)),
            retention: Retention::default(),
            files: FileLimits::default(),
            inputs: SOURCES.iter().flat_map(|source| (source.defaults)()).collect(),
            alerts: AlertSettings::default(),
            remote_read: ReadSettings::default(),
            trees: Vec::new(),
            remote_write: Vec::new(),
        }
    }

    /// The keys whose values differ in another configuration and apply after a restart only.
    pub fn needs_restart(&self, other: &Self) -> Vec<&'static str> {
        let changes = [
            ("host", self.host_name != other.host_name),
            ("data", self.data != other.data),
            ("sync", self.sync != other.sync),
            ("keep", self.retention != other.retention),
            ("rootfs, procfs or sysfs", self.host.files != other.host.files),
        ];
        changes.into_iter().filter(|(_, differs)| *differs).map(|(key, _)| key).collect()
    }

    /// The settings of all inputs of one type.
    pub fn settings<T: InputTask>(&self) -> impl Iterator<Item = &T> {
        self.inputs.iter().filter_map(Input::settings)
    }
}
