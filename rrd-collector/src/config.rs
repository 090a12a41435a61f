//! What the daemon is to do, checked. Where it was said (command line, environment) lives in `cli`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use rrd_core::Step;

use crate::host::Host;
use crate::plan::Retention;
use crate::probe::fetch::Page;

/// Where the page is served unless something else is said.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:7300";

/// Everything that can be chosen.
#[derive(Clone, Debug)]
pub struct Config {
    /// The host that is sampled.
    pub host: Host,
    /// Where the databases are.
    pub data: PathBuf,
    /// Where the page is served; `None` for the default, or any free port of the loopback if that one is taken.
    pub listen: Option<SocketAddr>,
    /// How often the host is sampled.
    pub step: Step,
    /// How long which detail is kept.
    pub retention: Retention,
    /// Apache servers.
    pub apache: Vec<ApacheConfig>,
}

/// An Apache server to sample.
#[derive(Clone, Debug)]
pub struct ApacheConfig {
    /// What it is called in files and on the page.
    pub instance: String,
    /// Its status page.
    pub page: Page,
    /// How often it is asked.
    pub step: Step,
    /// How long an answer may take.
    pub deadline: Duration,
}
