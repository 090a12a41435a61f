//! SVG: real text, colours as attributes and by class, so that the reader's system may switch to
//! dark mode.

mod ink;
mod path;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Render;
use super::cells::packed;
use crate::color::Color;
use crate::font::{Face, Font, Fonts, Size, Span, Style, spans};
use crate::scene::{Anchor, Base, PARTS, Paint, Point, Rect, Scene, Shape, Text, Turn};
use crate::theme::{Ink, Theme, preset};
use crate::xml::push_escaped;
use ink::{inks, push_class, push_color, push_fill, push_opacity, push_opaque, push_stroke};
use path::{push_attribute, push_path, push_rectangle, push_short, push_tenths};

/// SVG for browsers, mail programs and screen readers.
#[derive(Clone, Debug, Default)]
pub struct Svg {
    /// Prefix of every id, so that several pictures fit into one page; derived from the content if
    /// empty.
    prefix: String,
}

impl Svg {
    /// Ids begin with `prefix`, for several pictures in one page.
    pub fn with_prefix(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into() }
    }

    /// The picture as a file. Programs that pass pictures on, such as Cacti, recognise one by the
    /// declaration at its beginning.
    pub fn document(&self, scene: &Scene) -> String {
        let mut document = self.text(scene);
        document.insert_str(0, DECLARATION);
        document
    }

    /// The picture as an element, to be placed in a page.
    pub fn text(&self, scene: &Scene) -> String {
        let prefix = if self.prefix.is_empty() { fingerprint(scene) } else { self.prefix.clone() };
        let (fades, clips) = (BTreeMap::new(), Vec::new());
        Writer { scene, prefix, fades, clips, memory: Vec::new() }.element()
    }
}

impl Render for Svg {
    type Error = std::convert::Infallible;

    fn render(&self, scene: &Scene, _: &Fonts) -> Result<Vec<u8>, Self::Error> {
        Ok(self.document(scene).into_bytes())
    }
}

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// A short name for a picture; the same picture gets the same name.
fn fingerprint(scene: &Scene) -> String {
    let mut hash: u32 = 0x811c_9dc5;
    let texts = scene.shapes.iter().filter_map(|shape| match shape {
        Shape::Text(text) => Some(text.text.as_str()),
        _ => None,
    });
    for byte in [scene.title.as_str(), scene.description.as_str()]
        .into_iter()
        .chain(texts)
        .flat_map(str::bytes)
    {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    format!("g{hash:08x}")
}

/// Estimated bytes per point, per shape, and before the shapes; slightly more than usual.
const POINT: usize = 5;
const SHAPE: usize = 160;
const HEAD: usize = 2048;

/// Estimated length of a picture in bytes.
fn estimate(scene: &Scene) -> usize {
    let points = scene.shapes.iter().map(|shape| match shape {
        Shape::Fill { outline: points, .. } | Shape::Stroke { points, .. } => points.len(),
        Shape::Area { top, base: Base::Level(_), .. } => top.len(),
        Shape::Area { top, base: Base::Curve(base), .. } => top.len() + base.len(),
        // Most cells are like the one before, and so take little.
        Shape::Cells { opacities, .. } => opacities.len() / POINT / 2,
        Shape::Begin { .. } | Shape::End | Shape::Text(_) => 0,
    });
    points.sum::<usize>() * POINT + scene.shapes.len() * SHAPE + HEAD
}

struct Writer<'s> {
    scene: &'s Scene,
    prefix: String,
    fades: BTreeMap<String, String>,
    clips: Vec<Rect>,
    /// Buffer for paths.
    memory: Vec<u8>,
}

impl Writer<'_> {
    fn element(&mut self) -> String {
        let mut body = String::with_capacity(estimate(self.scene));
        for shape in &self.scene.shapes {
            self.shape(shape, &mut body);
        }
        body.push_str("</svg>\n");
        let head = self.head();
        body.insert_str(0, &head);
        body
    }

    /// Everything before the shapes, including the definitions that they need.
    fn head(&self) -> String {
        let (width, height) = (self.scene.width, self.scene.height);
        let zoom = if self.scene.zoom.is_finite() && self.scene.zoom > 0.0 {
            self.scene.zoom
        } else {
            1.0
        };
        let p = &self.prefix;
        let mut head = String::with_capacity(HEAD);
        let _ = write!(head, r#"<svg xmlns="http://www.w3.org/2000/svg" class="{p}" width=""#);
        push_short(&mut head, f64::from(width) * zoom);
        head.push_str("\" height=\"");
        push_short(&mut head, f64::from(height) * zoom);
        let _ = write!(
            head,
            r#"" viewBox="0 0 {width} {height}" role="img" aria-labelledby="{p}-t {p}-d"><title id="{p}-t">"#
        );
        let title = if self.scene.title.is_empty() { "Chart" } else { &self.scene.title };
        push_escaped(&mut head, title);
        let _ = write!(head, r#"</title><desc id="{p}-d">"#);
        push_escaped(&mut head, &self.scene.description);
        head.push_str("</desc>");
        self.style(&mut head);
        self.definitions(&mut head);
        head
    }

    /// The style sheet: fonts of texts and, in an automatic theme, the dark colours of all roles in
    /// the picture.
    fn style(&self, out: &mut String) {
        let p = &self.prefix;
        let _ = write!(
            out,
            "<style>.{p} text{{font-family:\"DejaVu Sans\",Verdana,sans-serif;font-variant-numeric:tabular-nums;white-space:pre}}\
             .{p} .m{{font-family:\"DejaVu Sans Mono\",\"Bitstream Vera Sans Mono\",Menlo,Consolas,monospace}}"
        );
        if self.scene.theme == Theme::Auto {
            let mut roles = BTreeSet::new();
            for shape in &self.scene.shapes {
                roles.extend(inks(shape).into_iter().flatten().filter_map(|ink| ink.role));
            }
            out.push_str("@media(prefers-color-scheme:dark){");
            for role in roles {
                // The opacity is an attribute of each shape.
                let color = Color { alpha: 255, ..preset(role, true) };
                for (kind, paints) in [('f', "fill"), ('s', "stroke")] {
                    let _ = write!(out, ".{p} .{kind}");
                    push_class(out, role);
                    let _ = write!(out, "{{{paints}:{color}}}");
                }
            }
            out.push('}');
        }
        out.push_str("</style>");
    }

    fn definitions(&self, out: &mut String) {
        if self.fades.is_empty() && self.clips.is_empty() {
            return;
        }
        out.push_str("<defs>");
        for (index, clip) in self.clips.iter().enumerate() {
            let _ = write!(out, r#"<clipPath id="{}-c{index}">"#, self.prefix);
            push_rectangle(out, *clip);
            out.push_str("/></clipPath>");
        }
        for definition in self.fades.values() {
            out.push_str(definition);
        }
        out.push_str("</defs>");
    }

    fn shape(&mut self, shape: &Shape, body: &mut String) {
        match shape {
            Shape::Begin { class, clip, series } => {
                let _ = write!(body, r#"<g class="{class}""#);
                if let Some(series) = series {
                    body.push_str(" data-series=\"");
                    push_escaped(body, series);
                    body.push('"');
                }
                if let Some(clip) = clip {
                    let _ =
                        write!(body, r#" clip-path="url(#{}-c{})""#, self.prefix, self.clips.len());
                    self.clips.push(*clip);
                }
                body.push('>');
            }
            Shape::End => body.push_str("</g>"),
            Shape::Fill { outline, ink } => {
                body.push_str("<path");
                push_fill(body, *ink);
                body.push_str(" d=\"");
                push_path(body, &mut self.memory, outline.iter().copied());
                body.push_str("z\"/>");
            }
            Shape::Area { top, base, paint } => self.area(top, base, *paint, body),
            Shape::Stroke { points, pen } => {
                body.push_str(r#"<path fill="none""#);
                push_stroke(body, pen);
                body.push_str(" d=\"");
                let points = points.iter();
                if pen.crisp {
                    let points = points.map(|point| snap(*point, pen.width));
                    push_path(body, &mut self.memory, points);
                } else {
                    push_path(body, &mut self.memory, points.copied());
                }
                body.push_str("\"/>");
            }
            Shape::Cells { area, columns, color, opacities } => {
                push_cells(body, *area, &packed(*columns, *color, opacities));
            }
            Shape::Text(text) => write_text(text, body),
        }
    }

    /// Both edges from left to right, and the even-odd rule for the space between: the edge of one
    /// area is the same text as the base of the next, which compresses to almost nothing.
    fn area(&mut self, top: &[Point], base: &Base, paint: Paint, body: &mut String) {
        let Some(first) = top.first() else { return };
        body.push_str("<path");
        match paint {
            Paint::Plain(ink) => push_fill(body, ink),
            Paint::Fade { from, from_y, to, to_y } => {
                let name = self.fade(from, from_y, to, to_y);
                let _ = write!(body, r#" fill="url(#{name})""#);
            }
        }
        let mut edge = |body: &mut String, edge: &[Point], level: i32| {
            push_path(body, &mut self.memory, edge.iter().copied());
            body.push('V');
            push_tenths(body, level);
            body.push('H');
            push_tenths(body, first.0);
            body.push('z');
        };
        match base {
            Base::Level(level) => {
                body.push_str(" d=\"");
                edge(body, top, *level);
            }
            Base::Curve(points) => {
                body.push_str(" fill-rule=\"evenodd\" d=\"");
                let floor = points.iter().chain(top).map(|point| point.1).max().unwrap_or(0);
                edge(body, top, floor);
                edge(body, points, floor);
            }
        }
        body.push_str("\"/>");
    }

    fn fade(&mut self, from: Ink, from_y: i32, to: Ink, to_y: i32) -> String {
        let key = format!("{}{}{from_y} {to_y}", from.color, to.color);
        let name = format!("{}-f{}", self.prefix, self.fades.len());
        if let Some(known) = self.fades.get(&key) {
            let name = known.split('"').nth(1).unwrap_or_default();
            return name.to_owned();
        }
        let mut definition =
            format!(r#"<linearGradient id="{name}" gradientUnits="userSpaceOnUse""#);
        definition.push_str(r#" x1="0" x2="0""#);
        push_attribute(&mut definition, "y1", from_y);
        push_attribute(&mut definition, "y2", to_y);
        definition.push('>');
        for (ink, at) in [(from, 0), (to, 1)] {
            let _ = write!(definition, r#"<stop offset="{at}" stop-color=""#);
            push_opaque(&mut definition, ink);
            definition.push('"');
            push_opacity(&mut definition, "stop", ink);
            definition.push_str("/>");
        }
        definition.push_str("</linearGradient>");
        self.fades.insert(key, definition);
        name
    }
}

/// A picture stretched over an area, with sharp cells.
fn push_cells(body: &mut String, area: Rect, png: &[u8]) {
    body.push_str("<image");
    push_attribute(body, "x", area.left);
    push_attribute(body, "y", area.top);
    push_attribute(body, "width", area.right - area.left);
    push_attribute(body, "height", area.bottom - area.top);
    let picture = STANDARD.encode(png);
    let _ = write!(
        body,
        r#" preserveAspectRatio="none" style="image-rendering:pixelated" href="data:image/png;base64,{picture}"/>"#
    );
}

fn write_text(text: &Text, body: &mut String) {
    let (x, y) = text.at;
    body.push_str("<text");
    if text.turn == Turn::Up {
        body.push_str(" transform=\"translate(");
        push_tenths(body, x);
        body.push(' ');
        push_tenths(body, y);
        body.push_str(")rotate(-90)\"");
    } else {
        push_attribute(body, "x", x);
        push_attribute(body, "y", y);
    }
    body.push_str(" font-size=\"");
    push_short(body, text.font.size);
    body.push('"');
    match text.anchor {
        Anchor::Start => {}
        Anchor::Middle => body.push_str(r#" text-anchor="middle""#),
        Anchor::End => body.push_str(r#" text-anchor="end""#),
    }
    if text.font.face.is_bold() {
        body.push_str(r#" font-weight="bold""#);
    }
    // Columns of fixed-width text stay aligned with any font of the reader.
    if text.font.face.is_mono() && text.class == "legend" {
        push_attribute(body, "textLength", text.width);
        body.push_str(r#" lengthAdjust="spacingAndGlyphs""#);
    }
    let mono = text.font.face.is_mono();
    if mono || text.ink.role.is_some() {
        body.push_str(" class=\"");
        body.push_str(if mono { "m" } else { "" });
        body.push_str(if mono && text.ink.role.is_some() { " " } else { "" });
        if let Some(role) = text.ink.role {
            body.push('f');
            push_class(body, role);
        }
        body.push('"');
    }
    push_color(body, "fill", text.ink);
    body.push('>');
    if text.font.markup {
        for span in spans(&text.text) {
            write_span(&span, text.font.size, body);
        }
    } else {
        push_escaped(body, &text.text);
    }
    body.push_str("</text>");
}

/// A part of a text; lines under it are shapes.
fn write_span(span: &Span<'_>, size: f64, body: &mut String) {
    let Span { text, style } = span;
    if *style == Style::default() {
        return push_escaped(body, text);
    }
    body.push_str("<tspan");
    if style.mono {
        body.push_str(r#" class="m""#);
    }
    if style.bold {
        body.push_str(r#" font-weight="bold""#);
    }
    if style.slanted {
        body.push_str(r#" font-style="italic""#);
    }
    let own = match style.size {
        Size::Factor(factor) => size * factor,
        Size::Points(points) => Font::points(Face::Sans, points).size,
    };
    if style.size != Style::default().size {
        body.push_str(" font-size=\"");
        push_short(body, own);
        body.push('"');
    }
    if let Some(color) = style.color {
        // The colour of the text has a class, which a mere attribute would not override.
        body.push_str(" style=\"fill:");
        color.push_to(body);
        body.push('"');
    }
    body.push('>');
    push_escaped(body, text);
    body.push_str("</tspan>");
}

/// Moves a point of a line so that the line's edges are on pixel boundaries.
fn snap(point: Point, width: i32) -> Point {
    let odd = (width + PARTS / 2).div_euclid(PARTS).max(1) % 2 == 1;
    let to = |part: i32| {
        if odd {
            part.div_euclid(PARTS) * PARTS + PARTS / 2
        } else {
            (part + PARTS / 2).div_euclid(PARTS) * PARTS
        }
    };
    (to(point.0), to(point.1))
}
