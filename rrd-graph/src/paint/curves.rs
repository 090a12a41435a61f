//! Curves, bands, marks and rules.

use super::recorder::{
    Plot, Root, Stroke, Surface, SurfacePaint, draw, fill, group, rectangle, stroke,
};
use super::{Painter, set_dashes};
use crate::chart::{Band, Curve, CurveKind, Element, Join, Marks, Rule, RulePlace};
use crate::number;
use crate::scene::{Pen, parts};
use crate::stack::{Layer, Span, Thinning, thinned};
use crate::statement::Dashes;
use crate::theme::Ink;

impl Painter<'_> {
    pub(super) fn elements(&self, plot: &Plot<'_>) {
        let mut layers = self.layout.layers.iter();
        let mut stack = Vec::new();
        for (index, element) in self.chart.elements.iter().enumerate() {
            let ink = self.inks.get(index).copied().flatten();
            match element {
                Element::Curve(curve) => {
                    let area = layers.next().zip(ink).map(|(layer, ink)| (curve, layer, ink));
                    let stacked = area.is_some_and(|area| self.is_stacked(area, stack.is_empty()));
                    if !stacked {
                        self.draw_stack(plot, &mut stack);
                    }
                    match area {
                        Some(area) if stacked || self.is_stacked(area, true) => stack.push(area),
                        Some((curve, layer, ink)) => self.curve(plot, curve, layer, ink, false),
                        None => {}
                    }
                }
                Element::Band(band) => {
                    self.draw_stack(plot, &mut stack);
                    if let Some(ink) = ink {
                        self.band(plot, band, ink);
                    }
                }
                Element::Marks(marks) => {
                    self.draw_stack(plot, &mut stack);
                    if let Some(ink) = ink {
                        self.marks(plot, marks, ink);
                    }
                }
                Element::Rule(_) | Element::Text(_) | Element::Print(_) | Element::Align(_) => {}
            }
        }
        self.draw_stack(plot, &mut stack);
    }

    /// Whether an area is part of a stack on the base line, and opaque.
    fn is_stacked(&self, (curve, layer, ink): StackedArea<'_>, first: bool) -> bool {
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
    fn draw_stack(&self, plot: &Plot<'_>, stack: &mut Vec<StackedArea<'_>>) {
        while let Some((curve, layer, ink)) = stack.pop() {
            // Where an area has no height it must not show, not even under an antialiased edge.
            let thick = layer.spans.iter().all(|span| span.base.is_nan() || span.top != span.base);
            self.curve(plot, curve, layer, ink, thick);
        }
    }

    /// Draws a curve; with `to_floor` an area also covers those below it.
    fn curve(&self, plot: &Plot<'_>, curve: &Curve, layer: &Layer, ink: Ink, to_floor: bool) {
        for run in runs(&layer.spans) {
            let top = self.joined(run, |span| span.top);
            match &curve.kind {
                CurveKind::Line { width, dashes } => {
                    let pen = line_pen(ink, *width, dashes.as_ref());
                    draw(plot, &Stroke { points: top, join: self.chart.join, pen });
                }
                CurveKind::Area { gradient } => {
                    let floor = self.layout.value.base_line();
                    let stacked = !to_floor && run.iter().any(|span| !span.base.is_nan());
                    let upper = top.len();
                    let mut points = top;
                    if stacked {
                        let base = |span: &Span| if span.base.is_nan() { floor } else { span.base };
                        points.extend(self.joined(run, base));
                    } else {
                        points.push((number::seconds(run[0].from), floor));
                    }
                    let paint = match gradient {
                        None => SurfacePaint::Plain(ink),
                        Some(gradient) => SurfacePaint::Fade { near: ink, gradient: *gradient },
                    };
                    draw(plot, &Surface { points, upper, join: self.chart.join, paint });
                }
            }
        }
    }

    fn band(&self, plot: &Plot<'_>, band: &Band, ink: Ink) {
        let columns = number::count(self.layout.canvas.width).max(1);
        let lower = thinned(&band.lower, self.chart.range, columns, Thinning::Min);
        let upper = thinned(&band.upper, self.chart.range, columns, Thinning::Max);
        let spans = crate::stack::between(&lower, &upper);
        for run in runs(&spans) {
            let mut points = self.joined(run, |span| span.top);
            let upper = points.len();
            points.extend(self.joined(run, |span| span.base));
            let paint = SurfacePaint::Plain(ink);
            draw(plot, &Surface { points, upper, join: self.chart.join, paint });
        }
    }

    /// The points of a curve through adjacent known spans, for the chart's way of joining them: for
    /// steps the beginning of each span and the end of the last.
    fn joined(&self, run: &[Span], value: impl Fn(&Span) -> f64) -> Vec<(f64, f64)> {
        let mut points = Vec::with_capacity(run.len() + 2);
        match self.chart.join {
            Join::Steps => {
                points.extend(run.iter().map(|span| (number::seconds(span.from), value(span))));
                points.extend(run.last().map(|span| (number::seconds(span.to), value(span))));
            }
            Join::Slopes => {
                if let Some(first) = run.first() {
                    points.push((number::seconds(first.from), value(first)));
                }
                for span in run {
                    let middle =
                        f64::midpoint(number::seconds(span.from), number::seconds(span.to));
                    points.push((middle, value(span)));
                }
                if let Some(last) = run.last() {
                    points.push((number::seconds(last.to), value(last)));
                }
            }
        }
        points
    }

    fn marks(&self, plot: &Plot<'_>, marks: &Marks, ink: Ink) {
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
        let root = plot.strip_coord_spec();
        let y = |share: f64| canvas.bottom() - share * canvas.height;
        let rows = thinned(&marks.samples, self.chart.range, columns, Thinning::Mean);
        // Marks that touch form one surface, so that nothing shows between them.
        let mut from: Option<i64> = None;
        let mut until = self.chart.range.start.seconds();
        let flush = |from: Option<i64>, to: i64| {
            if let Some(from) = from {
                let x = |at: i64| {
                    canvas.left + canvas.width * self.layout.time.share(number::seconds(at))
                };
                let (left, right) = (x(from), x(to).max(x(from) + 1.0));
                fill(&root, ink, &rectangle(left, y(far), right, y(near)));
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
type StackedArea<'c> = (&'c Curve, &'c Layer, Ink);

fn line_pen(ink: Ink, width: f64, dashes: Option<&Dashes>) -> Pen {
    let mut pen =
        Pen { ink, width: parts(width), dashes: Vec::new(), offset: 0, crisp: false, round: true };
    set_dashes(&mut pen, dashes);
    pen
}

/// Runs of adjacent spans with known values.
fn runs(spans: &[Span]) -> impl Iterator<Item = &[Span]> {
    spans
        .chunk_by(|a, b| !a.top.is_nan() && !b.top.is_nan() && a.to == b.from)
        .filter(|run| run.first().is_some_and(|span| !span.top.is_nan()))
}
