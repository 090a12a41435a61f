//! From a scene to bytes: one file a format.

mod svg;

pub use svg::Svg;

use crate::chart::Chart;
use crate::font::Fonts;
use crate::scene::Scene;

/// A format that pictures are written in.
pub trait Render {
    /// The picture in this format.
    fn render(&self, scene: &Scene, fonts: &Fonts) -> Vec<u8>;
}

impl Chart {
    /// The chart as an SVG document.
    pub fn to_svg(&self) -> String {
        let fonts = Fonts::new();
        Svg::default().text(&self.scene(&self.layout(&fonts), &fonts))
    }
}
