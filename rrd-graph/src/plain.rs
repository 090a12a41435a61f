//! What a chart shows apart from its curves, as texts and their places: for renderers that have
//! letters instead of fonts.

use crate::chart::{Chart, Extent};
use crate::color::Color;
use crate::font::Fonts;
use crate::layout::Layout;
use crate::legend::plain;
use crate::number;
use crate::stack::unknown_stretches;

/// The width and height of a letter, in pixels, that labels are as dense with as text is.
const LETTER: (f64, u32) = (7.0, 13);

impl Chart {
    /// The lines of the title.
    pub fn title_lines(&self) -> &[String] {
        &self.title
    }

    /// The labels of the value axis of a canvas with this many lines of text, each with its
    /// distance from the top as a share of the height.
    pub fn value_labels(&self, fonts: &Fonts, lines: u16) -> Vec<(f64, String)> {
        let (_, height) = LETTER;
        let height = u32::from(lines).saturating_mul(height);
        let tall = Self { extent: Extent::Canvas, width: 400, height, ..self.clone() };
        let layout = tall.layout(fonts);
        let labels = layout.value_ticks.major.iter();
        labels.map(|(at, text)| (1.0 - layout.value.share(*at), text.clone())).collect()
    }

    /// The labels of the time axis of a canvas that is this many letters wide, each with the place
    /// of its centre as a share of the width.
    pub fn time_labels(&self, fonts: &Fonts, columns: usize) -> Vec<(f64, String)> {
        let (letter, _) = LETTER;
        let layout = self.layout(fonts);
        let width = |text: &str| number::float(text.chars().count()) * letter;
        let ticks = layout.time.ticks(&self.time_grid, number::float(columns) * letter, width);
        let labels = ticks.labels.into_iter();
        labels.map(|label| (layout.time.share(number::seconds(label.at)), label.text)).collect()
    }

    /// The names of the legend, each with the colour of what it names.
    pub fn legend_names(&self) -> Vec<(Color, String)> {
        let inks = self.element_inks();
        let named = self.elements.iter().zip(inks).filter_map(|(element, ink)| {
            let name = plain(element.legend_text());
            Some((ink?.color, name.to_owned())).filter(|_| !name.is_empty())
        });
        named.collect()
    }

    /// The stretches of time in which nothing is known, as shares of the width of a layout of this
    /// chart; none if the chart does not hatch them.
    pub fn unknown_shares(&self, layout: &Layout) -> Vec<(f64, f64)> {
        if !self.hatch_unknown {
            return Vec::new();
        }
        let share = |moment| layout.time.share(number::seconds(moment));
        let stretches = unknown_stretches(self, &layout.layers).into_iter();
        stretches.map(|(from, to)| (share(from), share(to))).collect()
    }
}
