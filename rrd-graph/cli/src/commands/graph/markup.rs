//! Converts Pango markup to plain text: elements are removed, references resolved.

/// The text shown by markup. Malformed markup is copied.
pub(super) fn plain(markup: &str) -> String {
    let mut text = String::with_capacity(markup.len());
    let mut rest = markup;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        if let Some(behind) = element(from) {
            rest = behind;
        } else if let Some((character, behind)) = reference(from) {
            text.push(character);
            rest = behind;
        } else {
            let (mark, behind) = from.split_at(1);
            text.push_str(mark);
            rest = behind;
        }
    }
    text.push_str(rest);
    text
}

/// The text after a leading element.
fn element(text: &str) -> Option<&str> {
    let (name, behind) = text.strip_prefix('<')?.split_once('>')?;
    let name = name.strip_prefix('/').unwrap_or(name);
    name.starts_with(|first: char| first.is_ascii_alphabetic()).then_some(behind)
}

/// The character of a leading reference, and the text after it.
fn reference(text: &str) -> Option<(char, &str)> {
    let (name, behind) = text.strip_prefix('&')?.split_once(';')?;
    let character = match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let code = name.strip_prefix('#')?;
            let code = match code.strip_prefix('x') {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => code.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    };
    Some((character, behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_go_and_references_become_characters() {
        for (markup, text) in [
            ("<b>bold</b> and <span foreground=\"red\">red</span>", "bold and red"),
            ("5 &lt; 6 &amp; 7 &#176;C", "5 < 6 & 7 °C"),
            ("5 < 6 & 7", "5 < 6 & 7"),
            ("a <3 b> c", "a <3 b> c"),
        ] {
            assert_eq!(plain(markup), text);
        }
    }
}
