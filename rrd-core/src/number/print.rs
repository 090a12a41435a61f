//! Formats numbers in the forms of C's `printf` (`%e`, `%f`, `%g`) and of a dump. The locale has no
//! effect.

use std::fmt;
use std::io;

use super::cast::{seconds_to_f64, truncate_to_i64, wrap_to_i32};
use super::decimals;
use super::digits::{ReverseText, digits_of};
use super::significant;

/// A number formatted as `%.{decimals}e`; see [`scientific`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scientific {
    value: f64,
    decimals: usize,
}

/// A number formatted as `%.{decimals}f`; see [`fixed`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fixed {
    value: f64,
    decimals: usize,
}

/// A number formatted as `%.{digits}g`; see [`general`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct General {
    value: f64,
    digits: usize,
}

/// A number formatted as `info` does; see [`named_nan`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NamedNan(f64);

/// A number formatted as `dump` does; see [`dumped`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dumped(f64);

/// A number as `%.{decimals}e` of C: one digit, decimals, an exponent of at least two digits.
/// Unknown is `nan` or `-nan` by its sign bit; infinities are `inf` and `-inf`.
///
/// ```
/// use rrd_core::number::scientific;
/// assert_eq!(scientific(0.1, 10).to_string(), "1.0000000000e-01");
/// assert_eq!(scientific(1e300, 2).to_string(), "1.00e+300");
/// assert_eq!(scientific(-f64::NAN, 10).to_string(), "-nan");
/// ```
pub const fn scientific(value: f64, decimals: usize) -> Scientific {
    Scientific { value, decimals }
}

/// A number as `%.{decimals}f` of C: all digits before the point, no exponent.
///
/// ```
/// use rrd_core::number::fixed;
/// assert_eq!(fixed(2.5, 0).to_string(), "2");
/// assert_eq!(fixed(1e21, 6).to_string(), "1000000000000000000000.000000");
/// ```
pub const fn fixed(value: f64, decimals: usize) -> Fixed {
    Fixed { value, decimals }
}

/// A number as `%.{digits}g` of C: `digits` significant digits without trailing zeros, with an
/// exponent where that is shorter.
///
/// ```
/// use rrd_core::number::general;
/// assert_eq!(general(100_000.0, 6).to_string(), "100000");
/// assert_eq!(general(1_000_000.0, 6).to_string(), "1e+06");
/// assert_eq!(general(0.000_1, 6).to_string(), "0.0001");
/// ```
pub const fn general(value: f64, digits: usize) -> General {
    General { value, digits }
}

/// A number with ten decimals and an exponent; unknown is `NaN`.
///
/// ```
/// use rrd_core::number::named_nan;
/// assert_eq!(named_nan(0.5).to_string(), "5.0000000000e-01");
/// assert_eq!(named_nan(-f64::NAN).to_string(), "NaN");
/// ```
pub const fn named_nan(value: f64) -> NamedNan {
    NamedNan(value)
}

/// A number with ten decimals and an exponent, computed as RRDtool's `dump` does: the last digit
/// can differ from [`scientific`], zero has no sign, and digits are lost below 1e-308. Unknown is
/// `NaN`.
///
/// ```
/// use rrd_core::number::dumped;
/// assert_eq!(dumped(0.5).to_string(), "5.0000000000e-01");
/// assert_eq!(dumped(1e-309).to_string(), "0.1000000000e-308");
/// ```
pub const fn dumped(value: f64) -> Dumped {
    Dumped(value)
}

impl fmt::Display for Scientific {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.value.is_finite() {
            return write_special(self.value, f);
        }
        let decimals = self.decimals;
        let text = format!("{:.decimals$e}", self.value);
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = match exponent.strip_prefix('-') {
            Some(magnitude) => ('-', magnitude),
            None => ('+', exponent),
        };
        write!(f, "{mantissa}e{sign}{exponent:0>2}")
    }
}

impl Scientific {
    /// Appends the formatted number to a text, several times as fast as `Display` does.
    ///
    /// ```
    /// let mut text = b"x: ".to_vec();
    /// rrd_core::number::scientific(0.7, 17).push_to(&mut text);
    /// assert_eq!(text, b"x: 6.99999999999999956e-01");
    /// ```
    pub fn push_to(self, out: &mut Vec<u8>) {
        let count = self.decimals.saturating_add(1);
        let Some((digits, exponent)) = significant::leading(self.value.abs(), count) else {
            // Writing to memory cannot fail.
            let _ = io::Write::write_fmt(out, format_args!("{self}"));
            return;
        };
        // A sign, a point, an exponent of four bytes.
        let mut text = ReverseText::<{ significant::MOST + 6 }>::ending_at(significant::MOST + 6);
        text.push_digits(u64::from(exponent.unsigned_abs()), 2);
        text.push(if exponent < 0 { b'-' } else { b'+' });
        text.push(b'e');
        let first = text.push_digits(digits, self.decimals);
        if self.decimals > 0 {
            text.push(b'.');
        }
        text.push(digits_of(first)[1]);
        if self.value.is_sign_negative() {
            text.push(b'-');
        }
        out.extend_from_slice(text.bytes());
    }
}

impl fmt::Display for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = decimals::text(self.value, self.decimals) {
            return f.write_str(ascii(text.bytes()));
        }
        if !self.value.is_finite() {
            return write_special(self.value, f);
        }
        let decimals = self.decimals;
        write!(f, "{:.decimals$}", self.value)
    }
}

impl Fixed {
    /// Appends the formatted number to a text.
    ///
    /// ```
    /// let mut text = "now ".to_owned();
    /// rrd_core::number::fixed(0.125, 2).push_to(&mut text);
    /// assert_eq!(text, "now 0.12");
    /// ```
    pub fn push_to(self, out: &mut String) {
        if let Some(text) = decimals::text(self.value, self.decimals) {
            out.push_str(ascii(text.bytes()));
        } else {
            // Writing to a string cannot fail.
            let _ = fmt::Write::write_fmt(out, format_args!("{self}"));
        }
    }
}

/// ASCII bytes as text.
fn ascii(text: &[u8]) -> &str {
    std::str::from_utf8(text).unwrap_or_default()
}

impl fmt::Display for General {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.value.is_finite() {
            return write_special(self.value, f);
        }
        let digits = self.digits.max(1);
        let text = scientific(self.value, digits - 1).to_string();
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let power: i64 = exponent.parse().unwrap_or(0);
        let places = i64::try_from(digits).unwrap_or(i64::MAX);
        if (-4..places).contains(&power) {
            let decimals = usize::try_from(places - 1 - power).unwrap_or(0);
            f.write_str(without_trailing_zeros(&fixed(self.value, decimals).to_string()))
        } else {
            write!(f, "{}e{exponent}", without_trailing_zeros(mantissa))
        }
    }
}

impl fmt::Display for NamedNan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_nan() { f.write_str("NaN") } else { scientific(self.0, 10).fmt(f) }
    }
}

impl fmt::Display for Dumped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::with_capacity(DUMPED_LENGTH);
        self.push_to(&mut text);
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

/// The longest text of a dumped number: `-1.2345678901e-308`.
const DUMPED_LENGTH: usize = 18;

impl Dumped {
    /// Appends the formatted number to a text.
    pub(crate) fn push_to(self, out: &mut Vec<u8>) {
        if self.0.is_finite() {
            // In place: formatting elsewhere and copying takes half as long again.
            let start = out.len();
            out.extend_from_slice(&[0; DUMPED_LENGTH]);
            let text = out.get_mut(start..).and_then(|text| text.try_into().ok());
            let length = text.map_or(0, |text| self.write_finite(text));
            out.truncate(start + length);
        } else if self.0.is_nan() {
            out.extend_from_slice(b"NaN");
        } else {
            out.extend_from_slice(if self.0 < 0.0 { b"-inf" } else { b"inf" });
        }
    }

    /// Writes a finite number and returns the length.
    fn write_finite(self, text: &mut [u8; DUMPED_LENGTH]) -> usize {
        let magnitude = self.0.abs();
        let (mut exponent, unit) = decimal_unit(magnitude);
        // Signed, because processors convert signed numbers faster.
        let mut whole = truncate_to_i64(unit);
        let scaled = 1e10 * (unit - seconds_to_f64(whole));
        let mut fraction = truncate_to_i64(scaled);
        if scaled - seconds_to_f64(fraction) >= 0.5 {
            fraction += 1;
        }
        if fraction >= 10_000_000_000 {
            whole += 1;
            fraction = 0;
        }
        if whole == 10 {
            whole = 1;
            exponent += 1;
        }
        text[0] = b'-';
        let start = usize::from(self.0 < 0.0);
        let text = text.get_mut(start..start + DUMPED_LENGTH - 1);
        let Some(Ok(text)) = text.map(<&mut [u8; DUMPED_LENGTH - 1]>::try_from) else { return 0 };
        let (whole, fraction) = (whole.unsigned_abs(), fraction.unsigned_abs());
        let power = u64::from(exponent.unsigned_abs());
        text[0] = digits_of(whole)[1];
        text[1] = b'.';
        let (first, rest) = (fraction / 100_000_000, fraction % 100_000_000);
        let (middle, last) = (rest / 10_000, rest % 10_000);
        text[2..4].copy_from_slice(&digits_of(first));
        text[4..6].copy_from_slice(&digits_of(middle / 100));
        text[6..8].copy_from_slice(&digits_of(middle));
        text[8..10].copy_from_slice(&digits_of(last / 100));
        text[10..12].copy_from_slice(&digits_of(last));
        text[12] = b'e';
        text[13] = if exponent < 0 { b'-' } else { b'+' };
        if power < 100 {
            text[14..16].copy_from_slice(&digits_of(power));
            start + 16
        } else {
            text[14] = digits_of(power / 100)[1];
            text[15..17].copy_from_slice(&digits_of(power % 100));
            start + 17
        }
    }
}

fn write_special(value: f64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let sign = if value.is_sign_negative() { "-" } else { "" };
    f.write_str(sign)?;
    f.write_str(if value.is_nan() { "nan" } else { "inf" })
}

fn without_trailing_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// The decimal exponent found by repeated multiplication or division by ten, each step rounded
/// (-308 to 309), and the number divided by that power of ten.
fn decimal_unit(magnitude: f64) -> (i32, f64) {
    // Well between two powers of ten the rounding of the steps cannot matter, and the binary
    // exponent gives the decimal one to within one: 2^10 is little more than 10^3.
    let binary = wrap_to_i32((magnitude.to_bits() >> 52).cast_signed()) - 1023;
    if (-900..=900).contains(&binary) {
        let below = (binary * 1233) >> 12;
        let exponent = if magnitude >= power_of_ten(below + 1) { below + 1 } else { below };
        let unit = magnitude / power_of_ten(exponent);
        if unit > 1.000_000_1 && unit < 9.999_999_9 {
            return (exponent, unit);
        }
    }
    let exponent = decimal_exponent(magnitude);
    (exponent, magnitude / power_of_ten(exponent))
}

/// The exponent of [`decimal_unit`], step by step.
fn decimal_exponent(magnitude: f64) -> i32 {
    let mut exponent = 0;
    let mut rest = magnitude;
    while rest > 0.0 && rest < 1.0 {
        exponent -= 1;
        if exponent < -307 {
            break;
        }
        rest *= 10.0;
    }
    while rest >= 10.0 {
        exponent += 1;
        if exponent > 308 {
            break;
        }
        rest /= 10.0;
    }
    exponent
}

/// 10 to a power of -308 to 309, rounded as repeated multiplication or division rounds it.
fn power_of_ten(exponent: i32) -> f64 {
    /// The powers from 10^-308 on.
    const POWERS: [f64; 618] = {
        let mut powers = [1.0; 618];
        let mut distance = 1;
        while distance <= 308 {
            powers[308 - distance] = powers[309 - distance] / 10.0;
            powers[308 + distance] = powers[307 + distance] * 10.0;
            distance += 1;
        }
        powers[617] = f64::INFINITY;
        powers
    };
    let index = usize::try_from(exponent + 308).unwrap_or_default();
    POWERS.get(index).copied().unwrap_or(f64::INFINITY)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_exponent_has_two_digits_or_more() {
        assert_eq!(scientific(0.0, 10).to_string(), "0.0000000000e+00");
        assert_eq!(scientific(-0.0, 10).to_string(), "-0.0000000000e+00");
        assert_eq!(scientific(-1.5e-7, 3).to_string(), "-1.500e-07");
        assert_eq!(scientific(5e-324, 10).to_string(), "4.9406564584e-324");
        assert_eq!(scientific(7.0, 0).to_string(), "7e+00");
    }

    #[test]
    fn exact_halves_round_to_even() {
        assert_eq!(scientific(10_000_000_000.5, 9).to_string(), "1.000000000e+10");
        assert_eq!(scientific(30_000_000_005.0, 9).to_string(), "3.000000000e+10");
        assert_eq!(fixed(0.5, 0).to_string(), "0");
        assert_eq!(fixed(1.5, 0).to_string(), "2");
    }

    #[test]
    fn unknown_and_infinities_have_names() {
        for (value, scientific_text, named) in [
            (f64::NAN, "nan", "NaN"),
            (-f64::NAN, "-nan", "NaN"),
            (f64::INFINITY, "inf", "inf"),
            (f64::NEG_INFINITY, "-inf", "-inf"),
        ] {
            assert_eq!(scientific(value, 10).to_string(), scientific_text);
            assert_eq!(fixed(value, 2).to_string(), scientific_text);
            assert_eq!(general(value, 2).to_string(), scientific_text);
            assert_eq!(named_nan(value).to_string(), named);
            assert_eq!(dumped(value).to_string(), named);
        }
    }

    #[test]
    fn the_general_form_takes_the_shorter_way() {
        for (value, digits, text) in [
            (0.0, 6, "0"),
            (100_000.0, 6, "100000"),
            (999_999.5, 6, "1e+06"),
            (123_456.7, 6, "123457"),
            (0.000_123_45, 3, "0.000123"),
            (0.000_012, 6, "1.2e-05"),
            (1.5, 0, "2"),
            (15.0, 1, "2e+01"),
            (0.1, 17, "0.10000000000000001"),
        ] {
            assert_eq!(general(value, digits).to_string(), text);
        }
    }

    #[test]
    fn a_dump_rounds_by_its_own_arithmetic() {
        for (value, text) in [
            (0.0, "0.0000000000e+00"),
            (-0.0, "0.0000000000e+00"),
            (-2.0 / 3.0, "-6.6666666667e-01"),
            (9.999_999_999_95, "1.0000000000e+01"),
            (9.999_999_999_949, "9.9999999999e+00"),
            (99_999_999_999.5, "1.0000000000e+11"),
            (1.797_693_134_862_315_7e308, "1.7976931349e+308"),
            (5e-324, "0.0000000000e-308"),
            (1e-309, "0.1000000000e-308"),
        ] {
            assert_eq!(dumped(value).to_string(), text);
        }
    }

    /// The exponent and the powers step by step, as RRDtool finds them.
    fn stepwise(value: f64) -> String {
        let (mut exponent, mut rest, mut power) = (0_i32, value.abs(), 1.0);
        while rest > 0.0 && rest < 1.0 && exponent >= -307 {
            exponent -= 1;
            rest *= 10.0;
        }
        while rest >= 10.0 && exponent <= 308 {
            exponent += 1;
            rest /= 10.0;
        }
        for _ in 0..exponent.unsigned_abs() {
            power = if exponent < 0 { power / 10.0 } else { power * 10.0 };
        }
        let unit = value.abs() / power;
        let mut whole = unit.trunc();
        let scaled = 1e10 * (unit - whole);
        let mut fraction = scaled.trunc() + if scaled - scaled.trunc() >= 0.5 { 1.0 } else { 0.0 };
        if fraction >= 1e10 {
            (whole, fraction) = (whole + 1.0, 0.0);
        }
        if whole == 10.0 {
            (whole, exponent) = (1.0, exponent + 1);
        }
        let minus = if value < 0.0 { "-" } else { "" };
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{minus}{whole}.{fraction:010}e{sign}{:02}", exponent.unsigned_abs())
    }

    #[test]
    fn powers_of_ten_and_their_neighbours_dump_as_found_step_by_step() {
        for exponent in -330..=308 {
            let power: f64 = format!("1e{exponent}").parse().unwrap();
            let first = power.to_bits().saturating_sub(40);
            for bits in first..first + 80 {
                let value = f64::from_bits(bits);
                assert_eq!(dumped(value).to_string(), stepwise(value), "{value:e}");
            }
        }
    }

    fn pushed(value: f64, decimals: usize) -> String {
        let mut text = Vec::new();
        scientific(value, decimals).push_to(&mut text);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn a_pushed_number_is_a_formatted_one() {
        let values = [0.0, -0.0, 1.0, -1.5, 1e-9, 9.999_999_999_999_999, 1e22, 1e100, 5e-324, 0.7];
        for value in values.into_iter().chain([f64::NAN, -f64::NAN, f64::NEG_INFINITY]) {
            for decimals in [0, 1, 10, 17, 18, 30] {
                assert_eq!(pushed(value, decimals), scientific(value, decimals).to_string());
            }
        }
    }

    proptest! {
        #[test]
        fn every_number_is_pushed_as_it_is_formatted(value: f64, decimals in 0..=17_usize) {
            prop_assert_eq!(pushed(value, decimals), scientific(value, decimals).to_string());
        }

        #[test]
        fn every_number_dumps_as_found_step_by_step(value: f64) {
            prop_assume!(value.is_finite());
            prop_assert_eq!(dumped(value).to_string(), stepwise(value));
        }

        #[test]
        fn seventeen_digits_lead_back_to_the_same_number(value: f64) {
            prop_assume!(value.is_finite());
            prop_assert_eq!(scientific(value, 16).to_string().parse(), Ok(value));
            prop_assert_eq!(general(value, 17).to_string().parse(), Ok(value));
        }

        #[test]
        fn a_dumped_number_is_right_but_for_the_last_digit(value in -1e300_f64..1e300) {
            let read: f64 = dumped(value).to_string().parse().unwrap();
            prop_assert!((read - value).abs() <= value.abs() * 1.1e-10);
        }
    }
}
