//! Themes: the colours of background, grid and text in light and dark mode.

use std::str::FromStr;

use crate::color::{Color, PaletteColor};
use crate::words::{UnknownWord, words};

/// A part of the picture with its own colour, identified as in `--color`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Role {
    /// `BACK`: the background around the canvas.
    Back,
    /// `CANVAS`: the background of the curves.
    Canvas,
    /// `SHADEA`: the border on the left and top.
    ShadeA,
    /// `SHADEB`: the border on the right and bottom.
    ShadeB,
    /// `GRID`: minor lines.
    Grid,
    /// `MGRID`: major lines.
    MajorGrid,
    /// `FONT`: all texts.
    Font,
    /// `AXIS`: the axis lines.
    Axis,
    /// `FRAME`: around the boxes of the legend.
    Frame,
    /// `ARROW`: the heads of the axes.
    Arrow,
    /// Series in a colour of the palette, which those without a colour take in turn.
    Series(PaletteColor),
}

impl Role {
    /// The names of `--color`.
    const NAMED: [(&str, Self); 10] = [
        ("BACK", Self::Back),
        ("CANVAS", Self::Canvas),
        ("SHADEA", Self::ShadeA),
        ("SHADEB", Self::ShadeB),
        ("GRID", Self::Grid),
        ("MGRID", Self::MajorGrid),
        ("FONT", Self::Font),
        ("AXIS", Self::Axis),
        ("FRAME", Self::Frame),
        ("ARROW", Self::Arrow),
    ];
}

impl FromStr for Role {
    type Err = UnknownWord;

    /// The role with this name in `--color`.
    ///
    /// ```
    /// use rrd_graph::Role;
    /// assert_eq!("MGRID".parse(), Ok(Role::MajorGrid));
    /// assert!("mgrid".parse::<Role>().is_err());
    /// ```
    fn from_str(name: &str) -> Result<Self, UnknownWord> {
        let found = Self::NAMED.iter().find(|(known, _)| *known == name);
        let names = Self::NAMED.map(|(known, _)| known);
        found
            .map(|(_, role)| *role)
            .ok_or_else(|| UnknownWord::new("part of the picture", name, names))
    }
}

/// Whether the picture is drawn in light or dark mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Theme {
    /// Dark on white.
    Light,
    /// Light on black.
    Dark,
    /// Light; in SVG dark if the reader's system is in dark mode.
    #[default]
    Auto,
}

words!(Theme, "theme", { Light: "light", Dark: "dark", Auto: "auto" });

/// A colour and its role; the colour of a role changes with the theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Ink {
    pub(crate) color: Color,
    pub(crate) role: Option<Role>,
}

impl Ink {
    /// A colour chosen by the caller, which themes do not change.
    pub(crate) const fn fixed(color: Color) -> Self {
        Self { color, role: None }
    }

    /// The same role with another opacity.
    pub(crate) const fn with_alpha(self, alpha: u8) -> Self {
        Self { color: Color { alpha, ..self.color }, role: self.role }
    }
}

/// A theme with the caller's colours.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Colors {
    pub(crate) theme: Theme,
    pub(crate) set: Vec<(Role, Color)>,
}

impl Colors {
    /// Whether the caller chose the colour of a role.
    pub(crate) fn is_set(&self, role: Role) -> bool {
        self.set.iter().any(|(set, _)| *set == role)
    }

    pub(crate) fn ink(&self, role: Role) -> Ink {
        if let Some((_, color)) = self.set.iter().rev().find(|(set, _)| *set == role) {
            let ink = Ink::fixed(*color);
            return match role {
                // RRDtool's lines are dotted, and so look half as strong as solid ones.
                Role::Grid | Role::MajorGrid => ink.with_alpha(color.alpha / 2),
                _ => ink,
            };
        }
        Ink { color: preset(role, self.theme == Theme::Dark), role: Some(role) }
    }
}

/// The colour of a role in light or dark mode. Its opacity is the same in both.
pub(crate) const fn preset(role: Role, dark: bool) -> Color {
    // The grid lies over areas, whose colours must stay what they are.
    let alpha = match role {
        Role::Grid => 20,
        Role::MajorGrid => 43,
        _ => 255,
    };
    let (light, night) = match role {
        Role::Back | Role::Canvas => (0xff_ffff, 0x16_191d),
        Role::ShadeA | Role::ShadeB => (0xd8_dce1, 0x30_353c),
        Role::Grid | Role::MajorGrid => (0x3c_444d, 0xb4_bcc6),
        Role::Font => (0x24_292f, 0xd6_dae0),
        Role::Axis | Role::Arrow => (0x6b_737c, 0x86_8e98),
        Role::Frame => (0x57_606a, 0x86_8e98),
        Role::Series(color) if dark => return color.on_dark(),
        Role::Series(color) => return color.on_light(),
    };
    Color { alpha, ..Color::of_code(if dark { night } else { light }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(color: Color) -> f64 {
        let part = |value: u8| {
            let share = f64::from(value) / 255.0;
            if share <= 0.04045 {
                share / 12.92
            } else {
                rrd_core::number::power((share + 0.055) / 1.055, 2.4)
            }
        };
        0.2126 * part(color.red) + 0.7152 * part(color.green) + 0.0722 * part(color.blue)
    }

    fn contrast(a: Color, b: Color) -> f64 {
        let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
        a.max(b) / a.min(b)
    }

    #[test]
    fn texts_stand_out_from_the_paper_in_both_themes() {
        for dark in [false, true] {
            let ratio = contrast(preset(Role::Font, dark), preset(Role::Back, dark));
            assert!(ratio > 7.0, "{ratio}");
        }
    }
}
