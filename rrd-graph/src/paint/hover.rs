//! Tooltips with the values at each time.

use super::Painter;
use super::recorder::{Root, group, push};
use crate::chart::{Curve, Element};
use crate::number;
use crate::scene::{Rect, Shape, parts};
use crate::stack::{Layer, by_columns};

impl Painter<'_> {
    /// Adds a tooltip with the values of each group of columns.
    pub(super) fn tooltips(&self, root: &Root<'_>) {
        let canvas = self.layout.canvas;
        let named: Vec<(&Layer, &Curve)> = self
            .layout
            .layers
            .iter()
            .filter_map(|layer| match self.chart.elements.get(layer.element) {
                Some(Element::Curve(curve)) if !curve.legend.is_empty() => Some((layer, curve)),
                _ => None,
            })
            .collect();
        if named.is_empty() || canvas.width < 60.0 {
            return;
        }
        let columns = number::count((canvas.width / 6.0).clamp(1.0, 80.0));
        let mut texts: Vec<String> = Vec::with_capacity(columns);
        let span = self.layout.time.span();
        let length = number::seconds(span.end.seconds() - span.start.seconds());
        for column in 0..columns {
            let share = (number::float(column) + 0.5) / number::float(columns);
            let at = span.start.seconds() + number::whole_seconds(length * share);
            let mut text = String::with_capacity(16 + named.len() * 24);
            self.layout.time.push_moment(&mut text, at);
            texts.push(text);
        }
        for (layer, curve) in named {
            let name = crate::legend::plain(&curve.legend);
            let name = &*super::shown(name, self.chart.fonts.legend);
            let mut column = 0;
            let shifted = rrd_core::TimeRange::from_seconds(
                span.start.seconds() + number::whole_seconds(length / number::float(columns) / 2.0),
                span.end.seconds() + number::whole_seconds(length / number::float(columns) / 2.0),
            );
            by_columns(&layer.spans, shifted, columns, |span| {
                let own = if span.base.is_nan() { span.top } else { span.top - span.base };
                if let Some(text) = texts.get_mut(column) {
                    text.push('\n');
                    text.push_str(name);
                    text.push(' ');
                    self.chart.quantity().push_to(text, own);
                }
                column += 1;
            });
        }
        group(root, "tips", None, || {
            let x = |column: usize| {
                parts(canvas.left + canvas.width * number::float(column) / number::float(columns))
            };
            for (column, text) in texts.into_iter().enumerate() {
                let area = Rect {
                    left: x(column),
                    top: parts(canvas.top),
                    right: x(column + 1),
                    bottom: parts(canvas.bottom()),
                };
                push(root, Shape::Hover { area, text });
            }
        });
    }
}
