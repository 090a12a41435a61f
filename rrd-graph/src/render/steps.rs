//! Draws areas under steps by the share of each pixel that they cover. Positions are 64ths of a
//! pixel and all edges horizontal or vertical, so that the shares are exact: they equal those of
//! `cover`, without cutting outlines into tiles.

use super::pixel::{Pixel, mixed};
use crate::color::Color;
use crate::number;
use crate::scene::{Base, PARTS, Paint, Point, Rect, Shape};

/// An area of one opaque colour between steps and a level base.
pub(super) struct Steps {
    edge: Vec<Step>,
    base: i32,
    color: Color,
}

/// A horizontal piece of the edge, in 64ths of a pixel of the raster.
#[derive(Clone, Copy)]
struct Step {
    left: i32,
    right: i32,
    y: i32,
}

/// Positions farther out are drawn by other means: 32-bit floats cannot represent them exactly.
const MAX_DISTANCE: i32 = 1 << 23;

/// A rectangle of raster pixels: columns and rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) right: i32,
    pub(super) bottom: i32,
}

impl Window {
    /// The pixels of a rectangle in a picture of `width` by `height` pixels; `None` if it cuts
    /// through pixels.
    pub(super) fn of(area: Rect, zoom: i32, width: usize, height: usize) -> Option<Self> {
        let whole = |part: i32, side: usize| {
            let scaled = part.checked_mul(zoom).filter(|scaled| scaled % PARTS == 0)?;
            Some((scaled / PARTS).clamp(0, i32::try_from(side).ok()?))
        };
        Some(Self {
            left: whole(area.left, width)?,
            top: whole(area.top, height)?,
            right: whole(area.right, width)?,
            bottom: whole(area.bottom, height)?,
        })
    }
}

impl Steps {
    /// A shape as such an area, if it is one; `zoom` raster pixels per picture pixel.
    pub(super) fn of(shape: &Shape, zoom: i32) -> Option<Self> {
        let Shape::Area { top, base: Base::Level(base), paint: Paint::Plain(ink) } = shape else {
            return None;
        };
        let scaled = |part: i32| part.checked_mul(zoom).filter(|part| part.abs() < MAX_DISTANCE);
        let mut steps = Vec::with_capacity(top.len() / 2 + 1);
        let mut before: Option<Point> = None;
        for point in top {
            let at = (scaled(point.0)?, scaled(point.1)?);
            match before {
                Some(before) if before.0 < at.0 && before.1 == at.1 => {
                    steps.push(Step { left: before.0, right: at.0, y: at.1 });
                }
                Some(before) if before.0 != at.0 => return None,
                _ => {}
            }
            before = Some(at);
        }
        let base = scaled(*base)?;
        (ink.color.alpha == 255).then_some(Self { edge: steps, base, color: ink.color })
    }
}

/// A column of an area.
#[derive(Clone, Copy)]
struct Column {
    /// Index of its first step, and the index after its last.
    steps: (usize, usize),
    /// The rows that it covers at least partly, and those that it fills.
    touched: (i32, i32),
    full: (i32, i32),
    /// Up to where areas in front of it hide its full rows.
    seen: i32,
}

/// Draws areas, each over the previous ones.
pub(super) fn draw(
    pixels: &mut [Pixel],
    width: usize,
    areas: &[Steps],
    window: Window,
    smooth: bool,
) {
    let mut canvas = Canvas { pixels, width, window, smooth };
    let columns = number::index(u32::try_from(window.right - window.left).unwrap_or(0));
    // From front to back: an area on the same base hides everything behind its full rows.
    let mut hidden = vec![i32::MAX; columns];
    let base = areas.last().map(|area| area.base);
    let mut cut: Vec<(i32, Vec<Column>)> = Vec::with_capacity(areas.len());
    for area in areas.iter().rev() {
        let (first, mut columns) = canvas.columns(area);
        if base == Some(area.base) {
            let from = usize::try_from(first - window.left).unwrap_or(0);
            for (column, hidden) in columns.iter_mut().zip(hidden.iter_mut().skip(from)) {
                let (start, end) = column.full;
                // Only areas that reach down to the base.
                if start < end && end == area.base.div_euclid(PARTS).min(window.bottom) {
                    column.seen = end.min(*hidden).max(start);
                    *hidden = start.min(*hidden);
                }
            }
        }
        cut.push((first, columns));
    }
    for (area, (first, columns)) in areas.iter().zip(cut.iter().rev()) {
        canvas.area(area, *first, columns);
    }
}

struct Canvas<'p> {
    pixels: &'p mut [Pixel],
    width: usize,
    window: Window,
    smooth: bool,
}

/// Up to this many columns are filled row by row.
const BLOCK: usize = 16;

impl Canvas<'_> {
    /// The columns of an area inside the window, and the index of the first.
    fn columns(&self, area: &Steps) -> (i32, Vec<Column>) {
        let Window { left, right, top, bottom } = self.window;
        let (Some(first), Some(last)) = (area.edge.first(), area.edge.last()) else {
            return (left, Vec::new());
        };
        let start = first.left.div_euclid(PARTS).max(left);
        let end = (last.right + PARTS - 1).div_euclid(PARTS).min(right);
        let mut columns = Vec::with_capacity(usize::try_from(end - start).unwrap_or(0));
        let mut from = 0;
        for x in start..end {
            let (near, far) = (x * PARTS, (x + 1) * PARTS);
            while area.edge.get(from).is_some_and(|step| step.right <= near) {
                from += 1;
            }
            let (mut highest, mut lowest) = (i32::MAX, i32::MIN);
            let (mut covered, mut to) = (0, from);
            while let Some(step) = area.edge.get(to).filter(|step| step.left < far) {
                highest = highest.min(step.y);
                lowest = lowest.max(step.y);
                covered += step.right.min(far) - step.left.max(near);
                to += 1;
            }
            let base = area.base;
            let inside = |row: i32| row.clamp(top, bottom);
            let (floor, ceiling) =
                (|y: i32| y.div_euclid(PARTS), |y: i32| (y + PARTS - 1).div_euclid(PARTS));
            let full = match (covered, lowest <= base, highest >= base) {
                (PARTS, true, _) => (inside(ceiling(lowest)), inside(floor(base))),
                (PARTS, _, true) => (inside(ceiling(base)), inside(floor(highest))),
                _ => (top, top),
            };
            let touched = if covered == 0 {
                (top, top)
            } else {
                (inside(floor(highest.min(base))), inside(ceiling(lowest.max(base))))
            };
            let full = if full.0 < full.1 { full } else { (touched.1, touched.1) };
            columns.push(Column { steps: (from, to), touched, full, seen: full.1 });
        }
        (start, columns)
    }

    fn area(&mut self, area: &Steps, first: i32, columns: &[Column]) {
        let Color { red: r, green: g, blue: b, .. } = area.color;
        let color = Pixel { r, g, b, a: 255 };
        let width = self.width;
        for (x, block) in (first..).step_by(BLOCK).zip(columns.chunks(BLOCK)) {
            let top = block.iter().map(|column| column.full.0).max().unwrap_or(0);
            let bottom = block.iter().map(|column| column.seen).min().unwrap_or(0).max(top);
            for line in self.rows(x, block.len(), (top, bottom)).chunks_mut(width) {
                line.get_mut(..block.len()).unwrap_or_default().fill(color);
            }
            for (x, column) in (x..).zip(block) {
                let Column { full: (start, end), seen, .. } = *column;
                for rows in [(start, seen.min(top)), (bottom.max(start), seen)] {
                    self.rows(x, 1, rows)
                        .iter_mut()
                        .step_by(width)
                        .for_each(|pixel| *pixel = color);
                }
                self.shares(area, x, column, (column.touched.0, start), color);
                self.shares(area, x, column, (end, column.touched.1), color);
            }
        }
    }

    /// The pixels of some rows: from a column of the first row, `columns` columns wide.
    fn rows(&mut self, x: i32, columns: usize, (top, bottom): (i32, i32)) -> &mut [Pixel] {
        if top >= bottom {
            return &mut [];
        }
        let pixel =
            |x: i32, y: i32| Some(usize::try_from(y).ok()? * self.width + usize::try_from(x).ok()?);
        let rows = pixel(x, top).zip(pixel(x, bottom - 1));
        let rows = rows.and_then(|(first, last)| self.pixels.get_mut(first..last + columns));
        rows.unwrap_or_default()
    }

    /// Blends the colour over the rows of a column that may be covered in part.
    fn shares(
        &mut self,
        area: &Steps,
        x: i32,
        column: &Column,
        (top, bottom): (i32, i32),
        color: Pixel,
    ) {
        let steps = area.edge.get(column.steps.0..column.steps.1).unwrap_or_default();
        let (near, far) = (x * PARTS, (x + 1) * PARTS);
        let (width, smooth) = (self.width, self.smooth);
        let pixels = self.rows(x, 1, (top, bottom)).iter_mut().step_by(width);
        for (row, pixel) in (top..bottom).zip(pixels) {
            let (upper, lower) = (row * PARTS, (row + 1) * PARTS);
            let base = area.base.max(upper).min(lower);
            // Coverage above the base counts positive, below it negative: a pixel with both gets
            // the difference.
            let mut share = 0;
            for step in steps {
                let across = step.right.min(far) - step.left.max(near);
                share += across * (base - step.y.max(upper).min(lower));
            }
            let mask = ((share.unsigned_abs() * 255 + 2048) >> 12).min(255);
            let mask = match smooth {
                true => mask,
                false if mask >= 128 => 255,
                false => 0,
            };
            *pixel = over(*pixel, color, mask);
        }
    }
}

/// Blends a colour over a pixel, weighted by the mask.
fn over(below: Pixel, color: Pixel, mask: u32) -> Pixel {
    mixed(color, mask, below, 255 - mask)
}
