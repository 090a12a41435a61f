//! Lines of a legend that are too wide for the picture: they use its margin, then their gaps become
//! narrower, then all letters smaller. What does not fit even so is cut when it is drawn.

use super::entry::{LegendEntry, LegendLayout, LegendLine};
use crate::font::{Font, Fonts};
use crate::number;
use crate::statement::Alignment;

/// The least distance of a text from the edge of the picture, in pixels.
pub(crate) const EDGE: f64 = 4.0;

/// How much narrower lines are drawn: the shares that are left of the gaps and of the font's size.
#[derive(Clone, Copy)]
struct Squeeze {
    gaps: f64,
    size: f64,
}

/// The steps by which lines become narrower: in the end a gap is as wide as a blank, and letters
/// are still legible.
const STEPS: [Squeeze; 12] = {
    const fn by(gaps: f64, size: f64) -> Squeeze {
        Squeeze { gaps, size }
    }
    [
        by(1.0, 1.0),
        by(0.9, 1.0),
        by(0.8, 1.0),
        by(0.7, 1.0),
        by(0.6, 1.0),
        by(0.5, 1.0),
        by(0.4, 1.0),
        by(0.4, 0.96),
        by(0.4, 0.92),
        by(0.4, 0.88),
        by(0.4, 0.84),
        by(0.4, 0.8),
    ]
};

/// Sets where the texts are drawn in a picture `width` pixels wide, and the size of their letters.
///
/// Lines that begin at the left are squeezed alike, so that their columns stay aligned.
pub(super) fn squeeze(layout: &mut LegendLayout, fonts: &Fonts, width: f64) {
    let font = layout.font;
    let fits = |line: &LegendLine, squeeze: Squeeze, entries: &[LegendEntry]| {
        Placed::of(line, entries, fonts, font, squeeze).end <= width - EDGE
    };
    let needed: Vec<Option<usize>> = layout
        .lines
        .iter()
        .map(|line| {
            let entries = layout.entries.get(line.entries.clone()).unwrap_or_default();
            STEPS.iter().position(|squeeze| fits(line, *squeeze, entries))
        })
        .collect();
    let most = needed.iter().flatten().max().copied().unwrap_or(0);
    let common = STEPS[most];
    for (line, needed) in layout.lines.iter().zip(needed) {
        let own = needed.and_then(|step| STEPS.get(step)).unwrap_or(&common);
        let gaps = if line.align == Alignment::Left { common.gaps } else { own.gaps };
        let squeeze = Squeeze { gaps, ..common };
        let Some(entries) = layout.entries.get_mut(line.entries.clone()) else { continue };
        let placed = Placed::of(line, entries, fonts, font, squeeze);
        for (entry, x) in entries.iter_mut().zip(placed.lefts) {
            entry.drawn_x = x;
        }
    }
    layout.font.size *= common.size;
}

/// Where the texts of a line begin, and where the last letter ends.
struct Placed {
    lefts: Vec<f64>,
    end: f64,
}

impl Placed {
    fn of(
        line: &LegendLine,
        entries: &[LegendEntry],
        fonts: &Fonts,
        font: Font,
        squeeze: Squeeze,
    ) -> Self {
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
            return Self { lefts: Vec::new(), end: 0.0 };
        };
        let smaller = Font { size: font.size * squeeze.size, ..font };
        let shrunk = |entry: &LegendEntry| match entry.pieces.last() {
            Some((_, text)) if squeeze.size < 1.0 => {
                entry.width - fonts.width(text, font) + fonts.width(text, smaller)
            }
            _ => entry.width,
        };
        let widths: Vec<f64> = entries.iter().map(shrunk).collect();
        let gap = |pair: &[LegendEntry]| (pair[1].x - pair[0].x - pair[0].width) * squeeze.gaps;
        let mut gaps: Vec<f64> = entries.windows(2).map(gap).collect();
        let usual = last.x + last.width - first.x;
        let length = widths.iter().sum::<f64>() + gaps.iter().sum::<f64>();
        let left = first.x
            + match line.align {
                Alignment::Right => usual - length,
                Alignment::Center => (usual - length) / 2.0,
                Alignment::Left | Alignment::Justified => 0.0,
            };
        if line.align == Alignment::Justified && squeeze.gaps == 1.0 {
            let more = (usual - length) / number::float(gaps.len().max(1));
            for gap in &mut gaps {
                *gap += more;
            }
        }
        let mut x = left.max(EDGE);
        let mut lefts = Vec::with_capacity(entries.len());
        for (index, width) in widths.iter().enumerate() {
            lefts.push(x);
            x += width + gaps.get(index).copied().unwrap_or(0.0);
        }
        let blanks = last.pieces.last().map_or(0.0, |(_, text)| {
            fonts.width(text, smaller) - fonts.width(text.trim_end(), smaller)
        });
        Self { lefts, end: x - blanks }
    }
}

#[cfg(test)]
mod tests {
    use rrd_core::TimeRange;

    use super::*;
    use crate::chart::{Chart, Element};
    use crate::scene::{Shape, pixels};

    /// Texts in a picture 381 pixels wide, whose letters are 7 pixels wide: the text, its left and
    /// right end, and the size of its letters.
    fn drawn(texts: &[&str]) -> Vec<(String, f64, f64, f64)> {
        let chart = Chart::classic(TimeRange::from_seconds(0, 3600)).size(300, 50);
        let chart =
            texts.iter().fold(chart, |chart, text| chart.draw(Element::Text((*text).to_owned())));
        let fonts = Fonts::new();
        let scene = chart.scene(&chart.layout(&fonts), &fonts);
        let legend = scene.shapes.into_iter().filter_map(|shape| match shape {
            Shape::Text(text) if text.class == "legend" => {
                let left = pixels(text.at.0);
                let right = left + fonts.width(text.text.trim_end(), text.font);
                let size = text.font.in_points();
                Some((text.text, left, right, size))
            }
            _ => None,
        });
        legend.collect()
    }

    fn letters(count: usize) -> String {
        "x".repeat(count)
    }

    #[test]
    fn blanks_at_the_end_and_the_margin_cost_no_letter() {
        let text = letters(51) + " ";
        assert_eq!(drawn(&[&format!("{text}\\l")]), [(text, 16.0, 373.0, 8.0)]);
    }

    #[test]
    fn gaps_become_narrower_before_letters_become_smaller() {
        let (word, last) = (letters(16), format!("{}\\l", letters(16)));
        let line = [word.as_str(), &word, &last];
        // 3 x 112 + 2 x 16 pixels from 16 on would end at 384; the margin is at 377.
        let found = drawn(&line);
        assert!(found.iter().all(|text| text.3 == 8.0));
        assert!(found.iter().map(|text| text.1).eq([16.0, 139.203_125, 262.406_25]), "{found:?}");
        assert!(found[2].2 <= 377.0);
        // A shorter line above keeps its columns with it.
        let found = drawn(&["a\\l", &word, "short\\l", &word, &word, &last]);
        assert_eq!(found[2].1, found[4].1, "{found:?}");
    }

    #[test]
    fn letters_become_smaller_before_they_are_cut() {
        let text = letters(55);
        let found = drawn(&[&format!("{text}\\l"), "other\\l"]);
        assert_eq!(found[0].0, text);
        assert!(found[0].2 <= 377.0 && found[0].3 < 8.0, "{found:?}");
        assert_eq!(found[1].3, found[0].3);
    }

    #[test]
    fn a_text_beyond_hope_is_cut_and_makes_no_letter_smaller() {
        let found = drawn(&[&format!("{}\\l", letters(200)), "other\\l"]);
        assert!(found[0].0.ends_with('…') && found[0].2 <= 377.0, "{found:?}");
        assert_eq!(found[1], ("other".to_owned(), 16.0, 51.0, 8.0));
    }

    #[test]
    fn a_line_wider_than_the_picture_begins_at_its_edge() {
        let found = drawn(&[&format!("{}\\c", letters(53)), &format!("{}\\r", letters(53))]);
        assert_eq!((found[0].1, found[0].2, found[0].3), (5.0, 376.0, 8.0));
        assert_eq!((found[1].1, found[1].2, found[1].3), (4.0, 375.0, 8.0));
    }
}
