//! Formats numbers of ordinary size as decimals, digit by digit: the same text as the standard
//! library, in a tenth of the time.

use super::digits::ReverseText;

/// The longest text: sign, nine digits, point, six decimals.
const MAX_LENGTH: usize = 17;

/// Powers of ten for every supported number of decimals.
const POWERS: [u64; 7] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

/// Numbers from here on are formatted elsewhere.
const BOUND: f64 = 999_999_999.0;

/// A number with `decimals` decimals; `None` if the number is too large, not finite, or has too
/// many decimals. The digits are those of the exact value, rounded to nearest, ties to even.
pub(super) fn text(value: f64, decimals: usize) -> Option<ReverseText<MAX_LENGTH>> {
    let power = *POWERS.get(decimals)?;
    let magnitude = value.abs();
    if magnitude.is_nan() || magnitude >= BOUND {
        return None;
    }
    let mut text = ReverseText::ending_at(MAX_LENGTH);
    let whole = text.push_digits(rounded(magnitude, power), decimals);
    if decimals > 0 {
        text.push(b'.');
    }
    text.push_whole(whole);
    if value.is_sign_negative() {
        text.push(b'-');
    }
    Some(text)
}

/// A number below [`BOUND`] times a power of ten: computed exactly, then rounded.
fn rounded(magnitude: f64, power: u64) -> u64 {
    let bits = magnitude.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    // The number is the mantissa divided by two to the power of the shift, which is positive below
    // the bound.
    let (mantissa, shift) = match bits >> 52 {
        0 => (fraction, 1074),
        exponent => (fraction | 1 << 52, 1075 - exponent),
    };
    let product = u128::from(mantissa) * u128::from(power);
    // The product has fewer than 75 bits: with a larger shift it is less than a half.
    if shift > 75 {
        return 0;
    }
    let below = product & ((1 << shift) - 1);
    let half = 1_u128 << (shift - 1);
    let whole = u64::try_from(product >> shift).unwrap_or(u64::MAX);
    whole + u64::from(below > half || (below == half && whole % 2 == 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(value: f64, decimals: usize) -> Option<String> {
        let text = text(value, decimals)?;
        Some(String::from_utf8(text.bytes().to_vec()).unwrap())
    }

    fn check(value: f64) {
        for decimals in 0..POWERS.len() {
            for value in [value, -value] {
                assert_eq!(
                    written(value, decimals),
                    Some(format!("{value:.decimals$}")),
                    "{value:e}"
                );
            }
        }
    }

    #[test]
    fn halves_and_their_neighbours_round_as_the_standard_library_does() {
        for halves in 0..4000_u32 {
            for power in [2.0, 20.0, 200.0, 64.0, 2e6] {
                let value = f64::from(halves) / power;
                check(value);
                check(f64::from_bits(value.to_bits() + 1));
                check(f64::from_bits(value.to_bits().saturating_sub(1) & (u64::MAX >> 1)));
            }
        }
    }

    #[test]
    fn the_ends_of_what_is_written_here() {
        for value in [0.0, 5e-324, f64::MIN_POSITIVE, 9.5, 99.995, 999_999.999_999_5, 999_999_998.9]
        {
            check(value);
        }
        for value in [BOUND, 1e300, f64::INFINITY, f64::NAN] {
            assert_eq!((written(value, 2), written(-value, 2)), (None, None));
        }
        assert_eq!(written(1.0, POWERS.len()), None);
    }

    proptest! {
        #[test]
        fn every_number_is_written_as_the_standard_library_does(
            bits in 0..BOUND.to_bits(),
            near in -999_999_990.0_f64..999_999_990.0,
        ) {
            check(f64::from_bits(bits));
            check(near);
            check((near * 100.0).round() / 100.0);
        }
    }
}
