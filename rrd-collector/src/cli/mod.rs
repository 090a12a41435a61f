//! The command line: words to an [`Invocation`], and that with configuration files to a [`Config`].

mod charts;
mod check;
mod listing;
mod once;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use rrd_core::Step;
use thiserror::Error;

use crate::config::{Config, load};
use crate::duration::{INTERVAL, InvalidDuration, SPAN};
use crate::group::retention::{Retention, RetentionError};
use crate::net::http::{AddressError, Page};
use crate::net::listen::{InvalidListenAddress, ListenAddress};
use crate::process::logging::{LogFormat, LogFormatError};
use crate::rootfs::Host;
use crate::section::{ConfigError, Environment};
use crate::source::apache::ApacheServer;
use crate::source::server::{DEFAULT_DEADLINE, DEFAULT_STEP, PolledServer};

pub use charts::{NoChart, charts, description};
pub use check::{CheckError, NagiosCheck, Verdict, check};
pub use listing::{plan, probes};
pub use once::once;

/// Where the configuration is, if it is there at all.
const DEFAULT_CONFIG: &str = "/etc/rrd-collector/rrd-collector.toml";

/// What `--help` prints.
pub const HELP: &str = "\
Samples this host into round-robin archives and shows them on a page.

Usage: rrd-collector [COMMAND] [OPTIONS]

Commands
  run                  sample, store, warn and serve the page (default)
  check                read the configuration and say what is wrong with it
  check WHAT           answer as a Nagios plugin. WHAT is the name of a rule, or a value such as
                       cpu.steal or disk:vda.util with -w RANGE and -c RANGE (and --over 5m);
                       shares are in percent
  once                 sample for a second and print every value
  plan                 print which files there will be and how large
  probes               print what is measured
  charts               print which charts are packaged
  charts NAME [INSTANCE]
                       print one as a description that `rrd chart --file` draws
  munin PLUGIN [config]
                       call one of Munin's plugins as run does, and print what it prints
  alert test RULE      do what is done when the rule warns

Options
  --config FILE        configuration (default: /etc/rrd-collector/rrd-collector.toml, if it is there);
                       FILE without .toml plus .d/*.toml add to it
  --data DIR           where the archives are (default: $STATE_DIRECTORY, else ./rrd-data)
  --listen ADDR:PORT   where the page is served, or unix:/path (default: 127.0.0.1:7300, or a free port;
                       may be given several times)
  --step DURATION      how often the host is sampled (default: 1s)
  --keep WORDS         how long which detail is kept, in new files
                       (default: \"1s for 1h, 10s for 6h, 1m for 2d, 10m for 14d, 1h for 60d, 1d for 5y\")
  --apache URL         sample an Apache server: http://[user:password@]host[:port]/server-status?auto
                       (may be given several times)
  --apache-step DURATION  how often Apache is asked (default: 10s)
  --rootfs DIR         the folder that stands for / (default: /)
  --procfs DIR         the folder that stands for /proc
  --sysfs DIR          the folder that stands for /sys
  --log-format FORM    text, journal (with priorities) or json (default: journal if that listens, else text)
  -h, --help           print this
  -V, --version        print the version

Stops cleanly on SIGTERM and SIGINT, reads its configuration again on SIGHUP.
RUST_LOG sets what is logged (error, warn, info, debug).
";

/// What is to be done, and with which options.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    /// What is to be done.
    pub command: Command,
    options: Options,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Run the daemon.
    Run,
    /// Say whether the configuration is one.
    CheckConfig,
    /// Answer as a Nagios plugin.
    Check(NagiosCheck),
    /// Sample once and print.
    Once,
    /// Print the files.
    Plan,
    /// Print the probes.
    Probes,
    /// Do what is done when this rule warns.
    AlertTest(String),
    /// Print which charts are packaged.
    Charts,
    /// Print a chart as a description.
    Chart {
        /// Its name.
        name: String,
        /// The instance that it shows; may be empty.
        instance: String,
    },
    /// Call one of Munin's plugins for its values, or for its description.
    Munin {
        /// The plugin.
        plugin: String,
        /// Whether it is asked to describe itself.
        wants_config: bool,
    },
    /// Watch over the children of a running daemon, which starts this itself.
    Guard,
    /// Print the help.
    Help,
    /// Print the version.
    Version,
}

/// What the command line says beside the command; it overrides the files.
#[derive(Clone, Debug, Default, PartialEq)]
struct Options {
    config: Option<PathBuf>,
    data: Option<PathBuf>,
    listen: Vec<ListenAddress>,
    step: Option<Step>,
    keep: Option<Retention>,
    apache: Vec<Page>,
    apache_step: Option<Step>,
    root: Option<PathBuf>,
    proc: Option<PathBuf>,
    sys: Option<PathBuf>,
    log_format: Option<LogFormat>,
}

/// Why a command line asks for nothing.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum UsageError {
    /// The word is no option and no command.
    #[error("{word:?} is not understood; see --help")]
    Unknown {
        /// The word.
        word: String,
    },
    /// The option needs a value.
    #[error("{option} needs a value")]
    NoValue {
        /// The option.
        option: String,
    },
    /// The value is no text.
    #[error("{option} was given what is no text")]
    NotText {
        /// The option.
        option: String,
    },
    /// The value is not of the option's form.
    #[error("{option}: {value:?} is not {wanted}")]
    Value {
        /// The option.
        option: String,
        /// The value.
        value: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// The value is not a duration of the option's range.
    #[error("{option}")]
    Duration {
        /// The option.
        option: String,
        /// What is wrong.
        source: InvalidDuration,
    },
    /// The retention cannot be read.
    #[error("--keep: {0}")]
    Keep(#[from] RetentionError),
    /// There is no listening at what was given.
    #[error("--listen: {0}")]
    Listen(#[from] InvalidListenAddress),
    /// There is no such form of log.
    #[error("--log-format: {0}")]
    LogFormat(#[from] LogFormatError),
    /// The address of an Apache server cannot be read.
    #[error("--apache: {0}")]
    Apache(#[from] AddressError),
}

impl Invocation {
    /// Reads the words after the program's name.
    ///
    /// # Errors
    ///
    /// [`UsageError`], which names the option.
    pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Self, UsageError> {
        let mut options = Options::default();
        let mut names: Vec<String> = Vec::new();
        let mut nagios = NagiosCheck::default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let text = word.to_string_lossy().into_owned();
            if !text.starts_with('-') {
                names.push(text);
                continue;
            }
            let (option, attached) = match text.split_once('=') {
                Some((option, value)) if option.starts_with("--") => {
                    (option.to_owned(), Some(OsString::from(value)))
                }
                _ => (text, None),
            };
            if let Some(command) = asks_for(&option) {
                return Ok(Self { command, options });
            }
            if !TAKES_VALUE.contains(&&*option) {
                return Err(UsageError::Unknown { word: option });
            }
            let value = attached.or_else(|| words.next());
            let value = value.ok_or_else(|| UsageError::NoValue { option: option.clone() })?;
            options.take(&option, value, &mut nagios)?;
        }
        Ok(Self { command: command(&names, &nagios)?, options })
    }

    /// How lines of log are to look, if that was said.
    pub fn log_format(&self) -> Option<LogFormat> {
        self.options.log_format
    }

    /// What is to be done in full: the built-in choices, then the files, then the options.
    ///
    /// `state_directory` is what the service manager made for us.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for files that are wrong, or that were named and are not there.
    pub fn config(
        &self,
        state_directory: Option<PathBuf>,
        environment: &Environment<'_>,
    ) -> Result<Config, ConfigError> {
        let options = &self.options;
        let mut config = Config::new(state_directory.unwrap_or_else(|| PathBuf::from("rrd-data")));
        if let Some(path) = &options.config {
            load(path, &mut config, environment)?;
        } else {
            let path = PathBuf::from(DEFAULT_CONFIG);
            if path.exists() {
                load(&path, &mut config, environment)?;
            }
        }
        if let Some(data) = &options.data {
            config.data.clone_from(data);
        }
        if !options.listen.is_empty() {
            config.listen.clone_from(&options.listen);
        }
        config.host.step = options.step.unwrap_or(config.host.step);
        if let Some(keep) = &options.keep {
            config.retention = keep.clone();
        }
        if let Some(root) = &options.root {
            config.host.files = Host::at(root);
        }
        config.host.files.replace(options.proc.clone(), options.sys.clone());
        for page in &options.apache {
            let server = PolledServer {
                instance: page.instance(),
                server: ApacheServer(page.clone()),
                step: options.apache_step.unwrap_or(DEFAULT_STEP),
                deadline: DEFAULT_DEADLINE,
            };
            config.inputs.push(server.input());
        }
        config.check_exposure()?;
        Ok(config)
    }
}

const TAKES_VALUE: [&str; 16] = [
    "--log-format",
    "--config",
    "--data",
    "--rootfs",
    "--procfs",
    "--sysfs",
    "--listen",
    "--step",
    "--apache-step",
    "--keep",
    "--apache",
    "-w",
    "--warning",
    "-c",
    "--critical",
    "--over",
];

fn asks_for(option: &str) -> Option<Command> {
    match option {
        "-h" | "--help" => Some(Command::Help),
        "-V" | "--version" => Some(Command::Version),
        _ => None,
    }
}

fn command(names: &[String], nagios: &NagiosCheck) -> Result<Command, UsageError> {
    let names: Vec<&str> = names.iter().map(|name| &**name).collect();
    match *names.as_slice() {
        [] | ["run"] => Ok(Command::Run),
        ["check"] => Ok(Command::CheckConfig),
        ["check", what] => {
            Ok(Command::Check(NagiosCheck { what: what.to_owned(), ..nagios.clone() }))
        }
        ["once"] => Ok(Command::Once),
        ["plan"] => Ok(Command::Plan),
        ["charts"] => Ok(Command::Charts),
        ["charts", name] => Ok(Command::Chart { name: name.to_owned(), instance: String::new() }),
        ["charts", name, instance] => {
            Ok(Command::Chart { name: name.to_owned(), instance: instance.to_owned() })
        }
        ["munin", plugin] => Ok(Command::Munin { plugin: plugin.to_owned(), wants_config: false }),
        ["munin", plugin, "config"] => {
            Ok(Command::Munin { plugin: plugin.to_owned(), wants_config: true })
        }
        ["munin"] => Err(UsageError::NoValue { option: "munin".to_owned() }),
        ["guard"] => Ok(Command::Guard),
        ["probes"] => Ok(Command::Probes),
        ["alert", "test", rule] => Ok(Command::AlertTest(rule.to_owned())),
        ["alert", "test"] => Err(UsageError::NoValue { option: "alert test".to_owned() }),
        ["run" | "check" | "once" | "plan" | "probes" | "alert", word, ..] | [word, ..] => {
            Err(UsageError::Unknown { word: word.to_owned() })
        }
    }
}

impl Options {
    fn take(
        &mut self,
        option: &str,
        value: OsString,
        nagios: &mut NagiosCheck,
    ) -> Result<(), UsageError> {
        match option {
            "--config" => self.config = Some(value.into()),
            "--data" => self.data = Some(value.into()),
            "--rootfs" => self.root = Some(value.into()),
            "--procfs" => self.proc = Some(value.into()),
            "--sysfs" => self.sys = Some(value.into()),
            _ => {
                let value = value
                    .into_string()
                    .map_err(|_| UsageError::NotText { option: option.to_owned() })?;
                self.take_text(option, value, nagios)?;
            }
        }
        Ok(())
    }

    fn take_text(
        &mut self,
        option: &str,
        value: String,
        nagios: &mut NagiosCheck,
    ) -> Result<(), UsageError> {
        match option {
            "--listen" => self.listen.push(value.parse()?),
            "--log-format" => self.log_format = Some(value.parse()?),
            "--step" => self.step = Some(step(option, &value)?),
            "--apache-step" => self.apache_step = Some(step(option, &value)?),
            "--keep" => self.keep = Some(value.parse()?),
            "--apache" => self.apache.push(Page::parse(&value)?),
            "-w" | "--warning" => nagios.warning = Some(range(option, value)?),
            "-c" | "--critical" => nagios.critical = Some(range(option, value)?),
            "--over" => nagios.over = over(option, &value)?,
            _ => return Err(UsageError::Unknown { word: option.to_owned() }),
        }
        Ok(())
    }
}

fn step(option: &str, value: &str) -> Result<Step, UsageError> {
    let duration = INTERVAL.parse(value).map_err(|source| invalid_duration(option, source))?;
    Ok(Step::from_seconds(duration.as_secs()).expect("an interval has a second at least"))
}

fn range(option: &str, value: String) -> Result<crate::alert::NagiosRange, UsageError> {
    value.parse().map_err(|_| UsageError::Value {
        option: option.to_owned(),
        value,
        wanted: "a range of Nagios plugins, such as 10, 10:, ~:10 or @10:20",
    })
}

fn over(option: &str, value: &str) -> Result<Duration, UsageError> {
    SPAN.parse(value).map_err(|source| invalid_duration(option, source))
}

fn invalid_duration(option: &str, source: InvalidDuration) -> UsageError {
    UsageError::Duration { option: option.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    fn parse(words: &[&str]) -> Result<Invocation, UsageError> {
        Invocation::parse(words.iter().map(OsString::from))
    }

    fn config(words: &[&str], state_directory: Option<&str>) -> Config {
        let variable = |_: &str| None;
        let environment = Environment { variable: &variable, credentials: None };
        let words = words.iter().chain(&["--config", "/dev/null"]).copied().collect::<Vec<_>>();
        parse(&words).unwrap().config(state_directory.map(PathBuf::from), &environment).unwrap()
    }

    fn error(words: &[&str]) -> String {
        parse(words).unwrap_err().to_string()
    }

    #[test]
    fn without_any_word_this_host_is_sampled_every_second() {
        assert_eq!(parse(&[]).unwrap().command, Command::Run);
        assert_eq!(config(&[], None), Config::new("rrd-data".into()));
    }

    #[test]
    fn the_service_managers_folder_gives_way_to_the_one_that_is_named() {
        let state = Some("/var/lib/rrd-collector");
        assert_eq!(config(&[], state).data, PathBuf::from("/var/lib/rrd-collector"));
        assert_eq!(config(&["--data", "/tmp/x"], state).data, PathBuf::from("/tmp/x"));
    }

    #[test]
    fn options_take_their_value_attached_or_apart() {
        let config =
            config(&["--listen=127.0.0.1:80", "--step", "5", "--procfs", "/host/proc"], None);
        assert_eq!(config.listen, [ListenAddress::Network(SocketAddr::from(([127, 0, 0, 1], 80)))]);
        assert_eq!(config.host.step.seconds(), 5);
        assert_eq!(config.host.files.proc("stat").path(), std::path::Path::new("/host/proc/stat"));
        assert_eq!(config.host.files.sys("block"), PathBuf::from("/sys/block"));
    }

    #[test]
    fn an_apache_server_is_called_by_its_address() {
        let config = config(&["--apache", "http://localhost:8080/s?auto", "--apache-step=1"], None);
        let server = config.settings::<PolledServer<ApacheServer>>().next().unwrap();
        assert_eq!(server.instance, "localhost:8080");
        assert_eq!(server.step.seconds(), 1);
    }

    #[test]
    fn commands_are_words() {
        assert_eq!(parse(&["once", "--step", "2"]).unwrap().command, Command::Once);
        assert_eq!(parse(&["check"]).unwrap().command, Command::CheckConfig);
        let Command::Check(check) = parse(&["check", "cpu.steal", "-w", "10"]).unwrap().command
        else {
            panic!()
        };
        assert_eq!((&*check.what, check.warning.is_some()), ("cpu.steal", true));
        assert_eq!(
            parse(&["alert", "test", "steal"]).unwrap().command,
            Command::AlertTest("steal".to_owned())
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_the_option() {
        assert_eq!(error(&["--dta"]), "\"--dta\" is not understood; see --help");
        assert_eq!(error(&["runn"]), "\"runn\" is not understood; see --help");
        assert_eq!(error(&["--data"]), "--data needs a value");
        assert_eq!(
            error(&["--listen", "80"]),
            "--listen: invalid address \"80\": expected an address and a port, e.g. 127.0.0.1:7300 or [::1]:7300, or unix:/path"
        );
        assert_eq!(
            error(&["--log-format", "xml"]),
            "--log-format: \"xml\" is not text, journal or json"
        );
        assert_eq!(
            crate::fault::chain(&parse(&["--step=0"]).unwrap_err()),
            "--step: invalid duration \"0\": expected 1s to 1h, e.g. 10s"
        );
    }
}
