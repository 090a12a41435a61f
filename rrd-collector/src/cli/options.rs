//! The options and their values.

use std::path::PathBuf;

use lexopt::{Arg, Parser, ValueExt};
use rrd_core::{LogSync, Step};
use rrd_graph::export::HistoryRequest;

use super::usage::UsageError;
use crate::duration::INTERVAL;
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

/// The value of an option, still to be read.
pub(super) struct OptionValue<'a> {
    pub(super) name: &'a str,
    pub(super) parser: &'a mut Parser,
}

impl OptionValue<'_> {
    /// Any bytes: paths need not be UTF-8.
    pub(super) fn path(self) -> Result<PathBuf, UsageError> {
        let missing = |_| UsageError::NoValue { option: self.name.to_owned() };
        Ok(self.parser.value().map_err(missing)?.into())
    }

    pub(super) fn parse<T, E: std::error::Error + Send + Sync + 'static>(
        self,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, UsageError> {
        let option = self.name.to_owned();
        let Ok(value) = self.parser.value() else { return Err(UsageError::NoValue { option }) };
        let Ok(text) = value.string() else { return Err(UsageError::NotUtf8 { option }) };
        parse(&text).map_err(|error| UsageError::Value { option, source: Box::new(error) })
    }

    pub(super) fn step(self) -> Result<Step, UsageError> {
        let duration = self.parse(|text| INTERVAL.parse(text))?;
        Ok(Step::from_seconds(duration.as_secs()).expect("an interval has at least a second"))
    }
}
