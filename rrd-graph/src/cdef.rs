//! CDEF: a series computed row by row from others of any step.

use jiff::civil::Weekday;
use rrd_core::number::{UNKNOWN, to_index};
use rrd_core::rpn::{Calendar, Column, Context, EvaluationError, Evaluator, Expression, Row};
use rrd_core::{Step, TimeZone, Timestamp};

use crate::rows::{Rows, row_of};
use crate::statement::Formula;
use crate::vdef::Figure;

/// Limit on the rows of a calculation.
const MAX_ROWS: u64 = 1 << 26;

/// The meaning of a name in a formula.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// A series.
    Rows(&'a Rows),
    /// A number.
    Figure(Figure),
}

/// The clock and the calendar that charts are drawn by.
#[derive(Clone, Copy, Debug)]
pub struct Clock<'a> {
    /// The current time.
    pub now: Timestamp,
    /// The time zone of days, weeks, months and years.
    pub zone: &'a TimeZone,
    /// The first day of the week.
    pub first_weekday: Weekday,
}

impl<'a> Clock<'a> {
    /// This time in this zone, with weeks that begin on Monday.
    pub fn new(now: Timestamp, zone: &'a TimeZone) -> Self {
        Self { now, zone, first_weekday: Weekday::Monday }
    }
}

/// Why a calculation has no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CalculationError {
    /// The formula contains no series, so there are no rows to compute.
    #[error("the formula has no series: it needs at least one DEF or CDEF")]
    NoSeries,
    /// A row cannot be computed.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
    /// The common step of the series is so short that there are too many rows.
    #[error(
        "the calculation '{formula}' has {rows} rows of {step}, more than {MAX_ROWS}: use series whose steps are multiples of each other"
    )]
    TooManyRows {
        /// The formula.
        formula: String,
        /// Number of rows.
        rows: u64,
        /// The common step.
        step: Step,
    },
}

/// Computes a formula for each row of the time that all its series cover.
///
/// The step is the greatest common divisor of the steps; longer rows repeat. `inputs` are the
/// meanings of the formula's variables, in order.
pub fn calculate(
    formula: &Formula,
    inputs: &[Input<'_>],
    clock: Clock<'_>,
) -> Result<Rows, CalculationError> {
    let Grid { start, step, count } = grid(formula, inputs)?;
    let mut context = RowContext {
        inputs: inputs.iter().map(|input| InputCursor { input: *input, current: 0 }).collect(),
        clock,
        row: Row { index: 0, time: start, step: step.seconds(), previous: UNKNOWN },
    };
    for cursor in &mut context.inputs {
        if let Input::Rows(rows) = cursor.input {
            cursor.current = row_of(start, rows.start.seconds(), rows.step);
        }
    }
    let mut rows = Rows::new(Timestamp::from_seconds(start), step, Vec::new());
    let mut evaluator = Evaluator::new();
    let expression: &Expression = formula.expression();
    for index in 0..count {
        context.row.index = index;
        context.row.time = context.row.time.saturating_add_unsigned(step.seconds());
        let value = evaluator.evaluate(expression, &context)?;
        context.row.previous = value;
        rows.push(value);
        context.advance();
    }
    Ok(rows)
}

/// The rows of a calculation.
struct Grid {
    start: i64,
    step: Step,
    count: usize,
}

fn grid(formula: &Formula, inputs: &[Input<'_>]) -> Result<Grid, CalculationError> {
    let mut series = inputs.iter().filter_map(|input| match input {
        Input::Rows(rows) => Some((rows.start.seconds(), rows.end().seconds(), rows.step)),
        Input::Figure(_) => None,
    });
    let first = series.next().ok_or(CalculationError::NoSeries)?;
    let (start, end, step) = series.fold(first, |common, one| {
        (common.0.max(one.0), common.1.min(one.1), common_step(common.2, one.2))
    });
    let rows = end.saturating_sub(start).max(0).unsigned_abs() / step.seconds();
    let count = to_index(rows).filter(|_| rows <= MAX_ROWS);
    let refused =
        || CalculationError::TooManyRows { formula: formula.text().to_owned(), rows, step };
    Ok(Grid { start, step, count: count.ok_or_else(refused)? })
}

/// The greatest common divisor of two steps.
pub(crate) fn common_step(a: Step, b: Step) -> Step {
    let (mut larger, mut smaller) = (a.seconds(), b.seconds());
    while smaller != 0 {
        (larger, smaller) = (smaller, larger % smaller);
    }
    Step::from_seconds(larger).unwrap_or(a)
}

/// A variable and its current row.
struct InputCursor<'a> {
    input: Input<'a>,
    /// Negative before the first row.
    current: i64,
}

struct RowContext<'a> {
    inputs: Vec<InputCursor<'a>>,
    clock: Clock<'a>,
    row: Row,
}

impl RowContext<'_> {
    /// Moves each series whose row has ended to its next row.
    fn advance(&mut self) {
        for cursor in &mut self.inputs {
            if let Input::Rows(rows) = cursor.input
                && rows.step.phase(self.row.time) == 0
            {
                cursor.current = cursor.current.saturating_add(1);
            }
        }
    }
}

impl Context for RowContext<'_> {
    fn value(&self, variable: usize) -> f64 {
        let Some(cursor) = self.inputs.get(variable) else { return UNKNOWN };
        match cursor.input {
            Input::Figure(figure) => figure.value,
            Input::Rows(rows) => {
                usize::try_from(cursor.current).map_or(UNKNOWN, |row| rows.get(row))
            }
        }
    }

    fn now(&self) -> i64 {
        self.clock.now.seconds()
    }

    fn row(&self) -> Option<Row> {
        Some(self.row)
    }

    fn column(&self, variable: usize) -> Option<Column<'_>> {
        let cursor = self.inputs.get(variable)?;
        let Input::Rows(rows) = cursor.input else { return None };
        Some(Column {
            before: rows.before,
            values: &rows.values,
            step: rows.step.seconds(),
            current: usize::try_from(cursor.current).ok()?,
            complete: rows.step.phase(self.row.time) == 0,
        })
    }

    fn calendar(&self) -> Option<Calendar<'_>> {
        Some(Calendar {
            zone: self.clock.zone,
            first_weekday: self.clock.first_weekday.to_sunday_zero_offset().into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(start: i64, step: u64, values: &[f64]) -> Rows {
        let (start, step) = (Timestamp::from_seconds(start), Step::from_seconds(step).unwrap());
        Rows::collect(start, step, values.iter().copied())
    }

    fn computed(text: &str, series: &[(&str, &Rows)]) -> Result<Rows, CalculationError> {
        let formula: Formula = text.parse().unwrap();
        let inputs: Vec<Input<'_>> = formula
            .variables()
            .iter()
            .map(|name| Input::Rows(series.iter().find(|(known, _)| known == name).unwrap().1))
            .collect();
        let now = Timestamp::from_seconds(5);
        calculate(
            &formula,
            &inputs,
            Clock { now, zone: &TimeZone::UTC, first_weekday: Weekday::Sunday },
        )
    }

    #[test]
    fn series_of_different_steps_meet_on_their_common_divisor() {
        let (a, b) = (rows(0, 20, &[1.0, 2.0, 3.0]), rows(0, 30, &[10.0, 20.0]));
        let sum = computed("a,b,+", &[("a", &a), ("b", &b)]).unwrap();
        assert_eq!(sum, rows(0, 10, &[11.0, 11.0, 12.0, 22.0, 23.0, 23.0]));
    }

    #[test]
    fn only_the_time_that_all_series_share_has_rows() {
        let (a, b) = (rows(0, 10, &[1.0, 2.0, 3.0]), rows(10, 10, &[10.0, 20.0, 30.0]));
        let sum = computed("a,b,+", &[("a", &a), ("b", &b)]).unwrap();
        assert_eq!(sum, rows(10, 10, &[12.0, 23.0]));
        let far = rows(100, 10, &[1.0]);
        assert_eq!(computed("a,b,+", &[("a", &a), ("b", &far)]).unwrap().values, [0.0; 0]);
    }

    #[test]
    fn the_row_before_and_its_time_can_be_asked_for() {
        let a = rows(0, 10, &[1.0, 2.0, f64::NAN, 4.0]);
        let sums = computed("a,PREV,ADDNAN", &[("a", &a)]).unwrap();
        assert_eq!(sums.values, [1.0, 3.0, 3.0, 7.0]);
        let times = computed("a,POP,TIME", &[("a", &a)]).unwrap();
        assert_eq!(times.values, [10.0, 20.0, 30.0, 40.0]);
    }

    #[test]
    fn unknown_rows_around_the_values_count_as_if_they_were_written_out() {
        let values = [[UNKNOWN; 40].as_slice(), &[4.0, 1.0, f64::NAN, 3.0], &[UNKNOWN; 9]].concat();
        let compact = rows(0, 10, &values);
        let (start, step) = (compact.start, compact.step);
        let dense = Rows::new(start, step, values);
        for text in [
            "a,8,*",
            "a,UN,0,a,IF",
            "a,PREV,ADDNAN",
            "PREV(a),COUNT,+",
            "a,30,TREND",
            "a,30,TRENDNAN",
            "a,600,TRENDNAN",
            "100,20,2,50,a,PREDICT",
            "20,-2,50,a,PREDICTSIGMA",
            "20,-2,50,50,a,PREDICTPERC",
        ] {
            let of = |series| computed(text, &[("a", series)]).unwrap();
            let bits = |rows: Rows| rows.iter().map(f64::to_bits).collect::<Vec<_>>();
            assert_eq!(bits(of(&compact)), bits(of(&dense)), "{text}");
        }
    }

    #[test]
    fn a_formula_without_a_series_has_no_rows() {
        assert_eq!(computed("1,2,+", &[]), Err(CalculationError::NoSeries));
    }

    #[test]
    fn a_stack_that_does_not_work_out_is_reported_only_where_there_are_rows() {
        let a = rows(0, 10, &[1.0]);
        assert_eq!(
            computed("a,+", &[("a", &a)]),
            Err(CalculationError::Evaluation(EvaluationError::StackUnderflow))
        );
        let empty = rows(0, 10, &[]);
        assert_eq!(computed("a,+", &[("a", &empty)]).unwrap().values, [0.0; 0]);
    }
}
