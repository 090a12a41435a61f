//! Operations on pairs and sets of values, some of them unknown: minimum, mean, median, deviation.

use crate::number::{UNKNOWN, count_to_f64, length_to_u64, to_index, truncate_to_u64};

/// The first unknown value.
pub(super) fn unknown(values: &[f64]) -> Option<f64> {
    values.iter().copied().find(|value| value.is_nan())
}

/// The other value if one of the two is unknown.
pub(super) fn known(x: f64, y: f64) -> Option<f64> {
    if x.is_nan() {
        Some(y)
    } else if y.is_nan() {
        Some(x)
    } else {
        None
    }
}

pub(super) fn lesser(x: f64, y: f64) -> f64 {
    if x > y { y } else { x }
}

pub(super) fn greater(x: f64, y: f64) -> f64 {
    if x < y { y } else { x }
}

/// Sorts: unknown, then -∞, numbers, +∞. RRDtool's own order is inconsistent for infinities.
pub(super) fn sort(values: &mut [f64]) {
    values.sort_unstable_by(|x, y| x.partial_cmp(y).unwrap_or_else(|| y.is_nan().cmp(&x.is_nan())));
}

/// The known values from the top of the stack down, the order in which sums are taken.
pub(super) fn known_from_the_top(values: &[f64]) -> impl Iterator<Item = f64> {
    values.iter().rev().copied().filter(|value| !value.is_nan())
}

/// The mean of the known values; unknown if there are none.
pub(super) fn mean(values: &[f64]) -> f64 {
    let (sum, count) =
        known_from_the_top(values).fold((0.0, 0), |(sum, count), x| (sum + x, count + 1));
    if count == 0 { UNKNOWN } else { sum / count_to_f64(count) }
}

/// The median of the known values; for an even number the mean of the middle two. Sorts the values.
pub(super) fn median(values: &mut [f64]) -> f64 {
    sort(values);
    let known = &values[values.partition_point(|value| value.is_nan())..];
    let middle = known.len() / 2;
    match (known.get(middle), known.len() % 2) {
        (None, _) => UNKNOWN,
        (Some(upper), 0) => 0.5 * (known[middle - 1] + upper),
        (Some(&only), _) => only,
    }
}

/// The sample standard deviation by Welford's method: mean and squares are updated value by value.
pub(super) fn deviation(values: &[f64]) -> f64 {
    let (mut mean, mut squares, mut count) = (0.0, 0.0, 0.0);
    for x in known_from_the_top(values) {
        count += 1.0;
        let delta = x - mean;
        mean += delta / count;
        squares += delta * (x - mean);
    }
    if count < 2.0 { UNKNOWN } else { (squares / (count - 1.0)).sqrt() }
}

/// The value of rank round(percent·n/100), from 1, at least the first; unknown values rank lowest.
/// Sorts the values.
pub(super) fn percentile(values: &mut [f64], percent: f64) -> f64 {
    sort(values);
    let rank = (percent * count_to_f64(length_to_u64(values.len())) / 100.0).round();
    let index = to_index(truncate_to_u64(rank).saturating_sub(1));
    index.and_then(|index| values.get(index)).copied().unwrap_or(UNKNOWN)
}
