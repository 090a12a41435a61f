//! Escapes text for XML and HTML.

/// Escapes a text for XML and HTML, between tags as well as in quoted attributes.
///
/// Characters that XML does not allow become U+FFFD.
///
/// ```
/// use rrd_graph::xml::escape;
/// assert_eq!(escape("in & out"), "in &amp; out");
/// assert_eq!(escape("a\u{1}b"), "a\u{fffd}b");
/// ```
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    push_escaped(&mut escaped, text);
    escaped
}

/// Appends the escaped text.
pub(crate) fn push_escaped(escaped: &mut String, text: &str) {
    // Everything is copied in one piece except XML's special characters, control characters, and
    // characters that begin like U+FFFE and U+FFFF.
    let marked = |byte: u8| matches!(byte, b'&' | b'<' | b'>' | b'"' | ..b' ' | 0xef);
    let mut rest = text;
    while let Some(at) = rest.bytes().position(marked) {
        let (plain, after) = rest.split_at(at);
        escaped.push_str(plain);
        let mut characters = after.chars();
        characters.next().into_iter().for_each(|character| push(escaped, character));
        rest = characters.as_str();
    }
    escaped.push_str(rest);
}

/// The same for text between tags only, where `>` and quotation marks need no escaping; references
/// that are already escaped are kept.
pub(crate) fn escape_once(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        match character {
            '&' if is_reference(text.get(at + 1..).unwrap_or_default()) => escaped.push('&'),
            '>' | '"' | '\n' => escaped.push(character),
            character => push(&mut escaped, character),
        }
    }
    escaped
}

fn push(escaped: &mut String, character: char) {
    match character {
        '&' => escaped.push_str("&amp;"),
        '<' => escaped.push_str("&lt;"),
        '>' => escaped.push_str("&gt;"),
        '"' => escaped.push_str("&quot;"),
        // Line ends in attributes would become blanks.
        '\n' => escaped.push_str("&#10;"),
        '\r' => escaped.push_str("&#13;"),
        character if is_legal(character) => escaped.push(character),
        _ => escaped.push('\u{fffd}'),
    }
}

/// Whether XML allows a character.
fn is_legal(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{fffd}' | '\u{10000}'..)
}

/// Whether the text after an ampersand makes it a reference: `amp;`, `#38;`, `#x26;`.
fn is_reference(rest: &str) -> bool {
    let Some((name, _)) = rest.split_once(';') else { return false };
    let code = match name.strip_prefix('#') {
        None => return matches!(name, "amp" | "lt" | "gt" | "quot" | "apos"),
        Some(code) => match code.strip_prefix('x') {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => code.parse(),
        },
    };
    !name.contains('+') && code.ok().and_then(char::from_u32).is_some_and(is_legal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_once() {
        for (text, escaped) in [
            ("in & out", "in &amp; out"),
            ("a<b>&c", "a&lt;b>&amp;c"),
            ("R&amp;D", "R&amp;D"),
            ("&#176;C &#xb0;", "&#176;C &#xb0;"),
            ("&#0;&#x;&nbsp;&;", "&amp;#0;&amp;#x;&amp;nbsp;&amp;;"),
            ("a\u{1}b", "a\u{fffd}b"),
        ] {
            assert_eq!(escape_once(text), escaped);
        }
    }

    #[test]
    fn texts_fit_between_quotation_marks() {
        assert_eq!(escape("R&amp;D"), "R&amp;amp;D");
        assert_eq!(escape("\u{ffff}é\u{fb01}\t\r"), "\u{fffd}é\u{fb01}\t&#13;");
        assert_eq!(escape("say \"a\"\nthen <b>"), "say &quot;a&quot;&#10;then &lt;b&gt;");
    }
}
