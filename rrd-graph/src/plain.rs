//! The titles, labels and legend of a chart as positioned text, for renderers that draw characters
//! instead of glyphs.

use rrd_core::Timestamp;

use crate::chart::{Chart, Element, Extent};
use crate::color::Color;
use crate::font::Fonts;
use crate::layout::Layout;
use crate::legend::plain;
use crate::number;

/// The assumed width and height of a character, in pixels; labels are spaced accordingly.
const LETTER: (f64, u32) = (7.0, 13);
impl Chart {
    /// The lines of the title.
    pub fn title_lines(&self) -> &[String] {
        &self.title
    }

    /// The text at the value axis, often a unit, and the labels of the axis for a canvas with this
    /// many text lines. Each has its distance from the top as a fraction of the height.
    pub fn value_axis(&self, fonts: &Fonts, lines: u16) -> (String, Vec<(f64, String)>) {
        let (_, height) = LETTER;
        let height = u32::from(lines).saturating_mul(height);
        let tall = Self { extent: Extent::Canvas, width: 400, height, ..self.clone() };
        let layout = tall.layout(fonts);
        let labels = layout.value_ticks.major.into_iter();
        let labels = labels.map(|(at, text)| (1.0 - layout.value.share(at), text)).collect();
        (layout.label, labels)
    }

    /// The labels of the time axis for a canvas with this many text columns. Each has the position
    /// of its centre as a fraction of the width.
    pub fn time_labels(&self, fonts: &Fonts, columns: usize) -> Vec<(f64, String)> {
        let (letter, _) = LETTER;
        let layout = self.layout(fonts);
        let width = |text: &str| number::float(text.chars().count()) * letter;
        let ticks = layout.time.ticks(&self.time_grid, number::float(columns) * letter, width);
        let labels = ticks.labels.into_iter();
        labels.map(|label| (layout.time.share(number::seconds(label.at)), label.text)).collect()
    }

    /// The names in the legend with their colours.
    pub fn legend_names(&self) -> Vec<(Color, String)> {
        self.named_inks().map(|(_, color, name)| (color, name)).collect()
    }

    /// The position of each named element that is drawn, with its colour and name.
    pub(crate) fn named_inks(&self) -> impl Iterator<Item = (usize, Color, String)> {
        let inks = self.element_inks().into_iter();
        let named = self.elements.iter().zip(inks).enumerate();
        named.filter_map(|(index, (element, ink))| {
            let name = self.plain_name(element.legend_text());
            let is_drawn = !name.is_empty() && !matches!(element, Element::Hidden(_));
            Some((index, ink?.color, name)).filter(|_| is_drawn)
        })
    }

    /// A text of the legend without control codes and markup.
    pub(crate) fn plain_name(&self, text: &str) -> String {
        let text = plain(text);
        if self.fonts.legend.markup { crate::font::plain(text) } else { text.to_owned() }
    }

    /// The time spans without known values, as fractions of the width of this layout; empty if the
    /// chart does not hatch them.
    pub fn unknown_shares(&self, layout: &Layout) -> Vec<(f64, f64)> {
        if !self.hatch_unknown {
            return Vec::new();
        }
        let share = |moment: Timestamp| layout.time.share(number::seconds(moment.seconds()));
        let gaps = self.gaps().into_iter();
        gaps.map(|gap| (share(gap.range.start), share(gap.range.end))).collect()
    }
}
