//! COMMENT and TEXTALIGN: fixed texts in the legend, and the alignment of its lines.

use std::fmt;

use super::text::escape;
use super::{StatementError, pieces::Pieces};

/// A fixed text in the legend: `COMMENT:text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The text as written, including a control code at its end.
    pub text: String,
}

/// The alignment of lines in the legend: `TEXTALIGN:left`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Alignment {
    /// Aligned left.
    Left,
    /// Aligned right.
    Right,
    /// Justified over the whole width.
    #[default]
    Justified,
    /// Centred.
    Center,
}

impl Comment {
    /// Parses what follows `COMMENT`.
    pub(super) fn parse(pieces: &mut Pieces) -> Result<Self, StatementError> {
        let text = pieces.key("legend").or_else(|| pieces.next_text());
        let text = text.ok_or(StatementError::MissingText)?;
        Ok(Self { text })
    }
}

impl fmt::Display for Comment {
    /// The statement in RRDtool's grammar.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "COMMENT:legend={}", escape(&self.text))
    }
}

impl Alignment {
    /// The keyword in RRDtool's grammar.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
            Self::Justified => "justified",
            Self::Center => "center",
        }
    }

    /// Parses what follows `TEXTALIGN`.
    pub(super) fn parse(pieces: &mut Pieces) -> Result<Self, StatementError> {
        let word = pieces.key("align").or_else(|| pieces.next_value());
        let word = word.ok_or(StatementError::MissingAlignment)?;
        [Self::Left, Self::Right, Self::Justified, Self::Center]
            .into_iter()
            .find(|alignment| alignment.name() == word)
            .ok_or(StatementError::UnknownAlignment { word })
    }
}
