//! The variables of a request, from its address or its body: `name=value&name=value`.

use std::collections::BTreeMap;

/// The values of a form by name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Form(BTreeMap<Vec<u8>, Vec<u8>>);

impl Form {
    /// Reads pairs that are separated by `&`. Several values of one name become its lines.
    pub(super) fn parse(text: &[u8]) -> Self {
        let mut form = Self::default();
        for pair in text.split(|byte| *byte == b'&') {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let (Some(name), Some(value)) = (halves.next(), halves.next()) else { continue };
            let mut value = decode(value);
            for byte in &mut value {
                // So that a value never adds elements to the page.
                if matches!(byte, b'<' | b'>') {
                    *byte = b'_';
                }
            }
            let lines = form.0.entry(decode(name)).or_default();
            if !lines.is_empty() {
                lines.push(b'\n');
            }
            lines.extend(value);
        }
        form
    }

    /// Reads pairs from the lines of a terminal, too.
    pub(super) fn parse_lines(text: &[u8]) -> Self {
        let joined: Vec<u8> =
            text.iter().map(|byte| if *byte == b'\n' { b'&' } else { *byte }).collect();
        Self::parse(&joined)
    }

    /// The value of this name.
    pub(super) fn value(&self, name: &[u8]) -> Option<&[u8]> {
        self.0.get(name).map(Vec::as_slice)
    }
}

/// Undoes the encoding of an address, up to a zero byte. What is no escape stays.
fn decode(text: &[u8]) -> Vec<u8> {
    let digit = |place: usize| {
        let digit = char::from(*text.get(place)?).to_digit(16)?;
        u8::try_from(digit).ok()
    };
    let mut decoded = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let byte = match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                at += 2;
                high * 16 + low
            }
            (b'+', ..) => b' ',
            _ => byte,
        };
        at += 1;
        if byte == 0 {
            break;
        }
        decoded.push(byte);
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, name: &str) -> Option<String> {
        let form = Form::parse(text.as_bytes());
        form.value(name.as_bytes()).map(|value| String::from_utf8_lossy(value).into_owned())
    }

    #[test]
    fn values_are_decoded_and_have_no_angle_brackets() {
        for (text, expected) in [
            ("a=1", Some("1")),
            ("b=2&a=x%20y+z", Some("x y z")),
            ("%61=1", Some("1")),
            ("a=%3Cb%3E%22", Some("_b_\"")),
            ("a=1=2", Some("1=2")),
            ("a=", Some("")),
            ("a", None),
            ("", None),
            ("a=1&a=2", Some("1\n2")),
            ("a=x%00y", Some("x")),
            ("a=100%&b", Some("100%")),
            ("a=%zz%4", Some("%zz%4")),
        ] {
            assert_eq!(value(text, "a").as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn lines_of_a_terminal_are_pairs_too() {
        let form = Form::parse_lines(b"a=1\nb=2 3\n");
        assert_eq!((form.value(b"a"), form.value(b"b")), (Some(&b"1"[..]), Some(&b"2 3"[..])));
    }
}
