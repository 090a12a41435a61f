//! Cells of one colour as a small PNG, one pixel each.

use png::{BitDepth, ColorType, Encoder};

use crate::color::Color;

/// The cells as a PNG whose palette has one colour for each opacity in use; empty if there are no
/// cells.
pub(super) fn packed(columns: usize, color: Color, opacities: &[u8]) -> Vec<u8> {
    let rows = opacities.len().checked_div(columns).unwrap_or(0);
    let (Ok(width), Ok(height)) = (u32::try_from(columns), u32::try_from(rows)) else {
        return Vec::new();
    };
    if rows == 0 {
        return Vec::new();
    }
    let mut levels: Vec<u8> = opacities.to_vec();
    levels.sort_unstable();
    levels.dedup();
    let mut indices = [0_u8; 256];
    for (index, level) in (0..).zip(&levels) {
        if let Some(place) = indices.get_mut(usize::from(*level)) {
            *place = index;
        }
    }
    let index = |opacity: &u8| indices.get(usize::from(*opacity)).copied().unwrap_or(0);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, width, height);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_color(ColorType::Indexed);
    encoder.set_palette([color.red, color.green, color.blue].repeat(levels.len()));
    encoder.set_trns(levels.iter().map(|level| color.faint(*level).alpha).collect::<Vec<u8>>());
    let mut writer = encoder.write_header().expect("the header of a picture with a size is sound");
    let pixels: Vec<u8> = opacities.iter().take(columns * rows).map(index).collect();
    writer.write_image_data(&pixels).expect("memory takes the pixels");
    writer.finish().expect("memory takes the end of the picture");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cell_is_a_pixel_with_its_opacity() {
        let bytes = packed(2, Color::rgb(1, 2, 3), &[0, 255, 128, 255]);
        let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        let expected = [[1, 2, 3, 0], [1, 2, 3, 255], [1, 2, 3, 128], [1, 2, 3, 255]];
        assert_eq!(pixels, expected.concat());
        assert_eq!(packed(2, Color::rgb(1, 2, 3), &[]), [0; 0]);
    }
}
