//! A legend as a table: a line for each name, with numbers in columns. Lines flow in blocks beside
//! each other. Where they are too many, columns of numbers are left out, the least important
//! first; then long names are cut; then the last names are folded into their number.

use super::entry::{LegendEntry, LegendLayout, Room, indent};
use crate::chart::{Chart, Element, Summary};
use crate::font::Fonts;
use crate::number;
use crate::quantity::Scale;
use crate::scene::Anchor;

/// The distances of a number from what is left of it, of blocks, of the first line from the upper
/// edge and of the last from the lower one, in pixels.
const GAP: f64 = 18.0;
const BETWEEN: f64 = 20.0;
const ABOVE: f64 = 3.0;
const BELOW: f64 = 6.0;
/// The width to which names may be cut.
const NAME: f64 = 100.0;
/// In a narrower room there are two columns of numbers at most.
const NARROW: f64 = 345.0;

/// A line of the legend.
struct Line<'c> {
    element: usize,
    name: &'c str,
    /// The numbers, one for each column; none for what is no curve.
    numbers: Vec<String>,
}

/// A column of numbers.
struct Column {
    summary: Summary,
    head: String,
    /// The width of the widest of its texts.
    width: f64,
}

/// How the lines are arranged.
struct Flow {
    /// How many columns of numbers there are: the most important ones.
    columns: usize,
    /// The width of names.
    names: f64,
    /// The lines of a block, without its head.
    lines: usize,
    /// The number of names that are shown.
    shown: usize,
}

pub(super) fn table(
    chart: &Chart,
    fonts: &Fonts,
    summaries: &[Summary],
    room: Room,
    axis: Option<&Scale>,
) -> LegendLayout {
    let font = chart.fonts.legend;
    let lines = lines(chart, summaries, axis);
    let width = |text: &str| fonts.width(text, font);
    let columns: Vec<Column> = summaries
        .iter()
        .enumerate()
        .map(|(index, summary)| {
            let head = chart.head(*summary);
            let numbers = lines.iter().filter_map(|line| line.numbers.get(index));
            let widest = numbers.map(|text| width(text)).fold(width(&head), f64::max);
            Column { summary: *summary, head, width: widest.ceil() }
        })
        .collect();
    let sizes = Sizes {
        row: (fonts.height(font) * 1.1).round(),
        indent: indent(fonts, font),
        widest: lines.iter().map(|line| width(line.name)).fold(0.0, f64::max).ceil(),
        room,
    };
    let mut layout = LegendLayout::empty(font);
    let Some(flow) = sizes.flow(&columns, lines.len()) else { return layout };

    let kept: Vec<(usize, &Column)> = columns
        .iter()
        .enumerate()
        .filter(|(_, column)| rank(column, &columns) < flow.columns)
        .collect();
    let first = sizes.indent + flow.names;
    let numbers: f64 = kept.iter().map(|(_, column)| GAP + column.width).sum();
    let block = first + numbers + BETWEEN;
    let head = if kept.is_empty() { 0.0 } else { sizes.row };
    // Where the numbers of a line end, from its begin.
    let ends = |x: f64| {
        kept.iter().scan(x + first, |x, (index, column)| {
            *x += GAP + column.width;
            Some((*x, *index, &*column.head))
        })
    };
    for (place, line) in lines.iter().take(flow.shown).enumerate() {
        let x = room.margin + number::float(place / flow.lines) * block;
        let mut block = lines.iter().skip(place).take(flow.lines);
        if place % flow.lines == 0 && block.any(|line| !line.numbers.is_empty()) {
            for (end, _, head) in ends(x) {
                let head = LegendEntry::of(
                    head.to_owned(),
                    width(head),
                    (end, ABOVE + sizes.row),
                    Anchor::End,
                );
                layout.entries.push(LegendEntry { muted: true, ..head });
            }
        }
        let y = ABOVE + head + sizes.row * number::float(place % flow.lines + 1);
        // A name without numbers may extend into their columns.
        let free = flow.names + if line.numbers.is_empty() { numbers } else { 0.0 };
        let name = fonts.fit(line.name, font, free).into_owned();
        let wide = sizes.indent + width(&name);
        layout.entries.push(LegendEntry {
            swatch: Some(line.element),
            pieces: vec![(sizes.indent, name.clone())],
            comment: false,
            ..LegendEntry::of(name, wide, (x, y), Anchor::Start)
        });
        for (end, index, _) in ends(x) {
            let Some(text) = line.numbers.get(index) else { continue };
            layout.entries.push(LegendEntry::of(text.clone(), width(text), (end, y), Anchor::End));
        }
    }
    let blocks = (flow.shown + usize::from(flow.shown < lines.len())).div_ceil(flow.lines);
    if flow.shown < lines.len() {
        let x = room.margin + number::float(flow.shown / flow.lines) * block;
        let y = ABOVE + head + sizes.row * number::float(flow.shown % flow.lines + 1);
        let folded = lines.len() - flow.shown;
        layout.entries.push(LegendEntry::folded(folded, fonts, font, (x, y)));
    }
    layout.width = 2.0 * room.margin + number::float(blocks) * block - BETWEEN;
    layout.height = ABOVE + head + sizes.row * number::float(flow.lines) + BELOW;
    layout
}

fn lines<'c>(chart: &'c Chart, summaries: &[Summary], axis: Option<&Scale>) -> Vec<Line<'c>> {
    let write = |value| {
        axis.map_or_else(|| chart.number(value), |axis| chart.quantity().write_at(axis, value))
    };
    let mut lines = Vec::new();
    for (element, drawn) in chart.elements.iter().enumerate() {
        let curve = match drawn {
            Element::Curve(curve) | Element::Hidden(curve) => {
                Some(curve).filter(|curve| curve.has_numbers())
            }
            Element::Band(_) | Element::Marks(_) => None,
            Element::Rule(rule) if chart.shows_rule_legend(rule.place) => None,
            Element::Rule(_) | Element::Text(_) | Element::Print(_) | Element::Align(_) => continue,
        };
        let name = drawn.legend_text();
        if name.is_empty() {
            continue;
        }
        let numbers = curve.map(|curve| {
            summaries.iter().map(|summary| write(chart.value(curve, *summary))).collect()
        });
        lines.push(Line { element, name, numbers: numbers.unwrap_or_default() });
    }
    lines
}

/// How many columns are more important.
fn rank(column: &Column, all: &[Column]) -> usize {
    let order = |summary| match summary {
        Summary::Maximum => 0,
        Summary::Average => 1,
        Summary::Last => 2,
        Summary::Percentile95 => 3,
        Summary::Minimum => 4,
    };
    all.iter().filter(|other| order(other.summary) < order(column.summary)).count()
}

/// The sizes of a legend's parts, in pixels.
struct Sizes {
    row: f64,
    /// The width of the box in front of a name.
    indent: f64,
    /// The width of the widest name.
    widest: f64,
    room: Room,
}

impl Sizes {
    /// The arrangement of `names` lines with as many columns of numbers as there is room for;
    /// `None` if there is none for a name.
    fn flow(&self, columns: &[Column], names: usize) -> Option<Flow> {
        if names == 0 {
            return None;
        }
        let wide = self.room.width - 2.0 * self.room.margin;
        let high = number::count(((self.room.height - ABOVE - BELOW) / self.row).floor().max(0.0));
        // How many blocks are beside each other if each is this wide.
        let across = |block: f64| {
            if wide.is_infinite() {
                1
            } else {
                number::count((wide + BETWEEN) / (block + BETWEEN)).max(1)
            }
        };
        let most = if self.room.width < NARROW { 2 } else { columns.len() };
        for count in (0..=columns.len().min(most)).rev() {
            let kept = columns.iter().filter(|column| rank(column, columns) < count);
            let numbers: f64 = kept.map(|column| GAP + column.width).sum();
            let width = self.widest.min(wide - self.indent - numbers);
            if width < self.widest.min(NAME) {
                continue;
            }
            let lines = names.div_ceil(across(self.indent + width + numbers));
            if lines + usize::from(count > 0) <= high {
                return Some(Flow { columns: count, names: width, lines, shown: names });
            }
        }
        let width = self.widest.min(NAME).min(wide - self.indent);
        let blocks = across(self.indent + width);
        let lines = names.div_ceil(blocks);
        if lines <= high {
            return Some(Flow { columns: 0, names: width, lines, shown: names });
        }
        // The last place is that of the number of names left out.
        let shown = (blocks * high).saturating_sub(1);
        (shown > 0).then_some(Flow { columns: 0, names: width, lines: high, shown })
    }
}
