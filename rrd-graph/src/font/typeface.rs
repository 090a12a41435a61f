//! One typeface: a font file with its shaped texts, and the outlines of its glyphs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use harfrust::{Buffer, Direction, Script, ShapeOptions, ShapePlan, ShaperFont};
use skrifa::font::glyph::outline::PathElement;
use skrifa::{DrawMemory, GlyphId, HintOptions, RasterTarget, ScalerFont};

use super::memory::{REMEMBERED, locked};

/// A loaded font file.
pub(super) struct Typeface {
    /// Its number among all that are loaded.
    pub(super) number: u16,
    font: harfrust::Font,
    latin: ShapePlan,
    scalers: Mutex<HashMap<(u32, bool), Arc<ScalerFont>>>,
    shaped: Mutex<HashMap<String, Arc<[Shaped]>>>,
}

/// One glyph of a shaped text, in font units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shaped {
    /// The number of its typeface.
    pub(super) typeface: u16,
    /// The units of the typeface in an em.
    pub(super) em: u16,
    /// 0 for a letter that the typeface lacks.
    pub(super) glyph: u32,
    /// The position in the text of the letters that it belongs to, in bytes.
    pub(super) cluster: usize,
    pub(super) advance: i32,
    pub(super) x: i32,
    pub(super) y: i32,
}

impl Typeface {
    pub(super) fn new(number: u16, font: harfrust::Font) -> Self {
        let latin = ShapePlan::new(&font, Direction::LeftToRight, Some(Script::LATIN), None, &[]);
        Self { number, font, latin, scalers: Mutex::default(), shaped: Mutex::default() }
    }

    /// Whether it has a glyph for a character.
    pub(super) fn covers(&self, character: char) -> bool {
        self.font.charmap().map_unicode(character).is_some_and(|glyph| glyph != GlyphId::NOTDEF)
    }

    /// The glyphs of a text from left to right.
    pub(super) fn shape(&self, text: &str) -> Arc<[Shaped]> {
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
        let em = self.font.units_per_em().max(1);
        let shaped: Arc<[Shaped]> = buffer
            .glyph_infos()
            .iter()
            .zip(buffer.glyph_positions())
            .map(|(info, position)| Shaped {
                typeface: self.number,
                em,
                glyph: info.glyph_id,
                cluster: usize::try_from(info.cluster).unwrap_or(usize::MAX),
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

    /// The outline of a glyph in pixels, y upwards; empty for blanks. `size` is the bits of the
    /// em's pixels; `hinted` fits the outline to the rows of the raster.
    pub(super) fn outline(&self, glyph: u32, size: u32, hinted: bool) -> Vec<PathElement> {
        let scaler = self.scaler(size, hinted);
        let mut path = Vec::new();
        if let Some(outline) = scaler.outline(GlyphId::new(glyph)) {
            // A malformed glyph is blank.
            let _ = outline.draw(DrawMemory::Scratch, &mut path);
        }
        path
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
