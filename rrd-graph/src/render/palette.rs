//! A palette of at most 256 colours for a picture, so that each pixel is one byte. The flat colours
//! of a chart are exact; the shades of antialiased edges are close enough not to be noticed.

use std::cmp::Reverse;

use crate::number;

/// A shade farther than this from the palette gets a colour of its own (see [`Shades::distance`]):
/// between black and white that makes 25 steps, more than anyone sees along an edge.
const FAR: f32 = 700.0;

/// A colour whose pixel count times distance exceeds this gets an entry of its own, however close
/// it is: it is flat, not a shade.
const FLAT: f32 = 20_000.0;

/// Colours with at least this many pixels are chosen before others; the shades of edges are rarer.
const FREQUENT: u32 = 50;

/// Computes palettes; its buffers are reused from one picture to the next.
#[derive(Default)]
pub(crate) struct Quantizer {
    /// The hash table of colours, with their indices in `colors`.
    slots: Vec<(u32, u32)>,
    /// The shift that turns a hash into the number of a slot.
    shift: u32,
    colors: Vec<Counted>,
    /// The picture as runs of one colour: index of the colour and number of pixels.
    runs: Vec<(u32, u32)>,
    rows: Vec<Row>,
    /// The colours in the order of choosing: frequent ones first, the most frequent first of all.
    order: Vec<(Reverse<u32>, [u8; 4], u32)>,
}

/// No index: the slot is free.
const EMPTY: u32 = u32::MAX;

struct Counted {
    color: [u8; 4],
    count: u32,
    /// Its index in the palette.
    index: u8,
}

/// A row of the picture.
enum Row {
    /// Runs up to this one.
    Runs(usize),
    /// The same pixels as in the row above.
    Same,
}

impl Quantizer {
    /// The palette of a picture `width` pixels wide, row by row; opacity is ignored.
    pub(crate) fn palette(&mut self, pixels: &[[u8; 4]], width: usize) -> Vec<[u8; 3]> {
        self.runs(pixels, width);
        let all = || {
            let indexed = (0_u32..).zip(&self.colors);
            indexed.map(|(index, color)| (Reverse(color.count), color.color, index))
        };
        self.order.clear();
        self.order.extend(all().filter(|(count, ..)| count.0 >= FREQUENT));
        self.order.sort_unstable();
        self.order.extend(all().filter(|(count, ..)| count.0 < FREQUENT));
        let mut coarser = 1.0;
        loop {
            if let Some(palette) = self.choose(FAR * coarser, FLAT * coarser) {
                return palette;
            }
            coarser *= 2.0;
        }
    }

    /// Whether the picture that the palette was computed for is fully opaque.
    pub(crate) fn is_opaque(&self) -> bool {
        self.colors.iter().all(|color| color.color[3] == 255)
    }

    /// Appends each row as palette indices, preceded by the bytes of `lead`.
    pub(crate) fn indices(&self, width: usize, lead: &[u8], out: &mut Vec<u8>) {
        out.reserve((width + lead.len()) * self.rows.len());
        let mut start = 0;
        for row in &self.rows {
            match row {
                Row::Same => out.extend_from_within(out.len() - width - lead.len()..),
                Row::Runs(end) => {
                    out.extend_from_slice(lead);
                    for &(counted, length) in &self.runs[start..*end] {
                        let index = self.colors[number::index(counted)].index;
                        if length == 1 {
                            out.push(index);
                        } else {
                            out.resize(out.len() + number::index(length), index);
                        }
                    }
                    start = *end;
                }
            }
        }
    }

    /// Splits the picture into runs and counts its colours.
    fn runs(&mut self, pixels: &[[u8; 4]], width: usize) {
        self.colors.clear();
        self.runs.clear();
        self.rows.clear();
        self.grow(1 << 13);
        let mut above: &[[u8; 4]] = &[];
        let mut start = 0;
        for row in pixels.chunks_exact(width) {
            if row.as_flattened() == above.as_flattened() {
                self.rows.push(Row::Same);
            } else {
                start = self.runs.len();
                let mut rest = row;
                while let [color, ..] = rest {
                    let (same, after) = rest.split_at(run_length(rest));
                    let length = u32::try_from(same.len()).unwrap_or(u32::MAX);
                    let index = self.color_index(*color);
                    self.runs.push((index, length));
                    rest = after;
                }
                self.rows.push(Row::Runs(self.runs.len()));
                above = row;
            }
            for &(counted, length) in &self.runs[start..] {
                let color = &mut self.colors[number::index(counted)];
                color.count = color.count.saturating_add(length);
            }
        }
    }

    /// The index of a colour among those counted.
    fn color_index(&mut self, color: [u8; 4]) -> u32 {
        let key = u32::from_le_bytes(color);
        let slot = self.slot(key);
        let (_, index) = self.slots[slot];
        if index != EMPTY {
            return index;
        }
        let index = u32::try_from(self.colors.len()).unwrap_or(u32::MAX);
        self.slots[slot] = (key, index);
        self.colors.push(Counted { color, count: 0, index: 0 });
        if self.colors.len() * 2 > self.slots.len() {
            self.grow(self.slots.len() * 2);
        }
        index
    }

    /// The slot of a colour, or the free slot for it.
    fn slot(&self, key: u32) -> usize {
        // The upper bits of the product depend on all bits of the key.
        let mut slot = number::index(key.wrapping_mul(0x9e37_79b1) >> self.shift);
        while let Some(&(known, index)) = self.slots.get(slot) {
            if known == key || index == EMPTY {
                break;
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        slot
    }

    /// Makes room for half as many colours as there are slots, a power of two.
    fn grow(&mut self, slots: usize) {
        self.slots.clear();
        self.slots.resize(slots, (0, EMPTY));
        self.shift = 32 - slots.trailing_zeros().min(31);
        for index in 0..self.colors.len() {
            let key = u32::from_le_bytes(self.colors[index].color);
            let slot = self.slot(key);
            self.slots[slot] = (key, u32::try_from(index).unwrap_or(u32::MAX));
        }
    }

    /// Chooses the palette and sets each colour's index in it; `None` if 256 entries do not
    /// suffice.
    fn choose(&mut self, far: f32, flat: f32) -> Option<Vec<[u8; 3]>> {
        let mut palette = Vec::with_capacity(256);
        let mut shades = Shades::default();
        // The entry chosen last for colours with the same upper half of bits.
        let mut cells = vec![0_u8; 1 << 12];
        for &(Reverse(count), color, counted) in &self.order {
            let cell = &mut cells[cell(color)];
            let (mut index, mut distance) = (*cell, shades.distance(*cell, color));
            if distance > far / 4.0 {
                (index, distance) = shades.nearest(color);
            }
            if distance > far || distance * number::weight(count) > flat {
                index = u8::try_from(palette.len()).ok()?;
                let [red, green, blue, _] = color;
                palette.push([red, green, blue]);
                shades.set(index, color);
            }
            *cell = index;
            self.colors[number::index(counted)].index = index;
        }
        Some(palette)
    }
}

fn cell([red, green, blue, _]: [u8; 4]) -> usize {
    (usize::from(red >> 4) << 8) | (usize::from(green >> 4) << 4) | usize::from(blue >> 4)
}

/// Length of the run of equal pixels at the start.
fn run_length(pixels: &[[u8; 4]]) -> usize {
    let [color, next, after @ ..] = pixels else { return pixels.len() };
    // At an edge every pixel differs.
    if next != color {
        return 1;
    }
    let (groups, rest) = after.as_chunks();
    let same = groups.iter().take_while(|group| **group == [*color; LANES]).count();
    let rest = groups.get(same).map_or(rest, <[_; LANES]>::as_slice);
    2 + same * LANES + rest.iter().take_while(|pixel| *pixel == color).count()
}

/// Number of colours that are compared at once.
const LANES: usize = 8;

/// The colours of a palette, component by component, which suits SIMD instructions.
struct Shades {
    red: [[f32; LANES]; 256 / LANES],
    green: [[f32; LANES]; 256 / LANES],
    blue: [[f32; LANES]; 256 / LANES],
    /// Number of groups in use.
    used: usize,
}

impl Default for Shades {
    fn default() -> Self {
        // Unused entries are farther from every colour than any colour is.
        let nowhere = [[10_000.0; LANES]; 256 / LANES];
        Self { red: nowhere, green: nowhere, blue: nowhere, used: 0 }
    }
}

impl Shades {
    fn set(&mut self, index: u8, [red, green, blue, _]: [u8; 4]) {
        let (group, lane) = (usize::from(index) / LANES, usize::from(index) % LANES);
        self.red[group][lane] = f32::from(red);
        self.green[group][lane] = f32::from(green);
        self.blue[group][lane] = f32::from(blue);
        self.used = group + 1;
    }

    /// Distance of a colour from a palette entry: the sum of the squared differences of the
    /// components, weighted 2 for red, 4 for green and 1 for blue, like the eye's sensitivity.
    fn distance(&self, index: u8, [red, green, blue, _]: [u8; 4]) -> f32 {
        let (group, lane) = (usize::from(index) / LANES, usize::from(index) % LANES);
        let red = self.red[group][lane] - f32::from(red);
        let green = self.green[group][lane] - f32::from(green);
        let blue = self.blue[group][lane] - f32::from(blue);
        2.0 * red * red + 4.0 * green * green + blue * blue
    }

    /// The nearest entry and its distance.
    fn nearest(&self, [red, green, blue, _]: [u8; 4]) -> (u8, f32) {
        let (red, green, blue) = (f32::from(red), f32::from(green), f32::from(blue));
        let mut least = [f32::MAX; LANES];
        let mut groups = [0_u32; LANES];
        let shades = self.red.iter().zip(&self.green).zip(&self.blue);
        for (group, ((reds, greens), blues)) in (0_u32..).zip(shades.take(self.used)) {
            for lane in 0..LANES {
                let (red, green, blue) =
                    (reds[lane] - red, greens[lane] - green, blues[lane] - blue);
                let distance = 2.0 * red * red + 4.0 * green * green + blue * blue;
                let nearer = distance < least[lane];
                least[lane] = if nearer { distance } else { least[lane] };
                groups[lane] = if nearer { group } else { groups[lane] };
            }
        }
        let mut best = (0, f32::MAX);
        for ((lane, distance), group) in (0_u32..).zip(least).zip(groups) {
            if distance < best.1 {
                best = (u8::try_from(group * 8 + lane).unwrap_or(0), distance);
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The picture decoded from its palette.
    fn through(pixels: &[[u8; 4]], width: usize) -> (usize, Vec<[u8; 3]>) {
        let mut quantizer = Quantizer::default();
        let palette = quantizer.palette(pixels, width);
        let mut indices = Vec::new();
        quantizer.indices(width, &[], &mut indices);
        let back = indices.iter().map(|index| palette[usize::from(*index)]).collect();
        (palette.len(), back)
    }

    fn opaque([red, green, blue]: [u8; 3]) -> [u8; 4] {
        [red, green, blue, 255]
    }

    #[test]
    fn flat_colours_are_kept_exactly_however_near_they_are() {
        let colors = [[255, 255, 255], [253, 253, 253], [0, 114, 178], [36, 41, 47]];
        let pixels: Vec<_> = colors.iter().flat_map(|color| [opaque(*color); 1000]).collect();
        let (count, back) = through(&pixels, 100);
        assert_eq!(count, 4);
        assert!(pixels.iter().zip(&back).all(|(pixel, back)| pixel[..3] == *back));
    }

    #[test]
    fn shades_that_look_the_same_share_a_colour() {
        let mut pixels = vec![opaque([0, 0, 0]); 500];
        pixels.extend((0..=255).map(|shade| opaque([shade, shade, shade])));
        pixels.extend([opaque([255, 255, 255]); 500]);
        let (count, back) = through(&pixels, 8);
        assert!((16..64).contains(&count), "{count}");
        let worst = pixels.iter().zip(&back).map(|(pixel, back)| pixel[0].abs_diff(back[0])).max();
        assert!(worst <= Some(10), "{worst:?}");
    }

    #[test]
    fn many_colours_become_256_that_are_near() {
        let pixels: Vec<_> = (0..=255_u8)
            .flat_map(|red| (0..=255_u8).step_by(8).map(move |green| opaque([red, green, 128])))
            .collect();
        let (count, back) = through(&pixels, 32);
        assert!(count <= 256);
        let worst = pixels
            .iter()
            .zip(&back)
            .map(|(pixel, back)| pixel[0].abs_diff(back[0]).max(pixel[1].abs_diff(back[1])));
        assert!(worst.max() < Some(32));
    }

    #[test]
    fn a_picture_with_more_colours_than_slots_keeps_them_apart() {
        let pixels: Vec<_> = (0..100_u8)
            .flat_map(|red| (0..100_u8).map(move |green| opaque([red * 2, green * 2, 0])))
            .collect();
        let mut quantizer = Quantizer::default();
        quantizer.runs(&pixels, 100);
        assert_eq!(quantizer.colors.len(), 10_000);
        assert!(quantizer.colors.iter().all(|color| color.count == 1));
    }

    #[test]
    fn rows_follow_their_leading_bytes_and_what_went_before_leaves_no_trace() {
        let (a, b) = (opaque([1, 2, 3]), opaque([200, 0, 0]));
        let mut quantizer = Quantizer::default();
        assert_eq!(quantizer.palette(&[b; 64], 8), [[200, 0, 0]]);
        assert_eq!(quantizer.palette(&[a, a, a, a, a, b], 2), [[1, 2, 3], [200, 0, 0]]);
        let mut rows = Vec::new();
        quantizer.indices(2, &[9], &mut rows);
        assert_eq!(rows, [9, 0, 0, 9, 0, 0, 9, 0, 1]);
    }

    #[test]
    fn what_shows_through_is_noticed() {
        let mut quantizer = Quantizer::default();
        for (alpha, opaque) in [(255, true), (254, false), (0, false)] {
            quantizer.palette(&[[0, 0, 0, 255], [0, 0, 0, alpha]], 2);
            assert_eq!(quantizer.is_opaque(), opaque, "{alpha}");
        }
    }
}
