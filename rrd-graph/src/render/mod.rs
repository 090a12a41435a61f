//! From a scene to bytes: one file per format.

#[cfg(test)]
mod against_tiny_skia;
mod bitmap;
mod cover;
mod format;
mod grid;
mod outlines;
mod palette;
mod pdf;
mod pixel;
mod png;
mod raster;
mod steps;
mod svg;

pub use bitmap::Bitmap;
pub use format::Render;
pub use pdf::Pdf;
pub use png::Png;
pub use raster::RasterError;
pub use svg::Svg;

use crate::chart::Chart;
use crate::font::Fonts;

impl Chart {
    /// The chart as an SVG document.
    pub fn to_svg(&self) -> String {
        let fonts = Fonts::new();
        Svg::default().text(&self.scene(&self.layout(&fonts), &fonts))
    }

    /// The chart as a PNG file.
    ///
    /// # Errors
    ///
    /// If the picture, after zooming, has more pixels than a raster may have.
    pub fn to_png(&self) -> Result<Vec<u8>, RasterError> {
        let fonts = Fonts::new();
        let scene = self.scene(&self.layout(&fonts), &fonts);
        Png::default().smooth(self.smooth).render(&scene, &fonts)
    }
}
