//! Fonts: the embedded fonts, the width of a text, and the outlines of its glyphs. `layout` places
//! texts, `render` rasterises them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use harfrust::{Buffer, Direction, Script, ShapeOptions, ShapePlan, ShaperFont};
use skrifa::font::glyph::outline::PathElement;
use skrifa::{DrawMemory, GlyphId, HintOptions, RasterTarget, ScalerFont};

use crate::coverage::{self, Mask};

/// A font family and weight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Face {
    /// DejaVu Sans: proportional, all digits of the same width.
    #[default]
    Sans,
    /// DejaVu Sans Bold.
    SansBold,
    /// DejaVu Sans Mono: monospaced, for legends that are aligned with blanks.
    Mono,
    /// DejaVu Sans Mono Bold.
    MonoBold,
}

impl Face {
    /// The face closest to a font name as written in Pango or CSS.
    ///
    /// ```
    /// use rrd_graph::Face;
    /// assert_eq!(Face::named("Courier New Bold"), Face::MonoBold);
    /// assert_eq!(Face::named("Helvetica"), Face::Sans);
    /// ```
    pub fn named(name: &str) -> Self {
        let name = name.to_lowercase();
        let mono = ["mono", "courier", "consol", "fixed", "terminal", "typewriter", "code"]
            .iter()
            .any(|part| name.contains(part));
        let bold = ["bold", "black", "heavy"].iter().any(|part| name.contains(part));
        match (mono, bold) {
            (false, false) => Self::Sans,
            (false, true) => Self::SansBold,
            (true, false) => Self::Mono,
            (true, true) => Self::MonoBold,
        }
    }

    /// Whether it is monospaced.
    pub const fn is_mono(self) -> bool {
        matches!(self, Self::Mono | Self::MonoBold)
    }

    /// Whether it is bold.
    pub const fn is_bold(self) -> bool {
        matches!(self, Self::SansBold | Self::MonoBold)
    }

    fn data(self) -> &'static [u8] {
        match self {
            Self::Sans => dejavu::sans::regular(),
            Self::SansBold => dejavu::sans::bold(),
            Self::Mono => dejavu::sans_mono::regular(),
            Self::MonoBold => dejavu::sans_mono::bold(),
        }
    }

    const fn index(self) -> usize {
        match self {
            Self::Sans => 0,
            Self::SansBold => 1,
            Self::Mono => 2,
            Self::MonoBold => 3,
        }
    }
}

/// A face at a size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Font {
    /// The face.
    pub face: Face,
    /// The size of the em in pixels.
    pub size: f64,
}

impl Font {
    /// A font with a size in points, at RRDtool's 100 dots per inch.
    pub fn points(face: Face, points: f64) -> Self {
        Self { face, size: points * 100.0 / 72.0 }
    }

    /// The size in points, without rounding errors.
    pub(crate) fn in_points(self) -> f64 {
        (self.size * 0.72 * 1e6).round() / 1e6
    }
}

/// One glyph of a shaped text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Glyph {
    /// Its number in the face.
    pub(crate) id: u32,
    /// The position of its origin, in pixels right of the start of the text.
    pub(crate) x: f64,
    /// Its vertical offset, in pixels.
    pub(crate) y: f64,
}

/// The fonts, loaded on demand, with cached texts and glyphs.
///
/// Drawing many charts with one `Fonts` saves loading and shaping again; threads may share it.
#[derive(Default)]
pub struct Fonts {
    faces: [OnceLock<LoadedFace>; 4],
    masks: Mutex<HashMap<MaskKey, Arc<Mask>>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct MaskKey {
    face: Face,
    size: u32,
    glyph: u32,
    setting: Setting,
}

/// The position of a glyph relative to the raster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Setting {
    /// Quarters of a pixel to the right of a pixel's edge, 0 to 3.
    pub(crate) phase: u8,
    /// Whether its outline is hinted to the rows of the raster.
    pub(crate) hinted: bool,
    /// Whether it is rotated upwards.
    pub(crate) up: bool,
}

struct LoadedFace {
    font: harfrust::Font,
    latin: ShapePlan,
    scalers: Mutex<HashMap<(u32, bool), Arc<ScalerFont>>>,
    /// Shaped texts in font units: glyph, advance, offsets.
    shaped: Mutex<HashMap<String, Arc<[Shaped]>>>,
}

#[derive(Clone, Copy)]
struct Shaped {
    glyph: u32,
    advance: i32,
    x: i32,
    y: i32,
}

/// Limit on the number of cached texts and masks; beyond it the cache is cleared.
const REMEMBERED: usize = 4096;

/// DejaVu's ascent and descent as shares of the em.
const ASCENT: f64 = 0.928;
const DESCENT: f64 = 0.236;

impl Fonts {
    /// Fonts that are loaded when first used.
    pub fn new() -> Self {
        Self::default()
    }

    /// The width of a text in pixels.
    ///
    /// Letters of monospaced faces are whole pixels wide, as in RRDtool's pictures.
    ///
    /// ```
    /// use rrd_graph::{Face, Font, Fonts};
    /// let fonts = Fonts::new();
    /// assert_eq!(fonts.width("12:00", Font::points(Face::Mono, 7.0)), 30.0);
    /// ```
    pub fn width(&self, text: &str, font: Font) -> f64 {
        let face = self.face(font.face);
        let advance = Advance::of(font, face);
        face.shape(text).iter().map(|glyph| advance.pixels(glyph.advance)).sum()
    }

    /// The height of a line of text in whole pixels.
    pub fn height(&self, font: Font) -> f64 {
        self.ascent(font) + (font.size * DESCENT).ceil()
    }

    /// The height of letters above their base line, in whole pixels.
    pub fn ascent(&self, font: Font) -> f64 {
        (font.size * ASCENT).ceil()
    }

    /// The longest prefix of a text that fits, with an ellipsis if the text was cut, which is never
    /// inside a number or between a number and its unit. Blanks at the end need no room.
    pub(crate) fn fit<'t>(
        &self,
        text: &'t str,
        font: Font,
        width: f64,
    ) -> std::borrow::Cow<'t, str> {
        if self.width(text.trim_end(), font) <= width {
            return text.into();
        }
        let room = width - self.width("…", font);
        let mut end = 0;
        for (index, letter) in text.char_indices() {
            let next = index + letter.len_utf8();
            if self.width(text.get(..next).unwrap_or_default(), font) > room {
                break;
            }
            end = next;
        }
        let (kept, cut) = text.split_at(end);
        format!("{}…", without_part_of_a_number(kept.trim_end(), cut).trim_end()).into()
    }

    pub(crate) fn glyphs(&self, text: &str, font: Font) -> Vec<Glyph> {
        let face = self.face(font.face);
        let advance = Advance::of(font, face);
        let mut pen = 0.0;
        face.shape(text)
            .iter()
            .map(|shaped| {
                let glyph = Glyph {
                    id: shaped.glyph,
                    x: pen + f64::from(shaped.x) * advance.scale,
                    y: f64::from(shaped.y) * advance.scale,
                };
                pen += advance.pixels(shaped.advance);
                glyph
            })
            .collect()
    }

    /// The pixels of a glyph.
    pub(crate) fn mask(&self, font: Font, glyph: u32, setting: Setting) -> Arc<Mask> {
        let key = MaskKey { face: font.face, size: size_key(font.size), glyph, setting };
        if let Some(mask) = locked(&self.masks).get(&key) {
            return Arc::clone(mask);
        }
        let outline = self.outline(font, glyph, setting.hinted);
        let shift = f32::from(setting.phase) / 4.0;
        let mask = Arc::new(if setting.up {
            coverage::mask(&outline, |x, y| (-y, -x + shift))
        } else {
            coverage::mask(&outline, |x, y| (x + shift, -y))
        });
        let mut masks = locked(&self.masks);
        if masks.len() >= REMEMBERED {
            masks.clear();
        }
        masks.insert(key, Arc::clone(&mask));
        mask
    }

    /// The outline of a glyph in pixels, y upwards; empty for blanks. `hinted` fits it to the rows
    /// of the raster.
    pub(crate) fn outline(&self, font: Font, glyph: u32, hinted: bool) -> Vec<PathElement> {
        let scaler = self.face(font.face).scaler(size_key(font.size), hinted);
        let mut path = Vec::new();
        if let Some(outline) = scaler.outline(GlyphId::new(glyph)) {
            // A malformed glyph stays blank: the embedded fonts have none.
            let _ = outline.draw(DrawMemory::Scratch, &mut path);
        }
        path
    }

    fn face(&self, face: Face) -> &LoadedFace {
        self.faces[face.index()].get_or_init(|| LoadedFace::load(face.data()))
    }
}

impl LoadedFace {
    fn load(data: &'static [u8]) -> Self {
        let font = harfrust::Font::new(data, 0).expect("the embedded fonts are sound");
        let latin = ShapePlan::new(&font, Direction::LeftToRight, Some(Script::LATIN), None, &[]);
        Self { font, latin, scalers: Mutex::default(), shaped: Mutex::default() }
    }

    fn shape(&self, text: &str) -> Arc<[Shaped]> {
        if let Some(shaped) = locked(&self.shaped).get(text) {
            return Arc::clone(shaped);
        }
        let mut buffer = Buffer::new();
        buffer.push_str(text);
        let mut options = ShapeOptions::new();
        if text.is_ascii() {
            buffer.set_direction(Direction::LeftToRight);
            buffer.set_script(Some(Script::LATIN));
            options = options.plan(Some(&self.latin));
        } else {
            buffer.guess_segment_properties();
        }
        let shaper = ShaperFont::new(&self.font);
        // Shaping cannot fail with a direction set and the plan of that direction.
        let _ = harfrust::shape(&shaper, &mut buffer, options);
        let shaped: Arc<[Shaped]> = buffer
            .glyph_infos()
            .iter()
            .zip(buffer.glyph_positions())
            .map(|(info, position)| Shaped {
                glyph: info.glyph_id,
                advance: position.x_advance,
                x: position.x_offset,
                y: position.y_offset,
            })
            .collect();
        let mut memory = locked(&self.shaped);
        if memory.len() >= REMEMBERED {
            memory.clear();
        }
        memory.insert(text.to_owned(), Arc::clone(&shaped));
        shaped
    }

    fn scaler(&self, size: u32, hinted: bool) -> Arc<ScalerFont> {
        Arc::clone(locked(&self.scalers).entry((size, hinted)).or_insert_with(|| {
            let ppem = f32::from_bits(size);
            Arc::new(if hinted {
                let options = HintOptions::auto()
                    .with_target(RasterTarget::Light)
                    .with_preserve_linear_metrics(true);
                ScalerFont::hinted(self.font.clone(), ppem, options)
            } else {
                ScalerFont::unhinted(self.font.clone(), Some(ppem))
            })
        }))
    }
}

/// The beginning of a text without the number at its end, which would be read wrongly without what
/// was cut off: further digits or a unit. The digits of a name such as `eth0` may end there.
fn without_part_of_a_number<'t>(kept: &'t str, cut: &str) -> &'t str {
    let is_part = |letter: char| letter.is_ascii_digit() || matches!(letter, '.' | ',' | '+' | '-');
    let before = kept.trim_end_matches(is_part);
    let number = kept.get(before.len()..).unwrap_or_default();
    let is_name = before.ends_with(char::is_alphabetic) && !cut.starts_with(is_part);
    if is_name || !number.contains(|letter: char| letter.is_ascii_digit()) { kept } else { before }
}

/// What a thread that panicked has left is as good as before: entries are inserted whole.
fn locked<T>(memory: &Mutex<T>) -> MutexGuard<'_, T> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The conversion of font units to pixels.
struct Advance {
    scale: f64,
    whole: bool,
}

impl Advance {
    fn of(font: Font, face: &LoadedFace) -> Self {
        Self {
            scale: font.size / f64::from(face.font.units_per_em().max(1)),
            whole: font.face.is_mono(),
        }
    }

    fn pixels(&self, units: i32) -> f64 {
        let pixels = f64::from(units) * self.scale;
        if self.whole { pixels.round() } else { pixels }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "sizes of letters are small numbers")]
fn size_key(size: f64) -> u32 {
    (size as f32).to_bits()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_the_mono_face_have_the_sizes_that_rrdtools_layout_counts_with() {
        let fonts = Fonts::new();
        let sizes = [(9.0, 8.0, 15.0), (7.0, 6.0, 13.0), (8.0, 7.0, 14.0), (5.5, 5.0, 10.0)];
        for (points, width, height) in sizes {
            let font = Font::points(Face::Mono, points);
            assert_eq!((fonts.width("o", font), fonts.height(font)), (width, height), "{points}");
        }
    }

    #[test]
    fn a_text_that_is_too_long_ends_in_an_ellipsis_and_fits() {
        let fonts = Fonts::new();
        let font = Font::points(Face::Sans, 8.0);
        let cut = fonts.fit("a rather long title", font, 60.0);
        assert!(cut.ends_with('…') && fonts.width(&cut, font) <= 60.0, "{cut}");
        assert_eq!(fonts.fit("short", font, 60.0), "short");
    }

    #[test]
    fn a_text_is_not_cut_inside_a_number_nor_before_its_unit() {
        let fonts = Fonts::new();
        let font = Font::points(Face::Mono, 8.0);
        let cut = |text, letters| fonts.fit(text, font, 7.0 * f64::from(letters)).into_owned();
        assert_eq!(cut("Current: 1234.56 k", 18), "Current: 1234.56 k");
        for letters in 12..18 {
            assert_eq!(cut("Current: 1234.56 k", letters), "Current:…");
        }
        assert_eq!(cut("Current: 1.2 k  ", 14), "Current: 1.2 k  ");
        assert_eq!(cut("1234567890", 5), "…");
        assert_eq!(cut("eth0 received", 6), "eth0…");
        assert_eq!(cut("disk0123", 6), "disk…");
    }

    #[test]
    fn digits_of_the_proportional_face_are_equally_wide() {
        let fonts = Fonts::new();
        let font = Font { face: Face::Sans, size: 11.0 };
        let widths: Vec<_> =
            "0123456789".chars().map(|c| fonts.width(&c.to_string(), font)).collect();
        assert!(widths.iter().all(|width| *width == widths[0]), "{widths:?}");
    }
}
