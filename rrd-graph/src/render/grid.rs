//! Maps positions of a scene to the pixels of a picture, and finds shapes that consist of whole
//! pixels.

use vello_common::kurbo::{BezPath, Point as Position, Rect as Area};

use crate::color::Color;
use crate::number;
use crate::scene::{Pen, Point, Rect, Shape, pixels};
use crate::theme::Ink;

/// Maps positions of a scene to the raster.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    pub(super) zoom: f64,
}

impl Grid {
    /// The zoom as an integer, if it maps 64ths of a pixel to 64ths of a pixel.
    pub(super) fn whole(self) -> Option<i32> {
        let zoom = number::whole(self.zoom);
        ((1..=64).contains(&zoom) && f64::from(zoom) == self.zoom).then_some(zoom)
    }

    /// A shape as whole pixels, if it consists of them; empty for shapes that draw nothing.
    pub(super) fn bars(self, shape: &Shape) -> Option<Bars> {
        let bars = |areas, ink: Ink| Some(Bars { areas, color: ink.color });
        match shape {
            Shape::Fill { outline, ink } => {
                let area = self.upright(outline)?;
                let whole = |at: f64| at == at.floor();
                let whole = whole(area.x0) && whole(area.x1) && whole(area.y0) && whole(area.y1);
                if whole { bars(vec![area], *ink) } else { None }
            }
            Shape::Stroke { points, pen } => bars(self.crisp(points, pen)?, pen.ink),
            // These draw nothing here.
            Shape::Begin { clip: None, .. } | Shape::End | Shape::Text(_) => {
                Some(Bars { areas: Vec::new(), color: NOTHING })
            }
            _ => None,
        }
    }

    /// The whole pixels of a sharp, undashed line with only horizontal and vertical segments.
    pub(super) fn crisp(self, points: &[Point], pen: &Pen) -> Option<Vec<Area>> {
        let straight =
            points.windows(2).all(|pair| pair[0].0 == pair[1].0 || pair[0].1 == pair[1].1);
        (pen.crisp && pen.dashes.is_empty() && straight)
            .then(|| points.windows(2).map(|pair| self.bar(pair[0], pair[1], pen.width)).collect())
    }

    /// A horizontal or vertical line as the whole pixels that it covers.
    fn bar(self, from: Point, to: Point, width: i32) -> Area {
        let width = (pixels(width) * self.zoom).round().max(1.0);
        let (from, to) = (self.position(from), self.position(to));
        let shift = ((width - 1.0) / 2.0).floor();
        let (left, right) = (from.x.min(to.x), from.x.max(to.x));
        let (top, bottom) = (from.y.min(to.y), from.y.max(to.y));
        if from.y == to.y {
            let top = top.floor() - shift;
            Area::new(left.floor(), top, right.floor().max(left.floor()) + 1.0, top + width)
        } else {
            let left = left.floor() - shift;
            Area::new(left, top.floor(), left + width, bottom.floor() + 1.0)
        }
    }

    /// An outline as a rectangle, if it is one; snapped to whole pixels if it is close to them.
    pub(super) fn upright(self, outline: &[Point]) -> Option<Area> {
        match outline {
            [a, b, c, d] if a.1 == b.1 && b.0 == c.0 && c.1 == d.1 && d.0 == a.0 => {
                let (from, to) = (self.position(*a), self.position(*c));
                Some(Area::new(
                    from.x.min(to.x),
                    from.y.min(to.y),
                    from.x.max(to.x),
                    from.y.max(to.y),
                ))
            }
            _ => None,
        }
    }

    pub(super) fn path<'p>(self, rings: impl IntoIterator<Item = &'p [Point]>) -> BezPath {
        let mut path = BezPath::new();
        for ring in rings {
            for (index, point) in ring.iter().enumerate() {
                let position = self.position(*point);
                if index == 0 {
                    path.move_to(position);
                } else {
                    path.line_to(position);
                }
            }
            path.close_path();
        }
        path
    }

    pub(super) fn position(self, point: Point) -> Position {
        Position::new(pixels(point.0) * self.zoom, pixels(point.1) * self.zoom)
    }

    pub(super) fn area(self, position: Rect) -> Area {
        let (from, to) = (
            self.position((position.left, position.top)),
            self.position((position.right, position.bottom)),
        );
        Area::new(from.x, from.y, to.x, to.y)
    }
}

/// Whole pixels of one colour.
pub(super) struct Bars {
    pub(super) areas: Vec<Area>,
    pub(super) color: Color,
}

const NOTHING: Color = Color::rgba(0, 0, 0, 0);

impl Bars {
    pub(super) fn covers(&self, width: usize, height: usize) -> bool {
        let (width, height) = (number::float(width), number::float(height));
        self.color.alpha == 255
            && self.areas.iter().any(|area| {
                area.x0 <= 0.0 && area.y0 <= 0.0 && area.x1 >= width && area.y1 >= height
            })
    }
}
