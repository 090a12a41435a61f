//! A picture as data, which renderers turn into bytes. Time and values do not exist at this level.

use std::borrow::Cow;

use crate::color::Color;
use crate::font::{Font, plain};
use crate::theme::{Ink, Theme};

/// Fractions of a pixel in which positions are counted.
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
    /// Raster pixels per picture pixel.
    pub(crate) zoom: f64,
    pub(crate) theme: Theme,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) shapes: Vec<Shape>,
}

/// An item of the picture; later ones are drawn over earlier ones.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    /// Begins a group that ends at `End`; `clip` clips it. `series` is the name of the series that
    /// its shapes are about.
    Begin { class: &'static str, clip: Option<Rect>, series: Option<String> },
    /// Ends the innermost group.
    End,
    /// A filled outline.
    Fill { outline: Vec<Point>, ink: Ink },
    /// The space between a curve and its base, from left to right.
    Area { top: Vec<Point>, base: Base, paint: Paint },
    /// A line.
    Stroke { points: Vec<Point>, pen: Pen },
    /// A text.
    Text(Text),
    /// Equal cells of one colour that differ in their opacity, row by row from the upper left.
    Cells { area: Rect, columns: usize, color: Color, opacities: Vec<u8> },
}

/// The lower edge of an area.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Base {
    /// A horizontal line at this height.
    Level(i32),
    /// Another curve, from left to right.
    Curve(Vec<Point>),
}

impl Base {
    /// The outline of the area between the base and a curve from left to right.
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

/// The cells of equal opacity that lie side by side, each with its place; those that are invisible
/// are left out.
pub(crate) fn cell_runs(
    area: Rect,
    columns: usize,
    opacities: &[u8],
) -> impl Iterator<Item = (Rect, u8)> + '_ {
    let rows = opacities.len().checked_div(columns).unwrap_or(0);
    let (width, height) = (f64::from(area.right - area.left), f64::from(area.bottom - area.top));
    let part = |length: f64, index: usize, count: usize| {
        let (index, count) = (crate::number::float(index), crate::number::float(count));
        crate::number::rounded(length * index / count)
    };
    opacities.chunks_exact(columns.max(1)).enumerate().flat_map(move |(row, cells)| {
        let top = area.top + part(height, row, rows);
        let bottom = area.top + part(height, row + 1, rows);
        let mut column = 0;
        cells.chunk_by(|one, next| one == next).filter_map(move |run| {
            let left = area.left + part(width, column, columns);
            column += run.len();
            let right = area.left + part(width, column, columns);
            let opacity = run.first().copied().filter(|opacity| *opacity > 0)?;
            Some((Rect { left, top, right, bottom }, opacity))
        })
    })
}

/// The fill of a surface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    Plain(Ink),
    /// A gradient from one colour and height to another.
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
    /// Dash, gap, dash, gap in 64ths of a pixel; empty for a solid line.
    pub(crate) dashes: Vec<i32>,
    pub(crate) offset: i32,
    /// Whether positions are snapped to whole raster pixels, so that vertical and horizontal lines
    /// are sharp.
    pub(crate) crisp: bool,
    /// Whether the ends extend beyond the points by half the width.
    pub(crate) round: bool,
}

impl Pen {
    /// A sharp line.
    pub(crate) fn crisp(ink: Ink, width: f64) -> Self {
        Self { ink, width: parts(width), dashes: Vec::new(), offset: 0, crisp: true, round: false }
    }
}

/// A line of text.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_field_names, reason = "a text has a text")]
pub(crate) struct Text {
    pub(crate) text: String,
    /// The start, middle or end of the base line, depending on `anchor`.
    pub(crate) at: Point,
    pub(crate) anchor: Anchor,
    pub(crate) turn: Turn,
    pub(crate) font: Font,
    pub(crate) ink: Ink,
    /// The width used for the layout, in 64ths of a pixel.
    pub(crate) width: i32,
    pub(crate) class: &'static str,
}

impl Text {
    /// The text without markup.
    pub(crate) fn plain(&self) -> Cow<'_, str> {
        if self.font.markup { plain(&self.text).into() } else { (&*self.text).into() }
    }
}

/// Which point of a text is at its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// The direction of a text.
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
