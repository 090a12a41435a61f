//! The fonts of the machine, in the order in which they are asked for a letter.

use std::cmp::Reverse;
use std::path::PathBuf;

use fontdb::{Database, FaceInfo, ID, Source};
use skrifa::{FontRef, GlyphId, MetadataProvider};

use super::face::Face;

/// What is known about the fonts of the machine: where they are, not what is in them.
pub(super) struct Machine {
    faces: Database,
    /// Such as `ja` or `zh_TW`.
    language: String,
}

/// The place of a typeface: a file, and its number in it.
pub(super) type Place = (PathBuf, u32);

/// Whether its family was named, it is upright, its language, whether it has serifs, how far its
/// weight and its spacing are from those wanted; then its name and place.
type Rank = (Reverse<bool>, Reverse<bool>, u8, u8, i32, bool, String, Place);

impl Machine {
    /// Looks through the folders of fonts.
    pub(super) fn search(language: &str) -> Self {
        let mut faces = Database::new();
        faces.load_system_fonts();
        Self { faces, language: language.to_owned() }
    }

    /// The first font with a letter: of this family if one is named, then those that suit the face
    /// and the language. The order depends on nothing but the fonts.
    pub(super) fn find(&self, letter: char, face: Face, family: Option<&str>) -> Option<Place> {
        let mut candidates: Vec<(Rank, ID)> =
            self.faces.faces().filter_map(|info| self.rank(info, face, family)).collect();
        candidates.sort_by(|(a, _), (b, _)| a.cmp(b));
        let found = candidates.into_iter().find(|(_, id)| self.covers(*id, letter));
        found.map(|((.., place), _)| place)
    }

    fn covers(&self, id: ID, letter: char) -> bool {
        let covers = |data: &[u8], index| {
            let font = FontRef::from_index(data, index).ok()?;
            let glyph = font.charmap().map(letter).filter(|glyph| *glyph != GlyphId::NOTDEF)?;
            font.outline_glyphs().get(glyph).map(drop)
        };
        self.faces.with_face_data(id, covers).flatten().is_some()
    }

    /// The place of a font in the order: the lower the earlier.
    fn rank(&self, info: &FaceInfo, face: Face, family: Option<&str>) -> Option<(Rank, ID)> {
        let (Source::File(path) | Source::SharedFile(path, _)) = &info.source else { return None };
        let name = info.families.first().map(|(name, _)| name.to_lowercase()).unwrap_or_default();
        let wanted = family.is_some_and(|family| {
            info.families.iter().any(|(name, _)| name.eq_ignore_ascii_case(family))
        });
        let upright = info.style == fontdb::Style::Normal;
        let weight = i32::from(info.weight.0) - if face.is_bold() { 700 } else { 400 };
        let serif = if name.contains("sans") { 0 } else { 1 + u8::from(name.contains("serif")) };
        let rank = (
            Reverse(wanted),
            Reverse(upright),
            other_language(&name, &self.language),
            serif,
            weight.abs(),
            info.monospaced != face.is_mono(),
            name,
            (path.clone(), info.index),
        );
        Some((rank, info.id))
    }
}

/// Whether a family is that of another language among those that share letters: 0 for no, 1 if it
/// is not known.
fn other_language(family: &str, language: &str) -> u8 {
    let Some((_, of)) = family.split_once(" cjk ") else { return 1 };
    let own = match language {
        language if language.starts_with("ko") => "kr",
        "zh_TW" => "tc",
        "zh_HK" => "hk",
        language if language.starts_with("zh") => "sc",
        _ => "jp",
    };
    if of == own { 0 } else { 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_decides_between_families_that_share_letters() {
        let of = |language| {
            let mut families = ["noto sans cjk jp", "noto sans cjk sc", "noto sans cjk tc"];
            families.sort_by_key(|family| other_language(family, language));
            families[0]
        };
        assert_eq!(of("zh_CN"), "noto sans cjk sc");
        assert_eq!(of("zh_TW"), "noto sans cjk tc");
        assert_eq!(of("ja_JP"), "noto sans cjk jp");
        assert_eq!(of("de_DE"), "noto sans cjk jp");
        assert_eq!(other_language("garuda", "th_TH"), 1);
    }
}
