//! The picture as data: what a renderer turns into bytes. Nothing here knows time or values any more.

use crate::font::Font;
use crate::theme::{Ink, Theme};

/// Parts of a pixel that positions are counted in.
pub(crate) const PARTS: i32 = 64;

/// A position in 64ths of a pixel, right and down from the upper left corner.
pub(crate) type Point = (i32, i32);

/// A finished picture, ready to be rendered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// Width in pixels.
    pub(crate) width: u32,
    /// Height in pixels.
    pub(crate) height: u32,
    /// Pixels of the raster per pixel of the picture.
    pub(crate) zoom: f64,
    pub(crate) theme: Theme,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) shapes: Vec<Shape>,
}

/// One thing in the picture, from the bottom up.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    /// What follows up to `End` belongs together; `clip` cuts it off.
    Begin { class: &'static str, clip: Option<Rect> },
    /// The end of the innermost group.
    End,
    /// A filled outline.
    Fill { outline: Vec<Point>, ink: Ink },
    /// The space between a curve and its base, from left to right.
    Area { top: Vec<Point>, base: Base, paint: Paint },
    /// A line.
    Stroke { points: Vec<Point>, pen: Pen },
    /// A text.
    Text(Text),
    /// A text that appears while the pointer is inside the box, where the format can.
    Hover { place: Rect, text: String },
}

/// The lower edge of an area.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Base {
    /// A level line at this height.
    Level(i32),
    /// Another curve, from left to right.
    Curve(Vec<Point>),
}

impl Base {
    /// The outline of the area between it and a curve that runs from left to right.
    pub(crate) fn outline(&self, top: &[Point]) -> Vec<Point> {
        let mut outline = top.to_vec();
        match self {
            Self::Level(level) => {
                if let (Some(first), Some(last)) = (top.first(), top.last()) {
                    outline.extend([(last.0, *level), (first.0, *level)]);
                }
            }
            Self::Curve(points) => outline.extend(points.iter().rev()),
        }
        outline
    }
}

/// An upright rectangle: left, top, right, bottom in 64ths of a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rect {
    pub(crate) left: i32,
    pub(crate) top: i32,
    pub(crate) right: i32,
    pub(crate) bottom: i32,
}

/// How a surface is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    Plain(Ink),
    /// From one colour at one height to another at another.
    Fade {
        from: Ink,
        from_y: i32,
        to: Ink,
        to_y: i32,
    },
}

/// How a line is drawn; joins are round.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pen {
    pub(crate) ink: Ink,
    /// Width in 64ths of a pixel.
    pub(crate) width: i32,
    /// Mark, gap, mark, gap in 64ths of a pixel; empty for a line drawn through.
    pub(crate) dashes: Vec<i32>,
    pub(crate) offset: i32,
    /// Whether positions are moved to whole pixels of the raster, so that upright and level lines are sharp.
    pub(crate) crisp: bool,
    /// Whether the ends reach beyond the points by half the width.
    pub(crate) round: bool,
}

impl Pen {
    /// A sharp line of a colour.
    pub(crate) fn crisp(ink: Ink, width: f64) -> Self {
        Self { ink, width: parts(width), dashes: Vec::new(), offset: 0, crisp: true, round: false }
    }
}

/// A line of text.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_field_names, reason = "a text has a text")]
pub(crate) struct Text {
    pub(crate) text: String,
    /// Where the base line of the text begins, ends or is halved.
    pub(crate) at: Point,
    pub(crate) anchor: Anchor,
    pub(crate) turn: Turn,
    pub(crate) font: Font,
    pub(crate) ink: Ink,
    /// The width that the layout counts with, in 64ths of a pixel.
    pub(crate) width: i32,
    pub(crate) class: &'static str,
}

/// Which point of a text stands at its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// Which way a text runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// To the right.
    None,
    /// Upwards.
    Up,
}

/// Pixels as 64ths.
pub(crate) fn parts(pixels: f64) -> i32 {
    crate::number::rounded(pixels * f64::from(PARTS))
}

/// 64ths as pixels.
pub(crate) fn pixels(parts: i32) -> f64 {
    f64::from(parts) / f64::from(PARTS)
}
