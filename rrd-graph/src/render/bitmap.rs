//! The picture as pixels, for formats that other code writes.

use super::palette::Quantizer;
use super::png::separate;
use super::raster::{Raster, RasterError};
use crate::color::Color;
use crate::font::Fonts;
use crate::scene::Scene;

/// The picture as pixels, for formats that this crate does not write.
///
/// ```
/// use rrd_core::TimeRange;
/// use rrd_graph::{Bitmap, Chart, Fonts};
/// let (chart, fonts) = (Chart::new(TimeRange::from_seconds(0, 3600)).size(300, 100), Fonts::new());
/// let bitmap = Bitmap::draw(&chart.scene(&chart.layout(&fonts), &fonts), &fonts)?;
/// assert_eq!((bitmap.width(), bitmap.height()), (300, 100));
/// let (palette, pixels) = bitmap.indexed();
/// assert!(palette.len() <= 256 && pixels.len() == 300 * 100);
/// # Ok::<(), rrd_graph::RasterError>(())
/// ```
pub struct Bitmap {
    raster: Raster,
}

impl Bitmap {
    /// Draws an antialiased scene.
    ///
    /// # Errors
    ///
    /// If the picture, after zooming, has more pixels than a raster may have.
    pub fn draw(scene: &Scene, fonts: &Fonts) -> Result<Self, RasterError> {
        let mut raster = Raster::default();
        raster.draw(scene, fonts, true)?;
        Ok(Self { raster })
    }

    /// The number of columns.
    pub fn width(&self) -> usize {
        self.raster.width
    }

    /// The number of rows.
    pub fn height(&self) -> usize {
        self.raster.height
    }

    /// One pixel, counted from the upper left corner; `None` outside of the picture.
    pub fn pixel(&self, column: usize, row: usize) -> Option<Color> {
        let inside = column < self.raster.width;
        let pixel = self.raster.pixels().get(row * self.raster.width + column)?;
        let [red, green, blue, alpha] = separate(*pixel);
        inside.then_some(Color { red, green, blue, alpha })
    }

    /// The picture in at most 256 opaque colours: red, green and blue of each, and for each pixel
    /// the index of its colour, row by row.
    pub fn indexed(&self) -> (Vec<[u8; 3]>, Vec<u8>) {
        let mut quantizer = Quantizer::default();
        let palette = quantizer.palette(self.raster.bytes(), self.raster.width);
        let mut indices = Vec::new();
        quantizer.indices(self.raster.width, &[], &mut indices);
        (palette, indices)
    }
}
