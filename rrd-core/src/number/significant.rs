//! The leading decimal digits of a number, exactly rounded, by integer arithmetic.

use super::cast::wrap_to_i32;

/// Up to this many digits fit into 64 bits, with one to spare.
pub(super) const MOST: usize = 18;

/// Powers of five that fit into 64 bits.
const FIVES: [u64; 28] = {
    let mut powers = [1; 28];
    let mut power = 1;
    while power < powers.len() {
        powers[power] = powers[power - 1] * 5;
        power += 1;
    }
    powers
};

/// Powers of ten of up to [`MOST`] zeros.
const TENS: [u64; MOST + 1] = {
    let mut powers = [1; MOST + 1];
    let mut power = 1;
    while power < powers.len() {
        powers[power] = powers[power - 1] * 10;
        power += 1;
    }
    powers
};

/// The first `count` digits of a positive number as an integer, and its decimal exponent: 0.5 with
/// three digits is (500, -1). Halves are rounded to even, as by `printf`. `None` where this
/// arithmetic is too narrow: below about 1e-10, above about 1e44 with 18 digits or 1e27 with one,
/// and for denormal numbers.
pub(super) fn leading(magnitude: f64, count: usize) -> Option<(u64, i32)> {
    let bits = magnitude.to_bits();
    let binary = wrap_to_i32((bits >> 52).cast_signed());
    if !(1..2047).contains(&binary) || !(1..=MOST).contains(&count) {
        return None;
    }
    // The number is `mantissa * 2^power`.
    let mantissa = bits & ((1 << 52) - 1) | 1 << 52;
    let power = binary - 1075;
    // 1233 / 4096 is a little less than the logarithm of 2: exact or one too low.
    let mut exponent = ((binary - 1023) * 1233) >> 12;
    let digits = i32::try_from(count).ok()?;
    loop {
        let rounded = scaled(mantissa, power, digits - 1 - exponent)?;
        match rounded {
            Scaled { floor, .. } if floor >= *TENS.get(count)? => exponent += 1,
            Scaled { floor, .. } if floor < *TENS.get(count - 1)? => exponent -= 1,
            Scaled { floor, rounds_up } => {
                let whole = floor + u64::from(rounds_up);
                return Some(if whole == *TENS.get(count)? {
                    (whole / 10, exponent + 1)
                } else {
                    (whole, exponent)
                });
            }
        }
    }
}

/// A number between two integers.
struct Scaled {
    floor: u64,
    /// Whether the upper one is nearer, or as near and even.
    rounds_up: bool,
}

/// `mantissa * 2^power * 10^decimals`, if it can be computed without loss.
fn scaled(mantissa: u64, power: i32, decimals: i32) -> Option<Scaled> {
    let five = u128::from(*FIVES.get(usize::try_from(decimals.unsigned_abs()).ok()?)?);
    let power = power + decimals;
    let (numerator, denominator) =
        if decimals >= 0 { (u128::from(mantissa) * five, 1) } else { (u128::from(mantissa), five) };
    // Shifts that lose no bit.
    let (floor, rest, whole) = if power >= 0 {
        let shift = power.unsigned_abs();
        if shift >= numerator.leading_zeros() {
            return None;
        }
        let numerator = numerator << shift;
        (numerator / denominator, numerator % denominator, denominator)
    } else {
        let shift = power.unsigned_abs();
        if shift >= denominator.leading_zeros() || shift >= 127 {
            return None;
        }
        if denominator == 1 {
            let mask = (1 << shift) - 1;
            (numerator >> shift, numerator & mask, mask + 1)
        } else {
            let denominator = denominator << shift;
            (numerator / denominator, numerator % denominator, denominator)
        }
    };
    let floor = u64::try_from(floor).ok()?;
    let is_odd = floor % 2 == 1;
    Some(Scaled { floor, rounds_up: rest > whole / 2 || rest * 2 == whole && is_odd })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_digits_are_those_of_the_number_and_halves_are_even() {
        assert_eq!(leading(0.5, 3), Some((500, -1)));
        assert_eq!(leading(0.7, 18), Some((699_999_999_999_999_956, -1)));
        assert_eq!(leading(2.5, 1), Some((2, 0)));
        assert_eq!(leading(3.5, 1), Some((4, 0)));
        assert_eq!(leading(9.99, 2), Some((10, 1)));
        assert_eq!(leading(1e18, 18), Some((100_000_000_000_000_000, 18)));
    }

    #[test]
    fn very_small_and_very_large_numbers_are_left_to_others() {
        for value in [0.0, 5e-324, 1e-30, 1e50, f64::INFINITY, f64::NAN] {
            assert_eq!(leading(value, 18), None, "{value}");
        }
        assert_eq!(leading(1.0, 19), None);
    }

    /// What the standard library prints.
    fn printed(value: f64, count: usize) -> (u64, i32) {
        let decimals = count - 1;
        let text = format!("{value:.decimals$e}");
        let (digits, exponent) = text.split_once('e').unwrap();
        (digits.replace('.', "").parse().unwrap(), exponent.parse().unwrap())
    }

    #[test]
    fn powers_of_ten_and_their_neighbours_have_the_digits_of_the_standard_library() {
        for exponent in -12..=48 {
            let power: f64 = format!("1e{exponent}").parse().unwrap();
            for bits in power.to_bits() - 40..power.to_bits() + 40 {
                let value = f64::from_bits(bits);
                for count in [1, 2, 11, 17, 18] {
                    let found = leading(value, count);
                    assert!(found.is_none_or(|found| found == printed(value, count)), "{value:e}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn digits_are_those_of_the_standard_library(value in 1e-10..1e27_f64, count in 1..=18_usize) {
            prop_assert_eq!(leading(value, count), Some(printed(value, count)));
        }

        #[test]
        fn all_digits_of_large_numbers_are_those_of_the_standard_library(value in 1e27..1e40_f64) {
            prop_assert_eq!(leading(value, 18), Some(printed(value, 18)));
        }

        #[test]
        fn digits_of_other_numbers_are_right_or_left_to_others(
            bits in 1..0x7ff0_0000_0000_0000_u64,
            count in 1..=18_usize,
        ) {
            let value = f64::from_bits(bits);
            let found = leading(value, count);
            prop_assert!(found.is_none_or(|found| found == printed(value, count)));
        }

        #[test]
        fn small_numbers_have_the_digits_of_the_standard_library(
            value in 1e-9..1000_f64,
            count in 1..=18_usize,
        ) {
            prop_assert_eq!(leading(value, count), Some(printed(value, count)));
        }
    }
}
