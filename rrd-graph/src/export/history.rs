//! What files hold, as samples in a text format: in one text, or in one for each period. Two
//! passes: first what the series are called, then their rows in the order of the names, so that
//! families are not mixed and memory holds one block of rows.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rrd_core::{
    ConsolidationFunction, FetchError, FetchRequest, OpenError, OutputFile, RrdReader, Series,
    Step, TimeRange, TimeZone, Timestamp,
};

use super::{SampleError, SampleFormat, SampleWriter, SeriesName};
use crate::number_format::strftime;
use crate::time_locale::TimeLocale;

/// Limit on the number of periods.
const MAX_PERIODS: u64 = 10_000;

/// Instant queries of Prometheus look back for five minutes; samples at this distance in seconds
/// leave no gap.
const DENSE: u64 = 240;

/// The series of files, and what of them is written.
#[derive(Debug)]
pub struct History {
    format: SampleFormat,
    range: TimeRange,
    resolution: Duration,
    spacing: Spacing,
    series: Vec<StoredSeries>,
    /// The start of the oldest row.
    oldest: Timestamp,
    /// Files that could not be read, which are left out from then on.
    failed: BTreeSet<PathBuf>,
}

/// How samples of long rows are placed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spacing {
    /// A sample at the end of each row.
    #[default]
    Rows,
    /// Rows that are longer than four minutes are repeated every four minutes within themselves,
    /// for instant queries of Prometheus. Sums and counts of the samples are then wrong.
    Dense,
}

/// One series of a history.
#[derive(Debug)]
struct StoredSeries {
    name: SeriesName,
    help: String,
    file: PathBuf,
    source: String,
    function: ConsolidationFunction,
}

/// What happens to a file without samples.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Empty {
    Written,
    LeftOut,
}

/// What series are called that are in a file.
#[derive(Clone, Debug)]
pub struct Described {
    /// The name and labels.
    pub name: SeriesName,
    /// An explanation for people; may be empty.
    pub help: String,
}

/// Why a file, or the rest of it, is left out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// The file cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Its rows cannot be read.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It has none of the functions.
    #[error("'{file}' has no archive of {functions}")]
    NoFunction {
        /// The file.
        file: String,
        /// The functions.
        functions: String,
    },
    /// A series cannot be in the text, or the text cannot be written.
    #[error(transparent)]
    Samples(#[from] SampleError),
}

/// Why there are no files.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// There would be too many files.
    #[error("{periods} files, at most {MAX_PERIODS}: expected a later start or longer periods")]
    TooMany {
        /// The number of periods.
        periods: u64,
    },
    /// The folder cannot be made.
    #[error("making the folder '{folder}'")]
    Folder {
        /// The folder.
        folder: String,
        /// The cause.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("writing '{file}'")]
    Write {
        /// The file.
        file: String,
        /// The cause.
        source: io::Error,
    },
}

/// Is told what happens while samples are written.
pub trait Watcher {
    /// A file is left out, or the rest of it.
    fn failed(&mut self, file: &Path, error: &HistoryError);

    /// This many of all series of this many are written; periods count each.
    fn progress(&mut self, done: usize, all: usize);
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Number of samples.
    pub samples: u64,
    /// Number of files that were written.
    pub files: u64,
    /// Number of files that were complete before.
    pub kept: u64,
}

impl History {
    /// The samples in a range of time, as yet of no file.
    pub fn new(format: SampleFormat, range: TimeRange) -> Self {
        Self {
            format,
            range,
            resolution: Duration::ZERO,
            spacing: Spacing::Rows,
            series: Vec::new(),
            oldest: Timestamp::MAX,
            failed: BTreeSet::new(),
        }
    }

    /// Sets the wanted length of rows; by default they are as short as there are.
    #[must_use]
    pub fn resolution(self, resolution: Duration) -> Self {
        Self { resolution, ..self }
    }

    /// Sets how samples of long rows are placed.
    #[must_use]
    pub fn spacing(self, spacing: Spacing) -> Self {
        Self { spacing, ..self }
    }

    /// Adds the data sources of a file that `name` describes. The names of functions other than
    /// AVERAGE have a suffix: `_max`.
    ///
    /// # Errors
    ///
    /// [`HistoryError`], and nothing of it is added.
    pub fn add(
        &mut self,
        file: &Path,
        functions: &[ConsolidationFunction],
        name: impl Fn(&str) -> Option<Described>,
    ) -> Result<(), HistoryError> {
        let reader = RrdReader::open(file)?;
        let (schema, last) = (reader.schema(), reader.last_update());
        let mut has_function = false;
        for &function in functions {
            let archives = schema.archives().iter().filter(|archive| archive.answers(function));
            let length = |rows: u64, points| rows.saturating_mul(points);
            let points = archives.map(|archive| length(archive.rows, archive.points_per_row()));
            let Some(points) = points.max() else { continue };
            has_function = true;
            let reach = Duration::from_secs(points.saturating_mul(schema.step().seconds()));
            self.oldest = self.oldest.min(last - reach);
            for source in schema.sources() {
                let source = source.name.to_string();
                let Some(Described { name, help }) = name(&source) else { continue };
                let (name, file) = (suffixed(name, function), file.to_owned());
                self.series.push(StoredSeries { name, help, file, source, function });
            }
        }
        if has_function {
            return Ok(());
        }
        let functions = functions.iter().map(|function| function.name()).collect::<Vec<_>>();
        let (file, functions) = (file.display().to_string(), functions.join(" or "));
        Err(HistoryError::NoFunction { file, functions })
    }

    /// Number of series.
    pub fn len(&self) -> usize {
        self.series.len()
    }

    /// Whether there are no series.
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// Writes all samples into a file.
    ///
    /// # Errors
    ///
    /// [`WriteError::Write`]; an existing file is unchanged.
    pub fn write_file(
        &mut self,
        file: &Path,
        watcher: &mut dyn Watcher,
    ) -> Result<Written, WriteError> {
        self.sort();
        let all = self.series.len();
        let samples = self.fill(file, self.range, watcher, (0, all), Empty::Written)?;
        Ok(Written { samples, files: 1, kept: 0 })
    }

    /// Writes all samples as one text.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write(&mut self, out: &mut dyn Write, watcher: &mut dyn Watcher) -> io::Result<Written> {
        self.sort();
        let all = self.series.len();
        let samples = self.write_range(self.range, out, watcher, (0, all))?;
        Ok(Written { samples, files: 1, kept: 0 })
    }

    /// Writes a file `NAME-DATE.ENDING` for each period with samples into a folder, which is made
    /// if necessary. Periods are multiples of their length since 1970. A file has its name when it
    /// is complete, and is then kept by later runs, unless the range begins or ends within its
    /// period.
    ///
    /// # Errors
    ///
    /// [`WriteError`]; files of earlier periods stay.
    pub fn write_periods(
        &mut self,
        period: Step,
        folder: &Path,
        name: &str,
        watcher: &mut dyn Watcher,
    ) -> Result<Written, WriteError> {
        self.sort();
        let TimeRange { start, end } = self.range;
        let first = start.max(self.oldest);
        let first = first.seconds().saturating_sub_unsigned(period.phase(first.seconds()));
        let length = u64::try_from(end.seconds().saturating_sub(first)).unwrap_or(0);
        let periods = length.div_ceil(period.seconds());
        if periods > MAX_PERIODS {
            return Err(WriteError::TooMany { periods });
        }
        fs::create_dir_all(folder).map_err(|source| {
            let folder = folder.display().to_string();
            WriteError::Folder { folder, source }
        })?;
        let all = self.series.len().saturating_mul(usize::try_from(periods).unwrap_or(0));
        let (mut written, mut done) = (Written::default(), 0);
        let mut from = Timestamp::from_seconds(first);
        while from < end {
            let to = from + Duration::from_secs(period.seconds());
            let file =
                folder.join(format!("{name}-{}.{}", day(from, period), self.format.ending()));
            if start <= from && to <= end && file.exists() {
                written.kept += 1;
            } else {
                let part = TimeRange::new(from.max(start), to.min(end));
                let samples = self.fill(&file, part, watcher, (done, all), Empty::LeftOut)?;
                written.samples += samples;
                written.files += u64::from(samples > 0);
            }
            done += self.series.len();
            from = to;
        }
        Ok(written)
    }

    /// Writes the samples of a range into a file.
    fn fill(
        &mut self,
        file: &Path,
        range: TimeRange,
        watcher: &mut dyn Watcher,
        progress: (usize, usize),
        empty: Empty,
    ) -> Result<u64, WriteError> {
        let failed = |source| WriteError::Write { file: file.display().to_string(), source };
        let new = OutputFile::begin(file).map_err(failed)?;
        let mut out = BufWriter::with_capacity(1 << 16, new);
        let samples = self.write_range(range, &mut out, watcher, progress).map_err(failed)?;
        if samples > 0 || empty == Empty::Written {
            let new = out.into_inner().map_err(|error| failed(error.into_error()))?;
            new.finish_synced().map_err(failed)?;
        }
        Ok(samples)
    }

    fn write_range(
        &mut self,
        range: TimeRange,
        out: &mut dyn Write,
        watcher: &mut dyn Watcher,
        (mut done, all): (usize, usize),
    ) -> io::Result<u64> {
        let mut writer = SampleWriter::new(self.format, out)?;
        for series in &self.series {
            watcher.progress(done, all);
            done += 1;
            if self.failed.contains(&series.file) {
                continue;
            }
            match self.write_series(series, range, &mut writer) {
                Ok(()) => {}
                Err(HistoryError::Samples(SampleError::Write(error))) => return Err(error),
                Err(error) => {
                    watcher.failed(&series.file, &error);
                    self.failed.insert(series.file.clone());
                }
            }
        }
        let samples = writer.written();
        writer.finish()?;
        Ok(samples)
    }

    fn write_series(
        &self,
        series: &StoredSeries,
        range: TimeRange,
        writer: &mut SampleWriter<&mut dyn Write>,
    ) -> Result<(), HistoryError> {
        let request = FetchRequest::new(series.function, range).resolution(self.resolution);
        let reader = RrdReader::open(&series.file)?;
        writer.series(&series.name, &series.help)?;
        for block in reader.joined(&request)? {
            let block = block?;
            // A source that was removed meanwhile has no further rows.
            let Some(rows) = block.column(&series.source) else { break };
            match self.spacing {
                Spacing::Rows => writer.samples(rows)?,
                Spacing::Dense => writer.samples(dense(&block, rows))?,
            }
        }
        Ok(())
    }

    /// Sorts the series. Of those with one name, all but the first get their file, source and
    /// function as labels.
    fn sort(&mut self) {
        self.series.sort_by(|one, other| (&one.name, &one.file).cmp(&(&other.name, &other.file)));
        let mut before: Option<SeriesName> = None;
        for series in &mut self.series {
            if before.as_ref() != Some(&series.name) {
                before = Some(series.name.clone());
                continue;
            }
            let (file, function) = (series.file.display().to_string(), series.function.name());
            let labels = [("file", &*file), ("source", &series.source), ("cf", function)];
            let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned()));
            series.name = series.name.clone().with(labels);
        }
        self.series.sort_by(|one, other| one.name.cmp(&other.name));
    }
}

/// The day at which a period begins, and the hour if there are several a day.
fn day(start: Timestamp, period: Step) -> String {
    let has_hours = !period.seconds().is_multiple_of(24 * 3600);
    let format = if has_hours { "%Y-%m-%dT%H%M" } else { "%Y-%m-%d" };
    strftime(format, start.seconds(), &TimeZone::UTC, TimeLocale::default())
}

/// Rows that are longer than four minutes, repeated within themselves.
fn dense(
    block: &Series,
    rows: impl Iterator<Item = (Timestamp, f64)>,
) -> impl Iterator<Item = (Timestamp, f64)> {
    let repeated = (block.step().seconds() - 1) / DENSE;
    rows.flat_map(move |(end, value)| {
        let times = (0..=repeated).rev();
        times.map(move |back| (end - Duration::from_secs(back * DENSE), value))
    })
}

/// The name of a series of another function than AVERAGE.
fn suffixed(name: SeriesName, function: ConsolidationFunction) -> SeriesName {
    if function == ConsolidationFunction::Average {
        return name;
    }
    let suffix = function.name().to_ascii_lowercase();
    SeriesName::new(format!("{}_{suffix}", name.name()), name.labels().iter().cloned())
}
