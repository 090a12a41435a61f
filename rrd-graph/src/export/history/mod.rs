//! What files hold, as samples in a text format: in one text, or in one for each period. Two
//! passes: first what the series are called, then their rows in the order of the names, so that
//! families are not mixed and memory holds one block of rows.

mod report;
mod request;
mod write;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rrd_core::{ConsolidationFunction, FetchError, OpenError, RrdReader, TimeRange, Timestamp};

use super::{SampleError, SampleFormat, SeriesName};

pub use self::request::{HistoryRequest, RequestError, TextFiles};
pub use self::write::{Watcher, WriteError, Written};

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
    /// A series cannot be in the text.
    #[error("exporting '{file}'")]
    Samples {
        /// The file.
        file: String,
        /// The cause.
        source: SampleError,
    },
}

impl History {
    fn new(format: SampleFormat, range: TimeRange, resolution: Duration, spacing: Spacing) -> Self {
        let (series, oldest, failed) = (Vec::new(), Timestamp::MAX, BTreeSet::new());
        Self { format, range, resolution, spacing, series, oldest, failed }
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
            let mut seen = BTreeSet::new();
            for source in schema.sources() {
                let source = source.name.to_string();
                // Of two with one name only the first can be asked for.
                if !seen.insert(source.clone()) {
                    continue;
                }
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

    /// Sorts the series. One that was added twice is written once; of different ones with one
    /// name, all but the first get the path of their file as a label.
    fn sort(&mut self) {
        let place = |series: &StoredSeries| (series.file.clone(), series.source.clone());
        self.series.sort_by_cached_key(|series| (series.name.clone(), place(series)));
        self.series.dedup_by(|next, first| {
            (&next.name, &next.file, &next.source) == (&first.name, &first.file, &first.source)
        });
        let mut before: Option<SeriesName> = None;
        for series in &mut self.series {
            if before.as_ref() == Some(&series.name) {
                let path = ("path".to_owned(), series.file.display().to_string());
                series.name = series.name.clone().with([path]);
            } else {
                before = Some(series.name.clone());
            }
        }
        self.series.sort_by(|one, other| one.name.cmp(&other.name));
    }
}

/// The name of a series of another function than AVERAGE.
fn suffixed(name: SeriesName, function: ConsolidationFunction) -> SeriesName {
    if function == ConsolidationFunction::Average {
        return name;
    }
    let suffix = function.name().to_ascii_lowercase();
    SeriesName::new(format!("{}_{suffix}", name.name()), name.labels().iter().cloned())
}
