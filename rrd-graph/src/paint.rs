//! From a chart and its layout to a scene: the elements of the chart drawn through the coordinate system of plotters.

use std::convert::Infallible;

use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::{CoordTranslate, Shift};
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{CoordMapper, Drawable, PointCollection};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, DrawingBackend, DrawingErrorKind,
};

use crate::axis::{TimeAxis, ValueAxis};
use crate::chart::{
    Band, Chart, Curve, CurveKind, Element, Extent, Join, Marks, Rule, RulePlace, Tint,
};
use crate::color::Color;
use crate::font::{Font, Fonts};
use crate::layout::{Canvas, Layout};
use crate::legend::{LegendEntry, box_size};
use crate::number;
use crate::scene::{Anchor, Base, PARTS, Paint, Pen, Point, Rect, Scene, Shape, Text, Turn, parts};
use crate::stack::{Layer, Span, by_columns, thinned};
use crate::statement::{Dashes, Gradient};
use crate::theme::{Ink, Role};

/// The backend of plotters that takes a scene down, in 64ths of a pixel.
struct Recorder<'s> {
    scene: &'s mut Scene,
}

impl Recorder<'_> {
    fn ink(color: BackendColor) -> Ink {
        let (red, green, blue) = color.rgb;
        let alpha = u8::try_from(number::whole((color.alpha * 255.0).round())).unwrap_or(255);
        Ink::fixed(Color::rgba(red, green, blue, alpha))
    }

    fn pen<S: BackendStyle>(style: &S) -> Pen {
        Pen {
            ink: Self::ink(style.color()),
            width: i32::try_from(style.stroke_width()).unwrap_or(i32::MAX),
            dashes: Vec::new(),
            offset: 0,
            crisp: false,
            round: false,
        }
    }
}

type Recorded = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for Recorder<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        let scale = PARTS.unsigned_abs();
        (self.scene.width.saturating_mul(scale), self.scene.height.saturating_mul(scale))
    }

    fn ensure_prepared(&mut self) -> Recorded {
        Ok(())
    }

    fn present(&mut self) -> Recorded {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Recorded {
        let outline = vec![(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)];
        self.scene.shapes.push(Shape::Fill { outline, ink: Self::ink(color) });
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Recorded {
        let points = path.into_iter().collect();
        self.scene.shapes.push(Shape::Stroke { points, pen: Self::pen(style) });
        Ok(())
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Recorded {
        self.draw_path([from, to], style)
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        vert: I,
        style: &S,
    ) -> Recorded {
        let outline = vert.into_iter().collect();
        self.scene.shapes.push(Shape::Fill { outline, ink: Self::ink(style.color()) });
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Recorded {
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
        if fill {
            self.fill_polygon(corners, style)
        } else {
            self.draw_path(corners.into_iter().chain([(left, top)]), style)
        }
    }
}

/// Positions as the coordinate system gives them. Plotters' own mapper moves what lies outside of the picture to its
/// edge, which would bend every curve that is cut off.
struct Unclamped;

impl CoordMapper for Unclamped {
    type Output = BackendCoord;

    fn map<CT: CoordTranslate>(
        coordinates: &CT,
        from: &CT::From,
        _: &plotters::drawing::Rect,
    ) -> BackendCoord {
        coordinates.translate(from)
    }
}

/// A line through points of any coordinate system.
struct Stroke<C> {
    points: Vec<C>,
    pen: Pen,
}

/// The space between a curve and what it stands on.
struct Surface<C> {
    /// The upper curve and behind it the lower one, both from left to right.
    points: Vec<C>,
    /// How many of the points are the upper curve; the rest is the lower one, or one point of a level base.
    upper: usize,
    paint: SurfacePaint,
}

enum SurfacePaint {
    Plain(Ink),
    Fade { near: Ink, gradient: Gradient },
}

/// A filled outline.
struct Polygon<C> {
    points: Vec<C>,
    ink: Ink,
}

macro_rules! points_of {
    ($element:ident) => {
        impl<'a, C: 'a> PointCollection<'a, C, Unclamped> for &'a $element<C> {
            type Point = &'a C;
            type IntoIter = &'a [C];

            fn point_iter(self) -> &'a [C] {
                &self.points
            }
        }
    };
}
points_of!(Stroke);
points_of!(Surface);
points_of!(Polygon);

impl<C> Drawable<Recorder<'_>, Unclamped> for Stroke<C> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        points: I,
        recorder: &mut Recorder<'_>,
        _: (u32, u32),
    ) -> Recorded {
        recorder
            .scene
            .shapes
            .push(Shape::Stroke { points: straight(points), pen: self.pen.clone() });
        Ok(())
    }
}

impl<C> Drawable<Recorder<'_>, Unclamped> for Surface<C> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        points: I,
        recorder: &mut Recorder<'_>,
        _: (u32, u32),
    ) -> Recorded {
        let all: Vec<Point> = points.collect();
        let (top, below) = all.split_at(self.upper.min(all.len()));
        let base = match below {
            [level] => Base::Level(level.1),
            curve => Base::Curve(straight(curve.iter().copied())),
        };
        let paint = match &self.paint {
            SurfacePaint::Plain(ink) => Paint::Plain(*ink),
            SurfacePaint::Fade { near, gradient } => fade(*near, gradient, top, &base),
        };
        let top = straight(top.iter().copied());
        recorder.scene.shapes.push(Shape::Area { top, base, paint });
        Ok(())
    }
}

impl<C> Drawable<Recorder<'_>, Unclamped> for Polygon<C> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        points: I,
        recorder: &mut Recorder<'_>,
        _: (u32, u32),
    ) -> Recorded {
        recorder.scene.shapes.push(Shape::Fill { outline: points.collect(), ink: self.ink });
        Ok(())
    }
}

/// One fading for a whole area, between its highest point and its base.
fn fade(near: Ink, gradient: &Gradient, top: &[Point], base: &Base) -> Paint {
    let level = match base {
        Base::Level(y) => *y,
        Base::Curve(points) => points.iter().map(|point| point.1).max().unwrap_or(0),
    };
    let highest = top.iter().map(|point| point.1).min().unwrap_or(level);
    let lowest = top.iter().map(|point| point.1).max().unwrap_or(level);
    // An area that hangs below its base fades the other way up.
    let tip = if level - highest >= lowest - level { highest } else { lowest };
    let toward = if tip <= level { 1.0 } else { -1.0 };
    let far = Ink::fixed(gradient.base);
    let height = parts(gradient.height.abs() * toward);
    let (from_y, to_y) = if gradient.height > 0.0 {
        // RRDtool fades each column on its own, in stripes. Here one fading goes through the whole area: over the
        // height asked for, or down to the base where that is farther.
        let reach = if height.abs() > (level - tip).abs() { height } else { level - tip };
        (tip, tip.saturating_add(reach))
    } else if gradient.height < 0.0 {
        (level.saturating_sub(height), level)
    } else {
        (tip, level)
    };
    Paint::Fade { from: near, from_y, to: far, to_y }
}

/// The points without those in the middle of a level or upright run.
fn straight(points: impl Iterator<Item = Point>) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::with_capacity(points.size_hint().0);
    for point in points {
        if let [.., a, b] = kept.as_slice() {
            let level = a.1 == b.1 && b.1 == point.1;
            let upright = a.0 == b.0 && b.0 == point.0 && (a.1 < b.1) == (b.1 < point.1);
            if level || upright {
                kept.pop();
            }
        }
        if kept.last() != Some(&point) {
            kept.push(point);
        }
    }
    kept
}

type Root<'s> = DrawingArea<Recorder<'s>, Shift>;
type Plot<'s> = DrawingArea<Recorder<'s>, Cartesian2d<TimeAxis, ValueAxis>>;

impl Chart {
    /// Draws the chart as laid out.
    pub fn scene(&self, layout: &Layout, fonts: &Fonts) -> Scene {
        let (width, height) = layout.size();
        let mut scene = Scene {
            width,
            height,
            zoom: self.zoom,
            theme: self.colors.theme,
            title: self.title.join(" "),
            description: self.description(),
            shapes: Vec::new(),
        };
        Painter { chart: self, layout, fonts, inks: self.element_inks() }.paint(&mut scene);
        scene
    }

    /// The colour of each element; `None` for what is not drawn.
    pub(crate) fn element_inks(&self) -> Vec<Option<Ink>> {
        let mut next = 0;
        let mut inks = Vec::with_capacity(self.elements.len());
        for element in &self.elements {
            let (tint, takes) = match element {
                Element::Curve(curve) => (curve.color, true),
                Element::Marks(marks) => (marks.color, true),
                Element::Rule(rule) => (rule.color, true),
                // A band has the colour of the curve it surrounds.
                Element::Band(band) => (band.color, false),
                Element::Text(_) | Element::Align(_) => (Tint::Invisible, false),
            };
            inks.push(match tint {
                Tint::Invisible => None,
                Tint::Fixed(color) => Some(Ink::fixed(color)),
                Tint::Next => {
                    let ink = self.colors.ink(Role::Series(next));
                    if takes {
                        next = (next + 1) % 12;
                        Some(ink)
                    } else {
                        Some(ink.with_alpha(64))
                    }
                }
            });
        }
        inks
    }

    /// What the picture shows, for those who do not see it.
    fn description(&self) -> String {
        let mut names: Vec<&str> = Vec::new();
        let mut numbers = Vec::new();
        for element in &self.elements {
            if let Element::Curve(curve) = element {
                let name = crate::legend::plain(&curve.legend);
                if !name.is_empty() && !names.contains(&name) {
                    names.push(name);
                    let of = |summary: crate::chart::Summary| {
                        self.number(summary.of(&curve.samples, self.range))
                    };
                    numbers.push(format!(
                        "{name}: average {}, highest {}, last {}",
                        of(crate::chart::Summary::Average),
                        of(crate::chart::Summary::Maximum),
                        of(crate::chart::Summary::Last)
                    ));
                }
            }
        }
        let span = TimeAxis::new(self.range, self.zone.clone()).spoken();
        if numbers.is_empty() { span } else { format!("{span}. {}.", numbers.join("; ")) }
    }
}

struct Painter<'c> {
    chart: &'c Chart,
    layout: &'c Layout,
    fonts: &'c Fonts,
    inks: Vec<Option<Ink>>,
}

impl Painter<'_> {
    fn paint(&self, scene: &mut Scene) {
        let canvas = self.layout.canvas;
        let root = Recorder { scene }.into_drawing_area();
        let (left, top) = (parts(canvas.left), parts(canvas.top));
        let (right, bottom) = (parts(canvas.right()), parts(canvas.bottom()));
        let coordinates = Cartesian2d::new(
            self.layout.time.clone(),
            self.layout.value.clone(),
            (left..right, bottom..top),
        );
        let plot = root.apply_coord_spec(coordinates);
        self.paper(&root);
        let drawable = self.layout.value.upper > self.layout.value.lower;
        if drawable {
            self.grid(&root, &plot);
            // A pixel more above and below, so that a line along the edge is seen whole.
            let clip = Rect { left, top: top - PARTS, right, bottom: bottom + PARTS };
            group(&root, "plot", Some(clip), || self.elements(&plot));
        }
        if self.chart.extent != Extent::Bare {
            self.axes(&root);
            if drawable {
                self.numbers(&root, &plot);
            }
            self.titles(&root);
        }
        if drawable {
            self.rules(&root, &plot);
        }
        if self.chart.extent != Extent::Bare {
            group(&root, "legend", None, || self.legend(&root));
        }
        if drawable && self.chart.hover {
            self.hovers(&root);
        }
    }

    fn ink(&self, role: Role) -> Ink {
        self.chart.colors.ink(role)
    }

    fn paper(&self, root: &Root<'_>) {
        let Canvas { left, top, .. } = self.layout.canvas;
        let (right, bottom) = (self.layout.canvas.right(), self.layout.canvas.bottom());
        let (width, height) = (self.layout.width, self.layout.height);
        fill(root, self.ink(Role::Back), &rectangle(0.0, 0.0, width, height));
        fill(root, self.ink(Role::Canvas), &rectangle(left, top, right, bottom));
        if self.chart.extent == Extent::Bare {
            return;
        }
        if let Some(edge) = self.chart.border.filter(|edge| *edge > 0.0) {
            let edge = edge.min(width.min(height) / 2.0);
            let (inner_right, inner_bottom) = (width - edge, height - edge);
            fill(
                root,
                self.ink(Role::ShadeA),
                &[
                    (0.0, height),
                    (edge, inner_bottom),
                    (edge, edge),
                    (inner_right, edge),
                    (width, 0.0),
                    (0.0, 0.0),
                ],
            );
            fill(
                root,
                self.ink(Role::ShadeB),
                &[
                    (edge, inner_bottom),
                    (inner_right, inner_bottom),
                    (inner_right, edge),
                    (width, 0.0),
                    (width, height),
                    (0.0, height),
                ],
            );
        }
    }

    fn grid(&self, root: &Root<'_>, plot: &Plot<'_>) {
        let value = &self.layout.value;
        let (low, high) = (value.lower, value.upper);
        let span = self.layout.time.span();
        let (start, end) = (number::seconds(span.start), number::seconds(span.end));
        let upright = |at: i64| [(number::seconds(at), low), (number::seconds(at), high)];
        let level = |at: f64| [(start, at), (end, at)];
        let dashes = |mut pen: Pen| {
            if let Some((mark, gap)) =
                self.chart.grid_dash.filter(|dash| dash.0 > 0.0 && dash.1 > 0.0)
            {
                pen.dashes = vec![parts(mark), parts(gap)];
            }
            pen
        };
        group(root, "grid", None, || {
            if self.chart.minor_grid {
                let pen = dashes(Pen::crisp(self.ink(Role::Grid), 1.0));
                for at in &self.layout.value_ticks.minor {
                    stroke(plot, level(*at), &pen);
                }
                for at in &self.layout.time_ticks.minor {
                    stroke(plot, upright(*at), &pen);
                }
            }
            let pen = dashes(Pen::crisp(self.ink(Role::MajorGrid), 1.0));
            for at in &self.layout.time_ticks.major {
                stroke(plot, upright(*at), &pen);
            }
            for (at, _) in &self.layout.value_ticks.major {
                stroke(plot, level(*at), &pen);
            }
            if low < 0.0 && high > 0.0 {
                stroke(plot, level(0.0), &Pen::crisp(self.ink(Role::Axis), 1.0));
            }
        });
    }

    fn elements(&self, plot: &Plot<'_>) {
        let mut layers = self.layout.layers.iter();
        for (index, element) in self.chart.elements.iter().enumerate() {
            let ink = self.inks.get(index).copied().flatten();
            match element {
                Element::Curve(curve) => {
                    let layer = layers.next();
                    if let (Some(ink), Some(layer)) = (ink, layer) {
                        self.curve(plot, curve, layer, ink);
                    }
                }
                Element::Band(band) => {
                    if let Some(ink) = ink {
                        self.band(plot, band, ink);
                    }
                }
                Element::Marks(marks) => {
                    if let Some(ink) = ink {
                        self.marks(plot, marks, ink);
                    }
                }
                Element::Rule(_) | Element::Text(_) | Element::Align(_) => {}
            }
        }
    }

    fn curve(&self, plot: &Plot<'_>, curve: &Curve, layer: &Layer, ink: Ink) {
        for run in runs(&layer.spans) {
            let top = self.joined(run, |span| span.top);
            match &curve.kind {
                CurveKind::Line { width, dashes } => {
                    let pen = line_pen(ink, *width, dashes.as_ref());
                    draw(plot, &Stroke { points: top, pen });
                }
                CurveKind::Area { gradient } => {
                    let floor = self.layout.value.base_line();
                    let stands = run.iter().any(|span| !span.base.is_nan());
                    let upper = top.len();
                    let mut points = top;
                    if stands {
                        let base = |span: &Span| if span.base.is_nan() { floor } else { span.base };
                        points.extend(self.joined(run, base));
                    } else {
                        points.push((number::seconds(run[0].from), floor));
                    }
                    let paint = match gradient {
                        None => SurfacePaint::Plain(ink),
                        Some(gradient) => SurfacePaint::Fade { near: ink, gradient: *gradient },
                    };
                    draw(plot, &Surface { points, upper, paint });
                }
            }
        }
    }

    fn band(&self, plot: &Plot<'_>, band: &Band, ink: Ink) {
        let columns = number::count(self.layout.canvas.width).max(1);
        let lower = thinned(&band.lower, self.chart.range, columns);
        let upper = thinned(&band.upper, self.chart.range, columns);
        let spans = crate::stack::between(&lower, &upper);
        for run in runs(&spans) {
            let mut points = self.joined(run, |span| span.top);
            let upper = points.len();
            points.extend(self.joined(run, |span| span.base));
            draw(plot, &Surface { points, upper, paint: SurfacePaint::Plain(ink) });
        }
    }

    /// The points of a curve through neighbouring known spans.
    fn joined(&self, run: &[Span], value: impl Fn(&Span) -> f64) -> Vec<(f64, f64)> {
        let mut points = Vec::with_capacity(run.len() * 2);
        match self.chart.join {
            Join::Steps => {
                for span in run {
                    points.push((number::seconds(span.from), value(span)));
                    points.push((number::seconds(span.to), value(span)));
                }
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
        let rows = thinned(&marks.samples, self.chart.range, columns);
        // Marks that touch are one surface, so that nothing shows through between them.
        let mut from: Option<i64> = None;
        let mut until = self.chart.range.start;
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

    fn rules(&self, root: &Root<'_>, plot: &Plot<'_>) {
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
                        let (start, end) = (number::seconds(span.start), number::seconds(span.end));
                        stroke(plot, [(start, at), (end, at)], &pen);
                    }
                    RulePlace::Moment(at) if (span.start..=span.end).contains(&at) => {
                        let at = number::seconds(at);
                        stroke(plot, [(at, value.lower), (at, value.upper)], &pen);
                    }
                    RulePlace::Value(_) | RulePlace::Moment(_) => {}
                }
            }
        });
    }

    fn axes(&self, root: &Root<'_>) {
        let canvas = self.layout.canvas;
        let (left, top) = (canvas.left, canvas.top);
        let (right, bottom) = (canvas.right(), canvas.bottom());
        let pen = Pen::crisp(self.ink(Role::Axis), 1.0);
        group(root, "axes", None, || {
            line(root, &[(left, bottom), (right, bottom)], &pen);
            for at in &self.layout.time_ticks.major {
                let x = left + canvas.width * self.layout.time.share(number::seconds(*at));
                line(root, &[(x, bottom), (x, bottom + 3.0)], &pen);
            }
            if self.chart.right_axis.is_some() {
                line(root, &[(right, top), (right, bottom)], &pen);
            }
        });
    }

    fn numbers(&self, root: &Root<'_>, plot: &Plot<'_>) {
        let canvas = self.layout.canvas;
        let font = self.chart.fonts.axis;
        let ink = self.ink(Role::Font);
        let rise = (self.fonts.ascent(font) * 0.38).round();
        group(root, "labels", None, || {
            let room = self.layout.number_left.min(canvas.left) - 2.0;
            let room = canvas.left - 7.0 - room.max(2.0);
            // Numbers beside an empty canvas would look like values.
            let numbers =
                if self.layout.empty { [].as_slice() } else { &self.layout.value_ticks.major };
            if self.layout.empty {
                let middle =
                    (canvas.left + canvas.width / 2.0, canvas.top + canvas.height / 2.0 + rise);
                let pale = ink.with_alpha(150);
                self.text(
                    root,
                    "no data",
                    middle,
                    Anchor::Middle,
                    self.chart.fonts.unit,
                    pale,
                    "empty",
                );
            }
            for (value, text) in numbers {
                let y = crate::scene::pixels(plot.map_coordinate(&(0.0, *value)).1);
                let at = (canvas.left - 7.0, y + rise);
                let fitted = self.shrunk(text, font, room);
                self.text(root, text, at, Anchor::End, fitted, ink, "y");
                if self.chart.right_axis.is_some() {
                    let text = self.chart.right_number(*value, &self.layout.value_ticks);
                    let at = (canvas.right() + 7.0, y + rise);
                    self.text(root, &text, at, Anchor::Start, font, ink, "y");
                }
            }
            let base = canvas.bottom() + 4.0 + self.fonts.ascent(font);
            for (text, x) in self.time_labels(font) {
                self.text(root, text, (x, base), Anchor::Middle, font, ink, "x");
            }
        });
    }

    /// The labels of the time axis and their middles. At the ends they move inwards rather than under the numbers or
    /// over the edge, and give way where that brings them too near to the next.
    fn time_labels(&self, font: Font) -> Vec<(&str, f64)> {
        let canvas = self.layout.canvas;
        let labels = &self.layout.time_ticks.labels;
        let mut placed: Vec<(&str, f64, f64, bool)> = Vec::with_capacity(labels.len());
        for label in labels {
            let wanted =
                canvas.left + canvas.width * self.layout.time.share(number::seconds(label.at));
            let half = self.fonts.width(&label.text, font) / 2.0;
            let least = (canvas.left - 6.0).max(2.0) + half;
            let x = wanted.max(least).min(self.layout.width - 3.0 - half);
            let moved = (x - wanted).abs() > 0.5;
            if let Some((_, before, room, edge)) = placed.last().copied()
                && x - half < before + room + 4.0
            {
                if !edge || moved {
                    continue;
                }
                placed.pop();
            }
            if x >= least {
                placed.push((&label.text, x, half, moved));
            }
        }
        placed.into_iter().map(|(text, x, _, _)| (text, x)).collect()
    }

    /// The font, smaller where a text would not fit its room.
    fn shrunk(&self, text: &str, font: Font, room: f64) -> Font {
        let mut fitted = font;
        while fitted.size > font.size * 0.6 && self.fonts.width(text, fitted) > room {
            fitted.size -= 0.5;
        }
        fitted
    }

    fn titles(&self, root: &Root<'_>) {
        let layout = self.layout;
        let canvas = layout.canvas;
        let chart = self.chart;
        let ink = self.ink(Role::Font);
        let title = chart.fonts.title;
        for (index, text) in chart.title.iter().enumerate() {
            let points = title.in_points();
            let top = 1.3 * points + 1.6 * points * number::float(index);
            let at = (layout.title_x, (top + self.fonts.ascent(title) - 2.0).round());
            let text = self.fonts.fit(text, title, layout.width - 12.0);
            self.text(root, &text, at, Anchor::Middle, title, ink, "title");
        }
        let middle = canvas.top + canvas.height / 2.0;
        let font = chart.fonts.unit;
        let beside =
            [(&chart.vertical_label, layout.label_x), (&chart.right_label, layout.right_label_x)];
        for (text, x) in beside {
            if text.is_empty() {
                continue;
            }
            let room = (canvas.height + 20.0).max(20.0);
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
            push(root, Shape::Text(label));
        }
        if !chart.watermark.is_empty() {
            let font = chart.fonts.watermark;
            let at = (layout.width / 2.0, layout.height - 6.0);
            let text = self.fonts.fit(&chart.watermark, font, layout.width - 12.0);
            self.text(root, &text, at, Anchor::Middle, font, ink.with_alpha(110), "watermark");
        }
    }

    fn legend(&self, root: &Root<'_>) {
        let font = self.chart.fonts.legend;
        let descent = self.fonts.height(font) - self.fonts.ascent(font);
        for entry in &self.layout.legend {
            self.sample(root, entry);
            let ink = self.ink(Role::Font).with_alpha(if entry.muted { 165 } else { 255 });
            let ink = if entry.muted { ink } else { self.ink(Role::Font) };
            for (offset, text) in &entry.pieces {
                let at = (entry.x + offset, entry.y - descent);
                let room = self.layout.width - at.0 - 4.0;
                let text = match entry.anchor {
                    Anchor::Start => self.fonts.fit(text, font, room.max(10.0)),
                    _ => text.as_str().into(),
                };
                self.text(root, &text, at, entry.anchor, font, ink, "legend");
            }
        }
    }

    /// The box or stroke that shows an element's colour in front of its name.
    fn sample(&self, root: &Root<'_>, entry: &LegendEntry) {
        let Some(index) = entry.sample else { return };
        let Some(element) = self.chart.elements.get(index) else { return };
        let ink = self.inks.get(index).copied().flatten();
        let font = self.chart.fonts.legend;
        let size = box_size(self.fonts, font).round();
        let left = entry.x.round();
        let bottom = (entry.y - (self.fonts.height(font) - self.fonts.ascent(font))).round() + 0.0;
        let top = bottom - size;
        let dashes = match element {
            Element::Curve(Curve { kind: CurveKind::Line { dashes, .. }, .. }) => dashes.as_ref(),
            Element::Rule(rule) => rule.dashes.as_ref(),
            _ => None,
        };
        if (self.chart.line_samples || dashes.is_some()) && Chart::is_stroke(element) {
            let Some(ink) = ink else { return };
            let width = match element {
                Element::Curve(Curve { kind: CurveKind::Line { width, .. }, .. }) => {
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

    /// The values of each stretch of columns as texts that appear under the pointer.
    fn hovers(&self, root: &Root<'_>) {
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
        let mut texts: Vec<String> = Vec::new();
        let span = self.layout.time.span();
        let length = number::seconds(span.end - span.start);
        for column in 0..columns {
            let share = (number::float(column) + 0.5) / number::float(columns);
            let at = span.start + number::whole_seconds(length * share);
            texts.push(self.layout.time.moment(at));
        }
        for (layer, curve) in named {
            let name = crate::legend::plain(&curve.legend);
            let mut column = 0;
            let shifted = rrd_core::TimeRange {
                start: span.start + number::whole_seconds(length / number::float(columns) / 2.0),
                end: span.end + number::whole_seconds(length / number::float(columns) / 2.0),
            };
            by_columns(&layer.spans, shifted, columns, |span| {
                let own = if span.base.is_nan() { span.top } else { span.top - span.base };
                if let Some(text) = texts.get_mut(column) {
                    text.push('\n');
                    text.push_str(name);
                    text.push(' ');
                    text.push_str(&self.chart.number(own));
                }
                column += 1;
            });
        }
        group(root, "tips", None, || {
            let x = |column: usize| {
                parts(canvas.left + canvas.width * number::float(column) / number::float(columns))
            };
            for (column, text) in texts.into_iter().enumerate() {
                let place = Rect {
                    left: x(column),
                    top: parts(canvas.top),
                    right: x(column + 1),
                    bottom: parts(canvas.bottom()),
                };
                push(root, Shape::Hover { place, text });
            }
        });
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one text, named at each call")]
    fn text(
        &self,
        root: &Root<'_>,
        text: &str,
        at: (f64, f64),
        anchor: Anchor,
        font: Font,
        ink: Ink,
        class: &'static str,
    ) {
        let width = parts(self.fonts.width(text, font));
        let label = Text {
            text: text.to_owned(),
            at: (parts(at.0), parts(at.1)),
            anchor,
            turn: Turn::None,
            font,
            ink,
            width,
            class,
        };
        push(root, Shape::Text(label));
    }
}

/// Dashes that show in a box of the legend.
fn short_dashes() -> Dashes {
    Dashes { lengths: vec![3.0, 2.0], offset: 0.0 }
}

fn line_pen(ink: Ink, width: f64, dashes: Option<&Dashes>) -> Pen {
    let mut pen =
        Pen { ink, width: parts(width), dashes: Vec::new(), offset: 0, crisp: false, round: true };
    set_dashes(&mut pen, dashes);
    pen
}

fn set_dashes(pen: &mut Pen, dashes: Option<&Dashes>) {
    let Some(dashes) = dashes else { return };
    let lengths: Vec<i32> = dashes.lengths.iter().map(|length| parts(length.max(0.0))).collect();
    if lengths.iter().any(|length| *length > 0) {
        pen.dashes = if lengths.len() % 2 == 1 { lengths.repeat(2) } else { lengths };
        pen.offset = parts(dashes.offset);
        pen.round = false;
    }
}

/// Neighbouring spans whose value is known.
fn runs(spans: &[Span]) -> impl Iterator<Item = &[Span]> {
    spans
        .chunk_by(|a, b| !a.top.is_nan() && !b.top.is_nan() && a.to == b.from)
        .filter(|run| run.first().is_some_and(|span| !span.top.is_nan()))
}

fn rectangle(left: f64, top: f64, right: f64, bottom: f64) -> Vec<(f64, f64)> {
    vec![(left, top), (right, top), (right, bottom), (left, bottom)]
}

/// Pixels as positions on the root, whose coordinates are its own.
fn places(root: &Root<'_>, points: &[(f64, f64)]) -> Vec<Point> {
    let (x, y) = root.get_base_pixel();
    points.iter().map(|point| (parts(point.0) - x, parts(point.1) - y)).collect()
}

fn fill(root: &Root<'_>, ink: Ink, outline: &[(f64, f64)]) {
    draw(root, &Polygon { points: places(root, outline), ink });
}

fn line(root: &Root<'_>, points: &[(f64, f64)], pen: &Pen) {
    draw(root, &Stroke { points: places(root, points), pen: pen.clone() });
}

fn stroke(plot: &Plot<'_>, points: [(f64, f64); 2], pen: &Pen) {
    draw(plot, &Stroke { points: points.to_vec(), pen: pen.clone() });
}

/// Something that is not made of points goes to the scene as it is.
struct Verbatim(std::cell::Cell<Option<Shape>>);

impl<'a> PointCollection<'a, Point, Unclamped> for &'a Verbatim {
    type Point = &'a Point;
    type IntoIter = &'a [Point];

    fn point_iter(self) -> &'a [Point] {
        &[]
    }
}

impl Drawable<Recorder<'_>, Unclamped> for Verbatim {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        _: I,
        recorder: &mut Recorder<'_>,
        _: (u32, u32),
    ) -> Recorded {
        recorder.scene.shapes.extend(self.0.take());
        Ok(())
    }
}

fn push(root: &Root<'_>, shape: Shape) {
    draw(root, &Verbatim(std::cell::Cell::new(Some(shape))));
}

fn group(root: &Root<'_>, class: &'static str, clip: Option<Rect>, inside: impl FnOnce()) {
    push(root, Shape::Begin { class, clip });
    inside();
    push(root, Shape::End);
}

fn draw<'s, 'e, CT, E>(area: &DrawingArea<Recorder<'s>, CT>, element: &'e E)
where
    CT: CoordTranslate,
    &'e E: PointCollection<'e, CT::From, Unclamped>,
    E: Drawable<Recorder<'s>, Unclamped>,
{
    // The recorder never fails, and nothing else holds it while an element is drawn.
    area.draw(element).expect("taking down a shape cannot fail");
}
