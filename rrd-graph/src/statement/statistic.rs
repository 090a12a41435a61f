//! VDEF: one number computed from a series. The computation is in `vdef`.

use std::fmt;

use rrd_core::number;

use super::calculation::named_expression;
use super::scope::{NameKind, Scope};
use super::text::escape;
use super::{StatementError, pieces::Pieces};

/// Limit on the length of a percentage, in characters.
const MAX_NUMBER_LENGTH: usize = 40;
/// Limit on the length of a function name, in characters.
const MAX_FUNCTION_LENGTH: usize = 29;

/// One number computed from all rows of a series: `VDEF:name=series,function`.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistic {
    /// The name for later statements.
    pub name: String,
    /// The name of a DEF or CDEF.
    pub series: String,
    /// The function to compute.
    pub function: StatisticFunction,
}

/// The functions of VDEF. "Finite" excludes unknown rows and infinities.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum StatisticFunction {
    /// The largest row, with the time of its end.
    Maximum,
    /// The smallest row, with the time of its end.
    Minimum,
    /// The mean of the finite rows.
    Average,
    /// The standard deviation of the finite rows.
    StandardDeviation,
    /// The first known row, with the time of its start.
    First,
    /// The last known row, with the time of its end.
    Last,
    /// The sum of the finite rows, each multiplied by its length in seconds.
    Total,
    /// The value that this percentage (0 to 100) of all rows does not exceed; unknown rows rank
    /// lowest.
    Percent(f64),
    /// The same for known rows only.
    PercentOfKnown(f64),
    /// The slope of the least-squares line, per row.
    Slope,
    /// The value of that line at the first row.
    Intercept,
    /// How well that line fits, -1 to 1 (correlation coefficient).
    Correlation,
}

impl StatisticFunction {
    /// The name in RRDtool's grammar.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Maximum => "MAXIMUM",
            Self::Minimum => "MINIMUM",
            Self::Average => "AVERAGE",
            Self::StandardDeviation => "STDEV",
            Self::First => "FIRST",
            Self::Last => "LAST",
            Self::Total => "TOTAL",
            Self::Percent(_) => "PERCENT",
            Self::PercentOfKnown(_) => "PERCENTNAN",
            Self::Slope => "LSLSLOPE",
            Self::Intercept => "LSLINT",
            Self::Correlation => "LSLCORREL",
        }
    }

    /// The number before the name.
    pub const fn parameter(self) -> Option<f64> {
        match self {
            Self::Percent(share) | Self::PercentOfKnown(share) => Some(share),
            _ => None,
        }
    }

    /// The function with this name and the number before it; `statistic` is the VDEF's name for
    /// errors.
    fn new(
        function: &str,
        parameter: Option<f64>,
        statistic: &str,
    ) -> Result<Self, StatementError> {
        let known = [
            Self::Maximum,
            Self::Minimum,
            Self::Average,
            Self::StandardDeviation,
            Self::First,
            Self::Last,
            Self::Total,
            Self::Percent(parameter.unwrap_or_default()),
            Self::PercentOfKnown(parameter.unwrap_or_default()),
            Self::Slope,
            Self::Intercept,
            Self::Correlation,
        ];
        let name = statistic.to_owned();
        let Some(found) = known.into_iter().find(|known| known.name() == function) else {
            return Err(StatementError::UnknownFunction { function: function.to_owned(), name });
        };
        match (found.parameter(), parameter) {
            (Some(_), None) => {
                Err(StatementError::MissingParameter { function: found.name(), name })
            }
            (None, Some(_)) => {
                Err(StatementError::NeedlessParameter { function: found.name(), name })
            }
            (Some(share), Some(_)) if !(0.0..=100.0).contains(&share) => {
                Err(StatementError::ParameterOutOfRange { parameter: share, name })
            }
            _ => Ok(found),
        }
    }
}

impl Statistic {
    /// Parses what follows `VDEF`.
    pub(super) fn parse(pieces: &mut Pieces, scope: &Scope) -> Result<Self, StatementError> {
        let (name, expression) = named_expression(pieces)?;
        scope.require_free(&name)?;
        let Some((series, rest)) = expression.split_once(',') else {
            return Err(StatementError::MissingComma { expression });
        };
        let series = series.to_owned();
        match scope.kind(&series) {
            Some(NameKind::Series) => {}
            Some(NameKind::Number) => {
                return Err(StatementError::StatisticOfNumber { name: series, expression });
            }
            None => return Err(StatementError::StatisticOfUnknown { name: series, expression }),
        }
        let function = function(rest, &name)?;
        Ok(Self { name, series, function })
    }
}

impl fmt::Display for Statistic {
    /// The statement in RRDtool's grammar.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VDEF:vname={}:rpn={},", escape(&self.name), escape(&self.series))?;
        if let Some(parameter) = self.function.parameter() {
            write!(f, "{parameter},")?;
        }
        f.write_str(self.function.name())
    }
}

/// Parses `FUNCTION` or `number,FUNCTION`. After a number the function ends with its last capital;
/// anything after it is ignored.
fn function(text: &str, statistic: &str) -> Result<StatisticFunction, StatementError> {
    let numeric = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | '+' | '-');
    let capitals =
        |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_uppercase()).len();
    let (parameter, after) = text.split_at(text.len() - text.trim_start_matches(numeric).len());
    let number =
        (1..=MAX_NUMBER_LENGTH).contains(&parameter.len()).then(|| number::parse(parameter));
    match number {
        Some(Ok(parameter)) => {
            let after = after.strip_prefix(',').unwrap_or_default();
            let name = after.get(..capitals(after).min(MAX_FUNCTION_LENGTH)).unwrap_or_default();
            StatisticFunction::new(name, Some(parameter), statistic)
        }
        _ if capitals(text) == text.len() && text.len() <= MAX_FUNCTION_LENGTH => {
            StatisticFunction::new(text, None, statistic)
        }
        _ => Err(StatementError::MalformedFunction {
            text: text.to_owned(),
            name: statistic.to_owned(),
        }),
    }
}
