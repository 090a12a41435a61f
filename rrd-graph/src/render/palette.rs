//! A palette of at most 256 colours for a picture, so that each pixel is one byte: the flat colours of a chart exactly,
//! the shades of its smoothed edges nearly.

use super::raster::Pixel;

/// The picture as indices into a palette.
pub(crate) struct Indexed {
    pub(crate) palette: Vec<[u8; 3]>,
    pub(crate) indices: Vec<u8>,
}

/// The weight below which another colour in the palette would not be seen: a few pixels, a few shades off.
const NEGLIGIBLE: u64 = 1500;

/// Colours that share the upper five or six bits of each part count as one.
struct Bin {
    count: u32,
    votes: u32,
    color: [u8; 3],
    nearest: u8,
    distance: u32,
}

/// The palette of opaque pixels.
pub(crate) fn indexed(pixels: &[Pixel]) -> Indexed {
    let mut places = vec![u16::MAX; 1 << 16];
    let mut bins: Vec<Bin> = Vec::new();
    // Charts are made of runs: each is looked up once.
    let mut runs: Vec<(u16, usize)> = Vec::new();
    for run in pixels.chunk_by(|a, b| a.to_u32() == b.to_u32()) {
        let Some(&Pixel { r, g, b, .. }) = run.first() else { continue };
        let length = u32::try_from(run.len()).unwrap_or(u32::MAX);
        let color = [r, g, b];
        let place = &mut places[key(color)];
        if *place == u16::MAX {
            *place = u16::try_from(bins.len()).unwrap_or(u16::MAX - 1);
            bins.push(Bin { count: 0, votes: 0, color, nearest: 0, distance: u32::MAX });
        }
        if let Some(bin) = bins.get_mut(usize::from(*place)) {
            bin.add(color, length);
        }
        runs.push((*place, run.len()));
    }
    let palette = chosen(&mut bins);
    let mut indices = Vec::with_capacity(pixels.len());
    for (place, length) in runs {
        let index = bins.get(usize::from(place)).map_or(0, |bin| bin.nearest);
        if length == 1 {
            indices.push(index);
        } else {
            indices.resize(indices.len() + length, index);
        }
    }
    Indexed { palette, indices }
}

impl Bin {
    /// Counts pixels; the colour with the majority stands for the bin.
    fn add(&mut self, color: [u8; 3], length: u32) {
        self.count = self.count.saturating_add(length);
        if self.color == color {
            self.votes = self.votes.saturating_add(length);
        } else if self.votes >= length {
            self.votes -= length;
        } else {
            self.votes = length - self.votes;
            self.color = color;
        }
    }
}

/// The most frequent colour first, then always the one that is frequent and far from those chosen.
fn chosen(bins: &mut [Bin]) -> Vec<[u8; 3]> {
    let mut palette = Vec::with_capacity(256);
    let mut next = bins.iter().enumerate().max_by_key(|(_, bin)| bin.count).map(|(index, _)| index);
    while let Some(color) = next.and_then(|index| bins.get(index)).map(|bin| bin.color) {
        let index = u8::try_from(palette.len()).unwrap_or(u8::MAX);
        palette.push(color);
        let mut best = (0, None);
        for (place, bin) in bins.iter_mut().enumerate() {
            let distance = distance(bin.color, color);
            if distance < bin.distance {
                bin.distance = distance;
                bin.nearest = index;
            }
            let weight = u64::from(bin.distance) * u64::from(bin.count);
            if weight > best.0 {
                best = (weight, Some(place));
            }
        }
        next = if palette.len() < 256 && best.0 > NEGLIGIBLE { best.1 } else { None };
    }
    palette
}

fn key([red, green, blue]: [u8; 3]) -> usize {
    (usize::from(red >> 3) << 11) | (usize::from(green >> 2) << 5) | usize::from(blue >> 3)
}

/// How far two colours are apart; the eye sees green best.
fn distance(a: [u8; 3], b: [u8; 3]) -> u32 {
    let part = |index: usize| u32::from(a[index].abs_diff(b[index])).pow(2);
    2 * part(0) + 4 * part(1) + part(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixel([r, g, b]: [u8; 3]) -> Pixel {
        Pixel { r, g, b, a: 255 }
    }

    #[test]
    fn few_colours_are_kept_exactly() {
        let colors = [[255, 255, 255], [255, 255, 255], [0, 114, 178], [36, 41, 47]];
        let picture = indexed(&colors.map(pixel));
        let back: Vec<[u8; 3]> =
            picture.indices.iter().map(|index| picture.palette[usize::from(*index)]).collect();
        assert_eq!(back, colors);
    }

    #[test]
    fn many_colours_become_256_that_are_near() {
        let pixels: Vec<Pixel> = (0..=255_u8)
            .flat_map(|red| (0..=255_u8).step_by(8).map(move |green| pixel([red, green, 128])))
            .collect();
        let picture = indexed(&pixels);
        assert_eq!(picture.palette.len(), 256);
        let worst = pixels.iter().zip(&picture.indices).map(|(pixel, index)| {
            let near = picture.palette[usize::from(*index)];
            pixel.r.abs_diff(near[0]).max(pixel.g.abs_diff(near[1]))
        });
        assert!(worst.max() < Some(24));
    }
}
