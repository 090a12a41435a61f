//! Quoting of instances: which need it, and how it is written and read.

use std::fmt::{self, Write as _};

/// An instance as it is printed: in quotes if it needs them.
pub(super) struct Printed<'a>(pub(super) &'a str);

impl fmt::Display for Printed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.chars().all(is_plain) { f.write_str(self.0) } else { Quoted(self.0).fmt(f) }
    }
}

/// A text in double quotes, on one line.
pub(super) struct Quoted<'a>(pub(super) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for character in self.0.chars() {
            match character {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                // Unicode's line ends are no control characters.
                '\u{2028}' | '\u{2029}' => write!(f, "{}", character.escape_unicode())?,
                other if other.is_control() => write!(f, "{}", other.escape_unicode())?,
                other => f.write_char(other)?,
            }
        }
        f.write_char('"')
    }
}

/// The text in the quotes that begin here with its escapes undone, and what follows the closing
/// one.
pub(super) fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut plain = String::new();
    let mut rest = text.strip_prefix('"')?.chars();
    loop {
        match rest.next()? {
            '"' => return Some((plain, rest.as_str())),
            '\\' => plain.push(escaped(&mut rest)?),
            other => plain.push(other),
        }
    }
}

/// The character that an escape stands for, after its backslash.
fn escaped(rest: &mut std::str::Chars<'_>) -> Option<char> {
    match rest.next()? {
        literal @ ('"' | '\\') => Some(literal),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        'u' => {
            let (digits, after) = rest.as_str().strip_prefix('{')?.split_once('}')?;
            *rest = after.chars();
            char::from_u32(u32::from_str_radix(digits, 16).ok()?)
        }
        _ => None,
    }
}

fn is_plain(character: char) -> bool {
    character.is_alphanumeric() || "_-/:@%.{}=,".contains(character)
}
