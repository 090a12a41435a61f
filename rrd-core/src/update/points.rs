//! From readings to primary data points: shares of the open points, and what complete ones are worth.

use super::{Part, Pipeline, SampleError};
use crate::data_source::{self, LastReading, SourceKind};
use crate::format::LiveHead;
use crate::number::{UNKNOWN, count_to_f64, seconds_to_f64, truncate_to_u64};
use crate::pdp::PdpPrep;
use crate::rpn::ComputeRow;
use crate::sample::{Reading, Sample};
use crate::schema::Schema;
use crate::time::Timestamp;

/// The steps that end with a sample.
#[derive(Clone, Copy)]
pub(super) struct Steps {
    /// The number of the first one.
    pub(super) first: i64,
    /// How many there are.
    pub(super) count: u64,
    span: Span,
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

impl Span {
    /// The span between two moments, the later of which lies `phase` seconds behind the end of a step.
    #[inline]
    fn between(last: Timestamp, now: Timestamp, phase: u64) -> Self {
        let seconds = now.seconds().wrapping_sub(last.seconds());
        let span = Self {
            interval: seconds_to_f64(seconds),
            before: seconds_to_f64(seconds.wrapping_sub_unsigned(phase)),
            after: count_to_f64(phase),
        };
        // Divisions are dear, and most samples are taken at whole seconds.
        if last.microseconds() == 0 && now.microseconds() == 0 {
            span
        } else {
            span.with_fractions(last.microseconds(), now.microseconds())
        }
    }

    /// Begins an open point with the seconds from the end of the step on, of which nothing is known.
    #[cold]
    #[inline(never)]
    fn begin_unknown(&self, pdp: &mut PdpPrep) {
        pdp.unknown_seconds = truncate_to_u64(self.after);
        pdp.value = UNKNOWN;
    }

    #[cold]
    fn with_fractions(self, last: u32, now: u32) -> Self {
        let (last, now) = (f64::from(last), f64::from(now));
        Self {
            interval: self.interval + (now - last) / 1e6,
            before: self.before - last / 1e6,
            after: self.after + now / 1e6,
        }
    }
}

impl Pipeline {
    /// Turns readings into shares of the open points, and remembers them as the last ones.
    #[inline]
    pub(super) fn take_readings(
        &mut self,
        schema: &Schema,
        live: &LiveHead,
        sample: &Sample,
        steps: &Steps,
    ) -> Result<(), SampleError> {
        let interval = steps.span.interval;
        let sources = schema.sources();
        let every_source = sample.readings.len() == sources.len();
        let mut readings = sample.readings.iter();
        let places = live.pdps.iter().zip(&mut self.pdps).zip(&mut self.shares);
        for (source, ((last, pdp), share)) in sources.iter().zip(places) {
            pdp.unknown_seconds = last.unknown_seconds;
            pdp.value = last.value;
            match &source.kind {
                SourceKind::Measured(measured) => {
                    let reading = readings.next().unwrap_or(&Reading::Unknown);
                    *share = if count_to_f64(measured.heartbeat.0) >= interval {
                        data_source::share(measured, reading, &last.last_reading, interval)?
                    } else {
                        UNKNOWN
                    };
                    pdp.last_reading.remember(reading);
                }
                SourceKind::Computed(_) => {
                    *share = UNKNOWN;
                    let reading = if every_source { readings.next() } else { None };
                    pdp.last_reading = reading.map_or(LastReading::UNKNOWN, LastReading::of);
                }
            }
        }
        Ok(())
    }

    /// The steps that end between two moments within [`LARGEST_SPAN`](crate::format::LARGEST_SPAN).
    #[inline]
    pub(super) fn steps(&mut self, schema: &Schema, last: Timestamp, now: Timestamp) -> Steps {
        let step = schema.step();
        let begin = self.place.moved(step, last.seconds());
        let end = begin.moved(step, now.seconds());
        self.place = end;
        Steps {
            first: begin.index,
            count: end.index.wrapping_sub(begin.index).cast_unsigned(),
            span: Span::between(last, now, end.phase),
        }
    }

    /// No step ends: the open points grow by the shares.
    #[inline]
    pub(super) fn collect(&mut self, steps: &Steps) {
        let interval = steps.span.interval;
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

    /// One step ends: adds the shares to the open points and puts their values behind those of the points that wait.
    #[inline]
    pub(super) fn complete_point(
        &mut self,
        schema: &Schema,
        steps: &Steps,
        clock: impl Fn() -> i64,
    ) -> Result<(), SampleError> {
        let place = self.waiting_values();
        let end = place + self.shares.len();
        if self.points.len() < end {
            self.points.resize(end, UNKNOWN);
        }
        self.process(schema, place, &steps.span, 1, |all| all, clock)
    }

    /// Several steps end: the open one may end alone, as a part of its own, before the others. Computes the values of both
    /// parts; no point waits.
    pub(super) fn complete_points(
        &mut self,
        schema: &Schema,
        steps: &Steps,
        clock: impl Fn() -> i64,
    ) -> Result<[Part; 2], SampleError> {
        let Steps { first, count, mut span } = *steps;
        let mut rest = Part { first, count };
        let mut open = Part::default();
        let length = schema.step().seconds();
        let to_finish = if count > 1 { truncate_to_u64(span.before) % length } else { 0 };
        if to_finish > 0 {
            let seconds = count_to_f64(to_finish);
            open = Part { first, count: 1 };
            let interval = span.interval;
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
        self.process(schema, self.shares.len(), &span, rest.count, |all| all, &clock)?;
        Ok([open, rest])
    }

    /// Ends the open points with what falls before the last step's end, puts their values at `place`, and begins new ones with
    /// the remainder.
    #[inline]
    fn process(
        &mut self,
        schema: &Schema,
        place: usize,
        span: &Span,
        count: u64,
        share_of: impl Fn(f64) -> f64,
        clock: impl Fn() -> i64,
    ) -> Result<(), SampleError> {
        let step = schema.step().seconds();
        let sources = schema.sources();
        let points = self.points.get_mut(place..).unwrap_or_default();
        for (index, ((source, pdp), share)) in
            sources.iter().zip(&mut self.pdps).zip(&self.shares).enumerate()
        {
            let share = share_of(*share);
            let rate = share / span.interval;
            let is_known = !share.is_nan();
            let mut unknown_before = span.before;
            if is_known {
                let so_far = if pdp.value.is_nan() { 0.0 } else { pdp.value };
                pdp.value = so_far + rate * span.before;
                unknown_before = 0.0;
            }
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
            if is_known {
                pdp.unknown_seconds = 0;
                pdp.value = rate * span.after;
            } else {
                span.begin_unknown(pdp);
            }
        }
        Ok(())
    }
}
