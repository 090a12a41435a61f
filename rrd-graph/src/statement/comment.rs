//! COMMENT and TEXTALIGN: fixed texts of the legend and how its lines are set.

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
