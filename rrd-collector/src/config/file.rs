//! Configuration files: TOML, one main file and drop-ins beside it. Every file is checked by itself, so that what is wrong
//! is told with its file and line; then the later ones add to and override the earlier ones.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rrd_core::Step;
use serde::Deserialize;
use thiserror::Error;

use super::{Config, NamedRule, Pattern, SERVICE_DEADLINE, SERVICE_STEP, Service, ServiceConfig};
use crate::alert::{Rule, RuleError};
use crate::host::Host;
use crate::plan::{RetentionError, seconds};
use crate::probe::fetch::{AddressError, Page};
use crate::probe::whole_seconds;

/// Where values come from that files only refer to.
pub struct Surroundings<'a> {
    /// A variable of the environment.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// The folder of the service manager's credentials.
    pub credentials: Option<&'a Path>,
}

/// Why files are no configuration.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("{}: cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is no TOML, or has a key that means nothing. The message has line and column.
    #[error("{}: {source}", path.display())]
    Toml {
        /// The file.
        path: PathBuf,
        /// What is wrong and where.
        source: Box<toml::de::Error>,
    },
    /// A value cannot be what it should.
    #[error("{}: {key}: {problem}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// What is wrong.
        problem: ValueProblem,
    },
}

/// What is wrong with a value.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ValueProblem {
    /// No duration.
    #[error("{text:?} is no duration from 1s to 1h, such as \"10s\"")]
    Duration {
        /// The text.
        text: String,
    },
    /// No address of a socket.
    #[error("{text:?} is no address and port, such as \"127.0.0.1:7300\"")]
    Socket {
        /// The text.
        text: String,
    },
    /// A variable or a credential that is not there.
    #[error("${{{name}}} is not set")]
    Unset {
        /// The name.
        name: String,
    },
    /// No retention.
    #[error(transparent)]
    Retention(#[from] RetentionError),
    /// No address of a page.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// No rule.
    #[error(transparent)]
    Rule(#[from] RuleError),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data: Option<PathBuf>,
    listen: Option<String>,
    step: Option<String>,
    keep: Option<String>,
    procfs: Option<PathBuf>,
    sysfs: Option<PathBuf>,
    rootfs: Option<PathBuf>,
    #[serde(default)]
    probe: BTreeMap<ProbeName, Probe>,
    #[serde(default)]
    apache: Vec<WebServer>,
    #[serde(default)]
    nginx: Vec<WebServer>,
    #[serde(default)]
    memcached: Vec<Server>,
    statsd: Option<Statsd>,
    alerts: Option<Alerts>,
    #[serde(default)]
    rule: Vec<NamedWords>,
}

/// The probes that there are: a name with a slip is an error like any other key.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
enum ProbeName {
    Cpu,
    Disk,
    Memory,
    Load,
    Network,
    Vm,
    Swap,
    Processes,
    Pressure,
    Sockets,
    Filesystem,
    Cgroup,
}

impl ProbeName {
    const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Disk => "disk",
            Self::Memory => "memory",
            Self::Load => "load",
            Self::Network => "network",
            Self::Vm => "vm",
            Self::Swap => "swap",
            Self::Processes => "processes",
            Self::Pressure => "pressure",
            Self::Sockets => "sockets",
            Self::Filesystem => "filesystem",
            Self::Cgroup => "cgroup",
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Probe {
    enabled: Option<bool>,
    step: Option<String>,
    include: Option<Vec<String>>,
    exclude: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WebServer {
    name: Option<String>,
    url: String,
    host: Option<String>,
    step: Option<String>,
    deadline: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Server {
    name: Option<String>,
    address: String,
    step: Option<String>,
    deadline: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Statsd {
    listen: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Alerts {
    defaults: Option<bool>,
    command: Option<Vec<String>>,
    webhook: Option<String>,
    deadline: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedWords {
    name: String,
    when: String,
}

/// Adds what a file and the drop-ins beside it say (`NAME.d/*.toml`, in the order of their names) to `config`.
///
/// # Errors
///
/// [`ConfigError`] for the first file that is none, with the place.
pub fn load(
    path: &Path,
    config: &mut Config,
    around: &Surroundings<'_>,
) -> Result<(), ConfigError> {
    for path in files(path)? {
        let text = fs::read_to_string(&path)
            .map_err(|source| ConfigError::Read { path: path.clone(), source })?;
        let file: File = toml::from_str(&text)
            .map_err(|source| ConfigError::Toml { path: path.clone(), source: Box::new(source) })?;
        Reading { path: &path, around }.apply(file, config)?;
    }
    Ok(())
}

fn files(path: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let mut files = vec![path.to_owned()];
    let folder = path.with_extension("d");
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(files),
        Err(source) => return Err(ConfigError::Read { path: folder, source }),
    };
    let mut drop_ins = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|source| ConfigError::Read { path: folder.clone(), source })?;
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            drop_ins.push(path);
        }
    }
    drop_ins.sort();
    files.append(&mut drop_ins);
    Ok(files)
}

/// One file on its way into the configuration.
struct Reading<'a> {
    path: &'a Path,
    around: &'a Surroundings<'a>,
}

impl Reading<'_> {
    fn apply(&self, file: File, config: &mut Config) -> Result<(), ConfigError> {
        if let Some(data) = file.data {
            config.data = data;
        }
        if let Some(text) = file.listen {
            config.listen = Some(self.socket("listen", text)?);
        }
        if let Some(text) = file.step {
            config.step = self.step("step", text)?;
        }
        if let Some(text) = file.keep {
            let parsed = text.parse::<crate::plan::Retention>();
            config.retention = parsed.map_err(|problem| self.value("keep", problem.into()))?;
        }
        if let Some(root) = &file.rootfs {
            config.host = Host::at(root);
        }
        config.host.replace(file.procfs, file.sysfs);
        for (name, said) in file.probe {
            self.apply_probe(name.name(), said, config)?;
        }
        for (what, servers) in [("apache", file.apache), ("nginx", file.nginx)] {
            for server in servers {
                let service = self.web_server(what, server)?;
                config.services.push(service);
            }
        }
        for server in file.memcached {
            let service = self.server(server)?;
            config.services.push(service);
        }
        if let Some(statsd) = file.statsd {
            config.statsd = Some(self.socket("statsd.listen", statsd.listen)?);
        }
        self.apply_alerts(file.alerts, file.rule, config)
    }

    fn apply_probe(&self, name: &str, said: Probe, config: &mut Config) -> Result<(), ConfigError> {
        let step = match said.step {
            Some(text) => Some(self.step(&format!("probe.{name}.step"), text)?),
            None => None,
        };
        let probe = config.probes.entry(name.to_owned()).or_default();
        probe.enabled = said.enabled.unwrap_or(probe.enabled);
        probe.step = step.or(probe.step);
        let patterns = |texts: Vec<String>| texts.iter().map(|text| Pattern::new(text)).collect();
        if let Some(texts) = said.include {
            probe.include = patterns(texts);
        }
        if let Some(texts) = said.exclude {
            probe.exclude = patterns(texts);
        }
        Ok(())
    }

    fn apply_alerts(
        &self,
        said: Option<Alerts>,
        rules: Vec<NamedWords>,
        config: &mut Config,
    ) -> Result<(), ConfigError> {
        let alerts = &mut config.alerts;
        if let Some(said) = said {
            if said.defaults == Some(false) {
                alerts.rules.clear();
            }
            if let Some(command) = said.command {
                alerts.command = command
                    .iter()
                    .map(|word| self.expand("alerts.command", word))
                    .collect::<Result<_, _>>()?;
            }
            if let Some(url) = said.webhook {
                alerts.webhook = Some(self.page("alerts.webhook", &url)?);
            }
            if let Some(text) = said.deadline {
                alerts.deadline = self.duration("alerts.deadline", text)?;
            }
        }
        for NamedWords { name, when } in rules {
            let rule = Rule::parse(&when)
                .map_err(|problem| self.value(&format!("rule {name:?}"), problem.into()))?;
            // A rule of the same name takes the place of the earlier one.
            alerts.rules.retain(|known| known.name != name);
            alerts.rules.push(NamedRule { name, rule });
        }
        Ok(())
    }

    fn web_server(&self, what: &str, said: WebServer) -> Result<ServiceConfig, ConfigError> {
        let mut page = self.page(&format!("{what}.url"), &said.url)?;
        if let Some(host) = said.host {
            page = page.for_host(&host);
        }
        let instance = said.name.unwrap_or_else(|| page.instance());
        let service = if what == "apache" { Service::Apache(page) } else { Service::Nginx(page) };
        let (step, deadline) = self.times(what, said.step, said.deadline)?;
        Ok(ServiceConfig { instance, service, step, deadline })
    }

    fn server(&self, said: Server) -> Result<ServiceConfig, ConfigError> {
        let (step, deadline) = self.times("memcached", said.step, said.deadline)?;
        let instance = said.name.unwrap_or_else(|| said.address.clone());
        Ok(ServiceConfig { instance, service: Service::Memcached(said.address), step, deadline })
    }

    fn times(
        &self,
        what: &str,
        step: Option<String>,
        deadline: Option<String>,
    ) -> Result<(Step, Duration), ConfigError> {
        let step = match step {
            Some(text) => self.step(&format!("{what}.step"), text)?,
            None => whole_seconds(SERVICE_STEP),
        };
        let deadline = match deadline {
            Some(text) => self.duration(&format!("{what}.deadline"), text)?,
            None => SERVICE_DEADLINE,
        };
        Ok((step, deadline))
    }

    fn page(&self, key: &str, text: &str) -> Result<Page, ConfigError> {
        let text = self.expand(key, text)?;
        Page::parse(&text).map_err(|problem| self.value(key, problem.into()))
    }

    /// Puts in what `${NAME}` and `${credential:NAME}` stand for.
    fn expand(&self, key: &str, text: &str) -> Result<String, ConfigError> {
        let mut expanded = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, behind)) = after.split_once('}') else { break };
            let value = match (name.strip_prefix("credential:"), self.around.credentials) {
                // A credential is a file in the service manager's folder and nowhere else.
                (Some(file), Some(folder)) if !file.contains('/') => {
                    fs::read_to_string(folder.join(file))
                        .ok()
                        .map(|text| text.trim_end().to_owned())
                }
                (Some(_), _) => None,
                (None, _) => (self.around.variable)(name),
            };
            let unset = || self.value(key, ValueProblem::Unset { name: name.to_owned() });
            expanded.push_str(before);
            expanded.push_str(&value.ok_or_else(unset)?);
            rest = behind;
        }
        expanded.push_str(rest);
        Ok(expanded)
    }

    fn duration(&self, key: &str, text: String) -> Result<Duration, ConfigError> {
        match seconds(&text).filter(|seconds| *seconds <= 3600) {
            Some(seconds) => Ok(Duration::from_secs(seconds)),
            None => Err(self.value(key, ValueProblem::Duration { text })),
        }
    }

    fn step(&self, key: &str, text: String) -> Result<Step, ConfigError> {
        let duration = self.duration(key, text.clone())?;
        Step::from_seconds(duration.as_secs())
            .ok_or_else(|| self.value(key, ValueProblem::Duration { text }))
    }

    fn socket(&self, key: &str, text: String) -> Result<SocketAddr, ConfigError> {
        text.parse().map_err(|_| self.value(key, ValueProblem::Socket { text }))
    }

    fn value(&self, key: &str, problem: ValueProblem) -> ConfigError {
        ConfigError::Value { path: self.path.to_owned(), key: key.to_owned(), problem }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &[(&str, &str)]) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("rrd-collector.d")).unwrap();
        for (name, text) in texts {
            fs::write(folder.path().join(name), text).unwrap();
        }
        fs::write(folder.path().join("password"), "s3cret\n").unwrap();
        let variable = |name: &str| (name == "PORT").then(|| "8080".to_owned());
        let around = Surroundings { variable: &variable, credentials: Some(folder.path()) };
        let mut config = Config::new("data".into());
        let main = folder.path().join("rrd-collector.toml");
        let shown = |error: ConfigError| {
            crate::fault::chain(&error).replace(&format!("{}/", folder.path().display()), "")
        };
        load(&main, &mut config, &around).map_err(shown).map(|()| config)
    }

    #[test]
    fn every_line_of_the_packaged_file_can_be_used() {
        let text = include_str!("../../debian/rrd-collector.toml");
        let is_setting = |line: &&str| line.starts_with("# [") || line.contains(" = ");
        let used: Vec<&str> =
            text.lines().filter(is_setting).map(|line| line.trim_start_matches("# ")).collect();
        let text = used.join("\n").replace("credential:nginx-password", "credential:password");
        let config = read(&[("rrd-collector.toml", &text)]).unwrap();
        assert_eq!(config.services.len(), 3);
        assert_eq!(config.retention, crate::plan::Retention::default());
        assert_eq!(read(&[("rrd-collector.toml", "")]).unwrap(), Config::new("data".into()));
    }

    #[test]
    fn drop_ins_add_to_the_main_file_and_override_it() {
        let config = read(&[
            (
                "rrd-collector.toml",
                "step = \"2s\"\nlisten = \"[::1]:80\"\n[probe.disk]\nexclude = [\"sr*\"]\n",
            ),
            ("rrd-collector.d/20-b.toml", "step = \"10s\"\n[probe.disk]\nstep = \"1m\"\n"),
            (
                "rrd-collector.d/10-a.toml",
                "step = \"5s\"\n[[apache]]\nurl = \"http://localhost/server-status?auto\"\n",
            ),
            ("rrd-collector.d/ignored.conf", "nonsense"),
        ])
        .unwrap();
        assert_eq!(config.step.seconds(), 10);
        assert_eq!(config.probe("disk").step.map(Step::seconds), Some(60));
        assert!(!config.probe("disk").takes("sr0"));
        assert_eq!(config.services[0].instance, "localhost");
        assert_eq!(config.services[0].step.seconds(), 10);
    }

    #[test]
    fn an_unknown_key_is_told_with_file_and_line() {
        let error = read(&[("rrd-collector.toml", "step = \"1s\"\n[probe.disk]\nexlude = []\n")]);
        let error = error.unwrap_err();
        assert!(
            error.starts_with("rrd-collector.toml: TOML parse error at line 3, column 1"),
            "{error}"
        );
        assert!(error.contains("unknown field `exlude`"), "{error}");
        let error = read(&[("rrd-collector.toml", "[probe.dsk]\n")]).unwrap_err();
        assert!(error.contains("unknown variant `dsk`"), "{error}");
    }

    #[test]
    fn secrets_come_from_the_environment_and_from_credentials() {
        let text = "[[nginx]]\nname = \"www\"\nurl = \"http://me:${credential:password}@127.0.0.1:${PORT}/status\"\n";
        let config = read(&[("rrd-collector.toml", text)]).unwrap();
        let page = Page::parse("http://me:s3cret@127.0.0.1:8080/status").unwrap();
        assert_eq!(config.services[0].service, Service::Nginx(page));
        let text = "[[nginx]]\nurl = \"http://${HOME_PAGE}/\"\n";
        let error = read(&[("rrd-collector.toml", text)]).unwrap_err();
        assert_eq!(error, "rrd-collector.toml: nginx.url: ${HOME_PAGE} is not set");
        let text = "[[nginx]]\nurl = \"http://${credential:../x}/\"\n";
        assert!(read(&[("rrd-collector.toml", text)]).is_err());
    }

    #[test]
    fn rules_of_ones_own_replace_default_ones_of_the_same_name() {
        let text = "[alerts]\ncommand = [\"/bin/true\"]\n[[rule]]\nname = \"steal\"\nwhen = \"average over 5m of cpu.steal > 3\"\n";
        let config = read(&[("rrd-collector.toml", text)]).unwrap();
        let steal: Vec<_> =
            config.alerts.rules.iter().filter(|rule| rule.name == "steal").collect();
        assert_eq!(steal.len(), 1);
        assert_eq!(steal[0].rule.over.as_secs(), 300);
        assert_eq!(config.alerts.command, ["/bin/true"]);
        let off = read(&[("rrd-collector.toml", "[alerts]\ndefaults = false\n")]).unwrap();
        assert_eq!(off.alerts.rules, []);
    }

    #[test]
    fn values_that_make_no_sense_are_told_with_their_key() {
        let error = |text: &str| read(&[("rrd-collector.toml", text)]).unwrap_err();
        assert_eq!(
            error("step = \"2h\""),
            "rrd-collector.toml: step: \"2h\" is no duration from 1s to 1h, such as \"10s\""
        );
        assert_eq!(
            error("keep = \"a lot\""),
            "rrd-collector.toml: keep: \"a lot\" does not read like \"10s for 1d\" (units: s m h d w y)"
        );
        assert!(
            error("[[rule]]\nname = \"x\"\nwhen = \"cpu\"\n")
                .starts_with("rrd-collector.toml: rule \"x\": ")
        );
    }
}
