//! Operators of rows and local time: TIME, COUNT, PREV, NEWDAY and similar.

use crate::number::{UNKNOWN, count_to_f64, length_to_u64, seconds_to_f64};
use crate::time::{LocalTime, Timestamp};

use super::context::{Context, Row};
use super::error::EvaluationError;
use super::op::Operator;
use super::stack::{Stack, truth};

/// Applies an operator of rows; any other operator fails for lack of rows.
pub(super) fn apply(
    stack: &mut Stack<'_>,
    operator: Operator,
    context: &impl Context,
) -> Result<(), EvaluationError> {
    match operator {
        Operator::Time => stack.push(seconds_to_f64(row(context)?.time)),
        Operator::StepWidth => stack.push(count_to_f64(row(context)?.step)),
        Operator::Count => stack.push(count_to_f64(length_to_u64(row(context)?.index) + 1)),
        Operator::Previous => stack.push(row(context)?.previous),
        Operator::LocalTime => {
            let Row { time, .. } = row(context)?;
            let offset = local_time(time, context)?.offset;
            stack.push(seconds_to_f64(time.saturating_add(offset)))
        }
        Operator::NewDay => new(stack, context, |time| time.day),
        Operator::NewMonth => new(stack, context, |time| time.month),
        Operator::NewYear => new(stack, context, |time| time.year),
        Operator::NewWeek => {
            let first = context.calendar().ok_or(EvaluationError::NoRows)?.first_weekday;
            let (now, before) = local_times(context)?;
            stack.push(truth(now.weekday == first && before.weekday != first))
        }
        _ => Err(EvaluationError::NoRows),
    }
}

pub(super) fn row(context: &impl Context) -> Result<Row, EvaluationError> {
    context.row().ok_or(EvaluationError::NoRows)
}

fn local_time(time: i64, context: &impl Context) -> Result<LocalTime, EvaluationError> {
    let zone = context.calendar().ok_or(EvaluationError::NoRows)?.zone;
    Ok(LocalTime::at(Timestamp::from_seconds(time), zone))
}

/// Local time of this row and of the previous one.
fn local_times(context: &impl Context) -> Result<(LocalTime, LocalTime), EvaluationError> {
    let Row { time, step, .. } = row(context)?;
    let before = time.saturating_sub_unsigned(step);
    Ok((local_time(time, context)?, local_time(before, context)?))
}

/// Pushes 1 if a part of local time differs from that of the previous row, else 0.
fn new(
    stack: &mut Stack<'_>,
    context: &impl Context,
    part: impl Fn(LocalTime) -> i64,
) -> Result<(), EvaluationError> {
    let (now, before) = local_times(context)?;
    stack.push(truth(part(now) != part(before)))
}

/// `PREV(x)`: the row of a series before its current one; a single value is returned unchanged.
pub(super) fn previous_of(variable: usize, context: &impl Context) -> Result<f64, EvaluationError> {
    let row = row(context)?;
    let Some(column) = context.column(variable) else { return Ok(context.value(variable)) };
    if row.index == 0 {
        return Ok(UNKNOWN);
    }
    Ok(column.current.checked_sub(1).map_or(UNKNOWN, |before| column.at(before)))
}
