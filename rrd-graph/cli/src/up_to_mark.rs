//! A document on standard input that ends with the input or at a Ctrl-Z, as remote mode needs it:
//! the next command is on the line after the mark.

use std::io::{self, BufRead, Read};

/// Ctrl-Z, which ends a document.
const MARK: u8 = 0x1a;

/// The input up to the mark. The mark and the rest of its line are read, but are not part of it.
pub(crate) struct UpToMark<R> {
    input: R,
    ended: bool,
}

impl<R: BufRead> UpToMark<R> {
    /// A document that begins here.
    pub(crate) fn new(input: R) -> Self {
        Self { input, ended: false }
    }

    /// Skips what is left of the document.
    pub(crate) fn skip(&mut self) -> io::Result<()> {
        loop {
            match self.fill_buf()?.len() {
                0 => return Ok(()),
                length => self.consume(length),
            }
        }
    }
}

impl<R: BufRead> BufRead for UpToMark<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.ended {
            return Ok(&[]);
        }
        if self.input.fill_buf()?.first() == Some(&MARK) {
            self.ended = true;
            self.input.skip_until(b'\n')?;
            return Ok(&[]);
        }
        let bytes = self.input.fill_buf()?;
        let end = bytes.iter().position(|byte| *byte == MARK).unwrap_or(bytes.len());
        Ok(bytes.get(..end).unwrap_or_default())
    }

    fn consume(&mut self, length: usize) {
        self.input.consume(length);
    }
}

impl<R: BufRead> Read for UpToMark<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(buffer)?;
        self.consume(length);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    #[test]
    fn a_document_ends_at_the_mark_and_the_input_goes_on_after_its_line() {
        for capacity in [1, 2, 3, 7, 64] {
            let bytes = b"<rrd/>\n\x1a ignored\nlast x.rrd\n".as_slice();
            let mut input = BufReader::with_capacity(capacity, bytes);
            let mut text = String::new();
            UpToMark::new(&mut input).read_to_string(&mut text).unwrap();
            assert_eq!(text, "<rrd/>\n");
            text.clear();
            input.read_to_string(&mut text).unwrap();
            assert_eq!(text, "last x.rrd\n");
        }
    }

    #[test]
    fn what_is_left_is_skipped_up_to_the_mark_or_the_end() {
        for (bytes, rest) in
            [("a\nb\x1a\nc", "c"), ("\x1a\nc", "c"), ("a\nb", ""), ("", ""), ("a\x1a", "")]
        {
            let mut input = BufReader::with_capacity(2, bytes.as_bytes());
            UpToMark::new(&mut input).skip().unwrap();
            let mut text = String::new();
            input.read_to_string(&mut text).unwrap();
            assert_eq!(text, rest, "{bytes:?}");
        }
    }

    #[test]
    fn nothing_is_read_after_the_end() {
        let mut input = BufReader::new(b"\x1a\nlast x.rrd\n".as_slice());
        let mut document = UpToMark::new(&mut input);
        document.skip().unwrap();
        document.skip().unwrap();
        let mut text = String::new();
        input.read_to_string(&mut text).unwrap();
        assert_eq!(text, "last x.rrd\n");
    }
}
