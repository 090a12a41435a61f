//! Integers at the beginning of a word, as C's `strtol` reads them; what follows is ignored.

/// How digits are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Digits {
    /// Always decimal.
    Decimal,
    /// Hexadecimal after `0x`, octal after another `0`, else decimal.
    Prefixed,
}

/// The integer at the beginning of a word, after blanks and a sign. `None` without digits, or if it
/// is beyond 64 bits.
pub(crate) fn leading_integer(word: &[u8], digits: Digits) -> Option<i64> {
    let word = word.trim_ascii_start();
    let (negative, word) = match word.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, word.strip_prefix(b"+").unwrap_or(word)),
    };
    let (word, base) = match word {
        _ if digits == Digits::Decimal => (word, 10),
        [b'0', b'x' | b'X', rest @ ..] if rest.first().is_some_and(u8::is_ascii_hexdigit) => {
            (rest, 16)
        }
        [b'0', ..] => (word, 8),
        _ => (word, 10),
    };
    let mut number = None;
    for digit in word.iter().map_while(|byte| char::from(*byte).to_digit(base)) {
        let before: i64 = number.unwrap_or(0);
        let digit = i64::from(digit);
        let digit = if negative { -digit } else { digit };
        number = Some(before.checked_mul(base.into())?.checked_add(digit)?);
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_far_as_it_goes() {
        for (word, number) in [
            ("1000000000", Some(1_000_000_000)),
            ("1000000000.5", Some(1_000_000_000)),
            (" -12x", Some(-12)),
            ("+7", Some(7)),
            ("0x1Fg", Some(31)),
            ("0x", Some(0)),
            ("010", Some(8)),
            ("08", Some(0)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("x1", None),
            ("-", None),
            ("", None),
        ] {
            assert_eq!(leading_integer(word.as_bytes(), Digits::Prefixed), number, "{word}");
        }
    }

    #[test]
    fn a_decimal_number_has_no_prefix() {
        let read = |word: &str| leading_integer(word.as_bytes(), Digits::Decimal);
        assert_eq!((read("010"), read("0x10"), read("5m")), (Some(10), Some(0), Some(5)));
    }
}
