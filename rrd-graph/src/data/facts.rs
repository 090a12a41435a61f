//! Facts about a database that need no rows, and the archive that the numbers of a range come from.

use std::time::Duration;

use rrd_core::{ConsolidationFunction, RateKind, Schema, SourceKind, Step, TimeRange, Timestamp};

/// Facts about a database that need no rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Its data sources, in file order.
    pub sources: Vec<SourceFacts>,
    /// The time of the last update.
    pub last_update: Timestamp,
    /// The length of a primary data point.
    pub step: Step,
    /// Its archives, in file order.
    pub archives: Vec<ArchiveFacts>,
}

/// Facts about a data source that need no rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFacts {
    /// Its name.
    pub name: String,
    /// Whether its values are rates per second rather than readings.
    pub is_rate: bool,
}

/// Facts about an archive that need no rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchiveFacts {
    /// Its consolidation function.
    pub function: ConsolidationFunction,
    /// Primary data points per row.
    pub points_per_row: u64,
    /// Rows in the ring.
    pub rows: u64,
}

/// The rows that the numbers of a range are computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NumberRows {
    /// The length of a row.
    pub(crate) step: Step,
    /// Where to begin: at the start of the range, or somewhat later where the archive does.
    pub(crate) start: Timestamp,
    /// The start of the archive.
    pub(crate) first: Timestamp,
    /// Whether the archive reaches back to the start of the range.
    pub(crate) covers: bool,
    /// Whether there are enough rows for the numbers of the range.
    pub(crate) enough: bool,
}

/// As many rows are enough for the numbers of a range.
const ENOUGH: u64 = 2000;
/// An archive may begin later than a range by this share of it. The last hour, of an archive that
/// holds an hour, begins some seconds too early as soon as the clock goes on.
const LATE: u64 = 100;

impl Facts {
    /// The facts in a schema.
    pub fn new(schema: &Schema, last_update: Timestamp) -> Self {
        let sources = schema.sources().iter().map(|source| SourceFacts {
            name: source.name.as_str().to_owned(),
            is_rate: match &source.kind {
                SourceKind::Measured(measured) => measured.rate != RateKind::Gauge,
                SourceKind::Computed(_) => false,
            },
        });
        let archives = schema.archives().iter().map(|archive| ArchiveFacts {
            function: archive.function(),
            points_per_row: archive.points_per_row(),
            rows: archive.rows,
        });
        let (sources, archives) = (sources.collect(), archives.collect());
        Self { sources, last_update, step: schema.step(), archives }
    }

    /// How far back the archives reach.
    ///
    /// ```
    /// use rrd_core::{Schema, Step, Timestamp};
    /// use rrd_graph::data::Facts;
    /// let schema = Schema::builder(Step::from_seconds(60).unwrap())
    ///     .gauge("load", rrd_core::Heartbeat::from_seconds(120))
    ///     .average(0.5, 1, 60)
    ///     .average(0.5, 60, 24)
    ///     .build()?;
    /// let facts = Facts::new(&schema, Timestamp::from_seconds(0));
    /// assert_eq!(facts.kept().as_secs(), 24 * 3600);
    /// # Ok::<(), rrd_core::SchemaError>(())
    /// ```
    pub fn kept(&self) -> Duration {
        let kept = self
            .archives
            .iter()
            .map(|archive| self.row(archive).seconds().saturating_mul(archive.rows));
        Duration::from_secs(kept.max().unwrap_or(self.step.seconds()))
    }

    /// Whether a fetch can ask for a function.
    pub fn answers(&self, function: ConsolidationFunction) -> bool {
        self.archives.iter().any(|archive| archive.answers(function))
    }

    /// What is shown of a database of which nothing is said: its averages, or the first of the
    /// last, highest and lowest values that it keeps.
    pub(crate) fn shown(&self) -> Option<ConsolidationFunction> {
        [
            ConsolidationFunction::Average,
            ConsolidationFunction::Last,
            ConsolidationFunction::Max,
            ConsolidationFunction::Min,
        ]
        .into_iter()
        .find(|function| self.answers(*function))
    }

    /// The rows that the numbers of a range are computed from, so that these depend on nothing but
    /// the range: those of the coarsest archive that has at least 2,000 in it, else of the finest
    /// one that reaches back to its start, else of the one that reaches back farthest. `None` if no
    /// archive answers the function.
    pub(crate) fn number_rows(
        &self,
        function: ConsolidationFunction,
        range: TimeRange,
    ) -> Option<NumberRows> {
        let span = range.duration().as_secs();
        let latest = range.start + Duration::from_secs(span / LATE);
        let answering = self.archives.iter().filter(|archive| archive.answers(function));
        let found = answering.map(|archive| {
            let (step, first) = (self.row(archive), self.first(archive));
            // Shorter rows are better only as long as there are too few of them.
            let rows = (span / step.seconds()).min(ENOUGH);
            let covers = first <= latest;
            let start = if first <= range.start || !covers {
                range.start
            } else {
                // One row less, so that the archive still has all of them when it gets a new one.
                first + Duration::from(step)
            };
            let reach = if covers { None } else { Some(first) };
            let enough = rows == ENOUGH;
            let length = if enough { u64::MAX - step.seconds() } else { step.seconds() };
            ((reach, ENOUGH - rows, length), NumberRows { step, start, first, covers, enough })
        });
        found.min_by_key(|(rank, _)| *rank).map(|(_, rows)| rows)
    }

    /// The start of the first row of an archive.
    pub(super) fn first(&self, archive: &ArchiveFacts) -> Timestamp {
        let (step, last) = (self.row(archive), self.last_update.seconds());
        let newest = last.saturating_sub_unsigned(step.phase(last));
        let length = step.seconds().saturating_mul(archive.rows);
        Timestamp::from_seconds(newest.saturating_sub_unsigned(length))
    }

    /// The length of a row of an archive.
    pub(super) fn row(&self, archive: &ArchiveFacts) -> Step {
        let seconds = self.step.seconds().saturating_mul(archive.points_per_row);
        Step::from_seconds(seconds).unwrap_or(self.step)
    }
}

impl ArchiveFacts {
    /// Whether a fetch of a function finds its rows here.
    pub(super) fn answers(&self, function: ConsolidationFunction) -> bool {
        self.function.answers(function, self.points_per_row)
    }
}
