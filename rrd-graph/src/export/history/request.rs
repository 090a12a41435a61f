//! What of a history is asked for, as people say it on command lines.

use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rrd_core::at_style::{self, ResolveError, TimeSpec, TimeSpecError};
use rrd_core::duration::{self, DurationError};
use rrd_core::{ConsolidationFunction, Step, TimeRange, TimeZone, Timestamp, UnknownName};

use super::{History, Spacing};
use crate::export::{SampleFormat, SeriesName};

/// The shortest period, in seconds: an hour.
const SHORTEST_PERIOD: u64 = 3600;

/// What is asked for: by default the averages of all that there is, in the finest detail, as one
/// text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryRequest {
    start: Option<TimeSpec>,
    end: Option<TimeSpec>,
    resolution: Duration,
    functions: Vec<ConsolidationFunction>,
    period: Option<Step>,
    labels: Vec<(String, String)>,
    /// A file, or the folder of files for periods.
    pub output: Option<PathBuf>,
    /// How samples of long rows are placed.
    pub spacing: Spacing,
}

/// Where the text goes, other than to standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextFiles<'a> {
    /// One file.
    One(&'a Path),
    /// A folder, into a file for each period of this length.
    Periods(&'a Path, Step),
}

/// Why a request is not possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The start is no time.
    #[error("start time")]
    Start(#[source] TimeSpecError),
    /// The end is no time.
    #[error("end time")]
    End(#[source] TimeSpecError),
    /// Start and end cannot be resolved.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// The range is empty.
    #[error("start ({start}) should be less than end ({end})")]
    Backwards {
        /// In seconds.
        start: i64,
        /// In seconds.
        end: i64,
    },
    /// The wanted length of rows is no duration.
    #[error("step")]
    Step(#[source] DurationError),
    /// There is no such function.
    #[error(transparent)]
    Function(#[from] UnknownName),
    /// The length of periods is no duration.
    #[error("split")]
    Split(#[source] DurationError),
    /// Periods are too short.
    #[error("too short a period: expected 1h or longer, e.g. 31d")]
    ShortPeriod,
    /// Periods have no folder.
    #[error("--split needs the folder of its files: -o FOLDER")]
    NoFolder,
    /// The text is not that of a label.
    #[error("invalid label {0:?}: expected NAME=VALUE, the name of letters, digits and '_'")]
    Label(String),
}

impl HistoryRequest {
    /// Sets the start of the range; by default the oldest row.
    ///
    /// # Errors
    ///
    /// [`RequestError::Start`]
    pub fn set_start(&mut self, time: &str) -> Result<(), RequestError> {
        self.start = Some(at_style::parse(time).map_err(RequestError::Start)?);
        Ok(())
    }

    /// Sets the end of the range; by default now, for `OpenMetrics` three hours ago: Prometheus
    /// takes no blocks that overlap the newest hours, which it has in memory.
    ///
    /// # Errors
    ///
    /// [`RequestError::End`]
    pub fn set_end(&mut self, time: &str) -> Result<(), RequestError> {
        self.end = Some(at_style::parse(time).map_err(RequestError::End)?);
        Ok(())
    }

    /// Sets the wanted length of rows; by default they are as short as there are.
    ///
    /// # Errors
    ///
    /// [`RequestError::Step`]
    pub fn set_step(&mut self, length: &str) -> Result<(), RequestError> {
        let length = duration::parse(length, NonZeroU64::MIN).map_err(RequestError::Step)?;
        self.resolution = Duration::from_secs(length);
        Ok(())
    }

    /// Adds a function; without any it is AVERAGE.
    ///
    /// # Errors
    ///
    /// [`RequestError::Function`]
    pub fn add_function(&mut self, name: &str) -> Result<(), RequestError> {
        let function = name.parse()?;
        if !self.functions.contains(&function) {
            self.functions.push(function);
        }
        Ok(())
    }

    /// Asks for a file for each period of this length.
    ///
    /// # Errors
    ///
    /// [`RequestError::Split`], [`RequestError::ShortPeriod`]
    pub fn set_period(&mut self, length: &str) -> Result<(), RequestError> {
        let length = duration::parse(length, NonZeroU64::MIN).map_err(RequestError::Split)?;
        let period = Step::from_seconds(length.max(SHORTEST_PERIOD));
        self.period = period.filter(|period| period.seconds() == length);
        self.period.map(drop).ok_or(RequestError::ShortPeriod)
    }

    /// Adds a label `NAME=VALUE` for the series that lack it.
    ///
    /// # Errors
    ///
    /// [`RequestError::Label`]
    pub fn add_label(&mut self, label: &str) -> Result<(), RequestError> {
        let wrong = || RequestError::Label(label.to_owned());
        let (name, value) = label.split_once('=').ok_or_else(wrong)?;
        if value.is_empty() || !SeriesName::new("x", [(name, value)]).is_legal() {
            return Err(wrong());
        }
        self.labels.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    /// The functions.
    pub fn functions(&self) -> &[ConsolidationFunction] {
        if self.functions.is_empty() { &[ConsolidationFunction::Average] } else { &self.functions }
    }

    /// A series with the labels.
    #[must_use]
    pub fn labelled(&self, name: SeriesName) -> SeriesName {
        name.with(self.labels.iter().cloned())
    }

    /// The files that are asked for; `None` for standard output.
    ///
    /// # Errors
    ///
    /// [`RequestError::NoFolder`]
    pub fn files(&self) -> Result<Option<TextFiles<'_>>, RequestError> {
        match (&self.output, self.period) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err(RequestError::NoFolder),
            (Some(file), None) => Ok(Some(TextFiles::One(file))),
            (Some(folder), Some(period)) => Ok(Some(TextFiles::Periods(folder, period))),
        }
    }

    /// What is asked for, as yet of no file.
    ///
    /// # Errors
    ///
    /// [`RequestError::Resolve`], [`RequestError::Backwards`]
    pub fn history(
        &self,
        format: SampleFormat,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Result<History, RequestError> {
        let default = if format == SampleFormat::OpenMetrics { "now-3h" } else { "now" };
        let end = self.end.clone().map_or_else(|| at_style::parse(default), Ok);
        let end = end.map_err(RequestError::End)?;
        let range = match &self.start {
            Some(start) => at_style::resolve_pair(start, &end, now, zone)?,
            None => TimeRange::new(Timestamp::from_seconds(0), end.resolve(now, zone)?),
        };
        if range.end <= range.start {
            let (start, end) = (range.start.seconds(), range.end.seconds());
            return Err(RequestError::Backwards { start, end });
        }
        Ok(History::new(format, range, self.resolution, self.spacing))
    }
}
