//! Runs an expression for one row. What an expression sees besides its stack comes through [`Context`].

use std::cmp::Ordering;

use jiff::tz::TimeZone;

use crate::number::{UNKNOWN, count_to_f64, length_to_u64, seconds_to_f64};
use crate::time::{LocalTime, Timestamp};

use super::history::{self, Sample};
use super::op::Operator;
use super::parse::{Expression, Item};

/// More values than this on the stack are refused: a few `COPY` could otherwise ask for any amount of memory.
const DEEPEST: usize = 1 << 16;

/// What an expression sees besides its stack, for the row at hand.
///
/// A COMPUTE data source has values and a clock only; the other methods answer for the rows of a chart.
pub trait Context {
    /// The value of a variable in this row, unknown if there is none.
    fn value(&self, variable: usize) -> f64;

    /// The present time, seconds since 1970.
    fn now(&self) -> i64;

    /// The row, if there are rows.
    fn row(&self) -> Option<Row> {
        None
    }

    /// The series behind a variable, `None` if the variable is a single value.
    fn column(&self, variable: usize) -> Option<Column<'_>> {
        let _ = variable;
        None
    }

    /// The calendar of local time, if there is one.
    fn calendar(&self) -> Option<Calendar<'_>> {
        None
    }
}

/// The place and time of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// Rows before this one.
    pub index: usize,
    /// The end of the row, seconds since 1970.
    pub time: i64,
    /// The length of the row in seconds.
    pub step: u64,
    /// The result of the row before, unknown in the first.
    pub previous: f64,
}

/// A series that a variable stands for, as seen from the row at hand.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// The values, one a row of the series.
    pub values: &'a [f64],
    /// The length of a row of the series in seconds.
    pub step: u64,
    /// The row of the series whose value counts at present.
    pub current: usize,
    /// Whether that row ends at the time of the row at hand.
    pub complete: bool,
}

/// How local time is reckoned.
#[derive(Clone, Copy, Debug)]
pub struct Calendar<'a> {
    /// The zone of local time.
    pub zone: &'a TimeZone,
    /// The first day of the week, days after Sunday.
    pub first_weekday: i64,
}

/// The context of a COMPUTE data source: the values of the data sources before it.
#[derive(Clone, Copy, Debug)]
pub struct ComputeRow<'a> {
    /// One value a data source, unknown as NaN.
    pub values: &'a [f64],
    /// The present time, seconds since 1970.
    pub now: i64,
}

impl Context for ComputeRow<'_> {
    fn value(&self, variable: usize) -> f64 {
        self.values.get(variable).copied().unwrap_or(UNKNOWN)
    }

    fn now(&self) -> i64 {
        self.now
    }
}

/// Why an expression has no result, in RRDtool's words.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// An operator asks for more values than there are.
    #[error("RPN stack underflow")]
    StackUnderflow,
    /// More than 65536 values.
    #[error("RPN stack overflow")]
    StackOverflow,
    /// Not exactly one value is left at the end.
    #[error("RPN final stack size != 1")]
    FinalStackSize,
    /// `PERCENT` of a part outside of 0 to 100.
    #[error("percentile argument must be between 0 and 100")]
    Percentile,
    /// `PREDICTPERC` of a part outside of -100 to 100.
    #[error("unsupported percentile: {percent:.6}")]
    UnsupportedPercentile {
        /// The part asked for.
        percent: f64,
    },
    /// What stands two items before `TREND` is no series.
    #[error("malformed trend arguments")]
    MalformedTrend,
    /// What stands before `PREDICT` is no series.
    #[error("malformed predict arguments")]
    MalformedPredict,
    /// `PREDICT` with a look into the future.
    #[error("negative shift step not allowed: {shift}")]
    NegativeShift {
        /// The shift asked for, in seconds.
        shift: i64,
    },
    /// An operator that looks at rows, where there are none.
    #[error("VDEF made it into rpn_calc... aborting")]
    NoRows,
}

/// The memory that running expressions needs; it grows at first and is used again from then on.
#[derive(Clone, Debug, Default)]
pub struct Evaluator {
    stack: Vec<f64>,
    samples: Vec<Sample>,
}

impl Evaluator {
    /// An evaluator without memory yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The result of an expression for one row.
    ///
    /// # Errors
    ///
    /// By cause, see [`EvaluationError`].
    ///
    /// ```
    /// use rrd_core::rpn::{ComputeRow, EvaluationError, Evaluator, Expression};
    /// let mut evaluator = Evaluator::new();
    /// let row = ComputeRow { values: &[7.0, f64::NAN], now: 0 };
    /// let place = |name: &str| ["a", "b"].iter().position(|&known| known == name);
    /// let known = Expression::parse("a,b,ADDNAN", place)?;
    /// assert_eq!(evaluator.evaluate(&known, &row), Ok(7.0));
    /// let short = Expression::parse("a,+", place)?;
    /// assert_eq!(evaluator.evaluate(&short, &row), Err(EvaluationError::StackUnderflow));
    /// # Ok::<(), rrd_core::rpn::ParseError>(())
    /// ```
    pub fn evaluate(
        &mut self,
        expression: &Expression,
        context: &impl Context,
    ) -> Result<f64, EvaluationError> {
        let items = expression.items();
        let mut stack = Stack(&mut self.stack);
        stack.0.clear();
        for (place, item) in items.iter().enumerate() {
            match *item {
                Item::Number(value) => stack.push(value)?,
                Item::Variable(variable) => stack.push(context.value(variable))?,
                Item::PreviousOf(variable) => stack.push(previous_of(variable, context)?)?,
                Item::Operator(operator) => match operator {
                    Operator::Trend | Operator::TrendOfKnown => {
                        let (x, known_only) =
                            (place.wrapping_sub(2), operator == Operator::TrendOfKnown);
                        trend(&mut stack, items.get(x), known_only, context)?;
                    }
                    Operator::Predict
                    | Operator::PredictDeviation
                    | Operator::PredictPercentile => {
                        let x = items.get(place.wrapping_sub(1));
                        predict(&mut stack, operator, x, context, &mut self.samples)?;
                    }
                    _ => apply(&mut stack, operator, context)?,
                },
            }
        }
        match stack.0[..] {
            [result] => Ok(result),
            _ => Err(EvaluationError::FinalStackSize),
        }
    }
}

/// The stack, its top at the end.
struct Stack<'a>(&'a mut Vec<f64>);

impl Stack<'_> {
    fn push(&mut self, value: f64) -> Result<(), EvaluationError> {
        if self.0.len() >= DEEPEST {
            return Err(EvaluationError::StackOverflow);
        }
        self.0.push(value);
        Ok(())
    }

    fn pop(&mut self) -> Result<f64, EvaluationError> {
        self.0.pop().ok_or(EvaluationError::StackUnderflow)
    }

    /// Replaces the top by a function of it.
    fn unary(&mut self, function: impl Fn(f64) -> f64) -> Result<(), EvaluationError> {
        let [x] = self.top()?;
        *x = function(*x);
        Ok(())
    }

    /// Replaces the two topmost values by a function of them.
    fn binary(&mut self, function: impl Fn(f64, f64) -> f64) -> Result<(), EvaluationError> {
        let y = match self.0[..] {
            [.., _, y] => y,
            _ => return Err(EvaluationError::StackUnderflow),
        };
        self.0.pop();
        self.unary(|x| function(x, y))
    }

    /// Replaces the two topmost values by 1 or 0, or by the unknown one.
    fn compare(&mut self, holds: impl Fn(f64, f64) -> bool) -> Result<(), EvaluationError> {
        self.binary(|x, y| {
            if x.is_nan() {
                x
            } else if y.is_nan() {
                y
            } else {
                truth(holds(x, y))
            }
        })
    }

    /// Replaces the three topmost values by a function of them.
    fn ternary(&mut self, function: impl Fn(f64, f64, f64) -> f64) -> Result<(), EvaluationError> {
        let [x, y, z] = *self.top()?;
        self.0.truncate(self.0.len() - 2);
        self.unary(|_| function(x, y, z))
    }

    fn top<const N: usize>(&mut self) -> Result<&mut [f64; N], EvaluationError> {
        self.0.last_chunk_mut().ok_or(EvaluationError::StackUnderflow)
    }

    /// Takes a count from the top.
    fn pop_count(&mut self) -> Result<usize, EvaluationError> {
        let count = self.pop()?;
        to_count(count).ok_or(EvaluationError::StackUnderflow)
    }

    /// The so many topmost values.
    fn topmost(&mut self, count: usize) -> Result<&mut [f64], EvaluationError> {
        let below = self.0.len().checked_sub(count).ok_or(EvaluationError::StackUnderflow)?;
        Ok(&mut self.0[below..])
    }

    /// Takes a count from the top and replaces the so many values under it by a function of them.
    fn fold(&mut self, function: impl Fn(&mut [f64]) -> f64) -> Result<(), EvaluationError> {
        let count = self.pop_count()?;
        let result = function(self.topmost(count)?);
        self.0.truncate(self.0.len() - count);
        self.push(result)
    }
}

/// Everything but the operators that look back.
fn apply(
    stack: &mut Stack<'_>,
    operator: Operator,
    context: &impl Context,
) -> Result<(), EvaluationError> {
    match operator {
        Operator::Add => stack.binary(|x, y| x + y),
        Operator::Subtract => stack.binary(|x, y| x - y),
        Operator::Multiply => stack.binary(|x, y| x * y),
        Operator::Divide => stack.binary(|x, y| x / y),
        Operator::Modulo => stack.binary(|x, y| x % y),
        Operator::Power => stack.binary(f64::powf),
        Operator::ArcTangent2 => stack.binary(f64::atan2),
        Operator::AddKnown => stack.binary(|x, y| known(x, y).unwrap_or_else(|| x + y)),
        Operator::MinimumOfKnown => {
            stack.binary(|x, y| known(x, y).unwrap_or_else(|| lesser(x, y)))
        }
        Operator::MaximumOfKnown => {
            stack.binary(|x, y| known(x, y).unwrap_or_else(|| greater(x, y)))
        }
        Operator::Minimum => stack.binary(|x, y| unknown(&[x, y]).unwrap_or_else(|| lesser(x, y))),
        Operator::Maximum => stack.binary(|x, y| unknown(&[x, y]).unwrap_or_else(|| greater(x, y))),
        Operator::Less => stack.compare(|x, y| x < y),
        Operator::LessOrEqual => stack.compare(|x, y| x <= y),
        Operator::Greater => stack.compare(|x, y| x > y),
        Operator::GreaterOrEqual => stack.compare(|x, y| x >= y),
        Operator::Equal => stack.compare(|x, y| x == y),
        Operator::NotEqual => stack.compare(|x, y| x != y),
        Operator::IsUnknown => stack.unary(|x| truth(x.is_nan())),
        Operator::IsInfinite => stack.unary(|x| truth(x.is_infinite())),
        Operator::If => stack.ternary(|c, a, b| if c.is_nan() || c == 0.0 { b } else { a }),
        Operator::Limit => stack.ternary(|x, low, high| {
            let outside = || if x < low || x > high { UNKNOWN } else { x };
            unknown(&[x, low, high]).unwrap_or_else(outside)
        }),
        Operator::Sine => stack.unary(f64::sin),
        Operator::Cosine => stack.unary(f64::cos),
        Operator::ArcTangent => stack.unary(f64::atan),
        Operator::Logarithm => stack.unary(f64::ln),
        Operator::Exponential => stack.unary(f64::exp),
        Operator::SquareRoot => stack.unary(f64::sqrt),
        Operator::Floor => stack.unary(f64::floor),
        Operator::Ceiling => stack.unary(f64::ceil),
        Operator::Round => stack.unary(f64::round),
        Operator::Absolute => stack.unary(f64::abs),
        // The factors are RRDtool's, right to ten digits.
        Operator::ToDegrees => stack.unary(|x| x * 57.295_779_51),
        Operator::ToRadians => stack.unary(|x| x * 0.017_453_295_2),
        Operator::Unknown => stack.push(UNKNOWN),
        Operator::Infinity => stack.push(f64::INFINITY),
        Operator::NegativeInfinity => stack.push(f64::NEG_INFINITY),
        Operator::Now => stack.push(seconds_to_f64(context.now())),
        Operator::Duplicate => {
            let [x] = *stack.top()?;
            stack.push(x)
        }
        Operator::Pop => stack.pop().map(drop),
        Operator::Exchange => {
            let [x, y] = stack.top()?;
            std::mem::swap(x, y);
            Ok(())
        }
        Operator::Depth => stack.push(count_to_f64(length_to_u64(stack.0.len()))),
        Operator::Copy => {
            let count = stack.pop_count()?;
            let below = stack.0.len().checked_sub(count).ok_or(EvaluationError::StackUnderflow)?;
            if stack.0.len() + count > DEEPEST {
                return Err(EvaluationError::StackOverflow);
            }
            stack.0.extend_from_within(below..);
            Ok(())
        }
        Operator::Index => {
            let [index] = *stack.top()?;
            let index = to_count(index).ok_or(EvaluationError::StackUnderflow)?;
            let values = stack.topmost(index.saturating_add(1))?;
            if let [wanted, .., top] = values {
                *top = *wanted;
            }
            Ok(())
        }
        Operator::Sort => {
            let count = stack.pop_count()?;
            stack.topmost(count)?.sort_unstable_by(unknown_first);
            Ok(())
        }
        Operator::Reverse => {
            let count = stack.pop_count()?;
            stack.topmost(count)?.reverse();
            Ok(())
        }
        Operator::Roll => {
            let turns = stack.pop()?.trunc();
            let count = stack.pop_count()?;
            let values = stack.topmost(count)?;
            if let Some(turns) = to_count(turns.rem_euclid(count_to_f64(length_to_u64(count)))) {
                values.rotate_right(turns.min(count));
            }
            Ok(())
        }
        Operator::Average => stack.fold(|values| {
            let (sum, count) =
                known_from_the_top(values).fold((0.0, 0), |(sum, count), x| (sum + x, count + 1));
            if count == 0 { UNKNOWN } else { sum / count_to_f64(count) }
        }),
        Operator::SmallestOf => {
            stack.fold(|values| known_from_the_top(values).reduce(lesser).unwrap_or(UNKNOWN))
        }
        Operator::LargestOf => {
            stack.fold(|values| known_from_the_top(values).reduce(greater).unwrap_or(UNKNOWN))
        }
        Operator::Median => stack.fold(|values| median(values)),
        Operator::Deviation => stack.fold(|values| deviation(values)),
        Operator::Percentile => percentile(stack),
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
        Operator::Trend
        | Operator::TrendOfKnown
        | Operator::Predict
        | Operator::PredictDeviation
        | Operator::PredictPercentile => Err(EvaluationError::NoRows),
    }
}

/// A count that a value says, its fraction cut off; `None` for negative and unknown values.
fn to_count(value: f64) -> Option<usize> {
    (value > -1.0).then(|| crate::number::to_index(crate::number::truncate_to_u64(value))).flatten()
}

fn truth(holds: bool) -> f64 {
    if holds { 1.0 } else { 0.0 }
}

/// The first unknown one of some values.
fn unknown(values: &[f64]) -> Option<f64> {
    values.iter().copied().find(|value| value.is_nan())
}

/// What two values come to if one of them is unknown: the other one.
fn known(x: f64, y: f64) -> Option<f64> {
    if x.is_nan() {
        Some(y)
    } else if y.is_nan() {
        Some(x)
    } else {
        None
    }
}

fn lesser(x: f64, y: f64) -> f64 {
    if x > y { y } else { x }
}

fn greater(x: f64, y: f64) -> f64 {
    if x < y { y } else { x }
}

/// Unknown, then -∞, numbers, +∞. RRDtool's own order goes astray where infinities are among the values.
fn unknown_first(x: &f64, y: &f64) -> Ordering {
    x.partial_cmp(y).unwrap_or_else(|| y.is_nan().cmp(&x.is_nan()))
}

fn known_from_the_top(values: &[f64]) -> impl Iterator<Item = f64> {
    values.iter().rev().copied().filter(|value| !value.is_nan())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(unknown_first);
    let known = &values[values.partition_point(|value| value.is_nan())..];
    let middle = known.len() / 2;
    match (known.get(middle), known.len() % 2) {
        (None, _) => UNKNOWN,
        (Some(upper), 0) => 0.5 * (known[middle - 1] + upper),
        (Some(&only), _) => only,
    }
}

/// The sample deviation after Welford: mean and squares are carried on value by value.
fn deviation(values: &[f64]) -> f64 {
    let (mut mean, mut squares, mut count) = (0.0, 0.0, 0.0);
    for x in known_from_the_top(values) {
        count += 1.0;
        let delta = x - mean;
        mean += delta / count;
        squares += delta * (x - mean);
    }
    if count < 2.0 { UNKNOWN } else { (squares / (count - 1.0)).sqrt() }
}

/// `x1 … xn p n PERCENT`: the number round(p·n/100) of the sorted values, at least the first.
fn percentile(stack: &mut Stack<'_>) -> Result<(), EvaluationError> {
    let count = stack.pop_count()?;
    let percent = stack.pop()?;
    let values = stack.topmost(count)?;
    if !(0.0..=100.0).contains(&percent) {
        return Err(EvaluationError::Percentile);
    }
    values.sort_unstable_by(unknown_first);
    let rank = (percent * count_to_f64(length_to_u64(count)) / 100.0).round();
    let place = to_count(rank).unwrap_or(0).saturating_sub(1);
    let result = values.get(place).copied().unwrap_or(UNKNOWN);
    stack.0.truncate(stack.0.len() - count);
    stack.push(result)
}

fn row(context: &impl Context) -> Result<Row, EvaluationError> {
    context.row().ok_or(EvaluationError::NoRows)
}

fn local_time(time: i64, context: &impl Context) -> Result<LocalTime, EvaluationError> {
    let zone = context.calendar().ok_or(EvaluationError::NoRows)?.zone;
    Ok(LocalTime::at(Timestamp::from_seconds(time), zone))
}

/// Local time of this row and of the one before.
fn local_times(context: &impl Context) -> Result<(LocalTime, LocalTime), EvaluationError> {
    let Row { time, step, .. } = row(context)?;
    let before = time.saturating_sub_unsigned(step);
    Ok((local_time(time, context)?, local_time(before, context)?))
}

/// Pushes whether a part of local time is another one than in the row before.
fn new(
    stack: &mut Stack<'_>,
    context: &impl Context,
    part: impl Fn(LocalTime) -> i64,
) -> Result<(), EvaluationError> {
    let (now, before) = local_times(context)?;
    stack.push(truth(part(now) != part(before)))
}

/// `PREV(x)`: the row of a series before its current one; of a single value that value.
fn previous_of(variable: usize, context: &impl Context) -> Result<f64, EvaluationError> {
    let row = row(context)?;
    let Some(column) = context.column(variable) else { return Ok(context.value(variable)) };
    if row.index == 0 {
        return Ok(UNKNOWN);
    }
    let before = column.current.checked_sub(1).and_then(|place| column.values.get(place));
    Ok(before.copied().unwrap_or(UNKNOWN))
}

/// `x window TREND`: `x` is the item, not its value, which only takes its place on the stack.
fn trend(
    stack: &mut Stack<'_>,
    x: Option<&Item>,
    known_only: bool,
    context: &impl Context,
) -> Result<(), EvaluationError> {
    let [_, window] = *stack.top()?;
    let row = row(context)?;
    let column = match x {
        Some(&Item::Variable(variable)) => context.column(variable),
        _ => None,
    };
    let column = column.ok_or(EvaluationError::MalformedTrend)?;
    stack.binary(|_, _| history::trend(column, row.index, window, known_only))
}

/// `shifts… n window x PREDICT`, with a percentage before `x` for PREDICTPERC.
fn predict(
    stack: &mut Stack<'_>,
    operator: Operator,
    x: Option<&Item>,
    context: &impl Context,
    samples: &mut Vec<Sample>,
) -> Result<(), EvaluationError> {
    stack.pop()?;
    let percent = if operator == Operator::PredictPercentile { Some(stack.pop()?) } else { None };
    let window = stack.pop()?;
    let shifts = crate::number::truncate_to_i64(stack.pop()?);
    let row = row(context)?;
    // A negative number of shifts is followed by one value: what they are multiples of.
    let operands = if shifts < 0 { 1 } else { usize::try_from(shifts).unwrap_or(usize::MAX) };
    let given = &*stack.topmost(operands)?;
    let column = match x {
        Some(&Item::Variable(variable)) => context.column(variable),
        _ => None,
    };
    let column = column.ok_or(EvaluationError::MalformedPredict)?;
    if let Some(percent) = percent.filter(|percent| percent.abs() > 100.0) {
        return Err(EvaluationError::UnsupportedPercentile { percent });
    }
    let look_back = history::LookBack::new(column, row.index, window);
    samples.clear();
    match (shifts, given) {
        (..0, &[multiple]) => look_back.multiples(multiple, shifts.unsigned_abs(), samples)?,
        // The shift given last is the nearest to the top and counts first.
        _ => given.iter().rev().try_for_each(|&shift| look_back.shifted(shift, samples))?,
    }
    let result = match (operator, percent) {
        (_, Some(percent)) => history::percentile(samples, percent),
        (Operator::PredictDeviation, None) => history::deviation(samples),
        _ => history::mean(samples),
    };
    let left = stack.0.len() - operands;
    stack.0.truncate(left);
    stack.push(result)
}
