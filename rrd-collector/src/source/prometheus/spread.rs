//! Histograms and summaries: how many observations there were between two readings, their mean, and
//! their quantiles.
//!
//! Source: "Histograms and summaries" and `histogram_quantile` of the Prometheus documentation.

use crate::source::counter::{Limits, per};
use crate::source::meter::Moment;
use crate::source::textfile::exposition::{Family, FamilyType, Sample, number};

/// The quantiles that are stored.
const QUANTILES: [f64; 3] = [0.5, 0.9, 0.99];

/// What a sample says of a histogram or summary.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Part {
    /// The number of observations up to this bound.
    Bucket(f64),
    /// The sum of all.
    Sum,
    /// The number of all.
    Count,
    /// The value that this share of observations does not exceed.
    Quantile(f64),
}

impl Part {
    /// The labels that tell parts apart.
    pub(super) const LABELS: [&'static str; 2] = ["le", "quantile"];

    /// The part that a sample of this family is; `None` for a sample of another type.
    pub(super) fn of(sample: &Sample<'_>, family: Family<'_>) -> Option<Self> {
        let label = |name: &str| {
            let (_, text) = sample.labels.iter().find(|(label, _)| label == name)?;
            number(text)
        };
        match (family.kind, sample.name.strip_prefix(family.name)?) {
            (FamilyType::Histogram, "_bucket") => label("le").map(Self::Bucket),
            (FamilyType::Summary, "") => label("quantile").map(Self::Quantile),
            (FamilyType::Histogram | FamilyType::Summary, "_sum") => Some(Self::Sum),
            (FamilyType::Histogram | FamilyType::Summary, "_count") => Some(Self::Count),
            _ => None,
        }
    }
}

/// One reading of a histogram or summary.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Observed {
    /// Upper bounds, and the number of observations up to them.
    buckets: Vec<(f64, f64)>,
    sum: f64,
    count: f64,
    quantiles: [f64; QUANTILES.len()],
    /// Its own time in seconds since 1970.
    pub(super) at: Option<f64>,
}

impl Default for Observed {
    fn default() -> Self {
        let (sum, count) = (f64::NAN, f64::NAN);
        Self { buckets: Vec::new(), sum, count, quantiles: [f64::NAN; QUANTILES.len()], at: None }
    }
}

impl Observed {
    /// Adds a part.
    pub(super) fn add(&mut self, part: Part, sample: &Sample<'_>) {
        self.at = sample.at;
        match part {
            Part::Bucket(bound) => self.buckets.push((bound, sample.value)),
            Part::Sum => self.sum = sample.value,
            Part::Count => self.count = sample.value,
            Part::Quantile(share) => {
                let places = self.quantiles.iter_mut().zip(QUANTILES);
                for (place, _) in places.filter(|(_, known)| *known == share) {
                    *place = sample.value;
                }
            }
        }
    }

    /// The number of observations: where it is missing, that of the bucket without a bound.
    fn count(&self) -> f64 {
        let all = || self.buckets.iter().find(|(bound, _)| *bound == f64::INFINITY);
        if self.count.is_nan() { all().map_or(f64::NAN, |(_, count)| *count) } else { self.count }
    }
}

/// Keeps the last reading.
#[derive(Debug, Default)]
pub(super) struct Spread {
    before: Option<(Moment, Observed)>,
}

impl Spread {
    /// Rate and mean of the observations since the last reading, and their quantiles. Those of a
    /// summary are as its program computes them, over a time of its own choice.
    pub(super) fn values(&mut self, moment: Moment, mut now: Observed) -> [f64; 5] {
        now.buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
        let mut values = [f64::NAN; 5];
        let [rate, mean, quantiles @ ..] = &mut values;
        quantiles.copy_from_slice(&now.quantiles);
        if let Some((then, before)) = &self.before {
            let (seconds, count) = (moment.since(*then), now.count() - before.count());
            if seconds == 0.0 {
                return values;
            }
            // A count that falls is that of a program that started again.
            if count >= 0.0 {
                *rate = Limits::ANY.rate(per(count, seconds));
                *mean = per(now.sum - before.sum, count);
                if let Some(buckets) = growth(&before.buckets, &now.buckets) {
                    for (value, share) in quantiles.iter_mut().zip(QUANTILES) {
                        *value = quantile(share, &buckets);
                    }
                }
            }
        }
        self.before = Some((moment, now));
        values.map(|value| if value.is_finite() { value } else { f64::NAN })
    }
}

/// The observations in buckets between two readings; `None` if there are none, or the bounds are
/// others than before.
fn growth(before: &[(f64, f64)], now: &[(f64, f64)]) -> Option<Vec<(f64, f64)>> {
    let is_same = before.len() == now.len() && before.iter().zip(now).all(|(b, n)| b.0 == n.0);
    if now.is_empty() || !is_same {
        return None;
    }
    // Numbers up to a bound never fall with the bound, whatever a program shows that counts while
    // it is read.
    let mut least = 0.0_f64;
    let grown = before.iter().zip(now).map(|((bound, before), (_, now))| {
        least = least.max(now - before);
        (*bound, least)
    });
    Some(grown.collect())
}

/// The value that this share of the observations does not exceed: in its bucket they are taken to
/// lie evenly, in the lowest from zero on, and beyond the highest bound at that bound. NaN without
/// observations, or without a bucket for those beyond all bounds.
fn quantile(share: f64, buckets: &[(f64, f64)]) -> f64 {
    let Some((bounded, (f64::INFINITY, all))) = buckets.split_last().map(|(l, b)| (b, *l)) else {
        return f64::NAN;
    };
    let rank = share * all;
    if all.is_nan() || all <= 0.0 {
        return f64::NAN;
    }
    let mut below = (0.0, 0.0);
    for (bound, count) in bounded {
        if *count >= rank {
            let (low, before) = below;
            // The lowest bucket of negative values has no lower bound.
            if before == 0.0 && low == 0.0 && *bound <= 0.0 {
                return *bound;
            }
            return low + (bound - low) * per(rank - before, count - before);
        }
        below = (*bound, *count);
    }
    bounded.last().map_or(f64::NAN, |(bound, _)| *bound)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(second: u64) -> Moment {
        Moment { own: None, clock: Duration::from_secs(second) }
    }

    fn observed(buckets: &[(f64, f64)], sum: f64, count: f64) -> Observed {
        Observed { buckets: buckets.to_vec(), sum, count, ..Observed::default() }
    }

    #[test]
    fn a_histogram_has_the_rate_mean_and_quantiles_of_what_came_between_two_readings() {
        const NONE: f64 = f64::INFINITY;
        let mut spread = Spread::default();
        let first = observed(&[(0.1, 50.0), (0.5, 50.0), (1.0, 50.0), (NONE, 50.0)], 1.0, 50.0);
        assert!(spread.values(at(10), first).iter().all(|value| value.is_nan()));
        // A hundred more: 40 up to 0.1, 40 up to 0.5, 10 up to 1, 10 beyond.
        let second =
            observed(&[(NONE, 150.0), (0.1, 90.0), (0.5, 130.0), (1.0, 140.0)], 51.0, 150.0);
        let [rate, mean, p50, p90, p99] = spread.values(at(20), second.clone());
        assert_eq!((rate, mean), (10.0, 0.5));
        assert_eq!((p50, p90, p99), (0.2, 1.0, 1.0));
        // Nothing more.
        let [rate, mean, p50, ..] = spread.values(at(30), second);
        assert!(rate == 0.0 && mean.is_nan() && p50.is_nan());
        // The program started again.
        let restarted = observed(&[(0.1, 1.0), (0.5, 1.0), (1.0, 1.0), (NONE, 1.0)], 0.1, 1.0);
        assert!(spread.values(at(40), restarted).iter().all(|value| value.is_nan()));
        // Other bounds: what does not depend on them is known.
        let other = observed(&[(0.2, 11.0), (NONE, 11.0)], 1.1, 11.0);
        let [rate, mean, p50, ..] = spread.values(at(50), other);
        assert!(rate == 1.0 && mean == 0.1 && p50.is_nan());
    }

    #[test]
    fn quantiles_of_odd_buckets_are_bounded_or_unknown() {
        let none = f64::INFINITY;
        for (buckets, expected) in [
            (&[(none, 10.0)][..], f64::NAN),
            (&[(1.0, 5.0)][..], f64::NAN),
            (&[][..], f64::NAN),
            (&[(1.0, 0.0), (none, 0.0)][..], f64::NAN),
            (&[(-1.0, 10.0), (none, 10.0)][..], -1.0),
            (&[(1.0, f64::NAN), (none, f64::NAN)][..], f64::NAN),
            (&[(4.0, 10.0), (none, 10.0)][..], 2.0),
            (&[(4.0, 0.0), (none, 10.0)][..], 4.0),
        ] {
            let found = quantile(0.5, buckets);
            assert!(
                found == expected || found.is_nan() && expected.is_nan(),
                "{buckets:?}: {found}"
            );
        }
    }

    #[test]
    fn the_quantiles_of_a_summary_are_its_own() {
        let mut spread = Spread::default();
        let summary = |count| Observed {
            quantiles: [0.2, f64::NAN, 0.9],
            sum: count * 0.25,
            count,
            ..Observed::default()
        };
        spread.values(at(10), summary(4.0));
        let [rate, mean, p50, p90, p99] = spread.values(at(20), summary(24.0));
        assert_eq!((rate, mean, p50, p99), (2.0, 0.25, 0.2, 0.9));
        assert!(p90.is_nan());
    }
}
