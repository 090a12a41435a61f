//! Configuration files: TOML, one main file and drop-ins beside it. Every file is checked by itself, so that what is wrong
//! is told with its file and line; then the later ones add to and override the earlier ones.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rrd_core::Step;

use super::problem::{ConfigError, ValueProblem};
use super::words::{Alerts, Database, File, NamedWords, Probe, Server, WebServer, Webhook};
use super::{
    Config, Credentials, ListenError, NamedRule, Pattern, SERVICE_DEADLINE, SERVICE_STEP, Service,
    ServiceConfig,
};
use crate::alert::Rule;
use crate::duration::INTERVAL;
use crate::net::http::{AddressError, Page};
use crate::net::tls::{Identity, Trust};
use crate::rootfs::Host;
use crate::schedule::whole_seconds;
use crate::source::mysql::{Account, Place};
use crate::source::{DESCRIBED_LATER, kinds};

/// Where values come from that files only refer to.
pub struct Environment<'a> {
    /// A variable of the environment.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// The folder of the service manager's credentials.
    pub credentials: Option<&'a Path>,
}

/// How a page is asked for, apart from its address.
struct Manner {
    host: Option<String>,
    user: Option<String>,
    password: Option<String>,
    ca: Option<String>,
    verify: Option<bool>,
}

/// Adds what a file and the drop-ins beside it say (`NAME.d/*.toml`, in the order of their names) to `config`.
///
/// # Errors
///
/// [`ConfigError`] for the first file that is none, with the place.
pub fn load(path: &Path, config: &mut Config, around: &Environment<'_>) -> Result<(), ConfigError> {
    for path in files(path)? {
        let text = fs::read_to_string(&path)
            .map_err(|source| ConfigError::Read { path: path.clone(), source })?;
        let file: File = toml::from_str(&text)
            .map_err(|source| ConfigError::Toml { path: path.clone(), source: Box::new(source) })?;
        Reading { path: &path, text: &text, around }.apply(file, config)?;
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
pub(super) struct Reading<'a> {
    path: &'a Path,
    text: &'a str,
    around: &'a Environment<'a>,
}

impl Reading<'_> {
    fn apply(&self, file: File, config: &mut Config) -> Result<(), ConfigError> {
        if let Some(data) = file.data {
            config.data = data;
        }
        if let Some(places) = file.listen {
            let listen = |text: &String| {
                let listen = self.expand("listen", text)?.parse();
                listen.map_err(|problem: ListenError| self.value("listen", problem.into()))
            };
            config.listen = places.iter().map(listen).collect::<Result<_, _>>()?;
        }
        if let Some(said) = file.tls {
            let certificate = self.expand("tls.certificate", &said.certificate)?;
            let key = self.expand("tls.key", &said.key)?;
            let identity = Identity::read(certificate.as_ref(), key.as_ref());
            config.identity = Some(identity.map_err(|problem| self.value("tls", problem.into()))?);
        }
        if let Some(said) = file.auth {
            let user = self.expand("auth.user", &said.user)?;
            let password = self.secret("auth.password", &said.password)?;
            config.credentials = Some(Credentials::new(&user, &password));
        }
        if let Some(text) = file.step {
            config.step = self.step("step", text)?;
        }
        if let Some(text) = file.keep {
            let parsed = text.parse::<crate::group::retention::Retention>();
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
        for database in file.mysql {
            let service = self.database(database)?;
            config.services.push(service);
        }
        for server in file.memcached {
            let service = self.server(server)?;
            config.services.push(service);
        }
        if let Some(said) = file.statsd {
            config.take_up(self.statsd(said)?);
        }
        if let Some(said) = file.munin {
            config.take_up(self.munin(said)?);
        }
        if let Some(said) = file.collectd {
            config.take_up(self.collectd(said)?);
        }
        for said in file.exec {
            config.take_up(self.exec(said)?);
        }
        if let Some(said) = file.textfile {
            config.take_up(self.textfile(said)?);
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
            if let Some(Webhook { url, user, password, ca, verify }) = said.webhook {
                let manner = Manner { host: None, user, password, ca, verify };
                alerts.webhook = Some(self.page("alerts.webhook", &url, manner)?);
            }
            if let Some(text) = said.deadline {
                alerts.deadline = self.duration("alerts.deadline", text)?;
            }
        }
        for NamedWords { name, when } in rules {
            let wrong = |problem: ValueProblem| {
                let before = self.text.bytes().take(when.span().start);
                ConfigError::Rule {
                    path: self.path.to_owned(),
                    line: 1 + before.filter(|byte| *byte == b'\n').count(),
                    rule: name.clone(),
                    problem: Box::new(problem),
                }
            };
            let rule = Rule::parse(when.get_ref()).map_err(|error| wrong(error.into()))?;
            let known = rule.target.check(kinds().into_iter(), &DESCRIBED_LATER);
            known.map_err(|error| wrong(error.into()))?;
            // A rule of the same name takes the place of the earlier one.
            alerts.rules.retain(|known| known.name != name);
            alerts.rules.push(NamedRule { name, rule });
        }
        Ok(())
    }

    fn web_server(&self, what: &str, said: WebServer) -> Result<ServiceConfig, ConfigError> {
        let WebServer { host, user, password, ca, verify, .. } = said;
        let manner = Manner { host, user, password, ca, verify };
        let page = self.page(what, &said.url, manner)?;
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

    fn database(&self, said: Database) -> Result<ServiceConfig, ConfigError> {
        let (step, deadline) = self.times("mysql", said.step, said.deadline)?;
        let place = Place::parse(&self.expand("mysql.address", &said.address)?);
        let user = self.expand("mysql.user", &said.user)?;
        let password = match said.password {
            Some(text) => self.secret("mysql.password", &text)?,
            None => String::new(),
        };
        let instance = said.name.unwrap_or_else(|| place.to_string());
        let service = Service::Mysql(Account { place, user, password });
        Ok(ServiceConfig { instance, service, step, deadline })
    }

    pub(super) fn times(
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

    fn page(&self, what: &str, url: &str, manner: Manner) -> Result<Page, ConfigError> {
        let key = format!("{what}.url");
        let wrong = |problem: AddressError| self.value(&key, problem.into());
        let mut page = Page::parse(&self.expand(&key, url)?).map_err(wrong)?;
        if let Some(host) = manner.host {
            page = page.for_host(&host);
        }
        match (manner.user, manner.password) {
            (None, None) => {}
            (Some(user), Some(password)) => {
                let user = self.expand(&format!("{what}.user"), &user)?;
                let password = self.secret(&format!("{what}.password"), &password)?;
                page = page.for_user(&user, &password).map_err(wrong)?;
            }
            _ => return Err(self.value(&format!("{what}.user"), ValueProblem::Half)),
        }
        if let Some(file) = manner.ca {
            let key = format!("{what}.ca");
            let trust = Trust::only(self.expand(&key, &file)?.as_ref());
            let trust = trust.map_err(|problem| self.value(&key, problem.into()))?;
            page = page.trusting(trust).map_err(wrong)?;
        }
        if manner.verify == Some(false) {
            page = page.trusting(Trust::anybody()).map_err(wrong)?;
        }
        Ok(page)
    }

    /// What a password stands for, which is never written in the file itself.
    fn secret(&self, key: &str, text: &str) -> Result<String, ConfigError> {
        let secret = self.expand(key, text)?;
        if secret == text { Err(self.value(key, ValueProblem::Bare)) } else { Ok(secret) }
    }

    /// Puts in what `${NAME}`, `${file:PATH}` and `${credential:NAME}` stand for.
    pub(super) fn expand(&self, key: &str, text: &str) -> Result<String, ConfigError> {
        let mut expanded = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, behind)) = after.split_once('}') else { break };
            let content = |path: PathBuf| {
                fs::read_to_string(path).ok().map(|text| text.trim_end().to_owned())
            };
            let value = match name.split_once(':') {
                // A credential is a file in the service manager's folder and nowhere else.
                Some(("credential", file)) if !file.contains('/') => {
                    self.around.credentials.and_then(|folder| content(folder.join(file)))
                }
                Some(("file", path)) => content(path.into()),
                Some(_) => None,
                None => (self.around.variable)(name),
            };
            let unset = || self.value(key, ValueProblem::Unset { name: name.to_owned() });
            expanded.push_str(before);
            expanded.push_str(&value.ok_or_else(unset)?);
            rest = behind;
        }
        expanded.push_str(rest);
        Ok(expanded)
    }

    pub(super) fn duration(
        &self,
        key: &str,
        text: impl AsRef<str>,
    ) -> Result<Duration, ConfigError> {
        INTERVAL.parse(text.as_ref()).map_err(|problem| self.value(key, problem.into()))
    }

    pub(super) fn step(&self, key: &str, text: impl AsRef<str>) -> Result<Step, ConfigError> {
        let duration = self.duration(key, text)?;
        Ok(Step::from_seconds(duration.as_secs()).expect("an interval has a second at least"))
    }

    pub(super) fn socket(&self, key: &str, text: String) -> Result<SocketAddr, ConfigError> {
        text.parse().map_err(|_| self.value(key, ValueProblem::Socket { text }))
    }

    pub(super) fn value(&self, key: &str, problem: ValueProblem) -> ConfigError {
        let problem = Box::new(problem);
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
        let around = Environment { variable: &variable, credentials: Some(folder.path()) };
        let mut config = Config::new("data".into());
        let main = folder.path().join("rrd-collector.toml");
        let shown = |error: ConfigError| {
            crate::fault::chain(&error).replace(&format!("{}/", folder.path().display()), "")
        };
        load(&main, &mut config, &around).map_err(shown).map(|()| config)
    }

    #[test]
    fn every_line_of_the_packaged_file_can_be_used() {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = crate::net::tls::trial::certificate(folder.path(), "page");
        let text = include_str!("../../debian/rrd-collector.toml");
        let is_setting = |line: &&str| line.starts_with("# [") || line.contains(" = ");
        let mut used: Vec<&str> =
            text.lines().filter(is_setting).map(|line| line.trim_start_matches("# ")).collect();
        // One place, or a list of places.
        used.retain(|line| !line.starts_with("listen = \"127"));
        let mut text = used.join("\n");
        for (name, file) in [
            ("/etc/ssl/certs/page.pem", certificate.to_str().unwrap()),
            ("/etc/ssl/certs/our-ca.pem", certificate.to_str().unwrap()),
            ("${CREDENTIALS_DIRECTORY}/page.key", key.to_str().unwrap()),
            ("${file:/etc/rrd-collector/webhook}", "${credential:password}"),
            ("${credential:page-password}", "${credential:password}"),
            ("${credential:apache-password}", "${credential:password}"),
            ("${credential:mysql-password}", "${credential:password}"),
        ] {
            assert!(text.contains(name), "{name}");
            text = text.replace(name, file);
        }
        let config = read(&[("rrd-collector.toml", &text)]).unwrap();
        assert_eq!(config.services.len(), 5);
        assert_eq!(config.retention, crate::group::retention::Retention::default());
        assert_eq!(read(&[("rrd-collector.toml", "")]).unwrap(), Config::new("data".into()));
    }

    #[test]
    fn the_page_is_at_one_place_or_at_several() {
        let places = |text: &str| {
            let config = read(&[("rrd-collector.toml", text)])?;
            Ok::<_, String>(config.listen.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(places("listen = \"[::1]:80\"\n").unwrap(), ["[::1]:80"]);
        assert_eq!(
            places("listen = [\"127.0.0.1:80\", \"unix:/run/page.sock\"]\n").unwrap(),
            ["127.0.0.1:80", "unix:/run/page.sock"]
        );
        assert!(
            places("listen = [\"127.0.0.1:80\", \"80\"]\n").unwrap_err().contains("\"80\" is not")
        );
        assert!(places("listen = 80\n").unwrap_err().contains("a text or a list of texts"));
    }

    #[test]
    fn what_munin_is_asked_can_be_chosen() {
        let text = "[munin]\nplugins = \"/p\"\nstep = \"1m\"\nexclude = [\"if_*\"]\n";
        let munin = read(&[("rrd-collector.toml", text)]).unwrap().munin();
        assert_eq!((munin.plugins.to_str(), munin.step.seconds()), (Some("/p"), 60));
        assert!(munin.instances.takes("cpu") && !munin.instances.takes("if_eth0"));
        let error = read(&[("rrd-collector.toml", "[munin]\nstep = \"2h\"\n")]).unwrap_err();
        assert!(error.starts_with("rrd-collector.toml: munin.step: invalid duration \"2h\":"));
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
        assert_eq!(config.services[0].service, Service::Nginx(page.clone()));
        let text = "[[nginx]]\nurl = \"http://127.0.0.1:${PORT}/status\"\nuser = \"me\"\npassword = \"${credential:password}\"\n";
        let config = read(&[("rrd-collector.toml", text)]).unwrap();
        assert_eq!(config.services[0].service, Service::Nginx(page));
        let bare = text.replace("${credential:password}", "s3cret");
        assert_eq!(
            read(&[("rrd-collector.toml", &bare)]).unwrap_err(),
            "rrd-collector.toml: nginx.password: a password is not written here; write ${credential:NAME}, \
             ${file:/PATH} or ${VARIABLE}"
        );
        let text = "[[nginx]]\nurl = \"http://${HOME_PAGE}/\"\n";
        let error = read(&[("rrd-collector.toml", text)]).unwrap_err();
        assert_eq!(error, "rrd-collector.toml: nginx.url: ${HOME_PAGE} is not set");
        let text = "[[nginx]]\nurl = \"http://${credential:../x}/\"\n";
        assert!(read(&[("rrd-collector.toml", text)]).is_err());
    }

    #[test]
    fn the_page_is_served_with_the_certificate_and_to_the_user_that_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = crate::net::tls::trial::certificate(folder.path(), "web1");
        let text = format!(
            "listen = \"0.0.0.0:7300\"\n[tls]\ncertificate = \"{}\"\nkey = \"{}\"\n\
             [auth]\nuser = \"me\"\npassword = \"${{credential:password}}\"\n",
            certificate.display(),
            key.display()
        );
        let config = read(&[("rrd-collector.toml", &text)]).unwrap();
        assert_eq!(config.identity, Some(Identity::read(&certificate, &key).unwrap()));
        assert_eq!(config.credentials, Some(Credentials::new("me", "s3cret")));
        let error =
            read(&[("rrd-collector.toml", "[tls]\ncertificate = \"/none\"\nkey = \"/none\"\n")]);
        assert_eq!(
            error.unwrap_err(),
            "rrd-collector.toml: tls: /none: cannot be read: No such file or directory (os error 2)"
        );
    }

    #[test]
    fn whom_to_believe_is_said_of_https_pages() {
        let folder = tempfile::tempdir().unwrap();
        let (ca, _) = crate::net::tls::trial::certificate(folder.path(), "ca");
        let text = format!(
            "[[apache]]\nurl = \"https://127.0.0.1/s?auto\"\nhost = \"www.example\"\nca = \"{0}\"\n\
             [[apache]]\nurl = \"https://b/s?auto\"\nverify = false\n\
             [alerts]\nwebhook = {{ url = \"https://c/\", ca = \"{0}\" }}\n",
            ca.display()
        );
        let config = read(&[("rrd-collector.toml", &text)]).unwrap();
        let page = |url| Page::parse(url).unwrap();
        let believed = || Trust::only(&ca).unwrap();
        let first = page("https://127.0.0.1/s?auto").for_host("www.example");
        assert_eq!(
            config.services[0].service,
            Service::Apache(first.trusting(believed()).unwrap())
        );
        let second = page("https://b/s?auto").trusting(Trust::anybody()).unwrap();
        assert_eq!(config.services[1].service, Service::Apache(second));
        assert_eq!(config.alerts.webhook, Some(page("https://c/").trusting(believed()).unwrap()));
        let error =
            read(&[("rrd-collector.toml", "[[nginx]]\nurl = \"http://b/\"\nverify = false\n")]);
        assert_eq!(
            error.unwrap_err(),
            "rrd-collector.toml: nginx.url: ca and verify are for https only"
        );
        let error = read(&[(
            "rrd-collector.toml",
            "[alerts]\nwebhook = { url = \"http://c/\", proxy = 1 }\n",
        )]);
        assert!(error.unwrap_err().contains("unknown field `proxy`"));
        let error = read(&[("rrd-collector.toml", "[alerts]\nwebhook = 1\n")]).unwrap_err();
        assert!(error.contains("expected an address or a table with a url"), "{error}");
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
            "rrd-collector.toml: step: invalid duration \"2h\": expected 1s to 1h, e.g. 10s"
        );
        assert_eq!(
            error("keep = \"a lot\""),
            "rrd-collector.toml: keep: invalid retention \"a lot\": expected DURATION for DURATION, \
             e.g. 10s for 1d"
        );
        assert!(
            error("[[rule]]\nname = \"x\"\nwhen = \"cpu\"\n")
                .starts_with("rrd-collector.toml:3: rule \"x\": invalid rule `cpu`: ")
        );
    }

    #[test]
    fn a_rule_over_a_metric_that_its_kind_does_not_have_is_refused_with_file_line_and_the_nearest_word()
     {
        let error = |target: &str| {
            let text =
                format!("# Rules.\n[[rule]]\nname = \"x\"\n\nwhen = '''last of {target} > 10'''\n");
            read(&[("rrd-collector.toml", &text)]).err()
        };
        assert_eq!(
            error("cpu.stael").unwrap(),
            "rrd-collector.toml:5: rule \"x\": cpu has no metric \"stael\": did you mean steal?"
        );
        assert_eq!(
            error("dsik:*.util").unwrap(),
            "rrd-collector.toml:5: rule \"x\": no group \"dsik\": did you mean disk?"
        );
        for known in ["statsd_timer:*.mean", "textfile:\"a b\".value", "collector.groups"] {
            assert_eq!(error(known), None, "{known}");
        }
        // What programs describe is known when they have described it.
        assert_eq!(error("munin:df.stael"), None);
        assert_eq!(error("collectd:*.value"), None);
    }
}
