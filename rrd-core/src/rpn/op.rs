//! The operators: their names in text and their numbers in files. `eval` and `history` implement
//! them.

use std::fmt;
use std::str::FromStr;

use crate::unknown_name::UnknownName;

/// An operator of an expression. In the stack diagrams the top is on the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operator {
    /// INF: → +∞.
    Infinity,
    /// PREV: → the result of the previous row.
    Previous,
    /// NEGINF: → -∞.
    NegativeInfinity,
    /// UNKN: → unknown.
    Unknown,
    /// NOW: → the current time in seconds.
    Now,
    /// TIME: → the time of the row.
    Time,
    /// +: `x y` → x + y.
    Add,
    /// %: `x y` → the remainder of x / y, with the sign of x.
    Modulo,
    /// -: `x y` → x - y.
    Subtract,
    /// *: `x y` → x · y.
    Multiply,
    /// /: `x y` → x / y.
    Divide,
    /// SIN: `x` → sine of radians.
    Sine,
    /// DUP: `x` → x x.
    Duplicate,
    /// EXC: `x y` → y x.
    Exchange,
    /// POP: `x` → nothing.
    Pop,
    /// COS: `x` → cosine of radians.
    Cosine,
    /// LOG: `x` → natural logarithm.
    Logarithm,
    /// EXP: `x` → e^x.
    Exponential,
    /// LT: `x y` → 1 if x < y, else 0.
    Less,
    /// LE: `x y` → 1 if x ≤ y, else 0.
    LessOrEqual,
    /// GT: `x y` → 1 if x > y, else 0.
    Greater,
    /// GE: `x y` → 1 if x ≥ y, else 0.
    GreaterOrEqual,
    /// EQ: `x y` → 1 if equal, else 0.
    Equal,
    /// IF: `c a b` → b if c is 0 or unknown, else a.
    If,
    /// MIN: `x y` → the smaller; unknown if either is.
    Minimum,
    /// MAX: `x y` → the larger; unknown if either is.
    Maximum,
    /// LIMIT: `x low high` → x if within the limits, else unknown.
    Limit,
    /// FLOOR: `x` → the largest integer not above x.
    Floor,
    /// CEIL: `x` → the smallest integer not below x.
    Ceiling,
    /// UN: `x` → 1 if unknown, else 0.
    IsUnknown,
    /// LTIME: → the time of the row, as if local time were UTC.
    LocalTime,
    /// NE: `x y` → 1 if different, else 0.
    NotEqual,
    /// ISINF: `x` → 1 if ±∞, else 0.
    IsInfinite,
    /// COUNT: → the number of the row, from 1.
    Count,
    /// ATAN: `x` → arc tangent in radians.
    ArcTangent,
    /// SQRT: `x` → square root.
    SquareRoot,
    /// SORT: `x1 … xn n` → sorted, the largest on top.
    Sort,
    /// REV: `x1 … xn n` → `xn … x1`.
    Reverse,
    /// TREND: `x window` → mean of the rows in the window; unknown if any is.
    Trend,
    /// TRENDNAN: `x window` → mean of the known rows in the window.
    TrendOfKnown,
    /// ATAN2: `y x` → the angle of the point (x, y) in radians.
    ArcTangent2,
    /// RAD2DEG: `x` → radians to degrees.
    ToDegrees,
    /// DEG2RAD: `x` → degrees to radians.
    ToRadians,
    /// PREDICT: `shifts… n window x` → mean of x in earlier windows.
    Predict,
    /// PREDICTSIGMA: `shifts… n window x` → standard deviation of x in earlier windows.
    PredictDeviation,
    /// AVG: `x1 … xn n` → mean of the known values.
    Average,
    /// ABS: `x` → absolute value.
    Absolute,
    /// ADDNAN: `x y` → the sum; an unknown operand counts as 0.
    AddKnown,
    /// MINNAN: `x y` → the smaller of the known operands.
    MinimumOfKnown,
    /// MAXNAN: `x y` → the larger of the known operands.
    MaximumOfKnown,
    /// MEDIAN: `x1 … xn n` → median of the known values.
    Median,
    /// PREDICTPERC: `shifts… n window percent x` → percentile of x in earlier windows.
    PredictPercentile,
    /// DEPTH: → the number of values on the stack.
    Depth,
    /// COPY: `x1 … xn n` → all of them twice.
    Copy,
    /// ROLL: `x1 … xn n m` → rotated upwards by m.
    Roll,
    /// INDEX: `… x2 x1 i` → `… x2 x1 xi`.
    Index,
    /// STEPWIDTH: → the step of the rows in seconds.
    StepWidth,
    /// NEWDAY: → 1 in the first row of a local day, else 0.
    NewDay,
    /// NEWWEEK: → 1 in the first row of a local week, else 0.
    NewWeek,
    /// NEWMONTH: → 1 in the first row of a local month, else 0.
    NewMonth,
    /// NEWYEAR: → 1 in the first row of a local year, else 0.
    NewYear,
    /// SMIN: `x1 … xn n` → the smallest known value.
    SmallestOf,
    /// SMAX: `x1 … xn n` → the largest known value.
    LargestOf,
    /// STDEV: `x1 … xn n` → sample standard deviation of the known values.
    Deviation,
    /// PERCENT: `x1 … xn p n` → the value that p percent of the values do not exceed.
    Percentile,
    /// POW: `x y` → x to the power of y.
    Power,
    /// ROUND: `x` → nearest integer, halves away from zero.
    Round,
}

/// Every operator with its name and its number in packed expressions. An operator that RRDtool
/// lacks has no number: RRDtool could not read a file with it, so COMPUTE refuses it.
const TABLE: [(Operator, &str, Option<u8>); 67] = [
    (Operator::Infinity, "INF", Some(2)),
    (Operator::Previous, "PREV", Some(3)),
    (Operator::NegativeInfinity, "NEGINF", Some(4)),
    (Operator::Unknown, "UNKN", Some(5)),
    (Operator::Now, "NOW", Some(6)),
    (Operator::Time, "TIME", Some(7)),
    (Operator::Add, "+", Some(8)),
    (Operator::Modulo, "%", Some(9)),
    (Operator::Subtract, "-", Some(10)),
    (Operator::Multiply, "*", Some(11)),
    (Operator::Divide, "/", Some(12)),
    (Operator::Sine, "SIN", Some(13)),
    (Operator::Duplicate, "DUP", Some(14)),
    (Operator::Exchange, "EXC", Some(15)),
    (Operator::Pop, "POP", Some(16)),
    (Operator::Cosine, "COS", Some(17)),
    (Operator::Logarithm, "LOG", Some(18)),
    (Operator::Exponential, "EXP", Some(19)),
    (Operator::Less, "LT", Some(20)),
    (Operator::LessOrEqual, "LE", Some(21)),
    (Operator::Greater, "GT", Some(22)),
    (Operator::GreaterOrEqual, "GE", Some(23)),
    (Operator::Equal, "EQ", Some(24)),
    (Operator::If, "IF", Some(25)),
    (Operator::Minimum, "MIN", Some(26)),
    (Operator::Maximum, "MAX", Some(27)),
    (Operator::Limit, "LIMIT", Some(28)),
    (Operator::Floor, "FLOOR", Some(29)),
    (Operator::Ceiling, "CEIL", Some(30)),
    (Operator::IsUnknown, "UN", Some(31)),
    (Operator::LocalTime, "LTIME", Some(33)),
    (Operator::NotEqual, "NE", Some(34)),
    (Operator::IsInfinite, "ISINF", Some(35)),
    (Operator::Count, "COUNT", Some(37)),
    (Operator::ArcTangent, "ATAN", Some(38)),
    (Operator::SquareRoot, "SQRT", Some(39)),
    (Operator::Sort, "SORT", Some(40)),
    (Operator::Reverse, "REV", Some(41)),
    (Operator::Trend, "TREND", Some(42)),
    (Operator::TrendOfKnown, "TRENDNAN", Some(43)),
    (Operator::ArcTangent2, "ATAN2", Some(44)),
    (Operator::ToDegrees, "RAD2DEG", Some(45)),
    (Operator::ToRadians, "DEG2RAD", Some(46)),
    (Operator::Predict, "PREDICT", Some(47)),
    (Operator::PredictDeviation, "PREDICTSIGMA", Some(48)),
    (Operator::Average, "AVG", Some(49)),
    (Operator::Absolute, "ABS", Some(50)),
    (Operator::AddKnown, "ADDNAN", Some(51)),
    (Operator::MinimumOfKnown, "MINNAN", Some(52)),
    (Operator::MaximumOfKnown, "MAXNAN", Some(53)),
    (Operator::Median, "MEDIAN", Some(54)),
    (Operator::PredictPercentile, "PREDICTPERC", Some(55)),
    (Operator::Depth, "DEPTH", Some(56)),
    (Operator::Copy, "COPY", Some(57)),
    (Operator::Roll, "ROLL", Some(58)),
    (Operator::Index, "INDEX", Some(59)),
    (Operator::StepWidth, "STEPWIDTH", Some(60)),
    (Operator::NewDay, "NEWDAY", Some(61)),
    (Operator::NewWeek, "NEWWEEK", Some(62)),
    (Operator::NewMonth, "NEWMONTH", Some(63)),
    (Operator::NewYear, "NEWYEAR", Some(64)),
    (Operator::SmallestOf, "SMIN", Some(65)),
    (Operator::LargestOf, "SMAX", Some(66)),
    (Operator::Deviation, "STDEV", Some(67)),
    (Operator::Percentile, "PERCENT", Some(68)),
    (Operator::Power, "POW", Some(69)),
    (Operator::Round, "ROUND", Some(70)),
];

impl Operator {
    /// Every operator.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|&(operator, ..)| operator)
    }

    /// The operator's name in expressions.
    ///
    /// ```
    /// use rrd_core::rpn::Operator;
    /// assert_eq!(Operator::Add.name(), "+");
    /// assert_eq!("STEPWIDTH".parse(), Ok(Operator::StepWidth));
    /// assert!("stepwidth".parse::<Operator>().is_err());
    /// ```
    pub fn name(self) -> &'static str {
        self.entry().1
    }

    /// The operator with this name; names are case-sensitive.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        TABLE.iter().find(|entry| entry.1 == name).map(|entry| entry.0)
    }

    /// The operator's number in packed expressions; `None` if RRDtool lacks it.
    pub(super) fn number(self) -> Option<u8> {
        self.entry().2
    }

    /// The operator with this number.
    pub(super) fn from_number(number: u8) -> Option<Self> {
        TABLE.iter().find(|entry| entry.2 == Some(number)).map(|entry| entry.0)
    }

    /// Whether the operator needs the current row, its time or earlier rows, which a COMPUTE data
    /// source does not have.
    pub(super) const fn needs_rows(self) -> bool {
        self.looks_back()
            || matches!(
                self,
                Self::Time
                    | Self::LocalTime
                    | Self::StepWidth
                    | Self::Previous
                    | Self::NewDay
                    | Self::NewWeek
                    | Self::NewMonth
                    | Self::NewYear
                    | Self::Count
            )
    }

    /// Whether the operator looks back over a series, which an item before it names.
    pub(super) const fn looks_back(self) -> bool {
        matches!(
            self,
            Self::Trend
                | Self::TrendOfKnown
                | Self::Predict
                | Self::PredictDeviation
                | Self::PredictPercentile
        )
    }

    /// Whether the operator takes as many values as the one on top says, or the one below that.
    pub(super) const fn takes_count(self) -> bool {
        matches!(
            self,
            Self::Sort
                | Self::Reverse
                | Self::Average
                | Self::Median
                | Self::Copy
                | Self::Roll
                | Self::Index
                | Self::SmallestOf
                | Self::LargestOf
                | Self::Deviation
                | Self::Percentile
        )
    }

    fn entry(self) -> (Self, &'static str, Option<u8>) {
        let index = self as usize;
        TABLE[index]
    }
}

impl AsRef<str> for Operator {
    fn as_ref(&self) -> &str {
        self.name()
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Operator {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let expected = "one such as +, DUP or STEPWIDTH";
        Self::from_name(name).ok_or_else(|| UnknownName::new("operator", name, expected))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_operators() {
        for (index, (operator, ..)) in TABLE.into_iter().enumerate() {
            assert_eq!(operator as usize, index);
        }
    }

    #[test]
    fn names_and_numbers_lead_back() {
        for operator in Operator::all() {
            assert_eq!(Operator::from_name(operator.name()), Some(operator));
            if let Some(number) = operator.number() {
                assert_eq!(Operator::from_number(number), Some(operator));
            }
        }
    }

    #[test]
    fn numbers_of_items_that_are_no_operators_are_free() {
        for number in [0, 1, 32, 36, 71, 255] {
            assert_eq!(Operator::from_number(number), None);
        }
    }
}
