//! A plotters backend that records a scene, and the elements drawn through it. Nothing here depends
//! on charts.

use std::convert::Infallible;

use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::{CoordTranslate, Shift};
use plotters::drawing::DrawingArea;
use plotters::element::{CoordMapper, Drawable, PointCollection};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, DrawingBackend, DrawingErrorKind,
};

use crate::axis::{TimeAxis, ValueAxis};
use crate::chart::Join;
use crate::color::Color;
use crate::number;
use crate::scene::{Base, PARTS, Paint, Pen, Point, Rect, Scene, Shape, parts};
use crate::statement::Gradient;
use crate::theme::Ink;

/// A plotters backend that records a scene, in 64ths of a pixel.
pub(super) struct Recorder<'s> {
    pub(super) scene: &'s mut Scene,
}

impl Recorder<'_> {
    fn ink(color: BackendColor) -> Ink {
        let (red, green, blue) = color.rgb;
        let alpha = u8::try_from(number::whole((color.alpha * 255.0).round())).unwrap_or(255);
        Ink::fixed(Color::rgba(red, green, blue, alpha))
    }

    fn pen<S: BackendStyle>(style: &S) -> Pen {
        Pen {
            ink: Self::ink(style.color()),
            width: i32::try_from(style.stroke_width()).unwrap_or(i32::MAX),
            dashes: Vec::new(),
            offset: 0,
            crisp: false,
            round: false,
        }
    }
}

type Recorded = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for Recorder<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        let scale = PARTS.unsigned_abs();
        (self.scene.width.saturating_mul(scale), self.scene.height.saturating_mul(scale))
    }

    fn ensure_prepared(&mut self) -> Recorded {
        Ok(())
    }

    fn present(&mut self) -> Recorded {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Recorded {
        let outline = vec![(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)];
        self.scene.shapes.push(Shape::Fill { outline, ink: Self::ink(color) });
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Recorded {
        let points = path.into_iter().collect();
        self.scene.shapes.push(Shape::Stroke { points, pen: Self::pen(style) });
        Ok(())
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Recorded {
        self.draw_path([from, to], style)
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        vert: I,
        style: &S,
    ) -> Recorded {
        let outline = vert.into_iter().collect();
        self.scene.shapes.push(Shape::Fill { outline, ink: Self::ink(style.color()) });
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Recorded {
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
        if fill {
            self.fill_polygon(corners, style)
        } else {
            self.draw_path(corners.into_iter().chain([(left, top)]), style)
        }
    }
}

/// Maps positions without clamping. Plotters' own mapper moves positions outside the picture to its
/// edge, which would bend every clipped curve.
pub(super) struct Unclamped;

impl CoordMapper for Unclamped {
    type Output = BackendCoord;

    fn map<CT: CoordTranslate>(
        coordinates: &CT,
        from: &CT::From,
        _: &plotters::drawing::Rect,
    ) -> BackendCoord {
        coordinates.translate(from)
    }
}

/// A line through points of any coordinate system.
pub(super) struct Stroke<C> {
    pub(super) points: Vec<C>,
    pub(super) join: Join,
    pub(super) pen: Pen,
}

/// The space between a curve and its base.
pub(super) struct Surface<C> {
    /// The upper curve followed by the lower one, both from left to right.
    pub(super) points: Vec<C>,
    /// The number of points in the upper curve; the rest is the lower one, or one point of a level
    /// base.
    pub(super) upper: usize,
    pub(super) join: Join,
    pub(super) paint: SurfacePaint,
}

pub(super) enum SurfacePaint {
    Plain(Ink),
    Fade { near: Ink, gradient: Gradient },
}

/// A filled polygon.
pub(super) struct Polygon<C> {
    pub(super) points: Vec<C>,
    pub(super) ink: Ink,
}

macro_rules! points_of {
    ($element:ident) => {
        impl<'a, C: 'a> PointCollection<'a, C, Unclamped> for &'a $element<C> {
            type Point = &'a C;
            type IntoIter = &'a [C];

            fn point_iter(self) -> &'a [C] {
                &self.points
            }
        }
    };
}
points_of!(Stroke);
points_of!(Surface);
points_of!(Polygon);

impl<C> Drawable<Recorder<'_>, Unclamped> for Stroke<C> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        points: I,
        recorder: &mut Recorder<'_>,
        _: (u32, u32),
    ) -> Recorded {
        let points = through(points, self.join);
        recorder.scene.shapes.push(Shape::Stroke { points, pen: self.pen.clone() });
        Ok(())
    }
}

impl<C> Drawable<Recorder<'_>, Unclamped> for Surface<C> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        points: I,
        recorder: &mut Recorder<'_>,
        _: (u32, u32),
    ) -> Recorded {
        let all: Vec<Point> = points.collect();
        let (top, below) = all.split_at(self.upper.min(all.len()));
        let base = match below {
            [level] => Base::Level(level.1),
            curve => Base::Curve(through(curve.iter().copied(), self.join)),
        };
        let paint = match &self.paint {
            SurfacePaint::Plain(ink) => Paint::Plain(*ink),
            SurfacePaint::Fade { near, gradient } => fade(*near, gradient, top, &base),
        };
        let top = through(top.iter().copied(), self.join);
        recorder.scene.shapes.push(Shape::Area { top, base, paint });
        Ok(())
    }
}

impl<C> Drawable<Recorder<'_>, Unclamped> for Polygon<C> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        points: I,
        recorder: &mut Recorder<'_>,
        _: (u32, u32),
    ) -> Recorded {
        recorder.scene.shapes.push(Shape::Fill { outline: points.collect(), ink: self.ink });
        Ok(())
    }
}

/// A gradient for a whole area, between its highest point and its base.
fn fade(near: Ink, gradient: &Gradient, top: &[Point], base: &Base) -> Paint {
    let level = match base {
        Base::Level(y) => *y,
        Base::Curve(points) => points.iter().map(|point| point.1).max().unwrap_or(0),
    };
    let highest = top.iter().map(|point| point.1).min().unwrap_or(level);
    let lowest = top.iter().map(|point| point.1).max().unwrap_or(level);
    // An area below its base fades in the other direction.
    let tip = if level - highest >= lowest - level { highest } else { lowest };
    let toward = if tip <= level { 1.0 } else { -1.0 };
    let far = Ink::fixed(gradient.base);
    let height = parts(gradient.height.abs() * toward);
    let (from_y, to_y) = if gradient.height > 0.0 {
        // RRDtool fades each column separately, in stripes. Here one gradient covers the whole
        // area: over the given height, or down to the base if that is farther.
        let reach = if height.abs() > (level - tip).abs() { height } else { level - tip };
        (tip, tip.saturating_add(reach))
    } else if gradient.height < 0.0 {
        (level.saturating_sub(height), level)
    } else {
        (tip, level)
    };
    Paint::Fade { from: near, from_y, to: far, to_y }
}

/// A line through points, without those inside a horizontal or vertical run. Steps go horizontally
/// from each point to below or above the next.
fn through(points: impl Iterator<Item = Point>, join: Join) -> Vec<Point> {
    match join {
        Join::Slopes | Join::BeveledSteps => {
            let mut line = Vec::with_capacity(points.size_hint().0);
            points.for_each(|point| extend_line(&mut line, point));
            line
        }
        Join::Steps => {
            let mut line = Vec::with_capacity(points.size_hint().0 * 2);
            let mut before: Option<Point> = None;
            for point in points {
                if let Some(before) = before {
                    extend_line(&mut line, before);
                    extend_line(&mut line, (point.0, before.1));
                }
                before = Some(point);
            }
            line
        }
    }
}

/// Extends a line to a point.
fn extend_line(line: &mut Vec<Point>, point: Point) {
    if let [.., a, b] = line.as_mut_slice() {
        let level = a.1 == b.1 && b.1 == point.1;
        let upright = a.0 == b.0 && b.0 == point.0 && (a.1 < b.1) == (b.1 < point.1);
        if level || upright {
            if *a == point {
                line.pop();
            } else {
                *b = point;
            }
            return;
        }
    }
    if line.last() != Some(&point) {
        line.push(point);
    }
}

pub(super) type Root<'s> = DrawingArea<Recorder<'s>, Shift>;
pub(super) type Plot<'s> = DrawingArea<Recorder<'s>, Cartesian2d<TimeAxis, ValueAxis>>;

pub(super) fn rectangle(left: f64, top: f64, right: f64, bottom: f64) -> Vec<(f64, f64)> {
    vec![(left, top), (right, top), (right, bottom), (left, bottom)]
}

/// Converts pixels to positions on the root area.
fn to_points(root: &Root<'_>, points: &[(f64, f64)]) -> Vec<Point> {
    let (x, y) = root.get_base_pixel();
    points.iter().map(|point| (parts(point.0) - x, parts(point.1) - y)).collect()
}

pub(super) fn fill(root: &Root<'_>, ink: Ink, outline: &[(f64, f64)]) {
    draw(root, &Polygon { points: to_points(root, outline), ink });
}

pub(super) fn line(root: &Root<'_>, points: &[(f64, f64)], pen: &Pen) {
    draw(root, &Stroke { points: to_points(root, points), join: Join::Slopes, pen: pen.clone() });
}

pub(super) fn stroke(plot: &Plot<'_>, points: [(f64, f64); 2], pen: &Pen) {
    draw(plot, &Stroke { points: points.to_vec(), join: Join::Slopes, pen: pen.clone() });
}

/// A shape that is not made of points is recorded as it is.
struct Verbatim(std::cell::Cell<Option<Shape>>);

impl<'a> PointCollection<'a, Point, Unclamped> for &'a Verbatim {
    type Point = &'a Point;
    type IntoIter = &'a [Point];

    fn point_iter(self) -> &'a [Point] {
        &[]
    }
}

impl Drawable<Recorder<'_>, Unclamped> for Verbatim {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        _: I,
        recorder: &mut Recorder<'_>,
        _: (u32, u32),
    ) -> Recorded {
        recorder.scene.shapes.extend(self.0.take());
        Ok(())
    }
}

pub(super) fn push(root: &Root<'_>, shape: Shape) {
    draw(root, &Verbatim(std::cell::Cell::new(Some(shape))));
}

pub(super) fn group(
    root: &Root<'_>,
    class: &'static str,
    clip: Option<Rect>,
    inside: impl FnOnce(),
) {
    push(root, Shape::Begin { class, clip, series: None });
    inside();
    push(root, Shape::End);
}

pub(super) fn draw<'s, 'e, CT, E>(area: &DrawingArea<Recorder<'s>, CT>, element: &'e E)
where
    CT: CoordTranslate,
    &'e E: PointCollection<'e, CT::From, Unclamped>,
    E: Drawable<Recorder<'s>, Unclamped>,
{
    // The recorder never fails, and nothing else borrows it while an element is drawn.
    area.draw(element).expect("taking down a shape cannot fail");
}
