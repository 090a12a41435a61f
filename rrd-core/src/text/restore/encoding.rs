//! The bytes of a dump as UTF-8. A dump may be UTF-16, or in the encoding that it declares.

use std::io::{self, BufRead, Chain, Cursor, Read};
use std::mem;

/// The encoding is declared within this number of bytes.
const MAX_DECLARATION: u64 = 1024;

/// A document as UTF-8; one that is UTF-8 is passed through.
pub(super) struct Utf8<R> {
    input: Chain<Cursor<Vec<u8>>, R>,
    encoding: Encoding,
    /// Bytes of an incomplete character.
    rest: Vec<u8>,
    text: String,
    /// The bytes of the text that are consumed.
    consumed: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Encoding {
    Utf8,
    Utf16Little,
    Utf16Big,
    /// Any other: all that has a meaning in a dump is ASCII, so the first 256 characters stand for
    /// those of every encoding that extends it.
    Latin1,
}

impl<R: BufRead> Utf8<R> {
    /// Reads the beginning of a document to find its encoding.
    pub(super) fn new(mut input: R) -> io::Result<Self> {
        let mut start = Vec::new();
        input.by_ref().take(MAX_DECLARATION).read_until(b'>', &mut start)?;
        let encoding = Encoding::of(&start);
        let input = Cursor::new(start).chain(input);
        Ok(Self { input, encoding, rest: Vec::new(), text: String::new(), consumed: 0 })
    }
}

impl Encoding {
    /// The encoding of a document that begins with these bytes.
    fn of(start: &[u8]) -> Self {
        match start {
            [0xff, 0xfe, ..] | [b'<', 0, ..] => Self::Utf16Little,
            [0xfe, 0xff, ..] | [0, b'<', ..] => Self::Utf16Big,
            _ => match declared(start) {
                // A declaration that can be read is not UTF-16, whatever it says.
                Some(name)
                    if name.get(..3).is_none_or(|name| !name.eq_ignore_ascii_case(b"UTF")) =>
                {
                    Self::Latin1
                }
                _ => Self::Utf8,
            },
        }
    }

    /// Appends the characters of some bytes to a text. Bytes of an incomplete one are returned,
    /// unless there are no more to come.
    fn decode(self, bytes: &[u8], ended: bool, text: &mut String) -> Vec<u8> {
        let unit: fn([u8; 2]) -> u16 = match self {
            Self::Utf8 | Self::Latin1 => {
                text.extend(bytes.iter().map(|byte| char::from(*byte)));
                return Vec::new();
            }
            Self::Utf16Little => u16::from_le_bytes,
            Self::Utf16Big => u16::from_be_bytes,
        };
        let (pairs, _) = bytes.as_chunks();
        let units = pairs.iter().map(|pair| unit(*pair));
        // The first half of a character is decoded with the second.
        let half = units.clone().next_back().filter(|last| (0xd800..0xdc00).contains(last));
        let whole = pairs.len() - usize::from(half.is_some() && !ended);
        let characters = char::decode_utf16(units.take(whole));
        text.extend(characters.map(|found| found.unwrap_or(char::REPLACEMENT_CHARACTER)));
        let rest = bytes.get(2 * whole..).unwrap_or_default();
        if ended && !rest.is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
            return Vec::new();
        }
        rest.to_vec()
    }
}

/// The encoding that the XML declaration names.
fn declared(start: &[u8]) -> Option<&[u8]> {
    const KEY: &[u8] = b"encoding";
    let declaration = start.strip_prefix(b"<?xml")?;
    let key = declaration.windows(KEY.len()).position(|word| word == KEY)?;
    let value = declaration.get(key + KEY.len()..)?.trim_ascii_start();
    let (quote, value) = value.strip_prefix(b"=")?.trim_ascii_start().split_first()?;
    let end = value.iter().position(|byte| byte == quote)?;
    value.get(..end).filter(|_| matches!(quote, b'"' | b'\''))
}

impl<R: BufRead> BufRead for Utf8<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.encoding == Encoding::Utf8 {
            return self.input.fill_buf();
        }
        while self.consumed == self.text.len() {
            self.text.clear();
            self.consumed = 0;
            let bytes = self.input.fill_buf()?;
            let (length, ended) = (bytes.len(), bytes.is_empty());
            let mut all = mem::take(&mut self.rest);
            all.extend_from_slice(bytes);
            self.input.consume(length);
            self.rest = self.encoding.decode(&all, ended, &mut self.text);
            if ended {
                break;
            }
        }
        Ok(self.text.as_bytes().get(self.consumed..).unwrap_or_default())
    }

    fn consume(&mut self, length: usize) {
        if self.encoding == Encoding::Utf8 {
            self.input.consume(length);
        } else {
            self.consumed = (self.consumed + length).min(self.text.len());
        }
    }
}

impl<R: BufRead> Read for Utf8<R> {
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

    fn read(bytes: &[u8]) -> String {
        let texts = [1, 2, 3, 1000].map(|capacity| {
            let input = BufReader::with_capacity(capacity, bytes);
            let mut text = String::new();
            Utf8::new(input).unwrap().read_to_string(&mut text).unwrap();
            text
        });
        assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
        texts[0].clone()
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn utf_16_is_read_in_both_orders_with_and_without_a_mark() {
        let text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\n<!-- 🦀 Grüße --><rrd/>";
        let marked = format!("\u{feff}{text}");
        for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            for document in [text, &marked] {
                assert_eq!(read(&utf16(document, bytes)), *document);
            }
        }
    }

    #[test]
    fn half_a_character_of_utf_16_is_replaced() {
        let whole = utf16("<rrd/>🦀", u16::to_le_bytes);
        for (cut, text) in
            [(1, "<rrd/>\u{fffd}\u{fffd}"), (2, "<rrd/>\u{fffd}"), (3, "<rrd/>\u{fffd}")]
        {
            assert_eq!(read(&whole[..whole.len() - cut]), text, "{cut}");
        }
        let lone = [utf16("<rrd>", u16::to_le_bytes), vec![0, 0xd8], utf16("a", u16::to_le_bytes)];
        assert_eq!(read(&lone.concat()), "<rrd>\u{fffd}a");
    }

    #[test]
    fn a_declared_encoding_is_read() {
        for name in ["ISO-8859-1", "iso-8859-1", "latin1", "windows-1250", "l1"] {
            let head = format!("<?xml version='1.0' encoding = '{name}' ?>");
            let bytes = [head.as_bytes(), b"<!-- Gr\xfc\xdfe --><rrd/>"].concat();
            assert_eq!(read(&bytes), format!("{head}<!-- Grüße --><rrd/>"));
        }
    }

    #[test]
    fn utf_8_is_passed_through() {
        let declared = "<?xml version=\"1.0\" encoding=\"utf-8\"?><!-- Grüße --><rrd/>";
        let wrong = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><rrd/>";
        for text in ["", "<", "<rrd/>", "<!-- encoding='latin1' ü --><rrd/>", declared, wrong] {
            assert_eq!(read(text.as_bytes()), *text);
        }
    }
}
