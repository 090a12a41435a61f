//! The fields of a statement: the argument split at colons, and which fields have been used.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use super::StatementError;
use crate::codeset::Codeset;

/// Limit on fields without a key.
const POSITIONAL_LIMIT: usize = 10;

/// The fields of one statement. Reading a field marks it as used; unused fields are an error.
#[derive(Debug)]
pub(super) struct Pieces {
    argument: String,
    pieces: Vec<Piece>,
}

/// The text between two colons.
#[derive(Debug)]
struct Piece {
    /// As written, without backslashes before colons.
    text: String,
    /// Its bytes, if they are not those of the text.
    bytes: Option<Vec<u8>>,
    /// The meaning of the text.
    content: Content,
    used: bool,
}

#[derive(Debug)]
enum Content {
    Positional,
    Keyed {
        key: String,
        value: String,
    },
    /// `name=value` where the name only looks like a key.
    Named {
        name: String,
        value: String,
    },
}

impl Pieces {
    /// Splits an argument at each colon that no backslash precedes.
    pub(super) fn cut(argument: &OsStr, codeset: Codeset) -> Result<Self, StatementError> {
        let texts = split(argument.as_bytes()).into_iter().enumerate();
        let mut pieces: Vec<Piece> = texts.map(|(at, bytes)| piece(at, bytes, codeset)).collect();
        let positional = |piece: &&mut Piece| matches!(piece.content, Content::Positional);
        if pieces.iter_mut().filter(positional).count() > POSITIONAL_LIMIT {
            return Err(StatementError::TooManyPositional);
        }
        Ok(Self { argument: codeset.decode(argument).into_owned(), pieces })
    }

    /// The whole argument as given.
    pub(super) fn argument(&self) -> String {
        self.argument.clone()
    }

    /// Reads the first field after the command as `name=value` even if the name is a key.
    pub(super) fn name_first(&mut self, command: usize) {
        let first = self.pieces.iter_mut().enumerate().find(|(at, _)| *at != command);
        if let Some((_, piece)) = first
            && let Some((name, value)) = piece.text.split_once('=')
        {
            piece.content = Content::Named { name: name.to_owned(), value: value.to_owned() };
        }
    }

    /// The value of a key; the last one if it occurs more than once.
    pub(super) fn key(&mut self, key: &str) -> Option<String> {
        self.by_key(key).map(|(_, piece)| piece.value().to_owned())
    }

    /// The value of a key as a path.
    pub(super) fn path(&mut self, key: &str) -> Option<PathBuf> {
        self.by_key(key).map(|(_, piece)| piece.path())
    }

    /// The next unused field: its value if it has a key.
    pub(super) fn next_value(&mut self) -> Option<String> {
        self.next_unused().map(|piece| piece.value().to_owned())
    }

    /// The whole next unused field, including its key.
    pub(super) fn next_text(&mut self) -> Option<String> {
        self.next_unused().map(|piece| piece.text.clone())
    }

    /// The next unused field as `key=value`; the key is empty without a `=`.
    pub(super) fn next_pair(&mut self) -> Option<(String, String)> {
        self.next_unused().map(|piece| (piece.name().to_owned(), piece.value().to_owned()))
    }

    /// The same with the value as a path.
    pub(super) fn next_name_and_path(&mut self) -> Option<(String, PathBuf)> {
        self.next_unused().map(|piece| (piece.name().to_owned(), piece.path()))
    }

    /// The keyword of the statement, and its position.
    pub(super) fn command(&mut self) -> Result<(String, usize), StatementError> {
        if let Some((at, piece)) = self.by_key("cmd") {
            return Ok((piece.value().to_owned(), at));
        }
        let positional = |piece: &Piece| matches!(piece.content, Content::Positional);
        match self.pieces.iter_mut().enumerate().find(|(_, piece)| positional(piece)) {
            Some((at, piece)) => {
                piece.used = true;
                Ok((piece.text.clone(), at))
            }
            None => Err(StatementError::NoCommand { argument: self.argument() }),
        }
    }

    /// Refuses unused fields.
    pub(super) fn finish(&self) -> Result<(), StatementError> {
        let unused: Vec<&str> =
            self.pieces.iter().filter(|piece| !piece.used).map(|piece| &*piece.text).collect();
        if unused.is_empty() {
            Ok(())
        } else {
            Err(StatementError::Unused { pieces: unused.join(":"), argument: self.argument() })
        }
    }

    fn by_key(&mut self, wanted: &str) -> Option<(usize, &Piece)> {
        let keyed =
            |piece: &Piece| matches!(&piece.content, Content::Keyed { key, .. } if key == wanted);
        let (at, piece) =
            self.pieces.iter_mut().enumerate().rev().find(|(_, piece)| keyed(piece))?;
        piece.used = true;
        Some((at, piece))
    }

    fn next_unused(&mut self) -> Option<&Piece> {
        let piece = self.pieces.iter_mut().find(|piece| !piece.used)?;
        piece.used = true;
        Some(piece)
    }
}

impl Piece {
    /// What is before the `=`; empty without one.
    fn name(&self) -> &str {
        match &self.content {
            Content::Positional => "",
            Content::Keyed { key: name, .. } | Content::Named { name, .. } => name,
        }
    }

    /// What is after the `=`, or everything.
    fn value(&self) -> &str {
        match &self.content {
            Content::Positional => &self.text,
            Content::Keyed { value, .. } | Content::Named { value, .. } => value,
        }
    }

    /// The value as a path: the bytes that were given, whatever text they are.
    fn path(&self) -> PathBuf {
        let Some(bytes) = &self.bytes else { return self.value().into() };
        let begin = match self.content {
            Content::Positional => None,
            _ => bytes.iter().position(|byte| *byte == b'='),
        };
        let value = begin.and_then(|begin| bytes.get(begin + 1..)).unwrap_or(bytes);
        OsStr::from_bytes(value).into()
    }
}

/// What is between the colons, with `\:` replaced by a colon.
fn split(argument: &[u8]) -> Vec<Vec<u8>> {
    let mut texts = Vec::with_capacity(4);
    let mut text = Vec::new();
    let mut pieces = argument.split(|byte| *byte == b':').peekable();
    while let Some(piece) = pieces.next() {
        match piece.strip_suffix(b"\\").filter(|_| pieces.peek().is_some()) {
            Some(before) => {
                text.extend_from_slice(before);
                text.push(b':');
            }
            None if text.is_empty() => texts.push(piece.to_owned()),
            None => {
                text.extend_from_slice(piece);
                texts.push(std::mem::take(&mut text));
            }
        }
    }
    texts
}

fn piece(at: usize, bytes: Vec<u8>, codeset: Codeset) -> Piece {
    let (text, bytes) = match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(other) => {
            let bytes = other.into_bytes();
            (codeset.decode(OsStr::from_bytes(&bytes)).into_owned(), Some(bytes))
        }
    };
    let keyed = |key: &str, value: &str| Content::Keyed {
        key: match key {
            "label" => "legend",
            "colour" => "color",
            "colour2" => "color2",
            key => key,
        }
        .to_owned(),
        value: value.to_owned(),
    };
    let content = match text.split_once('=') {
        Some((key, value)) => keyed(key, value),
        None if at == 0 => Content::Positional,
        None => match &*text {
            "STACK" => keyed("stack", "1"),
            "strftime" => keyed("strftime", "1"),
            "dashes" => keyed("dashes", "5,5"),
            "valstrftime" => keyed("vformatter", "timestamp"),
            "valstrfduration" => keyed("vformatter", "duration"),
            "skipscale" => keyed("skipscale", "1"),
            _ => Content::Positional,
        },
    };
    Piece { text, bytes, content, used: false }
}
