//! The numbers of a curve, as its legend and the description of the picture give them.

use rrd_core::{Step, TimeRange};

use super::style::Summary;
use super::{Chart, Curve, Element, Samples};
use crate::number;

/// The rows that the numbers of a curve are computed from. Those of a database do not depend on
/// the width of the picture.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Numbers {
    pub(crate) rows: Samples,
    pub(crate) least: Extreme,
    pub(crate) most: Extreme,
    /// The length of the rows, if they are from a database.
    pub(crate) resolution: Option<Step>,
}

/// Where the smallest or largest value comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Extreme {
    /// From the rows, each of which is a single value.
    Single,
    /// From the rows, which are averages of several values.
    Averages,
    /// From rows of the extremes.
    Kept(Samples),
}

impl Numbers {
    /// The numbers of values that are not from a database.
    pub(crate) fn of(rows: Samples) -> Self {
        Self { rows, least: Extreme::Single, most: Extreme::Single, resolution: None }
    }

    /// A number over a range; NaN if no value is known.
    pub(crate) fn value(&self, summary: Summary, range: TimeRange) -> f64 {
        let value = summary.of(&self.rows, range);
        // The rows of the extremes may be longer, so that the last of them is not complete.
        match self.extreme(summary) {
            Some(Extreme::Kept(kept)) => match summary {
                Summary::Minimum => value.min(summary.of(kept, range)),
                _ => value.max(summary.of(kept, range)),
            },
            _ => value,
        }
    }

    fn extreme(&self, summary: Summary) -> Option<&Extreme> {
        match summary {
            Summary::Minimum => Some(&self.least),
            Summary::Maximum => Some(&self.most),
            _ => None,
        }
    }

    /// The length of the averages of which a number is the smallest or largest; `None` if it is
    /// that of all values.
    fn averaged(&self, summary: Summary) -> Option<Step> {
        self.resolution.filter(|_| self.extreme(summary) == Some(&Extreme::Averages))
    }
}

impl Chart {
    /// A number of a curve; NaN if no value is known.
    pub(crate) fn value(&self, curve: &Curve, summary: Summary) -> f64 {
        curve.numbers.value(summary, self.range)
    }

    /// What the head of a column of numbers says: `Max`, or `Max of 1 h` if it is the largest of
    /// averages over an hour.
    pub(crate) fn head(&self, summary: Summary) -> String {
        let averaged = || self.named().map(|curve| curve.numbers.averaged(summary));
        let name = summary.name();
        match averaged().flatten().max() {
            None => name.to_owned(),
            Some(longest) if averaged().all(|step| step == Some(longest)) => {
                format!("{name} of {}", words(longest))
            }
            Some(longest) => format!("{name} of \u{2264} {}", words(longest)),
        }
    }

    /// The rows that the numbers are from: `rows of 1 h, the highest from MAX rows`; empty if they
    /// are from values as they were given.
    pub(crate) fn resolution(&self) -> String {
        let steps = || self.named().filter_map(|curve| curve.numbers.resolution);
        let (Some(shortest), Some(longest)) = (steps().min(), steps().max()) else {
            return String::new();
        };
        let mut text = format!("rows of {}", words(shortest));
        if shortest < longest {
            text.push_str(" to ");
            text.push_str(&words(longest));
        }
        let of =
            |wanted: fn(&Extreme) -> bool| self.named().any(|curve| wanted(&curve.numbers.most));
        if of(|most| *most == Extreme::Averages) {
            text.push_str(", the highest of their averages");
        } else if of(|most| matches!(most, Extreme::Kept(_))) {
            text.push_str(", the highest from MAX rows");
        }
        text
    }

    /// The curves of which the legend gives numbers.
    fn named(&self) -> impl Iterator<Item = &Curve> {
        self.elements.iter().filter_map(|element| match element {
            Element::Curve(curve) | Element::Hidden(curve) => {
                Some(curve).filter(|it| it.has_numbers())
            }
            _ => None,
        })
    }
}

/// A length of time in the largest unit that divides it: `10 s`, `1 min`, `12 h`, `1 d`.
pub(crate) fn words(step: Step) -> String {
    const UNITS: [(&str, u64); 3] = [("d", 86_400), ("h", 3600), ("min", 60)];
    let seconds = step.seconds();
    let unit = UNITS.into_iter().find(|(_, length)| seconds.is_multiple_of(*length));
    let (unit, length) = unit.unwrap_or(("s", 1));
    format!("{} {unit}", seconds / length)
}

impl Summary {
    fn name(self) -> &'static str {
        match self {
            Self::Minimum => "Min",
            Self::Average => "Avg",
            Self::Maximum => "Max",
            Self::Last => "Last",
            Self::Percentile95 => "95th",
        }
    }

    /// The statistic of rows within a range; NaN if no value is known.
    fn of(self, samples: &Samples, range: TimeRange) -> f64 {
        let known = || samples.values_within(range).iter().copied().filter(|row| !row.is_nan());
        match self {
            Self::Minimum => known().fold(f64::NAN, f64::min),
            Self::Maximum => known().fold(f64::NAN, f64::max),
            Self::Last => known().next_back().unwrap_or(f64::NAN),
            Self::Average => {
                let (mut sum, mut time) = (0.0, 0.0);
                for (from, to, value) in samples.within(range) {
                    if !value.is_nan() {
                        let seconds = number::seconds(to - from);
                        sum += value * seconds;
                        time += seconds;
                    }
                }
                if time > 0.0 { sum / time } else { f64::NAN }
            }
            Self::Percentile95 => {
                let mut values: Vec<f64> = known().collect();
                let rank = (number::float(values.len()) * 0.95).ceil() - 1.0;
                let rank = number::count(rank.max(0.0));
                if rank >= values.len() {
                    return f64::NAN;
                }
                *values.select_nth_unstable_by(rank, f64::total_cmp).1
            }
        }
    }
}
