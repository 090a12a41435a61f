//! Evaluates statements: fetches, computes and shifts all series, and computes all numbers.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rrd_core::number::truncate_to_i64;
use rrd_core::{TimeRange, Timestamp};

use crate::cdef::{CalculationError, Clock, Input, calculate};
use crate::data::{DataError, Databases, Gathering, Missing, Window};
use crate::rows::Rows;
use crate::statement::{Offset, Operand, Shift, Statement};
use crate::vdef::{Figure, figure};

/// Why the statements of a chart cannot be evaluated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// A definition does not result in a series.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A calculation does not result in a series.
    #[error(transparent)]
    Calculation(#[from] CalculationError),
    /// A PRINT of a series has no consolidation function.
    #[error("PRINT of the series {name} needs a consolidation function")]
    SeriesWithoutFunction {
        /// The name of the series.
        name: String,
    },
    /// A statement refers to an undefined name.
    #[error(r#"undefined name "{name}""#)]
    Undefined {
        /// The name.
        name: String,
    },
}

/// The values of the names in a chart.
#[derive(Clone, Debug)]
pub struct Evaluated {
    values: HashMap<String, Value>,
    range: TimeRange,
}

#[derive(Clone, Debug)]
enum Value {
    Series { rows: Arc<Rows>, shift: i64 },
    Figure(Figure),
}

/// What an operand shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// The same value at all times, possibly with its time.
    Figure(Figure),
    /// A series.
    Series(Arc<Rows>),
}

/// Fetches and computes everything that the statements define.
///
/// Definitions come first, then calculations, statistics and shifts in order.
pub fn evaluate(
    statements: &[Statement],
    window: Window,
    databases: &dyn Databases,
    missing: Missing,
    clock: Clock<'_>,
) -> Result<Evaluated, EvaluateError> {
    evaluate_with(statements, window, &mut Gathering::new(databases, missing), clock)
}

/// As [`evaluate`], with what was fetched before.
pub(crate) fn evaluate_with(
    statements: &[Statement],
    window: Window,
    gathering: &mut Gathering<'_>,
    clock: Clock<'_>,
) -> Result<Evaluated, EvaluateError> {
    let mut evaluated = Evaluated { values: HashMap::new(), range: window.range };
    let mut taken = HashSet::new();
    for statement in statements {
        match statement {
            Statement::Definition(definition) => {
                let rows = gathering.series(definition, window)?;
                if taken.insert(&definition.name) {
                    evaluated.add_series(&definition.name, rows);
                }
            }
            Statement::Calculation(calculation) => {
                taken.insert(&calculation.name);
            }
            Statement::Statistic(statistic) => {
                taken.insert(&statistic.name);
            }
            _ => {}
        }
    }
    for statement in statements {
        match statement {
            Statement::Calculation(calculation) => {
                let names = calculation.formula.variables().iter();
                let inputs = names.map(|name| evaluated.input(name)).collect::<Result<Vec<_>, _>>();
                let rows = calculate(&calculation.formula, &inputs?, clock)?;
                evaluated.add_series(&calculation.name, rows);
            }
            Statement::Statistic(statistic) => {
                let figure = figure(evaluated.rows(&statistic.series)?, statistic.function);
                evaluated.values.entry(statistic.name.clone()).or_insert(Value::Figure(figure));
            }
            Statement::Shift(shift) => evaluated.shift(shift)?,
            _ => {}
        }
    }
    Ok(evaluated)
}

impl Evaluated {
    /// The time range of the chart.
    pub fn range(&self) -> TimeRange {
        self.range
    }

    /// The series of a DEF or CDEF.
    pub fn series(&self, name: &str) -> Result<Arc<Rows>, EvaluateError> {
        match self.value(name)? {
            Value::Series { rows, .. } => Ok(Arc::clone(rows)),
            Value::Figure(_) => Err(undefined(name)),
        }
    }

    /// What an element shows.
    pub fn shown(&self, operand: &Operand) -> Result<Shown, EvaluateError> {
        match operand {
            Operand::Number(value) => Ok(Shown::Figure(Figure { value: *value, time: None })),
            Operand::Variable(name) => Ok(match self.value(name)? {
                Value::Figure(figure) => Shown::Figure(*figure),
                Value::Series { rows, .. } => Shown::Series(Arc::clone(rows)),
            }),
        }
    }

    /// The time of a VRULE: a number of seconds, or the time of a VDEF if it has one.
    pub fn moment(&self, operand: &Operand) -> Result<Option<Timestamp>, EvaluateError> {
        Ok(match (operand, self.shown(operand)?) {
            (Operand::Number(seconds), _) => {
                Some(Timestamp::from_seconds(truncate_to_i64(*seconds)))
            }
            (Operand::Variable(_), Shown::Figure(figure)) => figure.time,
            (Operand::Variable(name), Shown::Series(_)) => return Err(undefined(name)),
        })
    }

    fn value(&self, name: &str) -> Result<&Value, EvaluateError> {
        self.values.get(name).ok_or_else(|| undefined(name))
    }

    fn rows(&self, name: &str) -> Result<&Rows, EvaluateError> {
        match self.value(name)? {
            Value::Series { rows, .. } => Ok(rows),
            Value::Figure(_) => Err(undefined(name)),
        }
    }

    fn input(&self, name: &str) -> Result<Input<'_>, EvaluateError> {
        Ok(match self.value(name)? {
            Value::Series { rows, .. } => Input::Rows(rows),
            Value::Figure(figure) => Input::Figure(*figure),
        })
    }

    /// The first definition of a name is kept.
    fn add_series(&mut self, name: &str, rows: Rows) {
        let series = Value::Series { rows: Arc::new(rows), shift: 0 };
        self.values.entry(name.to_owned()).or_insert(series);
    }

    /// Shifts a series; a previous shift is undone, and the offset is rounded to whole rows.
    fn shift(&mut self, wanted: &Shift) -> Result<(), EvaluateError> {
        let seconds = match &wanted.offset {
            Offset::Seconds(seconds) => *seconds,
            Offset::Variable(name) => match self.value(name)? {
                Value::Figure(figure) => truncate_to_i64(figure.value),
                Value::Series { .. } => return Err(undefined(name)),
            },
        };
        match self.values.get_mut(&wanted.variable) {
            Some(Value::Series { rows, shift }) => {
                let step = i64::try_from(rows.step.seconds()).unwrap_or(i64::MAX);
                let new = seconds / step * step;
                let start = rows.start.seconds().saturating_sub(*shift).saturating_add(new);
                let start = Timestamp::from_seconds(start);
                *rows = Arc::new(Rows { start, ..Rows::clone(rows) });
                *shift = new;
                Ok(())
            }
            _ => Err(undefined(&wanted.variable)),
        }
    }
}

fn undefined(name: &str) -> EvaluateError {
    EvaluateError::Undefined { name: name.to_owned() }
}
