//! PNG with one byte per pixel and no filter, which is best for charts in size and time.

use std::fmt;
use std::sync::Mutex;

use flate2::{Compress, Compression, FlushCompress, Status};
use png::{BitDepth, ColorType, Encoder, PixelDimensions, Unit, chunk};

use super::Render;
use super::palette::Quantizer;
use super::pixel::Pixel;
use super::raster::{self, Raster, RasterError};
use crate::font::Fonts;
use crate::number;
use crate::scene::Scene;

/// PNG with a palette of 256 colours, or with all colours and transparency if the background is not
/// opaque.
///
/// Draw many charts with one `Png` to reuse its buffers. Threads may share it: one that draws while
/// another does takes buffers of its own.
pub struct Png {
    smooth: bool,
    memory: Mutex<Memory>,
}

/// Buffers kept from one picture to the next.
#[derive(Default)]
struct Memory {
    raster: Raster,
    quantizer: Quantizer,
    /// The bytes of the picture's rows, each preceded by its filter number.
    rows: Vec<u8>,
    /// Created with the first picture: it takes a third of a megabyte, and most commands draw none.
    deflate: Option<Compress>,
    packed: Vec<u8>,
}

/// Buffers are not kept after pictures with more pixels.
const KEPT_PIXELS: usize = 4_000_000;

/// The compression level: the lowest that finds most repetitions in charts.
const LEVEL: u32 = 5;

/// The filter that leaves the bytes of a row unchanged.
const NO_FILTER: u8 = 0;

impl Png {
    /// Sets whether edges are antialiased (the default).
    #[must_use]
    pub fn smooth(self, smooth: bool) -> Self {
        Self { smooth, ..self }
    }

    /// Whether a picture of this many pixels, after zooming, can be drawn: what is too large is
    /// best refused before its data are read.
    ///
    /// ```
    /// use rrd_graph::Png;
    /// assert!(Png::check_size(800.0, 300.0).is_ok());
    /// assert!(Png::check_size(1e9, 300.0).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// [`RasterError::TooLarge`] if it cannot.
    pub fn check_size(width: f64, height: f64) -> Result<(), RasterError> {
        raster::check_size(width, height)
    }
}

impl Default for Png {
    fn default() -> Self {
        Self { smooth: true, memory: Mutex::default() }
    }
}

impl fmt::Debug for Png {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Png").field("smooth", &self.smooth).finish_non_exhaustive()
    }
}

impl Render for Png {
    type Error = RasterError;

    fn render(&self, scene: &Scene, fonts: &Fonts) -> Result<Vec<u8>, RasterError> {
        // Memory in use by another thread, or left half written by one that panicked, is not waited
        // for.
        let mut kept = self.memory.try_lock();
        let mut own = Memory::default();
        let memory = kept.as_deref_mut().unwrap_or(&mut own);
        memory.raster.draw(scene, fonts, self.smooth)?;
        let bytes = memory.encode(scene);
        if memory.raster.pixels().len() > KEPT_PIXELS {
            *memory = Memory::default();
        }
        Ok(bytes)
    }
}

impl Memory {
    fn encode(&mut self, scene: &Scene) -> Vec<u8> {
        let palette = self.rows();
        self.pack();
        let mut bytes = Vec::with_capacity(self.packed.len() + 4096);
        let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let mut encoder =
            Encoder::new(&mut bytes, side(self.raster.width), side(self.raster.height));
        encoder.set_depth(BitDepth::Eight);
        let density = number::count(scene.zoom * 72.0 / 0.0254);
        encoder.set_pixel_dims(Some(PixelDimensions {
            xppu: side(density),
            yppu: side(density),
            unit: Unit::Meter,
        }));
        let texts = [("Title", &scene.title), ("Description", &scene.description)];
        for (keyword, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
            // A text chunk is only refused for its keyword; these are short and plain ASCII.
            let _ = encoder.add_itxt_chunk(keyword.to_owned(), text.clone());
        }
        if let Some(palette) = palette {
            encoder.set_color(ColorType::Indexed);
            encoder.set_palette(palette.concat());
        } else {
            encoder.set_color(ColorType::Rgba);
        }
        let mut writer =
            encoder.write_header().expect("the header of a picture with a size is sound");
        for part in self.packed.chunks(1 << 30) {
            writer.write_chunk(chunk::IDAT, part).expect("memory takes the pixels");
        }
        writer.finish().expect("memory takes the end of the picture");
        bytes
    }

    /// Formats the rows for PNG; returns the palette if they are indices into one.
    fn rows(&mut self) -> Option<Vec<[u8; 3]>> {
        let (width, pixels) = (self.raster.width, self.raster.bytes());
        self.rows.clear();
        let palette = self.quantizer.palette(pixels, width);
        if self.quantizer.is_opaque() {
            self.quantizer.indices(width, &[NO_FILTER], &mut self.rows);
            return Some(palette);
        }
        for row in self.raster.pixels().chunks_exact(width) {
            self.rows.push(NO_FILTER);
            self.rows.extend(row.iter().copied().flat_map(separate));
        }
        None
    }

    /// Compresses the rows.
    fn pack(&mut self) {
        let deflate = match &mut self.deflate {
            Some(deflate) => {
                deflate.reset();
                deflate
            }
            none => none.insert(Compress::new(Compression::new(LEVEL), true)),
        };
        self.packed.clear();
        self.packed.reserve(self.rows.len() / 8 + 4096);
        let mut rest = self.rows.as_slice();
        loop {
            let before = deflate.total_in();
            let status = deflate.compress_vec(rest, &mut self.packed, FlushCompress::Finish);
            if status.expect("a fresh compressor takes all bytes") == Status::StreamEnd {
                return;
            }
            let taken = usize::try_from(deflate.total_in() - before).unwrap_or(rest.len());
            rest = rest.get(taken..).unwrap_or_default();
            self.packed.reserve(self.packed.len());
        }
    }
}

/// A pixel with straight alpha, as PNG stores it.
pub(super) fn separate(pixel: Pixel) -> [u8; 4] {
    let part = |value: u8| {
        let whole = u16::from(value) * 255 + u16::from(pixel.a) / 2;
        u8::try_from(whole.checked_div(u16::from(pixel.a)).unwrap_or(0)).unwrap_or(255)
    };
    [part(pixel.r), part(pixel.g), part(pixel.b), pixel.a]
}
