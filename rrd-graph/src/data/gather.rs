//! DEF: rows out of a database or its caching daemon, at the step that a chart wants. The only file that names the
//! database.

use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use rrd_core::number::{UNKNOWN, to_index};
use rrd_core::{
    ConsolidationFunction, FetchError, FetchRequest, OpenError, RateKind, RrdReader, Series,
    SourceKind, Step, TimeRange, Timestamp,
};

use crate::daemon::{Daemon, DaemonError};
use crate::reduce::reduce;
use crate::rows::Rows;
use crate::statement::Definition;

/// The most rows of a series that stands for a missing one.
const MOST_UNKNOWN_ROWS: u64 = 1 << 26;

/// The shortest step.
const SECOND: Step = match Step::from_seconds(1) {
    Some(step) => step,
    None => panic!("one is not zero"),
};

/// The time that a chart shows and how fine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// From when to when.
    pub range: TimeRange,
    /// Seconds in one column; rows that lie closer are merged. 0 takes rows as they are.
    pub step: u64,
}

impl Window {
    /// A window of so many columns, or of longer ones if `step` says so.
    ///
    /// ```
    /// use rrd_core::TimeRange;
    /// use rrd_graph::gather::Window;
    /// let day = TimeRange::from_seconds(1_600_000_000, 1_600_086_400);
    /// assert_eq!(Window::new(day, 400, 0).step, 216);
    /// assert_eq!(Window::new(day, 400, 300).step, 300);
    /// ```
    pub fn new(range: TimeRange, columns: u32, step: u64) -> Self {
        let span = range.end.seconds().saturating_sub(range.start.seconds()).max(0).unsigned_abs();
        Self { range, step: step.max(span / u64::from(columns.max(1))) }
    }
}

/// What a series is when its database does not give it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// An error.
    #[default]
    Refused,
    /// Unknown all over.
    Unknown,
}

/// What happens when a caching daemon cannot be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Unreachable {
    /// An error.
    #[default]
    Refused,
    /// The file is read; the error is kept for the end.
    ReadFile,
}

/// Connects to the daemon of an address, or to the one that is used when nothing names one.
type Connect<'a> = &'a dyn Fn(Option<&str>) -> Result<Option<Daemon>, DaemonError>;

/// The databases of a chart. What was fetched once is kept.
#[derive(Default)]
pub struct Databases<'a> {
    missing: Missing,
    unreachable: Unreachable,
    connect: Option<Connect<'a>>,
    pending: Option<DaemonError>,
    fetched: Vec<(Wanted, Rc<Series>)>,
}

/// What identifies rows of a file.
#[derive(Clone, Debug, PartialEq)]
struct Wanted {
    file: String,
    daemon: Option<String>,
    function: ConsolidationFunction,
    range: TimeRange,
    resolution: u64,
}

/// Why a definition gives no series.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GatherError {
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Its rows cannot be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The caching daemon does not give them.
    #[error("{0}")]
    Daemon(String),
    /// The database has no such data source.
    #[error("No DS called '{name}' in '{file}'")]
    NoSource {
        /// What was asked for.
        name: String,
        /// The database.
        file: String,
    },
}

impl From<DaemonError> for GatherError {
    fn from(error: DaemonError) -> Self {
        Self::Daemon(error.to_string())
    }
}

impl<'a> Databases<'a> {
    /// The files themselves; `missing` says what becomes of those that are not there.
    pub fn files(missing: Missing) -> Self {
        Self { missing, ..Self::default() }
    }

    /// Files, and daemons where `connect` knows one.
    pub(crate) fn through(
        connect: Connect<'a>,
        unreachable: Unreachable,
        missing: Missing,
    ) -> Self {
        Self { missing, unreachable, connect: Some(connect), ..Self::default() }
    }

    /// The first daemon that could not be reached while its file could be read.
    pub(crate) fn unreached(self) -> Option<DaemonError> {
        self.pending
    }

    /// The series of a definition.
    ///
    /// The archive with the step nearest to the wanted one that reaches back to the start answers; rows shorter than a
    /// column are merged.
    pub fn series(&mut self, definition: &Definition, window: Window) -> Result<Rows, GatherError> {
        let range = TimeRange::from_seconds(
            definition.start.unwrap_or(window.range.start.seconds()),
            definition.end.unwrap_or(window.range.end.seconds()),
        );
        let resolution = definition.step.map_or(window.step, Step::seconds);
        let wanted = Wanted {
            file: definition.file.clone(),
            daemon: definition.daemon.clone(),
            function: definition.function,
            range,
            resolution,
        };
        let rows = match self.fetch(wanted) {
            Ok(fetched) => match source(&fetched, &definition.source) {
                Some(rows) => rows,
                None if self.missing == Missing::Unknown => unknown_like(&fetched),
                None => {
                    let (name, file) = (definition.source.clone(), definition.file.clone());
                    return Err(GatherError::NoSource { name, file });
                }
            },
            Err(_) if self.missing == Missing::Unknown => unknown(range, resolution),
            Err(error) => return Err(error),
        };
        let least = resolution.max(window.step);
        if rows.step.seconds() >= least {
            return Ok(rows);
        }
        let factor = least.div_ceil(rows.step.seconds());
        Ok(reduce(&rows, factor, definition.reduce.unwrap_or(definition.function)))
    }

    /// What is known of a database, from its daemon if there is one: the file may be elsewhere.
    pub fn facts(&mut self, file: &str) -> Result<Facts, GatherError> {
        match self.daemon(None)? {
            Some(mut daemon) => Facts::through_daemon(&mut daemon, file),
            None => Facts::of_file(file),
        }
    }

    fn daemon(&mut self, address: Option<&str>) -> Result<Option<Daemon>, GatherError> {
        let Some(connect) = self.connect else { return Ok(None) };
        match connect(address) {
            Ok(daemon) => Ok(daemon),
            Err(error) if self.unreachable == Unreachable::ReadFile => {
                self.pending.get_or_insert(error);
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn fetch(&mut self, wanted: Wanted) -> Result<Rc<Series>, GatherError> {
        if let Some((_, fetched)) = self.fetched.iter().find(|(known, _)| *known == wanted) {
            return Ok(Rc::clone(fetched));
        }
        let daemon = self.daemon(wanted.daemon.as_deref())?;
        let fetched = Rc::new(match daemon {
            Some(mut daemon) => through_daemon(&mut daemon, &wanted)?,
            None => from_file(&wanted)?,
        });
        self.fetched.push((wanted, Rc::clone(&fetched)));
        Ok(fetched)
    }
}

/// What is known of a database before any of its rows is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Its data sources, in their order.
    pub sources: Vec<SourceFacts>,
    /// When it was updated last.
    pub last_update: Timestamp,
    /// How many seconds back it remembers.
    pub kept_seconds: u64,
}

/// What is known of a data source before any of its rows is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFacts {
    /// Its name.
    pub name: String,
    /// Whether its values are rates per second rather than readings.
    pub is_rate: bool,
}

impl Facts {
    fn of_file(file: &str) -> Result<Self, GatherError> {
        let reader = RrdReader::open(file)?;
        let sources = reader.schema().sources().iter().map(|source| SourceFacts {
            name: source.name.as_str().to_owned(),
            is_rate: match &source.kind {
                SourceKind::Measured(measured) => measured.rate != RateKind::Gauge,
                SourceKind::Computed(_) => false,
            },
        });
        let step = reader.schema().step().seconds();
        let archives = reader.schema().archives().iter();
        let kept = archives.map(|archive| {
            step.saturating_mul(archive.points_per_row()).saturating_mul(archive.rows)
        });
        Ok(Self {
            sources: sources.collect(),
            last_update: reader.last_update(),
            kept_seconds: kept.max().unwrap_or(step),
        })
    }

    fn through_daemon(daemon: &mut Daemon, file: &str) -> Result<Self, GatherError> {
        let last_update = Timestamp::from_seconds(daemon.last(Path::new(file))?);
        let lines = daemon.info(Path::new(file))?;
        let text = |key: &str| lines.iter().find(|line| line.key == key).map(|line| &*line.text);
        let number = |key: &str| text(key).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        let sources = lines.iter().filter_map(|line| {
            let name = line.key.strip_prefix("ds[")?.strip_suffix("].type")?;
            let is_rate = !matches!(&*line.text, "GAUGE" | "COMPUTE");
            Some(SourceFacts { name: name.to_owned(), is_rate })
        });
        let step = number("step");
        let kept = lines.iter().filter_map(|line| {
            let archive = line.key.strip_suffix("].cf")?;
            let points = number(&format!("{archive}].pdp_per_row")).saturating_mul(step);
            Some(points.saturating_mul(number(&format!("{archive}].rows"))))
        });
        Ok(Self {
            sources: sources.collect(),
            last_update,
            kept_seconds: kept.max().unwrap_or(step),
        })
    }
}

fn from_file(wanted: &Wanted) -> Result<Series, GatherError> {
    let request = FetchRequest::new(wanted.function, wanted.range)
        .resolution(Duration::from_secs(wanted.resolution));
    Ok(RrdReader::open(&wanted.file)?.fetch(&request)?)
}

fn through_daemon(daemon: &mut Daemon, wanted: &Wanted) -> Result<Series, GatherError> {
    let (start, end) = (wanted.range.start.seconds(), wanted.range.end.seconds());
    Ok(daemon.fetch(Path::new(&wanted.file), wanted.function.name(), start, end)?)
}

/// The rows of one data source.
fn source(series: &Series, name: &str) -> Option<Rows> {
    let values = series.column(name)?.map(|(_, value)| value).collect();
    Some(Rows { start: series.start().seconds(), step: series.step(), values })
}

/// As many rows that are all unknown.
fn unknown_like(series: &Series) -> Rows {
    let (start, values) = (series.start().seconds(), vec![UNKNOWN; series.len()]);
    Rows { start, step: series.step(), values }
}

/// Unknown rows over a range, at the wanted step or a hundredth of the range.
fn unknown(range: TimeRange, resolution: u64) -> Rows {
    let span = range.end.seconds().saturating_sub(range.start.seconds()).max(0).unsigned_abs();
    let wanted = if resolution == 0 { span / 100 } else { resolution };
    let seconds = wanted.max(1).max(span / MOST_UNKNOWN_ROWS);
    let step = Step::from_seconds(seconds).unwrap_or(SECOND);
    let start = range.start.seconds().saturating_sub_unsigned(step.phase(range.start.seconds()));
    let end =
        range.end.seconds().saturating_add_unsigned(seconds - step.phase(range.end.seconds()));
    let count = end.saturating_sub(start).max(0).unsigned_abs() / seconds;
    Rows { start, step, values: vec![UNKNOWN; to_index(count).unwrap_or(0)] }
}

#[cfg(test)]
mod tests {
    use rrd_core::{Heartbeat, Rrd, Sample, Schema};

    use super::*;

    const START: i64 = 1_000_000_200;

    /// A file of five-minute rows 1, 2, 3, ... 12 and the hour's mean.
    fn database(folder: &Path) -> String {
        let path = folder.join("load.rrd");
        let schema = Schema::builder(Step::from_seconds(300).unwrap())
            .gauge("load", Heartbeat::from_seconds(600))
            .average(0.5, 1, 100)
            .max(0.5, 12, 100)
            .build()
            .unwrap();
        let start = Timestamp::from_seconds(START);
        let mut rrd = Rrd::create(&path, &schema, start).unwrap();
        for row in 1..=12_u8 {
            let at = Timestamp::from_seconds(START + i64::from(row) * 300);
            rrd.update(&Sample::new(at, [f64::from(row)])).unwrap();
        }
        path.to_str().unwrap().to_owned()
    }

    fn definition(file: &str) -> Definition {
        Definition::of("a", file, "load", ConsolidationFunction::Average)
    }

    const RANGE: TimeRange = TimeRange::from_seconds(START, START + 3000);

    #[test]
    fn rows_come_as_they_lie_in_the_file_or_merged_to_columns() {
        let folder = tempfile::tempdir().unwrap();
        let file = database(folder.path());
        let mut databases = Databases::files(Missing::Refused);
        let rows =
            databases.series(&definition(&file), Window { range: RANGE, step: 300 }).unwrap();
        assert_eq!((rows.start, rows.step.seconds()), (START, 300));
        assert_eq!(rows.values, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0]);
        let wide = Window { range: RANGE, step: 600 };
        let merged = databases.series(&definition(&file), wide).unwrap();
        assert_eq!((merged.start, merged.step.seconds()), (START, 600));
        assert_eq!(format!("{:?}", merged.values), "[1.5, 3.5, 5.5, 7.5, 9.5, NaN]");
        let largest = Definition { reduce: Some(ConsolidationFunction::Max), ..definition(&file) };
        assert_eq!(databases.series(&largest, wide).unwrap().values[1], 4.0);
    }

    #[test]
    fn what_is_missing_is_an_error_or_unknown() {
        let folder = tempfile::tempdir().unwrap();
        let file = database(folder.path());
        let other = Definition { source: "none".to_owned(), ..definition(&file) };
        let window = Window { range: RANGE, step: 300 };
        let error = Databases::files(Missing::Refused).series(&other, window).unwrap_err();
        assert_eq!(error.to_string(), format!("No DS called 'none' in '{file}'"));
        let mut lenient = Databases::files(Missing::Unknown);
        let unknown = lenient.series(&other, window).unwrap();
        assert_eq!(unknown.values.len(), 11);
        assert!(unknown.values.iter().all(|value| value.is_nan()));
        let absent = definition("/nowhere.rrd");
        let error = Databases::files(Missing::Refused).series(&absent, window).unwrap_err();
        assert_eq!(error.to_string(), "opening '/nowhere.rrd': No such file or directory");
        let unknown = lenient.series(&absent, Window { range: RANGE, step: 0 }).unwrap();
        assert_eq!((unknown.step.seconds(), unknown.values.len()), (30, 101));
    }
}
