//! Splits Rust source into words, punctuation and literals, without comments and without parsing.

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An identifier, a keyword or a number.
    Word,
    /// `::`, or a single character of punctuation.
    Mark,
    /// A string, byte string or character literal, without its quotes.
    Text,
}

/// One token and the line that it begins on, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its kind.
    pub kind: Kind,
    /// Its text; for [`Kind::Text`], the text between the quotes.
    pub text: String,
    /// The line, from 1.
    pub line: usize,
}

impl Token {
    /// Whether this is the given word or punctuation.
    pub fn is(&self, text: &str) -> bool {
        self.kind != Kind::Text && self.text == text
    }

    /// The word, if it is one.
    pub fn word(&self) -> Option<&str> {
        (self.kind == Kind::Word).then_some(self.text.as_str())
    }
}

/// The tokens of a source file.
///
/// ```
/// use rrd_checks::tokens::tokens;
/// let found = tokens("use crate::a; // not::this\nlet b = \"c::d\";");
/// let texts: Vec<&str> = found.iter().map(|token| token.text.as_str()).collect();
/// assert_eq!(texts, ["use", "crate", "::", "a", ";", "let", "b", "=", "c::d", ";"]);
/// assert_eq!(found[5].line, 2);
/// ```
pub fn tokens(source: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = source;
    let mut line = 1;
    while let Some(first) = rest.chars().next() {
        let (length, token) = if first.is_whitespace() {
            (first.len_utf8(), None)
        } else if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), None)
        } else if rest.starts_with("/*") {
            (block_comment(rest), None)
        } else {
            let (length, kind, text) = token(rest, first);
            (length, Some(Token { kind, text: text.to_owned(), line }))
        };
        found.extend(token);
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    found
}

/// The length of a block comment, which may be nested.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0;
    let mut position = 0;
    while position < rest.len() {
        if rest[position..].starts_with("/*") {
            depth += 1;
            position += 2;
        } else if rest[position..].starts_with("*/") {
            depth -= 1;
            position += 2;
            if depth == 0 {
                break;
            }
        } else {
            position += rest[position..].chars().next().map_or(1, char::len_utf8);
        }
    }
    position
}

fn token(rest: &str, first: char) -> (usize, Kind, &str) {
    let word = rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len());
    if word > 0 {
        let after = &rest[word..];
        let hashes = after.bytes().take_while(|byte| *byte == b'#').count();
        let is_raw = matches!(&rest[..word], "r" | "br" | "cr");
        if is_raw && after[hashes..].starts_with('"') {
            let begin = word + hashes + 1;
            let end = format!("\"{}", "#".repeat(hashes));
            let length = rest[begin..].find(&end).unwrap_or(rest.len() - begin);
            let whole = (begin + length + end.len()).min(rest.len());
            return (whole, Kind::Text, &rest[begin..begin + length]);
        }
        if matches!(&rest[..word], "b" | "c") && after.starts_with(['"', '\'']) {
            let (length, text) = quoted(after);
            return (word + length, Kind::Text, text);
        }
        return (word, Kind::Word, &rest[..word]);
    }
    match first {
        '"' => {
            let (length, text) = quoted(rest);
            (length, Kind::Text, text)
        }
        '\'' => {
            let mut after = rest[1..].chars();
            let is_character = after.next() == Some('\\') || after.next() == Some('\'');
            if is_character {
                let (length, text) = quoted(rest);
                (length, Kind::Text, text)
            } else {
                // A lifetime: its name follows as a word.
                (1, Kind::Mark, &rest[..1])
            }
        }
        _ if rest.starts_with("::") => (2, Kind::Mark, "::"),
        _ => (first.len_utf8(), Kind::Mark, &rest[..first.len_utf8()]),
    }
}

/// The length of a literal that begins with its quote, and the text between the quotes.
fn quoted(rest: &str) -> (usize, &str) {
    let quote = rest.as_bytes().first().copied();
    let mut position = 1;
    let bytes = rest.as_bytes();
    while position < bytes.len() && bytes.get(position).copied() != quote {
        position += if bytes[position] == b'\\' { 2 } else { 1 };
    }
    let end = position.min(rest.len());
    ((end + 1).min(rest.len()), &rest[1..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_lifetimes_and_comments_are_distinguished() {
        let source =
            r##"fn a<'b>(c: &'b str) /* d /* e */ f */ { r#"g"h"#; b'\''; '"'; "i\"j"; 'k' }"##;
        let texts: Vec<_> =
            tokens(source).into_iter().filter(|token| token.kind == Kind::Text).collect();
        let texts: Vec<_> = texts.iter().map(|token| token.text.as_str()).collect();
        assert_eq!(texts, ["g\"h", "\\'", "\"", "i\\\"j", "k"]);
        let words: Vec<_> = tokens(source).into_iter().filter(|t| t.kind == Kind::Word).collect();
        let words: Vec<_> = words.iter().map(|token| token.text.as_str()).collect();
        assert_eq!(words, ["fn", "a", "b", "c", "b", "str"]);
    }
}
