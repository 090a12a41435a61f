//! A chart in letters: the canvas in braille dots, with unit, values, times and names around it.
//! Letters in the curves and before their names tell them apart without colours.

use std::fmt::Write;

use rrd_core::number::{to_index, truncate_to_u64};
use rrd_graph::{Bitmap, Chart, Color, Extent, Fonts, RasterError, Role};

const CLEAR: Color = Color::rgba(0, 0, 0, 0);
/// The colour of hatching.
const PALE: Color = Color::rgb(128, 128, 128);
/// Dots that are covered less than this are left out.
const DOT: u8 = 96;
/// A cell without dots is shaded if this many are covered more than this: extremes around a curve.
const SHADE: u8 = 24;
const SHADED: usize = 3;
/// The letters of curves.
const KEYS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The size of a picture in letters, and whether it may have colours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page {
    /// The letters of a line.
    pub(crate) columns: u16,
    /// The lines of the canvas.
    pub(crate) rows: u16,
    pub(crate) has_colors: bool,
}

/// The chart as text: braille dots in `rows` lines, with unit, values, times and names around them.
/// No line is longer than `columns`, if there are at least 16.
///
/// # Errors
///
/// If `columns` and `rows` result in more pixels than a raster may have.
pub(crate) fn braille(chart: &Chart, fonts: &Fonts, page: Page) -> Result<String, RasterError> {
    let lines = page.rows.max(2);
    let (unit, labels) = chart.value_axis(fonts, lines);
    let gutter = labels.iter().map(|(_, text)| text.chars().count()).max().unwrap_or(0) + 1;
    let gutter = u16::try_from(gutter).unwrap_or(u16::MAX);
    let cells = page.columns.saturating_sub(gutter.saturating_add(1)).max(4);
    let dots = [Role::Back, Role::Canvas, Role::Grid, Role::MajorGrid]
        .into_iter()
        .fold(chart.clone(), |chart, role| chart.color(role, CLEAR))
        .extent(Extent::Bare)
        .size(u32::from(cells) * 2, u32::from(lines) * 4)
        .zoom(1.0)
        .hatch_unknown(false);
    let layout = dots.layout(fonts);
    let unknown = chart.unknown_shares(&layout);
    let bitmap = Bitmap::draw(&dots.scene(&layout, fonts), fonts)?;
    let (gutter, width, height) = (usize::from(gutter), usize::from(cells), usize::from(lines));
    let names = dots.legend_names();
    let marks = dots.name_cells(&layout, width, height);

    let mut out = String::new();
    for title in chart.title_lines() {
        let title = format!("{:^width$}", cut(title, gutter + width), width = gutter + width);
        let _ = writeln!(out, "{}", title.trim_end());
    }
    if !unit.is_empty() {
        let _ = writeln!(out, "{:>gutter$}", cut(&unit, gutter + width));
    }
    // The line of a value; the one below the last is that of the time axis.
    let line_of = |share: f64| to_index(truncate_to_u64(share * f64::from(lines)));
    let label = |line: usize| {
        let label = labels.iter().find(|(share, _)| line_of(*share + 1e-9) == Some(line));
        label.map_or("", |(_, text)| text)
    };
    for line in 0..height {
        let mut cells = canvas_line(&bitmap, line, width, &unknown);
        for (column, _, name) in marks.iter().filter(|mark| mark.1 == line) {
            let key = KEYS.chars().nth(*name).zip(names.get(*name));
            if let (Some(cell), Some((key, (color, _)))) = (cells.get_mut(*column), key) {
                *cell = Cell { letter: key, color: Some(*color) };
            }
        }
        let _ = write!(out, "{:>gutter$}┤", label(line));
        write_cells(&mut out, &cells, page.has_colors);
        out.push('\n');
    }
    let _ = writeln!(out, "{:>gutter$}└{}", label(height), "─".repeat(width));
    let _ = writeln!(out, "{:indent$}{}", "", time_line(chart, fonts, cells), indent = gutter + 1);
    let keyed = |name: usize| marks.iter().any(|mark| mark.2 == name);
    let mut filled = 0;
    for (place, (color, name)) in names.iter().enumerate() {
        let key = KEYS.chars().nth(place).filter(|_| keyed(place));
        let mut cells = vec![Cell { letter: '■', color: Some(*color) }];
        cells.extend(key.map(|letter| Cell { letter, color: Some(*color) }));
        let line = gutter + 1 + width;
        let name = cut(name, line.saturating_sub(3 + cells.len()));
        let length = 2 + cells.len() + 1 + name.chars().count();
        if filled > 0 && filled + length > line {
            out.push('\n');
            filled = 0;
        }
        out.push_str("  ");
        write_cells(&mut out, &cells, page.has_colors);
        let _ = write!(out, " {name}");
        filled += length;
    }
    if filled > 0 {
        out.push('\n');
    }
    Ok(out)
}

/// A text of at most this many letters.
fn cut(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    text.chars().take(letters.saturating_sub(1)).chain(['…']).collect()
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

/// A letter of the picture; blanks have no colour.
#[derive(Clone, Copy)]
struct Cell {
    letter: char,
    color: Option<Color>,
}

/// One line of the canvas; each cell is two dots wide and four high.
fn canvas_line(bitmap: &Bitmap, line: usize, cells: usize, unknown: &[(f64, f64)]) -> Vec<Cell> {
    const DOTS: [[u32; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
    let share = |cell: usize| {
        let float = |count| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        (float(cell) + 0.5) / float(cells)
    };
    let filled = |cell: usize| {
        let (mut bits, mut covered) = (0, 0);
        // The dot that is covered most gives the colour: a mixture would not be in the legend.
        let mut strongest: Option<Color> = None;
        for (row, dots) in DOTS.iter().enumerate() {
            for (column, dot) in dots.iter().enumerate() {
                let pixel = bitmap.pixel(cell * 2 + column, line * 4 + row);
                let Some(pixel) = pixel.filter(|pixel| pixel.alpha >= SHADE) else { continue };
                covered += 1;
                if pixel.alpha >= DOT {
                    bits |= dot;
                }
                if strongest.is_none_or(|strongest| pixel.alpha >= strongest.alpha) {
                    strongest = Some(pixel);
                }
            }
        }
        let letter = match (strongest, bits) {
            (Some(_), 0) if covered >= SHADED => '░',
            (Some(_), bits) if bits > 0 => char::from_u32(0x2800 + bits).unwrap_or(' '),
            _ if unknown.iter().any(|(from, to)| (*from..*to).contains(&share(cell))) => '╱',
            _ => return Cell { letter: ' ', color: None },
        };
        let opaque = strongest.filter(|_| letter != '╱').map(|color| Color { alpha: 255, ..color });
        Cell { letter, color: Some(opaque.unwrap_or(PALE)) }
    };
    (0..cells).map(filled).collect()
}

fn write_cells(out: &mut String, cells: &[Cell], has_colors: bool) {
    let mut last = None;
    for Cell { letter, color } in cells {
        if let Some(Color { red, green, blue, .. }) = color.filter(|_| has_colors)
            && last != *color
        {
            let _ = write!(out, "\x1b[38;2;{red};{green};{blue}m");
            last = *color;
        }
        out.push(*letter);
    }
    if last.is_some() {
        out.push_str("\x1b[0m");
    }
}
