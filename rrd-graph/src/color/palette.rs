//! The palette: the colours of series, each with a name and a form for light and for dark grounds.
//!
//! A search over OKLCH chose them, such that any two differ clearly for any colour vision
//! (CIEDE2000 of at least 12 in the simulations of Machado et al. 2009) and stand out from the
//! ground. The tests compute both.

use std::fmt;
use std::str::FromStr;

use super::{Color, ColorError};

/// A colour of the palette. Its form suits the theme of the picture.
///
/// ```
/// use rrd_graph::PaletteColor;
/// let red = PaletteColor::named("red").unwrap();
/// assert_eq!(red.to_string(), "red");
/// assert_ne!(red.on_light(), red.on_dark());
/// assert_eq!(PaletteColor::nth(0), PaletteColor::nth(PaletteColor::COUNT));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PaletteColor(u8);

/// Name, form on light and form on dark grounds, in the order in which series take them. Red is the
/// last: it is for what is wrong.
const PALETTE: [(&str, u32, u32); PaletteColor::COUNT] = [
    ("blue", 0x37_6ae9, 0x7e_a0fe),
    ("amber", 0xd0_8200, 0xfc_cc57),
    ("green", 0x6a_9665, 0x4e_cb90),
    ("violet", 0x57_3ba6, 0x84_69df),
    ("orange", 0xb6_5722, 0xf2_7d2c),
    ("sky", 0x3a_9bda, 0xaa_d6fc),
    ("pink", 0xaf_649e, 0xda_8ebb),
    ("teal", 0x0d_7572, 0x40_9590),
    ("brown", 0x7f_614e, 0xa2_8065),
    ("grey", 0x8f_8f8f, 0xd4_d8dc),
    ("red", 0xa1_0d16, 0xdb_3526),
];

impl PaletteColor {
    /// How many there are.
    pub const COUNT: usize = 11;
    /// The first.
    pub const BLUE: Self = Self(0);
    /// For what needs a look.
    pub const AMBER: Self = Self(1);
    /// For what is beside the point.
    pub const GREY: Self = Self(9);
    /// For what is wrong.
    pub const RED: Self = Self(10);

    /// The colour of the nth series; after the last follows the first.
    pub fn nth(index: usize) -> Self {
        Self(u8::try_from(index % Self::COUNT).unwrap_or_default())
    }

    /// The colour with this name; `None` if there is none.
    pub fn named(name: &str) -> Option<Self> {
        PALETTE.iter().position(|(known, ..)| *known == name).map(Self::nth)
    }

    /// All colours, in the order in which series take them.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT).map(Self::nth)
    }

    /// Its place in the palette.
    pub(crate) const fn index(self) -> u8 {
        self.0
    }

    /// Its form on light grounds.
    pub const fn on_light(self) -> Color {
        Color::of_code(self.entry().1)
    }

    /// Its form on dark grounds.
    pub const fn on_dark(self) -> Color {
        Color::of_code(self.entry().2)
    }

    const fn entry(self) -> (&'static str, u32, u32) {
        PALETTE[self.0 as usize % PALETTE.len()]
    }
}

impl fmt::Display for PaletteColor {
    /// Its name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.entry().0)
    }
}

/// The colour that a description gives to a series: one of the palette by its name, or a fixed one,
/// which is the same in light and dark mode.
///
/// ```
/// use rrd_graph::{Color, PaletteColor, SeriesColor};
/// assert_eq!("#f80".parse(), Ok(SeriesColor::Fixed(Color::rgb(255, 136, 0))));
/// let sky = PaletteColor::named("sky").unwrap();
/// assert_eq!("sky".parse(), Ok(SeriesColor::Palette(sky)));
/// assert!("reddish".parse::<SeriesColor>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SeriesColor {
    /// A colour of the palette.
    Palette(PaletteColor),
    /// A colour that themes do not change.
    Fixed(Color),
}

impl From<Color> for SeriesColor {
    fn from(color: Color) -> Self {
        Self::Fixed(color)
    }
}

impl From<PaletteColor> for SeriesColor {
    fn from(color: PaletteColor) -> Self {
        Self::Palette(color)
    }
}

/// The text is neither a colour nor the name of one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{color} or one of {}", names())]
pub struct SeriesColorError {
    color: ColorError,
}

fn names() -> String {
    PALETTE.map(|(name, ..)| name).join(", ")
}

impl FromStr for SeriesColor {
    type Err = SeriesColorError;

    /// A name of the palette, or `#` and 3, 4, 6 or 8 hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, SeriesColorError> {
        match PaletteColor::named(text) {
            Some(color) => Ok(Self::Palette(color)),
            None => match text.parse() {
                Ok(color) => Ok(Self::Fixed(color)),
                Err(color) => Err(SeriesColorError { color }),
            },
        }
    }
}

impl fmt::Display for SeriesColor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Palette(color) => color.fmt(f),
            Self::Fixed(color) => color.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::vision::{Vision, blended, contrast, difference};
    use super::*;

    /// The grounds of our own pictures and of the collector's page.
    const LIGHT: [Color; 1] = [Color::rgb(255, 255, 255)];
    const DARK: [Color; 3] =
        [Color::rgb(0x16, 0x19, 0x1d), Color::rgb(0x16, 0x1c, 0x25), Color::rgb(0x0e, 0x12, 0x18)];

    /// What each colour of the palette is drawn as over each ground, by theme.
    fn drawn() -> impl Iterator<Item = (Color, Vec<(PaletteColor, Color)>)> {
        let over = |ground: Color, form: fn(PaletteColor) -> Color| {
            (
                ground,
                PaletteColor::all().map(|color| (color, blended(form(color), ground))).collect(),
            )
        };
        let light = LIGHT.into_iter().map(move |ground| over(ground, PaletteColor::on_light));
        light.chain(DARK.into_iter().map(move |ground| over(ground, PaletteColor::on_dark)))
    }

    /// The least difference of two colours for any vision.
    fn least(one: Color, other: Color) -> (f64, Vision) {
        let found = Vision::ALL.map(|eye| (difference(eye.sees(one), eye.sees(other)), eye));
        found.into_iter().min_by(|a, b| a.0.total_cmp(&b.0)).unwrap()
    }

    #[test]
    fn any_two_colours_differ_clearly_for_any_colour_vision() {
        for (ground, colors) in drawn() {
            for (index, (one, ink)) in colors.iter().enumerate() {
                for (other, other_ink) in &colors[..index] {
                    let (found, vision) = least(*ink, *other_ink);
                    assert!(found >= 12.0, "{one}, {other} on {ground}: {found:.1}, {vision:?}");
                }
            }
        }
    }

    #[test]
    fn red_is_unlike_all_but_orange_and_brown_for_any_colour_vision() {
        for (ground, colors) in drawn() {
            let (_, red) = colors.iter().find(|(color, _)| *color == PaletteColor::RED).unwrap();
            for (other, ink) in &colors {
                if !matches!(&*other.to_string(), "red" | "orange" | "brown") {
                    let (found, vision) = least(*red, *ink);
                    assert!(found >= 20.0, "{other} on {ground}: {found:.1}, {vision:?}");
                }
            }
        }
    }

    #[test]
    fn every_colour_stands_out_from_the_ground() {
        for (ground, colors) in drawn() {
            for (color, ink) in colors {
                let ratio = contrast(ink, ground);
                assert!(ratio >= 3.0, "{color} on {ground}: {ratio:.2}");
            }
        }
    }

    #[test]
    fn names_are_read_and_written_and_a_wrong_one_is_told_the_known() {
        for color in PaletteColor::all() {
            assert_eq!(color.to_string().parse(), Ok(SeriesColor::Palette(color)));
        }
        let known =
            [PaletteColor::BLUE, PaletteColor::AMBER, PaletteColor::GREY, PaletteColor::RED];
        assert_eq!(known.map(|color| color.to_string()), ["blue", "amber", "grey", "red"]);
        let error = "reddish".parse::<SeriesColor>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid colour \"reddish\": expected #RRGGBB, #RRGGBBAA, #RGB, #RGBA or one of blue, \
             amber, green, violet, orange, sky, pink, teal, brown, grey, red"
        );
    }
}
