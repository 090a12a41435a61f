//! A schema put together in code. The text forms live in `text`.

use super::{Schema, SchemaError};
use crate::archive::{Archive, ArchiveKind, ClassicFunction, Season};
use crate::data_source::{DataSource, Heartbeat, MeasuredSource, RateKind, SourceKind, SourceName};
use crate::number::UNKNOWN;
use crate::rpn::CompactExpression;
use crate::time::Step;

/// Puts a [`Schema`] together; what is wrong with it is said by [`build`](Self::build).
///
/// ```
/// use rrd_core::{Heartbeat, Schema, Step};
///
/// let schema = Schema::builder(Step::from_seconds(60).unwrap())
///     .gauge("temperature", Heartbeat(180))
///     .counter("requests", Heartbeat(180))
///     .minimum(0.0)
///     .average(0.5, 1, 1440)
///     .max(0.5, 60, 24 * 30)
///     .build()?;
/// assert_eq!(schema.sources().len(), 2);
/// assert_eq!(schema.archives()[1].points_per_row(), 60);
/// # Ok::<(), rrd_core::SchemaError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SchemaBuilder {
    step: Step,
    sources: Vec<DataSource>,
    archives: Vec<Archive>,
    fault: Option<SchemaError>,
}

impl SchemaBuilder {
    pub(super) fn new(step: Step) -> Self {
        Self { step, sources: Vec::new(), archives: Vec::new(), fault: None }
    }

    /// Adds a data source.
    #[must_use]
    pub fn source(mut self, source: DataSource) -> Self {
        self.sources.push(source);
        self
    }

    /// Adds a source whose readings are the values.
    #[must_use]
    pub fn gauge(self, name: &str, heartbeat: Heartbeat) -> Self {
        self.measured(name, RateKind::Gauge, heartbeat)
    }

    /// Adds a source whose readings are a growing whole number that wraps at 32 or 64 bits.
    #[must_use]
    pub fn counter(self, name: &str, heartbeat: Heartbeat) -> Self {
        self.measured(name, RateKind::Counter, heartbeat)
    }

    /// Adds a source whose readings are a whole number that grows and falls.
    #[must_use]
    pub fn derive(self, name: &str, heartbeat: Heartbeat) -> Self {
        self.measured(name, RateKind::Derive, heartbeat)
    }

    /// Adds a source whose readings count from zero each time.
    #[must_use]
    pub fn absolute(self, name: &str, heartbeat: Heartbeat) -> Self {
        self.measured(name, RateKind::Absolute, heartbeat)
    }

    /// Adds a source whose readings are a growing number with fractions.
    #[must_use]
    pub fn dcounter(self, name: &str, heartbeat: Heartbeat) -> Self {
        self.measured(name, RateKind::DCounter, heartbeat)
    }

    /// Adds a source whose readings are a number with fractions that grows and falls.
    #[must_use]
    pub fn dderive(self, name: &str, heartbeat: Heartbeat) -> Self {
        self.measured(name, RateKind::DDerive, heartbeat)
    }

    /// Adds a source that is computed from those before it, by an expression in reverse Polish notation.
    ///
    /// ```
    /// use rrd_core::{Heartbeat, Schema, Step};
    ///
    /// let schema = Schema::builder(Step::from_seconds(60).unwrap())
    ///     .gauge("used", Heartbeat(120))
    ///     .gauge("free", Heartbeat(120))
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
            (Some(name), Ok(expression)) => {
                self.sources.push(DataSource { name, kind: SourceKind::Computed(expression) });
            }
            (None, _) => {
                self.fault.get_or_insert(SchemaError::IllegalName { name: name.to_owned() });
            }
            (_, Err(error)) => {
                let name = name.to_owned();
                self.fault.get_or_insert(SchemaError::Expression { name, error });
            }
        }
        self
    }

    /// Sets the smallest rate that the source added last takes as known.
    #[must_use]
    pub fn minimum(self, minimum: f64) -> Self {
        self.limit(|source| source.minimum = minimum)
    }

    /// Sets the largest rate that the source added last takes as known.
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

    /// Adds an archive of means: `points_per_row` primary data points make one of `rows` rows.
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

    /// Adds a Holt-Winters forecast of `rows` rows over seasons of `season_rows`, with its four companions: the
    /// seasonal coefficients, their deviations, the predicted deviations, and the failures (7 violations in 9 steps).
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

    /// The schema.
    ///
    /// # Errors
    ///
    /// The first fault among the calls before, then those of [`Schema::new`].
    pub fn build(self) -> Result<Schema, SchemaError> {
        match self.fault {
            Some(fault) => Err(fault),
            None => Schema::new(self.step, self.sources, self.archives),
        }
    }

    fn measured(mut self, name: &str, rate: RateKind, heartbeat: Heartbeat) -> Self {
        match SourceName::new(name) {
            Some(name) => {
                let source = MeasuredSource { rate, heartbeat, minimum: UNKNOWN, maximum: UNKNOWN };
                self.sources.push(DataSource { name, kind: SourceKind::Measured(source) });
            }
            None => {
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
