//! What the daemon is to do, checked. Files that say it are read in `file`, the command line in `cli`.

mod exposure;
mod file;
mod intake;
mod pattern;
mod problem;
mod words;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use rrd_core::Step;

use crate::alert::Rule;
use crate::group::Kind;
use crate::group::retention::Retention;
use crate::net::http::Page;
use crate::net::tls::Identity;
use crate::rootfs::Host;
use crate::schedule::whole_seconds;
use crate::source::Probe;
use crate::source::apache::APACHE;
use crate::source::memcached::MEMCACHED;
use crate::source::mysql;
use crate::source::mysql::Account;
use crate::source::nginx::NGINX;

pub use exposure::{Credentials, ExposureError, Listen, ListenError};
pub use file::{Environment, load};
pub use intake::{
    CollectdConfig, EXEC_STEP, ExecConfig, Intake, MuninConfig, TextfileConfig, types,
};
pub use pattern::Pattern;
pub use problem::ConfigError;

/// Where the page is served unless something else is said.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:7300";
/// How often a service is asked unless something else is said.
pub const SERVICE_STEP: u64 = 10;
/// How long a service may take to answer unless something else is said.
pub const SERVICE_DEADLINE: Duration = Duration::from_secs(5);

/// Everything that can be chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The host that is sampled.
    pub host: Host,
    /// Where the databases are.
    pub data: PathBuf,
    /// Where the page is served; nowhere said is the default, or any free port of the loopback if that one is taken.
    pub listen: Vec<Listen>,
    /// The certificate that the page is served with; `None` for a page without TLS.
    pub identity: Option<Identity>,
    /// Who may see the page; `None` for everybody who reaches it.
    pub credentials: Option<Credentials>,
    /// How often the host is sampled.
    pub step: Step,
    /// How long which detail is kept.
    pub retention: Retention,
    /// What is said of single probes, by their names.
    pub probes: BTreeMap<String, ProbeConfig>,
    /// Servers that are asked for their state.
    pub services: Vec<ServiceConfig>,
    /// What other programs hand over.
    pub intakes: Vec<Intake>,
    /// Warnings.
    pub alerts: AlertConfig,
}

/// What is said of one probe.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbeConfig {
    /// Whether it runs.
    pub enabled: bool,
    /// How often; `None` for as often as the others.
    pub step: Option<Step>,
    /// The instances that are taken; empty for all.
    pub include: Vec<Pattern>,
    /// The instances that are left out of those.
    pub exclude: Vec<Pattern>,
}

impl Default for ProbeConfig {
    fn default() -> Self {
        Self { enabled: true, step: None, include: Vec::new(), exclude: Vec::new() }
    }
}

impl ProbeConfig {
    /// Whether an instance is taken. What has no instance always is.
    pub fn takes(&self, instance: &str) -> bool {
        let any = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(instance));
        instance.is_empty()
            || ((self.include.is_empty() || any(&self.include)) && !any(&self.exclude))
    }
}

/// A server that is asked for its state.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceConfig {
    /// What it is called in files and on the page.
    pub instance: String,
    /// What it is and where.
    pub service: Service,
    /// How often it is asked.
    pub step: Step,
    /// How long an answer may take.
    pub deadline: Duration,
}

/// What a server is and where.
#[derive(Clone, Debug, PartialEq)]
pub enum Service {
    /// Apache's `mod_status`.
    Apache(Page),
    /// nginx' `stub_status`.
    Nginx(Page),
    /// memcached at `host:port`.
    Memcached(String),
    /// `MySQL` or `MariaDB`.
    Mysql(Account),
}

impl Service {
    /// The kinds of group that each of them has; some have more.
    pub fn kinds(&self) -> Vec<&'static Kind> {
        match self {
            Self::Apache(_) => vec![&APACHE],
            Self::Nginx(_) => vec![&NGINX],
            Self::Memcached(_) => vec![&MEMCACHED],
            Self::Mysql(_) => vec![
                &mysql::MYSQL,
                &mysql::MYSQL_COMMANDS,
                &mysql::MYSQL_SELECTS,
                &mysql::MYSQL_HANDLERS,
                &mysql::MYSQL_KEYS,
                &mysql::MYSQL_INNODB,
            ],
        }
    }

    /// What people call it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Apache(_) => "apache",
            Self::Nginx(_) => "nginx",
            Self::Memcached(_) => "memcached",
            Self::Mysql(_) => "mysql",
        }
    }
}

/// Warnings and what is done about them.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertConfig {
    /// Rules by name.
    pub rules: Vec<NamedRule>,
    /// A program that is run at each change, with its arguments; empty for none.
    pub command: Vec<String>,
    /// An address that is told of each change.
    pub webhook: Option<Page>,
    /// How long the program or the address may take.
    pub deadline: Duration,
}

/// A rule and what it is called.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedRule {
    /// The name.
    pub name: String,
    /// The rule.
    pub rule: Rule,
}

/// The rules that are there without any configuration: name and words.
pub const DEFAULT_RULES: [(&str, &str); 14] = [
    (
        "steal",
        "average over 20m of cpu.steal > 10, critical > 30, clear below 5, critical clear below 20",
    ),
    (
        "cpu",
        "average over 10m of cpu.busy > 85, critical > 95, clear below 75, critical clear below 85",
    ),
    ("load", "last of load.per_cpu > 2, clear below 1.75, for 1m"),
    ("iowait", "average over 10m of cpu.iowait > 40, clear below 20"),
    (
        "memory",
        "average over 5m of memory.used_share > 90, critical > 98, clear below 80, critical clear below 90",
    ),
    ("out-of-memory", "max over 30m of vm.oom_kills > 0"),
    ("disk-queue", "average over 10m of disk:*.queue > 10, clear below 5"),
    (
        "filesystem",
        "last of filesystem:*.used_share > 90, critical > 98, clear below 80, critical clear below 90, for 1m",
    ),
    (
        "filesystem-filling",
        "hours to 100 over 3h of filesystem:*.used_share < 8, critical < 2, clear above 12, critical clear above 4, for 5m",
    ),
    (
        "inodes-filling",
        "hours to 0 over 3h of filesystem:*.inodes_free < 8, critical < 2, clear above 12, critical clear above 4, for 5m",
    ),
    // Only what could be written for most of a day: others are meant to be as they are.
    ("filesystem-read-only", "rise over 1d of filesystem:*.read_only > 0.5, clear below 0.05"),
    ("filesystem-stuck", "last of filesystem:*.stuck > 0, for 30s"),
    ("listen-overflows", "average over 1m of tcp.listen_overflows > 1"),
    // Five times as long as a time server is left alone, and long enough awake to ask it again.
    ("clock", "last of clock.since_sync > 10800, for 40m, no data ok"),
];

impl Config {
    /// What is done without any configuration: this host, every second.
    pub fn new(data: PathBuf) -> Self {
        Self {
            host: Host::at("/"),
            data,
            listen: Vec::new(),
            identity: None,
            credentials: None,
            step: whole_seconds(1),
            retention: Retention::default(),
            probes: BTreeMap::new(),
            services: Vec::new(),
            intakes: Vec::new(),
            alerts: AlertConfig {
                rules: default_rules(),
                command: Vec::new(),
                webhook: None,
                deadline: Duration::from_secs(10),
            },
        }
    }

    /// How often a probe is asked: as is said of it, or at its own pace but not more often than the others.
    pub fn step_of(&self, probe: &dyn Probe) -> Step {
        self.probe(probe.name()).step.unwrap_or(self.step.max(probe.default_interval()))
    }

    /// What is said of a probe.
    pub fn probe(&self, name: &str) -> ProbeConfig {
        self.probes.get(name).cloned().unwrap_or_default()
    }
}

fn default_rules() -> Vec<NamedRule> {
    let parsed = |(name, words): &(&str, &str)| {
        let rule = Rule::parse(words).expect("a test reads every default rule");
        NamedRule { name: (*name).to_owned(), rule }
    };
    DEFAULT_RULES.iter().map(parsed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::kinds;

    #[test]
    fn every_default_rule_is_one_and_looks_at_something_that_is_measured() {
        let rules = default_rules();
        assert_eq!(rules.len(), DEFAULT_RULES.len());
        for NamedRule { name, rule } in rules {
            assert_eq!(rule.target.check(kinds().into_iter(), &[]), Ok(()), "{name}");
        }
    }

    #[test]
    fn patterns_choose_instances() {
        let probe = ProbeConfig {
            include: vec![Pattern::new("sd*")],
            exclude: vec![Pattern::new("sdb")],
            ..ProbeConfig::default()
        };
        assert!(probe.takes("sda") && !probe.takes("sdb") && !probe.takes("vda"));
        assert!(probe.takes(""));
    }
}
