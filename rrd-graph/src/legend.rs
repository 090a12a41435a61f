//! The legend: texts broken into lines and aligned, or numbers in columns. Positions are pixels
//! from the legend's own corner.

mod entry;
mod fold;
mod room;
mod table;

use thiserror::Error;

use crate::chart::{Chart, Element, Legend, LegendDirection, RulePlace};
use crate::font::{Font, Fonts};
use crate::number;
use crate::quantity::Scale;
use crate::scene::Anchor;
use crate::statement::Alignment;

use entry::{LegendLine, indent};

pub(crate) use entry::{LegendEntry, LegendLayout, Room, border, box_size};
pub(crate) use room::EDGE;

/// The legend of a chart. Its numbers are in the unit of the axis, if the axis names one.
pub(crate) fn legend(
    chart: &Chart,
    fonts: &Fonts,
    room: Room,
    axis: Option<&Scale>,
) -> LegendLayout {
    match &chart.legend {
        Legend::None => LegendLayout::empty(chart.fonts.legend),
        Legend::Lines => lines(chart, fonts, room),
        Legend::Table(columns) => table::table(chart, fonts, columns, room, axis),
    }
}

struct Item {
    entry: LegendEntry,
    gap: f64,
    control: Option<char>,
    align: Alignment,
}

fn lines(chart: &Chart, fonts: &Fonts, Room { width, height, margin }: Room) -> LegendLayout {
    let font = chart.fonts.legend;
    let items = items(chart, fonts);
    let grows = width.is_infinite();
    let mut room = if grows { 0.0 } else { width - 2.0 * margin };
    let mut layout = LegendLayout::empty(font);
    // Next to the canvas the widest line determines the width, which then decides where lines
    // break.
    let passes = if grows { 2 } else { 1 };
    for _ in 0..passes {
        layout = break_lines(&items, room, font, grows);
        room = room.max(layout.width);
    }
    layout.width = room + 2.0 * margin;
    if !grows {
        room::squeeze(&mut layout, fonts, width);
    }
    apply_direction(&mut layout.entries, chart.legend_direction);
    if layout.height > height {
        fold::fold(&mut layout, fonts, height);
    }
    layout
}

fn break_lines(items: &[Item], room: f64, font: Font, grow: bool) -> LegendLayout {
    let (border, size) = (border(font), font.in_points());
    let mut layout = LegendLayout::empty(font);
    let mut room = room;
    let mut widest: f64 = 0.0;
    let mut y: f64 = 0.0;
    let mut start = 0;
    while start < items.len() {
        let (mut fill, mut count, mut end) = (0.0, 0_usize, start);
        let mut control = None;
        for (index, item) in items.iter().enumerate().skip(start) {
            let filled = item.entry.width > 0.0;
            let (before, counted) = (fill, count);
            if filled {
                fill += if fill > 0.0 { item.gap } else { 0.0 } + item.entry.width;
                count += 1;
            }
            if grow {
                room = room.max(fill);
            }
            end = index + 1;
            let last = end == items.len();
            if let Some(mark) = item.control.filter(|mark| *mark != 'g') {
                control = Some(mark);
                break;
            }
            if last || fill > room {
                control = Some(match item.align {
                    Alignment::Left => 'l',
                    Alignment::Right => 'r',
                    Alignment::Center => 'c',
                    Alignment::Justified => 'j',
                });
                if fill > room && count > 1 {
                    (fill, count, end) = (before, counted, index);
                }
                if control == Some('j') && count == 1 {
                    control = Some('l');
                }
                break;
            }
        }
        widest = widest.max(fill);
        let line = items.get(start..end).unwrap_or_default();
        let left = border
            + match control {
                Some('c') => (room - fill) / 2.0,
                Some('r') => room - fill,
                _ => 0.0,
            };
        let extra = if control == Some('j') && count >= 2 {
            (room - fill) / number::float(count - 1)
        } else {
            0.0
        };
        let mut x = left;
        let first = layout.entries.len();
        for item in line.iter().filter(|item| item.entry.width > 0.0) {
            let entry = item.entry.clone();
            layout.entries.push(LegendEntry { x, drawn_x: x, y: y + border, ..entry });
            x += item.entry.width + item.gap + extra;
        }
        let align = match control {
            Some('c') => Alignment::Center,
            Some('r') => Alignment::Right,
            Some('j') => Alignment::Justified,
            _ => Alignment::Left,
        };
        layout.lines.push(LegendLine { entries: first..layout.entries.len(), align });
        if x > left || control == Some('s') {
            y = (y + 1.8 * size).trunc();
        }
        match control {
            Some('s') => y = (y - size).trunc(),
            Some('u') => y = (y - 1.8 * size).trunc(),
            _ => {}
        }
        start = end.max(start + 1);
    }
    layout.width = widest;
    layout.height = (y + 0.6 * border).trunc();
    layout
}

fn items(chart: &Chart, fonts: &Fonts) -> Vec<Item> {
    let font = chart.fonts.legend;
    let mut align = Alignment::default();
    let mut items = Vec::new();
    for (index, element) in chart.elements.iter().enumerate() {
        let (text, comment) = match element {
            Element::Align(alignment) => {
                align = *alignment;
                ("", true)
            }
            Element::Rule(rule) if !chart.shows_rule_legend(rule.place) => ("", false),
            Element::Text(text) | Element::Print(text) => (text.as_str(), true),
            _ => (element.legend_text(), false),
        };
        // RRDtool adds no blanks in front of the text of a TICK.
        let boxed = !comment && !matches!(element, Element::Marks(_));
        let (text, control) = split_control(text);
        let empty = text.is_empty();
        let indent = if comment || empty { 0.0 } else { indent(fonts, font) };
        let name = if boxed && !empty { format!("  {text}") } else { text.clone() };
        let (pieces, width) = split_tabs(chart, fonts, &text, indent);
        let entry = LegendEntry {
            swatch: (!comment && !empty).then_some(index),
            name,
            pieces,
            x: 0.0,
            drawn_x: 0.0,
            y: 0.0,
            width: if empty { 0.0 } else { width },
            anchor: Anchor::Start,
            muted: false,
            comment: comment && !matches!(element, Element::Print(_)),
        };
        let gap = if control == Some('g') { 0.0 } else { border(font) };
        items.push(Item { entry, gap, control, align });
    }
    items
}

/// A text without its control code, and the code.
fn split_control(text: &str) -> (String, Option<char>) {
    let text = text.replace("\\t", "\t");
    let mut end = text.chars().rev();
    let (mark, slash) = (end.next(), end.next());
    if slash != Some('\\') {
        return (text, None);
    }
    let mut body = text.clone();
    body.pop();
    body.pop();
    match mark {
        Some('g') => (body.trim_end_matches(' ').to_owned(), Some('g')),
        Some('.') => (body, None),
        Some('n') => (body, Some('l')),
        Some(mark) => (body, Some(mark)),
        None => (text, None),
    }
}

/// The text of a legend as a name: without control code, tabs and surrounding blanks.
pub(crate) fn plain(text: &str) -> &str {
    let text = match text.char_indices().rev().nth(1) {
        Some((at, '\\')) => text.get(..at).unwrap_or_default(),
        _ => text,
    };
    text.trim()
}

/// A text split at its tabs, with the position of each part.
fn split_tabs(chart: &Chart, fonts: &Fonts, text: &str, indent: f64) -> (Vec<(f64, String)>, f64) {
    let font = chart.fonts.legend;
    let stop = chart.tab_width + border(font);
    let mut pieces = Vec::new();
    let mut x = indent;
    for (index, piece) in text.split('\t').enumerate() {
        if index > 0 && stop >= 1.0 {
            x = ((x / stop).floor() + 1.0) * stop;
        }
        if !piece.is_empty() {
            pieces.push((x, piece.to_owned()));
        }
        x += fonts.width(piece, font);
    }
    (pieces, x)
}

fn apply_direction(entries: &mut [LegendEntry], direction: LegendDirection) {
    let reordered = match direction {
        LegendDirection::TopDown => return,
        LegendDirection::BottomUp => entries,
        LegendDirection::BottomUpSeries => {
            let first = entries.iter().position(|entry| !entry.comment);
            let last = entries.iter().rposition(|entry| !entry.comment);
            match (first, last) {
                (Some(first), Some(last)) => entries.get_mut(first..=last).unwrap_or_default(),
                _ => return,
            }
        }
    };
    if let (Some(first), Some(last)) =
        (reordered.first().map(|e| e.y), reordered.last().map(|e| e.y))
    {
        for entry in reordered {
            entry.y = first + last - entry.y;
        }
    }
}

/// Why a legend is not valid.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LegendError {
    /// A text ends in a backslash and a letter without a meaning.
    #[error(
        r#"unknown control code at the end of "{text}": expected \l, \n, \r, \c, \j, \g, \s or \u"#
    )]
    UnknownControl {
        /// The text.
        text: String,
    },
}

impl Chart {
    /// Checks the control codes at the end of legend texts; when drawing, an unknown one ends the
    /// line.
    pub fn check_legend(&self) -> Result<(), LegendError> {
        for element in &self.elements {
            let room =
                if matches!(element, Element::Text(_) | Element::Print(_)) { "" } else { "  " };
            let text = element.legend_text();
            if split_control(text).1.is_some_and(|mark| !"lnrcjusg".contains(mark)) {
                return Err(LegendError::UnknownControl { text: format!("{room}{text}") });
            }
        }
        Ok(())
    }

    /// Whether a rule is within the configured limits, so that its legend is shown.
    fn shows_rule_legend(&self, place: RulePlace) -> bool {
        if self.keep_rule_legends {
            return true;
        }
        match place {
            RulePlace::Moment(at) => {
                (self.range.start.seconds()..=self.range.end.seconds()).contains(&at)
            }
            RulePlace::Value(value) => {
                self.scale.lower.is_none_or(|lower| value >= lower || lower.is_nan())
                    && self.scale.upper.is_none_or(|upper| value <= upper || upper.is_nan())
            }
        }
    }
}
