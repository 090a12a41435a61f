//! Compares the pixels of curves with those of tiny-skia, an independent rasteriser.

use rrd_core::{Step, TimeRange, Timestamp};
use tiny_skia::{
    FillRule, GradientStop, LineCap, LineJoin, LinearGradient, Mask, Paint as Brush, Path,
    PathBuilder, Pixmap, Point as Position, Shader, SpreadMode, Stroke, StrokeDash, Transform,
};

use super::raster::Raster;
use crate::axis::{TimeGrid, ValueGrid, ValueScale};
use crate::chart::{Band, Chart, Curve, Element, Extent, Join, Marks, Samples};
use crate::color::Color;
use crate::font::Fonts;
use crate::scene::{Base, Paint, Pen, Point, Rect, Scene, Shape, pixels};
use crate::statement::{Dashes, Gradient};

const RED: Color = Color::rgb(200, 30, 20);
const BLUE: Color = Color::rgb(20, 60, 180);

fn samples(seed: u32) -> Samples {
    lowered(seed, 0.0)
}

fn lowered(seed: u32, by: f64) -> Samples {
    let values: Vec<f64> = (0..60_u32)
        .map(|row| match (row * 7919 + seed * 104_729) % 97 {
            gap if gap < 4 => f64::NAN,
            value => f64::from(value) - by,
        })
        .collect();
    Samples::new(Timestamp::from_seconds(0), Step::from_seconds(60).unwrap(), values)
}

/// A bare canvas: only the elements produce pixels.
fn chart(join: Join, elements: impl IntoIterator<Item = Element>) -> Chart {
    let scale = ValueScale {
        lower: Some(5.0),
        upper: Some(85.0),
        rigid: true,
        grid: ValueGrid::None,
        ..ValueScale::default()
    };
    let chart = Chart::new(TimeRange::from_seconds(0, 3600))
        .extent(Extent::Bare)
        .size(400, 160)
        .time_grid(TimeGrid::None)
        .scale(scale)
        .join(join);
    elements.into_iter().fold(chart, Chart::draw)
}

fn color(color: Color) -> tiny_skia::Color {
    tiny_skia::Color::from_rgba8(color.red, color.green, color.blue, color.alpha)
}

fn brush(shader: Shader<'_>) -> Brush<'_> {
    Brush { shader, anti_alias: true, ..Brush::default() }
}

#[expect(clippy::cast_possible_truncation, reason = "pixels of a small picture")]
fn at(parts: i32) -> f32 {
    pixels(parts) as f32
}

fn path(points: impl IntoIterator<Item = Point>, closed: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (index, (x, y)) in points.into_iter().enumerate() {
        if index == 0 {
            path.move_to(at(x), at(y));
        } else {
            path.line_to(at(x), at(y));
        }
    }
    if closed {
        path.close();
    }
    path.finish()
}

/// The scene as drawn by tiny-skia.
fn drawn(scene: &Scene) -> Pixmap {
    let mut map = Pixmap::new(scene.width, scene.height).unwrap();
    let mut clips: Vec<Option<Mask>> = Vec::new();
    for shape in &scene.shapes {
        let mask = clips.iter().rev().find_map(Option::as_ref);
        match shape {
            Shape::Begin { clip, .. } => {
                let mask = clip.map(|Rect { left, top, right, bottom }| {
                    let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
                    let mut mask = Mask::new(scene.width, scene.height).unwrap();
                    let corners = path(corners, true).unwrap();
                    mask.fill_path(&corners, FillRule::Winding, true, Transform::identity());
                    mask
                });
                clips.push(mask);
            }
            Shape::End => drop(clips.pop()),
            Shape::Fill { outline, ink } => {
                if let Some(path) = path(outline.iter().copied(), true) {
                    let brush = brush(Shader::SolidColor(color(ink.color)));
                    map.fill_path(&path, &brush, FillRule::Winding, Transform::identity(), mask);
                }
            }
            Shape::Area { top, base, paint } => {
                let below: Vec<Point> = match base {
                    Base::Level(y) => {
                        vec![(top[top.len() - 1].0, *y), (top[0].0, *y)]
                    }
                    Base::Curve(points) => points.iter().rev().copied().collect(),
                };
                let shader = match paint {
                    Paint::Plain(ink) => Shader::SolidColor(color(ink.color)),
                    Paint::Fade { from, from_y, to, to_y } => {
                        let (start, end) = (at(*from_y), at(*to_y));
                        let stops = vec![
                            GradientStop::new(0.0, color(from.color)),
                            GradientStop::new(1.0, color(to.color)),
                        ];
                        let positions =
                            (Position::from_xy(0.0, start), Position::from_xy(0.0, end));
                        let (mode, whole) = (SpreadMode::Pad, Transform::identity());
                        LinearGradient::new(positions.0, positions.1, stops, mode, whole).unwrap()
                    }
                };
                if let Some(path) = path(top.iter().copied().chain(below), true) {
                    let brush = brush(shader);
                    map.fill_path(&path, &brush, FillRule::Winding, Transform::identity(), mask);
                }
            }
            Shape::Stroke { points, pen } => {
                assert!(!pen.crisp, "lines on whole pixels are our own business");
                if let Some(path) = path(points.iter().copied(), false) {
                    let brush = brush(Shader::SolidColor(color(pen.ink.color)));
                    map.stroke_path(&path, &brush, &stroke(pen), Transform::identity(), mask);
                }
            }
            // No chart has cells.
            Shape::Cells { .. } | Shape::Text(_) => {}
        }
    }
    map
}

fn stroke(pen: &Pen) -> Stroke {
    let lengths: Vec<f32> = pen.dashes.iter().map(|length| at(*length)).collect();
    Stroke {
        width: at(pen.width),
        line_cap: if pen.round { LineCap::Round } else { LineCap::Butt },
        line_join: LineJoin::Round,
        dash: StrokeDash::new(lengths, at(pen.offset)),
        ..Stroke::default()
    }
}

/// Draws a chart both ways and compares: tiny-skia computes coverage in sixteenths, so edges differ
/// by a few shades. Where an outline crosses itself inside a pixel the two differ; no outline here
/// does.
fn compare(topic: &str, chart: &Chart) {
    let fonts = Fonts::new();
    let scene = chart.scene(&chart.layout(&fonts), &fonts);
    let mut ours = Raster::default();
    ours.draw(&scene, &fonts, true).unwrap();
    let theirs = drawn(&scene);
    let theirs: Vec<[u8; 4]> = theirs.data().as_chunks().0.to_vec();
    assert_eq!(ours.bytes().len(), theirs.len());
    let (mut sum, mut far) = (0_u64, 0_usize);
    for (ours, theirs) in ours.bytes().iter().zip(&theirs) {
        let most = ours.iter().zip(theirs).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        sum += u64::from(most);
        far += usize::from(most > 40);
    }
    let count = u64::try_from(theirs.len()).unwrap();
    assert!(theirs.iter().any(|pixel| *pixel != theirs[0]), "{topic}: nothing is drawn");
    assert!(sum <= 2 * count, "{topic}: {sum} shades apart over {count} pixels");
    assert!(far * 200 <= theirs.len(), "{topic}: {far} of {count} pixels are far apart");
}

#[test]
fn areas_are_filled_as_by_tiny_skia() {
    for join in [Join::Steps, Join::Slopes] {
        compare("area", &chart(join, [Curve::area(samples(1)).color(RED).into()]));
        let stack = [
            Curve::area(samples(2)).color(RED).into(),
            Curve::area(samples(3)).color(BLUE).stacked().into(),
        ];
        compare("stack", &chart(join, stack));
        let pale = Color { alpha: 90, ..BLUE };
        let band = Band::between(lowered(4, 20.0), samples(4)).color(pale);
        compare("band", &chart(join, [band.into()]));
    }
}

#[test]
fn areas_fade_as_by_tiny_skia() {
    for height in [0.0, 50.0, -30.0] {
        let gradient = Gradient { base: BLUE, height };
        let area = Curve::area(samples(6)).color(RED).gradient(gradient);
        compare("gradient", &chart(Join::Slopes, [area.into()]));
    }
}

#[test]
fn lines_are_drawn_as_by_tiny_skia() {
    for join in [Join::Steps, Join::Slopes] {
        for width in [1.0, 1.5, 3.0, 8.0] {
            let line = Curve::line(samples(7)).color(BLUE).width(width);
            compare("line", &chart(join, [line.into()]));
        }
    }
}

#[test]
fn dashes_lie_as_by_tiny_skia() {
    for (lengths, offset) in [(vec![6.0, 3.0], 0.0), (vec![10.0, 2.0, 1.0, 2.0], 4.0)] {
        let dashes = Dashes { lengths, offset };
        let line = Curve::line(samples(8)).color(RED).width(2.0).dashes(dashes);
        compare("dashes", &chart(Join::Slopes, [line.into()]));
    }
}

#[test]
fn marks_are_filled_as_by_tiny_skia() {
    for fraction in [0.3, -0.2, 1.0] {
        compare("marks", &chart(Join::Steps, [Marks::new(samples(9), fraction).color(RED).into()]));
    }
}
