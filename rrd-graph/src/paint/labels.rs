//! The texts at the axes and above the chart.

use super::Painter;
use super::recorder::{Plot, Root, group};
use crate::font::Font;
use crate::number;
use crate::scene::{Anchor, Text, Turn, parts};
use crate::theme::{Ink, Role};

impl Painter<'_> {
    pub(super) fn numbers(&self, root: &Root<'_>, plot: &Plot<'_>) {
        let canvas = self.layout.canvas;
        let font = self.chart.fonts.axis;
        let ink = self.ink(Role::Font);
        let rise = (self.fonts.ascent(font) * 0.38).round();
        group(root, "labels", None, || {
            // Numbers at an empty canvas would look like values, unless they are the caller's.
            let is_known = !self.layout.empty || self.chart.scale.has_limits();
            let numbers = if is_known { self.layout.value_ticks.major.as_slice() } else { &[] };
            self.gap_words(root);
            if self.layout.empty && (self.chart.classic || !self.chart.hatch_unknown) {
                let middle =
                    (canvas.left + canvas.width / 2.0, canvas.top + canvas.height / 2.0 + rise);
                let font = self.chart.fonts.unit;
                self.text(
                    root,
                    "no data",
                    middle,
                    Anchor::Middle,
                    font,
                    ink.with_alpha(150),
                    "empty",
                );
            }
            let margins = self.layout.margins;
            for (value, text) in numbers {
                let Some(room) = margins.numbers else { continue };
                let room = canvas.left - 7.0 - (canvas.left - room.max(0.0) - 2.0).max(2.0);
                let y = crate::scene::pixels(plot.map_coordinate(&(0.0, *value)).1);
                let at = (canvas.left - 7.0, y + rise);
                let fitted = self.shrunk(text, font, room, 0.6);
                // RRDtool's pictures keep the digits that others would cover.
                let room = if self.chart.classic { f64::INFINITY } else { room };
                let shown = self.fonts.fit(text, fitted, room);
                self.text(root, &shown, at, Anchor::End, fitted, ink, "y");
                if margins.has_right_numbers {
                    let text = self.chart.right_number(*value, &self.layout.value_ticks);
                    let at = (canvas.right() + 7.0, y + rise);
                    self.text(root, &text, at, Anchor::Start, font, ink, "y");
                }
            }
            if !margins.has_times {
                return;
            }
            let base = canvas.bottom() + 4.0 + self.fonts.ascent(font);
            for (text, x) in self.time_labels(font) {
                self.text(root, text, (x, base), Anchor::Middle, font, ink, "x");
            }
        });
    }

    /// The labels of the time axis and their middles. At the ends they move inwards, instead of
    /// under the numbers or over the edge, as far as the next label leaves room.
    fn time_labels(&self, font: Font) -> Vec<(&str, f64)> {
        /// The distance that a moved label keeps from the next one, and the least distance of any
        /// two.
        const ROOM: f64 = 12.0;
        const GAP: f64 = 4.0;
        let canvas = self.layout.canvas;
        let labels: Vec<(&str, f64, f64)> = self
            .layout
            .time_ticks
            .labels
            .iter()
            .map(|label| {
                let at = self.layout.time.share(number::seconds(label.at));
                let half = self.fonts.width(&label.text, font) / 2.0;
                (label.text.as_str(), canvas.left + canvas.width * at, half)
            })
            .collect();
        let mut placed: Vec<(&str, f64)> = Vec::with_capacity(labels.len());
        let mut free = 2.0;
        for (index, &(text, wanted, half)) in labels.iter().enumerate() {
            let inside = wanted.max(canvas.left - 6.0 + half);
            // The next label may push this one back to its original position, but no farther.
            let next = labels.get(index + 1).map_or(f64::INFINITY, |next| next.1 - next.2 - ROOM);
            let x = inside.min(next - half).max(wanted).min(self.layout.width - 3.0 - half);
            if x - half >= free {
                placed.push((text, x));
                free = x + half + GAP;
            }
        }
        placed
    }

    /// The font, reduced where a text would not fit, but not below `least` of its size.
    fn shrunk(&self, text: &str, font: Font, room: f64, least: f64) -> Font {
        let mut fitted = font;
        while fitted.size > font.size * least && self.fonts.width(text, fitted) > room {
            fitted.size -= 0.5;
        }
        fitted
    }

    pub(super) fn titles(&self, root: &Root<'_>) {
        let layout = self.layout;
        let canvas = layout.canvas;
        let chart = self.chart;
        let ink = self.ink(Role::Font);
        if let Some(top) = layout.margins.title {
            self.title(root, top, ink);
        }
        let middle = canvas.top + canvas.height / 2.0;
        let font = chart.fonts.unit;
        let left = layout.margins.numbers.unwrap_or(0.0);
        let beside = [
            (&layout.label, Some(canvas.left - left - 6.0)),
            (&chart.right_label, layout.margins.right_unit),
        ];
        for (text, x) in beside {
            let (Some(x), Some(room), false) = (x, layout.margins.unit, text.is_empty()) else {
                continue;
            };
            let font = self.shrunk(text, font, room, 0.75);
            let text = self.fonts.fit(text, font, room);
            let at = (x + 3.0, middle);
            let width = parts(self.fonts.width(&text, font));
            let label = Text {
                text: text.into_owned(),
                at: (parts(at.0), parts(at.1)),
                anchor: Anchor::Middle,
                turn: Turn::Up,
                font,
                ink,
                width,
                class: "unit",
            };
            self.written(root, label);
        }
        if layout.margins.has_watermark {
            let font = chart.fonts.watermark;
            let at = (layout.width / 2.0, layout.height - 6.0);
            let text = self.fonts.fit(&chart.watermark, font, layout.width - 12.0);
            self.text(root, &text, at, Anchor::Middle, font, ink.with_alpha(110), "watermark");
        }
    }

    fn title(&self, root: &Root<'_>, top: f64, ink: Ink) {
        let title = self.chart.fonts.title;
        for (index, text) in self.chart.title.iter().enumerate() {
            let top = top + 1.6 * title.in_points() * number::float(index);
            let (width, ascent) = (self.layout.width, self.fonts.ascent(title));
            let at = (width / 2.0, (top + ascent - 2.0).round());
            let room = width - 12.0;
            let font = self.shrunk(text, title, room, 0.75);
            let text = self.fonts.fit(text, font, room);
            self.text(root, &text, at, Anchor::Middle, font, ink, "title");
        }
    }
}
