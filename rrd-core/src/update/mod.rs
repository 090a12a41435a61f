//! The pipeline from a sample to rows: pure over the live head and the rows. Files, locks and clocks live elsewhere.
//!
//! The order of operations is part of the product: every rounding happens where RRDtool has it. A sample is taken whole or
//! not at all: what can be refused is computed on copies, then the open rows follow, which cannot fail.

#[cfg(test)]
mod vectors;

use crate::archive::forecast::OpenRows;
use crate::archive::{Archive, ArchiveKind, RowCursor, smoothing};
use crate::cdp::{Arrival, CdpState, place_in_row};
use crate::data_source::{self, LastReading, RateError, SourceKind};
use crate::format::{FileVersion, LiveHead};
use crate::number::{
    UNKNOWN, count_to_f64, length_to_u64, seconds_to_f64, to_index, truncate_to_u64,
};
use crate::pdp::PdpPrep;
use crate::rpn::{ComputeRow, EvaluationError, Evaluator};
use crate::sample::{Reading, Sample};
use crate::schema::Schema;
use crate::time::{Step, Timestamp};

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

    /// Takes a row that is to be written.
    fn write(&mut self, row: WrittenRow<'_>);
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
    shares: Vec<f64>,
    /// The values of the primary data points: those of the first part, then those of the second.
    points: Vec<f64>,
    /// Stored coefficients that the forecasting archives take up: `[part][archive][first, second][source]`.
    coefficients: Vec<f64>,
    row: Vec<f64>,
    evaluator: Evaluator,
}

/// Points that are complete at once: the open one alone, or all up to the present.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    /// The number of the open step.
    first: i64,
    /// Steps that are complete.
    count: u64,
    /// The end of the part.
    end: i64,
}

/// Seconds of one part, as the sums need them.
#[derive(Clone, Copy)]
struct Span {
    /// All of it.
    interval: f64,
    /// Up to the end of the last complete step.
    before: f64,
    /// From there on.
    after: f64,
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
            pdps: Vec::with_capacity(sources),
            shares: vec![UNKNOWN; sources],
            points: vec![UNKNOWN; 2 * sources],
            coefficients: vec![UNKNOWN; coefficients],
            row: vec![UNKNOWN; sources],
            evaluator: Evaluator::new(),
        }
    }

    /// Applies a sample to `live` and gives the rows it completes to `rows`.
    ///
    /// `clock` tells the present second; only computed sources ask for it. After an error `live` is as before and no row was
    /// written.
    pub(crate) fn advance<R: Rows>(
        &mut self,
        schema: &Schema,
        live: &mut LiveHead,
        sample: &Sample,
        clock: impl Fn() -> i64,
        rows: &mut R,
    ) -> Result<Applied, Stop<R::Error>> {
        self.count_readings(schema, sample).map_err(Stop::Sample)?;
        let (last, now) = self.moments(live, sample).map_err(Stop::Sample)?;
        self.take_readings(schema, live, sample, seconds_between(last, now))
            .map_err(Stop::Sample)?;
        let parts = self.complete_points(schema, last, now, clock).map_err(Stop::Sample)?;
        if self.forecasts {
            self.look_up(schema, live, &parts, rows).map_err(Stop::Rows)?;
        }
        std::mem::swap(&mut live.pdps, &mut self.pdps);
        live.last_update = now;
        let mut applied = Applied::default();
        for (index, part) in parts.iter().enumerate().filter(|(_, part)| part.count > 0) {
            self.consolidate(schema, live, part, index, &mut applied);
            self.write_rows(schema, live, part, rows);
            if self.forecasts && index == 0 {
                self.see_written(schema, live, &parts[1]);
            }
        }
        Ok(applied)
    }

    /// Replaces the coefficients of all seasons by their moving averages.
    ///
    /// After an error `live` is as before; rows that were written before it are complete in themselves.
    pub(crate) fn smooth<R: Rows>(
        &mut self,
        schema: &Schema,
        live: &mut LiveHead,
        rows: &mut R,
    ) -> Result<(), R::Error> {
        let sources = schema.sources().len();
        for (index, archive) in schema.archives().iter().enumerate() {
            let (ArchiveKind::Seasonal(season) | ArchiveKind::DevSeasonal(season)) = &archive.kind
            else {
                continue;
            };
            let window = if self.version >= FileVersion::V4 {
                season.smoothing_window
            } else {
                crate::archive::Seasonal::DEFAULT_SMOOTHING_WINDOW
            };
            let half_width = smoothing::half_width(window, archive.rows).min(archive.rows);
            let (Some(half_width), Some(count)) = (to_index(half_width), to_index(archive.rows))
            else {
                continue;
            };
            if half_width == 0 {
                continue;
            }
            let mut columns = vec![Vec::with_capacity(count); sources];
            for row in 0..archive.rows {
                rows.read(index, row, &mut self.row)?;
                for (column, value) in columns.iter_mut().zip(&self.row) {
                    column.push(*value);
                }
            }
            if columns.iter().flatten().any(|value| value.is_nan()) {
                continue;
            }
            let parent = match (&archive.kind, schema.archives().get(season.forecast)) {
                (ArchiveKind::Seasonal(_), Some(parent)) => match parent.kind {
                    ArchiveKind::Forecast { season, .. } => Some(season),
                    _ => None,
                },
                _ => None,
            };
            for (source, column) in columns.iter_mut().enumerate() {
                let (smoothed, base) = smoothing::smooth(column, half_width, parent);
                *column = smoothed;
                let place = season.forecast.saturating_mul(sources).saturating_add(source);
                if parent.is_some()
                    && let Some(CdpState::Forecast { intercept, .. }) =
                        live.cdps.get_mut(place).map(|cdp| &mut cdp.state)
                {
                    *intercept += base;
                }
            }
            for row in 0..count {
                for (value, column) in self.row.iter_mut().zip(&columns) {
                    *value = column.get(row).copied().unwrap_or(UNKNOWN);
                }
                let row = length_to_u64(row);
                rows.write(WrittenRow { archive: index, row, label: None, values: &self.row });
            }
        }
        Ok(())
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
        let keeps_fractions = self.version >= FileVersion::V3;
        let kept = |time: Timestamp| {
            if keeps_fractions { time } else { Timestamp::from_seconds(time.seconds()) }
        };
        let (last, now) = (kept(live.last_update), kept(sample.at));
        if now <= last {
            return Err(SampleError::Past { at: now.seconds(), last_update: last.seconds() });
        }
        Ok((last, now))
    }

    /// Turns readings into shares of the open points, and remembers them as the last ones.
    #[inline]
    fn take_readings(
        &mut self,
        schema: &Schema,
        live: &LiveHead,
        sample: &Sample,
        interval: f64,
    ) -> Result<(), SampleError> {
        let sources = schema.sources();
        let every_source = sample.readings.len() == sources.len();
        self.pdps.clone_from(&live.pdps);
        let mut readings = sample.readings.iter();
        for ((source, pdp), share) in sources.iter().zip(&mut self.pdps).zip(&mut self.shares) {
            *share = UNKNOWN;
            match &source.kind {
                SourceKind::Measured(measured) => {
                    let reading = readings.next().unwrap_or(&Reading::Unknown);
                    let within = count_to_f64(measured.heartbeat.0) >= interval;
                    if within && !reading.is_unknown() {
                        *share =
                            data_source::share(measured, reading, &pdp.last_reading, interval)?;
                    }
                    pdp.last_reading = LastReading::of(reading);
                }
                SourceKind::Computed(_) => {
                    let reading = if every_source { readings.next() } else { None };
                    pdp.last_reading = reading.map_or(LastReading::UNKNOWN, LastReading::of);
                }
            }
        }
        Ok(())
    }

    /// Adds the shares to the open points; where steps end, computes the values of the points.
    #[inline]
    fn complete_points(
        &mut self,
        schema: &Schema,
        last: Timestamp,
        now: Timestamp,
        clock: impl Fn() -> i64,
    ) -> Result<[Part; 2], SampleError> {
        let step = schema.step();
        let interval = seconds_between(last, now);
        let first = step.index(last.seconds());
        let count = step.index(now.seconds()).wrapping_sub(first).cast_unsigned();
        if count == 0 {
            self.collect(interval);
            return Ok([Part::default(); 2]);
        }
        let after = step.phase(now.seconds());
        let boundary = now.seconds().saturating_sub_unsigned(after);
        let mut span = Span {
            interval,
            before: seconds_to_f64(boundary.saturating_sub(last.seconds()))
                - fraction(last.microseconds()),
            after: count_to_f64(after) + fraction(now.microseconds()),
        };
        let mut rest = Part { first, count, end: now.seconds() };
        let mut open = Part::default();
        let to_finish = if count > 1 { truncate_to_u64(span.before) % step.seconds() } else { 0 };
        if to_finish > 0 {
            let seconds = count_to_f64(to_finish);
            let end =
                last.seconds().saturating_add_unsigned(step.seconds() - step.phase(last.seconds()));
            open = Part { first, count: 1, end };
            let share = |all: f64| if interval > 0.0 { all * seconds / interval } else { UNKNOWN };
            let alone = Span { interval: seconds, before: seconds, after: 0.0 };
            self.process(schema, 0, &alone, 1, share, &clock)?;
            for all in &mut self.shares {
                *all -= share(*all);
            }
            span.interval -= seconds;
            span.before -= seconds;
            rest.count -= 1;
            rest.first += 1;
        }
        self.process(schema, 1, &span, rest.count, |all| all, &clock)?;
        Ok([open, rest])
    }

    /// No step ends: the open points grow.
    fn collect(&mut self, interval: f64) {
        for (pdp, share) in self.pdps.iter_mut().zip(&self.shares) {
            if share.is_nan() {
                pdp.unknown_seconds = pdp.unknown_seconds.wrapping_add(truncate_to_u64(interval));
            } else if pdp.value.is_nan() {
                pdp.value = *share;
            } else {
                pdp.value += share;
            }
        }
    }

    /// Ends the open points with what falls before the last step's end, and begins new ones with the remainder.
    #[inline]
    fn process(
        &mut self,
        schema: &Schema,
        part: usize,
        span: &Span,
        count: u64,
        share_of: impl Fn(f64) -> f64,
        clock: impl Fn() -> i64,
    ) -> Result<(), SampleError> {
        let step = schema.step().seconds();
        let sources = schema.sources();
        let points = self.points.get_mut(part * sources.len()..).unwrap_or_default();
        for (index, ((source, pdp), share)) in
            sources.iter().zip(&mut self.pdps).zip(&self.shares).enumerate()
        {
            let share = share_of(*share);
            let unknown_before = if share.is_nan() {
                span.before
            } else {
                let so_far = if pdp.value.is_nan() { 0.0 } else { pdp.value };
                pdp.value = so_far + share / span.interval * span.before;
                0.0
            };
            let value = match &source.kind {
                SourceKind::Measured(measured) => {
                    let silent = span.interval > count_to_f64(measured.heartbeat.0);
                    let unknown = count_to_f64(step) / 2.0 < count_to_f64(pdp.unknown_seconds);
                    if silent || unknown {
                        UNKNOWN
                    } else {
                        let seconds = count.wrapping_mul(step).wrapping_sub(pdp.unknown_seconds);
                        pdp.value / (count_to_f64(seconds) - unknown_before)
                    }
                }
                SourceKind::Computed(expression) => {
                    let values = points.get(..index).unwrap_or_default();
                    let row = ComputeRow { values, now: clock() };
                    self.evaluator.evaluate(expression.expression(), &row)?
                }
            };
            if let Some(point) = points.get_mut(index) {
                *point = value;
            }
            if share.is_nan() {
                pdp.unknown_seconds = truncate_to_u64(span.after);
                pdp.value = UNKNOWN;
            } else {
                pdp.unknown_seconds = 0;
                pdp.value = share / span.interval * span.after;
            }
        }
        Ok(())
    }

    /// Reads the coefficients that the parts will take up, before anything changes.
    fn look_up<R: Rows>(
        &mut self,
        schema: &Schema,
        live: &LiveHead,
        parts: &[Part; 2],
        rows: &mut R,
    ) -> Result<(), R::Error> {
        let mut passed = 0;
        for (index, part) in parts.iter().enumerate().filter(|(_, part)| part.count > 0) {
            for (archive, cursor) in seasons(schema, live) {
                for (which, row) in coefficient_rows(cursor, passed, part).into_iter().enumerate() {
                    let place = self.coefficient_place(schema, index, archive, which);
                    if let Some(values) = self.coefficients.get_mut(place) {
                        rows.read(archive, row, values)?;
                    }
                }
            }
            passed += part.count;
        }
        Ok(())
    }

    /// In a short season the second part may take up the very row that the first has just written.
    fn see_written(&mut self, schema: &Schema, live: &LiveHead, part: &Part) {
        let sources = schema.sources().len();
        for (archive, cursor) in seasons(schema, live) {
            for (which, row) in coefficient_rows(cursor, 0, part).into_iter().enumerate() {
                let place = self.coefficient_place(schema, 1, archive, which);
                if row == cursor.row()
                    && let Some(values) = self.coefficients.get_mut(place)
                {
                    for (value, cdp) in
                        values.iter_mut().zip(live.cdps.iter().skip(archive * sources))
                    {
                        *value = cdp.primary;
                    }
                }
            }
        }
    }

    /// Takes complete points into the open rows.
    #[inline]
    fn consolidate(
        &mut self,
        schema: &Schema,
        live: &mut LiveHead,
        part: &Part,
        index: usize,
        applied: &mut Applied,
    ) {
        let sources = schema.sources().len();
        let points = self.points.get(index * sources..).unwrap_or_default();
        let mut open = live.cdps.chunks_exact_mut(sources);
        for (definition, cursor) in schema.archives().iter().zip(&live.current_rows) {
            let Some(cdps) = open.next() else { return };
            match definition.kind {
                ArchiveKind::Classic { function, points_per_row, xfiles_factor } => {
                    if points_per_row > 1 {
                        let arrival = arrival(part, points_per_row);
                        for (cdp, point) in cdps.iter_mut().zip(points) {
                            function.consolidate(cdp, *point, &arrival, xfiles_factor);
                        }
                    } else {
                        for (cdp, point) in cdps.iter_mut().zip(points) {
                            cdp.primary = *point;
                            if part.count > 1 {
                                cdp.secondary = *point;
                            }
                        }
                    }
                }
                ArchiveKind::Seasonal(_) | ArchiveKind::DevSeasonal(_) => {
                    if let Some(first) = cdps.first_mut() {
                        let cursor = RowCursor::new(*cursor, definition.rows);
                        applied.smoothing_due |=
                            smoothing::is_due(definition, first, cursor, part.count);
                    }
                }
                _ => {}
            }
        }
        if self.forecasts {
            self.forecast(schema, live, part, index);
        }
    }

    /// The forecasting archives: step by step through one or two points, in one leap over more.
    fn forecast(&mut self, schema: &Schema, live: &mut LiveHead, part: &Part, index: usize) {
        let sources = schema.sources().len();
        let archives = schema.archives();
        let passes = if part.count > 2 { 1 } else { part.count };
        for pass in 0..passes {
            for (archive, definition) in archives.iter().enumerate() {
                if matches!(definition.kind, ArchiveKind::Classic { .. }) {
                    continue;
                }
                for source in 0..sources {
                    let [first, second] = [0, 1].map(|which| {
                        let place = self.coefficient_place(schema, index, archive, which);
                        self.coefficients.get(place.start + source).copied().unwrap_or(UNKNOWN)
                    });
                    let mut open = OpenRows { archives, cdps: &mut live.cdps, sources, source };
                    if part.count > 2 {
                        open.leap(archive, part.count, [first, second]);
                        continue;
                    }
                    let place = index * sources + source;
                    let point = self.points.get(place).copied().unwrap_or(UNKNOWN);
                    let next = if pass == 0 { first } else { second };
                    let value = open.step(archive, point, next);
                    if let Some(cdp) = live.cdps.get_mut(archive * sources + source) {
                        if pass == 0 {
                            cdp.primary = value;
                        } else {
                            cdp.secondary = value;
                        }
                    }
                }
            }
        }
    }

    /// Writes the rows that have ended.
    #[inline]
    fn write_rows<R: Rows>(
        &mut self,
        schema: &Schema,
        live: &mut LiveHead,
        part: &Part,
        rows: &mut R,
    ) {
        let sources = schema.sources().len();
        let mut open = live.cdps.chunks_exact(sources);
        for (archive, (definition, current)) in
            schema.archives().iter().zip(&mut live.current_rows).enumerate()
        {
            let Some(cdps) = open.next() else { return };
            let arrival = arrival(part, definition.points_per_row());
            if !arrival.ends_row() {
                continue;
            }
            let further = (arrival.count - arrival.until_row) / arrival.points_per_row;
            let count = further.saturating_add(1).min(definition.rows);
            let leaves_rows = keeps_season(definition) && count > 1;
            let mut cursor = RowCursor::new(*current, definition.rows);
            for number in 1..=count {
                let row = cursor.advance();
                if leaves_rows {
                    continue;
                }
                if number <= 2 {
                    for (value, cdp) in self.row.iter_mut().zip(cdps) {
                        *value = if number == 1 { cdp.primary } else { cdp.secondary };
                    }
                }
                let label = label(schema.step(), &arrival, part.end, count, number);
                rows.write(WrittenRow { archive, row, label: Some(label), values: &self.row });
            }
            *current = cursor.row();
        }
    }

    fn coefficient_place(
        &self,
        schema: &Schema,
        part: usize,
        archive: usize,
        which: usize,
    ) -> std::ops::Range<usize> {
        let sources = self.row.len();
        let start = ((part * schema.archives().len() + archive) * 2 + which) * sources;
        start..start + sources
    }
}

/// How the points of a part fall into the rows of an archive.
#[inline]
fn arrival(part: &Part, points_per_row: u64) -> Arrival {
    let until_row = points_per_row - place_in_row(part.first, points_per_row);
    Arrival { count: part.count, until_row, points_per_row }
}

/// The archives that keep a season, each with its cursor.
fn seasons(schema: &Schema, live: &LiveHead) -> impl Iterator<Item = (usize, RowCursor)> {
    let archives = schema.archives().iter().zip(&live.current_rows).enumerate();
    archives
        .filter(|(_, (archive, _))| keeps_season(archive))
        .map(|(index, (archive, row))| (index, RowCursor::new(*row, archive.rows)))
}

/// The two rows whose coefficients a part takes up, `passed` points after the row of the cursor.
fn coefficient_rows(cursor: RowCursor, passed: u64, part: &Part) -> [u64; 2] {
    let first = if part.count > 2 { part.count } else { part.count + 1 };
    [first, first.saturating_add(1)].map(|distance| cursor.ahead(passed.saturating_add(distance)))
}

fn keeps_season(archive: &Archive) -> bool {
    matches!(archive.kind, ArchiveKind::Seasonal(_) | ArchiveKind::DevSeasonal(_))
}

/// The time that `updatev` names for a row.
#[inline]
fn label(step: Step, arrival: &Arrival, end: i64, count: u64, number: u64) -> i64 {
    let span = arrival.points_per_row.saturating_mul(step.seconds());
    let rows_back = if number == 1 { count - 1 } else { count.saturating_sub(number + 1) };
    let later = if number > 1 && number == count { span } else { 0 };
    let boundary = end.saturating_sub_unsigned(end.unsigned_abs() % span);
    boundary.saturating_sub_unsigned(rows_back.saturating_mul(span)).saturating_add_unsigned(later)
}

#[inline]
fn seconds_between(last: Timestamp, now: Timestamp) -> f64 {
    let fraction = i64::from(now.microseconds()) - i64::from(last.microseconds());
    seconds_to_f64(now.seconds().saturating_sub(last.seconds())) + seconds_to_f64(fraction) / 1e6
}

fn fraction(microseconds: u32) -> f64 {
    f64::from(microseconds) / 1e6
}
