//! Lines of the original's journal.

use std::io::{self, BufRead, BufReader, Read};

use crate::grammar::Words;

/// Longer lines are none of the original's, and skipped.
const LONGEST: u64 = 1 << 20;

/// A line.
#[derive(Clone, Debug)]
pub(super) enum JournalLine<'a> {
    /// The name and the values of an UPDATE, as they were received.
    Update(Words<'a>),
    /// All earlier values of this file were written or forgotten.
    End(&'a [u8]),
    /// Nothing that the original writes.
    Other,
}

impl<'a> JournalLine<'a> {
    /// Parses a line without its end.
    pub(super) fn parse(line: &'a [u8]) -> Self {
        let Some(blank) = line.iter().position(|byte| *byte == b' ') else { return Self::Other };
        let Some((verb, rest)) = line.split_at_checked(blank) else { return Self::Other };
        let rest = rest.strip_prefix(b" ").unwrap_or(rest);
        if verb.eq_ignore_ascii_case(b"update") {
            Self::Update(Words::of(rest))
        } else if verb.eq_ignore_ascii_case(b"wrote") || verb.eq_ignore_ascii_case(b"forget") {
            Self::End(rest)
        } else {
            Self::Other
        }
    }
}

/// The whole lines of a file: what follows the last newline was being written at a kill.
#[derive(Debug)]
pub(super) struct Lines<R> {
    reader: BufReader<R>,
    line: Vec<u8>,
}

impl<R: Read> Lines<R> {
    pub(super) fn of(file: R) -> Self {
        Self { reader: BufReader::new(file), line: Vec::new() }
    }

    /// The next line, without its end; empty if it is too long.
    pub(super) fn next(&mut self) -> io::Result<Option<&[u8]>> {
        self.line.clear();
        self.reader.by_ref().take(LONGEST).read_until(b'\n', &mut self.line)?;
        if self.line.last() == Some(&b'\n') {
            return Ok(self.line.strip_suffix(b"\n"));
        }
        if u64::try_from(self.line.len()) != Ok(LONGEST) {
            return Ok(None);
        }
        self.line.clear();
        Ok(if self.reader.skip_until(b'\n')? == 0 { None } else { Some(&[]) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Vec<Vec<u8>> {
        let mut lines = Lines::of(text);
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            found.push(line.to_vec());
        }
        found
    }

    #[test]
    fn a_line_without_an_end_is_left_out() {
        assert!(lines(b"").is_empty());
        assert_eq!(lines(b"one\n\ntwo\nthr"), [&b"one"[..], b"", b"two"]);
    }

    #[test]
    fn a_line_of_more_than_a_mebibyte_is_skipped() {
        let mut text = b"one\n".to_vec();
        text.resize((5 << 20) + 4, b'x');
        text.extend_from_slice(b"\ntwo\n");
        assert_eq!(lines(&text), [&b"one"[..], b"", b"two"]);
    }

    #[test]
    fn an_update_has_words_with_escapes_and_other_lines_have_a_name_without() {
        let JournalLine::Update(words) = JournalLine::parse(br"uPdate a\ b.rrd 5:1 6:2") else {
            panic!()
        };
        assert_eq!(words.collect::<Vec<_>>(), [&b"a b.rrd"[..], b"5:1", b"6:2"]);
        for line in ["wrote /base/a b\\.rrd", "FORGET /base/a b\\.rrd"] {
            let JournalLine::End(name) = JournalLine::parse(line.as_bytes()) else { panic!() };
            assert_eq!(name, br"/base/a b\.rrd");
        }
        for line in ["", "update", "flush a.rrd", " update a.rrd 5:1", "updates a.rrd 5:1"] {
            assert!(matches!(JournalLine::parse(line.as_bytes()), JournalLine::Other), "{line}");
        }
    }
}
