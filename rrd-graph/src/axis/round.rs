//! Round numbers for the distances of lines.

use rrd_core::number::{decimal_logarithm, power};

/// Steps of 1, 2 and 5 times a power of ten, with the distance of the minor lines.
pub(super) fn round_step(least: f64) -> (f64, f64) {
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

/// Steps for few labels: more numbers than those of `round_step`, in ascending order.
pub(super) fn round_numbers(least: f64) -> impl Iterator<Item = f64> {
    let unit = power(10.0, decimal_floor(least));
    let digits = [1.0, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0];
    let steps =
        [unit, unit * 10.0].into_iter().flat_map(move |unit| digits.map(|digit| digit * unit));
    steps.filter(move |step| *step >= least * 0.999_999)
}

/// The largest power of ten not above a number, in spite of rounding errors of the logarithm.
pub(super) fn decimal_floor(number: f64) -> f64 {
    (decimal_logarithm(number) + 1e-9).floor()
}
