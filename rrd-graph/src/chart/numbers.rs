//! The numbers of a curve, and the rows that they are computed from.

use rrd_core::{Step, TimeRange};

use super::samples::Samples;
use super::style::Summary;
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
    pub(super) fn averaged(&self, summary: Summary) -> Option<Step> {
        self.resolution.filter(|_| self.extreme(summary) == Some(&Extreme::Averages))
    }
}

impl Summary {
    pub(super) fn name(self) -> &'static str {
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
