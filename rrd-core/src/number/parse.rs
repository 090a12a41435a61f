//! Parses numbers digit by digit as RRDtool does: the last bit can differ from a correctly rounded
//! conversion.

use super::cast::seconds_to_f64;

/// The smallest decimal exponent that converts; a text with a smaller one is refused.
const MIN_EXPONENT: i64 = -1021;
/// The largest decimal exponent that converts (usually to infinity); a text with a larger one is
/// refused.
const MAX_EXPONENT: i64 = 1024;

/// Up to this many digits are exact in a double, and so is every step of collecting them.
const EXACT_DIGITS: usize = 15;

/// Why a text is not a number. The message quotes the text; the caller adds what the number was
/// for.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NumberError {
    /// The text does not begin with a number, or its exponent is outside -1021 to 1024.
    #[error(r#"invalid number "{text}": expected digits, e.g. 5, -0.25 or 1e6"#)]
    NotANumber {
        /// The whole text.
        text: String,
    },
    /// Text follows the number.
    #[error(r#"invalid number "{text}": unexpected "{rest}" after {value}"#)]
    TrailingText {
        /// The whole text.
        text: String,
        /// The number that was read.
        value: f64,
        /// The text that follows it.
        rest: String,
    },
}

/// Parses a number, independent of any locale.
///
/// Leading blanks are skipped. `nan`, `-nan`, `inf` and `-inf` are accepted in any case, with
/// anything after them. Otherwise: a sign, digits with an optional decimal point, and an exponent
/// whose digits may be missing (`1e` is 1). Digits are collected in a double (`v = v * 10 + digit`)
/// that is then scaled by powers of ten, so that long numbers come out as RRDtool reads them.
///
/// # Errors
///
/// [`NumberError::NotANumber`] if the text does not begin with a number,
/// [`NumberError::TrailingText`] if text follows it.
///
/// ```
/// use rrd_core::number::{self, NumberError};
/// assert_eq!(number::parse(" -.5"), Ok(-0.5));
/// assert_eq!(number::parse("Infinity"), Ok(f64::INFINITY));
/// assert_eq!(
///     number::parse("5 ").unwrap_err().to_string(),
///     "invalid number \"5 \": unexpected \" \" after 5"
/// );
/// assert!(matches!(number::parse(""), Err(NumberError::NotANumber { .. })));
/// ```
pub fn parse(text: &str) -> Result<f64, NumberError> {
    let body = text.trim_start_matches(|blank| matches!(blank, ' ' | '\t'..='\r'));
    let digit = body.as_bytes().first().is_some_and(u8::is_ascii_digit);
    let named = if digit { None } else { name(body) };
    if let Some(value) = named {
        return Ok(value);
    }
    let Some(Decimal { value, rest }) = scan_decimal(body) else {
        return Err(NumberError::NotANumber { text: text.to_owned() });
    };
    if rest.is_empty() {
        Ok(value)
    } else {
        Err(NumberError::TrailingText { text: text.to_owned(), value, rest: rest.to_owned() })
    }
}

/// The named value that a text begins with.
fn name(text: &str) -> Option<f64> {
    let names = [
        ("-nan", -f64::NAN),
        ("nan", f64::NAN),
        ("inf", f64::INFINITY),
        ("-inf", f64::NEG_INFINITY),
    ];
    let begins =
        |name: &str| text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    names.into_iter().find_map(|(name, value)| begins(name).then_some(value))
}

/// A number at the beginning of a text, and the rest of the text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Decimal<'a> {
    pub(crate) value: f64,
    pub(crate) rest: &'a str,
}

/// Parses `[sign] digits [. digits] [e [sign] [digits]]` at the beginning of a text; `None` without
/// a digit before the exponent, or with an exponent out of range.
pub(crate) fn scan_decimal(text: &str) -> Option<Decimal<'_>> {
    let signed = matches!(text.as_bytes().first(), Some(b'+' | b'-'));
    let unsigned = text.as_bytes().get(usize::from(signed)..).unwrap_or_default();
    let (collected, after) = scan_digits(0, unsigned);
    let whole_digits = unsigned.len() - after.len();
    let (collected, rest, decimals) = match after.strip_prefix(b".") {
        Some(fraction) => {
            let (collected, rest) = scan_digits(collected, fraction);
            (collected, rest, fraction.len() - rest.len())
        }
        None => (collected, after, 0),
    };
    let mantissa = match whole_digits + decimals {
        0 => return None,
        1..=EXACT_DIGITS => seconds_to_f64(collected),
        _ => {
            let number = unsigned.get(..unsigned.len() - rest.len()).unwrap_or_default();
            collect_digits(number)
        }
    };
    // Only ASCII was consumed.
    let rest = text.get(text.len() - rest.len()..).unwrap_or_default();
    let (exponent, rest) = match rest.strip_prefix(['e', 'E']) {
        Some(exponent) => scan_exponent(exponent),
        None => (0, rest),
    };
    let exponent = exponent.saturating_sub(i64::try_from(decimals).ok()?);
    if !(MIN_EXPONENT..=MAX_EXPONENT).contains(&exponent) {
        return None;
    }
    let magnitude = scale(mantissa, exponent);
    let value = if text.starts_with('-') { -magnitude } else { magnitude };
    Some(Decimal { value, rest })
}

/// Parses a number like `-1.2345678901e+05` at the beginning of a text: a sign, up to 15 digits
/// with a point, an exponent with sign and digits. `None` for any other form, even if [`parse`]
/// accepts it.
pub(crate) fn scan_plain(text: &[u8]) -> Option<(f64, &[u8])> {
    let (negative, unsigned) = match text.strip_prefix(b"-") {
        Some(unsigned) => (true, unsigned),
        None => (false, text),
    };
    let (whole, after) = scan_digits(0, unsigned);
    let fraction = after.strip_prefix(b".")?;
    let (mantissa, rest) = scan_digits(whole, fraction);
    let decimals = fraction.len() - rest.len();
    let (sign, digits) = rest.strip_prefix(b"e")?.split_first()?;
    let (magnitude, rest) = scan_digits(0, digits);
    let mantissa_digits = unsigned.len() - after.len() + decimals;
    let exponent_digits = digits.len() - rest.len();
    if !(1..=EXACT_DIGITS).contains(&mantissa_digits) || !(1..=4).contains(&exponent_digits) {
        return None;
    }
    let exponent = match sign {
        b'+' => magnitude,
        b'-' => -magnitude,
        _ => return None,
    } - i64::try_from(decimals).ok()?;
    if !(MIN_EXPONENT..=MAX_EXPONENT).contains(&exponent) {
        return None;
    }
    let value = scale(seconds_to_f64(mantissa), exponent);
    Some((if negative { -value } else { value }, rest))
}

/// Appends the leading digits of a text to an integer; the result is meaningless beyond 18 digits.
fn scan_digits(start: i64, text: &[u8]) -> (i64, &[u8]) {
    let (mut number, mut rest) = (start, text);
    while let Some((digit @ b'0'..=b'9', after)) = rest.split_first() {
        number = number.wrapping_mul(10).wrapping_add(i64::from(digit - b'0'));
        rest = after;
    }
    (number, rest)
}

/// The digits among some bytes, collected in a double.
fn collect_digits(text: &[u8]) -> f64 {
    let digits = text.iter().filter(|byte| byte.is_ascii_digit());
    digits.fold(0.0, |value, digit| value * 10.0 + f64::from(digit - b'0'))
}

/// The number after an `e`, 0 if it is missing; a number that no double can have is clamped to one
/// that is just as impossible.
fn scan_exponent(text: &str) -> (i64, &str) {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let rest = unsigned.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = unsigned.bytes().take(unsigned.len() - rest.len());
    let magnitude = digits.fold(0_i64, |value, digit| {
        value.saturating_mul(10).saturating_add(i64::from(digit - b'0'))
    });
    (if text.starts_with('-') { -magnitude } else { magnitude }, rest)
}

/// `mantissa * 10^exponent` by the powers 10^1, 10^2, 10^4, ... for the set bits of the exponent,
/// lowest first.
fn scale(mantissa: f64, exponent: i64) -> f64 {
    let mut value = mantissa;
    let mut power = 10.0_f64;
    let mut bits = exponent.unsigned_abs();
    while bits != 0 {
        if bits & 1 == 1 {
            value = if exponent < 0 { value / power } else { value * power };
        }
        bits >>= 1;
        power *= power;
    }
    value
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bits(text: &str) -> u64 {
        parse(text).unwrap().to_bits()
    }

    #[test]
    fn every_accepted_form_gives_its_value() {
        for (text, value) in [
            ("5", 5.0),
            ("+5", 5.0),
            (" \t5", 5.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("-.5", -0.5),
            ("1e", 1.0),
            ("1e+", 1.0),
            ("1E-2", 0.01),
            ("00012", 12.0),
            ("inf", f64::INFINITY),
            ("INFx", f64::INFINITY),
            ("-Infinity", f64::NEG_INFINITY),
            ("1e1024", f64::INFINITY),
            ("1e-1021", 0.0),
        ] {
            assert_eq!(parse(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn nan_keeps_its_sign() {
        assert_eq!(bits("nan"), 0x7ff8_0000_0000_0000);
        assert_eq!(bits("-NaN"), 0xfff8_0000_0000_0000);
        assert_eq!(bits("NANx"), 0x7ff8_0000_0000_0000);
    }

    #[test]
    fn digits_are_rounded_one_by_one() {
        assert_eq!(bits("3.1415926535897932384"), 3.141_592_653_589_792_7_f64.to_bits());
        assert_ne!(bits("3.1415926535897932384"), std::f64::consts::PI.to_bits());
        assert_eq!(bits("179769313486231570000e289"), f64::INFINITY.to_bits());
        assert_eq!(bits("0.1"), 0.1_f64.to_bits());
        assert_eq!(bits("4.35"), (435.0 / 1e2_f64).to_bits());
    }

    #[test]
    fn a_text_without_digits_or_with_a_wild_exponent_is_refused_whole() {
        for text in [
            "",
            ".",
            "-",
            "+",
            "e5",
            "--5",
            "+inf",
            "1e1025",
            "1e-1022",
            "1e99999999999999999999",
            "0.1e-1021",
        ] {
            let error = NumberError::NotANumber { text: text.to_owned() };
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn what_follows_a_number_is_named() {
        for (text, value, rest) in [
            ("5 ", 5.0, " "),
            ("0x10", 0.0, "x10"),
            ("1e5x", 1e5, "x"),
            ("1.0.0", 1.0, ".0"),
            ("1,5", 1.0, ",5"),
            ("1_000", 1.0, "_000"),
        ] {
            let error =
                NumberError::TrailingText { text: text.to_owned(), value, rest: rest.to_owned() };
            assert_eq!(parse(text), Err(error));
        }
    }

    #[test]
    fn the_plain_form_is_that_of_dumps() {
        for text in ["1.5e+00", "-0.0e+00", "12345.0123456789e-300", "1.e+5", ".5e-1"] {
            let (value, rest) = scan_plain(text.as_bytes()).unwrap();
            assert_eq!((value.to_bits(), rest), (bits(text), b"".as_slice()), "{text}");
        }
        for text in [
            "",
            "-",
            "1",
            "1.5",
            "1.5e5",
            "1.5e+",
            "+1.5e+00",
            "nan",
            "1.0e+1035",
            "1.0e+99999",
            ".e+0",
        ] {
            assert_eq!(scan_plain(text.as_bytes()), None, "{text}");
        }
        assert_eq!(scan_plain(b"1.234567890123456e+00"), None);
        assert_eq!(scan_plain(b"1.0e+00x"), Some((1.0, b"x".as_slice())));
    }

    proptest! {
        #[test]
        fn the_plain_form_reads_as_any_other(value: f64) {
            prop_assume!(value.is_finite());
            let text = crate::number::dumped(value).to_string();
            let plain = scan_plain(text.as_bytes()).map(|(value, _)| value.to_bits());
            prop_assert_eq!(plain, parse(&text).ok().map(f64::to_bits));
        }

        #[test]
        fn however_many_digits_they_are_collected_one_by_one(
            digits in "[0-9]{1,20}",
            point in 0..20_usize,
        ) {
            let (whole, fraction) = digits.split_at(point.min(digits.len()));
            let value = scale(collect_digits(digits.as_bytes()), -i64::try_from(fraction.len()).unwrap());
            prop_assert_eq!(bits(&format!("{whole}.{fraction}")), value.to_bits());
        }

        #[test]
        fn no_text_makes_the_conversion_panic(text in ".{0,40}") {
            let _ = parse(&text);
        }

        #[test]
        fn whole_numbers_up_to_2_to_the_53_are_exact(value in 0_u64..1 << 53) {
            prop_assert_eq!(parse(&value.to_string()), Ok(crate::number::count_to_f64(value)));
        }

        #[test]
        fn decimals_are_right_but_for_the_last_bits(value in -1e30_f64..1e30) {
            let read = parse(&format!("{value}")).unwrap();
            prop_assert!((read - value).abs() <= value.abs() * 1e-14);
        }
    }
}
