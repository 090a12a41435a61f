//! The pipeline from a sample to rows: pure over the live head and the rows. Files, locks and clocks live elsewhere.
//!
//! The order of operations is part of the product: every rounding happens where RRDtool has it. A sample is taken whole or
//! not at all: what can be refused is computed on copies, then the open rows follow, which cannot fail.

mod points;
mod rows;
mod run;
mod season;
mod span;
#[cfg(test)]
mod tests;

use self::span::Steps;
use crate::archive::{ArchiveKind, RowCursor};
use crate::data_source::RateError;
use crate::format::{FileVersion, LARGEST_SPAN, LiveHead};
use crate::number::UNKNOWN;
use crate::pdp::PdpPrep;
use crate::rpn::{EvaluationError, Evaluator};
use crate::sample::Sample;
use crate::schema::Schema;
use crate::time::{FutureSample, StepPlace, Timestamp};

/// Why a sample is refused. Nothing of it is applied then.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SampleError {
    /// The sample is not later than the last update.
    #[error(
        "illegal attempt to update using time {at} when last update time is {last_update} (minimum one second step)"
    )]
    Past {
        /// The second of the sample.
        at: i64,
        /// The second of the last update.
        last_update: i64,
    },
    /// No file can hold the moment.
    #[error("a sample of {at} is more than 2^60 seconds from 1970, and no file holds such a time")]
    Unstorable {
        /// The moment of the sample.
        at: Timestamp,
    },
    /// There are more or fewer readings than data sources.
    #[error("expected {expected} data source readings (got {found}) from {at}")]
    Readings {
        /// Data sources that take readings.
        expected: usize,
        /// Readings of the sample.
        found: usize,
        /// The moment of the sample.
        at: Timestamp,
    },
    /// The sample is further ahead of the clock than the writer takes.
    #[error(transparent)]
    Future(#[from] FutureSample),
    /// A reading does not suit its data source.
    #[error(transparent)]
    Reading(#[from] RateError),
    /// The expression of a computed data source has no value.
    #[error(transparent)]
    Computed(#[from] EvaluationError),
}

/// Why an update stopped: because of the sample, or because a row could not be read.
#[derive(Debug)]
pub(crate) enum Stop<E> {
    Sample(SampleError),
    Rows(E),
}

/// The rows of all archives, as an update sees them.
pub(crate) trait Rows {
    /// Why a row could not be read.
    type Error;

    /// Copies a row, one value a data source; rows that were written before are seen as written.
    fn read(&mut self, archive: usize, row: u64, values: &mut [f64]) -> Result<(), Self::Error>;

    /// Takes rows that are to be written.
    fn write(&mut self, rows: WrittenRows<'_>);
}

/// Rows of one archive that an update has completed, one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WrittenRows<'a> {
    pub(crate) archive: usize,
    /// The place of the first row in the ring, ...
    pub(crate) row: u64,
    /// ... which has so many.
    pub(crate) ring: u64,
    /// The label of the first row, see [`WrittenRow::label`].
    pub(crate) label: Option<i64>,
    /// Seconds from one label to the next.
    pub(crate) span: u64,
    /// One value a data source for each row.
    pub(crate) values: &'a [f64],
}

impl<'a> WrittenRows<'a> {
    /// The rows one by one, in a file of so many data sources.
    pub(crate) fn each(self, sources: usize) -> impl Iterator<Item = WrittenRow<'a>> {
        let Self { archive, row, ring, label, span, values } = self;
        let mut cursor = RowCursor::new(row, ring);
        let mut label = label;
        values.chunks_exact(sources).map(move |values| {
            let written = WrittenRow { archive, row: cursor.row(), label, values };
            cursor.advance();
            label = label.map(|label| label.saturating_add_unsigned(span));
            written
        })
    }
}

/// A row that an update has completed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WrittenRow<'a> {
    /// The archive.
    pub archive: usize,
    /// The row in the ring.
    pub row: u64,
    /// The time that `updatev` names: right for the first row of one update, one row late for the following ones, as
    /// RRDtool prints it. `None` for a row that was changed by smoothing.
    pub label: Option<i64>,
    /// One value a data source.
    pub values: &'a [f64],
}

/// What an update asks for when the batch it belongs to has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub(crate) struct Applied {
    /// A season has come round: [`Pipeline::smooth`] is to be called after the last sample.
    pub(crate) smoothing_due: bool,
}

/// The memory of the pipeline between samples: buffers only, so that an update allocates nothing.
#[derive(Clone, Debug)]
pub(crate) struct Pipeline {
    version: FileVersion,
    measured: usize,
    /// Whether archives of the forecasting family are there.
    forecasts: bool,
    pdps: Vec<PdpPrep>,
    /// The values of the primary data points: those of the open step where it ends alone, those that wait, then the newest.
    points: Vec<f64>,
    /// Points that no open row has taken up yet, each with values of its own.
    waiting: Part,
    /// How many points may wait.
    most_waiting: u64,
    /// Stored coefficients that the forecasting archives take up: `[part][archive][first, second][source]`.
    coefficients: Vec<f64>,
    row: Vec<f64>,
    /// The rows of one archive that a run of points has ended.
    ended: Vec<f64>,
    /// How many points each open row still takes, at least 1, ...
    until_row: Vec<u64>,
    /// ... when the point of this step is the next one; `None` when that is not known.
    open_rows_at: Option<i64>,
    /// The last moment that was divided into steps.
    place: StepPlace,
    evaluator: Evaluator,
}

/// Points that are complete at once: the open one alone, or all up to the present.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    /// The number of the open step.
    first: i64,
    /// Steps that are complete.
    count: u64,
}

impl Pipeline {
    /// The pipeline of a file of this version and shape.
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
            waiting: Part::default(),
            most_waiting: run::most_waiting(sources),
            coefficients: vec![UNKNOWN; coefficients],
            row: vec![UNKNOWN; sources],
            ended: Vec::new(),
            until_row: Vec::with_capacity(schema.archives().len()),
            open_rows_at: None,
            place: StepPlace::of(schema.step(), 0),
            evaluator: Evaluator::new(),
        }
    }

    /// Applies a sample to `live` and gives the rows it completes to `rows`.
    ///
    /// `clock` tells the present second; only computed sources ask for it. After an error `live` is as before and no row was
    /// written.
    #[inline]
    pub(crate) fn advance<R: Rows>(
        &mut self,
        schema: &Schema,
        live: &mut LiveHead,
        sample: &Sample,
        clock: impl Fn() -> i64,
        rows: &mut R,
    ) -> Result<Applied, Stop<R::Error>> {
        let applied = self.take(schema, live, sample, clock, rows)?;
        self.settle(schema, live, rows);
        Ok(applied)
    }

    /// Like [`advance`](Self::advance), but the points that the sample completes may wait for those of further samples, as many
    /// are dealt with faster at once than one by one. [`settle`](Self::settle) ends the waiting; until then the open rows of
    /// `live` are behind. After an error nothing but what waited is in `live` and written.
    pub(crate) fn take<R: Rows>(
        &mut self,
        schema: &Schema,
        live: &mut LiveHead,
        sample: &Sample,
        clock: impl Fn() -> i64,
        rows: &mut R,
    ) -> Result<Applied, Stop<R::Error>> {
        self.count_readings(schema, sample).map_err(Stop::Sample)?;
        let (last, now) = self.moments(live, sample).map_err(Stop::Sample)?;
        let steps = self.steps(schema, last, now);
        let leaps = steps.count > 1 || (steps.count == 1 && self.forecasts);
        if leaps {
            self.settle(schema, live, rows);
        }
        self.take_readings(schema, live, sample, &steps, clock).map_err(Stop::Sample)?;
        if leaps {
            return self.leap(schema, live, &steps, rows);
        }
        std::mem::swap(&mut live.pdps, &mut self.pdps);
        live.last_update = now;
        self.wait(schema, live, steps.first, steps.count, rows);
        Ok(Applied::default())
    }

    /// Takes up the points of several steps at once, or those that forecasts look at.
    #[inline(never)]
    fn leap<R: Rows>(
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
            self.look_up(schema, live, &parts, rows).map_err(Stop::Rows)?;
        }
        std::mem::swap(&mut live.pdps, &mut self.pdps);
        live.last_update = steps.now;
        let [open, rest] = &parts;
        let mut applied = Applied::default();
        if open.count > 0 {
            applied = self.consolidate(schema, live, open, 0, rows);
            if self.forecasts {
                self.see_written(schema, live, rest);
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

    /// The last update and the moment of the sample, as far as this file version keeps them.
    fn moments(
        &self,
        live: &LiveHead,
        sample: &Sample,
    ) -> Result<(Timestamp, Timestamp), SampleError> {
        let (mut last, mut now) = (live.last_update, sample.at);
        if self.version < FileVersion::V3 {
            (last, now) = (last.without_fraction(), now.without_fraction());
        }
        if now <= last {
            return Err(SampleError::Past { at: now.seconds(), last_update: last.seconds() });
        }
        if now.seconds().unsigned_abs() > LARGEST_SPAN {
            return Err(SampleError::Unstorable { at: sample.at });
        }
        Ok((last, now))
    }
}
