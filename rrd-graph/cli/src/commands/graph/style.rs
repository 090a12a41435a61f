//! Parses colours, fonts and the image info text of the command line.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rrd_core::number::{self, NumberError};
use rrd_graph::Color;
use rrd_graph::Role;
use rrd_graph::TextFonts;
use rrd_graph::{Face, Font, Substitute};

/// Limit on the length of a role's name, in characters.
const MAX_NAME_LENGTH: usize = 10;

/// Why a style is refused.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum StyleError {
    #[error("invalid color def format")]
    Color,
    #[error("the color format is #RRGGBB[AA]")]
    ColorDigits,
    #[error("invalid color name '{0}'")]
    ColorName(String),
    #[error("invalid text property format")]
    Font,
    #[error("invalid fonttag '{0}'")]
    FontTag(String),
    #[error("expected : after font size in '{0}'")]
    FontColon(String),
    #[error(
        "invalid format string '{0}' (should match '^(?:[^%]+|%%)*%s(?:[^%]+|%%)*%lu(?:[^%]+|%%)*%lu(?:[^%]+|%%)*$')"
    )]
    ImageInfo(String),
}

/// Capitals at the beginning of a text, and the text after the character that follows them.
fn capitals(text: &str, mark: char) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once(mark)?;
    let legal = !name.is_empty()
        && name.len() <= MAX_NAME_LENGTH
        && name.bytes().all(|letter| letter.is_ascii_uppercase());
    legal.then_some((name, rest))
}

/// `NAME#hex`. Text after the eighth digit is ignored.
pub(super) fn color(text: &str) -> Result<(Role, Color), StyleError> {
    let (name, digits) = capitals(text, '#').ok_or(StyleError::Color)?;
    let behind = digits.trim_start_matches(|c: char| c.is_ascii_hexdigit());
    let digits = digits.get(..(digits.len() - behind.len()).min(8)).unwrap_or_default();
    if digits.is_empty() {
        return Err(StyleError::Color);
    }
    let color = Color::from_hex(digits).ok_or(StyleError::ColorDigits)?;
    let role = name.parse().map_err(|_| StyleError::ColorName(name.to_owned()))?;
    Ok((role, color))
}

/// The fonts chosen on the command line, and those for letters that they lack.
#[derive(Clone, Debug)]
pub(crate) struct FontChoice {
    fonts: TextFonts,
    substitutes: Vec<Substitute>,
}

/// Endings of the names of font files.
const FONT_FILES: [&str; 4] = ["ttf", "otf", "ttc", "otc"];
/// Words after the family in the description of a font.
const STYLES: [&str; 7] = ["regular", "bold", "italic", "oblique", "light", "medium", "book"];

impl FontChoice {
    /// The default sizes in the family set in the environment, or in a monospaced font.
    pub(super) fn new(family: Option<&str>) -> Self {
        let fonts = TextFonts::of(family.map_or(Face::Mono, Face::named));
        Self { fonts, substitutes: Vec::new() }
    }

    pub(super) fn fonts(&self) -> TextFonts {
        self.fonts
    }

    pub(super) fn substitutes(&self) -> Vec<Substitute> {
        self.substitutes.clone()
    }

    /// `TAG:size[:font]`; a size of 0 or less keeps the current size.
    pub(super) fn choose(&mut self, argument: &OsStr) -> Result<(), StyleError> {
        let text = argument.to_string_lossy();
        let (tag, rest) = capitals(&text, ':').ok_or(StyleError::Font)?;
        let (size, rest) = match number::parse(rest) {
            Ok(size) => (size, String::new()),
            Err(NumberError::TrailingText { value, rest, .. }) => (value, rest),
            Err(_) => return Err(StyleError::Font),
        };
        let family = match rest.strip_prefix(':') {
            // A single letter is not a font.
            Some(family) if family.len() > 1 => Some(Face::named(family)),
            None if rest.len() > 2 => return Err(StyleError::FontColon(text.into_owned())),
            _ => None,
        };
        let substitute = family.and_then(|_| self.substitute(argument));
        let fonts = &mut self.fonts;
        let tags: &mut [&mut Font] = match tag {
            "DEFAULT" => &mut [
                &mut fonts.title,
                &mut fonts.axis,
                &mut fonts.unit,
                &mut fonts.legend,
                &mut fonts.watermark,
            ],
            "TITLE" => &mut [&mut fonts.title],
            "AXIS" => &mut [&mut fonts.axis],
            "UNIT" => &mut [&mut fonts.unit],
            "LEGEND" => &mut [&mut fonts.legend],
            "WATERMARK" => &mut [&mut fonts.watermark],
            _ => return Err(StyleError::FontTag(tag.to_owned())),
        };
        for font in tags {
            if let Some(face) = family {
                font.face = face;
            }
            if size > 0.0 {
                font.size = Font::points(font.face, size).size;
            }
            if let Some(number) = substitute {
                **font = font.or_substitute(number);
            }
        }
        Ok(())
    }

    /// The number of the font named after the second colon, as one for letters that the embedded
    /// fonts lack: a file, whose name may be any bytes, or a family.
    fn substitute(&mut self, argument: &OsStr) -> Option<u8> {
        let name = OsStr::from_bytes(argument.as_bytes().splitn(3, |byte| *byte == b':').nth(2)?);
        let ending = Path::new(name).extension().and_then(OsStr::to_str).unwrap_or_default();
        let is_file = name.as_bytes().contains(&b'/')
            || FONT_FILES.iter().any(|known| ending.eq_ignore_ascii_case(known));
        let substitute = if is_file {
            Substitute::File(name.into())
        } else {
            let name = name.to_string_lossy();
            let is_style = |word: &&str| STYLES.contains(&word.to_lowercase().as_str());
            let words = name.split_whitespace().take_while(|word| !is_style(word));
            Substitute::Family(words.collect::<Vec<_>>().join(" "))
        };
        let number = u8::try_from(self.substitutes.len()).ok()?;
        self.substitutes.push(substitute);
        Some(number)
    }
}

/// A text with the name and size of the image: `<img src="%s" width="%lu" height="%lu">`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ImageInfo {
    /// The text parts before the name, the width and the height, and after them; empty for no text.
    texts: Option<[String; 4]>,
}

impl ImageInfo {
    pub(super) fn parse(format: &str) -> Result<Self, StyleError> {
        if format.is_empty() {
            return Ok(Self { texts: None });
        }
        let mut texts = [const { String::new() }; 4];
        let mut place = 0;
        let mut rest = format;
        let mut marks = ["%s", "%lu", "%lu"].into_iter();
        while let Some((before, after)) = rest.split_once('%') {
            let text = texts.get_mut(place).ok_or(()).map_err(|()| refused(format))?;
            text.push_str(before);
            if let Some(behind) = after.strip_prefix('%') {
                text.push('%');
                rest = behind;
                continue;
            }
            let mark = marks.next().ok_or_else(|| refused(format))?;
            rest = after.strip_prefix(&mark[1..]).ok_or_else(|| refused(format))?;
            place += 1;
        }
        match (texts.get_mut(place), marks.next()) {
            (Some(text), None) => text.push_str(rest),
            _ => return Err(refused(format)),
        }
        Ok(Self { texts: Some(texts) })
    }

    /// The text for an image with this name and size.
    pub(super) fn write(&self, name: &str, width: u64, height: u64) -> Option<String> {
        let [first, second, third, last] = self.texts.as_ref()?;
        Some(format!("{first}{name}{second}{width}{third}{height}{last}"))
    }
}

fn refused(format: &str) -> StyleError {
    StyleError::ImageInfo(format.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_color_is_a_name_and_digits() {
        assert_eq!(color("BACK#123456"), Ok((Role::Back, Color::rgb(0x12, 0x34, 0x56))));
        assert_eq!(color("MGRID#f008"), Ok((Role::MajorGrid, Color::rgba(255, 0, 0, 0x88))));
        assert!(color("BACK#123456789").is_ok());
        for text in ["BACK", "back#123456", "#123456", "BACK#gg", "TOOLONGNAME#123456"] {
            assert_eq!(color(text), Err(StyleError::Color), "{text}");
        }
        assert_eq!(color("BACK#12"), Err(StyleError::ColorDigits));
        assert_eq!(color("FOO#123456"), Err(StyleError::ColorName("FOO".to_owned())));
    }

    #[test]
    fn a_font_is_chosen_for_one_tag_or_for_all() {
        let mut choice = FontChoice::new(None);
        choice.choose(OsStr::new("TITLE:13:")).unwrap();
        choice.choose(OsStr::new("LEGEND:-3:DejaVu Sans")).unwrap();
        let fonts = choice.fonts();
        assert_eq!(fonts.title, Font::points(Face::Mono, 13.0));
        assert_eq!(fonts.legend, Font::points(Face::Sans, 8.0).or_substitute(0));
        choice.choose(OsStr::new("DEFAULT:10:Sans Bold")).unwrap();
        assert_eq!(choice.fonts().axis, Font::points(Face::SansBold, 10.0).or_substitute(1));
        choice.choose(OsStr::from_bytes(b"UNIT:0:/fonts/\xe4.ttf")).unwrap();
        choice.choose(OsStr::new("TITLE:0:WenQuanYi Micro Hei Bold 12")).unwrap();
        assert_eq!(
            choice.substitutes(),
            [
                Substitute::Family("DejaVu Sans".to_owned()),
                Substitute::Family("Sans".to_owned()),
                Substitute::File(OsStr::from_bytes(b"/fonts/\xe4.ttf").into()),
                Substitute::Family("WenQuanYi Micro Hei".to_owned()),
            ]
        );
        let error = |text: &str| FontChoice::new(None).choose(OsStr::new(text)).unwrap_err();
        assert_eq!(error("FOO:10"), StyleError::FontTag("FOO".to_owned()));
        for text in ["TITLE", "TITLE:", "title:10", "TITLE:x:Sans"] {
            assert_eq!(error(text), StyleError::Font);
        }
        assert_eq!(
            error("TITLE:10x:Sans").to_string(),
            "expected : after font size in 'TITLE:10x:Sans'"
        );
        assert!(FontChoice::new(None).choose(OsStr::new("TITLE:10x")).is_ok());
    }

    #[test]
    fn the_text_about_an_image_has_its_name_and_size() {
        let info = ImageInfo::parse("%%%s%%%lu x %lu").unwrap();
        assert_eq!(info.write("a.png", 481, 141).as_deref(), Some("%a.png%481 x 141"));
        assert_eq!(ImageInfo::parse("").unwrap().write("a.png", 1, 1), None);
        for format in ["%d", "%s %lu", "%lu %lu %s", "%s %d %d", "%s %lu %lu %s", "%s %lu %lu %"] {
            assert!(ImageInfo::parse(format).is_err(), "{format}");
        }
    }
}
