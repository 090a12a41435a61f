//! How parts of a text differ from its font.

use crate::color::Color;

/// How a part of a text differs from its font.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an element of the markup")]
pub(crate) struct Style {
    pub(crate) bold: bool,
    pub(crate) mono: bool,
    pub(crate) slanted: bool,
    pub(crate) underlined: bool,
    pub(crate) struck: bool,
    pub(crate) color: Option<Color>,
    pub(crate) size: Size,
}

/// The size of letters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Size {
    /// A multiple of that of the font.
    Factor(f64),
    Points(f64),
}

impl Default for Style {
    fn default() -> Self {
        Self {
            bold: false,
            mono: false,
            slanted: false,
            underlined: false,
            struck: false,
            color: None,
            size: Size::Factor(1.0),
        }
    }
}
