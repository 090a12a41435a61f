//! Options for the scale and labels of the value axis.

use std::fmt;
use std::sync::Arc;

use crate::number_format::{NumberFormat, Unit, UnitPrefix};
use crate::quantity::Base;

/// How the value axis is scaled.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ValueScale {
    /// The lowest value to show; lower data widen the axis unless it is rigid.
    pub lower: Option<f64>,
    /// The highest value to show; higher data widen the axis unless it is rigid.
    pub upper: Option<f64>,
    /// Whether data beyond the limits are clipped instead of widening the axis.
    pub rigid: bool,
    /// Whether a rigid axis may become shorter than its limits if the data do not reach them.
    pub shrink: bool,
    /// How the ends of the axis are rounded.
    pub autoscale: Autoscale,
    /// Whether the axis is logarithmic.
    pub logarithmic: bool,
    /// The power of ten that labels are scaled by; chosen from the data if `None`.
    pub exponent: Option<i32>,
    /// The factor from one unit prefix to the next.
    pub base: Base,
    /// Where grid lines and labels are.
    pub grid: ValueGrid,
}

impl ValueScale {
    /// The scale of `rrdtool graph`: its ends are round numbers.
    pub fn classic() -> Self {
        Self { autoscale: Autoscale::Round, ..Self::default() }
    }

    /// The lowest and the highest value to show; data beyond them widen the axis unless it is
    /// rigid.
    ///
    /// ```
    /// use rrd_graph::ValueScale;
    /// let share = ValueScale::default().limits(0.0, 1.0).rigid(true);
    /// assert_eq!(share.upper, Some(1.0));
    /// ```
    #[must_use]
    pub fn limits(self, lower: impl Into<Option<f64>>, upper: impl Into<Option<f64>>) -> Self {
        Self { lower: lower.into(), upper: upper.into(), ..self }
    }

    /// Whether data beyond the limits are cut off instead of widening the axis.
    #[must_use]
    pub fn rigid(self, rigid: bool) -> Self {
        Self { rigid, ..self }
    }

    /// Whether equal distances are equal factors.
    #[must_use]
    pub fn logarithmic(self, logarithmic: bool) -> Self {
        Self { logarithmic, ..self }
    }

    /// Whether a logarithmic axis begins at zero instead of above it.
    pub(crate) fn begins_logarithm_at_zero(&self) -> bool {
        let is_low = self.lower.is_none_or(|lower| lower <= 0.0 || lower.is_nan());
        self.logarithmic && self.autoscale == Autoscale::Grid && is_low
    }

    /// Whether both ends are given.
    pub(crate) fn has_limits(&self) -> bool {
        [self.lower, self.upper].into_iter().all(|limit| limit.is_some_and(f64::is_finite))
    }

    /// How many of a unit make the next.
    #[must_use]
    pub fn base(self, base: Base) -> Self {
        Self { base, ..self }
    }
}

/// How the ends of an axis are rounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Autoscale {
    /// To round numbers, as RRDtool does.
    Round,
    /// To the next grid lines, or between two of them where that would leave more than 15 % of the
    /// axis empty. A logarithmic axis begins at zero, and is linear up to the decade of the least
    /// value.
    #[default]
    Grid,
    /// A tenth of the data's range is added at both ends: for small changes of large values.
    Tight,
    /// A tenth is added at the lower end only.
    TightLower,
    /// A tenth is added at the upper end only.
    TightUpper,
}

/// Where the grid lines of the value axis are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum ValueGrid {
    /// At round numbers, as many as fit.
    #[default]
    Auto,
    /// No lines and no labels.
    None,
    /// At all multiples of `step`, with a label at every `labels`-th line.
    Every {
        /// The distance between two lines, above 0.
        step: f64,
        /// One label per this many lines, at least 1.
        labels: u32,
    },
    /// At round numbers, but more of them: for axes that do not begin at zero.
    Dense,
}

/// How axis labels are written, instead of as numbers with SI prefixes.
#[derive(Clone)]
pub struct LabelFormat(Labels);

#[derive(Clone)]
enum Labels {
    Written(Arc<dyn Fn(f64) -> String + Send + Sync>),
    Numbers(NumberFormat),
}

impl LabelFormat {
    /// Labels written by a function of the value.
    pub fn new(write: impl Fn(f64) -> String + Send + Sync + 'static) -> Self {
        Self(Labels::Written(Arc::new(write)))
    }

    /// Labels in a number format.
    ///
    /// With `%s` each label has the prefix that suits it, with `%S` all have that of the axis. With
    /// neither, the left axis shows what is before its prefix, 2.5 where the default label is
    /// `2.5 k`, and the right axis shows its values as they are.
    pub fn numbers(format: NumberFormat) -> Self {
        Self(Labels::Numbers(format))
    }

    /// The label of a left axis whose numbers are shown in a power of the base.
    pub(crate) fn left(&self, value: f64, shown: i32, base: Base) -> String {
        self.write(value, Unit::of_power(shown, base.number()), base, true)
    }

    /// The label of a right axis whose largest number has this power of the base.
    pub(crate) fn right(&self, value: f64, shown: i32, base: Base) -> String {
        self.write(value, Unit::of_power(shown, base.number()), base, false)
    }

    fn write(&self, value: f64, shared: Unit, base: Base, is_left: bool) -> String {
        match &self.0 {
            Labels::Written(write) => write(value),
            Labels::Numbers(format) => {
                let unit = match format.unit_prefix() {
                    Some(UnitPrefix::Own) => Unit::suiting(value, base.number()),
                    Some(UnitPrefix::Shared) => shared,
                    None if is_left => shared,
                    None => Unit::ONE,
                };
                format.write(value, unit)
            }
        }
    }
}

impl fmt::Debug for LabelFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LabelFormat(..)")
    }
}

/// A second axis on the right whose numbers are `value * scale + shift`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RightAxis {
    /// The factor for the numbers of the left axis, not 0.
    pub scale: f64,
    /// The amount added after scaling.
    pub shift: f64,
    /// How its numbers are formatted.
    pub format: Option<LabelFormat>,
}

impl RightAxis {
    /// An axis of numbers `value * scale + shift`; `scale` is not 0.
    pub fn new(scale: f64, shift: f64) -> Self {
        Self { scale, shift, format: None }
    }

    /// How its numbers are written.
    #[must_use]
    pub fn format(self, format: impl Into<Option<LabelFormat>>) -> Self {
        Self { format: format.into(), ..self }
    }
}
