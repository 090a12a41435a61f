//! Where curves are drawn: the heights of their spans in pixels from the top of the picture. No
//! filled area that has a value is thinner than a pixel; what is stacked on it moves.

use super::Painter;
use crate::axis::ValueAxis;
use crate::chart::{Curve, CurveKind, Element};
use crate::number;
use crate::scene::{Point, parts};
use crate::stack::{Layer, Span, next_floor};

/// Values this far outside the canvas, in pixels, are at the end of the axis.
const EDGE: f64 = 0.5;

impl Painter<'_> {
    /// The spans of each layer with `top` and `base` in pixels; an unknown `top` stays NaN.
    pub(super) fn heights(&self) -> Vec<Vec<Span>> {
        let ValueAxis { lower, upper, .. } = self.layout.value;
        let ground = self.height(self.layout.value.base_line());
        let thinnest = self.thinnest();
        let shows_zero = self.is_zero();
        let range = self.chart.range;
        let bare = || vec![(range.start.seconds(), range.end.seconds(), ground)];
        let mut floor = bare();
        let mut drawn = Vec::with_capacity(self.layout.layers.len());
        let mut layers = self.layout.layers.iter().zip(self.ceilings()).peekable();
        while let Some((layer, ceilings)) = layers.next() {
            let is_filled = self.is_filled(layer);
            if !self.is_on_another(layer) {
                floor = bare();
            }
            let mut below = floor.iter().peekable();
            let spans: Vec<Span> = layer
                .spans
                .iter()
                .zip(ceilings)
                .map(|(span, ceiling)| {
                    while below.next_if(|row| row.1 <= span.from).is_some() {}
                    let base = below.peek().map_or(ground, |row| row.2);
                    let height = self.height(span.top);
                    let own = self.own_base(span);
                    let is_seen = span.top.max(own) >= lower && span.top.min(own) <= upper;
                    let top = if span.top.is_nan() {
                        f64::NAN
                    } else if !is_filled || !is_seen {
                        height
                    } else if span.top == own {
                        let is_lowest = !self.is_on_another(layer);
                        if shows_zero && is_lowest { base - thinnest } else { base }
                    } else if span.top < own {
                        height.max(base + thinnest)
                    } else if self.is_below_the_edge(height) {
                        height.min(base - thinnest).max(ceiling).min(base)
                    } else {
                        height
                    };
                    Span { top, base, ..*span }
                })
                .collect();
            if layers.peek().is_some_and(|(next, _)| self.is_on_another(next)) {
                floor = next_floor(&spans, &floor);
            }
            drawn.push(spans);
        }
        drawn
    }

    /// The highest place for the top of each span: below what is stacked on it and needs a pixel.
    fn ceilings(&self) -> Vec<Vec<f64>> {
        let (top, thinnest) = (self.layout.canvas.top, self.thinnest());
        let layers = &self.layout.layers;
        let mut all: Vec<Vec<f64>> =
            layers.iter().map(|layer| vec![top; layer.spans.len()]).collect();
        for index in (1..layers.len()).rev() {
            let (Some([lower, upper]), Some([ceilings, above])) =
                (layers.get(index - 1..=index), all.get_mut(index - 1..=index))
            else {
                continue;
            };
            if !self.is_on_another(upper) {
                continue;
            }
            let is_filled = self.is_filled(upper);
            let mut places = lower.spans.iter().zip(ceilings).peekable();
            for (span, ceiling) in upper.spans.iter().zip(above.iter()) {
                while places.next_if(|(place, _)| place.to <= span.from).is_some() {}
                let Some((place, lowered)) = places.peek_mut() else { break };
                if place.from > span.from {
                    continue;
                }
                let is_inside = self.is_below_the_edge(self.height(span.top));
                let needs = is_filled && span.top > self.own_base(span) && is_inside;
                let ceiling = ceiling + if needs { thinnest } else { 0.0 };
                if ceiling > **lowered {
                    **lowered = ceiling;
                }
            }
        }
        all
    }

    /// The value on which a span stands.
    fn own_base(&self, span: &Span) -> f64 {
        if span.base.is_nan() { self.layout.value.base_line() } else { span.base }
    }

    /// Whether nothing but zero is shown, which areas then show as a line.
    fn is_zero(&self) -> bool {
        let spans = || self.layout.layers.iter().flat_map(|layer| &layer.spans);
        !self.chart.classic && spans().all(|span| span.top == 0.0 || span.top.is_nan())
    }

    /// The height of a line of this width, which is whole inside the canvas: at the ends of the
    /// axis half of it would be cut off, and the rest be covered by the axis.
    pub(super) fn inside(&self, height: f64, width: f64) -> f64 {
        let (top, bottom) = (self.layout.canvas.top, self.layout.canvas.bottom());
        let half = width / 2.0;
        let is_known = (top - EDGE..=bottom + EDGE).contains(&height);
        if self.chart.classic || !is_known || bottom - top < 2.0 * width {
            height
        } else {
            height.clamp(top + half, bottom - half)
        }
    }

    /// Whether a height is inside the canvas or at its upper edge.
    fn is_below_the_edge(&self, height: f64) -> bool {
        height >= self.layout.canvas.top - self.thinnest() / 2.0
    }

    fn curve_of(&self, layer: &Layer) -> Option<&Curve> {
        match self.chart.elements.get(layer.element) {
            Some(Element::Curve(curve)) => Some(curve),
            _ => None,
        }
    }

    fn is_on_another(&self, layer: &Layer) -> bool {
        self.curve_of(layer).is_some_and(|curve| curve.stack)
    }

    fn is_filled(&self, layer: &Layer) -> bool {
        let is_area = |curve: &Curve| matches!(curve.kind, CurveKind::Area { .. });
        let ink = self.inks.get(layer.element).copied().flatten();
        self.curve_of(layer).is_some_and(is_area) && ink.is_some_and(|ink| ink.color.alpha > 0)
    }

    /// The height of a value, in pixels from the top of the picture.
    pub(super) fn height(&self, value: f64) -> f64 {
        let value_axis = &self.layout.value;
        let share = value_axis.share(value_axis.clamped(value));
        self.layout.canvas.bottom() - self.layout.canvas.height * share
    }

    /// Pixels of the layout per pixel of the raster.
    pub(super) fn raster_pixel(&self) -> f64 {
        let zoom = self.chart.zoom;
        if zoom.is_finite() && zoom > 0.0 { 1.0 / zoom } else { 1.0 }
    }

    /// The least height of an area, in pixels.
    fn thinnest(&self) -> f64 {
        self.raster_pixel().max(1.0)
    }

    /// The position of a time, in pixels.
    pub(super) fn place(&self, at: i64) -> f64 {
        let canvas = self.layout.canvas;
        canvas.left + canvas.width * self.layout.time.share(number::seconds(at))
    }

    /// A position on whole pixels of the raster, which is inside the canvas.
    pub(super) fn snapped(&self, x: f64, y: f64) -> Point {
        let pixel = self.raster_pixel();
        let left = (self.layout.canvas.left / pixel).ceil();
        let right = (self.layout.canvas.right() / pixel).floor().max(left);
        let x = (x / pixel).round().clamp(left, right) * pixel;
        (parts(x), parts((y / pixel).round() * pixel))
    }
}
