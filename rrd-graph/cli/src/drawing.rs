//! What one picture leaves for the next: loaded fonts, and the buffers of a PNG.

use std::fmt;

use rrd_graph::{Fonts, Png};

/// Limit on the bytes of the machine's fonts that are kept: one with the letters of China, Japan
/// and Korea has twenty million.
const MAX_FONT_BYTES: usize = 1 << 26;

/// What one picture leaves for the next, in the same process.
///
/// Loading fonts and shaping letters takes a third of the time of a small chart.
pub struct Drawing {
    language: String,
    pub(crate) fonts: Fonts,
    /// Reuses its canvas for all pictures.
    pub(crate) png: Png,
}

impl Drawing {
    /// Nothing yet, for texts in a language such as `ja` or `zh_TW`.
    pub(crate) fn new(language: String) -> Self {
        let fonts = Fonts::of_machine(&language);
        Self { language, fonts, png: Png::default() }
    }

    /// The language of the user's locale, which decides between fonts that share letters.
    pub(crate) fn language(&self) -> &str {
        &self.language
    }

    /// Whether it is small enough to be kept.
    pub fn is_small(&self) -> bool {
        self.fonts.bytes_of_files() <= MAX_FONT_BYTES
    }
}

impl fmt::Debug for Drawing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drawing").field("language", &self.language).finish_non_exhaustive()
    }
}
