//! The value axis: the range shown, and where a value is on it.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged};
use rrd_core::number::{decimal_logarithm, power};

use super::ends::{from_zero, near_grid, of_logarithm, share_of_logarithm};
use super::scale::{Autoscale, ValueGrid, ValueScale};
use crate::number;
use crate::quantity::{Base, symbol};

/// The numbers that the ends of an axis are rounded to, in units of the largest power of the base.
const ROUND: [f64; 46] = [
    1000.0, 900.0, 800.0, 750.0, 700.0, 600.0, 500.0, 400.0, 300.0, 250.0, 200.0, 125.0, 100.0,
    90.0, 80.0, 75.0, 70.0, 60.0, 50.0, 40.0, 30.0, 25.0, 20.0, 10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0,
    3.5, 3.0, 2.5, 2.0, 1.8, 1.5, 1.2, 1.0, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1,
];

/// A range of values mapped to a length in pixels.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ValueAxis {
    pub(crate) lower: f64,
    pub(crate) upper: f64,
    pub(super) logarithmic: bool,
    /// Where a logarithmic axis that begins at zero is no longer linear; `None` for others.
    pub(super) knee: Option<f64>,
    pub(super) base: Base,
    /// The power of the base of the largest number, and the power used for labels.
    pub(super) magnitude: i32,
    pub(super) shown: i32,
    /// The prefix behind each label.
    pub(super) prefix: &'static str,
    pub(super) grid: ValueGrid,
}

impl ValueAxis {
    /// The axis for data between two values; `None` if all data are unknown.
    ///
    /// Widening follows RRDtool's rules, so that `value_min` and `value_max` agree, unless the axis
    /// is to end near grid lines.
    pub(crate) fn new(data: Option<(f64, f64)>, scale: &ValueScale) -> Self {
        let (mut lower, mut upper) = limits(data, scale);
        let mut knee = None;
        if scale.begins_logarithm_at_zero() {
            let Some((least, most)) = data.filter(|(_, most)| *most > 0.0) else {
                return Self::new(data, &ValueScale { logarithmic: false, ..scale.clone() });
            };
            let (end, linear) = of_logarithm(least, most);
            lower = 0.0;
            upper = scale.upper.filter(|upper| scale.rigid || *upper >= most).unwrap_or(end);
            knee = Some(linear.min(upper / 2.0));
        }
        let magnitude = scale.base.magnitude(lower.abs().max(upper.abs()));
        let shown = scale.exponent.map_or(magnitude, |exponent| exponent / 3);
        let mut axis = Self {
            lower,
            upper,
            logarithmic: scale.logarithmic,
            knee,
            base: scale.base,
            magnitude,
            shown,
            prefix: symbol(shown),
            grid: scale.grid,
        };
        if !scale.logarithmic && (!scale.rigid || scale.shrink) {
            axis.widen(scale);
        }
        axis
    }

    /// The end that is farther from zero.
    pub(crate) fn largest(&self) -> f64 {
        self.lower.abs().max(self.upper.abs())
    }

    /// The same axis with numbers in a power of the base, each followed by a prefix.
    pub(crate) fn shown_in(self, shown: i32, prefix: &'static str) -> Self {
        Self { shown, prefix, ..self }
    }

    fn widen(&mut self, scale: &ValueScale) {
        let unit = self.base.power(self.magnitude);
        let range = self.upper - self.lower;
        match (scale.grid, scale.autoscale) {
            (ValueGrid::Every { step, labels }, _) => {
                let step = step * f64::from(labels);
                self.lower = step * (self.lower / step).floor();
                self.upper = step * (self.upper / step).ceil();
            }
            (_, Autoscale::Tight) => {
                let largest = self.lower.abs().max(self.upper.abs());
                // Not scaled by the unit, so that `value_min` and `value_max` match RRDtool in
                // every digit.
                let least = 2.0 * power(10.0, decimal_logarithm(largest / unit).floor() - 2.0);
                let more = if range < least { (least - range) * 0.55 } else { range / 10.0 };
                self.lower -= more;
                self.upper += more;
            }
            (_, Autoscale::Grid) => {
                let (low, high) = near_grid((self.lower, self.upper), unit);
                // A limit that the data do not pass stays where it is.
                if scale.lower != Some(self.lower) {
                    self.lower = low;
                }
                if scale.upper != Some(self.upper) {
                    self.upper = high;
                }
            }
            (_, Autoscale::TightLower) => self.lower -= range / 10.0,
            (_, Autoscale::TightUpper) => self.upper += range / 10.0,
            (_, Autoscale::Round) => {
                let (low, high) = (self.lower / unit, self.upper / unit);
                for (larger, smaller) in ROUND.into_iter().zip(ROUND.into_iter().skip(1)) {
                    if (smaller..=larger).contains(&low) {
                        self.lower = smaller * unit;
                    }
                    if (-larger..=-smaller).contains(&low) {
                        self.lower = -larger * unit;
                    }
                    if (smaller..=larger).contains(&high) {
                        self.upper = larger * unit;
                    }
                    if (-larger..=-smaller).contains(&high) {
                        self.upper = -smaller * unit;
                    }
                }
            }
        }
    }

    /// Position of a value: 0 at the lower end, 1 at the upper end.
    pub(crate) fn share(&self, value: f64) -> f64 {
        if let Some(knee) = self.knee {
            return share_of_logarithm(value, self.upper, knee);
        }
        if self.logarithmic {
            if value < self.lower || value.is_nan() {
                return 0.0;
            }
            let [value, lower, upper] = [value, self.lower, self.upper].map(decimal_logarithm);
            return (value - lower) / (upper - lower);
        }
        (value - self.lower) / (self.upper - self.lower)
    }

    /// The base line of areas: zero, or the limit nearest to it.
    pub(crate) fn base_line(&self) -> f64 {
        0.0_f64.clamp(self.lower, self.upper.max(self.lower))
    }

    /// A value clamped for drawing: infinities to the limits, other values to nine ranges around
    /// the axis.
    pub(crate) fn clamped(&self, value: f64) -> f64 {
        if (self.lower..=self.upper).contains(&value) {
            return value;
        }
        if value == f64::INFINITY {
            return self.upper;
        }
        if value == f64::NEG_INFINITY {
            return self.lower;
        }
        let range = self.upper - self.lower;
        // `max` and `min` would turn NaN into a number.
        if value > self.upper + 9.0 * range {
            self.upper + 9.0 * range
        } else if value < self.lower - 9.0 * range {
            self.lower - 9.0 * range
        } else {
            value
        }
    }
}

/// The range before rounding: the data combined with the configured limits.
fn limits(data: Option<(f64, f64)>, scale: &ValueScale) -> (f64, f64) {
    let (mut smallest, largest) = match data {
        Some(range) if !scale.logarithmic || range.1 > 0.0 => range,
        _ if scale.logarithmic => (0.0, 5.1),
        _ => (0.0, 1.0),
    };
    let (mut from_smallest, mut from_largest) = (smallest, largest);
    if scale.logarithmic {
        if smallest <= 0.0 || !smallest.is_finite() {
            smallest = largest / 1e9;
        }
        (from_smallest, from_largest) = (smallest / 2.0, largest * 2.0);
    }
    let given = |limit: Option<f64>| limit.filter(|value| !value.is_nan());
    let mut lower = match given(scale.lower) {
        Some(lower) if scale.rigid || lower <= smallest => lower,
        _ => from_smallest,
    };
    let mut upper = match given(scale.upper) {
        Some(upper) if scale.rigid || upper >= largest => upper,
        _ => from_largest,
    };
    if scale.rigid && scale.shrink {
        if given(scale.lower).is_some_and(|lower| lower < smallest) {
            lower = from_smallest;
        }
        if upper > largest {
            upper = from_largest;
        }
    }
    if lower > upper {
        lower = if lower > 0.0 { 0.99 * upper } else { 1.01 * upper };
    }
    if scale.autoscale == Autoscale::Grid && !scale.logarithmic && almost_equal(lower, upper) {
        return from_zero(if lower.abs() > upper.abs() { lower } else { upper });
    }
    if almost_equal(lower, upper) {
        upper *= if upper > 0.0 { 1.01 } else { 0.99 };
        if almost_equal(upper, 0.0) {
            upper = 1.0;
        }
    }
    (lower, upper)
}

/// Whether two numbers differ by at most four units in the last place as 32-bit floats.
#[expect(clippy::cast_possible_truncation, reason = "the comparison is of 32-bit floats")]
fn almost_equal(a: f64, b: f64) -> bool {
    let ordered = |number: f64| {
        let bits = i64::from((number as f32).to_bits().cast_signed());
        if bits < 0 { i64::from(i32::MIN) - bits } else { bits }
    };
    (ordered(a) - ordered(b)).abs() <= 4
}

impl Ranged for ValueAxis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let (from, to) = (f64::from(limit.0), f64::from(limit.1));
        number::rounded(from + (to - from) * self.share(self.clamped(*value)))
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        let ticks = self.ticks(number::float(hint.max_num_points()), 1.0, None, None);
        ticks.major.into_iter().map(|(value, _)| value).collect()
    }

    fn range(&self) -> Range<f64> {
        self.lower..self.upper
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(low: f64, high: f64, scale: &ValueScale) -> ValueAxis {
        ValueAxis::new(Some((low, high)), scale)
    }

    #[test]
    fn ranges_are_widened_as_rrdtool_widens_them() {
        let cases = [
            (0.0, 1.0, 0.0, 1.0),
            (0.0, 42.5, 0.0, 50.0),
            (0.0, 101.0, 0.0, 125.0),
            (0.0, 999.0, 0.0, 1000.0),
            (0.0, 1001.0, 0.0, 1200.0),
            (-10.0, 20.0, -10.0, 20.0),
            (40.0, 41.0, 30.0, 50.0),
            (1.0, 1.0, 0.8, 1.2),
        ];
        for (low, high, lower, upper) in cases {
            let axis = axis(low, high, &ValueScale::classic());
            assert_eq!((axis.lower, axis.upper), (lower, upper), "{low} to {high}");
        }
    }

    #[test]
    fn a_rigid_axis_ends_at_its_limits_and_others_give_way_to_the_data() {
        let limits = |rigid| ValueScale {
            lower: Some(10.0),
            upper: Some(60.0),
            rigid,
            ..ValueScale::classic()
        };
        let ends = |scale: ValueScale| {
            let axis = axis(0.0, 100.0, &scale);
            (axis.lower, axis.upper)
        };
        assert_eq!(ends(limits(true)), (10.0, 60.0));
        assert_eq!(ends(limits(false)), (0.0, 100.0));
    }

    #[test]
    fn what_is_no_number_stays_none_and_infinities_lie_at_the_ends() {
        let axis = axis(0.0, 10.0, &ValueScale::classic());
        assert!(axis.clamped(f64::NAN).is_nan());
        assert_eq!(axis.clamped(f64::INFINITY), 10.0);
        assert_eq!(axis.clamped(1e300), 100.0);
    }
}
