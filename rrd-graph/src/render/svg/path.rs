//! Writes numbers and paths in as few bytes as possible: tenths of a pixel, relative to the
//! previous point. Most of a picture consists of these.

use rrd_core::number::fixed;

use crate::scene::{PARTS, Point, Rect};

/// The text of a number of tenths below a hundred pixels, and its length.
struct Short {
    text: [u8; 4],
    length: u8,
}

/// All of them: nearly every step of a path is one.
static SHORT: [Short; 1000] = {
    const NONE: Short = Short { text: [0; 4], length: 0 };
    let mut all = [NONE; 1000];
    let mut tenths: u16 = 0;
    while tenths < 1000 {
        let (whole, rest) = (tenths / 10, tenths % 10);
        let short = &mut all[tenths as usize];
        if whole >= 10 {
            short.put(whole / 10);
        }
        if whole > 0 || rest == 0 {
            short.put(whole % 10);
        }
        if rest > 0 {
            short.text[short.length as usize] = b'.';
            short.length += 1;
            short.put(rest);
        }
        tenths += 1;
    }
    all
};

impl Short {
    const fn put(&mut self, digit: u16) {
        self.text[self.length as usize] = b'0' + digit.to_le_bytes()[0];
        self.length += 1;
    }
}

/// Limit on the bytes of a step: its command and two numbers, each with a blank or a sign.
const STEP: usize = 32;
/// Limit on the bytes of a number with its blank or sign.
const NUMBER: usize = 12;

/// Text under construction.
struct PathText<'l> {
    text: &'l mut [u8; STEP],
    length: usize,
}

impl<'l> PathText<'l> {
    /// The text after the first `end` bytes of a buffer with room for a step.
    fn after(memory: &'l mut [u8], end: usize) -> Option<Self> {
        let text = memory.get_mut(end..)?.first_chunk_mut()?;
        Some(Self { text, length: 0 })
    }

    fn put(&mut self, letter: u8) {
        if let Some(slot) = self.text.get_mut(self.length) {
            *slot = letter;
        }
        self.length += 1;
    }

    /// Tenths as the shortest decimal: `12.5`, `-.3`, `7`.
    fn number(&mut self, tenths: i32) {
        if tenths < 0 {
            self.put(b'-');
        }
        let rest = tenths.unsigned_abs();
        let short = usize::try_from(rest).ok().and_then(|rest| SHORT.get(rest));
        match (short, self.text.get_mut(self.length..self.length + 4)) {
            (Some(short), Some(slot)) => {
                slot.copy_from_slice(&short.text);
                self.length += usize::from(short.length);
            }
            _ => self.long(rest),
        }
    }

    #[cold]
    fn long(&mut self, tenths: u32) {
        let mut unit = 1_000_000_000;
        while unit > 1 {
            if tenths >= unit {
                self.put(b'0' + u8::try_from(tenths / unit % 10).unwrap_or(0));
            }
            unit /= 10;
        }
        if !tenths.is_multiple_of(10) {
            self.put(b'.');
            self.put(b'0' + u8::try_from(tenths % 10).unwrap_or(0));
        }
    }

    /// Appends a number after another, with a blank if it is needed to separate them.
    fn next_number(&mut self, tenths: i32) {
        if tenths >= 0 {
            self.put(b' ');
        }
        self.number(tenths);
    }
}

/// Appends a path through points, as relative steps in tenths of a pixel. `memory` is a scratch
/// buffer.
pub(super) fn push_path(
    out: &mut String,
    memory: &mut Vec<u8>,
    mut points: impl ExactSizeIterator<Item = Point>,
) {
    memory.resize((points.len() + 1) * STEP, 0);
    let Some(first) = points.next() else { return };
    let Some(mut text) = PathText::after(memory, 0) else { return };
    let mut at = (in_tenths(first.0), in_tenths(first.1));
    text.put(b'M');
    text.number(at.0);
    text.next_number(at.1);
    let mut end = text.length;
    let mut kind = b'M';
    for point in points {
        let to = (in_tenths(point.0), in_tenths(point.1));
        let (dx, dy) = (to.0 - at.0, to.1 - at.1);
        at = to;
        let (next, distance) = match (dx, dy) {
            (0, 0) => continue,
            (_, 0) => (b'h', dx),
            (0, _) => (b'v', dy),
            _ => (b'l', dx),
        };
        let Some(mut text) = PathText::after(memory, end) else { break };
        if next == kind {
            text.next_number(distance);
        } else {
            text.put(next);
            text.number(distance);
            kind = next;
        }
        if next == b'l' {
            text.next_number(dy);
        }
        end += text.length;
    }
    out.push_str(memory.get(..end).and_then(|text| str::from_utf8(text).ok()).unwrap_or_default());
}

fn in_tenths(parts: i32) -> i32 {
    let scaled = i64::from(parts) * 10 + i64::from(PARTS / 2);
    i32::try_from(scaled.div_euclid(i64::from(PARTS))).unwrap_or(i32::MAX)
}

/// Appends 64ths of a pixel as tenths.
pub(super) fn push_tenths(out: &mut String, parts: i32) {
    push_decimal(out, in_tenths(parts));
}

fn push_decimal(out: &mut String, tenths: i32) {
    let mut text = PathText { text: &mut [0; STEP], length: 0 };
    text.number(tenths);
    let text = text.text.get(..text.length.min(NUMBER));
    out.push_str(text.and_then(|text| str::from_utf8(text).ok()).unwrap_or_default());
}

/// Appends an attribute, as ` name="12.5"`.
pub(super) fn push_attribute(out: &mut String, name: &str, parts: i32) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    push_tenths(out, parts);
    out.push('"');
}

/// Appends the position and size of a rectangle.
pub(super) fn push_rectangle(out: &mut String, slot: Rect) {
    out.push_str("<rect");
    push_attribute(out, "x", slot.left);
    push_attribute(out, "y", slot.top);
    push_attribute(out, "width", slot.right - slot.left);
    push_attribute(out, "height", slot.bottom - slot.top);
}

/// Appends a number with at most three decimals.
pub(super) fn push_short(out: &mut String, number: f64) {
    let start = out.len();
    fixed(number, 3).push_to(out);
    let text = out.get(start..).unwrap_or_default();
    let length = text.trim_end_matches('0').trim_end_matches('.').len();
    out.truncate(start + length);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenths_are_the_shortest_decimals() {
        let some = [0, 1, 10, 99, 100, 999, 1000, 1001, 9999, 12_345, 700_000, i32::MAX];
        for tenths in (0..1100).chain(some).flat_map(|tenths| [tenths, -tenths]).chain([i32::MIN]) {
            let mut text = String::new();
            push_decimal(&mut text, tenths);
            assert_eq!(text.parse(), Ok(f64::from(tenths) / 10.0), "{text}");
            let text = text.trim_start_matches('-');
            let zero = text.starts_with('0') && text != "0";
            assert!(!text.ends_with(".0") && !zero, "{text}");
        }
    }

    #[test]
    fn a_path_is_steps_between_points_with_no_more_blanks_than_it_needs() {
        let mut text = String::new();
        let points = [(64, 0), (128, 0), (192, 0), (192, -32), (224, 32), (256, 64)];
        push_path(&mut text, &mut Vec::new(), points.into_iter());
        assert_eq!(text, "M1 0h1 1v-.5l.5 1 .5 .5");
    }

    #[test]
    fn a_path_goes_as_far_as_a_picture_reaches() {
        let mut text = String::new();
        let (low, high) = ((i32::MIN, i32::MIN), (i32::MAX, i32::MAX));
        push_path(&mut text, &mut Vec::new(), [low, high, low].into_iter());
        assert_eq!(text, "M-33554432-33554432l67108864 67108864-67108864-67108864");
    }

    #[test]
    fn numbers_lose_the_zeros_at_their_end() {
        let mut text = String::new();
        for number in [1.5, 0.0, 200.0, 0.4, 0.1235] {
            push_short(&mut text, number);
            text.push(' ');
        }
        assert_eq!(text, "1.5 0 200 0.4 0.123 ");
    }
}
