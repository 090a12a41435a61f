//! Glyph masks: the exact coverage of each pixel by an outline. Used for letters, which are small
//! and repeat; larger shapes use the renderer's own engine.

use skrifa::font::glyph::outline::PathElement;

use crate::number;

/// Coverage of a rectangle of pixels.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Mask {
    /// The upper left corner, relative to the origin of the glyph.
    pub(crate) left: i32,
    pub(crate) top: i32,
    pub(crate) width: usize,
    /// Rows of coverage values from 0 (none) to 255 (full).
    pub(crate) rows: Vec<u8>,
}

/// The mask of an outline whose points `transform` maps to pixels, y downwards.
pub(crate) fn mask(outline: &[PathElement], transform: impl Fn(f32, f32) -> (f32, f32)) -> Mask {
    let lines = flatten(outline, transform);
    let Some(bounds) = Bounds::of(&lines) else { return Mask::default() };
    let mut field = vec![0.0_f32; (bounds.width + 1) * bounds.height + 2];
    for (from, to) in &lines {
        let local = |point: (f32, f32)| (point.0 - bounds.left, point.1 - bounds.top);
        add(&mut field, bounds.width + 1, bounds.height, local(*from), local(*to));
    }
    let mut rows = Vec::with_capacity(bounds.width * bounds.height);
    for row in field.chunks(bounds.width + 1).take(bounds.height) {
        let mut sum = 0.0;
        for change in row.iter().take(bounds.width) {
            sum += change;
            rows.push(shade(sum));
        }
    }
    Mask {
        left: number::whole(f64::from(bounds.left)),
        top: number::whole(f64::from(bounds.top)),
        width: bounds.width,
        rows,
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
fn shade(sum: f32) -> u8 {
    (sum.abs().min(1.0) * 255.0 + 0.5) as u8
}

type Line = ((f32, f32), (f32, f32));

struct Bounds {
    left: f32,
    top: f32,
    width: usize,
    height: usize,
}

impl Bounds {
    fn of(lines: &[Line]) -> Option<Self> {
        let points = || lines.iter().flat_map(|line| [line.0, line.1]);
        let edge = |pick: fn((f32, f32)) -> f32, best: fn(f32, f32) -> f32| {
            points().map(pick).reduce(best)
        };
        let left = edge(|point| point.0, f32::min)?.floor();
        let top = edge(|point| point.1, f32::min)?.floor();
        let right = edge(|point| point.0, f32::max)?.ceil();
        let bottom = edge(|point| point.1, f32::max)?.ceil();
        let (width, height) = (f64::from(right - left), f64::from(bottom - top));
        // No letter in a chart is larger than this.
        if !(width <= 4096.0 && height <= 4096.0) {
            return None;
        }
        Some(Self { left, top, width: number::count(width), height: number::count(height) })
    }
}

/// Adds the changes that one edge makes in each row, from left to right: in the running sum of a
/// row, pixels to the right of a downward edge gain one, those to the right of an upward edge lose
/// one.
fn add(field: &mut [f32], stride: usize, height: usize, from: (f32, f32), to: (f32, f32)) {
    if from.1 == to.1 {
        return;
    }
    let (sign, upper, lower) = if from.1 < to.1 { (1.0, from, to) } else { (-1.0, to, from) };
    let slope = (lower.0 - upper.0) / (lower.1 - upper.1);
    let mut x = upper.0;
    let first = number::count(f64::from(upper.1));
    let last = number::count(f64::from(lower.1.ceil())).min(height);
    for row in first..last {
        let y = number::float(row);
        #[expect(clippy::cast_possible_truncation, reason = "rows of a glyph are few")]
        let y = y as f32;
        let part = (y + 1.0).min(lower.1) - y.max(upper.1);
        let next = x + slope * part;
        let amount = sign * part;
        let (left, right) = if x < next { (x, next) } else { (next, x) };
        let column = left.floor();
        let at = row * stride + number::count(f64::from(column));
        let end = right.ceil();
        if end <= column + 1.0 {
            let middle = 0.5 * (left + right) - column;
            put(field, at, amount * (1.0 - middle));
            put(field, at + 1, amount * middle);
        } else {
            // The edge crosses several pixels of the row: each gets the area of its own piece.
            let scale = 1.0 / (right - left);
            let begin = 1.0 - (left - column);
            let first_area = 0.5 * scale * begin * begin;
            let rest = right - end + 1.0;
            let last_area = 0.5 * scale * rest * rest;
            put(field, at, amount * first_area);
            let columns = number::count(f64::from(end - column));
            if columns == 2 {
                put(field, at + 1, amount * (1.0 - first_area - last_area));
            } else {
                let second = scale * (1.5 - (left - column));
                put(field, at + 1, amount * (second - first_area));
                for step in 2..columns - 1 {
                    put(field, at + step, amount * scale);
                }
                #[expect(clippy::cast_possible_truncation, reason = "columns of a glyph are few")]
                let before = second + number::float(columns - 3) as f32 * scale;
                put(field, at + columns - 1, amount * (1.0 - before - last_area));
            }
            put(field, at + columns, amount * last_area);
        }
        x = next;
    }
}

fn put(field: &mut [f32], at: usize, amount: f32) {
    if let Some(cell) = field.get_mut(at) {
        *cell += amount;
    }
}

/// An outline as straight lines; curves are split finely enough for letters.
fn flatten(outline: &[PathElement], transform: impl Fn(f32, f32) -> (f32, f32)) -> Vec<Line> {
    const PIECES: u8 = 5;
    let mut lines = Vec::with_capacity(outline.len() * 4);
    let (mut start, mut at) = ((0.0, 0.0), (0.0, 0.0));
    for element in outline {
        match *element {
            PathElement::MoveTo { x, y } => {
                start = transform(x, y);
                at = start;
            }
            PathElement::LineTo { x, y } => {
                let to = transform(x, y);
                lines.push((at, to));
                at = to;
            }
            PathElement::QuadTo { cx0, cy0, x, y } => {
                let (control, to) = (transform(cx0, cy0), transform(x, y));
                let from = at;
                for piece in 1..=PIECES {
                    let t = f32::from(piece) / f32::from(PIECES);
                    let blend = |a: f32, b: f32, c: f32| {
                        (1.0 - t) * (1.0 - t) * a + 2.0 * t * (1.0 - t) * b + t * t * c
                    };
                    let next = (blend(from.0, control.0, to.0), blend(from.1, control.1, to.1));
                    lines.push((at, next));
                    at = next;
                }
            }
            PathElement::CurveTo { cx0, cy0, cx1, cy1, x, y } => {
                let (a, b, to) = (transform(cx0, cy0), transform(cx1, cy1), transform(x, y));
                let from = at;
                for piece in 1..=PIECES {
                    let t = f32::from(piece) / f32::from(PIECES);
                    let u = 1.0 - t;
                    let blend = |p: f32, q: f32, r: f32, s: f32| {
                        u * u * u * p + 3.0 * u * u * t * q + 3.0 * u * t * t * r + t * t * t * s
                    };
                    let next = (blend(from.0, a.0, b.0, to.0), blend(from.1, a.1, b.1, to.1));
                    lines.push((at, next));
                    at = next;
                }
            }
            PathElement::Close => {
                lines.push((at, start));
                at = start;
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(left: f32, top: f32, right: f32, bottom: f32) -> Vec<PathElement> {
        vec![
            PathElement::MoveTo { x: left, y: top },
            PathElement::LineTo { x: right, y: top },
            PathElement::LineTo { x: right, y: bottom },
            PathElement::LineTo { x: left, y: bottom },
            PathElement::Close,
        ]
    }

    #[test]
    fn a_pixel_is_as_dark_as_it_is_covered() {
        let mask = mask(&square(0.5, 0.0, 2.0, 1.5), |x, y| (x, y));
        assert_eq!((mask.left, mask.top, mask.width), (0, 0, 2));
        assert_eq!(mask.rows, [128, 255, 64, 128]);
    }

    #[test]
    fn a_slope_covers_the_pixels_it_crosses_by_area() {
        let triangle = [
            PathElement::MoveTo { x: 0.0, y: 0.0 },
            PathElement::LineTo { x: 4.0, y: 1.0 },
            PathElement::LineTo { x: 0.0, y: 1.0 },
            PathElement::Close,
        ];
        let mask = mask(&triangle, |x, y| (x, y));
        assert_eq!(mask.rows, [223, 159, 96, 32]);
    }

    #[test]
    fn nothing_has_no_mask() {
        assert_eq!(mask(&[], |x, y| (x, y)), Mask::default());
    }
}
