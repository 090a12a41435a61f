//! Premultiplied pixels, and blending one over another.

use vello_common::color::PremulRgba8;

use crate::color::Color;

/// A pixel with premultiplied alpha.
pub(crate) type Pixel = PremulRgba8;

/// A colour as a premultiplied pixel.
pub(super) fn pixel(Color { red, green, blue, alpha }: Color) -> Pixel {
    let weak = |part| product(part, alpha);
    Pixel { r: weak(red), g: weak(green), b: weak(blue), a: alpha }
}

/// Blends a colour over a pixel, weighted by `shade`.
pub(super) fn over(pixel: &mut Pixel, color: Color, shade: u8) {
    let alpha = u32::from(product(color.alpha, shade));
    let Color { red: r, green: g, blue: b, .. } = color;
    let (color, below) = (Pixel { r, g, b, a: 255 }.to_u32(), pixel.to_u32());
    // The two products of a component never round to more than 255 in total.
    let mix = |color: u32, below: u32| products(color, alpha) + products(below, 255 - alpha);
    let (even, odd) = (mix(color & EVEN, below & EVEN), mix(color >> 8 & EVEN, below >> 8 & EVEN));
    *pixel = Pixel::from_u32(even | odd << 8);
}

/// The sum of two pixels, each weighted by its share of 256, rounded up. No sum may exceed 255.
#[inline]
pub(super) fn mixed(pixel: Pixel, share: u32, below: Pixel, rest: u32) -> Pixel {
    let (pixel, below) = (pixel.to_u32(), below.to_u32());
    let mix = |pixel: u32, below: u32| (pixel & EVEN) * share + (below & EVEN) * rest + EVEN;
    let (even, odd) = (mix(pixel, below) >> 8, mix(pixel >> 8, below >> 8));
    Pixel::from_u32(even & EVEN | odd & !EVEN)
}

/// Every other component of a pixel, each with eight spare bits above it.
const EVEN: u32 = 0x00ff_00ff;

/// The products of two components of a pixel and a share of 255, rounded.
fn products(parts: u32, share: u32) -> u32 {
    let products = parts * share + 0x0080_0080;
    (products + (products >> 8 & EVEN)) >> 8 & EVEN
}

/// The product of two shares of 255, rounded.
fn product(a: u8, b: u8) -> u8 {
    let product = u16::from(a) * u16::from(b) + 128;
    let [_, high] = (product + (product >> 8)).to_le_bytes();
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_laid_over_each_part_of_a_pixel_by_itself() {
        for shade in (0..=255).step_by(5) {
            for alpha in [0, 1, 90, 254, 255] {
                for (part, below) in
                    (0..=255).flat_map(|a| [0, 1, a / 2, 255 - a, a].map(|b| (a, b)))
                {
                    let color = Color::rgba(part, 255 - part, part / 3, alpha);
                    let mut pixel = Pixel { r: below, g: part, b: 255, a: 255 - below };
                    let was = pixel;
                    over(&mut pixel, color, shade);
                    let cover = product(alpha, shade);
                    let mix =
                        |part: u8, below: u8| product(part, cover) + product(below, 255 - cover);
                    assert_eq!(pixel.r, mix(color.red, was.r));
                    assert_eq!(pixel.g, mix(color.green, was.g));
                    assert_eq!(pixel.b, mix(color.blue, was.b));
                    assert_eq!(pixel.a, mix(255, was.a));
                }
            }
        }
    }

    #[test]
    fn pixels_are_mixed_part_by_part_and_rounded_up() {
        for share in 0..=256_u32 {
            for (part, below) in [(0, 255), (255, 0), (1, 1), (3, 200), (255, 255), (97, 31)] {
                let pixel = Pixel { r: part, g: below, b: 0, a: 255 };
                let other = Pixel { r: below, g: part, b: 255, a: 255 };
                let rest = 255 - share.min(255);
                let mix = |one: u8, other: u8| {
                    u8::try_from((u32::from(one) * share + u32::from(other) * rest).div_ceil(256))
                };
                let mixed = mixed(pixel, share, other, rest);
                assert_eq!(Ok(mixed.r), mix(part, below));
                assert_eq!(Ok(mixed.g), mix(below, part));
                assert_eq!(Ok(mixed.b), mix(0, 255));
                assert_eq!(Ok(mixed.a), mix(255, 255));
            }
        }
    }
}
