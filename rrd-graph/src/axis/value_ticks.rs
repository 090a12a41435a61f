//! The lines of a value axis and their labels.

use rrd_core::number::{decimal_logarithm, power};

use super::round::{decimal_floor, round_numbers, round_step};
use super::scale::{LabelFormat, ValueGrid};
use super::value::ValueAxis;
use crate::number;
use crate::quantity::Quantity;

/// Lines and labels of a value axis, in ascending order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ValueTicks {
    pub(crate) minor: Vec<f64>,
    pub(crate) major: Vec<(f64, String)>,
}

/// Labels of a grid that the caller asked for, and the zero of a logarithmic axis, may be closer
/// than others: this share of their height.
const CLOSEST: f64 = 0.8;
/// The least distance between lines of such a grid, in pixels.
const CLOSEST_LINES: f64 = 3.0;

impl ValueAxis {
    /// The lines for an axis of `height` pixels whose labels are `line` pixels high. A line at most
    /// half a pixel outside belongs to the axis.
    pub(crate) fn ticks(
        &self,
        height: f64,
        line: f64,
        prefixes: Option<Quantity<'_>>,
        format: Option<&LabelFormat>,
    ) -> ValueTicks {
        let usable = self.lower.is_finite() && self.upper.is_finite() && self.upper > self.lower;
        if !usable || self.grid == ValueGrid::None || height < 1.0 {
            return ValueTicks::default();
        }
        if self.logarithmic {
            self.decades(height, line, prefixes)
        } else {
            self.multiples(height, line, format)
        }
    }

    fn multiples(&self, height: f64, line: f64, format: Option<&LabelFormat>) -> ValueTicks {
        let (step, labels) = match self.grid {
            ValueGrid::Every { step, labels } => self.asked_steps(step, labels, height, line),
            _ => self.round_steps(height, line),
        };
        if step.is_nan() || step <= 0.0 || (self.upper - self.lower) / step > height {
            return ValueTicks::default();
        }
        let text = |value: f64, step: f64| match format {
            None => labelled(value, step, self.base.power(self.shown), self.prefix),
            Some(format) => format.left(value, self.shown, self.base),
        };
        let mut ticks = ValueTicks::default();
        let (mut index, last) = self.indices(step, height);
        while index <= last {
            // Adding zero turns minus zero into zero.
            let value = index * step + 0.0;
            if index.rem_euclid(labels) == 0.0 {
                ticks.major.push((value, text(value, step * labels)));
            } else {
                ticks.minor.push(value);
            }
            index += 1.0;
        }
        // One number says nothing about the scale: the line farthest from it gets another.
        let ends = ticks.minor.first().copied().zip(ticks.minor.last().copied());
        if let ([(only, _)], Some((first, last))) = (ticks.major.as_slice(), ends) {
            let other = if last - only >= only - first { last } else { first };
            if (other - only).abs() * height >= line * (self.upper - self.lower) {
                ticks.minor.retain(|value| *value != other);
                ticks.major.push((other, text(other, step)));
                ticks.major.sort_by(|a, b| a.0.total_cmp(&b.0));
            }
        }
        ticks
    }

    /// The indices of the first and the last multiple of a step on the axis.
    fn indices(&self, step: f64, height: f64) -> (f64, f64) {
        let half = (self.upper - self.lower) / height / 2.0;
        (((self.lower - half) / step).ceil(), ((self.upper + half) / step).floor())
    }

    /// The distance of lines at round numbers, and how many of them there are per label.
    fn round_steps(&self, height: f64, line: f64) -> (f64, f64) {
        let range = self.upper - self.lower;
        let room = match self.grid {
            ValueGrid::Dense => line * 1.2,
            _ => (height / 8.0).clamp(line * 1.3, line * 3.5),
        };
        let unit = self.base.power(self.magnitude);
        let (major, parts) = round_step(range / unit * room / height);
        let count = |step: f64| {
            let (first, last) = self.indices(step, height);
            last - first + 1.0
        };
        let usual = count(major * unit);
        if usual < 2.0 {
            let closer = || round_numbers(range / unit * line / height).map(|step| step * unit);
            let best = closer().find(|step| count(*step) >= 2.0);
            let best = best.or_else(|| closer().find(|step| count(*step) > usual));
            if let Some(step) = best {
                return (step, 1.0);
            }
        }
        let parts = if height * major * unit / range / parts >= 7.0 { parts } else { 1.0 };
        (major * unit / parts, parts)
    }

    /// The same for the grid that the caller asked for: every 2nd, 5th, 10th, ... line is labelled
    /// or drawn if more do not fit.
    fn asked_steps(&self, step: f64, labels: u32, height: f64, line: f64) -> (f64, f64) {
        let distance = height * step / (self.upper - self.lower);
        let every = |room: f64| if distance >= room { 1.0 } else { round_step(room / distance).0 };
        let labels = f64::from(labels.max(1));
        let labels = labels * every(line * CLOSEST / labels);
        let lines = every(CLOSEST_LINES);
        let lines = if labels % lines == 0.0 { lines } else { labels };
        (step * lines, labels / lines)
    }

    fn decades(&self, height: f64, line: f64, prefixes: Option<Quantity<'_>>) -> ValueTicks {
        let per_decade = match self.knee {
            Some(knee) => height * (1.0 - self.share(knee)) / decimal_logarithm(self.upper / knee),
            None => height / decimal_logarithm(self.upper / self.lower),
        };
        // The least value whose place is logarithmic.
        let lowest = self.knee.unwrap_or(self.lower);
        let room = line * 1.3;
        let skip = (room / per_decade).ceil().max(1.0);
        let rows: &[&[f64]] = &[&DIGITS, &[1.0, 2.0, 5.0], &[1.0, 3.0], &[1.0]];
        let fits = |row: &&&[f64]| {
            row.iter()
                .zip(row.iter().skip(1).chain(&[10.0]))
                .all(|(a, b)| per_decade * decimal_logarithm(b / a) >= room)
        };
        let labelled: &[f64] = rows.iter().find(fits).copied().unwrap_or(&[1.0]);
        let place = |value: f64| {
            let above = decimal_logarithm(value / lowest) * per_decade;
            above + self.knee.map_or(0.0, |knee| self.share(knee) * height)
        };
        let mut lines = Vec::new();
        let first = number::whole(match self.knee {
            Some(knee) => decimal_floor(knee),
            None => decimal_logarithm(lowest).floor(),
        });
        let last = number::whole(decimal_logarithm(self.upper).ceil());
        for exponent in first..=last {
            for digit in DIGITS {
                // Formatted and parsed, so that 3 * 10^-1 is exactly the number written 0.3.
                let value: f64 = format!("{digit}e{exponent}").parse().unwrap_or(f64::NAN);
                if (-0.5..=height + 0.5).contains(&place(value)) {
                    lines.push(DecadeLine { value, exponent, digit });
                }
            }
        }
        let text = |line: &DecadeLine| (line.value, line.label(prefixes));
        let at_decade = |line: &&DecadeLine| f64::from(line.exponent).rem_euclid(skip) == 0.0;
        let usual = lines.iter().filter(at_decade).filter(|line| labelled.contains(&line.digit));
        let mut major: Vec<(f64, String)> = usual.map(text).collect();
        if major.len() < 2 {
            // Less round numbers, as close as their height allows, are better than one label.
            let spaced = |digits: &[f64]| {
                let mut free = f64::NEG_INFINITY;
                let mut spaced = Vec::new();
                for at in lines.iter().filter(|line| digits.contains(&line.digit)) {
                    if place(at.value) >= free {
                        free = place(at.value) + line;
                        spaced.push(text(at));
                    }
                }
                spaced
            };
            let rows: [&[f64]; 3] = [&[1.0], &[1.0, 2.0, 5.0], &DIGITS];
            let found = rows.into_iter().map(spaced).find(|labels| labels.len() >= 2);
            if let Some(found) = found.or_else(|| self.linear_labels(height, line)) {
                major = found;
            }
        }
        let is_minor = |line: &&DecadeLine| {
            let is_far = per_decade * 0.1 >= 2.0 || (line.digit == 1.0 && per_decade >= 4.0);
            is_far && major.iter().all(|(value, _)| *value != line.value)
        };
        let minor = lines.iter().filter(is_minor).map(|line| line.value).collect();
        if let Some(knee) = self.knee {
            let is_free = |value: f64| place(value) >= line * CLOSEST;
            major.retain(|(value, _)| is_free(*value) || *value > knee);
            if major.first().is_none_or(|(value, _)| is_free(*value)) {
                major.insert(0, (0.0, "0".to_owned()));
            }
        }
        ValueTicks { minor, major }
    }

    /// Labels of a logarithmic axis at multiples of a round number, for a range within a decade.
    fn linear_labels(&self, height: f64, line: f64) -> Option<Vec<(f64, String)>> {
        let range = self.upper - self.lower;
        let step = round_numbers(range * line / height).find(|step| {
            let (first, last) = self.indices(*step, height);
            // The uppermost two are the closest.
            let distance = self.share(last * step) - self.share((last - 1.0) * step);
            last > first && distance * height >= line
        })?;
        let (first, last) = self.indices(step, height);
        let count = number::count(last - first) + 1;
        let values = (0..count).map(|index| (first + number::float(index)) * step);
        let text = |value| (value, labelled(value, step, self.base.power(self.shown), self.prefix));
        Some(values.map(text).collect())
    }
}

/// The digits of the lines of a decade.
const DIGITS: [f64; 9] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];

/// A line of a logarithmic axis: a digit times a power of ten.
struct DecadeLine {
    value: f64,
    exponent: i32,
    digit: f64,
}

impl DecadeLine {
    fn label(&self, prefixes: Option<Quantity<'_>>) -> String {
        let Self { value, exponent, digit } = *self;
        match prefixes {
            Some(quantity) => quantity.write_prefixed(value),
            None if (-3..5).contains(&exponent) => format!("{value}"),
            None => format!("{digit:.0}e{exponent}"),
        }
    }
}

/// A number as a multiple of a unit, with as many decimals as the distance between labels needs,
/// followed by the prefix of the unit.
pub(crate) fn labelled(value: f64, step: f64, unit: f64, prefix: &str) -> String {
    // Repeated addition of the step may leave a tiny remainder instead of zero.
    let value = if value.abs() < step * 1e-6 { 0.0 } else { value };
    let mut decimals = number::count(-decimal_floor(step / unit)).min(12);
    // Steps such as 2.5 and 1.25 need more decimals than their power of ten shows.
    for _ in 0..2 {
        let digits = step / unit * power(10.0, number::float(decimals));
        if (digits - digits.round()).abs() > 1e-6 * digits.abs() {
            decimals += 1;
        }
    }
    let text = format!("{:.decimals$}", value / unit);
    if prefix.is_empty() || value == 0.0 { text } else { format!("{text} {prefix}") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::scale::ValueScale;
    use super::*;
    use crate::number_format::NumberFormat;
    use crate::quantity::Base;

    fn axis(low: f64, high: f64, scale: &ValueScale) -> ValueAxis {
        ValueAxis::new(Some((low, high)), scale)
    }

    fn labels(low: f64, high: f64, scale: &ValueScale) -> Vec<String> {
        let ticks = axis(low, high, scale).ticks(100.0, 13.0, None, None);
        ticks.major.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn labels_are_round_numbers_with_the_prefix_of_the_axis() {
        let plain = ValueScale::classic();
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
                axis(0.0, 4e6, &ValueScale::classic()).ticks(60.0, 13.0, None, Some(&format));
            ticks.major.into_iter().map(|(_, text)| text).collect::<Vec<_>>()
        };
        assert_eq!(of(LabelFormat::new(|value| format!("{value}"))), ["0", "2000000", "4000000"]);
        let numbers = |format| of(LabelFormat::numbers(NumberFormat::parse(format).unwrap()));
        assert_eq!(numbers("%.1lf"), ["0.0", "2.0", "4.0"]);
        assert_eq!(numbers("%.1lf%S"), ["0.0M", "2.0M", "4.0M"]);
        assert_eq!(numbers("%.1lf%s"), ["0.0 ", "2.0M", "4.0M"]);
    }

    #[test]
    fn a_logarithmic_axis_labels_its_decades() {
        let scale = ValueScale { logarithmic: true, ..ValueScale::classic() };
        let axis = axis(0.01, 1000.0, &scale);
        let texts = |prefixes| {
            let ticks = axis.ticks(100.0, 13.0, prefixes, None);
            ticks.major.into_iter().map(|(_, text)| text).collect::<Vec<_>>()
        };
        assert_eq!(texts(None), ["0.01", "0.1", "1", "10", "100", "1000"]);
        let prefixed = ["10 m", "100 m", "1", "10", "100", "1 k"];
        assert_eq!(texts(Some(Quantity::PREFIXED)), prefixed);
        let of = |unit| texts(Some(Quantity::new(unit, Base::Decimal)));
        assert_eq!(of("/s"), ["0.01", "0.1", "1", "10", "100", "1 k"]);
        assert_eq!(of("s"), ["10 m", "100 m", "1", "10", "100", "1000"]);
        assert_eq!(of("%"), ["0.01", "0.1", "1", "10", "100", "1000"]);
    }

    #[test]
    fn a_logarithmic_axis_that_begins_at_zero_says_so() {
        let scale = ValueScale::default().logarithmic(true).limits(0.0, None);
        let at = |least: f64, most: f64, height: f64| {
            let ticks =
                axis(least, most, &scale).ticks(height, 13.0, Some(Quantity::PREFIXED), None);
            ticks.major.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(at(20.0, 7e8, 200.0), "0 100 1 k 10 k 100 k 1 M 10 M 100 M");
        assert_eq!(at(20.0, 7e8, 60.0), "0 1 k 1 M");
        assert_eq!(at(2.0, 40.0, 100.0), "0 1 3 10 30");
        // Nothing above zero needs no logarithm.
        assert_eq!(at(f64::INFINITY, 0.0, 60.0), "0.0 0.5 1.0");
        let above = ValueScale { lower: Some(5.0), ..scale };
        assert_eq!(axis(20.0, 7e8, &above).knee, None);
    }

    fn asked(step: f64, labels: u32, upper: f64) -> ValueTicks {
        let grid = ValueGrid::Every { step, labels };
        let scale = ValueScale { grid, ..ValueScale::classic() };
        axis(0.0, upper, &scale).ticks(100.0, 13.0, None, None)
    }

    fn texts(ticks: &ValueTicks) -> Vec<&str> {
        ticks.major.iter().map(|(_, text)| text.as_str()).collect()
    }

    #[test]
    fn a_grid_asked_for_too_densely_labels_every_2nd_5th_or_10th_line() {
        let ticks = asked(1000.0, 5, 160_000.0);
        assert_eq!(texts(&ticks), ["0", "25 k", "50 k", "75 k", "100 k", "125 k", "150 k"]);
        assert_eq!(ticks.minor[..4], [5000.0, 10_000.0, 15_000.0, 20_000.0]);
        let ticks = asked(25.0, 1, 1e10);
        assert_eq!(
            texts(&ticks),
            [
                "0.00", "1.25 G", "2.50 G", "3.75 G", "5.00 G", "6.25 G", "7.50 G", "8.75 G",
                "10.00 G"
            ]
        );
        assert_eq!(texts(&asked(1.0, 1, 20.0)), ["0", "5", "10", "15", "20"]);
        let ticks = asked(1e-300, 1, 1e9);
        assert!(ticks.major.len() < 10 && ticks.minor.len() < 40);
    }

    #[test]
    fn a_grid_that_fits_is_as_asked_for() {
        let ticks = asked(10.0, 2, 100.0);
        assert_eq!(texts(&ticks), ["0", "20", "40", "60", "80", "100"]);
        assert_eq!(ticks.minor, [10.0, 30.0, 50.0, 70.0, 90.0]);
    }

    #[test]
    fn an_only_label_gets_company_from_the_farthest_line() {
        let grid = ValueGrid::Every { step: 1.0, labels: 10 };
        let scale = ValueScale { grid, rigid: true, ..ValueScale::classic() };
        let scale = scale.limits(0.0, 9.0);
        let ticks = axis(0.0, 9.0, &scale).ticks(100.0, 13.0, None, None);
        assert_eq!(texts(&ticks), ["0", "9"]);
    }

    #[test]
    fn a_line_that_rounds_into_the_axis_belongs_to_it() {
        let rigid = |lower, upper| ValueScale::classic().limits(lower, upper).rigid(true);
        assert_eq!(labels(0.2, 50.0, &rigid(0.2, 50.0)), ["0", "10", "20", "30", "40", "50"]);
        assert_eq!(labels(0.3, 50.0, &rigid(0.3, 50.0)), ["10", "20", "30", "40", "50"]);
        assert_eq!(labels(0.0, 49.8, &rigid(0.0, 49.8)), ["0", "10", "20", "30", "40", "50"]);
    }

    #[test]
    fn low_axes_have_two_labels_wherever_two_fit() {
        let at = |height: f64, lower: f64, upper: f64| {
            let scale = ValueScale::classic().limits(lower, upper).rigid(true);
            let ticks = axis(lower, upper, &scale).ticks(height, 13.0, None, None);
            ticks.major.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(at(30.0, 0.0, 40.0), "0 20 40");
        assert_eq!(at(30.0, 0.0, 30e6), "0 20 M");
        assert_eq!(at(20.0, 0.0, 9.0), "0 6");
        assert_eq!(at(24.0, 260.2, 260.9), "260.4 260.8");
        assert_eq!(at(20.0, 260.2, 260.9), "260.5");
        assert_eq!(at(12.0, 0.0, 9.0), "0");
    }

    #[test]
    fn logarithmic_axes_have_two_labels_wherever_two_fit() {
        let at = |height: f64, lower: f64, upper: f64| {
            let scale = ValueScale::classic().limits(lower, upper).rigid(true).logarithmic(true);
            let ticks = axis(lower, upper, &scale).ticks(height, 13.0, None, None);
            ticks.major.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(at(30.0, 0.1, 10.0), "0.1 1 10");
        assert_eq!(at(30.0, 1.5, 12.0), "2 5");
        assert_eq!(at(100.0, 3.1, 3.9), "3.2 3.4 3.6 3.8");
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
            let axis = axis(low, high, &ValueScale::default());
            let unseen = (high - low) * 1e-4;
            prop_assert!(axis.lower <= low + unseen && axis.upper >= high - unseen);
            let ticks = axis.ticks(height, 13.0, None, None);
            for pair in ticks.major.windows(2) {
                prop_assert_ne!(&pair[0].1, &pair[1].1);
                let room = (axis.share(pair[1].0) - axis.share(pair[0].0)) * height;
                prop_assert!(room >= 13.0, "{} px", room);
            }
        }
    }
}
