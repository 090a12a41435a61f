//! Terminals: the canvas in braille dots with its labels, or the whole picture for terminals that
//! can display pictures.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Render;
use super::palette::Quantizer;
use super::pixel::Pixel;
use super::png::{Png, separate};
use super::raster::{Raster, RasterError};
use crate::chart::{Chart, Extent};
use crate::color::Color;
use crate::font::Fonts;
use crate::layout::Layout;
use crate::legend::plain;
use crate::number;
use crate::scene::Scene;
use crate::stack::unknown_stretches;
use crate::theme::Role;

/// The picture as sixels, for terminals that answer a request for their attributes with `4`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sixel;

impl Render for Sixel {
    type Error = RasterError;

    fn render(&self, scene: &Scene, fonts: &Fonts) -> Result<Vec<u8>, RasterError> {
        let mut raster = Raster::default();
        raster.draw(scene, fonts, true)?;
        let mut quantizer = Quantizer::default();
        let palette = quantizer.palette(raster.bytes(), raster.width);
        let mut indices = Vec::new();
        quantizer.indices(raster.width, &[], &mut indices);
        let mut out = format!("\x1bPq\"1;1;{};{}", raster.width, raster.height);
        for (index, [red, green, blue]) in palette.iter().enumerate() {
            let share = |part: u8| (u16::from(part) * 100 + 127) / 255;
            let _ = write!(out, "#{index};2;{};{};{}", share(*red), share(*green), share(*blue));
        }
        for band in indices.chunks(raster.width.max(1) * 6) {
            let mut used = [false; 256];
            for index in band {
                used[usize::from(*index)] = true;
            }
            for color in (0..=255_u8).filter(|color| used[usize::from(*color)]) {
                let _ = write!(out, "#{color}");
                sixels(&mut out, band, raster.width, color);
                out.push('$');
            }
            out.push('-');
        }
        out.push_str("\x1b\\\n");
        Ok(out.into_bytes())
    }
}

/// The sixels of one colour in six rows, run-length encoded.
fn sixels(out: &mut String, band: &[u8], width: usize, color: u8) {
    let sixel = |column: usize| {
        (0..6).fold(0_u8, |bits, row| {
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

/// The picture for terminals that support kitty's graphics protocol.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kitty;

impl Render for Kitty {
    type Error = RasterError;

    fn render(&self, scene: &Scene, fonts: &Fonts) -> Result<Vec<u8>, RasterError> {
        let png = STANDARD.encode(Png::default().render(scene, fonts)?);
        let mut out = String::with_capacity(png.len() + 256);
        let mut chunks = png.as_bytes().chunks(4096).peekable();
        let mut control = "a=T,f=100,";
        while let Some(chunk) = chunks.next() {
            let more = u8::from(chunks.peek().is_some());
            let text = String::from_utf8_lossy(chunk);
            let _ = write!(out, "\x1b_G{control}m={more};{text}\x1b\\");
            control = "";
        }
        out.push('\n');
        Ok(out.into_bytes())
    }
}

impl Chart {
    /// The chart as text for a terminal `columns` wide: coloured braille dots with values and times
    /// around them.
    ///
    /// # Errors
    ///
    /// If `columns` and `rows` result in more pixels than a raster may have.
    pub fn to_braille(&self, columns: u16, rows: u16) -> Result<String, RasterError> {
        let fonts = Fonts::new();
        let labels = self.plain_labels(&fonts, rows);
        let gutter = labels.iter().map(|(_, text)| text.chars().count()).max().unwrap_or(0) + 1;
        let cells = usize::from(columns).saturating_sub(gutter + 1).max(4);
        let lines = usize::from(rows).max(2);
        let side =
            |cells: usize, dots: u32| u32::try_from(cells).unwrap_or(u32::MAX).saturating_mul(dots);
        let dots = Self {
            extent: Extent::Bare,
            width: side(cells, 2),
            height: side(lines, 4),
            zoom: 1.0,
            hover: false,
            hatch_unknown: false,
            ..self.clone()
        }
        .color(Role::Back, Color::rgba(0, 0, 0, 0))
        .color(Role::Canvas, Color::rgba(0, 0, 0, 0))
        .color(Role::Grid, Color::rgba(0, 0, 0, 0))
        .color(Role::MajorGrid, Color::rgba(0, 0, 0, 0));
        let layout = dots.layout(&fonts);
        let unknown = self.unknown_cells(&layout, cells);
        let scene = dots.scene(&layout, &fonts);
        let mut raster = Raster::default();
        raster.draw(&scene, &fonts, true)?;
        let mut out = String::new();
        for title in &self.title {
            let _ = writeln!(out, "{:^width$}", title, width = gutter + cells);
        }
        for line in 0..lines {
            let share = (number::float(line) + 0.5) / number::float(lines);
            let label =
                labels.iter().find(|(at, _)| (at - share).abs() * number::float(lines) <= 0.5);
            let _ = write!(out, "{:>width$}┤", label.map_or("", |(_, text)| text), width = gutter);
            cells_of(&mut out, raster.pixels(), raster.width, line, &unknown);
            out.push('\n');
        }
        let _ = writeln!(out, "{:>gutter$}└{}", "", "─".repeat(cells));
        out.push_str(&self.time_line(&fonts, gutter + 1, cells));
        self.names(&mut out, &dots);
        Ok(out)
    }

    /// Which cells of a line are to be marked as unknown.
    fn unknown_cells(&self, layout: &Layout, cells: usize) -> Vec<bool> {
        let stretches =
            if self.hatch_unknown { unknown_stretches(self, &layout.layers) } else { Vec::new() };
        let span = layout.time.span();
        let length = number::seconds(span.end.seconds() - span.start.seconds());
        let moment = |cell: usize| {
            let share = (number::float(cell) + 0.5) / number::float(cells);
            span.start.seconds() + number::whole_seconds(length * share)
        };
        (0..cells)
            .map(|cell| stretches.iter().any(|(from, to)| (*from..*to).contains(&moment(cell))))
            .collect()
    }

    /// The labels of the value axis, each with its distance from the top as a share of the canvas
    /// height.
    fn plain_labels(&self, fonts: &Fonts, rows: u16) -> Vec<(f64, String)> {
        // Thirteen pixels per label are as dense as lines of text.
        let tall = Self {
            extent: Extent::Canvas,
            width: 400,
            height: u32::from(rows).saturating_mul(13),
            ..self.clone()
        };
        let layout = tall.layout(fonts);
        let value = &layout.value;
        layout
            .value_ticks
            .major
            .iter()
            .map(|(at, text)| (1.0 - value.share(*at), text.clone()))
            .collect()
    }

    fn time_line(&self, fonts: &Fonts, indent: usize, cells: usize) -> String {
        let layout = self.layout(fonts);
        let width = number::float(cells);
        let letter = |text: &str| number::float(text.chars().count());
        let ticks = layout.time.ticks(&self.time_grid, width * 7.0, |text| letter(text) * 7.0);
        let mut line: Vec<char> = vec![' '; cells];
        let mut free = 0;
        for label in ticks.labels {
            let middle = layout.time.share(number::seconds(label.at)) * width;
            let length = label.text.chars().count();
            let start = number::count((middle - letter(&label.text) / 2.0).max(0.0));
            let start = start.min(cells.saturating_sub(length));
            if start < free || start + length > cells {
                continue;
            }
            for (cell, letter) in line.iter_mut().skip(start).zip(label.text.chars()) {
                *cell = letter;
            }
            free = start + length + 1;
        }
        let line: String = line.into_iter().collect();
        format!("{:indent$}{}\n", "", line.trim_end())
    }

    /// The legend: a coloured mark and a name for each named element.
    fn names(&self, out: &mut String, dots: &Self) {
        let inks = dots.element_inks();
        let mut any = false;
        for (element, ink) in self.elements.iter().zip(inks) {
            let name = element.legend_text();
            if let (Some(ink), false) = (ink, name.is_empty()) {
                let Color { red, green, blue, .. } = ink.color;
                let _ = write!(out, "  \x1b[38;2;{red};{green};{blue}m■\x1b[0m {}", plain(name));
                any = true;
            }
        }
        if any {
            out.push('\n');
        }
    }
}

/// One line of cells, each two dots wide and four dots high.
fn cells_of(out: &mut String, pixels: &[Pixel], width: usize, line: usize, unknown: &[bool]) {
    const DOTS: [[u32; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
    const PALE: [u8; 3] = [128, 128, 128];
    let mut last: Option<[u8; 3]> = None;
    for (cell, unknown) in unknown.iter().enumerate() {
        let mut bits = 0;
        // The dot with the highest coverage determines the colour: a mixture would not match the
        // legend.
        let mut strongest = Pixel { r: 0, g: 0, b: 0, a: 0 };
        for (row, dots) in DOTS.iter().enumerate() {
            for (column, dot) in dots.iter().enumerate() {
                let index = (line * 4 + row) * width + cell * 2 + column;
                let Some(pixel) = pixels.get(index).copied().filter(|pixel| pixel.a >= 96) else {
                    continue;
                };
                bits |= dot;
                if pixel.a >= strongest.a {
                    strongest = pixel;
                }
            }
        }
        if bits == 0 && !unknown {
            out.push(' ');
            continue;
        }
        let [red, green, blue, _] = separate(strongest);
        let color = if bits == 0 { PALE } else { [red, green, blue] };
        if last != Some(color) {
            let _ = write!(out, "\x1b[38;2;{};{};{}m", color[0], color[1], color[2]);
            last = Some(color);
        }
        out.push(if bits == 0 { '╱' } else { char::from_u32(0x2800 + bits).unwrap_or(' ') });
    }
    if last.is_some() {
        out.push_str("\x1b[0m");
    }
}
