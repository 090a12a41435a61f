//! Builds a schema in code. The text forms are in `text`.

use std::time::Duration;

use super::{Schema, SchemaError};
use crate::archive::{Archive, ArchiveKind, ClassicFunction, Season};
use crate::data_source::{DataSource, Heartbeat, MeasuredSource, RateKind, SourceKind, SourceName};
use crate::number::UNKNOWN;
use crate::rpn::CompactExpression;
use crate::time::{Step, whole_seconds_up};

/// The share of a row that may be unknown where nothing else is asked for.
const DEFAULT_XFILES_FACTOR: f64 = 0.5;

/// Builds a [`Schema`]; errors are returned by [`build`](Self::build).
///
/// ```
/// use std::time::Duration;
/// use rrd_core::Schema;
///
/// const MINUTE: Duration = Duration::from_secs(60);
/// const DAY: Duration = Duration::from_secs(86_400);
///
/// let schema = Schema::builder(MINUTE)
///     .gauge("temperature", 3 * MINUTE)
///     .counter("requests", 3 * MINUTE)
///     .minimum(0.0)
///     .average_for(MINUTE, DAY)
///     .max_for(60 * MINUTE, 30 * DAY)
///     .xfiles_factor(0.9)
///     .build()?;
/// assert_eq!(schema.sources().len(), 2);
/// assert_eq!(schema.archives()[1].points_per_row(), 60);
/// assert_eq!(schema.archives()[1].rows, 30 * 24);
/// # Ok::<(), rrd_core::SchemaError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SchemaBuilder {
    step: Step,
    sources: Vec<DataSource>,
    archives: Vec<Archive>,
    fault: Option<SchemaError>,
}

impl Schema {
    /// Starts a schema with this step, a [`Duration`] of whole seconds or a [`Step`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use rrd_core::Schema;
    ///
    /// let ten_seconds = Duration::from_secs(10);
    /// let schema = Schema::builder(ten_seconds)
    ///     .gauge("load", 3 * ten_seconds)
    ///     .average_for(ten_seconds, Duration::from_secs(3600))
    ///     .build()?;
    /// assert_eq!(schema.sources()[0].name.as_str(), "load");
    /// # Ok::<(), rrd_core::SchemaError>(())
    /// ```
    pub fn builder(step: impl Into<Duration>) -> SchemaBuilder {
        SchemaBuilder::new(step.into())
    }
}

impl SchemaBuilder {
    pub(super) fn new(step: Duration) -> Self {
        let (step, fault) = match Step::try_from(step) {
            Ok(step) => (step, None),
            Err(error) => (Step::SECOND, Some(error.into())),
        };
        Self { step, sources: Vec::new(), archives: Vec::new(), fault }
    }

    /// Adds a data source.
    #[must_use]
    pub fn source(mut self, source: DataSource) -> Self {
        self.sources.push(source);
        self
    }

    /// Adds a source whose readings are the values.
    #[must_use]
    pub fn gauge(self, name: &str, heartbeat: impl Into<Heartbeat>) -> Self {
        self.measured(name, RateKind::Gauge, heartbeat)
    }

    /// Adds a source whose readings are a growing integer that wraps at 32 or 64 bits.
    #[must_use]
    pub fn counter(self, name: &str, heartbeat: impl Into<Heartbeat>) -> Self {
        self.measured(name, RateKind::Counter, heartbeat)
    }

    /// Adds a source whose readings are an integer that grows and falls.
    #[must_use]
    pub fn derive(self, name: &str, heartbeat: impl Into<Heartbeat>) -> Self {
        self.measured(name, RateKind::Derive, heartbeat)
    }

    /// Adds a source whose readings count from zero each time.
    #[must_use]
    pub fn absolute(self, name: &str, heartbeat: impl Into<Heartbeat>) -> Self {
        self.measured(name, RateKind::Absolute, heartbeat)
    }

    /// Adds a source whose readings are a growing number with fractions.
    #[must_use]
    pub fn dcounter(self, name: &str, heartbeat: impl Into<Heartbeat>) -> Self {
        self.measured(name, RateKind::DCounter, heartbeat)
    }

    /// Adds a source whose readings are a number with fractions that grows and falls.
    #[must_use]
    pub fn dderive(self, name: &str, heartbeat: impl Into<Heartbeat>) -> Self {
        self.measured(name, RateKind::DDerive, heartbeat)
    }

    /// Adds a source that is computed from the preceding ones by an expression in reverse Polish
    /// notation.
    ///
    /// ```
    /// use std::time::Duration;
    /// use rrd_core::Schema;
    ///
    /// let minute = Duration::from_secs(60);
    /// let schema = Schema::builder(minute)
    ///     .gauge("used", 2 * minute)
    ///     .gauge("free", 2 * minute)
    ///     .compute("percent", "used,100,*,used,free,+,/")
    ///     .average(0.5, 1, 1440)
    ///     .build()?;
    /// assert_eq!(schema.measured_sources(), 2);
    /// # Ok::<(), rrd_core::SchemaError>(())
    /// ```
    #[must_use]
    pub fn compute(mut self, name: &str, expression: &str) -> Self {
        let place =
            |known: &str| self.sources.iter().position(|source| source.name.as_str() == known);
        match (SourceName::new(name), CompactExpression::parse(expression, place)) {
            (Ok(name), Ok(expression)) => {
                self.sources.push(DataSource { name, kind: SourceKind::Computed(expression) });
            }
            (Err(_), _) => {
                self.fault.get_or_insert(SchemaError::IllegalName { name: name.to_owned() });
            }
            (_, Err(error)) => {
                let name = name.to_owned();
                self.fault.get_or_insert(SchemaError::Expression { name, error });
            }
        }
        self
    }

    /// Sets the smallest rate of the last added source that counts as known.
    #[must_use]
    pub fn minimum(self, minimum: f64) -> Self {
        self.limit(|source| source.minimum = minimum)
    }

    /// Sets the largest rate of the last added source that counts as known.
    #[must_use]
    pub fn maximum(self, maximum: f64) -> Self {
        self.limit(|source| source.maximum = maximum)
    }

    /// Adds an archive.
    #[must_use]
    pub fn archive(mut self, archive: Archive) -> Self {
        self.archives.push(archive);
        self
    }

    /// Adds an archive of means over `row`, a whole multiple of the step, that reaches back for
    /// `span`.
    ///
    /// A row is unknown if more than half of its points are; see
    /// [`xfiles_factor`](Self::xfiles_factor).
    #[must_use]
    pub fn average_for(self, row: Duration, span: Duration) -> Self {
        self.classic_for(ClassicFunction::Average, row, span)
    }

    /// Adds an archive of the smallest points in `row`, as [`average_for`](Self::average_for) does
    /// of means.
    #[must_use]
    pub fn min_for(self, row: Duration, span: Duration) -> Self {
        self.classic_for(ClassicFunction::Min, row, span)
    }

    /// Adds an archive of the largest points in `row`, as [`average_for`](Self::average_for) does
    /// of means.
    #[must_use]
    pub fn max_for(self, row: Duration, span: Duration) -> Self {
        self.classic_for(ClassicFunction::Max, row, span)
    }

    /// Adds an archive of the last points in `row`, as [`average_for`](Self::average_for) does of
    /// means.
    #[must_use]
    pub fn last_for(self, row: Duration, span: Duration) -> Self {
        self.classic_for(ClassicFunction::Last, row, span)
    }

    /// Sets the share of points, 0 or more and below 1, that may be unknown in a known row of the
    /// archive added last.
    #[must_use]
    pub fn xfiles_factor(mut self, share: f64) -> Self {
        match self.archives.last_mut().map(|archive| &mut archive.kind) {
            Some(ArchiveKind::Classic { xfiles_factor, .. }) => *xfiles_factor = share,
            _ => {
                self.fault.get_or_insert(SchemaError::FactorWithoutArchive);
            }
        }
        self
    }

    /// Adds an archive of means: `points_per_row` primary data points are one of `rows` rows.
    #[must_use]
    pub fn average(self, xfiles_factor: f64, points_per_row: u64, rows: u64) -> Self {
        self.classic(ClassicFunction::Average, xfiles_factor, points_per_row, rows)
    }

    /// Adds an archive of the smallest points.
    #[must_use]
    pub fn min(self, xfiles_factor: f64, points_per_row: u64, rows: u64) -> Self {
        self.classic(ClassicFunction::Min, xfiles_factor, points_per_row, rows)
    }

    /// Adds an archive of the largest points.
    #[must_use]
    pub fn max(self, xfiles_factor: f64, points_per_row: u64, rows: u64) -> Self {
        self.classic(ClassicFunction::Max, xfiles_factor, points_per_row, rows)
    }

    /// Adds an archive of the last points.
    #[must_use]
    pub fn last(self, xfiles_factor: f64, points_per_row: u64, rows: u64) -> Self {
        self.classic(ClassicFunction::Last, xfiles_factor, points_per_row, rows)
    }

    /// Adds a Holt-Winters forecast of `rows` rows over seasons of `season_rows`, with its four
    /// companions: the seasonal coefficients, their deviations, the predicted deviations, and the
    /// failures (7 violations in 9 steps).
    #[must_use]
    pub fn forecast(
        mut self,
        season: Season,
        rows: u64,
        alpha: f64,
        beta: f64,
        season_rows: u16,
    ) -> Self {
        let archive = self.archives.len();
        if season_rows == 0 {
            self.fault.get_or_insert(SchemaError::NoSeason { archive });
            return self;
        }
        self.archives.push(Archive {
            rows,
            kind: ArchiveKind::Forecast {
                season,
                alpha,
                beta,
                seasonal: archive + 1,
                season_length: season_rows.into(),
            },
        });
        self.archives.extend(Archive::companions(archive, rows, alpha, season_rows.into(), 0));
        self
    }

    /// Builds the schema.
    ///
    /// # Errors
    ///
    /// The first error in the calls before, then those of [`Schema::new`].
    pub fn build(self) -> Result<Schema, SchemaError> {
        match self.fault {
            Some(fault) => Err(fault),
            None => Schema::new(self.step, self.sources, self.archives),
        }
    }

    fn measured(mut self, name: &str, rate: RateKind, heartbeat: impl Into<Heartbeat>) -> Self {
        let heartbeat = heartbeat.into();
        match SourceName::new(name) {
            Ok(name) => {
                let source = MeasuredSource { rate, heartbeat, minimum: UNKNOWN, maximum: UNKNOWN };
                self.sources.push(DataSource { name, kind: SourceKind::Measured(source) });
            }
            Err(_) => {
                self.fault.get_or_insert(SchemaError::IllegalName { name: name.to_owned() });
            }
        }
        self
    }

    fn limit(mut self, set: impl FnOnce(&mut MeasuredSource)) -> Self {
        match self.sources.last_mut().map(|source| &mut source.kind) {
            Some(SourceKind::Measured(source)) => set(source),
            _ => {
                self.fault.get_or_insert(SchemaError::LimitWithoutSource);
            }
        }
        self
    }

    fn classic_for(mut self, function: ClassicFunction, row: Duration, span: Duration) -> Self {
        let step = self.step.seconds();
        let length = Step::try_from(row).ok().filter(|row| row.seconds() % step == 0);
        let Some(row) = length else {
            self.fault.get_or_insert(SchemaError::RowLength { row, step: self.step });
            return self;
        };
        let rows = whole_seconds_up(span).div_ceil(row.seconds());
        self.classic(function, DEFAULT_XFILES_FACTOR, row.seconds() / step, rows)
    }

    fn classic(
        self,
        function: ClassicFunction,
        xfiles_factor: f64,
        points_per_row: u64,
        rows: u64,
    ) -> Self {
        let kind = ArchiveKind::Classic { function, points_per_row, xfiles_factor };
        self.archive(Archive { rows, kind })
    }
}
