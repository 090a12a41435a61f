//! VDEF: one number, possibly with a time, from all rows of a series.

use std::cmp::Ordering;

use rrd_core::Timestamp;
use rrd_core::number::{UNKNOWN, count_to_f64, length_to_u64, to_index, truncate_to_u64};

use crate::rows::Rows;
use crate::statement::StatisticFunction;

/// The result of a VDEF.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// The number; NaN if there is none.
    pub value: f64,
    /// The time of the row found, for the functions that find a row.
    pub time: Option<Timestamp>,
}

/// Computes a figure from all rows of a series.
///
/// ```
/// use rrd_core::{Step, Timestamp};
/// use rrd_graph::{Rows, statement::StatisticFunction, vdef::{Figure, figure}};
/// let (start, step) = (Timestamp::from_seconds(600), Step::from_seconds(60).unwrap());
/// let rows = Rows::new(start, step, vec![1.0, f64::NAN, 4.0]);
/// let largest = figure(&rows, StatisticFunction::Maximum);
/// assert_eq!(largest, Figure { value: 4.0, time: Some(Timestamp::from_seconds(780)) });
/// assert_eq!(figure(&rows, StatisticFunction::Total).value, 300.0);
/// ```
pub fn figure(rows: &Rows, function: StatisticFunction) -> Figure {
    let finite = || rows.values.iter().copied().filter(|value| value.is_finite());
    let timeless = |value: Option<f64>| Figure { value: value.unwrap_or(UNKNOWN), time: None };
    match function {
        StatisticFunction::Maximum => extreme(rows, |value, best| value > best),
        StatisticFunction::Minimum => extreme(rows, |value, best| value < best),
        StatisticFunction::Average => timeless(mean(finite())),
        StatisticFunction::StandardDeviation => timeless(deviation(finite())),
        StatisticFunction::First => {
            let found = rows.values.iter().position(|value| !value.is_nan());
            found.map_or(timeless(None), |row| at(rows, row, Edge::Start))
        }
        StatisticFunction::Last => {
            let found = rows.values.iter().rposition(|value| !value.is_nan());
            found.map_or(timeless(None), |row| at(rows, row, Edge::End))
        }
        StatisticFunction::Total => {
            let step = count_to_f64(rows.step.seconds());
            // Here and in `mean` the sum begins with zero, so that the sign of a zero is positive.
            let sum = |sum: Option<f64>, value: f64| Some(sum.unwrap_or(0.0) + value);
            timeless(finite().fold(None, sum).map(|sum| sum * step))
        }
        StatisticFunction::Percent(share) => {
            timeless(rank(rows.values.clone(), rows.before + rows.after, share))
        }
        StatisticFunction::PercentOfKnown(share) => {
            let known = rows.values.iter().copied().filter(|value| !value.is_nan());
            timeless(rank(known.collect(), 0, share))
        }
        StatisticFunction::Slope => timeless(LeastSquares::of(rows).map(LeastSquares::slope)),
        StatisticFunction::Intercept => {
            timeless(LeastSquares::of(rows).map(LeastSquares::intercept))
        }
        StatisticFunction::Correlation => {
            timeless(LeastSquares::of(rows).map(LeastSquares::correlation))
        }
    }
}

/// Which end of a row is its time.
#[derive(Clone, Copy)]
enum Edge {
    Start,
    End,
}

/// The value at an index of the values, with its time.
fn at(rows: &Rows, index: usize, edge: Edge) -> Figure {
    let row = rows.before + index;
    let before = length_to_u64(row) + u64::from(matches!(edge, Edge::End));
    let time = i64::try_from(rows.step.seconds().saturating_mul(before))
        .ok()
        .and_then(|after| rows.start.seconds().checked_add(after))
        .map(Timestamp::from_seconds);
    Figure { value: rows.get(row), time }
}

/// The first row that no finite row beats, beginning with the first known row, even if infinite.
fn extreme(rows: &Rows, beats: impl Fn(f64, f64) -> bool) -> Figure {
    let mut best: Option<(usize, f64)> = None;
    for (row, &value) in rows.values.iter().enumerate() {
        let better = match best {
            None => !value.is_nan(),
            Some((_, best)) => value.is_finite() && beats(value, best),
        };
        if better {
            best = Some((row, value));
        }
    }
    best.map_or(Figure { value: UNKNOWN, time: None }, |(row, _)| at(rows, row, Edge::End))
}

/// The mean in the order of the values; `None` if there are none.
fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count_to_f64(count))
}

fn deviation(values: impl Iterator<Item = f64> + Clone) -> Option<f64> {
    let average = mean(values.clone())?;
    mean(values.map(|value| (value - average) * (value - average))).map(f64::sqrt)
}

/// The value that `share` percent of the values do not exceed, among them so many unknown ones that
/// are not in the list; unknown values rank lowest.
fn rank(mut values: Vec<f64>, unknown: usize, share: f64) -> Option<f64> {
    let last = length_to_u64(unknown + values.len()).checked_sub(1)?;
    values.sort_by(|a, b| match (a.is_nan(), b.is_nan()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => a.total_cmp(b),
    });
    let index = truncate_to_u64((share * count_to_f64(last) / 100.0).round());
    let index = to_index(index.min(last))?;
    Some(index.checked_sub(unknown).and_then(|index| values.get(index)).copied().unwrap_or(UNKNOWN))
}

/// The sums for a least-squares line through the finite rows, at 0, 1, 2, ...
#[derive(Clone, Copy)]
struct LeastSquares {
    count: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
    yy: f64,
}

impl LeastSquares {
    /// `None` without a finite row.
    fn of(rows: &Rows) -> Option<Self> {
        let mut sums = Self { count: 0.0, x: 0.0, y: 0.0, xx: 0.0, xy: 0.0, yy: 0.0 };
        let first = length_to_u64(rows.before);
        for (x, y) in (first..).map(count_to_f64).zip(rows.values.iter().copied()) {
            if y.is_finite() {
                sums.count += 1.0;
                sums.x += x;
                sums.y += y;
                sums.xx += x * x;
                sums.xy += x * y;
                sums.yy += y * y;
            }
        }
        (sums.count > 0.0).then_some(sums)
    }

    fn slope(self) -> f64 {
        (self.x * self.y - self.count * self.xy) / (self.x * self.x - self.count * self.xx)
    }

    fn intercept(self) -> f64 {
        (self.y - self.slope() * self.x) / self.count
    }

    fn correlation(self) -> f64 {
        let both = self.xy - self.x * self.y / self.count;
        let x = self.xx - self.x * self.x / self.count;
        let y = self.yy - self.y * self.y / self.count;
        both / (x * y).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use rrd_core::Step;

    use super::*;

    fn found(values: &[f64], function: StatisticFunction) -> (f64, Option<i64>) {
        let step = Step::from_seconds(10).unwrap();
        let figure =
            figure(&Rows::new(Timestamp::from_seconds(100), step, values.to_vec()), function);
        (figure.value, figure.time.map(Timestamp::seconds))
    }

    const GAP: f64 = f64::NAN;
    const INF: f64 = f64::INFINITY;

    #[test]
    fn extremes_are_the_first_of_equals_and_end_their_row() {
        assert_eq!(found(&[GAP, 3.0, 5.0, 5.0], StatisticFunction::Maximum), (5.0, Some(130)));
        assert_eq!(found(&[GAP, 3.0, 5.0, 3.0], StatisticFunction::Minimum), (3.0, Some(120)));
    }

    #[test]
    fn an_infinity_counts_for_an_extreme_only_in_front() {
        assert_eq!(found(&[3.0, INF], StatisticFunction::Maximum), (3.0, Some(110)));
        assert_eq!(found(&[INF, 3.0], StatisticFunction::Maximum), (INF, Some(110)));
        assert_eq!(found(&[INF, 3.0], StatisticFunction::Minimum), (3.0, Some(120)));
    }

    #[test]
    fn first_has_the_start_of_its_row_and_last_the_end() {
        assert_eq!(found(&[GAP, 3.0, 5.0, GAP], StatisticFunction::First), (3.0, Some(110)));
        assert_eq!(found(&[GAP, 3.0, 5.0, GAP], StatisticFunction::Last), (5.0, Some(130)));
    }

    #[test]
    fn sums_and_means_leave_unknown_and_infinite_rows_out() {
        let values = [GAP, 1.0, INF, 3.0];
        assert_eq!(found(&values, StatisticFunction::Average), (2.0, None));
        assert_eq!(found(&values, StatisticFunction::StandardDeviation), (1.0, None));
        assert_eq!(found(&values, StatisticFunction::Total), (40.0, None));
    }

    #[test]
    fn percentiles_count_unknown_rows_as_smallest_or_not_at_all() {
        let values = [GAP, 4.0, 1.0, 3.0, 2.0];
        assert!(found(&values, StatisticFunction::Percent(0.0)).0.is_nan());
        assert_eq!(found(&values, StatisticFunction::Percent(50.0)), (2.0, None));
        assert_eq!(found(&values, StatisticFunction::PercentOfKnown(0.0)), (1.0, None));
        assert_eq!(found(&values, StatisticFunction::PercentOfKnown(50.0)), (3.0, None));
        assert_eq!(found(&[1.0, INF, 2.0], StatisticFunction::Percent(100.0)), (INF, None));
    }

    #[test]
    fn unknown_rows_around_the_values_count_as_if_they_were_written_out() {
        let (start, step) = (Timestamp::from_seconds(100), Step::from_seconds(10).unwrap());
        let values =
            [[UNKNOWN; 3].as_slice(), &[4.0, 1.0, UNKNOWN, 3.0, 2.0], &[UNKNOWN; 4]].concat();
        let (dense, compact) =
            (Rows::new(start, step, values.clone()), Rows::collect(start, step, values));
        assert_eq!((compact.before, compact.values.len(), compact.after), (3, 5, 4));
        let functions = [
            StatisticFunction::Maximum,
            StatisticFunction::Minimum,
            StatisticFunction::Average,
            StatisticFunction::StandardDeviation,
            StatisticFunction::First,
            StatisticFunction::Last,
            StatisticFunction::Total,
            StatisticFunction::PercentOfKnown(50.0),
            StatisticFunction::Slope,
            StatisticFunction::Intercept,
            StatisticFunction::Correlation,
        ];
        let shares = (0..=100).map(|share| StatisticFunction::Percent(f64::from(share)));
        for function in functions.into_iter().chain(shares) {
            let (dense, compact) = (figure(&dense, function), figure(&compact, function));
            assert_eq!(compact.value.to_bits(), dense.value.to_bits(), "{function:?}");
            assert_eq!(compact.time, dense.time, "{function:?}");
        }
    }

    #[test]
    fn a_line_of_least_squares_counts_rows() {
        let values = [5.0, GAP, 9.0, 11.0];
        assert_eq!(found(&values, StatisticFunction::Slope), (2.0, None));
        assert_eq!(found(&values, StatisticFunction::Intercept), (5.0, None));
        let correlation = found(&values, StatisticFunction::Correlation).0;
        assert!((correlation - 1.0).abs() < 1e-12, "{correlation}");
    }

    #[test]
    fn without_a_known_row_there_is_neither_number_nor_time() {
        for function in [
            StatisticFunction::Maximum,
            StatisticFunction::First,
            StatisticFunction::Average,
            StatisticFunction::Total,
            StatisticFunction::PercentOfKnown(50.0),
            StatisticFunction::Slope,
        ] {
            let (value, time) = found(&[GAP, GAP], function);
            assert!(value.is_nan() && time.is_none(), "{function:?}");
        }
    }
}
