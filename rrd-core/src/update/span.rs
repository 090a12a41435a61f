//! The time between two samples, and how it changes the open point of one data source.

use crate::data_source::{self, LastReading, MeasuredSource, RateError};
use crate::number::{UNKNOWN, count_to_f64, seconds_to_f64, truncate_to_u64};
use crate::pdp::PdpPrep;
use crate::sample::Reading;
use crate::time::{Step, Timestamp};

/// The steps that end with a sample.
#[derive(Clone, Copy)]
pub(super) struct Steps {
    /// Index of the first one.
    pub(super) first: i64,
    /// Number of steps.
    pub(super) count: u64,
    /// The time since the previous sample.
    pub(super) span: Span,
    /// The time of the sample.
    pub(super) now: Timestamp,
}

/// Several steps in two parts: the open step, then all others.
pub(super) struct Parts {
    open: Span,
    rest: Span,
    rest_count: u64,
}

impl Steps {
    /// The two parts of several steps; `None` if the first step is as long as the others.
    #[inline]
    pub(super) fn parts(&self, step: Step) -> Option<Parts> {
        if self.count > 1 { self.split_first(step) } else { None }
    }

    #[cold]
    fn split_first(&self, step: Step) -> Option<Parts> {
        let to_finish = truncate_to_u64(self.span.before) % step.seconds();
        let seconds = count_to_f64(to_finish);
        (to_finish > 0).then(|| Parts {
            open: Span { interval: seconds, before: seconds, after: 0.0 },
            rest: Span {
                interval: self.span.interval - seconds,
                before: self.span.before - seconds,
                after: self.span.after,
            },
            rest_count: self.count - 1,
        })
    }
}

impl Parts {
    /// The values of the points of both parts, which share the amount that the whole span adds.
    #[cold]
    #[inline(never)]
    pub(super) fn complete(
        &self,
        both: &Span,
        source: &MeasuredSource,
        pdp: &mut PdpPrep,
        share: f64,
        step: Step,
    ) -> (f64, f64) {
        let Self { open, rest, rest_count } = self;
        let part =
            if both.interval > 0.0 { share * open.interval / both.interval } else { UNKNOWN };
        let first = open.complete(source, pdp, part, step, 1);
        (first, rest.complete(source, pdp, share - part, step, *rest_count))
    }
}

/// The seconds of one part, as doubles for the sums.
#[derive(Clone, Copy)]
pub(super) struct Span {
    /// The whole span.
    pub(super) interval: f64,
    /// Up to the end of the last complete step.
    pub(super) before: f64,
    /// After the end of the last complete step.
    pub(super) after: f64,
}

impl Span {
    /// The span between two times, the later of which is `phase` seconds after the end of a step.
    #[inline]
    pub(super) fn between(last: Timestamp, now: Timestamp, phase: u64) -> Self {
        let seconds = now.seconds().wrapping_sub(last.seconds());
        let span = Self {
            interval: seconds_to_f64(seconds),
            before: seconds_to_f64(seconds.wrapping_sub_unsigned(phase)),
            after: count_to_f64(phase),
        };
        // Divisions are slow, and most samples are at whole seconds.
        if last.microseconds() == 0 && now.microseconds() == 0 {
            span
        } else {
            span.with_fractions(last.microseconds(), now.microseconds())
        }
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

    /// What a reading adds to the open point; NaN if unknown.
    #[inline]
    pub(super) fn share(
        &self,
        source: &MeasuredSource,
        reading: &Reading,
        last: &LastReading,
    ) -> Result<f64, RateError> {
        if self.is_within_heartbeat(source) {
            data_source::share(source, reading, last, self.interval)
        } else {
            Ok(UNKNOWN)
        }
    }

    /// Whether the span is within the heartbeat of a source.
    #[inline]
    fn is_within_heartbeat(&self, source: &MeasuredSource) -> bool {
        count_to_f64(source.heartbeat.seconds()) >= self.interval
    }

    /// No step ends: adds the share to the open point.
    #[inline]
    pub(super) fn grow(&self, pdp: &mut PdpPrep, share: f64) {
        if share.is_nan() {
            self.grow_unknown(pdp);
        } else if pdp.value.is_nan() {
            pdp.value = share;
        } else {
            pdp.value += share;
        }
    }

    #[cold]
    #[inline(never)]
    fn grow_unknown(&self, pdp: &mut PdpPrep) {
        let seconds = truncate_to_u64(self.interval);
        pdp.unknown_seconds = pdp.unknown_seconds.wrapping_add(seconds);
    }

    /// `count` steps end: returns the value of their points. The time after them begins a new
    /// point.
    #[inline]
    pub(super) fn complete(
        &self,
        source: &MeasuredSource,
        pdp: &mut PdpPrep,
        share: f64,
        step: Step,
        count: u64,
    ) -> f64 {
        let rate = share / self.interval;
        let is_known = !share.is_nan();
        let mut unknown_before = self.before;
        if is_known {
            let so_far = if pdp.value.is_nan() { 0.0 } else { pdp.value };
            pdp.value = so_far + rate * self.before;
            unknown_before = 0.0;
        }
        let mostly_unknown = count_to_f64(step.seconds()) / 2.0 < count_to_f64(pdp.unknown_seconds);
        let value = if !self.is_within_heartbeat(source) || mostly_unknown {
            UNKNOWN
        } else {
            let seconds = count.wrapping_mul(step.seconds()).wrapping_sub(pdp.unknown_seconds);
            pdp.value / (count_to_f64(seconds) - unknown_before)
        };
        if is_known {
            pdp.unknown_seconds = 0;
            pdp.value = rate * self.after;
        } else {
            self.begin_unknown(pdp);
        }
        value
    }

    /// Begins an open point without known readings.
    #[cold]
    #[inline(never)]
    pub(super) fn begin_unknown(&self, pdp: &mut PdpPrep) {
        pdp.unknown_seconds = truncate_to_u64(self.after);
        pdp.value = UNKNOWN;
    }
}
