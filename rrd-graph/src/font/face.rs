//! The faces of texts, and their sizes.

use super::style::{Size, Style};

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
    /// All of them, by their indices.
    pub(super) const ALL: [Self; Self::COUNT] =
        [Self::Sans, Self::SansBold, Self::Mono, Self::MonoBold];
    pub(super) const COUNT: usize = 4;

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

    pub(super) fn data(self) -> &'static [u8] {
        match self {
            Self::Sans => dejavu::sans::regular(),
            Self::SansBold => dejavu::sans::bold(),
            Self::Mono => dejavu::sans_mono::regular(),
            Self::MonoBold => dejavu::sans_mono::bold(),
        }
    }

    pub(super) const fn index(self) -> usize {
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
#[non_exhaustive]
pub struct Font {
    /// The face.
    pub face: Face,
    /// The size of the em in pixels.
    pub size: f64,
    /// The number of the substitute that is asked first for letters that the face lacks.
    pub(crate) substitute: Option<u8>,
    /// Whether its texts are Pango's markup.
    pub(crate) markup: bool,
}

impl Font {
    /// A font with a size in points, at RRDtool's 100 dots per inch.
    pub fn points(face: Face, points: f64) -> Self {
        Self::pixels(face, points * 100.0 / 72.0)
    }

    /// A font whose em has a size in pixels.
    pub const fn pixels(face: Face, size: f64) -> Self {
        Self { face, size, substitute: None, markup: false }
    }

    /// The same font; the letters that it lacks are first looked for in the font of this number in
    /// [`Fonts::substitutes`](super::Fonts::substitutes).
    #[must_use]
    pub const fn or_substitute(self, number: u8) -> Self {
        Self { substitute: Some(number), ..self }
    }

    /// The same font for texts that are Pango's markup, as
    /// [`sound_markup`](crate::sound_markup) returns it.
    #[must_use]
    pub const fn of_markup(self) -> Self {
        Self { markup: true, ..self }
    }

    /// The font of a part of such a text.
    pub(super) fn styled(self, style: Style) -> Self {
        let face = match (self.face.is_mono() || style.mono, self.face.is_bold() || style.bold) {
            (false, false) => Face::Sans,
            (false, true) => Face::SansBold,
            (true, false) => Face::Mono,
            (true, true) => Face::MonoBold,
        };
        let size = match style.size {
            Size::Factor(factor) => self.size * factor,
            Size::Points(points) => Self::points(face, points).size,
        };
        Self { face, size, markup: false, ..self }
    }

    /// The size in points, without rounding errors.
    pub(crate) fn in_points(self) -> f64 {
        (self.size * 0.72 * 1e6).round() / 1e6
    }
}
