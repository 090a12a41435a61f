//! The fields of a statement: the argument split at colons, and which fields have been used.

use super::StatementError;

/// Limit on fields without a key.
const POSITIONAL_LIMIT: usize = 10;

/// The fields of one statement. Reading a field marks it as used; unused fields are an error.
#[derive(Debug)]
pub(super) struct Pieces<'a> {
    argument: &'a str,
    pieces: Vec<Piece>,
}

/// The text between two colons.
#[derive(Debug)]
struct Piece {
    /// As written, without backslashes before colons.
    text: String,
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

impl<'a> Pieces<'a> {
    /// Splits an argument at each colon that no backslash precedes.
    pub(super) fn cut(argument: &'a str) -> Result<Self, StatementError> {
        let mut pieces: Vec<Piece> =
            split(argument).into_iter().enumerate().map(|(at, text)| piece(at, text)).collect();
        let positional = |piece: &&mut Piece| matches!(piece.content, Content::Positional);
        if pieces.iter_mut().filter(positional).count() > POSITIONAL_LIMIT {
            return Err(StatementError::TooManyPositional);
        }
        Ok(Self { argument, pieces })
    }

    /// The whole argument as given.
    pub(super) fn argument(&self) -> String {
        self.argument.to_owned()
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
        self.by_key(key).map(|(_, value)| value)
    }

    /// The next unused field: its value if it has a key.
    pub(super) fn next_value(&mut self) -> Option<String> {
        let piece = self.next_unused()?;
        Some(match &piece.content {
            Content::Positional => piece.text.clone(),
            Content::Keyed { value, .. } | Content::Named { value, .. } => value.clone(),
        })
    }

    /// The whole next unused field, including its key.
    pub(super) fn next_text(&mut self) -> Option<String> {
        self.next_unused().map(|piece| piece.text.clone())
    }

    /// The next unused field as `key=value`; the key is empty without a `=`.
    pub(super) fn next_pair(&mut self) -> Option<(String, String)> {
        let piece = self.next_unused()?;
        Some(match &piece.content {
            Content::Positional => (String::new(), piece.text.clone()),
            Content::Keyed { key: name, value } | Content::Named { name, value } => {
                (name.clone(), value.clone())
            }
        })
    }

    /// The keyword of the statement, and its position.
    pub(super) fn command(&mut self) -> Result<(String, usize), StatementError> {
        if let Some((at, word)) = self.by_key("cmd") {
            return Ok((word, at));
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

    fn by_key(&mut self, wanted: &str) -> Option<(usize, String)> {
        self.pieces.iter_mut().enumerate().rev().find_map(|(at, piece)| match &piece.content {
            Content::Keyed { key, value } if key == wanted => {
                piece.used = true;
                Some((at, value.clone()))
            }
            _ => None,
        })
    }

    fn next_unused(&mut self) -> Option<&Piece> {
        let piece = self.pieces.iter_mut().find(|piece| !piece.used)?;
        piece.used = true;
        Some(piece)
    }
}

/// The texts between the colons, with `\:` replaced by a colon.
fn split(argument: &str) -> Vec<String> {
    let mut texts = Vec::with_capacity(4);
    let mut text = String::new();
    let mut pieces = argument.split(':').peekable();
    while let Some(piece) = pieces.next() {
        match piece.strip_suffix('\\').filter(|_| pieces.peek().is_some()) {
            Some(before) => {
                text.push_str(before);
                text.push(':');
            }
            None if text.is_empty() => texts.push(piece.to_owned()),
            None => {
                text.push_str(piece);
                texts.push(std::mem::take(&mut text));
            }
        }
    }
    texts
}

fn piece(at: usize, text: String) -> Piece {
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
    Piece { text, content, used: false }
}
