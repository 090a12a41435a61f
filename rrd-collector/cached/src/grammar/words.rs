//! The words of a line: fields between single blanks, with escapes.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

/// The words of a line, one by one.
///
/// Each single blank ends a word, so that two in a row make an empty one. A backslash makes the
/// next byte a plain one. A line that ends in the middle of an escape has no last word.
#[derive(Clone, Debug)]
pub(crate) struct Words<'a> {
    rest: Option<&'a [u8]>,
    /// Whether there are escapes anywhere in the line.
    escapes: bool,
}

impl<'a> Words<'a> {
    /// The words of a line without its end.
    pub(crate) fn of(line: &'a [u8]) -> Self {
        Self { rest: Some(line), escapes: memchr(b'\\', line).is_some() }
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = Cow<'a, [u8]>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let line = self.rest?;
        let end = if self.escapes { memchr2(b' ', b'\\', line) } else { memchr(b' ', line) };
        let Some(end) = end else {
            self.rest = None;
            return Some(Cow::Borrowed(line));
        };
        let (word, rest) = line.split_at_checked(end)?;
        match rest.strip_prefix(b" ") {
            Some(rest) => {
                self.rest = Some(rest);
                Some(Cow::Borrowed(word))
            }
            None => self.escaped(word, rest).map(Cow::Owned),
        }
    }
}

impl<'a> Words<'a> {
    /// A word whose first escape begins at `rest`.
    fn escaped(&mut self, begin: &[u8], mut rest: &'a [u8]) -> Option<Vec<u8>> {
        let mut word = begin.to_vec();
        self.rest = None;
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            match byte {
                b' ' => {
                    self.rest = Some(rest);
                    return Some(word);
                }
                b'\\' => {
                    let (&plain, after) = rest.split_first()?;
                    word.push(plain);
                    rest = after;
                }
                plain => word.push(plain),
            }
        }
        Some(word)
    }
}

/// Text as one word of a line. The end of a line cannot be in one, and becomes a blank.
pub(crate) fn escaped(text: &[u8]) -> Vec<u8> {
    let mut word = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            b'\n' | b' ' => word.extend_from_slice(b"\\ "),
            b'\\' => word.extend_from_slice(br"\\"),
            plain => word.push(*plain),
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        Words::of(line.as_bytes())
            .map(|word| String::from_utf8(word.into_owned()).expect("the tests use UTF-8"))
            .collect()
    }

    #[test]
    fn each_single_blank_ends_a_word() {
        assert_eq!(words("UPDATE a.rrd 5:1"), ["UPDATE", "a.rrd", "5:1"]);
        assert_eq!(words("UPDATE  a.rrd "), ["UPDATE", "", "a.rrd", ""]);
        assert_eq!(words(" PING"), ["", "PING"]);
        assert_eq!(words(""), [""]);
    }

    #[test]
    fn a_backslash_makes_the_next_byte_a_plain_one() {
        assert_eq!(words(r"a\ b c\\d \e"), ["a b", r"c\d", "e"]);
        assert_eq!(words(r"\  x"), [" ", "x"]);
    }

    #[test]
    fn an_escaped_text_is_one_word() {
        assert_eq!(words(&String::from_utf8(escaped(br"a b\ \")).unwrap()), [r"a b\ \"]);
        assert_eq!(escaped(b"a\nb"), br"a\ b");
    }

    #[test]
    fn a_line_that_ends_in_an_escape_has_no_last_word() {
        assert_eq!(words(r"UPDATE a.rrd\"), ["UPDATE"]);
        assert_eq!(words(r"\"), [""; 0]);
    }
}
