//! Pixels: a scene drawn with exact coverage, and its texts from glyph masks on top.

use fearless_simd::Level;
use thiserror::Error;
use vello_common::color::PremulRgba8;
use vello_common::kurbo::{BezPath, Cap, Join, Point as Place, Rect as Area, Stroke};
use vello_common::pixmap::Pixmap;

use super::cover::{Brush, Cover};
use super::steps::{self, Steps, Window};
use crate::color::Color;
use crate::font::{Font, Fonts, Setting};
use crate::number;
use crate::scene::{Anchor, Base, Paint, Pen, Point, Rect, Scene, Shape, Text, Turn, pixels};
use crate::theme::Ink;

/// Why a picture has no pixels.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum RasterError {
    /// The picture is larger than a raster can be.
    #[error(
        "a picture of {width} x {height} pixels is too large: at most {MOST} x {MOST} are drawn, {MOST_PIXELS} in all"
    )]
    TooLarge {
        /// Pixels across, after zooming.
        width: f64,
        /// Pixels down, after zooming.
        height: f64,
    },
}

const MOST: u16 = 32_000;
const MOST_PIXELS: u32 = 100_000_000;

/// The pixels of a picture, and the memory that drawing takes.
pub(crate) struct Raster {
    pub(crate) width: usize,
    pub(crate) height: usize,
    cover: Cover,
    map: Pixmap,
}

/// A pixel whose parts are already weakened by its opacity.
pub(crate) type Pixel = PremulRgba8;

impl Default for Raster {
    fn default() -> Self {
        Self::at(level())
    }
}

impl Raster {
    /// An empty one that is drawn on with these instructions of the processor.
    fn at(level: Level) -> Self {
        Self { width: 1, height: 1, cover: Cover::at(level), map: Pixmap::new(1, 1) }
    }
}

impl Raster {
    /// Row by row from the upper left corner.
    pub(crate) fn pixels(&self) -> &[Pixel] {
        self.map.data()
    }

    /// The same as red, green, blue and opacity.
    pub(crate) fn bytes(&self) -> &[[u8; 4]] {
        self.map.data_as_u8_slice().as_chunks().0
    }

    /// Draws a scene over what was there.
    pub(crate) fn draw(
        &mut self,
        scene: &Scene,
        fonts: &Fonts,
        smooth: bool,
    ) -> Result<(), RasterError> {
        let zoom = if scene.zoom.is_finite() && scene.zoom > 0.0 { scene.zoom } else { 1.0 };
        let (width, height) = size(scene, zoom)?;
        (self.width, self.height) = (usize::from(width), usize::from(height));
        self.map.resize(width, height);
        let grid = Grid { zoom };
        // Whole pixels, as of paper, grid and legend, need no coverage: those below and above all else are filled.
        let below: Vec<Bars> = scene.shapes.iter().map_while(|shape| grid.bars(shape)).collect();
        let (_, rest) = scene.shapes.split_at(below.len());
        let (_, unclipped) = rest.split_at(clipped(rest));
        let above: Vec<Bars> = unclipped.iter().rev().map_while(|shape| grid.bars(shape)).collect();
        let (between, _) = rest.split_at(rest.len() - above.len());
        if !below.first().is_some_and(|paper| paper.covers(self.width, self.height)) {
            self.map.data_mut().fill(Pixel::from_u32(0));
        }
        for bars in &below {
            self.fill(bars);
        }
        self.cover(between, grid, smooth);
        for bars in above.iter().rev() {
            self.fill(bars);
        }
        for shape in &scene.shapes {
            if let Shape::Text(text) = shape {
                self.text(text, fonts, zoom);
            }
        }
        Ok(())
    }
}

impl Raster {
    /// Draws shapes by how much of each pixel they cover: areas under steps that come first by themselves, the rest as
    /// outlines.
    fn cover(&mut self, shapes: &[Shape], grid: Grid, smooth: bool) {
        if shapes.is_empty() {
            return;
        }
        let [group @ Shape::Begin { clip: Some(clip), .. }, inside @ ..] = shapes else {
            return self.trace(shapes.iter(), grid, smooth);
        };
        let window = grid
            .whole()
            .and_then(|zoom| Some((zoom, Window::of(*clip, zoom, self.width, self.height)?)));
        let Some((zoom, window)) = window else {
            return self.trace(shapes.iter(), grid, smooth);
        };
        let areas: Vec<Steps> = inside.iter().map_while(|shape| Steps::of(shape, zoom)).collect();
        steps::draw(self.map.data_mut(), self.width, &areas, window, smooth);
        match inside.get(areas.len()..) {
            None | Some([] | [Shape::End]) => {}
            Some(rest) => self.trace(std::iter::once(group).chain(rest), grid, smooth),
        }
    }

    /// Draws the outlines of shapes.
    fn trace<'s>(&mut self, shapes: impl Iterator<Item = &'s Shape>, grid: Grid, smooth: bool) {
        let (width, height) = (self.map.width(), self.map.height());
        self.cover.begin(width, height, smooth);
        let Self { cover, map, .. } = self;
        let mut canvas = Canvas { cover, map, grid, clips: Vec::new() };
        for shape in shapes {
            canvas.shape(shape);
        }
    }

    /// Fills whole pixels.
    fn fill(&mut self, bars: &Bars) {
        let Color { red: r, green: g, blue: b, .. } = bars.color;
        let inside = |at: f64, end: usize| number::count(at).min(end);
        for area in &bars.areas {
            let (left, right) = (inside(area.x0, self.width), inside(area.x1, self.width));
            let (top, bottom) = (inside(area.y0, self.height), inside(area.y1, self.height));
            for y in top..bottom {
                let line = self.map.data_mut().get_mut(y * self.width..(y + 1) * self.width);
                if let Some(pixels) = line.and_then(|line| line.get_mut(left..right)) {
                    pixels.fill(Pixel { r, g, b, a: 255 });
                }
            }
        }
    }
}

/// How many of the first shapes end with the last group that clips.
fn clipped(shapes: &[Shape]) -> usize {
    let mut open = Vec::new();
    let mut last = 0;
    for (before, shape) in shapes.iter().enumerate() {
        match shape {
            Shape::Begin { clip, .. } => open.push(clip.is_some()),
            Shape::End if open.pop() == Some(true) => last = before + 1,
            _ => {}
        }
    }
    last
}

/// Whole pixels of one colour that hides what is below.
struct Bars {
    areas: Vec<Area>,
    color: Color,
}

const NOTHING: Color = Color::rgba(0, 0, 0, 0);

impl Bars {
    fn covers(&self, width: usize, height: usize) -> bool {
        let (width, height) = (number::float(width), number::float(height));
        self.areas
            .iter()
            .any(|area| area.x0 <= 0.0 && area.y0 <= 0.0 && area.x1 >= width && area.y1 >= height)
    }
}

/// The instructions that pictures are drawn with. AVX2 and AVX-512 multiply and add with one rounding where the others
/// take two, which now and then shows in a pixel; without them every x86 processor draws the same.
fn level() -> Level {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    let level = Level::try_detect().and_then(Level::as_sse4_2).map(Level::Sse4_2);
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    let level = None;
    level.unwrap_or(Level::baseline())
}

fn size(scene: &Scene, zoom: f64) -> Result<(u16, u16), RasterError> {
    let (width, height) = (f64::from(scene.width) * zoom, f64::from(scene.height) * zoom);
    let most = f64::from(MOST);
    if width > most || height > most || width * height > f64::from(MOST_PIXELS) {
        return Err(RasterError::TooLarge { width, height });
    }
    let side = |length: f64| u16::try_from(number::count(length)).unwrap_or(MOST).max(1);
    Ok((side(width), side(height)))
}

struct Canvas<'c> {
    cover: &'c mut Cover,
    map: &'c mut Pixmap,
    grid: Grid,
    /// For each open group whether it clips.
    clips: Vec<bool>,
}

impl Canvas<'_> {
    fn shape(&mut self, shape: &Shape) {
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
            Shape::Text(_) | Shape::Hover { .. } => {}
        }
    }

    fn surface(&mut self, top: &[Point], base: &Base, paint: Paint) {
        let brush = match paint {
            Paint::Plain(ink) => Brush::Plain(pixel(ink.color)),
            Paint::Fade { from, from_y, to, to_y } => {
                Brush::Rows(self.fade((from.color, from_y), (to.color, to_y)))
            }
        };
        let mut outline = top.to_vec();
        match base {
            Base::Level(level) => {
                if let (Some(first), Some(last)) = (top.first(), top.last()) {
                    outline.extend([(last.0, *level), (first.0, *level)]);
                }
            }
            Base::Curve(points) => outline.extend(points.iter().rev()),
        }
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
            let mut place = self.grid.place(*point);
            if pen.crisp {
                place = Place::new(place.x.floor() + 0.5, place.y.floor() + 0.5);
            }
            if index == 0 {
                path.move_to(place);
            } else {
                path.line_to(place);
            }
        }
        self.cover.stroke(&path, &stroke, &brush, self.map);
    }
}

/// Where places of a scene lie on the raster.
#[derive(Clone, Copy, Debug)]
struct Grid {
    zoom: f64,
}

impl Grid {
    /// The zoom if it leaves 64ths of a pixel what they are.
    fn whole(self) -> Option<i32> {
        let zoom = number::whole(self.zoom);
        ((1..=64).contains(&zoom) && f64::from(zoom) == self.zoom).then_some(zoom)
    }

    /// A shape as whole pixels, where it is that and hides what is below; none for what draws nothing.
    fn bars(self, shape: &Shape) -> Option<Bars> {
        let bars = |areas, ink: Ink| Some(Bars { areas, color: ink.color });
        match shape {
            Shape::Fill { outline, ink } if ink.color.alpha == 255 => {
                let area = self.upright(outline)?;
                let whole = |at: f64| at == at.floor();
                let whole = whole(area.x0) && whole(area.x1) && whole(area.y0) && whole(area.y1);
                if whole { bars(vec![area], *ink) } else { None }
            }
            Shape::Stroke { points, pen } if pen.ink.color.alpha == 255 => {
                bars(self.crisp(points, pen)?, pen.ink)
            }
            // Nothing of these is drawn here.
            Shape::Begin { clip: None, .. } | Shape::End | Shape::Text(_) | Shape::Hover { .. } => {
                Some(Bars { areas: Vec::new(), color: NOTHING })
            }
            _ => None,
        }
    }

    /// The whole pixels of a sharp line without gaps that only runs level and upright.
    fn crisp(self, points: &[Point], pen: &Pen) -> Option<Vec<Area>> {
        let straight =
            points.windows(2).all(|pair| pair[0].0 == pair[1].0 || pair[0].1 == pair[1].1);
        (pen.crisp && pen.dashes.is_empty() && straight)
            .then(|| points.windows(2).map(|pair| self.bar(pair[0], pair[1], pen.width)).collect())
    }

    /// A level or upright line as the whole pixels it darkens.
    fn bar(self, from: Point, to: Point, width: i32) -> Area {
        let width = (pixels(width) * self.zoom).round().max(1.0);
        let (from, to) = (self.place(from), self.place(to));
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

    /// A rectangle as such, on whole pixels where it nearly is already.
    fn upright(self, outline: &[Point]) -> Option<Area> {
        match outline {
            [a, b, c, d] if a.1 == b.1 && b.0 == c.0 && c.1 == d.1 && d.0 == a.0 => {
                let (from, to) = (self.place(*a), self.place(*c));
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

    fn path<'p>(self, rings: impl IntoIterator<Item = &'p [Point]>) -> BezPath {
        let mut path = BezPath::new();
        for ring in rings {
            for (index, point) in ring.iter().enumerate() {
                let place = self.place(*point);
                if index == 0 {
                    path.move_to(place);
                } else {
                    path.line_to(place);
                }
            }
            path.close_path();
        }
        path
    }

    fn place(self, point: Point) -> Place {
        Place::new(pixels(point.0) * self.zoom, pixels(point.1) * self.zoom)
    }

    fn area(self, place: Rect) -> Area {
        let (from, to) =
            (self.place((place.left, place.top)), self.place((place.right, place.bottom)));
        Area::new(from.x, from.y, to.x, to.y)
    }
}

/// A colour, its parts weakened by its opacity.
fn pixel(Color { red, green, blue, alpha }: Color) -> Pixel {
    let weak = |part| product(part, alpha);
    Pixel { r: weak(red), g: weak(green), b: weak(blue), a: alpha }
}

impl Raster {
    fn text(&mut self, text: &Text, fonts: &Fonts, zoom: f64) {
        let font = Font { size: text.font.size * zoom, ..text.font };
        // The layout counts in unzoomed pixels; so do the distances of letters.
        let glyphs = fonts.glyphs(&text.text, text.font);
        let width = pixels(text.width) * zoom;
        let along = match text.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -width / 2.0,
            Anchor::End => -width,
        };
        let (x, y) = (pixels(text.at.0) * zoom, pixels(text.at.1) * zoom);
        let up = text.turn == Turn::Up;
        // The base line lies on a row of pixels, and equally wide letters begin at one.
        let (mut start, base) = if up { (-y + along, x.round()) } else { (x + along, y.round()) };
        if text.font.face.is_mono() {
            start = start.round();
        }
        let hinted = !up && font.size < 24.0;
        for glyph in glyphs {
            let at = start + glyph.x * zoom;
            let whole = at.floor();
            let quarter = number::whole(((at - whole) * 4.0).floor());
            let mut phase = u8::try_from(quarter).unwrap_or(0).min(3);
            if up {
                // Upwards the phase counts from the lower edge of a pixel.
                phase = (4 - phase) % 4;
            }
            let mask = fonts.mask(font, glyph.id, Setting { phase, hinted, up });
            let (along, across) = (number::whole(whole), number::whole(base - glyph.y * zoom));
            let (left, top) = if up {
                let row = -along - i32::from(phase > 0);
                (across + mask.left, row + mask.top)
            } else {
                (along + mask.left, across + mask.top)
            };
            self.blend(&mask.rows, mask.width, (left, top), text.ink.color);
        }
    }

    fn blend(&mut self, rows: &[u8], width: usize, (left, top): (i32, i32), color: Color) {
        if width == 0 {
            return;
        }
        for (row, shades) in rows.chunks(width).enumerate() {
            let y = i64::from(top) + i64::try_from(row).unwrap_or(i64::MAX);
            let Some(y) = usize::try_from(y).ok().filter(|y| *y < self.height) else { continue };
            let start = y * self.width;
            let Some(line) = self.map.data_mut().get_mut(start..start + self.width) else {
                continue;
            };
            for (column, &shade) in shades.iter().enumerate() {
                if shade == 0 {
                    continue;
                }
                let x = i64::from(left) + i64::try_from(column).unwrap_or(i64::MAX);
                if let Some(pixel) = usize::try_from(x).ok().and_then(|x| line.get_mut(x)) {
                    over(pixel, color, shade);
                }
            }
        }
    }
}

/// Lays a colour over a premultiplied pixel, as strongly as the mask says.
fn over(pixel: &mut Pixel, color: Color, shade: u8) {
    let alpha = u32::from(product(color.alpha, shade));
    let Color { red: r, green: g, blue: b, .. } = color;
    let (color, below) = (Pixel { r, g, b, a: 255 }.to_u32(), pixel.to_u32());
    // The two products of a part never round to more than 255 together.
    let mix = |color: u32, below: u32| products(color, alpha) + products(below, 255 - alpha);
    let (even, odd) = (mix(color & EVEN, below & EVEN), mix(color >> 8 & EVEN, below >> 8 & EVEN));
    *pixel = Pixel::from_u32(even | odd << 8);
}

/// Every other part of a pixel, each with eight bits of room above it.
pub(super) const EVEN: u32 = 0x00ff_00ff;

/// The products of two parts of a pixel and a share of 255, rounded.
fn products(parts: u32, share: u32) -> u32 {
    let products = parts * share + 0x0080_0080;
    (products + (products >> 8 & EVEN)) >> 8 & EVEN
}

/// The product of two shares of 255, rounded.
fn product(a: u8, b: u8) -> u8 {
    let product = u16::from(a) * u16::from(b) + 128;
    let [_, high] = (product + (product >> 8)).to_le_bytes();
    high
}

#[cfg(test)]
mod tests {
    use rrd_core::{Step, TimeRange, Timestamp};

    use super::*;
    use crate::chart::{Chart, Curve, Join, Rule, Samples};
    use crate::scene::PARTS;

    fn noise(seed: u64) -> Samples {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let values: Vec<f64> = (0..150)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(12345);
                f64::from(u32::try_from(state >> 40).unwrap()) / 16_777_216.0
            })
            .collect();
        Samples::new(Timestamp::from_seconds(0), Step::from_seconds(60).unwrap(), values)
    }

    #[test]
    fn every_processor_draws_the_same_pixels() {
        let fonts = Fonts::new();
        let (mut usual, mut oldest) = (Raster::default(), Raster::at(Level::baseline()));
        for seed in 0..60 {
            let chart = Chart::new(TimeRange { start: 0, end: 9000 })
                .size(300, 150 + u32::try_from(seed).unwrap())
                .zoom([1.0, 2.0, 1.3][usize::try_from(seed % 3).unwrap()])
                .join(if seed % 2 == 0 { Join::Slopes } else { Join::Steps })
                .draw(Curve::area(noise(seed)))
                .draw(Curve::area(noise(seed + 100)).stacked())
                .draw(Curve::line(noise(seed + 200)).width(0.7))
                .draw(Rule::at_value(0.4));
            let scene = chart.scene(&chart.layout(&fonts), &fonts);
            usual.draw(&scene, &fonts, true).unwrap();
            oldest.draw(&scene, &fonts, true).unwrap();
            assert!(usual.bytes() == oldest.bytes(), "picture {seed}");
        }
    }

    #[test]
    fn a_colour_is_laid_over_each_part_of_a_pixel_by_itself() {
        for shade in (0..=255).step_by(5) {
            for alpha in [0, 1, 90, 254, 255] {
                for (part, below) in
                    (0..=255).flat_map(|a| [0, 1, a / 2, 255 - a, a].map(|b| (a, b)))
                {
                    let color = Color::rgba(part, 255 - part, part / 3, alpha);
                    let mut pixel = Pixel { r: below, g: part, b: 255, a: 255 - below };
                    let was = pixel;
                    over(&mut pixel, color, shade);
                    let cover = product(alpha, shade);
                    let mix =
                        |part: u8, below: u8| product(part, cover) + product(below, 255 - cover);
                    assert_eq!(pixel.r, mix(color.red, was.r));
                    assert_eq!(pixel.g, mix(color.green, was.g));
                    assert_eq!(pixel.b, mix(color.blue, was.b));
                    assert_eq!(pixel.a, mix(255, was.a));
                }
            }
        }
    }

    /// Areas under steps of all kinds: far out, hanging, as thin as a 64th of a pixel.
    fn areas(mut random: impl FnMut(i32) -> i32) -> Vec<Shape> {
        let clip = Rect {
            left: PARTS * random(20),
            top: PARTS * random(20),
            right: PARTS * (80 + random(40)),
            bottom: PARTS * (40 + random(30)),
        };
        let mut shapes = vec![Shape::Begin { class: "plot", clip: Some(clip) }];
        let mut base = random(80) * PARTS;
        for _ in 0..=random(4) {
            if random(4) == 0 {
                base = random(5000) - 500;
            }
            let (mut x, mut y) = (random(3000) - 1000, random(5000) - 500);
            let (far, wide) =
                ([5, 300, 5000, 40_000][random(4).unsigned_abs() as usize], 1 + random(300));
            let mut top = vec![(x, y)];
            while x < 8000 && top.len() < 400 {
                x += 1 + random(wide);
                top.push((x, y));
                y = (y + random(far) - far / 2).clamp(-100_000, 100_000);
                top.push((x, y));
            }
            let mut part = || u8::try_from(random(256)).unwrap();
            let ink = Ink::fixed(Color::rgb(part(), part(), part()));
            shapes.push(Shape::Area { top, base: Base::Level(base), paint: Paint::Plain(ink) });
        }
        shapes.push(Shape::End);
        shapes
    }

    #[test]
    fn areas_under_steps_have_the_pixels_that_their_outlines_have() {
        let (mut steps, mut outlines) = (Raster::default(), Raster::default());
        let mut state = 1_u64;
        for number in 0..400 {
            let mut random = |below: i32| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(12345);
                i32::try_from(state >> 40).unwrap() % below
            };
            let shapes = areas(&mut random);
            let grid = Grid { zoom: f64::from(1 + random(3)) };
            let smooth = random(4) > 0;
            let paper = match random(3) {
                0 => Pixel { r: 10, g: 200, b: 90, a: 220 },
                1 => Pixel { r: 255, g: 255, b: 255, a: 255 },
                _ => Pixel { r: 0, g: 0, b: 0, a: 0 },
            };
            for raster in [&mut steps, &mut outlines] {
                (raster.width, raster.height) = (130, 70);
                raster.map.resize(130, 70);
                raster.map.data_mut().fill(paper);
            }
            steps.cover(&shapes, grid, smooth);
            outlines.trace(shapes.iter(), grid, smooth);
            let differ = (0..130 * 70).find(|at| steps.pixels()[*at] != outlines.pixels()[*at]);
            let differ =
                differ.map(|at| (at % 130, at / 130, steps.pixels()[at], outlines.pixels()[at]));
            assert_eq!(differ, None, "picture {number}, {grid:?}, {smooth}, {shapes:?}");
        }
    }
}
