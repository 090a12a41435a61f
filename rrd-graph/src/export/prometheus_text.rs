//! The parts of a line in Prometheus' text format and in `OpenMetrics`.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A label's value, as it is written between quotation marks.
pub fn label_value(value: &str) -> String {
    escaped(value, |character| matches!(character, '\\' | '"'))
}

/// A help text.
pub fn help_text(help: &str) -> String {
    escaped(help, |character| character == '\\')
}

/// Writes a backslash before these characters, and control characters, on which readers stop, as
/// escapes.
fn escaped(text: &str, needs_backslash: fn(char) -> bool) -> String {
    let mut written = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => written.push_str("\\n"),
            control if control.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(written, "\\\\u{{{:x}}}", u32::from(control));
            }
            other => {
                if needs_backslash(other) {
                    written.push('\\');
                }
                written.push(other);
            }
        }
    }
    written
}

/// A name that needs no quotation marks, which only Prometheus 3 reads: what is not a letter, a
/// digit, `_` or `:` becomes `_`, as readers ask for by default.
pub fn legal_name(name: &str) -> Cow<'_, str> {
    let is_legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let mut characters = name.chars();
    let begins = characters.next().is_some_and(|first| is_legal(first) && !first.is_ascii_digit());
    if begins && characters.all(is_legal) {
        return name.into();
    }
    let legal = |(index, c): (usize, char)| {
        if is_legal(c) && !(index == 0 && c.is_ascii_digit()) { c } else { '_' }
    };
    name.chars().enumerate().map(legal).collect()
}

/// A value.
pub fn value_text(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned()
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_character_is_written() {
        assert_eq!(label_value("a\"b\\c\n"), r#"a\"b\\c\n"#);
        assert_eq!(label_value("a\0b\x1b\u{85}\t"), r"a\\u{0}b\\u{1b}\\u{85}\\u{9}");
        assert_eq!(help_text("a \"b\"\\\n\0"), r#"a "b"\\\n\\u{0}"#);
    }

    #[test]
    fn names_are_legal_for_every_reader() {
        for (name, legal) in [
            ("a:b_1", "a:b_1"),
            ("http.requests", "http_requests"),
            ("1größe", "_gr__e"),
            ("a b\n", "a_b_"),
        ] {
            assert_eq!(legal_name(name), legal);
        }
    }

    #[test]
    fn values_are_written_as_prometheus_reads_them() {
        let values = [0.25, 1e21, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        assert_eq!(
            values.map(value_text),
            ["0.25", "1000000000000000000000", "NaN", "+Inf", "-Inf"]
        );
    }
}
