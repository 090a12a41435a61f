//! Draws the legend as laid out, with a box or a stroke in front of each name.

use super::recorder::{Root, fill, line, push, rectangle};
use super::{Painter, set_dashes};
use crate::chart::{Curve, CurveKind, Element, Rule, RulePlace};
use crate::legend::{EDGE, LegendEntry, box_size};
use crate::scene::{Anchor, Pen, Shape, parts};
use crate::statement::Dashes;
use crate::theme::Role;

/// The opacity of the texts of a series that is hidden, and of heads of columns.
const HIDDEN: u8 = 110;
const MUTED: u8 = 165;

impl Painter<'_> {
    pub(super) fn legend(&self, root: &Root<'_>) {
        // The numbers after a name belong to it.
        let belongs = |_: &LegendEntry, next: &LegendEntry| next.swatch.is_none() && !next.muted;
        for entries in self.layout.legend.chunk_by(belongs) {
            let element = entries.first().and_then(|entry| entry.swatch);
            let element = element.and_then(|index| self.chart.elements.get(index));
            let is_hidden = matches!(element, Some(Element::Hidden(_)));
            let series = match element {
                Some(Element::Curve(curve) | Element::Hidden(curve)) => &*curve.name,
                _ => "",
            };
            if series.is_empty() {
                self.entries(root, entries, is_hidden);
            } else {
                let class = if is_hidden { "entry hidden" } else { "entry" };
                push(root, Shape::Begin { class, clip: None, series: Some(series.to_owned()) });
                self.entries(root, entries, is_hidden);
                push(root, Shape::End);
            }
        }
    }

    /// A name with its box and its numbers.
    fn entries(&self, root: &Root<'_>, entries: &[LegendEntry], is_hidden: bool) {
        let usual = self.chart.fonts.legend;
        let font = self.layout.legend_font;
        let descent = self.fonts.height(usual) - self.fonts.ascent(usual);
        for entry in entries {
            self.swatch(root, entry);
            let ink = self.ink(Role::Font);
            let ink = match (is_hidden, entry.muted) {
                (true, _) => ink.with_alpha(HIDDEN),
                (_, true) => ink.with_alpha(MUTED),
                _ => ink,
            };
            for (offset, text) in &entry.pieces {
                let at = (entry.drawn_x + offset, entry.y - descent);
                let room = self.layout.legend_right - at.0 - EDGE;
                let text = match entry.anchor {
                    Anchor::Start => self.fonts.fit(text, font, room.max(10.0)),
                    _ => text.as_str().into(),
                };
                self.text(root, &text, at, entry.anchor, font, ink, "legend");
                if is_hidden && entry.swatch.is_some() {
                    let right = at.0 + self.fonts.width(&text, font);
                    let y = at.1 - self.fonts.ascent(font) * 0.35;
                    line(root, &[(at.0, y), (right, y)], &Pen::crisp(ink, 1.0));
                }
            }
        }
    }

    /// The box or stroke that shows an element's colour in front of its name.
    pub(super) fn swatch(&self, root: &Root<'_>, entry: &LegendEntry) {
        let Some(index) = entry.swatch else { return };
        let Some(element) = self.chart.elements.get(index) else { return };
        let mut ink = self.inks.get(index).copied().flatten();
        if matches!(element, Element::Hidden(_)) {
            ink = ink.map(|ink| ink.with_alpha(HIDDEN / 2));
        }
        let font = self.chart.fonts.legend;
        let size = box_size(self.fonts, font).round();
        let left = entry.drawn_x.round();
        let bottom = (entry.y - (self.fonts.height(font) - self.fonts.ascent(font))).round() + 0.0;
        let top = bottom - size;
        let dashes = match element {
            Element::Curve(Curve { kind: CurveKind::Line { dashes, .. }, .. })
            | Element::Hidden(Curve { kind: CurveKind::Line { dashes, .. }, .. }) => {
                dashes.as_ref()
            }
            Element::Rule(rule) => rule.dashes.as_ref(),
            _ => None,
        };
        if (self.chart.line_samples || dashes.is_some()) && element.is_stroke() {
            let Some(ink) = ink else { return };
            let width = match element {
                Element::Curve(Curve { kind: CurveKind::Line { width, .. }, .. })
                | Element::Hidden(Curve { kind: CurveKind::Line { width, .. }, .. }) => {
                    width.clamp(1.0, 4.0)
                }
                _ => 1.5,
            };
            let middle = bottom - size / 2.0 + 0.5;
            let mut pen = Pen { width: parts(width + 0.5), ..Pen::crisp(ink, 1.0) };
            set_dashes(&mut pen, dashes.map(|_| short_dashes()).as_ref());
            let upright =
                matches!(element, Element::Rule(Rule { place: RulePlace::Moment(_), .. }));
            let points = if upright {
                [(left + size / 2.0, top), (left + size / 2.0, bottom)]
            } else {
                [(left - 1.0, middle), (left + size + 1.0, middle)]
            };
            line(root, &points, &pen);
            return;
        }
        let corners = rectangle(left, top, left + size, bottom);
        if let Some(ink) = ink {
            fill(root, self.ink(Role::Canvas), &corners);
            fill(root, ink, &corners);
        }
        if !self.chart.line_samples {
            let pen = Pen::crisp(self.ink(Role::Frame), 1.0);
            let corners = rectangle(left, top, left + size, bottom);
            let closed: Vec<_> = corners.iter().chain(corners.first()).copied().collect();
            line(root, &closed, &pen);
        }
    }
}

/// Dashes that are visible in a box of the legend.
fn short_dashes() -> Dashes {
    Dashes { lengths: vec![3.0, 2.0], offset: 0.0 }
}
