//! PNG: one byte a pixel and no filter, which suits charts best in size and time.

use png::{BitDepth, ColorType, DeflateCompression, Encoder, Filter, PixelDimensions, Unit};

use super::Render;
use super::palette::indexed;
use super::raster::{Pixel, Raster, RasterError, raster};
use crate::font::Fonts;
use crate::number;
use crate::scene::Scene;

/// PNG with 256 colours, or with all of them and transparency where the paper lets something through.
#[derive(Clone, Copy, Debug)]
pub struct Png {
    /// Whether edges are smoothed.
    pub smooth: bool,
}

impl Default for Png {
    fn default() -> Self {
        Self { smooth: true }
    }
}

impl Render for Png {
    type Error = RasterError;

    fn render(&self, scene: &Scene, fonts: &Fonts) -> Result<Vec<u8>, RasterError> {
        let raster = raster(scene, fonts, self.smooth)?;
        Ok(encode(scene, &raster))
    }
}

fn encode(scene: &Scene, raster: &Raster) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(raster.pixels().len() / 8);
    let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let mut encoder = Encoder::new(&mut bytes, side(raster.width), side(raster.height));
    encoder.set_depth(BitDepth::Eight);
    encoder.set_filter(Filter::NoFilter);
    encoder.set_deflate_compression(DeflateCompression::Level(4));
    let density = number::count(scene.zoom * 72.0 / 0.0254);
    encoder.set_pixel_dims(Some(PixelDimensions {
        xppu: side(density),
        yppu: side(density),
        unit: Unit::Meter,
    }));
    let texts = [("Title", &scene.title), ("Description", &scene.description)];
    for (keyword, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        // A text chunk is only refused for its keyword, and these are short and plain.
        let _ = encoder.add_itxt_chunk(keyword.to_owned(), text.clone());
    }
    let opaque = raster.pixels().iter().all(|pixel| pixel.a == 255);
    let data = if opaque {
        let picture = indexed(raster.pixels());
        encoder.set_color(ColorType::Indexed);
        encoder.set_palette(picture.palette.concat());
        picture.indices
    } else {
        encoder.set_color(ColorType::Rgba);
        raster.pixels().iter().copied().map(separate).collect::<Vec<_>>().concat()
    };
    let mut writer = encoder.write_header().expect("the header of a picture with a size is sound");
    writer
        .write_image_data(&data)
        .expect("there are as many bytes as pixels, and memory takes them");
    writer.finish().expect("memory takes the end of the picture");
    bytes
}

/// A pixel with its colour as if it were opaque, as PNG has it.
pub(super) fn separate(pixel: Pixel) -> [u8; 4] {
    let part = |value: u8| {
        let whole = u16::from(value) * 255 + u16::from(pixel.a) / 2;
        u8::try_from(whole.checked_div(u16::from(pixel.a)).unwrap_or(0)).unwrap_or(255)
    };
    [part(pixel.r), part(pixel.g), part(pixel.b), pixel.a]
}
