//! From readings to primary data points: shares of the open points, and what complete ones are worth.

use super::{Part, Pipeline, SampleError, seconds_between};
use crate::data_source::{self, LastReading, SourceKind};
use crate::format::LiveHead;
use crate::number::{UNKNOWN, count_to_f64, seconds_to_f64, truncate_to_u64};
use crate::rpn::ComputeRow;
use crate::sample::{Reading, Sample};
use crate::schema::Schema;
use crate::time::Timestamp;

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
    /// Turns readings into shares of the open points, and remembers them as the last ones.
    #[inline(never)]
    pub(super) fn take_readings(
        &mut self,
        schema: &Schema,
        live: &LiveHead,
        sample: &Sample,
        interval: f64,
    ) -> Result<(), SampleError> {
        let sources = schema.sources();
        let every_source = sample.readings.len() == sources.len();
        let mut readings = sample.readings.iter();
        let places = live.pdps.iter().zip(&mut self.pdps).zip(&mut self.shares);
        for (source, ((last, pdp), share)) in sources.iter().zip(places) {
            *share = UNKNOWN;
            pdp.unknown_seconds = last.unknown_seconds;
            pdp.value = last.value;
            match &source.kind {
                SourceKind::Measured(measured) => {
                    let reading = readings.next().unwrap_or(&Reading::Unknown);
                    let within = count_to_f64(measured.heartbeat.0) >= interval;
                    if within && !reading.is_unknown() {
                        *share =
                            data_source::share(measured, reading, &last.last_reading, interval)?;
                    }
                    pdp.last_reading.remember(reading);
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
    #[inline(never)]
    pub(super) fn complete_points(
        &mut self,
        schema: &Schema,
        last: Timestamp,
        now: Timestamp,
        clock: impl Fn() -> i64,
    ) -> Result<[Part; 2], SampleError> {
        let step = schema.step();
        let interval = seconds_between(last, now);
        let begin = self.place.moved(step, last.seconds());
        let end = begin.moved(step, now.seconds());
        self.place = end;
        let first = begin.index;
        let count = end.index.wrapping_sub(first).cast_unsigned();
        if count == 0 {
            self.collect(interval);
            return Ok([Part::default(); 2]);
        }
        let after = end.phase;
        let boundary = now.seconds().saturating_sub_unsigned(after);
        let mut span = Span {
            interval,
            before: seconds_to_f64(boundary.saturating_sub(last.seconds()))
                - fraction(last.microseconds()),
            after: count_to_f64(after) + fraction(now.microseconds()),
        };
        let mut rest = Part { first, count };
        let mut open = Part::default();
        let to_finish = if count > 1 { truncate_to_u64(span.before) % step.seconds() } else { 0 };
        if to_finish > 0 {
            let seconds = count_to_f64(to_finish);
            open = Part { first, count: 1 };
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
}

#[inline]
fn fraction(microseconds: u32) -> f64 {
    if microseconds == 0 { 0.0 } else { f64::from(microseconds) / 1e6 }
}
