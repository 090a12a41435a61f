//! What the daemon is to do, checked. Files that say it are read in `file`, the command line in `cli`. Each source reads its
//! own section.

mod exposure;
mod file;

use std::path::PathBuf;

use crate::alert::AlertSettings;
use crate::group::retention::Retention;
use crate::net::credentials::Credentials;
use crate::net::listen::ListenAddress;
use crate::net::tls::Identity;
use crate::source::SOURCES;
use crate::source::host::HostSettings;
use crate::source::input::{Input, InputTask};

pub use file::load;

/// Everything that can be chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The host that is sampled.
    pub host: HostSettings,
    /// Where the databases are.
    pub data: PathBuf,
    /// Where the page is served; empty for the default address, or any free port of the loopback if that one is taken.
    pub listen: Vec<ListenAddress>,
    /// The certificate that the page is served with; `None` for a page without TLS.
    pub identity: Option<Identity>,
    /// Who may see the page; `None` for everybody who reaches it.
    pub credentials: Option<Credentials>,
    /// How long which detail is kept.
    pub retention: Retention,
    /// What else is sampled, each by a task of its own.
    pub inputs: Vec<Input>,
    /// Alerts.
    pub alerts: AlertSettings,
}

impl Config {
    /// What is done without any configuration: this host, every second.
    pub fn new(data: PathBuf) -> Self {
        Self {
            host: HostSettings::default(),
            data,
            listen: Vec::new(),
            identity: None,
            credentials: None,
            retention: Retention::default(),
            inputs: SOURCES.iter().flat_map(|source| (source.defaults)()).collect(),
            alerts: AlertSettings::default(),
        }
    }

    /// The settings of all inputs of one type.
    pub fn settings<T: InputTask>(&self) -> impl Iterator<Item = &T> {
        self.inputs.iter().filter_map(Input::settings)
    }
}
