//! A chart in letters: the canvas in braille dots, with values, times and names around it.

use std::fmt::Write;

use rrd_core::number::{to_index, truncate_to_u64};
use rrd_graph::{Bitmap, Chart, Color, Extent, Fonts, RasterError, Role};

const CLEAR: Color = Color::rgba(0, 0, 0, 0);
/// The colour of hatching.
const PALE: Color = Color::rgb(128, 128, 128);
/// Dots that are covered less than this are left out.
const FAINT: u8 = 96;

/// The chart as text for a terminal `columns` wide: coloured braille dots in `rows` lines, with
/// values and times around them.
///
/// # Errors
///
/// If `columns` and `rows` result in more pixels than a raster may have.
pub(crate) fn braille(
    chart: &Chart,
    fonts: &Fonts,
    columns: u16,
    rows: u16,
) -> Result<String, RasterError> {
    let labels = chart.value_labels(fonts, rows);
    let gutter = labels.iter().map(|(_, text)| text.chars().count()).max().unwrap_or(0) + 1;
    let gutter = u16::try_from(gutter).unwrap_or(u16::MAX);
    let cells = columns.saturating_sub(gutter.saturating_add(1)).max(4);
    let lines = rows.max(2);
    let dots = [Role::Back, Role::Canvas, Role::Grid, Role::MajorGrid]
        .into_iter()
        .fold(chart.clone(), |chart, role| chart.color(role, CLEAR))
        .extent(Extent::Bare)
        .size(u32::from(cells) * 2, u32::from(lines) * 4)
        .zoom(1.0)
        .hover(false)
        .hatch_unknown(false);
    let layout = dots.layout(fonts);
    let unknown = chart.unknown_shares(&layout);
    let bitmap = Bitmap::draw(&dots.scene(&layout, fonts), fonts)?;
    let (gutter, width) = (usize::from(gutter), usize::from(cells));
    let mut out = String::new();
    for title in chart.title_lines() {
        let _ = writeln!(out, "{title:^width$}", width = gutter + width);
    }
    for line in 0..lines {
        let share = (f64::from(line) + 0.5) / f64::from(lines);
        let label = labels.iter().find(|(at, _)| (at - share).abs() * f64::from(lines) <= 0.5);
        let _ = write!(out, "{:>gutter$}┤", label.map_or("", |(_, text)| text));
        write_cells(&mut out, &bitmap, usize::from(line), cells, &unknown);
        out.push('\n');
    }
    let _ = writeln!(out, "{:>gutter$}└{}", "", "─".repeat(width));
    let _ = writeln!(out, "{:indent$}{}", "", time_line(chart, fonts, cells), indent = gutter + 1);
    let names = dots.legend_names();
    for (Color { red, green, blue, .. }, name) in &names {
        let _ = write!(out, "  \x1b[38;2;{red};{green};{blue}m■\x1b[0m {name}");
    }
    if !names.is_empty() {
        out.push('\n');
    }
    Ok(out)
}

/// The labels of the time axis that fit beside each other.
fn time_line(chart: &Chart, fonts: &Fonts, cells: u16) -> String {
    let width = usize::from(cells);
    let mut line = vec![' '; width];
    let mut free = 0;
    for (share, text) in chart.time_labels(fonts, width) {
        let letters = text.chars().count();
        let half = f64::from(u32::try_from(letters).unwrap_or(u32::MAX)) / 2.0;
        let start = truncate_to_u64((share * f64::from(cells) - half).max(0.0));
        let start = to_index(start).unwrap_or(width).min(width.saturating_sub(letters));
        if start < free || start + letters > width {
            continue;
        }
        for (place, letter) in line.iter_mut().skip(start).zip(text.chars()) {
            *place = letter;
        }
        free = start + letters + 1;
    }
    line.into_iter().collect::<String>().trim_end().to_owned()
}

/// One line of cells, each two dots wide and four high.
fn write_cells(out: &mut String, bitmap: &Bitmap, line: usize, cells: u16, unknown: &[(f64, f64)]) {
    const DOTS: [[u32; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
    let mut last = None;
    for cell in 0..cells {
        let share = (f64::from(cell) + 0.5) / f64::from(cells);
        let is_unknown = unknown.iter().any(|(from, to)| (*from..*to).contains(&share));
        let mut bits = 0;
        // The dot that is covered most gives the colour: a mixture would not be in the legend.
        let mut strongest: Option<Color> = None;
        for (row, dots) in DOTS.iter().enumerate() {
            for (column, dot) in dots.iter().enumerate() {
                let pixel = bitmap.pixel(usize::from(cell) * 2 + column, line * 4 + row);
                let Some(pixel) = pixel.filter(|pixel| pixel.alpha >= FAINT) else { continue };
                bits |= dot;
                if strongest.is_none_or(|strongest| pixel.alpha >= strongest.alpha) {
                    strongest = Some(pixel);
                }
            }
        }
        let color = match strongest {
            Some(color) => color,
            None if is_unknown => PALE,
            None => {
                out.push(' ');
                continue;
            }
        };
        let color = (color.red, color.green, color.blue);
        if last != Some(color) {
            let _ = write!(out, "\x1b[38;2;{};{};{}m", color.0, color.1, color.2);
            last = Some(color);
        }
        out.push(if bits == 0 { '╱' } else { char::from_u32(0x2800 + bits).unwrap_or(' ') });
    }
    if last.is_some() {
        out.push_str("\x1b[0m");
    }
}
