//! DEF: a series from a database.

use std::fmt;
use std::path::{Path, PathBuf};

use rrd_core::{ConsolidationFunction, Step, TimeRange, Timestamp};

use super::text::escape;
use super::{StatementContext, StatementError, pieces::Pieces};
use crate::window;

/// A series from a database: `DEF:name=file:source:CF`.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// The name for later statements.
    pub name: String,
    /// The path of the database.
    pub file: PathBuf,
    /// The name of the data source.
    pub source: String,
    /// The consolidation function of the archives to read.
    pub function: ConsolidationFunction,
    /// The requested step; that of the chart if `None`.
    pub step: Option<Step>,
    /// The start of the series, seconds since 1970; that of the chart if `None`.
    pub start: Option<Timestamp>,
    /// The end of the series, seconds since 1970; that of the chart if `None`.
    pub end: Option<Timestamp>,
    /// How rows are merged if they are closer than requested; as `function` says if `None`.
    pub reduce: Option<ConsolidationFunction>,
    /// The address of the caching daemon that reads the file.
    pub daemon: Option<String>,
}

impl Definition {
    /// A series of `source` in `file`, with the step and the range of the chart.
    pub(crate) fn of(
        name: &str,
        file: &Path,
        source: &str,
        function: ConsolidationFunction,
    ) -> Self {
        Self {
            name: name.to_owned(),
            file: file.to_owned(),
            source: source.to_owned(),
            function,
            step: None,
            start: None,
            end: None,
            reduce: None,
            daemon: None,
        }
    }

    /// Parses what follows `DEF`.
    pub(super) fn parse(
        pieces: &mut Pieces,
        context: &StatementContext<'_>,
    ) -> Result<Self, StatementError> {
        let step = pieces.key("step").map(step).transpose()?;
        let daemon = pieces.key("daemon");
        let reduce = pieces
            .key("reduce")
            .map(|name| name.parse().map_err(|_| StatementError::BadReduceFunction { name }));
        let reduce = reduce.transpose()?;
        let window = own_window(pieces, context)?;
        let (source, function) = (pieces.key("ds"), pieces.key("cf"));
        let argument = pieces.argument();
        let missing = |what| {
            let argument = argument.clone();
            StatementError::IncompleteDefinition { what, argument }
        };
        let (name, file) = match (pieces.key("vname"), pieces.path("rrd")) {
            (Some(name), Some(file)) => (name, file),
            (name, file) => {
                let (first, second) =
                    pieces.next_name_and_path().ok_or_else(|| missing("vdef/rrd"))?;
                (name.unwrap_or(first), file.unwrap_or(second))
            }
        };
        let source = source.or_else(|| pieces.next_value()).ok_or_else(|| missing("DS"))?;
        let function = function.or_else(|| pieces.next_value()).ok_or_else(|| missing("CF"))?;
        let function =
            function.parse().map_err(|_| StatementError::BadFunction { name: function })?;
        let (start, end) = window.map_or((None, None), |own| (Some(own.start), Some(own.end)));
        Ok(Self { name, file, source, function, step, start, end, reduce, daemon })
    }
}

impl fmt::Display for Definition {
    /// The statement in RRDtool's grammar.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, source) = (escape(&self.name), escape(&self.source));
        let file = escape(&self.file.to_string_lossy());
        write!(f, "DEF:vname={name}:rrd={file}:ds={source}:cf={}", self.function)?;
        if let Some(step) = self.step {
            write!(f, ":step={}", step.seconds())?;
        }
        if let Some(start) = self.start {
            write!(f, ":start={start}")?;
        }
        if let Some(end) = self.end {
            write!(f, ":end={end}")?;
        }
        if let Some(reduce) = self.reduce {
            write!(f, ":reduce={reduce}")?;
        }
        match &self.daemon {
            Some(daemon) => write!(f, ":daemon={}", escape(daemon)),
            None => Ok(()),
        }
    }
}

fn step(value: String) -> Result<Step, StatementError> {
    let seconds = value.parse().ok().and_then(Step::from_seconds);
    seconds.ok_or(StatementError::BadStep { value })
}

/// The range given by the definition itself, if any; missing parts are taken from the chart.
fn own_window(
    pieces: &mut Pieces,
    context: &StatementContext<'_>,
) -> Result<Option<TimeRange>, StatementError> {
    let (start, end) = (pieces.key("start"), pieces.key("end"));
    if start.is_none() && end.is_none() {
        return Ok(None);
    }
    let start = start.unwrap_or_else(|| context.range.start.seconds().to_string());
    let end = end.unwrap_or_else(|| context.range.end.seconds().to_string());
    let (start, end) = (window::parse_start(&start)?, window::parse_end(&end)?);
    Ok(Some(window::resolve(&start, &end, context.now, context.zone)?))
}
