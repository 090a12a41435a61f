//! A palette of at most 256 colours for a picture, so that each pixel is one byte: the flat colours of a chart exactly,
//! the shades of its smoothed edges nearly.

/// The picture as indices into a palette.
pub(crate) struct Indexed {
    pub(crate) palette: Vec<[u8; 3]>,
    pub(crate) indices: Vec<u8>,
}

/// Colours that share the upper five or six bits of each part count as one.
struct Bin {
    count: u32,
    color: [u8; 3],
    nearest: u8,
    distance: u32,
}

/// The palette of opaque pixels.
pub(crate) fn indexed(pixels: &[[u8; 4]]) -> Indexed {
    let mut places = vec![u16::MAX; 1 << 16];
    let mut bins: Vec<Bin> = Vec::new();
    let mut votes: Vec<u32> = Vec::new();
    for run in pixels.chunk_by(|a, b| a == b) {
        let Some(&[red, green, blue, _]) = run.first() else { continue };
        let length = u32::try_from(run.len()).unwrap_or(u32::MAX);
        let color = [red, green, blue];
        let place = &mut places[key(color)];
        if *place == u16::MAX {
            *place = u16::try_from(bins.len()).unwrap_or(u16::MAX - 1);
            bins.push(Bin { count: 0, color, nearest: 0, distance: u32::MAX });
            votes.push(0);
        }
        let index = usize::from(*place);
        if let (Some(bin), Some(vote)) = (bins.get_mut(index), votes.get_mut(index)) {
            bin.count = bin.count.saturating_add(length);
            // The colour with the majority stands for the bin.
            if bin.color == color {
                *vote = vote.saturating_add(length);
            } else if *vote >= length {
                *vote -= length;
            } else {
                *vote = length - *vote;
                bin.color = color;
            }
        }
    }
    let palette = chosen(&mut bins);
    let mut indices = Vec::with_capacity(pixels.len());
    for run in pixels.chunk_by(|a, b| a == b) {
        let Some(&[red, green, blue, _]) = run.first() else { continue };
        let place = places[key([red, green, blue])];
        let index = bins.get(usize::from(place)).map_or(0, |bin| bin.nearest);
        indices.resize(indices.len() + run.len(), index);
    }
    Indexed { palette, indices }
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
        next = if palette.len() < 256 { best.1 } else { None };
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

    #[test]
    fn few_colours_are_kept_exactly() {
        let pixels =
            [[255, 255, 255, 255], [255, 255, 255, 255], [0, 114, 178, 255], [36, 41, 47, 255]];
        let picture = indexed(&pixels);
        let back: Vec<[u8; 3]> =
            picture.indices.iter().map(|index| picture.palette[usize::from(*index)]).collect();
        assert_eq!(back, [[255, 255, 255], [255, 255, 255], [0, 114, 178], [36, 41, 47]]);
    }

    #[test]
    fn many_colours_become_256_that_are_near() {
        let pixels: Vec<[u8; 4]> = (0..=255_u8)
            .flat_map(|red| (0..=255_u8).step_by(8).map(move |green| [red, green, 128, 255]))
            .collect();
        let picture = indexed(&pixels);
        assert_eq!(picture.palette.len(), 256);
        let worst = pixels.iter().zip(&picture.indices).map(|(pixel, index)| {
            let near = picture.palette[usize::from(*index)];
            pixel[0].abs_diff(near[0]).max(pixel[1].abs_diff(near[1]))
        });
        assert!(worst.max() < Some(24));
    }
}
