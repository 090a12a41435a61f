//! The options and their values.

use std::path::PathBuf;

use lexopt::{Arg, Parser, ValueExt};
use rrd_core::{LogSync, Step};
use rrd_graph::export::{HistoryRequest, Spacing};

use super::check::NagiosCheck;
use super::usage::UsageError;
use crate::duration::{INTERVAL, SPAN};
use crate::group::retention::Retention;
use crate::net::listen::ListenAddress;
use crate::net::page::Page;
use crate::process::logging::LogFormat;

/// The options, which override the files.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Options {
    pub(super) config: Option<PathBuf>,
    pub(super) data: Option<PathBuf>,
    pub(super) listen: Vec<ListenAddress>,
    pub(super) step: Option<Step>,
    pub(super) keep: Option<Retention>,
    pub(super) sync: Option<LogSync>,
    pub(super) apache: Vec<Page>,
    pub(super) apache_step: Option<Step>,
    pub(super) root: Option<PathBuf>,
    pub(super) proc: Option<PathBuf>,
    pub(super) sys: Option<PathBuf>,
    pub(super) log_format: Option<LogFormat>,
    pub(super) here: bool,
    pub(super) connect: bool,
    pub(super) export: HistoryRequest,
}

/// The name of an option as it is written.
pub(super) fn name_of(option: &Arg<'_>) -> String {
    match option {
        Arg::Short(letter) => format!("-{letter}"),
        Arg::Long(name) => format!("--{name}"),
        Arg::Value(word) => word.to_string_lossy().into_owned(),
    }
}

impl Options {
    /// Takes an option with this name, and its value from the parser.
    pub(super) fn take(
        &mut self,
        name: &str,
        parser: &mut Parser,
        nagios: &mut NagiosCheck,
    ) -> Result<(), UsageError> {
        let value = OptionValue { name, parser };
        match name {
            "--here" => self.here = true,
            "--connect" => self.connect = true,
            "--config" => self.config = Some(value.path()?),
            "--data" => self.data = Some(value.path()?),
            "--rootfs" => self.root = Some(value.path()?),
            "--procfs" => self.proc = Some(value.path()?),
            "--sysfs" => self.sys = Some(value.path()?),
            "--listen" => self.listen.push(value.parse(str::parse)?),
            "--log-format" => {
                self.log_format = Some(value.parse(str::parse)?);
            }
            "--step" => self.step = Some(value.step()?),
            "--apache-step" => self.apache_step = Some(value.step()?),
            "--keep" => self.keep = Some(value.parse(str::parse)?),
            "--sync" => self.sync = Some(value.parse(str::parse)?),
            "--apache" => self.apache.push(value.parse(Page::parse)?),
            "-w" | "--warning" => {
                nagios.warning = Some(value.parse(str::parse)?);
            }
            "-c" | "--critical" => {
                nagios.critical = Some(value.parse(str::parse)?);
            }
            "--start" => value.parse(|time| self.export.set_start(time))?,
            "--end" => value.parse(|time| self.export.set_end(time))?,
            "--cf" => value.parse(|name| self.export.add_function(name))?,
            "--split" => value.parse(|length| self.export.set_period(length))?,
            "--label" => value.parse(|label| self.export.add_label(label))?,
            "--densify" => self.export.spacing = Spacing::Dense,
            "-o" | "--output" => self.export.output = Some(value.path()?),
            "--over" => nagios.over = value.parse(|text| SPAN.parse(text))?,
            _ => return Err(UsageError::Unknown { word: name.to_owned() }),
        }
        Ok(())
    }
}

/// The value of an option, still to be read.
struct OptionValue<'a> {
    name: &'a str,
    parser: &'a mut Parser,
}

impl OptionValue<'_> {
    /// Any bytes: paths need not be UTF-8.
    fn path(self) -> Result<PathBuf, UsageError> {
        let missing = |_| UsageError::NoValue { option: self.name.to_owned() };
        Ok(self.parser.value().map_err(missing)?.into())
    }

    fn parse<T, E: std::error::Error + Send + Sync + 'static>(
        self,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, UsageError> {
        let option = self.name.to_owned();
        let Ok(value) = self.parser.value() else { return Err(UsageError::NoValue { option }) };
        let Ok(text) = value.string() else { return Err(UsageError::NotUtf8 { option }) };
        parse(&text).map_err(|error| UsageError::Value { option, source: Box::new(error) })
    }

    fn step(self) -> Result<Step, UsageError> {
        let duration = self.parse(|text| INTERVAL.parse(text))?;
        Ok(Step::from_seconds(duration.as_secs()).expect("an interval has at least a second"))
    }
}
