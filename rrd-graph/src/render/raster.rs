//! Rasterises a scene with exact coverage, and draws texts from glyph masks on top.

use fearless_simd::Level;
use thiserror::Error;
use vello_common::pixmap::Pixmap;

use super::cover::Cover;
use super::grid::{Bars, Grid};
use super::outlines::Outlines;
use super::pixel::{Pixel, over, pixel};
use super::steps::{self, Steps, Window};
use crate::color::Color;
use crate::font::{Fonts, Setting};
use crate::number;
use crate::scene::{Anchor, Scene, Shape, Text, Turn, pixels};

/// Why a picture cannot be rasterised.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum RasterError {
    /// The picture is larger than a raster may be.
    #[error(
        "a picture of {width} x {height} pixels is too large: expected at most {MAX_SIDE} x {MAX_SIDE} and {MAX_PIXELS} pixels in total"
    )]
    TooLarge {
        /// Width in pixels after zooming.
        width: f64,
        /// Height in pixels after zooming.
        height: f64,
    },
}

const MAX_SIDE: u16 = 32_000;
const MAX_PIXELS: u32 = 100_000_000;

/// The pixels of a picture, and the buffers used for drawing.
pub(crate) struct Raster {
    pub(crate) width: usize,
    pub(crate) height: usize,
    cover: Cover,
    map: Pixmap,
}

impl Default for Raster {
    fn default() -> Self {
        Self::at(level())
    }
}

impl Raster {
    /// An empty raster that is drawn with these processor instructions.
    fn at(level: Level) -> Self {
        Self { width: 1, height: 1, cover: Cover::at(level), map: Pixmap::new(1, 1) }
    }

    /// Row by row from the upper left corner.
    pub(crate) fn pixels(&self) -> &[Pixel] {
        self.map.data()
    }

    /// The same as red, green, blue and opacity.
    pub(crate) fn bytes(&self) -> &[[u8; 4]] {
        self.map.data_as_u8_slice().as_chunks().0
    }

    /// Draws a scene over the present pixels.
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
        let mut rest = scene.shapes.as_slice();
        let paper = rest.first().and_then(|shape| grid.bars(shape));
        if !paper.is_some_and(|paper| paper.covers(self.width, self.height)) {
            self.map.data_mut().fill(Pixel::from_u32(0));
        }
        while let [shape, after @ ..] = rest {
            if let Some(bars) = grid.bars(shape) {
                self.fill(&bars);
                rest = after;
            } else {
                let (covered, after) = rest.split_at(covered(rest, grid));
                self.cover(covered, grid, smooth);
                rest = after;
            }
        }
        for shape in &scene.shapes {
            if let Shape::Text(text) = shape {
                self.text(text, fonts, zoom);
            }
        }
        Ok(())
    }

    /// Draws shapes by coverage: leading areas under steps directly, the rest as outlines.
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
        let mut outlines = Outlines { cover, map, grid, clips: Vec::new() };
        for shape in shapes {
            outlines.shape(shape);
        }
    }

    /// Fills whole pixels.
    fn fill(&mut self, bars: &Bars) {
        let color = bars.color;
        let inside = |at: f64, end: usize| number::count(at).min(end);
        for area in &bars.areas {
            let (left, right) = (inside(area.x0, self.width), inside(area.x1, self.width));
            let (top, bottom) = (inside(area.y0, self.height), inside(area.y1, self.height));
            for y in top..bottom {
                let line = self.map.data_mut().get_mut(y * self.width..(y + 1) * self.width);
                match line.and_then(|line| line.get_mut(left..right)) {
                    Some(pixels) if color.alpha == 255 => pixels.fill(pixel(color)),
                    Some(pixels) => pixels.iter_mut().for_each(|pixel| over(pixel, color, 255)),
                    None => {}
                }
            }
        }
    }
}

/// The number of leading shapes that are drawn by coverage: a clipped group, or the shapes up to
/// the next clipped group or whole pixels; at least one.
fn covered(shapes: &[Shape], grid: Grid) -> usize {
    let is_clip = |shape: &Shape| matches!(shape, Shape::Begin { clip: Some(_), .. });
    if !shapes.first().is_some_and(is_clip) {
        let rest = shapes.iter().skip(1);
        return 1 + rest.take_while(|&shape| !is_clip(shape) && grid.bars(shape).is_none()).count();
    }
    let mut open = 0_usize;
    let end = shapes.iter().position(|shape| {
        match shape {
            Shape::Begin { .. } => open += 1,
            Shape::End => open -= 1,
            _ => {}
        }
        open == 0
    });
    end.map_or(shapes.len(), |end| end + 1)
}

/// The processor instructions used for drawing. AVX2 and AVX-512 fuse multiplication and addition
/// with a single rounding, which occasionally changes a pixel; without them every x86 processor
/// draws the same.
fn level() -> Level {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    let level = Level::try_detect().and_then(Level::as_sse4_2).map(Level::Sse4_2);
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    let level = None;
    level.unwrap_or(oldest())
}

/// The instructions that every processor has.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
fn oldest() -> Level {
    Level::baseline()
}

/// Those of Neon fuse, too. The compiler translates the operations of the language to vectors as
/// well, but never fuses them.
#[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
fn oldest() -> Level {
    Level::fallback()
}

/// Whether a raster may have these sides, in pixels after zooming.
pub(super) fn check_size(width: f64, height: f64) -> Result<(), RasterError> {
    let most = f64::from(MAX_SIDE);
    if width > most || height > most || width * height > f64::from(MAX_PIXELS) {
        return Err(RasterError::TooLarge { width, height });
    }
    Ok(())
}

fn size(scene: &Scene, zoom: f64) -> Result<(u16, u16), RasterError> {
    let (width, height) = (f64::from(scene.width) * zoom, f64::from(scene.height) * zoom);
    check_size(width, height)?;
    let side = |length: f64| u16::try_from(number::count(length)).unwrap_or(MAX_SIDE).max(1);
    Ok((side(width), side(height)))
}

impl Raster {
    fn text(&mut self, text: &Text, fonts: &Fonts, zoom: f64) {
        let size = text.font.size * zoom;
        // The layout uses unzoomed pixels, and so do the distances between letters.
        let glyphs = fonts.glyphs(&text.text, text.font);
        let width = pixels(text.width) * zoom;
        let along = match text.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -width / 2.0,
            Anchor::End => -width,
        };
        let (x, y) = (pixels(text.at.0) * zoom, pixels(text.at.1) * zoom);
        let up = text.turn == Turn::Up;
        // The base line is aligned to a row of pixels, and monospaced letters to a column.
        let (mut start, base) = if up { (-y + along, x.round()) } else { (x + along, y.round()) };
        if text.font.face.is_mono() {
            start = start.round();
        }
        let hinted = !up && size < 24.0;
        for glyph in glyphs {
            let at = start + glyph.x * zoom;
            let whole = at.floor();
            let quarter = number::whole(((at - whole) * 4.0).floor());
            let mut phase = u8::try_from(quarter).unwrap_or(0).min(3);
            if up {
                // Vertically the phase counts from the lower edge of a pixel.
                phase = (4 - phase) % 4;
            }
            let mask = fonts.mask(glyph, zoom, Setting { phase, hinted, up });
            let (along, across) = (number::whole(whole), number::whole(base - glyph.y * zoom));
            let (left, top) = if up {
                let row = -along - i32::from(phase > 0);
                (across + mask.left, row + mask.top)
            } else {
                (along + mask.left, across + mask.top)
            };
            let color = glyph.color.unwrap_or(text.ink.color);
            self.blend(&mask.rows, mask.width, (left, top), color);
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

#[cfg(test)]
mod tests {
    use rrd_core::{Step, TimeRange, Timestamp};

    use super::*;
    use crate::chart::{Chart, Curve, Join, Rule, Samples};
    use crate::scene::{Base, PARTS, Paint, Rect};
    use crate::theme::Ink;

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
        let (mut usual, mut oldest) = (Raster::default(), Raster::at(oldest()));
        for seed in 0..60 {
            let chart = Chart::new(TimeRange::from_seconds(0, 9000))
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

    /// Areas under steps of all kinds: far outside, below the base, as thin as a 64th of a pixel.
    fn areas(mut random: impl FnMut(i32) -> i32) -> Vec<Shape> {
        let clip = Rect {
            left: PARTS * random(20),
            top: PARTS * random(20),
            right: PARTS * (80 + random(40)),
            bottom: PARTS * (40 + random(30)),
        };
        let mut shapes = vec![Shape::Begin { class: "plot", clip: Some(clip), series: None }];
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
