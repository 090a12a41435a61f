//! Blends colours over pixels, weighted by how much of each pixel a shape covers. `vello_common`
//! computes the coverage, as strips of four rows; this module does not know what the shapes are.

use fearless_simd::Level;
use vello_common::clip::ClipContext;
use vello_common::geometry::RectU16;
use vello_common::kurbo::{Affine, BezPath, Rect, Shape, Stroke};
use vello_common::peniko::Fill;
use vello_common::pixmap::Pixmap;
use vello_common::strip::{StripFillSegment, visit_strip_fill_segments};
use vello_common::strip_generator::{StripGenerator, StripStorage};
use vello_common::tile::Tile;

use super::pixel::{Pixel, mixed};

/// The fill of a shape; colours are premultiplied.
pub(super) enum Brush {
    Plain(Pixel),
    /// A colour for each row of the picture.
    Rows(Vec<Pixel>),
}

/// Computes how much of each pixel shapes cover, within the current clip.
pub(super) struct Cover {
    generator: StripGenerator,
    strips: StripStorage,
    clips: ClipContext,
    threshold: Option<u8>,
}

impl Cover {
    /// Uses these processor instructions.
    pub(super) fn at(level: Level) -> Self {
        Self {
            generator: StripGenerator::new(1, 1, level),
            strips: StripStorage::default(),
            clips: ClipContext::new(),
            threshold: None,
        }
    }

    /// Begins a picture of this size, with antialiased edges if `smooth`.
    pub(super) fn begin(&mut self, width: u16, height: u16, smooth: bool) {
        self.generator.reset(width, height);
        self.clips.reset();
        self.threshold = if smooth { None } else { Some(128) };
    }

    /// Clips everything that follows to this area, until `end_clip`.
    pub(super) fn begin_clip(&mut self, area: &Rect) {
        let Self { generator, clips, threshold, .. } = self;
        if threshold.is_none() {
            clips.push_clip_rect(area, generator);
        } else {
            let path = area.path_elements(0.1);
            clips.push_clip_path(path, generator, Fill::NonZero, Affine::IDENTITY, *threshold);
        }
    }

    pub(super) fn end_clip(&mut self) {
        self.clips.pop_clip();
    }

    /// Fills a path by the nonzero rule: where it crosses itself, both sides are filled.
    pub(super) fn fill(&mut self, path: &BezPath, brush: &Brush, map: &mut Pixmap) {
        self.strips.clear();
        self.generator.generate_filled_path(
            path,
            Fill::NonZero,
            Affine::IDENTITY,
            self.threshold,
            &mut self.strips,
            self.clips.get().map(|clip| clip.path),
        );
        self.blend(brush, map);
    }

    pub(super) fn fill_area(&mut self, area: &Rect, brush: &Brush, map: &mut Pixmap) {
        if self.threshold.is_some() {
            self.fill(&area.to_path(0.1), brush, map);
            return;
        }
        self.strips.clear();
        self.generator.generate_filled_rect_fast(area, &mut self.strips, self.clips.get());
        self.blend(brush, map);
    }

    pub(super) fn stroke(
        &mut self,
        path: &BezPath,
        stroke: &Stroke,
        brush: &Brush,
        map: &mut Pixmap,
    ) {
        self.strips.clear();
        self.generator.generate_stroked_path(
            path,
            stroke,
            Affine::IDENTITY,
            self.threshold,
            &mut self.strips,
            self.clips.get().map(|clip| clip.path),
        );
        self.blend(brush, map);
    }

    fn blend(&self, brush: &Brush, map: &mut Pixmap) {
        let (width, height) = (map.width(), map.height());
        let tiles = RectU16::new(0, 0, width.div_ceil(Tile::WIDTH), height.div_ceil(Tile::HEIGHT));
        visit_strip_fill_segments(
            &self.strips.strips,
            tiles,
            map,
            |map, segment| {
                let start = usize::try_from(segment.alpha_idx).unwrap_or(usize::MAX);
                let shades = self.strips.alphas.get(start..).unwrap_or_default();
                for (row, line, pixel) in lines(segment.fill, brush, map) {
                    // Coverage is stored column by column.
                    let shades = shades.chunks_exact(ROWS).map(|column| column[row]);
                    for (below, shade) in line.iter_mut().zip(shades) {
                        blend_shaded(below, pixel, shade);
                    }
                }
            },
            |map, segment| {
                for (_, line, pixel) in lines(segment, brush, map) {
                    if pixel.a == u8::MAX {
                        line.fill(pixel);
                        continue;
                    }
                    for below in line {
                        over(below, pixel);
                    }
                }
            },
        );
    }
}

/// The rows of a strip.
const ROWS: usize = 4;
const _: () = assert!(Tile::HEIGHT == 4, "strips have four rows");

/// The rows of a segment inside the picture: index in the strip, pixels, and the colour to blend
/// over them.
fn lines<'a>(
    segment: StripFillSegment,
    brush: &'a Brush,
    map: &'a mut Pixmap,
) -> impl Iterator<Item = (usize, &'a mut [Pixel], Pixel)> {
    let width = usize::from(map.width());
    let (left, right) = (usize::from(segment.x0()), usize::from(segment.x1()).min(width));
    let top = usize::from(segment.y());
    let lines = map.data_mut().chunks_exact_mut(width.max(1)).skip(top).take(ROWS).enumerate();
    lines.filter_map(move |(row, line)| {
        let pixel = match brush {
            Brush::Plain(pixel) => *pixel,
            Brush::Rows(pixels) => *pixels.get(top + row)?,
        };
        Some((row, line.get_mut(left..right)?, pixel))
    })
}

/// Blends a pixel over another.
#[inline]
fn over(below: &mut Pixel, pixel: Pixel) {
    *below = mixed(pixel, 256, *below, u32::from(u8::MAX - pixel.a));
}

/// Blends a pixel over another, weighted by its coverage.
#[inline]
fn blend_shaded(below: &mut Pixel, pixel: Pixel, shade: u8) {
    match shade {
        0 => {}
        u8::MAX if pixel.a == u8::MAX => *below = pixel,
        _ => {
            let shade = u32::from(shade);
            // Divided by 255 and rounded down: then what is opaque stays opaque.
            let covered = u32::from(pixel.a) * shade + 1;
            let hidden = (covered + (covered >> 8)) >> 8;
            *below = mixed(pixel, shade, *below, 255 - hidden);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::Color;
    use crate::render::pixel::pixel;

    #[test]
    fn what_is_opaque_stays_opaque_under_any_colour_and_coverage() {
        for alpha in 0..=255 {
            for shade in 0..=255 {
                for (part, below) in [(0, 0), (255, 255), (255, 0), (0, 255), (130, 77)] {
                    let mut mixed = Pixel { r: below, g: 255, b: 0, a: 255 };
                    blend_shaded(&mut mixed, pixel(Color::rgba(part, 255, 0, alpha)), shade);
                    assert_eq!(mixed.a, 255, "alpha {alpha}, shade {shade}");
                    let between = part.min(below).saturating_sub(1)..=part.max(below);
                    assert!(between.contains(&mixed.r), "{mixed:?}");
                    assert!(mixed.g >= 254 && mixed.b <= 1, "{mixed:?}");
                }
            }
        }
    }
}
