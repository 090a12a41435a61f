//! A colour with transparency and its hexadecimal form; the palette. Themes are elsewhere.

mod palette;
#[cfg(test)]
mod vision;

use std::fmt;
use std::str::FromStr;

pub use palette::{PaletteColor, SeriesColor, SeriesColorError};

/// Red, green, blue and opacity, 0 to 255 each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Color {
    /// Red.
    pub red: u8,
    /// Green.
    pub green: u8,
    /// Blue.
    pub blue: u8,
    /// Opacity: 0 is invisible, 255 is opaque.
    pub alpha: u8,
}

/// The text is not a colour.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid colour \"{text}\": expected #RRGGBB, #RRGGBBAA, #RGB, #RGBA")]
pub struct ColorError {
    text: String,
}

impl Color {
    /// An opaque colour.
    pub const fn rgb(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue, alpha: 255 }
    }

    /// An opaque colour from its code, 0xRRGGBB.
    pub(crate) const fn of_code(code: u32) -> Self {
        let [_, red, green, blue] = code.to_be_bytes();
        Self::rgb(red, green, blue)
    }

    /// A colour with the opacity `alpha`.
    pub const fn rgba(red: u8, green: u8, blue: u8, alpha: u8) -> Self {
        Self { red, green, blue, alpha }
    }

    /// Parses 3, 4, 6 or 8 hexadecimal digits (RGB, RGBA, RRGGBB, RRGGBBAA), without `#`.
    ///
    /// ```
    /// use rrd_graph::Color;
    /// assert_eq!(Color::from_hex("f80"), Some(Color::rgb(255, 136, 0)));
    /// assert_eq!(Color::from_hex("0000ff80"), Some(Color::rgba(0, 0, 255, 128)));
    /// assert_eq!(Color::from_hex("ff"), None);
    /// ```
    pub fn from_hex(digits: &str) -> Option<Self> {
        let mut nibbles = [0; 8];
        let mut count = 0;
        for character in digits.chars() {
            *nibbles.get_mut(count)? = u8::try_from(character.to_digit(16)?).ok()?;
            count += 1;
        }
        let [a, b, c, d, e, f, g, h] = nibbles;
        match count {
            3 => Some(Self::rgb(a * 17, b * 17, c * 17)),
            4 => Some(Self::rgba(a * 17, b * 17, c * 17, d * 17)),
            6 => Some(Self::rgb(a * 16 + b, c * 16 + d, e * 16 + f)),
            8 => Some(Self::rgba(a * 16 + b, c * 16 + d, e * 16 + f, g * 16 + h)),
            _ => None,
        }
    }
}

impl FromStr for Color {
    type Err = ColorError;

    /// `#` and 3, 4, 6 or 8 hexadecimal digits.
    ///
    /// ```
    /// use rrd_graph::Color;
    /// assert_eq!("#f80".parse(), Ok(Color::rgb(255, 136, 0)));
    /// assert!("orange".parse::<Color>().is_err());
    /// ```
    fn from_str(text: &str) -> Result<Self, ColorError> {
        let color = text.strip_prefix('#').and_then(Self::from_hex);
        color.ok_or_else(|| ColorError { text: text.to_owned() })
    }
}

impl Color {
    /// The same colour, letting more through: `alpha` of 255 parts of what it covers.
    pub(crate) fn faint(self, alpha: u8) -> Self {
        let product = u16::from(self.alpha) * u16::from(alpha) / 255;
        Self { alpha: u8::try_from(product).unwrap_or(alpha), ..self }
    }

    /// Appends `#RRGGBB`, followed by `AA` unless the colour is opaque.
    pub(crate) fn push_to(self, text: &mut String) {
        text.push('#');
        let parts = [self.red, self.green, self.blue, self.alpha];
        for part in parts.into_iter().take(if self.alpha == 255 { 3 } else { 4 }) {
            let digits = [part >> 4, part & 15].map(|digit| char::from_digit(digit.into(), 16));
            text.extend(digits.into_iter().flatten());
        }
    }
}

impl fmt::Display for Color {
    /// `#RRGGBB`, followed by `AA` unless the colour is opaque.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(9);
        self.push_to(&mut text);
        f.write_str(&text)
    }
}
