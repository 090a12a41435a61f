//! The XML of a dump as a sequence of elements and values. `document` interprets the elements.

use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::error::{RestoreError, XmlFault};
use super::plain;

/// A pull reader for elements and their values. Comments, processing instructions, the document
/// type, attributes and white space between elements are skipped; names are case-insensitive.
pub(super) struct Xml<R> {
    reader: Reader<R>,
    buffer: Vec<u8>,
    /// The line on which the last piece ended.
    line: u64,
    /// Text found where an element is expected.
    text: String,
    /// The name of the last element; prefixed by a slash if it was an end tag.
    name: String,
}

/// A piece of the document.
enum Piece {
    Start,
    End,
    Text,
    /// Something without a meaning: a comment, an instruction, a declaration.
    Other,
    EndOfDocument,
}

impl<R: BufRead> Xml<R> {
    pub(super) fn new(input: R) -> Self {
        let mut reader = Reader::from_reader(input);
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), line: 1, text: String::new(), name: String::new() }
    }

    /// The start or the end (`/name`) of the next element.
    pub(super) fn element(&mut self) -> Result<&str, RestoreError> {
        loop {
            self.text.clear();
            match self.piece()? {
                Piece::Start | Piece::End => return Ok(&self.name),
                Piece::Text if self.text.bytes().all(|byte| byte.is_ascii_whitespace()) => {}
                Piece::Text => {
                    let text = self.text.clone();
                    return Err(RestoreError::TextForElement { line: self.line, text });
                }
                Piece::Other => {}
                Piece::EndOfDocument => return Err(self.fault(XmlFault::UnexpectedEnd)),
            }
        }
    }

    /// Reads on to the end of the document, where nothing but white space and comments may be.
    pub(super) fn finish(&mut self) -> Result<(), RestoreError> {
        loop {
            self.text.clear();
            match self.piece()? {
                Piece::EndOfDocument => return Ok(()),
                Piece::Other => {}
                Piece::Text if self.text.bytes().all(|byte| byte.is_ascii_whitespace()) => {}
                Piece::Start | Piece::End | Piece::Text => {
                    return Err(self.fault(XmlFault::TextAfterEnd));
                }
            }
        }
    }

    fn fault(&self, fault: XmlFault) -> RestoreError {
        RestoreError::Xml { line: self.line, fault }
    }

    /// Whether the next element has this name; only the end of the enclosing element may come
    /// instead.
    pub(super) fn element_or_end(
        &mut self,
        name: &'static str,
        parent: &'static str,
    ) -> Result<bool, RestoreError> {
        let found = self.element()?;
        if is_end_of(found, parent) {
            return Ok(false);
        }
        if found.eq_ignore_ascii_case(name) { Ok(true) } else { Err(self.wrong_element(name)) }
    }

    /// Reads the start of an element that must come next.
    pub(super) fn expect(&mut self, name: &'static str) -> Result<(), RestoreError> {
        if self.element()?.eq_ignore_ascii_case(name) {
            Ok(())
        } else {
            Err(self.wrong_element(name))
        }
    }

    /// Reads the end of an element that must come next.
    pub(super) fn expect_end(&mut self, name: &str) -> Result<(), RestoreError> {
        if is_end_of(self.element()?, name) {
            Ok(())
        } else {
            Err(self.wrong_element(&format!("/{name}")))
        }
    }

    /// The value of the element that has just begun: the first word of its text. Consumes the end
    /// of the element.
    pub(super) fn value(&mut self) -> Result<&str, RestoreError> {
        Ok(self.whole_value()?.split_ascii_whitespace().next().unwrap_or_default())
    }

    /// The text of the element that has just begun, without the white space around it.
    fn whole_value(&mut self) -> Result<&str, RestoreError> {
        self.text.clear();
        loop {
            match self.piece()? {
                Piece::Text => {}
                // What a comment separates are two words.
                Piece::Other => self.text.push(' '),
                Piece::End => break,
                Piece::EndOfDocument => return Err(self.fault(XmlFault::UnexpectedEnd)),
                Piece::Start => {
                    let found = self.name.clone();
                    return Err(RestoreError::ElementForValue { line: self.line, found });
                }
            }
        }
        Ok(self.text.trim_ascii())
    }

    /// Reads the following rows if they have the form of RRDtool's dumps and the end of a row has
    /// just been read. Returns their number.
    pub(super) fn plain_rows(&mut self, width: usize, values: &mut Vec<f64>) -> u64 {
        let mut count = 0;
        loop {
            let mut stream = self.reader.stream();
            // An error occurs again when the reader gets there.
            let Ok(text) = stream.fill_buf() else { return count };
            let (rows, length) = plain::rows(text, width, values);
            if rows == 0 {
                return count;
            }
            self.line += newlines(text.get(..length).unwrap_or_default());
            stream.consume(length);
            count += rows;
        }
    }

    /// The value of the element that has just begun, parsed by a function that receives the line
    /// number.
    pub(super) fn value_as<T>(
        &mut self,
        read: fn(&str, u64) -> Result<T, RestoreError>,
    ) -> Result<T, RestoreError> {
        self.whole_value()?;
        read(self.text.trim_ascii(), self.line)
    }

    /// The error for an element that is not valid here.
    pub(super) fn unknown_element(&self, place: &'static str) -> RestoreError {
        RestoreError::UnknownElement { line: self.line, place, tag: self.name.clone() }
    }

    /// The error for an element where another was expected.
    fn wrong_element(&self, expected: &str) -> RestoreError {
        RestoreError::WrongElement {
            line: self.line,
            found: self.name.clone(),
            expected: expected.to_owned(),
        }
    }

    /// Reads one piece; text is appended to `text`, the name of an element replaces `name`.
    fn piece(&mut self) -> Result<Piece, RestoreError> {
        self.buffer.clear();
        let event = self.reader.read_event_into(&mut self.buffer);
        let line = &mut self.line;
        let fault = |line: u64, fault: XmlFault| RestoreError::Xml { line, fault };
        let piece = match event {
            Ok(Event::Start(start)) => {
                start.name().as_ref().clone_into(&mut self.name);
                Piece::Start
            }
            Ok(Event::End(end)) => {
                self.name.clear();
                self.name.push('/');
                self.name.push_str(end.name().as_ref());
                Piece::End
            }
            Ok(Event::Text(text)) => {
                self.text.push_str(&text.into_inner());
                Piece::Text
            }
            Ok(Event::CData(text)) => {
                self.text.push_str(&text.into_inner());
                Piece::Text
            }
            Ok(Event::GeneralRef(reference)) => {
                let character = match reference.resolve_char_ref() {
                    Ok(Some(character)) => Some(character),
                    Ok(None) => named_character(&reference),
                    Err(error) => return Err(fault(*line, error.into())),
                };
                let Some(character) = character else {
                    let name = reference.into_inner().into_owned();
                    return Err(fault(*line, XmlFault::UnknownEntity { name }));
                };
                self.text.push(character);
                Piece::Text
            }
            Ok(Event::Eof) => Piece::EndOfDocument,
            Ok(_) => Piece::Other,
            Err(error) => return Err(fault(*line, error.into())),
        };
        *line += newlines(&self.buffer);
        Ok(piece)
    }
}

fn newlines(text: &[u8]) -> u64 {
    text.iter().map(|&byte| u64::from(byte == b'\n')).sum()
}

/// Whether this is the end of the element of that name.
fn is_end_of(found: &str, name: &str) -> bool {
    found.strip_prefix('/').is_some_and(|found| found.eq_ignore_ascii_case(name))
}

fn named_character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}
