//! Parses numbers like C's `strtol` with base 0: the leading digits, 0 if there are none.

/// The integer at the beginning of a text: decimal, `0x` hexadecimal or `0` octal, after blanks and
/// a sign.
pub(crate) fn leading_integer(text: &str) -> i64 {
    let text = text.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let hexadecimal = digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"))
        .filter(|rest| rest.starts_with(|first: char| first.is_ascii_hexdigit()));
    let (digits, base) = match hexadecimal {
        Some(rest) => (rest, 16),
        None if digits.starts_with('0') => (digits, 8),
        None => (digits, 10),
    };
    digits.chars().map_while(|digit| digit.to_digit(base)).fold(0, |number: i64, digit| {
        let digit = if negative { -i64::from(digit) } else { i64::from(digit) };
        number.saturating_mul(base.into()).saturating_add(digit)
    })
}

/// The decimal integer at the beginning of a text, after blanks and a sign, like C's `atol`.
pub(crate) fn leading_decimal(text: &str) -> i64 {
    let text = text.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    digits.chars().map_while(|digit| digit.to_digit(10)).fold(0, |number: i64, digit| {
        number.saturating_mul(10).saturating_add(sign * i64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_far_as_it_goes() {
        for (text, number) in [
            ("7", 7),
            (" -12x", -12),
            ("0x1F", 31),
            ("0x", 0),
            ("010", 8),
            ("08", 0),
            ("q", 0),
            ("", 0),
            ("99999999999999999999", i64::MAX),
            ("-99999999999999999999", i64::MIN),
        ] {
            assert_eq!(leading_integer(text), number, "{text}");
        }
    }

    #[test]
    fn a_decimal_number_may_begin_with_zeros() {
        assert_eq!(leading_decimal(" +0100abc"), 100);
        assert_eq!(leading_decimal("-5.9"), -5);
        assert_eq!(leading_decimal("x"), 0);
        assert_eq!(leading_decimal("-99999999999999999999"), i64::MIN);
    }
}
