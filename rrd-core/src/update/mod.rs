//! The pipeline from a sample to rows: pure functions of the live head and the rows. Files, locks
//! and clocks are elsewhere.
//!
//! The order of operations is part of the specification: every rounding happens where RRDtool does
//! it. A sample is applied completely or not at all: everything that can fail is computed on
//! copies; the open rows are updated last, which cannot fail.

mod accept;
mod forecast;
mod points;
mod rows;
mod run;
mod season;
mod smoothing;
mod span;
#[cfg(test)]
mod tests;

use self::span::Steps;
use crate::archive::{ArchiveKind, RowCursor};
use crate::data_source::RateError;
use crate::file_version::FileVersion;
use crate::format::{LiveHead, MAX_SPAN};
use crate::number::{UNKNOWN, length_to_u64};
use crate::pdp::PdpPrep;
use crate::rpn::{EvaluationError, Evaluator};
use crate::sample::Sample;
use crate::schema::Schema;
use crate::time::{FutureSample, StepPlace, Timestamp};
pub(crate) use accept::OpenPoints;

/// Limit on pending values, unless a single point has more: they should fit into the L1 cache.
const MAX_PENDING_VALUES: u64 = 1024;

/// Why a sample was refused. Nothing of it was applied.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SampleError {
    /// The sample is not later than the last update.
    #[error("the sample of {at} is not later than the last update, which is of {last_update}")]
    Past {
        /// The moment of the sample, as far as the file keeps it.
        at: Timestamp,
        /// The moment of the last update.
        last_update: Timestamp,
    },
    /// The time does not fit into a file.
    #[error("a sample of {at} is more than 2^60 seconds from 1970, and no file holds such a time")]
    Unstorable {
        /// The time of the sample.
        at: Timestamp,
    },
    /// The number of readings differs from the number of data sources.
    #[error("the sample of {at} has {found} readings, but the database takes {expected}")]
    Readings {
        /// Number of data sources that take readings.
        expected: usize,
        /// Number of readings in the sample.
        found: usize,
        /// The time of the sample.
        at: Timestamp,
    },
    /// The sample is further ahead of the clock than the writer allows.
    #[error(transparent)]
    Future(#[from] FutureSample),
    /// A reading is not valid for its data source.
    #[error(transparent)]
    Reading(#[from] RateError),
    /// The expression of a computed data source has no value.
    #[error(transparent)]
    Computed(#[from] EvaluationError),
}

/// Why an update stopped: a sample was refused or a row could not be read.
#[derive(Debug)]
pub(crate) enum Stop<E> {
    Sample(SampleError),
    Rows(E),
}

/// Access to the rows of all archives during an update.
pub(crate) trait Rows {
    /// Why a row could not be read.
    type Error;

    /// Copies a row, one value per data source. Rows already written are read back as written.
    fn read(&mut self, archive: usize, row: u64, values: &mut [f64]) -> Result<(), Self::Error>;

    /// Accepts rows to be written.
    fn write(&mut self, rows: WrittenRows<'_>);
}

/// Consecutive rows of one archive that an update has completed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WrittenRows<'a> {
    pub(crate) archive: usize,
    /// Position of the first row in the ring.
    pub(crate) row: u64,
    /// Number of rows in the ring.
    pub(crate) ring: u64,
    /// The label of the first row, see [`WrittenRow::label`].
    pub(crate) label: Option<i64>,
    /// Seconds from one label to the next.
    pub(crate) span: u64,
    /// One value per data source for each row.
    pub(crate) values: &'a [f64],
    /// How often these rows follow one another; there are never more than the ring has.
    pub(crate) copies: u64,
}

impl<'a> WrittenRows<'a> {
    /// The rows one by one, in a file with `sources` data sources.
    pub(crate) fn each(self, sources: usize) -> impl Iterator<Item = WrittenRow<'a>> {
        let Self { archive, row, ring, label, span, values, copies } = self;
        let mut cursor = RowCursor::new(row, ring);
        let mut label = label;
        (0..copies).flat_map(move |_| values.chunks_exact(sources)).map(move |values| {
            let time = label.map(Timestamp::from_seconds);
            let written = WrittenRow { archive, row: cursor.row(), label: time, values };
            cursor.advance();
            label = label.map(|label| label.saturating_add_unsigned(span));
            written
        })
    }
}

/// A row that an update has completed.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct WrittenRow<'a> {
    /// Index of the archive.
    pub archive: usize,
    /// Index of the row in the ring.
    pub row: u64,
    /// The end of the row, which `updatev` prints; `None` for a row changed by smoothing. (RRDtool
    /// prints it one row late where an update completes several rows.)
    pub label: Option<Timestamp>,
    /// One value per data source.
    pub values: &'a [f64],
}

/// What remains to be done when the batch ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub(crate) struct Applied {
    /// A season is complete: call [`Pipeline::smooth`] after the last sample.
    pub(crate) smoothing_due: bool,
}

/// The state of the pipeline between samples: only buffers, so that an update does not allocate.
#[derive(Clone, Debug)]
pub(crate) struct Pipeline {
    version: FileVersion,
    measured: usize,
    /// Whether the file has forecasting archives.
    forecasts: bool,
    pdps: Vec<PdpPrep>,
    /// The values of the primary data points: those of the open step if it is completed separately,
    /// the pending ones, then the newest.
    points: Vec<f64>,
    /// Points that have not been added to the open rows yet; each has its own values.
    pending: Part,
    /// Limit on the number of pending points.
    max_pending: u64,
    /// Stored coefficients that the forecasting archives load:
    /// `[part][archive][first, second][source]`.
    coefficients: Vec<f64>,
    row: Vec<f64>,
    /// The rows of one archive that a run of points has completed.
    ended: Vec<f64>,
    /// Number of points until each open row is complete, at least 1, ...
    until_row: Vec<u64>,
    /// ... counted from the point of this step; `None` if not known.
    open_rows_at: Option<i64>,
    /// The last time that was split into steps.
    place: StepPlace,
    evaluator: Evaluator,
}

/// Points that are completed together: the open one alone, or all up to the present.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    /// Index of the open step.
    first: i64,
    /// Number of completed steps.
    count: u64,
}

/// Limit on pending points for a number of sources.
fn max_pending(sources: usize) -> u64 {
    (MAX_PENDING_VALUES / length_to_u64(sources).max(1)).max(1)
}

impl Pipeline {
    /// The pipeline of a file with this version and schema.
    pub(crate) fn new(version: FileVersion, schema: &Schema) -> Self {
        let sources = schema.sources().len();
        let forecasts = schema
            .archives()
            .iter()
            .any(|archive| !matches!(archive.kind, ArchiveKind::Classic { .. }));
        let coefficients = if forecasts { 4 * schema.archives().len() * sources } else { 0 };
        Self {
            version,
            measured: schema.measured_sources(),
            forecasts,
            pdps: vec![PdpPrep::UNKNOWN; sources],
            points: vec![UNKNOWN; 2 * sources],
            pending: Part::default(),
            max_pending: max_pending(sources),
            coefficients: vec![UNKNOWN; coefficients],
            row: vec![UNKNOWN; sources],
            ended: Vec::new(),
            until_row: Vec::with_capacity(schema.archives().len()),
            open_rows_at: None,
            place: StepPlace::of(schema.step(), 0),
            evaluator: Evaluator::new(),
        }
    }

    /// Applies a sample to `live` and passes the completed rows to `rows`.
    ///
    /// `clock` returns the current second; only computed sources call it. After an error `live` is
    /// unchanged and no row was written.
    #[cfg(test)]
    pub(crate) fn advance<R: Rows>(
        &mut self,
        schema: &Schema,
        live: &mut LiveHead,
        sample: &Sample,
        clock: impl Fn() -> i64,
        rows: &mut R,
    ) -> Result<Applied, Stop<R::Error>> {
        let applied = self.apply_deferred(schema, live, sample, clock, rows)?;
        self.flush(schema, live, rows);
        Ok(applied)
    }

    /// Like `advance`, but the completed points may stay pending until further
    /// samples complete more, because many points are processed faster together than one by one.
    /// [`flush`](Self::flush) processes them; until then the open rows of `live` lag. After an
    /// error `live` and the rows contain nothing but earlier samples.
    pub(crate) fn apply_deferred<R: Rows>(
        &mut self,
        schema: &Schema,
        live: &mut LiveHead,
        sample: &Sample,
        clock: impl Fn() -> i64,
        rows: &mut R,
    ) -> Result<Applied, Stop<R::Error>> {
        self.count_readings(schema, sample).map_err(Stop::Sample)?;
        let (last, now) = self.moments(live.last_update, sample).map_err(Stop::Sample)?;
        let steps = self.steps(schema, last, now);
        let needs_all_steps = steps.count > 1 || (steps.count == 1 && self.forecasts);
        if needs_all_steps {
            self.flush(schema, live, rows);
        }
        self.apply_readings(schema, &live.pdps, sample, &steps, clock).map_err(Stop::Sample)?;
        if needs_all_steps {
            return self.apply_steps(schema, live, &steps, rows);
        }
        std::mem::swap(&mut live.pdps, &mut self.pdps);
        live.last_update = now;
        self.add_pending(schema, live, steps.first, steps.count, rows);
        Ok(Applied::default())
    }

    /// Processes the points of several steps at once, or points of forecasting archives.
    #[inline(never)]
    fn apply_steps<R: Rows>(
        &mut self,
        schema: &Schema,
        live: &mut LiveHead,
        steps: &Steps,
        rows: &mut R,
    ) -> Result<Applied, Stop<R::Error>> {
        let open_count = u64::from(steps.parts(schema.step()).is_some());
        let first = steps.first.wrapping_add_unsigned(open_count);
        let parts = [
            Part { first: steps.first, count: open_count },
            Part { first, count: steps.count - open_count },
        ];
        if self.forecasts {
            self.load_coefficients(schema, live, &parts, rows).map_err(Stop::Rows)?;
        }
        std::mem::swap(&mut live.pdps, &mut self.pdps);
        live.last_update = steps.now;
        let [open, rest] = &parts;
        let mut applied = Applied::default();
        if open.count > 0 {
            applied = self.consolidate(schema, live, open, 0, rows);
            if self.forecasts {
                self.refresh_coefficients(schema, live, rest);
            }
        }
        applied.smoothing_due |= self.consolidate(schema, live, rest, 1, rows).smoothing_due;
        Ok(applied)
    }

    fn count_readings(&self, schema: &Schema, sample: &Sample) -> Result<(), SampleError> {
        let (expected, found) = (self.measured, sample.readings.len());
        if found == expected || found == schema.sources().len() {
            Ok(())
        } else {
            Err(SampleError::Readings { expected, found, at: sample.at })
        }
    }

    /// The times of the last update and of the sample, in the precision of this file version.
    fn moments(
        &self,
        last_update: Timestamp,
        sample: &Sample,
    ) -> Result<(Timestamp, Timestamp), SampleError> {
        let (mut last, mut now) = (last_update, sample.at);
        if self.version < FileVersion::V3 {
            (last, now) = (last.without_fraction(), now.without_fraction());
        }
        if now <= last {
            return Err(SampleError::Past { at: now, last_update: last });
        }
        if now.seconds().unsigned_abs() > MAX_SPAN {
            return Err(SampleError::Unstorable { at: sample.at });
        }
        Ok((last, now))
    }
}
