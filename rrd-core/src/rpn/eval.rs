//! Evaluates an expression for one row. Everything besides the stack comes through [`Context`].

use crate::number::{self, UNKNOWN, count_to_f64, length_to_u64, seconds_to_f64};

use super::context::Context;
use super::error::EvaluationError;
use super::history::{self, Sample};
use super::op::Operator;
use super::parse::{Expression, Item};
use super::rows;
use super::set::{self, greater, known, lesser, unknown};
use super::stack::{Stack, truth};

/// Buffers for evaluating expressions; they are reused from one row to the next.
#[derive(Clone, Debug, Default)]
pub struct Evaluator {
    stack: Vec<f64>,
    samples: Vec<Sample>,
}

impl Evaluator {
    /// An evaluator with empty buffers.
    pub fn new() -> Self {
        Self::default()
    }

    /// The result of an expression for one row.
    ///
    /// # Errors
    ///
    /// See [`EvaluationError`].
    ///
    /// ```
    /// use rrd_core::rpn::{ComputeRow, EvaluationError, Evaluator, Expression};
    /// let mut evaluator = Evaluator::new();
    /// let row = ComputeRow { values: &[7.0, f64::NAN], now: 0 };
    /// let index = |name: &str| ["a", "b"].iter().position(|&known| known == name);
    /// let known = Expression::parse("a,b,ADDNAN", index)?;
    /// assert_eq!(evaluator.evaluate(&known, &row), Ok(7.0));
    /// let short = Expression::parse("a,+", index)?;
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
        for (index, item) in items.iter().enumerate() {
            match *item {
                Item::Number(value) => stack.push(value)?,
                Item::Variable(variable) => stack.push(context.value(variable))?,
                Item::PreviousOf(variable) => stack.push(rows::previous_of(variable, context)?)?,
                Item::Operator(operator) if operator.looks_back() => {
                    let before = &items[..index];
                    history::apply(&mut stack, operator, before, context, &mut self.samples)?;
                }
                Item::Operator(operator) => apply(&mut stack, operator, context)?,
            }
        }
        match stack.0[..] {
            [result] => Ok(result),
            _ => Err(EvaluationError::FinalStackSize),
        }
    }
}

/// Applies any operator except those that look back.
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
        Operator::Power => stack.binary(number::power),
        Operator::ArcTangent2 => stack.binary(number::arc_tangent_of),
        Operator::AddKnown => stack.binary(|x, y| known(x, y).unwrap_or(x + y)),
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
        Operator::Sine => stack.unary(number::sine),
        Operator::Cosine => stack.unary(number::cosine),
        Operator::ArcTangent => stack.unary(number::arc_tangent),
        Operator::Logarithm => stack.unary(number::logarithm),
        Operator::Exponential => stack.unary(number::exponential),
        Operator::SquareRoot => stack.unary(f64::sqrt),
        Operator::Floor => stack.unary(f64::floor),
        Operator::Ceiling => stack.unary(f64::ceil),
        Operator::Round => stack.unary(f64::round),
        Operator::Absolute => stack.unary(f64::abs),
        // RRDtool's factors, exact to ten digits.
        Operator::ToDegrees => stack.unary(|x| x * 57.295_779_51),
        Operator::ToRadians => stack.unary(|x| x * 0.017_453_295_2),
        Operator::Unknown => stack.push(UNKNOWN),
        Operator::Infinity => stack.push(f64::INFINITY),
        Operator::NegativeInfinity => stack.push(f64::NEG_INFINITY),
        Operator::Now => stack.push(seconds_to_f64(context.now())),
        Operator::Duplicate => stack.duplicate(),
        Operator::Pop => stack.pop().map(drop),
        Operator::Exchange => stack.exchange(),
        Operator::Depth => stack.push(count_to_f64(length_to_u64(stack.0.len()))),
        Operator::Copy => stack.copy(),
        Operator::Index => stack.index(),
        Operator::Sort => stack.sort(),
        Operator::Reverse => stack.reverse(),
        Operator::Roll => stack.roll(),
        Operator::Average => stack.fold(|values| set::mean(values)),
        Operator::SmallestOf => {
            stack.fold(|values| set::known_from_the_top(values).reduce(lesser).unwrap_or(UNKNOWN))
        }
        Operator::LargestOf => {
            stack.fold(|values| set::known_from_the_top(values).reduce(greater).unwrap_or(UNKNOWN))
        }
        Operator::Median => stack.fold(set::median),
        Operator::Deviation => stack.fold(|values| set::deviation(values)),
        Operator::Percentile => stack.percentile(),
        _ => rows::apply(stack, operator, context),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::context::{Column, ComputeRow, Row};
    use super::*;

    /// The result of an expression over a = 2, b = 3, u = unknown.
    fn run(text: &str) -> Result<f64, EvaluationError> {
        let variable = |name: &str| ["a", "b", "u"].iter().position(|&known| known == name);
        let expression = Expression::parse(text, variable).unwrap();
        let row = ComputeRow { values: &[2.0, 3.0, UNKNOWN], now: 1_600_000_000 };
        Evaluator::new().evaluate(&expression, &row)
    }

    #[track_caller]
    fn gives(text: &str, result: f64) {
        assert_eq!(run(text), Ok(result), "{text}");
    }

    #[track_caller]
    fn gives_unknown(text: &str) {
        assert!(run(text).unwrap().is_nan(), "{text}");
    }

    /// Checks the values that an expression leaves on the stack, from the bottom to the top.
    #[track_caller]
    fn leaves(text: &str, values: &[f64]) {
        for (depth, &value) in values.iter().rev().enumerate() {
            let drops = ",POP".repeat(depth);
            let exchanges = ",EXC,POP".repeat(values.len() - 1 - depth);
            gives(&format!("{text}{drops}{exchanges}"), value);
        }
    }

    #[test]
    fn roll_rotates_upwards_by_positive_numbers() {
        leaves("1,2,3,4,3,1,ROLL", &[1.0, 4.0, 2.0, 3.0]);
        leaves("1,2,3,4,3,-1,ROLL", &[1.0, 3.0, 4.0, 2.0]);
        leaves("1,2,3,4,4,6,ROLL", &[3.0, 4.0, 1.0, 2.0]);
        leaves("1,2,3,0,1,ROLL", &[1.0, 2.0, 3.0]);
        leaves("1,2,2,u,ROLL", &[1.0, 2.0]);
        leaves("1,2,2,INF,ROLL", &[1.0, 2.0]);
    }

    #[test]
    fn sorting_puts_unknown_first_and_infinity_last() {
        leaves("INF,1,NEGINF,2,4,SORT", &[f64::NEG_INFINITY, 1.0, 2.0, f64::INFINITY]);
        gives_unknown("5,u,1,3,SORT,POP,POP");
    }

    #[test]
    fn copy_and_index_count_from_the_top() {
        leaves("1,2,3,2,COPY", &[1.0, 2.0, 3.0, 2.0, 3.0]);
        leaves("1,2,3,3,INDEX", &[1.0, 2.0, 3.0, 1.0]);
        leaves("1,2,3,1,INDEX", &[1.0, 2.0, 3.0, 3.0]);
        leaves("1,2,3,0.5,INDEX", &[1.0, 2.0, 3.0, 0.5]);
    }

    #[test]
    fn sets_leave_unknown_values_out() {
        gives("1,u,5,3,AVG", 3.0);
        gives("1,u,5,3,SMIN", 1.0);
        gives("1,u,5,3,SMAX", 5.0);
        gives("4,u,5,1,4,MEDIAN", 4.0);
        gives("4,u,5,3,MEDIAN", 4.5);
        gives("1,u,3,3,STDEV", 2.0_f64.sqrt());
        for text in ["u,u,2,AVG", "0,AVG", "u,1,SMIN", "0,SMAX", "u,1,MEDIAN", "1,u,2,STDEV"] {
            gives_unknown(text);
        }
    }

    #[test]
    fn a_percentile_is_a_value_of_the_set() {
        gives("42,4,3,2,1,50,4,PERCENT,EXC,POP", 2.0);
        gives("42,4,3,2,1,100,4,PERCENT,EXC,POP", 4.0);
        gives("42,4,3,2,1,0,4,PERCENT,EXC,POP", 1.0);
        gives_unknown("4,3,u,1,10,4,PERCENT");
        for text in ["1,2,101,2,PERCENT", "1,2,-1,2,PERCENT", "1,2,u,2,PERCENT"] {
            assert_eq!(run(text), Err(EvaluationError::Percentile), "{text}");
        }
    }

    #[test]
    fn unknown_conditions_take_the_second_branch() {
        gives("u,1,2,IF", 2.0);
        gives("0,1,2,IF", 2.0);
        gives("-1,1,u,IF", 1.0);
    }

    #[test]
    fn counts_that_are_negative_unknown_or_too_large_are_an_underflow() {
        for text in [
            "1,-1,AVG",
            "1,u,AVG",
            "1,2,AVG",
            "1,INF,SORT",
            "1,-1,COPY",
            "1,1e300,COPY",
            "1,2,INDEX",
            "1,-1,INDEX",
            "1,1e300,INDEX",
            "1,2,0,ROLL",
            "1,1,PERCENT",
            "+",
            "a,+",
            "a,b,IF",
            "POP",
        ] {
            assert_eq!(run(text), Err(EvaluationError::StackUnderflow), "{text}");
        }
    }

    #[test]
    fn one_value_must_be_left() {
        assert_eq!(run("a,b"), Err(EvaluationError::FinalStackSize));
        assert_eq!(run("a,POP"), Err(EvaluationError::FinalStackSize));
    }

    #[test]
    fn a_stack_that_doubles_and_doubles_is_cut_off() {
        let text = format!("a{}", ",DEPTH,COPY".repeat(60));
        assert_eq!(run(&text), Err(EvaluationError::StackOverflow));
    }

    #[test]
    fn a_compute_source_has_a_clock_but_no_rows() {
        gives("NOW", 1_600_000_000.0);
        for text in ["TIME", "COUNT", "PREV", "PREV(a)", "NEWDAY", "NEWWEEK", "LTIME", "a,60,TREND"]
        {
            assert_eq!(run(text), Err(EvaluationError::NoRows), "{text}");
        }
    }

    /// One-minute rows over one series `x`; `m` is a single value.
    struct Minute<'a> {
        values: &'a [f64],
        index: usize,
    }

    impl Context for Minute<'_> {
        fn value(&self, variable: usize) -> f64 {
            if variable == 0 { self.values[self.index] } else { 42.0 }
        }

        fn now(&self) -> i64 {
            0
        }

        fn row(&self) -> Option<Row> {
            let time = 60 * (seconds(self.index) + 1);
            Some(Row { index: self.index, time, step: 60, previous: UNKNOWN })
        }

        fn column(&self, variable: usize) -> Option<Column<'_>> {
            let column = Column {
                before: 0,
                values: self.values,
                step: 60,
                current: self.index,
                complete: true,
            };
            (variable == 0).then_some(column)
        }
    }

    fn seconds(index: usize) -> i64 {
        i64::try_from(index).unwrap()
    }

    /// The results of an expression over the series 1, 2, 4, 8, 16.
    fn rows(text: &str) -> Result<Vec<f64>, EvaluationError> {
        let variable = |name: &str| ["x", "m"].iter().position(|&known| known == name);
        let expression = Expression::parse(text, variable).unwrap();
        let values = [1.0, 2.0, 4.0, 8.0, 16.0];
        let mut evaluator = Evaluator::new();
        (0..values.len())
            .map(|index| evaluator.evaluate(&expression, &Minute { values: &values, index }))
            .collect()
    }

    #[test]
    fn prev_of_a_series_looks_one_row_back_and_of_a_value_nowhere() {
        assert_eq!(rows("PREV(x),UN,0,PREV(x),IF").unwrap(), [0.0, 1.0, 2.0, 4.0, 8.0]);
        assert_eq!(rows("PREV(m)").unwrap(), [42.0; 5]);
    }

    #[test]
    fn a_trend_waits_for_a_full_window() {
        assert_eq!(rows("x,120,TREND,UN").unwrap(), [1.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(rows("x,120,TREND,0,ADDNAN").unwrap(), [0.0, 1.5, 3.0, 6.0, 12.0]);
        assert_eq!(rows("x,-60,TREND").unwrap(), [1.0, 2.0, 4.0, 8.0, 16.0]);
    }

    #[test]
    fn series_are_needed_where_rows_are_looked_back_at() {
        for text in ["5,600,TREND,x,POP", "x,x,+,600,TREND", "m,600,TREND"] {
            assert_eq!(rows(text), Err(EvaluationError::MalformedTrend), "{text}");
        }
        for text in ["60,1,60,5,PREDICT", "60,1,60,m,PREDICT", "60,1,60,x,x,+,PREDICT"] {
            assert_eq!(rows(text), Err(EvaluationError::MalformedPredict), "{text}");
        }
    }

    #[test]
    fn predictions_name_what_they_can_not_do() {
        assert_eq!(rows("-60,1,60,x,PREDICT"), Err(EvaluationError::NegativeShift { shift: -60 }));
        assert_eq!(rows("-60,-2,60,x,PREDICT"), Err(EvaluationError::NegativeShift { shift: -60 }));
        let error = rows("60,1,60,101,x,PREDICTPERC").unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid percentage 101 of PREDICTPERC: expected -100 to 100"
        );
        assert_eq!(rows("1,60,x,PREDICT"), Err(EvaluationError::StackUnderflow));
        assert_eq!(rows("1e18,60,x,PREDICT"), Err(EvaluationError::StackUnderflow));
    }

    #[test]
    fn a_billion_equal_shifts_count_as_one_that_counts_often() {
        let once = rows("0,1,60,x,PREDICT,0,ADDNAN").unwrap();
        assert_eq!(rows("0,-1000000000,60,x,PREDICT,0,ADDNAN").unwrap(), once);
        let lowest = rows("0,1,60,0,x,PREDICTPERC,0,ADDNAN").unwrap();
        assert_eq!(rows("0,-1000000000,60,0,x,PREDICTPERC,0,ADDNAN").unwrap(), lowest);
    }

    proptest! {
        #[test]
        fn no_expression_makes_the_evaluator_panic(
            words in prop::collection::vec((0..Operator::all().count() + 12, -70.0..70.0_f64), 1..40)
        ) {
            let names = ["x", "m", "PREV(x)", "x", "1e18", "-1e18", "INF", "UNKN"];
            let text: Vec<String> = words
                .iter()
                .map(|&(word, number)| match (Operator::all().nth(word), names.get(word.wrapping_sub(Operator::all().count()))) {
                    (Some(operator), _) => operator.name().to_owned(),
                    (None, Some(name)) => (*name).to_owned(),
                    (None, None) => format!("{number:.2}"),
                })
                .collect();
            let _ = rows(&format!("{},", text.join(",")));
        }
    }
}
