//! From readings to primary data points: how readings add to the open points, and the values of
//! complete points.

use super::span::{Span, Steps};
use super::{Pipeline, SampleError};
use crate::data_source::{LastReading, SourceKind};
use crate::number::UNKNOWN;
use crate::pdp::PdpPrep;
use crate::rpn::{CompactExpression, ComputeRow, EvaluationError, Evaluator};
use crate::sample::{Reading, Sample};
use crate::schema::Schema;
use crate::time::Timestamp;

impl Pipeline {
    /// The steps that end between two times within [`MAX_SPAN`](crate::format::MAX_SPAN).
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
            now,
        }
    }

    /// Adds readings to the open points and stores them as the last readings. Where steps end, the
    /// values of the first part come first in `points`, those of the rest after the pending points.
    #[inline]
    pub(super) fn apply_readings(
        &mut self,
        schema: &Schema,
        open: &[PdpPrep],
        sample: &Sample,
        steps: &Steps,
        clock: impl Fn() -> i64,
    ) -> Result<(), SampleError> {
        let sources = schema.sources();
        let step = schema.step();
        let parts = steps.parts(step);
        let start = self.pending_values();
        if self.points.len() < start + sources.len() {
            self.points.resize(start + sources.len(), UNKNOWN);
        }
        let (open_points, points) = self.points.split_at_mut(start);
        let mut faults = [None, None];
        let every_source = sample.readings.len() == sources.len();
        let mut readings = sample.readings.iter();
        let places = open.iter().zip(&mut self.pdps);
        for (index, (source, (last, pdp))) in sources.iter().zip(places).enumerate() {
            pdp.unknown_seconds = last.unknown_seconds;
            pdp.value = last.value;
            let value = match &source.kind {
                SourceKind::Measured(measured) => {
                    let reading = readings.next().unwrap_or(&Reading::Unknown);
                    let share = steps.span.share(measured, reading, &last.last_reading)?;
                    pdp.last_reading.remember(reading);
                    if steps.count == 0 {
                        steps.span.grow(pdp, share);
                        continue;
                    }
                    match &parts {
                        None => steps.span.complete(measured, pdp, share, step, steps.count),
                        Some(parts) => {
                            let (open, rest) =
                                parts.complete(&steps.span, measured, pdp, share, step);
                            if let Some(point) = open_points.get_mut(index) {
                                *point = open;
                            }
                            rest
                        }
                    }
                }
                SourceKind::Computed(expression) => {
                    let reading = if every_source { readings.next() } else { None };
                    pdp.last_reading = reading.map_or(LastReading::UNKNOWN, LastReading::of);
                    if steps.count == 0 {
                        steps.span.grow(pdp, UNKNOWN);
                        continue;
                    }
                    let [open_fault, fault] = &mut faults;
                    let mut compute = |points: &[f64], fault: &mut Option<EvaluationError>| {
                        let values = points.get(..index).unwrap_or_default();
                        computed(&mut self.evaluator, expression, values, &clock, fault)
                    };
                    if parts.is_some() {
                        let value = compute(open_points, open_fault);
                        if let Some(point) = open_points.get_mut(index) {
                            *point = value;
                        }
                    }
                    steps.span.begin_unknown(pdp);
                    compute(points, fault)
                }
            };
            if let Some(point) = points.get_mut(index) {
                *point = value;
            }
        }
        // A refused reading is reported before an expression without a value, whatever their order.
        let [open_fault, fault] = faults;
        open_fault.or(fault).map_or(Ok(()), |fault| Err(fault.into()))
    }
}

/// The value of a computed source, given the values of the preceding sources. If it has none,
/// `fault` keeps the first reason. Not inlined, to keep the path of readings short.
#[inline(never)]
fn computed(
    evaluator: &mut Evaluator,
    expression: &CompactExpression,
    values: &[f64],
    clock: impl Fn() -> i64,
    fault: &mut Option<EvaluationError>,
) -> f64 {
    let row = ComputeRow { values, now: clock() };
    evaluator.evaluate(expression.expression(), &row).unwrap_or_else(|error| {
        fault.get_or_insert(error);
        UNKNOWN
    })
}
