//! The cells of a heat map: the mean of each column, and how opaque it is drawn.

use rrd_core::TimeRange;

use crate::chart::Samples;
use crate::number;

/// Steps of opacity: fewer than the eye tells apart at this size, and they compress well.
const STEPS: f64 = 24.0;
/// The opacity of the lowest known value, so that it is not taken for an unknown one.
const FAINTEST: f64 = 16.0;

/// The mean of the known values in each of `columns` equal parts of a range, weighted by their
/// time; NaN where none is known.
pub(super) fn means(samples: &Samples, range: TimeRange, columns: usize) -> Vec<f64> {
    let start = range.start.seconds();
    let length = number::seconds(range.end.seconds().saturating_sub(start));
    let place = |moment: i64| {
        number::seconds(moment.saturating_sub(start)) / length * number::float(columns)
    };
    let mut sums = vec![(0.0, 0.0); columns];
    for (from, to, value) in samples.within(range).filter(|row| row.2.is_finite()) {
        let (from, to) = (place(from), place(to));
        let first = number::count(from);
        let touched = sums.iter_mut().enumerate().skip(first);
        for (column, (sum, time)) in touched {
            let column = number::float(column);
            if column >= to {
                break;
            }
            let overlap = to.min(column + 1.0) - from.max(column);
            *sum += value * overlap;
            *time += overlap;
        }
    }
    // Less than a thousandth of a column is an error of rounding.
    sums.into_iter().map(|(sum, time)| if time > 1e-3 { sum / time } else { f64::NAN }).collect()
}

/// The opacity of a value between two limits; 0 if it is unknown.
pub(super) fn opacity(value: f64, (lower, upper): (f64, f64)) -> u8 {
    if value.is_nan() {
        return 0;
    }
    let share =
        if upper > lower { ((value - lower) / (upper - lower)).clamp(0.0, 1.0) } else { 0.0 };
    let step = (share * STEPS).round() / STEPS;
    u8::try_from(number::rounded(FAINTEST + step * (255.0 - FAINTEST))).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use rrd_core::{Step, Timestamp};

    use super::*;

    fn columns(count: usize) -> String {
        let (start, step) = (Timestamp::from_seconds(0), Step::from_seconds(10).unwrap());
        let samples = Samples::new(start, step, vec![1.0, 3.0, f64::NAN, 5.0]);
        format!("{:?}", means(&samples, TimeRange::from_seconds(0, 80), count))
    }

    #[test]
    fn a_column_is_the_mean_of_what_is_known_in_it_and_time_without_rows_is_unknown() {
        assert_eq!(columns(8), "[1.0, 3.0, NaN, 5.0, NaN, NaN, NaN, NaN]");
        assert_eq!(columns(4), "[2.0, 5.0, NaN, NaN]");
        assert_eq!(columns(2), "[3.0, NaN]");
        assert!(columns(16).starts_with("[1.0, 1.0, 3.0, 3.0, NaN, NaN, 5.0, 5.0, NaN"));
    }

    #[test]
    fn zero_is_faint_unknown_is_empty_and_beyond_the_limits_is_as_at_them() {
        let drawn = [f64::NAN, 0.0, 50.0, 100.0, 900.0, -1.0].map(|v| opacity(v, (0.0, 100.0)));
        assert_eq!(drawn, [0, 16, 136, 255, 255, 16]);
        assert_eq!(opacity(5.0, (0.0, 0.0)), 16);
    }
}
