//! The texts of a legend with their places, and the sizes that all legends share.

use std::ops::Range;

use crate::font::{Font, Fonts};
use crate::scene::Anchor;
use crate::statement::Alignment;

/// The room for a legend, in pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// The width with the margins; infinite where the widest line determines it.
    pub(crate) width: f64,
    /// Lines that would be lower are left out, and their number is shown instead.
    pub(crate) height: f64,
    /// The distance of texts from its left and right edge.
    pub(crate) margin: f64,
}

/// The legend, laid out.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LegendLayout {
    pub(crate) entries: Vec<LegendEntry>,
    pub(super) lines: Vec<LegendLine>,
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// The font in which it is drawn.
    pub(crate) font: Font,
}

impl LegendLayout {
    /// A legend without texts.
    pub(crate) fn empty(font: Font) -> Self {
        Self { entries: Vec::new(), lines: Vec::new(), width: 0.0, height: 0.0, font }
    }
}

/// A line of texts, and what its alignment has become.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LegendLine {
    pub(super) entries: Range<usize>,
    pub(super) align: Alignment,
}

/// One text of the legend.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LegendEntry {
    /// Index of the element shown by a box in front of the text.
    pub(crate) swatch: Option<usize>,
    /// The text as RRDtool reports it, including the blanks that make room for the box.
    pub(crate) name: String,
    /// The text parts, with their distances from `x`.
    pub(crate) pieces: Vec<(f64, String)>,
    /// Where RRDtool would put it, and where it is drawn.
    pub(crate) x: f64,
    pub(crate) drawn_x: f64,
    /// The lower edge of the text.
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) anchor: Anchor,
    pub(crate) muted: bool,
    /// Whether it is a separate text, not the name of an element.
    pub(crate) comment: bool,
}

impl LegendEntry {
    /// A text without a box.
    pub(super) fn of(text: String, width: f64, (x, y): (f64, f64), anchor: Anchor) -> Self {
        Self {
            swatch: None,
            pieces: vec![(0.0, text.clone())],
            name: text,
            x,
            drawn_x: x,
            y,
            width,
            anchor,
            muted: false,
            comment: true,
        }
    }

    /// What stands for names that there is no room for.
    pub(super) fn folded(names: usize, fonts: &Fonts, font: Font, at: (f64, f64)) -> Self {
        let text = format!("+{names} more");
        let width = fonts.width(&text, font);
        Self { muted: true, ..Self::of(text, width, at, Anchor::Start) }
    }
}

/// The distance of the legend from the edges, and between its texts.
pub(crate) fn border(font: Font) -> f64 {
    (2.0 * font.in_points()).trunc()
}

/// The size of the box in front of a text.
pub(crate) fn box_size(fonts: &Fonts, font: Font) -> f64 {
    fonts.width("o", font) * 1.2
}

/// The width of a box and its distance from the text: two blanks, or more where blanks are narrow.
pub(super) fn indent(fonts: &Fonts, font: Font) -> f64 {
    fonts.width("  ", font).max(box_size(fonts, font) + 5.0)
}
