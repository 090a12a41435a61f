//! Fonts: the embedded fonts, the width of a text, and the outlines of its glyphs. `layout` places
//! texts, `render` rasterises them.

mod css;
mod face;
mod machine;
mod markup;
mod memory;
mod style;
mod substitutes;
mod typeface;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use skrifa::font::glyph::outline::PathElement;

use crate::color::Color;
use crate::coverage::{self, Mask};
pub use face::{Face, Font};
pub use markup::sound_markup;
pub(crate) use markup::{Span, plain, spans};
use memory::{REMEMBERED, locked};
pub(crate) use style::{Size, Style};
use substitutes::Substitutes;
pub use substitutes::{FontFault, Substitute};
use typeface::{Shaped, Typeface};

/// One glyph of a shaped text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Glyph {
    /// The number of its typeface.
    typeface: u16,
    /// Its number in the typeface.
    id: u32,
    /// The position of its origin, in pixels right of the start of the text.
    pub(crate) x: f64,
    /// Its vertical offset, in pixels.
    pub(crate) y: f64,
    /// The pixels of its em.
    size: f64,
    slanted: bool,
    /// That of the text if `None`.
    pub(crate) color: Option<Color>,
}

/// A line under a text or through it, in pixels right of and above the start of its base line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TextLine {
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) lower: f64,
    pub(crate) upper: f64,
    pub(crate) color: Option<Color>,
}

/// How far letters lean to the right, as a share of their height.
const SLANT: f32 = 0.2;

/// The fonts, loaded on demand, with cached texts and glyphs.
///
/// Drawing many charts with one `Fonts` saves loading and shaping again; threads may share it.
#[derive(Default)]
pub struct Fonts {
    embedded: [OnceLock<Typeface>; Face::COUNT],
    substitutes: Option<Substitutes>,
    masks: Mutex<HashMap<MaskKey, Arc<Mask>>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct MaskKey {
    typeface: u16,
    size: u32,
    glyph: u32,
    slanted: bool,
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

/// DejaVu's ascent and descent as shares of the em.
const ASCENT: f64 = 0.928;
const DESCENT: f64 = 0.236;

impl Fonts {
    /// The embedded fonts, which draw the same everywhere; letters that they lack are boxes.
    pub fn new() -> Self {
        Self::default()
    }

    /// The embedded fonts, and those of this machine for letters that they lack. No font of the
    /// machine is looked for before such a letter is drawn. The language, such as `ja` or `zh_TW`,
    /// decides between fonts that share letters.
    pub fn of_machine(language: &str) -> Self {
        Self { substitutes: Some(Substitutes::new(language)), ..Self::default() }
    }

    /// Names fonts that are asked for missing letters before those of the machine; their positions
    /// are the numbers for [`Font::or_substitute`]. Without effect unless made by
    /// [`of_machine`](Self::of_machine).
    pub fn substitutes(&mut self, named: Vec<Substitute>) {
        if let Some(substitutes) = &mut self.substitutes {
            substitutes.name(named);
        }
    }

    /// What has been wrong with fonts since the last call. The first letter that no font has is
    /// reported once.
    pub fn take_faults(&self) -> Vec<FontFault> {
        self.substitutes.as_ref().map(Substitutes::take_faults).unwrap_or_default()
    }

    /// How many bytes of font files are in memory, beside those of the embedded fonts.
    pub fn bytes_of_files(&self) -> usize {
        self.substitutes.as_ref().map_or(0, Substitutes::bytes_of_files)
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
        if font.markup {
            let spans = spans(text);
            return spans.iter().map(|span| self.width(&span.text, font.styled(span.style))).sum();
        }
        self.shape(text, font).iter().map(|glyph| Scale::of(font, glyph).advance(glyph)).sum()
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
        let places: Vec<usize> = if font.markup {
            markup::places_to_cut(text).collect()
        } else {
            text.char_indices().map(|(at, letter)| at + letter.len_utf8()).collect()
        };
        for next in places {
            if self.width(text.get(..next).unwrap_or_default(), font) > room {
                break;
            }
            end = next;
        }
        let (kept, cut) = text.split_at(end);
        format!("{}…", without_part_of_a_number(kept.trim_end(), cut).trim_end()).into()
    }

    pub(crate) fn glyphs(&self, text: &str, font: Font) -> Vec<Glyph> {
        if font.markup {
            let mut begin = 0.0;
            let mut glyphs = Vec::new();
            for span in spans(text) {
                let (font, style) = (font.styled(span.style), span.style);
                let (slanted, color) = (style.slanted, style.color);
                let placed = self.glyphs(&span.text, font).into_iter();
                glyphs.extend(placed.map(|glyph| Glyph {
                    x: begin + glyph.x,
                    slanted,
                    color,
                    ..glyph
                }));
                begin += self.width(&span.text, font);
            }
            return glyphs;
        }
        let mut pen = 0.0;
        let placed = self.shape(text, font);
        let placed = placed.iter().map(|shaped| {
            let scale = Scale::of(font, shaped);
            let glyph = Glyph {
                typeface: shaped.typeface,
                id: shaped.glyph,
                x: pen + f64::from(shaped.x) * scale.unit,
                y: f64::from(shaped.y) * scale.unit,
                size: font.size,
                slanted: false,
                color: None,
            };
            pen += scale.advance(shaped);
            glyph
        });
        placed.collect()
    }

    /// The lines under the parts of a text, and through them.
    pub(crate) fn lines(&self, text: &str, font: Font) -> Vec<TextLine> {
        let mut lines = Vec::new();
        if !font.markup {
            return lines;
        }
        let mut from = 0.0;
        for span in spans(text) {
            let (own, Style { underlined, struck, color, .. }) =
                (font.styled(span.style), span.style);
            let to = from + self.width(&span.text, own);
            let thick = (own.size / 14.0).round().max(1.0);
            let mut line = |lower| {
                lines.push(TextLine { from, to, lower, upper: lower + thick, color });
            };
            if underlined {
                line(-(own.size * 0.1).ceil() - thick);
            }
            if struck {
                line((own.size * 0.25).round());
            }
            from = to;
        }
        lines
    }

    /// The pixels of a glyph in a picture that is larger by this factor.
    pub(crate) fn mask(&self, glyph: Glyph, zoom: f64, setting: Setting) -> Arc<Mask> {
        let Glyph { typeface, id, slanted, .. } = glyph;
        let size = size_key(glyph.size * zoom);
        let key = MaskKey { typeface, size, glyph: id, slanted, setting };
        if let Some(mask) = locked(&self.masks).get(&key) {
            return Arc::clone(mask);
        }
        let outline = self.outline(glyph, zoom, setting.hinted);
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

    /// The outline of a glyph in pixels, y upwards, in a picture that is larger by a factor; empty
    /// for blanks. `hinted` fits it to the rows of the raster.
    pub(crate) fn outline(&self, glyph: Glyph, zoom: f64, hinted: bool) -> Vec<PathElement> {
        let (id, size) = (glyph.id, size_key(glyph.size * zoom));
        let embedded = Face::ALL.get(usize::from(glyph.typeface));
        let outline = embedded.map(|face| self.face(*face).outline(id, size, hinted));
        let mut outline = outline.unwrap_or_else(|| {
            let substitutes = self.substitutes.as_ref();
            let typeface = substitutes.and_then(|all| all.typeface(glyph.typeface));
            typeface.map(|typeface| typeface.outline(id, size, hinted)).unwrap_or_default()
        });
        if glyph.slanted {
            outline.iter_mut().for_each(slant);
        }
        outline
    }

    fn shape(&self, text: &str, font: Font) -> Arc<[Shaped]> {
        let face = self.face(font.face);
        let shaped = face.shape(text);
        match &self.substitutes {
            Some(substitutes) if shaped.iter().any(|glyph| glyph.glyph == 0) => {
                substitutes.shape(text, face, (font.face, font.substitute))
            }
            _ => shaped,
        }
    }

    fn face(&self, face: Face) -> &Typeface {
        self.embedded[face.index()].get_or_init(|| {
            let font = harfrust::Font::new(face.data(), 0).expect("the embedded fonts are sound");
            let number = u16::try_from(face.index()).expect("there are few of them");
            Typeface::new(number, font)
        })
    }
}

/// Leans a part of an outline to the right.
fn slant(element: &mut PathElement) {
    let lean = |x: &mut f32, y: f32| *x += SLANT * y;
    match element {
        PathElement::MoveTo { x, y } | PathElement::LineTo { x, y } => lean(x, *y),
        PathElement::QuadTo { cx0, cy0, x, y } => {
            lean(cx0, *cy0);
            lean(x, *y);
        }
        PathElement::CurveTo { cx0, cy0, cx1, cy1, x, y } => {
            lean(cx0, *cy0);
            lean(cx1, *cy1);
            lean(x, *y);
        }
        PathElement::Close => {}
    }
}

/// The conversion of font units to pixels.
struct Scale {
    unit: f64,
    whole: bool,
}

impl Scale {
    fn of(font: Font, glyph: &Shaped) -> Self {
        Self { unit: font.size / f64::from(glyph.em), whole: font.face.is_mono() }
    }

    /// The distance from a glyph to the next.
    fn advance(&self, glyph: &Shaped) -> f64 {
        let pixels = f64::from(glyph.advance) * self.unit;
        if self.whole { pixels.round() } else { pixels }
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
        let font = Font::pixels(Face::Sans, 11.0);
        let widths: Vec<_> =
            "0123456789".chars().map(|c| fonts.width(&c.to_string(), font)).collect();
        assert!(widths.iter().all(|width| *width == widths[0]), "{widths:?}");
    }
}
