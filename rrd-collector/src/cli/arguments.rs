//! The command line: words to an [`Invocation`], and that with configuration files to a [`Config`].

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::{Arg, Parser};
use rrd_graph::export::HistoryRequest;

use super::check::NagiosCheck;
use super::command::{Command, command};
use super::options::{OptionValue, Options, name_of};
use super::table::OPTIONS;
use super::usage::UsageError;
use crate::config::{Config, data_folder, load};
use crate::net::listen::PageAddress;
use crate::process::logging::LogFormat;
use crate::rootfs::Host;
use crate::section::{ConfigError, Environment};
use crate::source::apache::ApacheServer;
use crate::source::server::{DEFAULT_DEADLINE, DEFAULT_STEP, PolledServer};

/// Where the configuration is, if there is one.
const DEFAULT_CONFIG: &str = "/etc/rrd-collector/rrd-collector.toml";

/// The data folder if nothing else is named.
const OWN_FOLDER: &str = "rrd-data";

/// What is to be done, and with which options.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    /// What is to be done.
    pub command: Command,
    options: Options,
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
        let mut parser = Parser::from_args(words);
        // Only options without a value could refuse one, and those end the loop.
        while let Ok(Some(argument)) = parser.next() {
            let name = name_of(&argument);
            match argument {
                Arg::Value(_) => names.push(name),
                Arg::Short('h') | Arg::Long("help") => {
                    return Ok(Self { command: Command::Help, options });
                }
                Arg::Short('V') | Arg::Long("version") => {
                    return Ok(Self { command: Command::Version, options });
                }
                // For those who make packages, and so not in the help.
                Arg::Long("generate") => {
                    let words = parser.raw_args().map(Iterator::collect).unwrap_or_default();
                    return Ok(Self { command: Command::Generate(words), options });
                }
                Arg::Short(_) | Arg::Long(_) => {
                    let Some(row) = OPTIONS.iter().find(|row| row.is_called(&name)) else {
                        return Err(UsageError::Unknown { word: name });
                    };
                    let value = OptionValue { name: &name, parser: &mut parser };
                    (row.apply)(&mut options, &mut nagios, value)?;
                }
            }
        }
        Ok(Self { command: command(&names, &nagios, &options)?, options })
    }

    /// The format of the log, if one is given.
    pub fn log_format(&self) -> Option<LogFormat> {
        self.options.log_format
    }

    /// What is to be exported.
    pub fn export(&self) -> &HistoryRequest {
        &self.options.export
    }

    /// The data folder, for commands that need nothing else: the rest of the configuration may name
    /// secrets that only the service has.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for files that cannot be read.
    pub fn data(
        &self,
        state_directory: Option<PathBuf>,
        environment: &Environment<'_>,
    ) -> Result<PathBuf, Vec<ConfigError>> {
        if let Some(data) = &self.options.data {
            return Ok(data.clone());
        }
        let file = self.file();
        let named = file.map(|path| data_folder(&path, environment)).transpose()?.flatten();
        Ok(named.or(state_directory).unwrap_or_else(|| PathBuf::from(OWN_FOLDER)))
    }

    /// The configuration file, if there is one.
    fn file(&self) -> Option<PathBuf> {
        let default = || Some(PathBuf::from(DEFAULT_CONFIG)).filter(|path| path.exists());
        self.options.config.clone().or_else(default)
    }

    /// The whole configuration: the built-in choices, then the files, then the options.
    ///
    /// `state_directory` is what the service manager made for us.
    ///
    /// # Errors
    ///
    /// All errors of files that are not valid, or that are named and do not exist.
    pub fn config(
        &self,
        state_directory: Option<PathBuf>,
        environment: &Environment<'_>,
    ) -> Result<Config, Vec<ConfigError>> {
        let options = &self.options;
        let mut config = Config::new(state_directory.unwrap_or_else(|| PathBuf::from(OWN_FOLDER)));
        if let Some(path) = self.file() {
            load(&path, &mut config, environment)?;
        }
        if let Some(data) = &options.data {
            config.data.clone_from(data);
        }
        if !options.listen.is_empty() {
            config.listen = options.listen.iter().cloned().map(PageAddress::from).collect();
        }
        config.host.step = options.step.unwrap_or(config.host.step);
        if let Some(keep) = &options.keep {
            config.retention = keep.clone();
        }
        config.sync = options.sync.unwrap_or(config.sync);
        if let Some(root) = &options.root {
            config.host.files = Host::at(root);
        }
        config.host.files.replace(options.proc.clone(), options.sys.clone());
        for page in &options.apache {
            let server = PolledServer {
                instance: page.instance(),
                server: ApacheServer::new(page.clone()),
                step: options.apache_step.unwrap_or(DEFAULT_STEP),
                deadline: DEFAULT_DEADLINE,
            };
            config.inputs.push(server.input());
        }
        config.check_exposure().map_err(|error| vec![error])?;
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::os::unix::ffi::OsStringExt;

    use rrd_graph::export::{SampleFormat, TextFiles};

    use super::*;
    use crate::fault::chain;
    use crate::net::listen::ListenAddress;

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
        chain(&parse(words).unwrap_err())
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
        let address = ListenAddress::Network(SocketAddr::from(([127, 0, 0, 1], 80)));
        assert_eq!(config.listen, [PageAddress::from(address)]);
        assert_eq!(config.host.step.seconds(), 5);
        assert_eq!(config.host.files.proc("stat").path(), std::path::Path::new("/host/proc/stat"));
        assert_eq!(config.host.files.sys("block"), PathBuf::from("/sys/block"));
    }

    #[test]
    fn a_folder_that_is_not_utf8_is_the_same_attached_and_apart() {
        let folder = OsString::from_vec(b"x\xff".to_vec());
        let attached = OsString::from_vec(b"--data=x\xff".to_vec());
        let data = |words: Vec<OsString>| Invocation::parse(words).unwrap().options.data;
        assert_eq!(data(vec![attached]), Some(PathBuf::from(&folder)));
        assert_eq!(data(vec!["--data".into(), folder.clone()]), Some(PathBuf::from(&folder)));
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
        assert_eq!(parse(&["doctor"]).unwrap().command, Command::Doctor);
        assert_eq!(parse(&["ready"]).unwrap().command, Command::Ready);
        assert_eq!(parse(&["check"]).unwrap().command, Command::CheckConfig { connect: false });
        let command = parse(&["check", "--connect"]).unwrap().command;
        assert_eq!(command, Command::CheckConfig { connect: true });
        let Command::Check(check) = parse(&["check", "cpu.steal", "-w", "10"]).unwrap().command
        else {
            panic!()
        };
        assert_eq!((&*check.what, check.warning.is_some()), ("cpu.steal", true));
        assert_eq!(
            parse(&["alert", "test", "steal", "--here"]).unwrap().command,
            Command::AlertTest { rule: "steal".to_owned(), here: true }
        );
    }

    #[test]
    fn an_export_has_a_format_and_what_is_wrong_with_its_range_is_said() {
        let invocation = parse(&["export", "influx", "-o", "x", "--split", "31d"]).unwrap();
        assert_eq!(invocation.command, Command::Export(SampleFormat::Influx));
        assert!(matches!(invocation.export().files(), Ok(Some(TextFiles::Periods(..)))));
        for (words, said) in [
            (&["export"][..], "export needs a value"),
            (
                &["export", "xml"],
                "export: unknown format \"xml\": use openmetrics, vm, influx, csv or jsonl",
            ),
            (
                &["export", "vm", "--split", "1m"],
                "--split: too short a period: expected 1h or longer, e.g. 31d",
            ),
        ] {
            assert_eq!(error(words), said);
        }
    }

    #[test]
    fn every_example_of_the_manual_is_a_valid_command_line() {
        let manual = include_str!("../../manual/rrd-collector.md");
        let (_, examples) = manual.split_once("## Examples").unwrap();
        let examples = examples.replace("\\\n", " ");
        let mut parsed = 0;
        for line in examples.lines().filter_map(|line| line.strip_prefix("    ")) {
            let Some((_, words)) = line.split_once("rrd-collector ") else { continue };
            let words = words.split_whitespace().take_while(|word| !word.starts_with('>'));
            let words = words.map(|word| OsString::from(word.trim_matches('\'')));
            assert!(Invocation::parse(words).is_ok(), "{line}");
            parsed += 1;
        }
        assert!(parsed > 8, "{parsed}");
    }

    #[test]
    fn an_error_names_the_option() {
        assert_eq!(error(&["--dta"]), "\"--dta\" is not a known command or option: see --help");
        assert_eq!(error(&["runn"]), "\"runn\" is not a known command or option: see --help");
        assert_eq!(error(&["--data"]), "--data needs a value");
        assert_eq!(
            error(&["--listen", "80"]),
            "--listen: invalid address \"80\": expected an address and a port, e.g. 127.0.0.1:7300 or [::1]:7300, or unix:/path"
        );
        assert_eq!(
            error(&["--log-format", "xml"]),
            "--log-format: invalid log format \"xml\": expected text, journal or json"
        );
        assert_eq!(
            crate::fault::chain(&parse(&["--step=0"]).unwrap_err()),
            "--step: invalid duration \"0\": expected 1s to 1h, e.g. 10s"
        );
    }
}
