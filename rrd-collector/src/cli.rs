//! The command line: words to a [`Config`].

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use rrd_core::Step;
use thiserror::Error;

use crate::config::{ApacheConfig, Config};
use crate::host::Host;
use crate::plan::{Retention, RetentionError};
use crate::probe::fetch::{AddressError, Page};

/// What `--help` prints.
pub const HELP: &str = "\
Samples this host into round-robin archives and shows them on a page.

Usage: rrd-collector [OPTIONS]

  --data DIR           where the archives are (default: $STATE_DIRECTORY, else ./rrd-data)
  --listen ADDR:PORT   where the page is served (default: 127.0.0.1:7300, or a free port)
  --step SECONDS       how often the host is sampled (default: 1)
  --keep WORDS         how long which detail is kept, in new files
                       (default: \"1s for 1h, 10s for 6h, 1m for 2d, 10m for 14d, 1h for 60d, 1d for 5y\")
  --apache URL         sample an Apache server: http://[user:password@]host[:port]/server-status?auto
                       (may be given several times)
  --apache-step SECONDS  how often Apache is asked (default: 10)
  --rootfs DIR         the folder that stands for / (default: /)
  --procfs DIR         the folder that stands for /proc
  --sysfs DIR          the folder that stands for /sys
  -h, --help           print this
  -V, --version        print the version

Stops cleanly on SIGTERM and SIGINT. RUST_LOG sets what is logged (error, warn, info, debug).
";

/// What the command line asks for.
#[derive(Clone, Debug)]
pub enum Command {
    /// Run the daemon.
    Run(Box<Config>),
    /// Print the help.
    Help,
    /// Print the version.
    Version,
}

/// Why a command line asks for nothing.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum UsageError {
    /// The word is no option.
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
    /// The retention cannot be read.
    #[error("--keep: {0}")]
    Keep(#[from] RetentionError),
    /// The address of an Apache server cannot be read.
    #[error("--apache: {0}")]
    Apache(#[from] AddressError),
}

/// Reads the words after the program's name. `state_directory` is what the service manager made for us.
///
/// # Errors
///
/// [`UsageError`], which names the option.
pub fn parse(
    words: impl IntoIterator<Item = OsString>,
    state_directory: Option<PathBuf>,
) -> Result<Command, UsageError> {
    let mut words = words.into_iter();
    let mut config = Config {
        host: Host::at("/"),
        data: state_directory.unwrap_or_else(|| PathBuf::from("rrd-data")),
        listen: None,
        step: second(),
        retention: Retention::default(),
        apache: Vec::new(),
    };
    let (mut root, mut proc, mut sys) = (PathBuf::from("/"), None, None);
    let mut apache_step = Step::from_seconds(10).unwrap_or(second());
    while let Some(word) = words.next() {
        let text = word.to_string_lossy().into_owned();
        let (option, attached) = match text.split_once('=') {
            Some((option, value)) if option.starts_with("--") => {
                (option.to_owned(), Some(OsString::from(value)))
            }
            _ => (text, None),
        };
        let mut value = || {
            let value = attached.clone().or_else(|| words.next());
            value.ok_or_else(|| UsageError::NoValue { option: option.clone() })
        };
        let as_text = |value: OsString| {
            value.into_string().map_err(|_| UsageError::NotText { option: option.clone() })
        };
        match &*option {
            "-h" | "--help" => return Ok(Command::Help),
            "-V" | "--version" => return Ok(Command::Version),
            "--data" => config.data = value()?.into(),
            "--rootfs" => root = value()?.into(),
            "--procfs" => proc = Some(value()?.into()),
            "--sysfs" => sys = Some(value()?.into()),
            "--listen" => config.listen = Some(listen(&option, as_text(value()?)?)?),
            "--step" => config.step = step(&option, as_text(value()?)?)?,
            "--apache-step" => apache_step = step(&option, as_text(value()?)?)?,
            "--keep" => config.retention = as_text(value()?)?.parse()?,
            "--apache" => {
                let page = Page::parse(&as_text(value()?)?)?;
                config.apache.push(ApacheConfig {
                    instance: page.address().trim_end_matches(":80").to_owned(),
                    page,
                    step: apache_step,
                    deadline: Duration::from_secs(5),
                });
            }
            _ => return Err(UsageError::Unknown { word: option }),
        }
    }
    for server in &mut config.apache {
        server.step = apache_step;
    }
    let proc = proc.unwrap_or_else(|| root.join("proc"));
    let sys = sys.unwrap_or_else(|| root.join("sys"));
    config.host = Host::new(proc, sys, root);
    Ok(Command::Run(Box::new(config)))
}

const fn second() -> Step {
    match Step::from_seconds(1) {
        Some(step) => step,
        None => unreachable!(),
    }
}

fn step(option: &str, value: String) -> Result<Step, UsageError> {
    let seconds = value.parse().ok().filter(|seconds| *seconds <= 3600);
    seconds.and_then(Step::from_seconds).ok_or_else(|| UsageError::Value {
        option: option.to_owned(),
        value,
        wanted: "a number of seconds from 1 to 3600",
    })
}

fn listen(option: &str, value: String) -> Result<SocketAddr, UsageError> {
    value.parse().map_err(|_| UsageError::Value {
        option: option.to_owned(),
        value,
        wanted: "an address and a port, such as 127.0.0.1:7300 or [::1]:7300",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(words: &[&str]) -> Config {
        match parse(words.iter().map(OsString::from), None).unwrap() {
            Command::Run(config) => *config,
            other => panic!("{other:?}"),
        }
    }

    fn error(words: &[&str]) -> String {
        parse(words.iter().map(OsString::from), None).unwrap_err().to_string()
    }

    #[test]
    fn without_any_word_this_host_is_sampled_every_second() {
        let config = config(&[]);
        assert_eq!(config.data, PathBuf::from("rrd-data"));
        assert_eq!(config.host, Host::at("/"));
        assert_eq!((config.step, config.listen), (second(), None));
    }

    #[test]
    fn the_service_managers_folder_gives_way_to_the_one_that_is_named() {
        let state = Some(PathBuf::from("/var/lib/rrd-collector"));
        let Command::Run(config) = parse([], state.clone()).unwrap() else { panic!() };
        assert_eq!(config.data, PathBuf::from("/var/lib/rrd-collector"));
        let words = ["--data", "/tmp/x"].map(OsString::from);
        let Command::Run(config) = parse(words, state).unwrap() else { panic!() };
        assert_eq!(config.data, PathBuf::from("/tmp/x"));
    }

    #[test]
    fn options_take_their_value_attached_or_apart() {
        let config = config(&["--listen=127.0.0.1:80", "--step", "5", "--procfs", "/host/proc"]);
        assert_eq!(config.listen, Some(SocketAddr::from(([127, 0, 0, 1], 80))));
        assert_eq!(config.step.seconds(), 5);
        assert_eq!(config.host, Host::new("/host/proc".into(), "/sys".into(), "/".into()));
    }

    #[test]
    fn an_apache_server_is_called_by_its_address() {
        let config = config(&["--apache", "http://localhost:8080/s?auto", "--apache-step=1"]);
        assert_eq!(config.apache[0].instance, "localhost:8080");
        assert_eq!(config.apache[0].step.seconds(), 1);
    }

    #[test]
    fn what_is_wrong_is_said_with_the_option() {
        assert_eq!(error(&["--dta"]), "\"--dta\" is not understood; see --help");
        assert_eq!(error(&["--data"]), "--data needs a value");
        assert_eq!(
            error(&["--listen", "80"]),
            "--listen: \"80\" is not an address and a port, such as 127.0.0.1:7300 or [::1]:7300"
        );
        assert_eq!(error(&["--step=0"]), "--step: \"0\" is not a number of seconds from 1 to 3600");
    }
}
