//! Writes a history: as one text, as a file, or as a file for each period.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use rrd_core::{FetchRequest, OutputFile, RrdReader, Series, Step, TimeRange, TimeZone, Timestamp};

use super::{History, HistoryError, Spacing, StoredSeries, TextFiles};
use crate::export::{SampleError, SampleWriter};
use crate::number_format::strftime;
use crate::time_locale::TimeLocale;

/// Limit on the number of periods.
const MAX_PERIODS: u64 = 10_000;

/// Instant queries of Prometheus look back for five minutes; samples at this distance in seconds
/// leave no gap.
const DENSE: u64 = 240;

/// Receives what happens while samples are written.
pub trait Watcher {
    /// A file is left out, or the rest of it.
    fn failed(&mut self, error: &HistoryError);

    /// This many of all series of this many are written; periods count each.
    fn progress(&mut self, done: usize, all: usize);
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Number of samples.
    pub samples: u64,
    /// Number of files that were complete before.
    pub kept: u64,
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

/// Why a series is not written.
#[derive(Debug, thiserror::Error)]
enum SeriesError {
    #[error(transparent)]
    History(#[from] HistoryError),
    #[error(transparent)]
    Samples(#[from] SampleError),
}

/// What happens to a file without samples.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Empty {
    Written,
    LeftOut,
}

impl History {
    /// Writes all samples as one text.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write(&mut self, out: &mut dyn Write, watcher: &mut dyn Watcher) -> io::Result<Written> {
        self.sort();
        let all = self.series.len();
        let samples = self.write_range(self.range, out, watcher, (0, all))?;
        Ok(Written { samples, kept: 0 })
    }

    /// Writes all samples into files. Those of periods are called `NAME-DATE.ENDING`.
    ///
    /// # Errors
    ///
    /// [`WriteError`]; an existing file is unchanged, files of earlier periods stay.
    pub fn write_files(
        &mut self,
        files: TextFiles<'_>,
        name: &str,
        watcher: &mut dyn Watcher,
    ) -> Result<Written, WriteError> {
        self.sort();
        match files {
            TextFiles::One(file) => {
                let progress = (0, self.series.len());
                let samples = self.fill(file, self.range, watcher, progress, Empty::Written)?;
                Ok(Written { samples, kept: 0 })
            }
            TextFiles::Periods(folder, period) => self.write_periods(period, folder, name, watcher),
        }
    }

    /// Writes a file for each period with samples into a folder, which is made if necessary.
    /// Periods are multiples of their length since 1970. A file has its name when it is complete,
    /// and is then kept by later runs, unless the range begins or ends within its period.
    fn write_periods(
        &mut self,
        period: Step,
        folder: &Path,
        name: &str,
        watcher: &mut dyn Watcher,
    ) -> Result<Written, WriteError> {
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
            let error = match self.write_series(series, range, &mut writer) {
                Ok(()) => continue,
                Err(SeriesError::History(error)) => error,
                Err(SeriesError::Samples(SampleError::Write(error))) => return Err(error),
                Err(SeriesError::Samples(source)) => {
                    HistoryError::Samples { file: series.file.display().to_string(), source }
                }
            };
            watcher.failed(&error);
            self.failed.insert(series.file.clone());
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
    ) -> Result<(), SeriesError> {
        let request = FetchRequest::new(series.function, range).resolution(self.resolution);
        let reader = RrdReader::open(&series.file).map_err(HistoryError::Open)?;
        writer.series(&series.name, &series.help)?;
        for block in reader.joined(&request).map_err(HistoryError::Fetch)? {
            let block = block.map_err(HistoryError::Fetch)?;
            // A source that was removed meanwhile has no further rows.
            let Some(rows) = block.column(&series.source) else { break };
            match self.spacing {
                Spacing::Rows => writer.samples(rows)?,
                Spacing::Dense => writer.samples(dense(&block, rows))?,
            }
        }
        Ok(())
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
