//! How the value axis is scaled and labelled, as the author of a chart says it.

use std::fmt;
use std::sync::Arc;

use super::si_prefix::Base;

/// How the value axis is scaled.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ValueScale {
    /// The lowest value to show; data below it widen the axis unless it is rigid.
    pub lower: Option<f64>,
    /// The highest value to show; data above it widen the axis unless it is rigid.
    pub upper: Option<f64>,
    /// Whether data beyond the limits are cut off instead of widening the axis.
    pub rigid: bool,
    /// Whether a rigid axis may become shorter than its limits when the data are.
    pub shrink: bool,
    /// How the axis is rounded beyond the data.
    pub autoscale: Autoscale,
    /// Whether equal distances are equal factors.
    pub logarithmic: bool,
    /// The power of ten that labels are scaled by, instead of the one that suits the data.
    pub exponent: Option<i32>,
    /// How many of a unit make the next.
    pub base: Base,
    /// Where lines and labels lie.
    pub grid: ValueGrid,
}

/// How the ends of an axis are rounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Autoscale {
    /// To round numbers.
    #[default]
    Round,
    /// To the next lines of the grid.
    Grid,
    /// A tenth of the data's range more at both ends: for small changes of large values.
    Tight,
    /// A tenth more at the lower end only.
    TightLower,
    /// A tenth more at the upper end only.
    TightUpper,
}

/// Where the lines of the value axis lie.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum ValueGrid {
    /// At round numbers, as many as fit.
    #[default]
    Auto,
    /// Nowhere, and no labels.
    None,
    /// At all multiples of `step`, with a label at each `labels`th.
    Every {
        /// The distance of two lines, above 0.
        step: f64,
        /// Labels at every so many lines, at least 1.
        labels: u32,
    },
    /// At round numbers, more of them: for axes that do not begin at zero.
    Dense,
}

/// A function that writes the labels of an axis in place of numbers with SI prefixes.
#[derive(Clone)]
pub struct LabelFormat {
    write: Arc<dyn Fn(f64) -> String + Send + Sync>,
    scaled: bool,
}

impl LabelFormat {
    /// Labels written by a function of the value.
    pub fn new(write: impl Fn(f64) -> String + Send + Sync + 'static) -> Self {
        Self { write: Arc::new(write), scaled: false }
    }

    /// Labels written by a function of the value divided by the power of the base that the left axis is shown in: of
    /// 2.5 for 2500 where others read `2.5 k`. A right axis has the value as it is.
    pub fn scaled(write: impl Fn(f64) -> String + Send + Sync + 'static) -> Self {
        Self { scaled: true, ..Self::new(write) }
    }

    pub(crate) fn write(&self, value: f64) -> String {
        (self.write)(value)
    }

    /// The label of a left axis whose numbers are shown in `unit`.
    pub(crate) fn write_in(&self, value: f64, unit: f64) -> String {
        self.write(if self.scaled { value / unit } else { value })
    }
}

impl fmt::Debug for LabelFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LabelFormat(..)")
    }
}

/// A second axis at the right whose numbers are `value * scale + shift`.
#[derive(Clone, Debug)]
pub struct RightAxis {
    /// What the left numbers are multiplied by, not 0.
    pub scale: f64,
    /// What is then added.
    pub shift: f64,
    /// How its numbers are written.
    pub format: Option<LabelFormat>,
}
