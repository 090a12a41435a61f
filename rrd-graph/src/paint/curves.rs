//! Curves, bands, marks and rules.

use std::ops::Range;

use super::recorder::{
    Plot, Root, Stroke, Surface, SurfacePaint, draw, fill, group, rectangle, stroke,
};
use super::{Painter, set_dashes};
use crate::chart::{Band, Curve, CurveKind, Element, Join, Marks, Rule, RulePlace};
use crate::number;
use crate::scene::{Pen, Point, parts};
use crate::stack::{Layer, Span, Thinning, thinned};
use crate::statement::Dashes;
use crate::theme::Ink;

/// As many envelopes can be told apart when they are filled. More would blend into a colour that
/// no series has.
const MOST_FILLED: usize = 2;
/// The opacity of the edges of others.
const EDGE_ALPHA: u8 = 110;

impl Painter<'_> {
    /// The number of elements up to the last one that fills an area.
    pub(super) fn filled_elements(&self) -> usize {
        let fills = |(element, ink): (&Element, &Option<Ink>)| {
            let is_filled = match element {
                Element::Curve(curve) => matches!(curve.kind, CurveKind::Area { .. }),
                Element::Band(_) | Element::Marks(_) => true,
                _ => false,
            };
            is_filled && ink.is_some()
        };
        let last = self.chart.elements.iter().zip(&self.inks).rposition(fills);
        last.map_or(0, |last| last + 1)
    }

    /// Draws some of the elements. `heights` are those of all layers.
    pub(super) fn elements(&self, root: &Root<'_>, elements: Range<usize>, heights: &[Vec<Span>]) {
        let mut layers = self
            .layout
            .layers
            .iter()
            .zip(heights)
            .skip_while(|(layer, _)| layer.element < elements.start);
        let inks = self.inks.iter().copied();
        let elements = self.chart.elements.iter().zip(inks).take(elements.end).skip(elements.start);
        let mut stack = Vec::new();
        for (element, ink) in elements {
            match element {
                Element::Curve(curve) => {
                    let area = layers.next().zip(ink).map(|((layer, spans), ink)| StackedArea {
                        curve,
                        layer,
                        spans,
                        ink,
                    });
                    let stacked = area.is_some_and(|area| self.is_stacked(area, stack.is_empty()));
                    if !stacked {
                        self.draw_stack(root, &mut stack);
                    }
                    match area {
                        Some(area) if stacked || self.is_stacked(area, true) => stack.push(area),
                        Some(StackedArea { curve, spans, ink, .. }) => {
                            self.curve(root, curve, spans, ink, false);
                        }
                        None => {}
                    }
                }
                Element::Band(band) => {
                    self.draw_stack(root, &mut stack);
                    if let Some(ink) = ink {
                        self.band(root, band, ink);
                    }
                }
                Element::Marks(marks) => {
                    self.draw_stack(root, &mut stack);
                    if let Some(ink) = ink {
                        self.marks(root, marks, ink);
                    }
                }
                Element::Hidden(_)
                | Element::Rule(_)
                | Element::Text(_)
                | Element::Print(_)
                | Element::Align(_) => {}
            }
        }
        self.draw_stack(root, &mut stack);
    }

    /// Whether an area is part of a stack on the base line, and opaque.
    fn is_stacked(
        &self,
        StackedArea { curve, layer, ink, .. }: StackedArea<'_>,
        first: bool,
    ) -> bool {
        let floor = self.layout.value.base_line();
        let plain = matches!(curve.kind, CurveKind::Area { gradient: None });
        plain
            && (first || curve.stack)
            && ink.color.alpha == 255
            && layer.spans.iter().all(|span| {
                let base = if span.base.is_nan() { floor } else { span.base };
                let stacked = if first { span.base.is_nan() } else { base >= floor };
                span.top.is_nan() || stacked && span.top >= base
            })
    }

    /// Draws stacked areas from the highest to the lowest, each down to the base line. The edge
    /// between two areas is then drawn once, and the background does not show through it.
    fn draw_stack(&self, root: &Root<'_>, stack: &mut Vec<StackedArea<'_>>) {
        while let Some(StackedArea { curve, spans, ink, .. }) = stack.pop() {
            self.curve(root, curve, spans, ink, true);
        }
    }

    /// Draws a curve through spans with heights; with `to_floor` an area also covers those below
    /// it.
    fn curve(&self, root: &Root<'_>, curve: &Curve, spans: &[Span], ink: Ink, to_floor: bool) {
        for run in runs(spans) {
            match &curve.kind {
                CurveKind::Line { width, dashes } => {
                    let pen = line_pen(ink, *width, dashes.as_ref());
                    let points = self.joined(run, Edge::Line, |span| self.inside(span.top, *width));
                    draw(root, &Stroke { points, join: self.chart.join, pen });
                }
                CurveKind::Area { gradient } => {
                    let paint = || match gradient {
                        None => SurfacePaint::Plain(ink),
                        Some(gradient) => SurfacePaint::Fade { near: ink, gradient: *gradient },
                    };
                    let floor = self.height(self.layout.value.base_line());
                    if to_floor {
                        let base = |_: &Span| floor;
                        // Where a slope ends on the area below, that area's edge must hide it.
                        let hidden = self.raster_pixel();
                        let top = |span: &Span| {
                            let is_flat = span.top == span.base;
                            if is_flat { (span.top + hidden).min(floor) } else { span.top }
                        };
                        for part in parts_with_height(run, self.chart.join) {
                            self.surface(root, &part, (top, base), true, paint());
                        }
                    } else {
                        let is_level = run.iter().all(|span| span.base == floor);
                        let edges = (|span: &Span| span.top, |span: &Span| span.base);
                        self.surface(root, run, edges, is_level, paint());
                    }
                }
            }
        }
    }

    /// Fills the space between the tops and the bases of a run of spans.
    fn surface(
        &self,
        root: &Root<'_>,
        run: &[Span],
        (top, base): (impl Fn(&Span) -> f64, impl Fn(&Span) -> f64),
        is_level: bool,
        paint: SurfacePaint,
    ) {
        let mut points = self.joined(run, Edge::Area, top);
        let upper = points.len();
        let below = self.joined(run, Edge::Area, base);
        let length = if is_level { 1 } else { below.len() };
        points.extend(below.into_iter().take(length));
        draw(root, &Surface { points, upper, join: self.chart.join, paint });
    }

    fn band(&self, root: &Root<'_>, band: &Band, ink: Ink) {
        let columns = number::count(self.layout.canvas.width).max(1);
        let lower = thinned(&band.lower, self.chart.range, columns, Thinning::Min);
        let upper = thinned(&band.upper, self.chart.range, columns, Thinning::Max);
        let spans = crate::stack::between(&lower, &upper);
        // Where each pixel has one value there is nothing between the extremes.
        let is_flat = |run: &[Span]| run.iter().all(|span| span.top == span.base);
        let edge_only = band.envelope && self.envelopes() > MOST_FILLED;
        for run in runs(&spans).filter(|run| !is_flat(run)) {
            if edge_only {
                let ink = ink.with_alpha(EDGE_ALPHA);
                let points = self.joined(run, Edge::Line, |span| self.height(span.top));
                draw(
                    root,
                    &Stroke { points, join: self.chart.join, pen: line_pen(ink, 1.0, None) },
                );
                continue;
            }
            let edges = (|span: &Span| self.height(span.top), |span: &Span| self.height(span.base));
            self.surface(root, run, edges, false, SurfacePaint::Plain(ink));
        }
    }

    /// The number of curves with an envelope.
    fn envelopes(&self) -> usize {
        let is_envelope =
            |element: &&Element| matches!(element, Element::Band(band) if band.envelope);
        self.chart.elements.iter().filter(is_envelope).count()
    }

    /// The points of a curve through adjacent known spans, for the chart's way of joining them: for
    /// steps the beginning of each span and the end of the last.
    ///
    /// Areas end on whole pixels, and so do their steps unless some are narrower than a pixel.
    /// Otherwise the colours of several areas would mix where all of them end.
    fn joined(&self, run: &[Span], edge: Edge, height: impl Fn(&Span) -> f64) -> Vec<Point> {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { return Vec::new() };
        let pixel = self.raster_pixel();
        let at = |x: f64, y: f64| (parts(x), parts(y));
        let end = |x: f64, y: f64| match edge {
            Edge::Line => at(x, y),
            Edge::Area if self.chart.join == Join::Steps => self.snapped(x, y),
            Edge::Area => (self.snapped(x, y).0, parts(y)),
        };
        let mut points = Vec::with_capacity(run.len() + 2);
        points.push(end(self.place(first.from), height(first)));
        match self.chart.join {
            Join::Steps => {
                let is_wide = |span: &Span| self.place(span.to) - self.place(span.from) >= pixel;
                let snaps = edge == Edge::Area && run.iter().all(is_wide);
                points.extend(run.iter().skip(1).map(|span| {
                    let (x, y) = (self.place(span.from), height(span));
                    if snaps { self.snapped(x, y) } else { (parts(x), end(x, y).1) }
                }));
            }
            join => {
                for span in run {
                    let (from, to) = (self.place(span.from), self.place(span.to));
                    let y = height(span);
                    // Rows hardly wider than a slope are points: the difference cannot be seen.
                    if join == Join::Slopes || to - from < pixel * 1.5 {
                        points.push(at(f64::midpoint(from, to), y));
                    } else {
                        points.push(at(from + pixel / 2.0, y));
                        points.push(at(to - pixel / 2.0, y));
                    }
                }
            }
        }
        points.push(end(self.place(last.to), height(last)));
        points
    }

    fn marks(&self, root: &Root<'_>, marks: &Marks, ink: Ink) {
        let (low, high) = (0.0, 1.0);
        let canvas = self.layout.canvas;
        let (near, far) = if marks.fraction >= 0.0 {
            (low, marks.fraction.min(high))
        } else {
            (high, (1.0 + marks.fraction).max(low))
        };
        if marks.fraction == 0.0 || marks.fraction.is_nan() {
            return;
        }
        let columns = number::count(canvas.width).max(1);
        let y = |share: f64| canvas.bottom() - share * canvas.height;
        let rows = thinned(&marks.samples, self.chart.range, columns, Thinning::Mean);
        // Marks that touch form one surface, so that nothing shows between them.
        let mut from: Option<i64> = None;
        let mut until = self.chart.range.start.seconds();
        let flush = |from: Option<i64>, to: i64| {
            if let Some(from) = from {
                let (left, right) = (self.place(from), self.place(to));
                let right = right.max(left + 1.0);
                fill(root, ink, &rectangle(left, y(far), right, y(near)));
            }
        };
        for (start, end, value) in rows {
            if value.is_nan() || value == 0.0 {
                flush(from.take(), start);
            } else {
                from.get_or_insert(start);
            }
            until = end;
        }
        flush(from, until);
    }

    pub(super) fn rules(&self, root: &Root<'_>, plot: &Plot<'_>) {
        let value = &self.layout.value;
        let span = self.layout.time.span();
        let drawn =
            self.chart.elements.iter().zip(&self.inks).filter_map(|(element, ink)| {
                match (element, ink) {
                    (Element::Rule(rule), Some(ink)) => Some((rule, *ink)),
                    _ => None,
                }
            });
        let rules: Vec<(&Rule, Ink)> = drawn.collect();
        if rules.is_empty() {
            return;
        }
        group(root, "rules", None, || {
            for (rule, ink) in rules {
                let mut pen = Pen::crisp(ink, rule.width);
                set_dashes(&mut pen, rule.dashes.as_ref());
                match rule.place {
                    RulePlace::Value(at) if (value.lower..=value.upper).contains(&at) => {
                        let (start, end) = (
                            number::seconds(span.start.seconds()),
                            number::seconds(span.end.seconds()),
                        );
                        stroke(plot, [(start, at), (end, at)], &pen);
                    }
                    RulePlace::Moment(at)
                        if (span.start.seconds()..=span.end.seconds()).contains(&at) =>
                    {
                        let at = number::seconds(at);
                        stroke(plot, [(at, value.lower), (at, value.upper)], &pen);
                    }
                    RulePlace::Value(_) | RulePlace::Moment(_) => {}
                }
            }
        });
    }
}

/// An area that may be part of a stack.
#[derive(Clone, Copy)]
struct StackedArea<'c> {
    curve: &'c Curve,
    layer: &'c Layer,
    /// The layer's spans with their heights.
    spans: &'c [Span],
    ink: Ink,
}

/// What the points of a curve are for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Edge {
    Line,
    Area,
}

fn line_pen(ink: Ink, width: f64, dashes: Option<&Dashes>) -> Pen {
    let mut pen =
        Pen { ink, width: parts(width), dashes: Vec::new(), offset: 0, crisp: false, round: true };
    set_dashes(&mut pen, dashes);
    pen
}

/// The parts of a run that have a height. Slopes begin and end in the middle of a span without.
fn parts_with_height(run: &[Span], join: Join) -> Vec<Vec<Span>> {
    let is_flat = |span: &Span| span.top == span.base;
    let middle = |span: &Span| span.from + (span.to - span.from) / 2;
    let mut parts = Vec::new();
    let mut rest = run;
    let mut before: Option<&Span> = None;
    for part in run.chunk_by(|a, b| is_flat(a) == is_flat(b)) {
        rest = rest.get(part.len()..).unwrap_or_default();
        if part.first().is_some_and(|span| !is_flat(span)) {
            let slopes = |span: Option<&Span>| span.copied().filter(|_| join != Join::Steps);
            let first = slopes(before).map(|span| Span { from: middle(&span), ..span });
            let last = slopes(rest.first()).map(|span| Span { to: middle(&span), ..span });
            parts.push(first.into_iter().chain(part.iter().copied()).chain(last).collect());
        }
        before = part.last();
    }
    parts
}

/// Runs of adjacent spans with known values.
fn runs(spans: &[Span]) -> impl Iterator<Item = &[Span]> {
    spans
        .chunk_by(|a, b| !a.top.is_nan() && !b.top.is_nan() && a.to == b.from)
        .filter(|run| run.first().is_some_and(|span| !span.top.is_nan()))
}
