//! Operators that look back over a series: the TREND and PREDICT families.

use crate::number::{
    UNKNOWN, count_to_f64, length_to_u64, seconds_to_f64, to_f32, to_index, truncate_to_i64,
    truncate_to_u64,
};

use super::context::{Column, Context};
use super::error::EvaluationError;
use super::op::Operator;
use super::parse::Item;
use super::rows::row;
use super::stack::Stack;

/// A value of the past and how many times it counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sample {
    value: f64,
    times: u64,
}

/// Applies an operator that looks back. `items` are the items before it; one of them names the
/// series.
pub(super) fn apply(
    stack: &mut Stack<'_>,
    operator: Operator,
    items: &[Item],
    context: &impl Context,
    samples: &mut Vec<Sample>,
) -> Result<(), EvaluationError> {
    match operator {
        Operator::Trend => trend(stack, items, false, context),
        Operator::TrendOfKnown => trend(stack, items, true, context),
        _ => predict(stack, operator, items, context, samples),
    }
}

/// `x window TREND`: the series is taken from the item `x`; its value on the stack is not used.
fn trend(
    stack: &mut Stack<'_>,
    items: &[Item],
    known_only: bool,
    context: &impl Context,
) -> Result<(), EvaluationError> {
    let [_, window] = *stack.top()?;
    let row = row(context)?;
    let [.., Item::Variable(variable), _] = *items else {
        return Err(EvaluationError::MalformedTrend);
    };
    let column = context.column(variable).ok_or(EvaluationError::MalformedTrend)?;
    stack.binary(|_, _| trend_of(column, row.index, window, known_only))
}

/// `shifts… n window x PREDICT`, with a percentage before `x` for PREDICTPERC.
fn predict(
    stack: &mut Stack<'_>,
    operator: Operator,
    items: &[Item],
    context: &impl Context,
    samples: &mut Vec<Sample>,
) -> Result<(), EvaluationError> {
    stack.pop()?;
    let percent = if operator == Operator::PredictPercentile { Some(stack.pop()?) } else { None };
    let window = stack.pop()?;
    let shifts = truncate_to_i64(stack.pop()?);
    let row = row(context)?;
    // A negative number of shifts is followed by a single value, of which the shifts are multiples.
    let operands = if shifts < 0 { 1 } else { usize::try_from(shifts).unwrap_or(usize::MAX) };
    let given = &*stack.topmost(operands)?;
    let [.., Item::Variable(variable)] = *items else {
        return Err(EvaluationError::MalformedPredict);
    };
    let column = context.column(variable).ok_or(EvaluationError::MalformedPredict)?;
    if let Some(percent) = percent.filter(|percent| percent.abs() > 100.0) {
        return Err(EvaluationError::UnsupportedPercentile { percent });
    }
    let look_back = LookBack::new(column, row.index, window);
    samples.clear();
    match (shifts, given) {
        (..0, &[multiple]) => look_back.multiples(multiple, shifts.unsigned_abs(), samples)?,
        // The last shift is on top of the stack and counts first.
        _ => given.iter().rev().try_for_each(|&shift| look_back.shifted(shift, samples))?,
    }
    let result = match (operator, percent) {
        (_, Some(percent)) => percentile(samples, percent),
        (Operator::PredictDeviation, None) => deviation(samples),
        _ => mean(samples),
    };
    let left = stack.0.len() - operands;
    stack.0.truncate(left);
    stack.push(result)
}

/// The mean of the latest rows of a series that fill the window, in row `index`; unknown while
/// there are too few.
///
/// Only complete rows count, also where the series is coarser than the rows of the chart. Rows are
/// summed from the latest to the earliest, so that the last digit is RRDtool's.
fn trend_of(column: Column<'_>, index: usize, window: f64, known_only: bool) -> f64 {
    let wanted = rows_in(window, column.step);
    if length_to_u64(index) + 1 < wanted {
        return UNKNOWN;
    }
    let end = complete_rows(column);
    let count = to_index(wanted.max(1)).unwrap_or(usize::MAX);
    let Some(start) = end.checked_sub(count) else {
        return if known_only { mean_of_known(column.among(0..end)) } else { UNKNOWN };
    };
    let rows = column.among(start..end);
    if known_only {
        mean_of_known(rows)
    } else if rows.len() < count {
        UNKNOWN
    } else {
        rows.iter().rev().fold(0.0, |sum, row| sum + row) / count_to_f64(length_to_u64(count))
    }
}

fn mean_of_known(rows: &[f64]) -> f64 {
    let known = rows.iter().rev().filter(|value| !value.is_nan());
    let (sum, count) = known.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    if count == 0 { UNKNOWN } else { sum / count_to_f64(count) }
}

/// Number of rows of the series that have ended.
fn complete_rows(column: Column<'_>) -> usize {
    column.current.saturating_add(usize::from(column.complete))
}

/// Number of rows of `step` seconds in a span, rounded up; 0 unless the span is positive. RRDtool
/// divides in single precision.
fn rows_in(span: f64, step: u64) -> u64 {
    let seconds = to_f32(seconds_to_f64(truncate_to_i64(span)));
    truncate_to_u64(f64::from((seconds / to_f32(count_to_f64(step))).ceil()))
}

/// Where PREDICT finds its samples: windows that end some time before the current row.
#[derive(Clone, Copy)]
struct LookBack<'a> {
    column: Column<'a>,
    /// Rows before the current one; samples are taken only from these.
    index: u64,
    /// Rows in a window minus one; `None` if the window has negative length.
    window: Option<u64>,
}

impl<'a> LookBack<'a> {
    fn new(column: Column<'a>, index: usize, window: f64) -> Self {
        let rows = rows_in(window, column.step);
        let step = count_to_f64(column.step);
        Self { column, index: length_to_u64(index), window: (window > -step).then_some(rows) }
    }

    /// Collects the known samples of the window `shift` seconds back.
    fn shifted(self, shift: f64, samples: &mut Vec<Sample>) -> Result<(), EvaluationError> {
        self.collect(self.offset(truncate_to_i64(shift))?, 1, samples);
        Ok(())
    }

    /// Collects the samples of the windows 0, 1, 2, ... times `multiple` seconds back.
    fn multiples(
        self,
        multiple: f64,
        count: u64,
        samples: &mut Vec<Sample>,
    ) -> Result<(), EvaluationError> {
        let multiple = truncate_to_i64(multiple);
        if multiple < 0 && count > 1 {
            return Err(EvaluationError::NegativeShift { shift: multiple });
        }
        let offset = |number: u64| {
            let number = i64::try_from(number).unwrap_or(i64::MAX);
            self.offset(number.saturating_mul(multiple))
        };
        let mut number = 0;
        while number < count {
            let rows_back = offset(number)?;
            if rows_back >= self.index {
                break;
            }
            // Small multiples fall into the same row: find how many by bisection instead of one by
            // one.
            let mut next = number + 1;
            let mut end = count;
            if next < end && offset(next)? == rows_back {
                while next + 1 < end {
                    let middle = next + (end - next) / 2;
                    if offset(middle)? == rows_back { next = middle } else { end = middle }
                }
                next = end;
            }
            self.collect(rows_back, next - number, samples);
            number = next;
        }
        Ok(())
    }

    /// Number of rows that a shift spans.
    fn offset(self, shift: i64) -> Result<u64, EvaluationError> {
        if shift < 0 {
            return Err(EvaluationError::NegativeShift { shift });
        }
        Ok(rows_in(seconds_to_f64(shift), self.column.step))
    }

    fn collect(self, rows_back: u64, times: u64, samples: &mut Vec<Sample>) {
        let Some(window) = self.window else { return };
        let end = rows_back.saturating_add(window).saturating_add(1).min(self.index);
        let next = length_to_u64(complete_rows(self.column));
        for offset in rows_back..end {
            let index = next.checked_sub(offset).and_then(to_index);
            let value = index.map_or(UNKNOWN, |index| self.column.at(index));
            if !value.is_nan() {
                samples.push(Sample { value, times });
            }
        }
    }
}

/// The mean of the samples; unknown if there are none.
fn mean(samples: &[Sample]) -> f64 {
    let Sums { count, sum, .. } = Sums::of(samples);
    if count == 0.0 { UNKNOWN } else { sum / count }
}

/// The sample standard deviation; unknown for fewer than two samples.
fn deviation(samples: &[Sample]) -> f64 {
    let Sums { count, sum, squares } = Sums::of(samples);
    let numerator = count * squares - sum * sum;
    if count < 2.0 || numerator < 0.0 {
        UNKNOWN
    } else {
        (numerator / (count * (count - 1.0))).sqrt()
    }
}

/// A percentile of the samples: interpolated for a positive percentage, the nearest sample for a
/// negative one.
fn percentile(samples: &mut [Sample], percent: f64) -> f64 {
    samples.sort_unstable_by(|x, y| x.value.total_cmp(&y.value));
    let count: u64 = samples.iter().map(|sample| sample.times).fold(0, u64::saturating_add);
    let Some(last) = count.checked_sub(1) else { return UNKNOWN };
    let rank = percent / 100.0 * count_to_f64(last);
    if rank.is_nan() {
        return UNKNOWN;
    }
    if percent < 0.0 {
        return nth(samples, truncate_to_u64(rank.abs().round()));
    }
    let (below, part) = (nth(samples, truncate_to_u64(rank)), rank.fract());
    if part == 0.0 {
        return below;
    }
    let above = nth(samples, truncate_to_u64(rank) + 1);
    below * (1.0 - part) + above * part
}

/// The sample of this rank; each sample counts `times` times.
fn nth(samples: &[Sample], rank: u64) -> f64 {
    let mut left = rank;
    for sample in samples {
        match left.checked_sub(sample.times) {
            Some(more) => left = more,
            None => return sample.value,
        }
    }
    samples.last().map_or(UNKNOWN, |sample| sample.value)
}

struct Sums {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Sums {
    fn of(samples: &[Sample]) -> Self {
        let nothing = Self { count: 0.0, sum: 0.0, squares: 0.0 };
        samples.iter().fold(nothing, |sums, sample| {
            let times = count_to_f64(sample.times);
            Self {
                count: sums.count + times,
                sum: sums.sum + sample.value * times,
                squares: sums.squares + sample.value * sample.value * times,
            }
        })
    }
}
