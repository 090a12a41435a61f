//! From a scene to bytes: one file per format.

#[cfg(test)]
mod against_tiny_skia;
mod bitmap;
mod cells;
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
    /// The chart in a format, with fonts that were loaded before.
    ///
    /// ```
    /// use rrd_core::TimeRange;
    /// use rrd_graph::{Chart, Fonts, Png};
    /// let (fonts, png) = (Fonts::new(), Png::default());
    /// for title in ["First", "Second"] {
    ///     let chart = Chart::new(TimeRange::from_seconds(0, 3600)).title(title);
    ///     assert!(chart.render(&png, &fonts)?.starts_with(b"\x89PNG"));
    /// }
    /// # Ok::<(), rrd_graph::RasterError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the format cannot hold the picture.
    pub fn render<R: Render>(&self, format: &R, fonts: &Fonts) -> Result<Vec<u8>, R::Error> {
        format.render(&self.scene(&self.layout(fonts), fonts), fonts)
    }

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
        self.render(&Png::default().smooth(self.smooth), &Fonts::new())
    }
}
