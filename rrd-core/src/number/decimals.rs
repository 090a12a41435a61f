//! Numbers of everyday size as decimals, digit by digit: what the standard library writes, in a tenth of its time.

use super::print::digits_of;

/// The longest text: a sign, nine digits, a point and six decimals, with room to write digits in pairs.
pub(super) const LONGEST: usize = 20;

/// Ten to the number of decimals, as many as are written here.
const POWERS: [u64; 7] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

/// Numbers from here on are written elsewhere.
const BOUND: f64 = 999_999_999.0;

/// Writes a number with so many decimals at the end of `text`, and says where it begins; `None` for what is too large,
/// is no number or has too many decimals. The digits are those of the exact value, rounded to the nearest, halves to even.
pub(super) fn write(value: f64, decimals: usize, text: &mut [u8; LONGEST]) -> Option<usize> {
    let power = *POWERS.get(decimals)?;
    let magnitude = value.abs();
    if magnitude.is_nan() || magnitude >= BOUND {
        return None;
    }
    let mut rest = rounded(magnitude, power);
    let mut start = text.len();
    for pair in 0..decimals.div_ceil(2) {
        // Of an odd number of decimals the first stands alone.
        let digits = if pair * 2 + 1 == decimals { 1 } else { 2 };
        let [tens, ones] = digits_of(if digits == 1 { rest % 10 } else { rest });
        rest /= if digits == 1 { 10 } else { 100 };
        start -= 1;
        text[start] = ones;
        if digits == 2 {
            start -= 1;
            text[start] = tens;
        }
    }
    if decimals > 0 {
        start -= 1;
        text[start] = b'.';
    }
    loop {
        let [tens, ones] = digits_of(rest);
        start -= 1;
        text[start] = ones;
        if rest >= 10 {
            start -= 1;
            text[start] = tens;
        }
        rest /= 100;
        if rest == 0 {
            break;
        }
    }
    if value.is_sign_negative() {
        start -= 1;
        text[start] = b'-';
    }
    Some(start)
}

/// A number below [`BOUND`] times a power of ten, exactly and then rounded.
fn rounded(magnitude: f64, power: u64) -> u64 {
    let bits = magnitude.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    // The number is the mantissa divided by two to the power of the shift, which is above 0 for numbers below the bound.
    let (mantissa, shift) = match bits >> 52 {
        0 => (fraction, 1074),
        exponent => (fraction | 1 << 52, 1075 - exponent),
    };
    let product = u128::from(mantissa) * u128::from(power);
    // The product has less than 75 bits: what is shifted farther is less than a half.
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
        let mut text = [0; LONGEST];
        let start = write(value, decimals, &mut text)?;
        Some(String::from_utf8(text[start..].to_vec()).unwrap())
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
