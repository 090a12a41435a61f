//! Pictures as sixels: columns of six pixels in one colour.

use std::fmt::Write;

use rrd_graph::Bitmap;

/// The rows of a sixel.
const ROWS: usize = 6;

/// A picture for terminals that answer with `4` to a request for their attributes.
pub(crate) fn sixels(bitmap: &Bitmap) -> String {
    let (width, height) = (bitmap.width(), bitmap.height());
    let (palette, pixels) = bitmap.indexed();
    let mut out = format!("\x1bPq\"1;1;{width};{height}");
    for (index, [red, green, blue]) in palette.iter().enumerate() {
        let share = |part: u8| (u16::from(part) * 100 + 127) / 255;
        let _ = write!(out, "#{index};2;{};{};{}", share(*red), share(*green), share(*blue));
    }
    for band in pixels.chunks(width.max(1) * ROWS) {
        let mut used = [false; 256];
        for index in band {
            used[usize::from(*index)] = true;
        }
        for color in (0..=255_u8).filter(|color| used[usize::from(*color)]) {
            let _ = write!(out, "#{color}");
            paint(&mut out, band, width, color);
            out.push('$');
        }
        out.push('-');
    }
    out.push_str("\x1b\\\n");
    out
}

/// The sixels of one colour in a band of six rows, equal ones counted.
fn paint(out: &mut String, band: &[u8], width: usize, color: u8) {
    let sixel = |column: usize| {
        (0..ROWS).fold(0_u8, |bits, row| {
            let set = band.get(row * width + column) == Some(&color);
            if set { bits | 1 << row } else { bits }
        })
    };
    let mut column = 0;
    while column < width {
        let bits = sixel(column);
        let run = (column..width).take_while(|next| sixel(*next) == bits).count().max(1);
        let letter = char::from(b'?' + bits);
        if run > 3 {
            let _ = write!(out, "!{run}{letter}");
        } else {
            out.extend(std::iter::repeat_n(letter, run));
        }
        column += run;
    }
}
