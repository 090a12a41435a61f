//! COMMENT and TEXTALIGN: fixed texts of the legend and how its lines are set.

use std::fmt;

use super::text::escape;
use super::{StatementError, pieces::Pieces};

/// A fixed text in the legend: `COMMENT:text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The text, as written, with its control mark at the end.
    pub text: String,
}

/// How the lines of the legend are set: `TEXTALIGN:left`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Alignment {
    /// From the left edge.
    Left,
    /// To the right edge.
    Right,
    /// Spread over the whole width.
    #[default]
    Justified,
    /// In the middle.
    Center,
}

impl Comment {
    /// Reads what follows `COMMENT`.
    pub(super) fn parse(pieces: &mut Pieces<'_>) -> Result<Self, StatementError> {
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
    /// The word in RRDtool's grammar.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
            Self::Justified => "justified",
            Self::Center => "center",
        }
    }

    /// Reads what follows `TEXTALIGN`.
    pub(super) fn parse(pieces: &mut Pieces<'_>) -> Result<Self, StatementError> {
        let word = pieces.key("align").or_else(|| pieces.next_value());
        let word = word.ok_or(StatementError::MissingAlignment)?;
        [Self::Left, Self::Right, Self::Justified, Self::Center]
            .into_iter()
            .find(|alignment| alignment.name() == word)
            .ok_or(StatementError::UnknownAlignment { word })
    }
}
