//! A legend as a table: a line for each name, with numbers in columns.

use rrd_core::TimeRange;

use super::entry::{LegendEntry, LegendLayout, border, indent};
use crate::chart::{Chart, Element, LegendPosition, Samples, Summary};
use crate::font::Fonts;
use crate::number;
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
        let samples = match element {
            Element::Curve(curve) | Element::Hidden(curve) => Some(&curve.samples),
            Element::Band(_) | Element::Marks(_) => None,
            Element::Rule(rule) if chart.shows_rule_legend(rule.place) => None,
            Element::Rule(_) | Element::Text(_) | Element::Print(_) | Element::Align(_) => continue,
        };
        let legend = element.legend_text();
        if legend.is_empty() {
            continue;
        }
        let numbers = samples.map(|samples| {
            columns.iter().map(|summary| chart.number(summary.of(samples, chart.range))).collect()
        });
        rows.push((index, legend, numbers.unwrap_or_default()));
    }
    let widest = |texts: &mut dyn Iterator<Item = &str>| {
        texts.map(|text| fonts.width(text, font)).fold(0.0, f64::max).ceil()
    };
    let gap = 18.0;
    let widths: Vec<f64> = columns
        .iter()
        .enumerate()
        .map(|(column, summary)| {
            let numbers = rows.iter().filter_map(|row| row.2.get(column)).map(String::as_str);
            widest(&mut numbers.chain([summary.name()]))
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
        for (summary, width) in columns.iter().zip(&widths) {
            x += gap + width;
            layout.entries.push(entry(x, y, summary.name(), Anchor::End, true));
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

impl Summary {
    fn name(self) -> &'static str {
        match self {
            Self::Minimum => "Min",
            Self::Average => "Avg",
            Self::Maximum => "Max",
            Self::Last => "Last",
            Self::Percentile95 => "95th",
        }
    }

    /// The statistic of a series within a range; NaN if no value is known.
    pub(crate) fn of(self, samples: &Samples, range: TimeRange) -> f64 {
        let known = || samples.values_within(range).iter().copied().filter(|row| !row.is_nan());
        match self {
            Self::Minimum => known().fold(f64::NAN, f64::min),
            Self::Maximum => known().fold(f64::NAN, f64::max),
            Self::Last => known().next_back().unwrap_or(f64::NAN),
            Self::Average => {
                let (mut sum, mut time) = (0.0, 0.0);
                for (from, to, value) in samples.within(range) {
                    if !value.is_nan() {
                        let seconds = number::seconds(to - from);
                        sum += value * seconds;
                        time += seconds;
                    }
                }
                if time > 0.0 { sum / time } else { f64::NAN }
            }
            Self::Percentile95 => {
                let mut values: Vec<f64> = known().collect();
                values.sort_by(f64::total_cmp);
                let rank = (number::float(values.len()) * 0.95).ceil() - 1.0;
                values.get(number::count(rank.max(0.0))).copied().unwrap_or(f64::NAN)
            }
        }
    }
}
