//! How far a series departs from what it was before, in units of its usual variation.
//!
//! Three quantiles are compared: the 10 %, the median and the 90 %. The median tells that the level
//! moved, the outer ones that troughs or peaks did, even if they fill only a tenth of the span.
//! Single outliers move none of them. The usual variation is a robust estimate of the standard
//! deviation before: the larger of 1.4826 times the median absolute deviation and the distance of
//! the outer quantiles divided by 2.563; both equal the standard deviation of a normal distribution
//! (Rousseeuw and Croux, "Alternatives to the Median Absolute Deviation", 1993; the quantiles of
//! the normal distribution at 10 % and 90 % are 2.563 deviations apart). It is at least 5 % of the
//! values themselves, so that a quiet series does not depart by moving a little, and at least a
//! difference that is negligible for the unit.

use std::cmp::Ordering;

/// The fewest known rows of a span that can be compared.
const MIN_ROWS: usize = 3;
/// The median absolute deviation of a normal distribution, times this, is its standard deviation.
const MAD_TO_DEVIATION: f64 = 1.4826;
/// Distance of the outer quantiles of a normal distribution, in standard deviations.
const OUTER_DEVIATIONS: f64 = 2.563;
/// How many times farther than the level an outer part moves to be named instead.
const CLEARLY: f64 = 1.5;
/// The least variation as a share of the values.
const RELATIVE: f64 = 0.05;

/// The part of a distribution that moved most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The lowest tenth.
    Troughs,
    /// The median.
    Level,
    /// The highest tenth.
    Peaks,
}

const PARTS: [(Part, u8); 3] = [(Part::Level, 5), (Part::Peaks, 9), (Part::Troughs, 1)];

/// How far a series moved between two spans.
///
/// ```
/// use rrd_collector::moved::{Departure, Part};
/// let mut before = [1.0, 1.2, 0.8, 1.0, 1.1, 0.9];
/// let mut during = [9.0, 9.2, 8.8, 9.0, 9.1, 8.9];
/// let departure = Departure::between(&mut before, &mut during, 0.0).unwrap();
/// assert_eq!((departure.before, departure.during, departure.part), (1.0, 9.0, Part::Level));
/// assert!(departure.size > 15.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Departure {
    /// Which part of the values moved most.
    pub part: Part,
    /// Its value before.
    pub before: f64,
    /// Its value in the span.
    pub during: f64,
    /// The difference in usual variations; negative if it fell.
    pub size: f64,
    /// The difference in negligible differences, which decides between equal sizes.
    weight: f64,
}

impl Departure {
    /// Compares the known values of two spans, which it sorts. `negligible` is a difference that
    /// does not matter. `None` if a span has fewer than three values.
    pub fn between(before: &mut [f64], during: &mut [f64], negligible: f64) -> Option<Self> {
        if before.len().min(during.len()) < MIN_ROWS {
            return None;
        }
        before.sort_unstable_by(f64::total_cmp);
        during.sort_unstable_by(f64::total_cmp);
        let usual = variation(before);
        let parts = PARTS.into_iter().map(|(part, tenths)| {
            let (old, new) = (quantile(before, tenths), quantile(during, tenths));
            let difference = new - old;
            let unit = usual.max(RELATIVE * old.abs().max(new.abs())).max(negligible);
            let size = if difference == 0.0 { 0.0 } else { difference / unit };
            let weight = if negligible > 0.0 { difference / negligible } else { difference };
            Self { part, before: old, during: new, size, weight }
        });
        // The level comes first: where it moves, the other parts move about as far.
        parts.reduce(|most, next| {
            let share = if most.part == Part::Level { CLEARLY } else { 1.0 };
            if next.size.abs() > share * most.size.abs() { next } else { most }
        })
    }

    /// Orders by size, then by weight, up and down alike.
    pub fn order(&self, other: &Self) -> Ordering {
        let size = self.size.abs().total_cmp(&other.size.abs());
        size.then_with(|| self.weight.abs().total_cmp(&other.weight.abs()))
    }
}

/// A robust standard deviation of sorted values.
fn variation(sorted: &[f64]) -> f64 {
    let median = quantile(sorted, 5);
    let mut distances: Vec<f64> = sorted.iter().map(|value| (value - median).abs()).collect();
    distances.sort_unstable_by(f64::total_cmp);
    let outer = quantile(sorted, 9) - quantile(sorted, 1);
    (MAD_TO_DEVIATION * quantile(&distances, 5)).max(outer / OUTER_DEVIATIONS)
}

/// The value below which this many tenths of sorted values lie, between the two nearest ranks. NaN
/// for no values.
fn quantile(sorted: &[f64], tenths: u8) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let place = last.saturating_mul(usize::from(tenths));
    let at = |index: usize| sorted.get(index.min(last)).copied().unwrap_or(f64::NAN);
    let (low, high) = (at(place / 10), at(place / 10 + 1));
    let part = u8::try_from(place % 10).map_or(0.0, f64::from) / 10.0;
    low + (high - low) * part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_the_nearest_ranks() {
        let values: Vec<f64> = (0..=20).map(f64::from).collect();
        assert_eq!([1, 5, 9].map(|tenths| quantile(&values, tenths)), [2.0, 10.0, 18.0]);
        assert_eq!(quantile(&[1.0, 2.0], 5), 1.5);
        assert!(quantile(&[], 5).is_nan());
    }

    #[test]
    fn the_variation_of_normal_values_is_their_standard_deviation() {
        // The quantiles of the normal distribution at 5 %, 15 %, ..., 95 %.
        let tenths = [-1.645, -1.036, -0.674, -0.385, -0.126, 0.126, 0.385, 0.674, 1.036, 1.645];
        let variation = variation(&tenths);
        assert!((variation - 1.0).abs() < 0.15, "{variation}");
    }

    #[test]
    fn two_known_values_are_too_few() {
        assert_eq!(Departure::between(&mut [1.0, 2.0], &mut [3.0; 9], 0.0), None);
    }

    #[test]
    fn a_constant_that_stays_has_not_moved_and_one_that_jumps_has() {
        let size = |before: f64, during: f64, negligible: f64| {
            Departure::between(&mut [before; 5], &mut [during; 5], negligible).unwrap().size
        };
        assert_eq!(size(0.0, 0.0, 0.0), 0.0);
        assert_eq!(size(5.0, 5.0, 0.5), 0.0);
        assert_eq!(size(0.0, 5.0, 0.5), 10.0);
        assert_eq!(size(5.0, 0.0, 0.0), -20.0);
        // 1 % of the level is less than a quarter of the least variation.
        assert!(size(100.0, 101.0, 0.0) < 0.25);
    }

    #[test]
    fn of_equal_sizes_the_heavier_is_first() {
        let of = |during: f64| Departure::between(&mut [0.0; 5], &mut [during; 5], 1e-9).unwrap();
        assert_eq!(of(1.0).size, of(9.0).size);
        assert_eq!(of(1.0).order(&of(9.0)), Ordering::Less);
    }
}
