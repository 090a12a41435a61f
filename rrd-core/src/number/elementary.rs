//! Elementary functions (logarithm, exponential, power, sine and so on) with the same bits on every
//! platform.
//!
//! The methods of `f64` use the C library, whose last bit depends on its version and on the
//! processor. `pxfm` computes in twice the precision: no test has found a wrong last bit except in
//! powers that are halfway between two numbers or below 2^-1020. Integer powers are computed here.
//! Unknown stays unknown; a result that does not exist is unknown, too. Other edge cases (infinite
//! operands, signed zeros, the many cases of a power) follow the C standard.

use super::{UNKNOWN, truncate_to_i64, truncate_to_u64};

/// The sine of an angle in radians.
///
/// ```
/// use rrd_core::number;
/// assert_eq!(number::sine(0.5), 0.479_425_538_604_203);
/// assert!(number::sine(f64::INFINITY).is_nan());
/// ```
pub fn sine(angle: f64) -> f64 {
    with_unknown(angle, pxfm::f_sin)
}

/// The cosine of an angle in radians.
///
/// ```
/// assert_eq!(rrd_core::number::cosine(0.0), 1.0);
/// ```
pub fn cosine(angle: f64) -> f64 {
    with_unknown(angle, pxfm::f_cos)
}

/// The angle with this tangent, in radians from -π/2 to π/2.
///
/// ```
/// assert_eq!(rrd_core::number::arc_tangent(f64::INFINITY), std::f64::consts::FRAC_PI_2);
/// ```
pub fn arc_tangent(tangent: f64) -> f64 {
    with_unknown(tangent, pxfm::f_atan)
}

/// The angle from the positive x axis to the point (x, y), in radians from -π to π.
///
/// ```
/// assert_eq!(rrd_core::number::arc_tangent_of(0.0, -1.0), std::f64::consts::PI);
/// ```
pub fn arc_tangent_of(y: f64, x: f64) -> f64 {
    match (y.is_nan(), x.is_nan()) {
        (true, _) => y,
        (false, true) => x,
        // The crate drops the sign of angles that underflow.
        (false, false) => pxfm::f_atan2(y, x).copysign(y),
    }
}

/// e to this power.
///
/// ```
/// assert_eq!(rrd_core::number::exponential(1.0), std::f64::consts::E);
/// ```
pub fn exponential(power: f64) -> f64 {
    let result = with_unknown(power, pxfm::f_exp);
    if result < SMALL {
        let root = pxfm::f_exp(power / 2.0);
        return root * root;
    }
    result
}

/// The natural logarithm; unknown below zero, minus infinity at zero.
///
/// ```
/// use rrd_core::number;
/// assert_eq!(number::logarithm(10.0), std::f64::consts::LN_10);
/// assert_eq!(number::logarithm(0.0), f64::NEG_INFINITY);
/// ```
pub fn logarithm(number: f64) -> f64 {
    with_unknown(number, pxfm::f_log)
}

/// The decimal logarithm, exact for powers of ten; unknown below zero, minus infinity at zero.
///
/// ```
/// assert_eq!(rrd_core::number::decimal_logarithm(1e-9), -9.0);
/// ```
pub fn decimal_logarithm(number: f64) -> f64 {
    with_unknown(number, pxfm::f_log10)
}

/// A number to a power, by the rules of C: one to any power and anything to the power of zero are
/// one, even if unknown; a fractional power of a negative number is unknown.
///
/// ```
/// use rrd_core::number;
/// assert_eq!(number::power(10.0, -3.0), 0.001);
/// assert_eq!(number::power(-2.0, 3.0), -8.0);
/// assert_eq!(number::power(f64::NAN, 0.0), 1.0);
/// assert!(number::power(-8.0, 1.0 / 3.0).is_nan());
/// ```
pub fn power(base: f64, exponent: f64) -> f64 {
    if exponent == 0.0 || base == 1.0 {
        return 1.0;
    }
    if base.is_nan() {
        return base;
    }
    if exponent.is_nan() {
        return exponent;
    }
    if base.is_sign_positive() {
        return power_of_magnitude(base, exponent);
    }
    let fractional = exponent.is_finite() && exponent.trunc() != exponent;
    if fractional && base < 0.0 && base.is_finite() {
        return UNKNOWN;
    }
    let odd = (exponent % 2.0).abs() == 1.0;
    let magnitude = power_of_magnitude(-base, exponent);
    if odd { -magnitude } else { magnitude }
}

/// Returns an unknown argument unchanged, else the result, with any NaN replaced by [`UNKNOWN`].
#[inline]
fn with_unknown(argument: f64, function: fn(f64) -> f64) -> f64 {
    if argument.is_nan() {
        return argument;
    }
    let result = function(argument);
    if result.is_nan() { UNKNOWN } else { result }
}

/// The largest power that is computed by multiplication.
const MAX_FACTORS: f64 = 64.0;

/// Results of the crate below this are sometimes wrong. There a root is squared, which may miss the
/// last bit.
const SMALL: f64 = power_of_two(-1020);

/// A power of a number from zero to infinity.
fn power_of_magnitude(base: f64, exponent: f64) -> f64 {
    if base == 0.0 || base.is_infinite() {
        let grows = (base == 0.0) == (exponent < 0.0);
        return if grows { f64::INFINITY } else { 0.0 };
    }
    if exponent.abs() <= MAX_FACTORS && exponent.trunc() == exponent {
        return Parts::of(base).power(exponent);
    }
    if exponent == 0.5 {
        return base.sqrt();
    }
    if exponent == -0.5 {
        return Parts::of(base).inverse_root();
    }
    let power = pxfm::f_pow(base, exponent);
    if power < SMALL {
        let root = pxfm::f_pow(base, exponent / 2.0);
        return root * root;
    }
    power
}

/// A number split into a significand from 1 up to 2 and a binary exponent.
#[derive(Clone, Copy)]
struct Parts {
    significand: f64,
    binary_exponent: i64,
}

impl Parts {
    fn of(number: f64) -> Self {
        if number < f64::MIN_POSITIVE {
            let Self { significand, binary_exponent } = Self::of(number * power_of_two(64));
            return Self { significand, binary_exponent: binary_exponent - 64 };
        }
        let bits = number.to_bits();
        let significand = f64::from_bits((bits & ((1 << 52) - 1)) | 1.0_f64.to_bits());
        Self { significand, binary_exponent: (bits >> 52).cast_signed() - 1023 }
    }

    /// An integer power of at most [`MAX_FACTORS`].
    fn power(self, exponent: f64) -> f64 {
        let count = truncate_to_u64(exponent.abs());
        let mut product = Pair { high: self.significand, low: 0.0 };
        for bit in (0..count.ilog2()).rev() {
            product = product.times(product);
            if count >> bit & 1 == 1 {
                product = product.times(Pair { high: self.significand, low: 0.0 });
            }
        }
        let number = if exponent < 0.0 { product.inverse() } else { product.high };
        scaled(number, self.binary_exponent * truncate_to_i64(exponent))
    }

    /// The reciprocal of the square root.
    fn inverse_root(self) -> f64 {
        let odd = self.binary_exponent.rem_euclid(2);
        let number = if odd == 1 { 2.0 * self.significand } else { self.significand };
        let root = number.sqrt();
        let square = product(root, root);
        let low = (number - square.high - square.low) / (2.0 * root);
        scaled(Pair { high: root, low }.inverse(), (odd - self.binary_exponent) / 2)
    }
}

/// A number of twice the precision: the sum of two, of which the second is less than half the last
/// digit of the first.
#[derive(Clone, Copy)]
struct Pair {
    high: f64,
    low: f64,
}

impl Pair {
    fn times(self, other: Self) -> Self {
        let Self { high, low } = product(self.high, other.high);
        let low = low + (self.high * other.low + self.low * other.high);
        let sum = high + low;
        Self { high: sum, low: low - (sum - high) }
    }

    /// The reciprocal, exact to the last digit.
    fn inverse(self) -> f64 {
        let inverse = 1.0 / self.high;
        let whole = product(inverse, self.high);
        let rest = 1.0 - whole.high - whole.low - inverse * self.low;
        inverse + rest / self.high
    }
}

/// The exact product of two numbers that are neither very large nor very small (Dekker, 1971).
fn product(x: f64, y: f64) -> Pair {
    let halves = |number: f64| {
        let shifted = number * 134_217_729.0;
        let upper = shifted - (shifted - number);
        (upper, number - upper)
    };
    let ((upper, lower), (up, down)) = (halves(x), halves(y));
    let high = x * y;
    Pair { high, low: upper * up - high + upper * down + lower * up + lower * down }
}

/// A number from 2^-65 to 2^65 times a power of two, rounded once.
fn scaled(number: f64, binary_exponent: i64) -> f64 {
    let steps = binary_exponent.clamp(-2999, 2999);
    let step = power_of_two(1000 * steps.signum());
    let first = number * power_of_two(steps % 1000);
    (0..steps.abs() / 1000).fold(first, |number, _| number * step)
}

/// Two to an integer power from -1022 to 1023.
const fn power_of_two(binary_exponent: i64) -> f64 {
    f64::from_bits((binary_exponent + 1023).cast_unsigned() << 52)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_last_bit_is_that_of_the_exact_value() {
        // The digits come from a computation with 90 digits; the C library of Debian 12 differs.
        assert_eq!(sine(46.807), 0.311_612_735_579_884_4);
        assert_eq!(sine(6.501), 0.216_096_467_990_794_2);
        assert_eq!(cosine(30.098), 0.250_183_512_713_970_6);
        assert_eq!(cosine(16.743), -0.510_494_347_809_866_6);
        assert_eq!(arc_tangent(0.0978), 0.097_489_963_549_911_27);
        assert_eq!(arc_tangent(0.2685), 0.262_313_227_455_287_9);
        assert_eq!(exponential(20.417), 736_190_886.703_458_4);
        assert_eq!(exponential(17.477), 38_919_267.716_110_6);
        assert_eq!(logarithm(4.182), 1.430_789_601_006_442);
        assert_eq!(logarithm(27.675), 3.320_529_478_594_700_4);
        assert_eq!(decimal_logarithm(4.771), 0.678_609_416_558_926_1);
        assert_eq!(decimal_logarithm(30.415), 1.483_087_820_798_942_2);
    }

    #[test]
    fn powers_of_ten_are_the_numbers_that_are_written_so() {
        for exponent in -307..=308 {
            let written: f64 = format!("1e{exponent}").parse().unwrap();
            assert_eq!(power(10.0, f64::from(exponent)), written, "1e{exponent}");
        }
        for exponent in -22..=22 {
            let written: f64 = format!("1e{exponent}").parse().unwrap();
            assert_eq!(decimal_logarithm(written), f64::from(exponent), "1e{exponent}");
        }
    }

    #[test]
    fn powers_that_can_be_written_down_are_exact() {
        assert_eq!(power(3.0, 33.0), 5_559_060_566_555_523.0);
        assert_eq!(power(-5.0, 22.0), 2_384_185_791_015_625.0);
        // Halfway between two numbers the even one is taken: 839,336,585,831,289.0625.
        assert_eq!(power(-5382.5, 4.0), 839_336_585_831_289.0);
        assert_eq!(power(2.0, -1074.0), f64::from_bits(1));
        assert_eq!(power(1e308, -0.5), 1e-154);
        assert_eq!(power(1e-308, -1.0), 1e308);
    }

    /// Numbers where formulas typically fail.
    fn edges() -> Vec<f64> {
        let mut edges = vec![0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 10.0, 64.0, 65.0, 709.7, 1024.0, 1075.0];
        edges.extend([1e-310, 5e-324, f64::MIN_POSITIVE, f64::EPSILON, 1.0 - f64::EPSILON]);
        edges.extend([1.0 + f64::EPSILON, 1e16, 9_007_199_254_740_993.0, 1e19, 1e154, 1e300]);
        edges.extend([f64::MAX, f64::INFINITY, f64::NAN]);
        edges.iter().flat_map(|&edge| [edge, -edge]).collect()
    }

    /// Whether a result agrees with the C library within two units in the last place: its `log10`
    /// may be that far off.
    fn agrees(ours: f64, theirs: f64) -> bool {
        let near = ours.next_up().next_up() >= theirs && ours.next_down().next_down() <= theirs;
        if ours.is_nan() || theirs.is_nan() {
            return ours.is_nan() && theirs.is_nan();
        }
        near && ours.is_sign_negative() == theirs.is_sign_negative()
    }

    type Unary = fn(f64) -> f64;
    type Binary = fn(f64, f64) -> f64;

    #[expect(clippy::disallowed_methods, reason = "what the C library says")]
    fn of_the_c_library() -> [(Unary, Unary); 6] {
        [
            (sine, f64::sin),
            (cosine, f64::cos),
            (arc_tangent, f64::atan),
            (exponential, f64::exp),
            (logarithm, f64::ln),
            (decimal_logarithm, f64::log10),
        ]
    }

    #[expect(clippy::disallowed_methods, reason = "what the C library says")]
    fn of_two_of_the_c_library() -> [(Binary, Binary); 2] {
        [(power, f64::powf), (arc_tangent_of, f64::atan2)]
    }

    #[test]
    fn edges_are_those_of_the_c_library() {
        for (ours, theirs) in of_the_c_library() {
            for x in edges() {
                assert!(agrees(ours(x), theirs(x)), "{x:?}: {} or {}", ours(x), theirs(x));
            }
        }
        for (ours, theirs) in of_two_of_the_c_library() {
            for (x, y) in edges().into_iter().flat_map(|x| edges().into_iter().map(move |y| (x, y)))
            {
                assert!(agrees(ours(x, y), theirs(x, y)), "{x:?}, {y:?}: {}", ours(x, y));
            }
        }
    }

    #[test]
    fn unknown_is_passed_on_and_no_result_is_the_unknown_of_files() {
        let other = f64::from_bits(0x7ff8_0000_0000_0001);
        for unknown in [UNKNOWN, other] {
            for function in [sine, cosine, arc_tangent, exponential, logarithm] {
                assert_eq!(function(unknown).to_bits(), unknown.to_bits());
            }
            assert_eq!(power(unknown, 2.0).to_bits(), unknown.to_bits());
            assert_eq!(power(2.0, unknown).to_bits(), unknown.to_bits());
            assert_eq!(arc_tangent_of(1.0, unknown).to_bits(), unknown.to_bits());
        }
        for result in [sine(f64::INFINITY), logarithm(-1.0), power(-1.0, 0.5)] {
            assert_eq!(result.to_bits(), UNKNOWN.to_bits());
        }
    }

    proptest! {
        #[test]
        fn any_result_is_that_of_the_c_library_or_near_it(
            bits in any::<u64>(),
            other in any::<u64>(),
            base in 0.0_f64..1e4,
            exponent in -70.0_f64..70.0,
        ) {
            for x in [f64::from_bits(bits), base, exponent] {
                for (ours, theirs) in of_the_c_library() {
                    prop_assert!(agrees(ours(x), theirs(x)), "{x:?}: {} {}", ours(x), theirs(x));
                }
            }
            let pairs = [
                (f64::from_bits(bits), f64::from_bits(other)),
                (base, exponent),
                (-base, exponent.trunc()),
                (base, exponent.trunc() / 2.0),
            ];
            for (x, y) in pairs {
                for (ours, theirs) in of_two_of_the_c_library() {
                    let (ours, theirs) = (ours(x, y), theirs(x, y));
                    prop_assert!(agrees(ours, theirs), "{x:?}, {y:?}: {ours} {theirs}");
                }
            }
        }
    }
}
