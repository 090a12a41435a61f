//! Draws shapes by their outlines: `cover` computes their coverage, `grid` maps their positions.

use vello_common::kurbo::{BezPath, Cap, Join, Point as Position, Stroke};
use vello_common::pixmap::Pixmap;

use super::cover::{Brush, Cover};
use super::grid::Grid;
use super::pixel::{Pixel, pixel};
use crate::color::Color;
use crate::number;
use crate::scene::{Base, Paint, Pen, Point, Shape, cell_runs, pixels};

/// Draws shapes as outlines, one after the other.
pub(super) struct Outlines<'c> {
    pub(super) cover: &'c mut Cover,
    pub(super) map: &'c mut Pixmap,
    pub(super) grid: Grid,
    /// For each open group whether it clips.
    pub(super) clips: Vec<bool>,
}

impl Outlines<'_> {
    pub(super) fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Begin { clip, .. } => {
                if let Some(clip) = clip {
                    let area = self.grid.area(*clip);
                    self.cover.begin_clip(&area);
                }
                self.clips.push(clip.is_some());
            }
            Shape::End => {
                if self.clips.pop() == Some(true) {
                    self.cover.end_clip();
                }
            }
            Shape::Fill { outline, ink } => {
                let brush = Brush::Plain(pixel(ink.color));
                if let Some(area) = self.grid.upright(outline) {
                    self.cover.fill_area(&area, &brush, self.map);
                } else {
                    let path = self.grid.path([outline.as_slice()]);
                    self.cover.fill(&path, &brush, self.map);
                }
            }
            Shape::Area { top, base, paint } => self.surface(top, base, *paint),
            Shape::Stroke { points, pen } => self.stroke(points, pen),
            Shape::Cells { area, columns, color, opacities } => {
                for (place, opacity) in cell_runs(*area, *columns, opacities) {
                    let brush = Brush::Plain(pixel(color.faint(opacity)));
                    self.cover.fill_area(&self.grid.area(place), &brush, self.map);
                }
            }
            Shape::Text(_) => {}
        }
    }

    fn surface(&mut self, top: &[Point], base: &Base, paint: Paint) {
        let brush = match paint {
            Paint::Plain(ink) => Brush::Plain(pixel(ink.color)),
            Paint::Fade { from, from_y, to, to_y } => {
                Brush::Rows(self.fade((from.color, from_y), (to.color, to_y)))
            }
        };
        let outline = base.outline(top);
        let path = self.grid.path([outline.as_slice()]);
        self.cover.fill(&path, &brush, self.map);
    }

    /// The colour of each row between two heights, and of those beyond.
    fn fade(&self, (from, from_y): (Color, i32), (to, to_y): (Color, i32)) -> Vec<Pixel> {
        let [start, end] = [from_y, to_y].map(|y| pixels(y) * self.grid.zoom);
        let (from, to) = (pixel(from), pixel(to));
        let rows = 0..self.map.height();
        let between = rows.map(|row| {
            let share = ((f64::from(row) + 0.5 - start) / (end - start)).clamp(0.0, 1.0);
            let mix = |from: u8, to: u8| {
                let part = f64::from(from) + (f64::from(to) - f64::from(from)) * share;
                u8::try_from(number::rounded(part)).unwrap_or(u8::MAX)
            };
            Pixel {
                r: mix(from.r, to.r),
                g: mix(from.g, to.g),
                b: mix(from.b, to.b),
                a: mix(from.a, to.a),
            }
        });
        between.collect()
    }

    fn stroke(&mut self, points: &[Point], pen: &Pen) {
        let brush = Brush::Plain(pixel(pen.ink.color));
        if let Some(areas) = self.grid.crisp(points, pen) {
            for area in areas {
                self.cover.fill_area(&area, &brush, self.map);
            }
            return;
        }
        let width = pixels(pen.width) * self.grid.zoom;
        if width <= 0.0 {
            return;
        }
        let mut stroke = Stroke::new(width).with_join(Join::Round);
        stroke = stroke.with_caps(if pen.round { Cap::Round } else { Cap::Butt });
        if !pen.dashes.is_empty() {
            let lengths: Vec<f64> =
                pen.dashes.iter().map(|length| pixels(*length) * self.grid.zoom).collect();
            stroke = stroke.with_dashes(pixels(pen.offset) * self.grid.zoom, lengths);
        }
        let mut path = BezPath::new();
        for (index, point) in points.iter().enumerate() {
            let mut position = self.grid.position(*point);
            if pen.crisp {
                position = Position::new(position.x.floor() + 0.5, position.y.floor() + 0.5);
            }
            if index == 0 {
                path.move_to(position);
            } else {
                path.line_to(position);
            }
        }
        self.cover.stroke(&path, &stroke, &brush, self.map);
    }
}
