//! Where the axis of a chart of ours ends. RRDtool's rules are in `value`.

use rrd_core::number::{decimal_logarithm, power};

use super::round::{decimal_floor, round_step};

/// The share of an axis that an end at a grid line may leave empty.
const MOST_EMPTY: f64 = 0.15;
/// Data that pass a line by less than this share of the axis end at it: rounding errors, which
/// nobody can see.
const UNSEEN: f64 = 1e-4;
/// An axis that does not end at a grid line ends at a multiple of this part of their distance, so
/// that it moves seldom while data come in.
const PARTS: f64 = 5.0;
/// The length of the linear part of a logarithmic axis, in decades.
pub(super) const LINEAR_PART: f64 = 0.5;
/// The decades that a logarithmic axis has at most: smaller values are close to zero.
const MOST_DECADES: f64 = 6.0;

/// The ends of a linear axis for data between two values, in steps of a unit: the next grid lines,
/// or between two of them where that would leave much of the axis empty.
///
/// At most 15 % above and below the data are empty: lines are 6 to 15 to an axis, so a fifth of
/// their distance is at most a twelfth of it.
pub(super) fn near_grid((least, most): (f64, f64), unit: f64) -> (f64, f64) {
    let range = most - least;
    let step = round_step(range / unit / 6.0).0 * unit;
    let unseen = range * UNSEEN;
    let low = |step: f64| step * ((least + unseen) / step).floor();
    let high = |step: f64| step * ((most - unseen) / step).ceil();
    let (lower, upper) = (low(step), high(step));
    let allowed = MOST_EMPTY * (upper - lower);
    (
        if least - lower <= allowed { lower } else { low(step / PARTS) },
        if upper - most <= allowed { upper } else { high(step / PARTS) },
    )
}

/// The ends of a linear axis for a single value: it is seen against zero.
pub(super) fn from_zero(value: f64) -> (f64, f64) {
    if value == 0.0 { (0.0, 1.0) } else { (value.min(0.0), value.max(0.0)) }
}

/// The upper end of a logarithmic axis that begins at zero, and the value where its linear part
/// ends: the decade of the least value above zero.
pub(super) fn of_logarithm(least: f64, most: f64) -> (f64, f64) {
    let most = most.min(1e300);
    let least = least.max(most * power(10.0, -MOST_DECADES)).min(most);
    let knee = power(10.0, decimal_floor(least));
    let decade = power(10.0, decimal_floor(most));
    let digits = [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0];
    let upper = digits.into_iter().map(|digit| digit * decade).find(|end| *end >= most);
    (upper.unwrap_or(most).max(knee * 2.0), knee)
}

/// Where a value is on such an axis: 0 at zero and below, 1 at the upper end.
pub(super) fn share_of_logarithm(value: f64, upper: f64, knee: f64) -> f64 {
    let length = decimal_logarithm(upper / knee) + LINEAR_PART;
    if value > knee {
        (decimal_logarithm(value / knee) + LINEAR_PART) / length
    } else {
        // Unknown is zero here, as on other logarithmic axes.
        (value / knee).max(0.0) * LINEAR_PART / length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_a_grid_line_unless_that_leaves_much_of_it_empty() {
        let cases = [
            (100.0, 100.0),
            (100.000_000_01, 100.0),
            (100.1, 104.0),
            (84.0, 84.0),
            (85.0, 100.0),
            (97.0, 100.0),
            (42.5, 50.0),
            (42.0, 42.0),
            (1.0, 1.0),
            (1.01, 1.04),
        ];
        for (most, upper) in cases {
            let found = near_grid((0.0, most), 1.0);
            assert_eq!((found.0, (found.1 * 1e6).round() / 1e6), (0.0, upper), "{most}");
        }
        assert_eq!(near_grid((40.0, 41.0), 1.0), (40.0, 41.0));
        assert_eq!(near_grid((-7.0, 3.0), 1.0), (-8.0, 4.0));
        assert_eq!(near_grid((0.0, 17.0), 1024.0), (0.0, 17.408));
    }

    #[test]
    fn at_most_fifteen_percent_are_empty_whatever_the_data() {
        for row in 1..20_000_u32 {
            let most = f64::from(row) * 0.37;
            let (lower, upper) = near_grid((0.0, most), 1.0);
            let empty = (upper - most) / (upper - lower);
            assert!((-1e-4..=0.15 + 1e-9).contains(&empty), "{empty} above {most}");
        }
    }

    #[test]
    fn a_logarithmic_axis_begins_at_zero_and_its_decades_have_equal_lengths() {
        let (upper, knee) = of_logarithm(200.0, 7e5);
        assert_eq!((upper, knee), (7e5, 100.0));
        let share = |value| share_of_logarithm(value, upper, knee);
        assert_eq!((share(0.0), share(-3.0), share(f64::NAN), share(upper)), (0.0, 0.0, 0.0, 1.0));
        assert!((share(100.0) - 2.0 * share(50.0)).abs() < 1e-12);
        let decades = [1e3, 1e4, 1e5].map(|value| share(value) - share(value / 10.0));
        assert!(decades.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 1e-12), "{decades:?}");
        // Six decades are shown; what is less is near zero.
        assert_eq!(of_logarithm(1e-9, 5e6), (5e6, 1.0));
    }
}
