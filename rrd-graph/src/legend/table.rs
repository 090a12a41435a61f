//! A legend as a table: a line for each name, with numbers in columns.

use super::entry::{LegendEntry, LegendLayout, border, indent};
use crate::chart::{Chart, Element, LegendPosition, Summary};
use crate::font::Fonts;
use crate::scene::Anchor;

pub(super) fn table(
    chart: &Chart,
    fonts: &Fonts,
    columns: &[Summary],
    picture: f64,
) -> LegendLayout {
    let font = chart.fonts.legend;
    let margin = border(font);
    let row = (fonts.height(font) * 1.1).round();
    let indent = indent(fonts, font);
    let mut rows: Vec<(usize, &str, Vec<String>)> = Vec::new();
    for (index, element) in chart.elements.iter().enumerate() {
        let curve = match element {
            Element::Curve(curve) | Element::Hidden(curve) => Some(curve),
            Element::Band(_) | Element::Marks(_) => None,
            Element::Rule(rule) if chart.shows_rule_legend(rule.place) => None,
            Element::Rule(_) | Element::Text(_) | Element::Print(_) | Element::Align(_) => continue,
        };
        let legend = element.legend_text();
        if legend.is_empty() {
            continue;
        }
        let numbers = curve.map(|curve| {
            columns.iter().map(|summary| chart.number(chart.value(curve, *summary))).collect()
        });
        rows.push((index, legend, numbers.unwrap_or_default()));
    }
    let widest = |texts: &mut dyn Iterator<Item = &str>| {
        texts.map(|text| fonts.width(text, font)).fold(0.0, f64::max).ceil()
    };
    let gap = 18.0;
    let heads: Vec<String> = columns.iter().map(|summary| chart.head(*summary)).collect();
    let widths: Vec<f64> = heads
        .iter()
        .enumerate()
        .map(|(column, head)| {
            let numbers = rows.iter().filter_map(|row| row.2.get(column)).map(String::as_str);
            widest(&mut numbers.chain([&**head]))
        })
        .collect();
    let numbers: f64 = widths.iter().map(|width| width + gap).sum();
    // A name without numbers may extend into the columns of numbers.
    let numbered = |row: &&(usize, &str, Vec<String>)| !row.2.is_empty() || columns.is_empty();
    let names = widest(&mut rows.iter().filter(numbered).map(|row| row.1));
    let beside = matches!(chart.legend_position, LegendPosition::West | LegendPosition::East);
    let room = (picture - 2.0 * margin - indent - numbers).max(40.0);
    let names = if beside { names } else { names.min(room) };
    let beyond = if beside { numbers } else { picture - 2.0 * margin - indent - names };
    let mut layout = LegendLayout::empty(font);
    let mut y = 3.0;
    let entry = |x: f64, y: f64, text: &str, anchor, muted| LegendEntry {
        swatch: None,
        name: text.to_owned(),
        pieces: vec![(0.0, text.to_owned())],
        x,
        drawn_x: x,
        y,
        width: fonts.width(text, font),
        anchor,
        muted,
        comment: true,
    };
    if !columns.is_empty() && !rows.is_empty() {
        y += row;
        let mut x = margin + indent + names;
        for (head, width) in heads.iter().zip(&widths) {
            x += gap + width;
            layout.entries.push(entry(x, y, head, Anchor::End, true));
        }
    }
    for (index, name, numbers) in rows {
        y += row;
        let room = if numbers.is_empty() { names + beyond } else { names };
        let name = fonts.fit(name, font, room);
        layout.entries.push(LegendEntry {
            swatch: Some(index),
            pieces: vec![(indent, name.to_string())],
            width: indent + fonts.width(&name, font),
            comment: false,
            ..entry(margin, y, &name, Anchor::Start, false)
        });
        let mut x = margin + indent + names;
        for (number, width) in numbers.iter().zip(&widths) {
            x += gap + width;
            layout.entries.push(entry(x, y, number, Anchor::End, false));
        }
    }
    layout.width = 2.0 * margin + indent + names + widths.iter().map(|w| w + gap).sum::<f64>();
    layout.height = (y + 0.6 * margin).trunc();
    layout
}
