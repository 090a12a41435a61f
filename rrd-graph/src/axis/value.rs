//! The value axis: the range shown, the positions of lines and their labels.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged};
use rrd_core::number::{decimal_logarithm, power};

use super::scale::{Autoscale, LabelFormat, ValueGrid, ValueScale};
use super::si_prefix::{Base, symbol};
use crate::number;

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
    logarithmic: bool,
    base: Base,
    /// The power of the base of the largest number, and the power used for labels.
    magnitude: i32,
    shown: i32,
    grid: ValueGrid,
}

/// Lines and labels of a value axis, in ascending order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ValueTicks {
    pub(crate) minor: Vec<f64>,
    pub(crate) major: Vec<(f64, String)>,
}

impl ValueAxis {
    /// The axis for data between two values; `None` if all data are unknown.
    ///
    /// Widening follows RRDtool's rules, so that `value_min` and `value_max` agree.
    pub(crate) fn new(data: Option<(f64, f64)>, scale: &ValueScale) -> Self {
        let (lower, upper) = limits(data, scale);
        let largest = lower.abs().max(upper.abs());
        let magnitude = scale.base.magnitude(largest);
        let shown = scale.exponent.map_or(magnitude, |exponent| exponent / 3);
        let mut axis = Self {
            lower,
            upper,
            logarithmic: scale.logarithmic,
            base: scale.base,
            magnitude,
            shown,
            grid: scale.grid,
        };
        if !scale.logarithmic && (!scale.rigid || scale.shrink) {
            axis.widen(scale);
        }
        axis
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
                let step = round_step(range / unit / 6.0).0 * unit;
                // Data that end on a grid line need no further one.
                let edge = step * 1e-9;
                self.lower = step * ((self.lower + edge) / step).floor();
                self.upper = step * ((self.upper - edge) / step).ceil();
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

    /// The lines for an axis of `height` pixels whose labels are `line` pixels high.
    pub(crate) fn ticks(
        &self,
        height: f64,
        line: f64,
        si: bool,
        format: Option<&LabelFormat>,
    ) -> ValueTicks {
        let usable = self.lower.is_finite() && self.upper.is_finite() && self.upper > self.lower;
        if !usable || self.grid == ValueGrid::None || height < 1.0 {
            return ValueTicks::default();
        }
        if self.logarithmic {
            self.decades(height, line, si)
        } else {
            self.multiples(height, line, format)
        }
    }

    fn multiples(&self, height: f64, line: f64, format: Option<&LabelFormat>) -> ValueTicks {
        let range = self.upper - self.lower;
        let room = match self.grid {
            ValueGrid::Dense => line * 1.2,
            _ => (height / 8.0).clamp(line * 1.3, line * 3.5),
        };
        let unit = self.base.power(self.magnitude);
        let (step, labels) = if let ValueGrid::Every { step, labels } = self.grid {
            (step, f64::from(labels.max(1)))
        } else {
            let (major, parts) = round_step(range / unit * room / height);
            let parts = if height * major * unit / range / parts >= 7.0 { parts } else { 1.0 };
            (major * unit / parts, parts)
        };
        // A grid finer than the pixels is omitted.
        if step.is_nan() || step <= 0.0 || range / step > height {
            return ValueTicks::default();
        }
        let edge = step * 1e-6;
        let mut ticks = ValueTicks::default();
        let mut index = ((self.lower - edge) / step).ceil();
        while index * step <= self.upper + edge {
            // Adding zero turns minus zero into zero.
            let value = index * step + 0.0;
            if index.rem_euclid(labels) == 0.0 {
                let text = format.map_or_else(
                    || labelled(value, step * labels, self.base, self.shown),
                    |format| format.write_in(value, self.base.power(self.shown)),
                );
                ticks.major.push((value, text));
            } else {
                ticks.minor.push(value);
            }
            index += 1.0;
        }
        ticks
    }

    fn decades(&self, height: f64, line: f64, si: bool) -> ValueTicks {
        let per_decade = height / decimal_logarithm(self.upper / self.lower);
        let room = line * 1.3;
        let skip = (room / per_decade).ceil().max(1.0);
        let rows: &[&[f64]] = &[
            &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0],
            &[1.0, 2.0, 5.0],
            &[1.0, 3.0],
            &[1.0],
        ];
        let fits = |row: &&&[f64]| {
            row.iter()
                .zip(row.iter().skip(1).chain(&[10.0]))
                .all(|(a, b)| per_decade * decimal_logarithm(b / a) >= room)
        };
        let labelled: &[f64] = rows.iter().find(fits).copied().unwrap_or(&[1.0]);
        let mut ticks = ValueTicks::default();
        let first = number::whole(decimal_logarithm(self.lower).floor());
        let last = number::whole(decimal_logarithm(self.upper).ceil());
        for exponent in first..=last {
            let at_decade = f64::from(exponent).rem_euclid(skip) == 0.0;
            for digit in 1..=9 {
                let digit = f64::from(digit);
                // Formatted and parsed, so that 3 * 10^-1 is exactly the number written 0.3.
                let value: f64 = format!("{digit}e{exponent}").parse().unwrap_or(f64::NAN);
                if !(self.lower * 0.999_999..=self.upper * 1.000_001).contains(&value) {
                    continue;
                }
                if at_decade && labelled.contains(&digit) {
                    ticks.major.push((value, log_label(value, exponent, digit, si)));
                } else if per_decade * 0.1 >= 2.0 || (digit == 1.0 && per_decade >= 4.0) {
                    ticks.minor.push(value);
                }
            }
        }
        ticks
    }
}

/// A number scaled by a power of the base, with as many decimals as the distance between labels
/// needs.
pub(crate) fn labelled(value: f64, step: f64, base: Base, exponent: i32) -> String {
    let unit = base.power(exponent);
    // Repeated addition of the step may leave a tiny remainder instead of zero.
    let value = if value.abs() < step * 1e-6 { 0.0 } else { value };
    // Steps such as 2.5 need one decimal more than their power of ten shows.
    let mut decimals = number::count(-decimal_floor(step / unit)).min(12);
    let digits = step / unit * power(10.0, number::float(decimals));
    if (digits - digits.round()).abs() > 1e-6 * digits.abs() {
        decimals += 1;
    }
    let text = format!("{:.decimals$}", value / unit);
    match symbol(exponent) {
        letter if letter.is_empty() || value == 0.0 => text,
        letter => format!("{text} {letter}"),
    }
}

fn log_label(value: f64, exponent: i32, digit: f64, si: bool) -> String {
    if si {
        let prefix = exponent.div_euclid(3);
        let number = digit * power(10.0, f64::from(exponent.rem_euclid(3)));
        return match symbol(prefix) {
            "" => format!("{number:.0}"),
            letter => format!("{number:.0} {letter}"),
        };
    }
    if (-3..5).contains(&exponent) { format!("{value}") } else { format!("{digit:.0}e{exponent}") }
}

/// Steps of 1, 2 and 5 times a power of ten, with the distance of the minor lines.
fn round_step(least: f64) -> (f64, f64) {
    if least.is_nan() || least <= 0.0 {
        return (1.0, 5.0);
    }
    let power = power(10.0, decimal_floor(least));
    for (digit, parts) in [(1.0, 5.0), (2.0, 4.0), (5.0, 5.0)] {
        if digit * power >= least * 0.999_999 {
            return (digit * power, parts);
        }
    }
    (10.0 * power, 5.0)
}

/// The largest power of ten not above a number, in spite of rounding errors of the logarithm.
fn decimal_floor(number: f64) -> f64 {
    (decimal_logarithm(number) + 1e-9).floor()
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
        let ticks = self.ticks(number::float(hint.max_num_points()), 1.0, false, None);
        ticks.major.into_iter().map(|(value, _)| value).collect()
    }

    fn range(&self) -> Range<f64> {
        self.lower..self.upper
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn axis(low: f64, high: f64, scale: &ValueScale) -> ValueAxis {
        ValueAxis::new(Some((low, high)), scale)
    }

    fn labels(low: f64, high: f64, scale: &ValueScale) -> Vec<String> {
        let ticks = axis(low, high, scale).ticks(100.0, 13.0, false, None);
        ticks.major.into_iter().map(|(_, text)| text).collect()
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
            let axis = axis(low, high, &ValueScale::default());
            assert_eq!((axis.lower, axis.upper), (lower, upper), "{low} to {high}");
        }
    }

    #[test]
    fn a_rigid_axis_ends_at_its_limits_and_others_give_way_to_the_data() {
        let limits = |rigid| ValueScale {
            lower: Some(10.0),
            upper: Some(60.0),
            rigid,
            ..ValueScale::default()
        };
        let ends = |scale: ValueScale| {
            let axis = axis(0.0, 100.0, &scale);
            (axis.lower, axis.upper)
        };
        assert_eq!(ends(limits(true)), (10.0, 60.0));
        assert_eq!(ends(limits(false)), (0.0, 100.0));
    }

    #[test]
    fn labels_are_round_numbers_with_the_prefix_of_the_axis() {
        let plain = ValueScale::default();
        assert_eq!(labels(0.0, 100.0, &plain), ["0", "20", "40", "60", "80", "100"]);
        assert_eq!(labels(0.0, 4e-7, &plain), ["0", "100 n", "200 n", "300 n", "400 n"]);
        assert_eq!(labels(-7e6, 3e6, &plain), ["-6 M", "-4 M", "-2 M", "0", "2 M"]);
        let rigid = ValueScale { rigid: true, lower: Some(260.0), upper: Some(260.001), ..plain };
        assert_eq!(
            labels(260.0, 260.001, &rigid),
            ["260.0000", "260.0002", "260.0004", "260.0006", "260.0008", "260.0010"]
        );
    }

    #[test]
    fn own_formats_have_the_value_as_it_is_or_in_the_power_of_the_axis() {
        let of = |format: LabelFormat| {
            let ticks =
                axis(0.0, 4e6, &ValueScale::default()).ticks(60.0, 13.0, false, Some(&format));
            ticks.major.into_iter().map(|(_, text)| text).collect::<Vec<_>>()
        };
        assert_eq!(of(LabelFormat::new(|value| format!("{value}"))), ["0", "2000000", "4000000"]);
        assert_eq!(of(LabelFormat::scaled(|value| format!("{value:.1}"))), ["0.0", "2.0", "4.0"]);
    }

    #[test]
    fn a_logarithmic_axis_labels_its_decades() {
        let scale = ValueScale { logarithmic: true, ..ValueScale::default() };
        let axis = axis(0.01, 1000.0, &scale);
        let texts = |si| {
            let ticks = axis.ticks(100.0, 13.0, si, None);
            ticks.major.into_iter().map(|(_, text)| text).collect::<Vec<_>>()
        };
        assert_eq!(texts(false), ["0.01", "0.1", "1", "10", "100", "1000"]);
        assert_eq!(texts(true), ["10 m", "100 m", "1", "10", "100", "1 k"]);
    }

    #[test]
    fn a_grid_finer_than_the_pixels_is_left_out() {
        let grid = ValueGrid::Every { step: 25.0, labels: 1 };
        let scale = ValueScale { grid, ..ValueScale::default() };
        assert_eq!(axis(0.0, 1e10, &scale).ticks(100.0, 13.0, false, None), ValueTicks::default());
    }

    #[test]
    fn what_is_no_number_stays_none_and_infinities_lie_at_the_ends() {
        let axis = axis(0.0, 10.0, &ValueScale::default());
        assert!(axis.clamped(f64::NAN).is_nan());
        assert_eq!(axis.clamped(f64::INFINITY), 10.0);
        assert_eq!(axis.clamped(1e300), 100.0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn labels_differ_and_keep_their_distance(
            middle in -1e6_f64..1e6,
            exponent in -3.0_f64..9.0,
            height in 30.0_f64..900.0,
            shift in -12_i32..12,
        ) {
            let unit = power(10.0, f64::from(shift));
            let range = power(10.0, exponent);
            let (low, high) = ((middle - range) * unit, (middle + range) * unit);
            let scale = ValueScale { autoscale: Autoscale::Grid, ..ValueScale::default() };
            let axis = axis(low, high, &scale);
            prop_assert!(axis.lower <= low && axis.upper >= high);
            let ticks = axis.ticks(height, 13.0, false, None);
            for pair in ticks.major.windows(2) {
                prop_assert_ne!(&pair[0].1, &pair[1].1);
                let room = (axis.share(pair[1].0) - axis.share(pair[0].0)) * height;
                prop_assert!(room >= 13.0, "{} px", room);
            }
        }
    }
}
