//! SVG: real text, colours as attributes and by class, so that the reader's system may turn them dark.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::Render;
use crate::font::Fonts;
use crate::scene::{
    Anchor, Base, PARTS, Paint, Pen, Point, Rect, Scene, Shape, Text, Turn, pixels,
};
use crate::theme::{Ink, Role, Theme, preset};
use crate::xml::escape;

/// SVG, written so that a browser, a mail program and a screen reader each get their part.
#[derive(Clone, Debug, Default)]
pub struct Svg {
    /// Put before every id, so that several pictures can stand in one page; made from the content where empty.
    prefix: String,
}

impl Svg {
    /// Ids that begin with `prefix`, for pictures written into one page.
    pub fn with_prefix(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into() }
    }

    /// The document as text.
    pub fn text(&self, scene: &Scene) -> String {
        let prefix = if self.prefix.is_empty() { fingerprint(scene) } else { self.prefix.clone() };
        let mut writer =
            Writer { scene, prefix, out: String::new(), fades: BTreeMap::new(), clips: Vec::new() };
        writer.document();
        writer.out
    }
}

impl Render for Svg {
    type Error = std::convert::Infallible;

    fn render(&self, scene: &Scene, _: &Fonts) -> Result<Vec<u8>, Self::Error> {
        Ok(self.text(scene).into_bytes())
    }
}

/// A short name for a picture, the same for the same picture.
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

struct Writer<'s> {
    scene: &'s Scene,
    prefix: String,
    out: String,
    fades: BTreeMap<String, String>,
    clips: Vec<Rect>,
}

impl Writer<'_> {
    fn document(&mut self) {
        let (width, height) = (self.scene.width, self.scene.height);
        let zoom = if self.scene.zoom.is_finite() && self.scene.zoom > 0.0 {
            self.scene.zoom
        } else {
            1.0
        };
        let mut body = String::with_capacity(1 << 15);
        for shape in &self.scene.shapes {
            self.shape(shape, &mut body);
        }
        let _ = write!(
            self.out,
            r#"<svg xmlns="http://www.w3.org/2000/svg" class="{p}" width="{}" height="{}" viewBox="0 0 {width} {height}" role="img" aria-labelledby="{p}-t {p}-d">"#,
            short(f64::from(width) * zoom),
            short(f64::from(height) * zoom),
            p = self.prefix,
        );
        let title = if self.scene.title.is_empty() { "Chart" } else { &self.scene.title };
        let _ = write!(
            self.out,
            r#"<title id="{p}-t">{}</title><desc id="{p}-d">{}</desc>"#,
            escape(title),
            escape(&self.scene.description),
            p = self.prefix,
        );
        self.style();
        self.definitions();
        self.out.reserve(body.len() + 16);
        self.out.push_str(&body);
        self.out.push_str("</svg>\n");
    }

    /// The classes: fonts of texts, and in an automatic theme the dark colours of all roles in the picture.
    fn style(&mut self) {
        let p = &self.prefix;
        let mut css = format!(
            ".{p} text{{font-family:\"DejaVu Sans\",Verdana,sans-serif;font-variant-numeric:tabular-nums;white-space:pre}}\
             .{p} .m{{font-family:\"DejaVu Sans Mono\",\"Bitstream Vera Sans Mono\",Menlo,Consolas,monospace}}\
             .{p} .tips rect{{fill:#888;fill-opacity:0}}.{p} .tips rect:hover{{fill-opacity:.18}}"
        );
        if self.scene.theme == Theme::Auto {
            let mut roles = BTreeSet::new();
            for shape in &self.scene.shapes {
                roles.extend(inks(shape).into_iter().filter_map(|ink| ink.role));
            }
            css.push_str("@media(prefers-color-scheme:dark){");
            for role in roles {
                let color = preset(role, true);
                let name = class(role);
                let _ = write!(css, ".{p} .f{name}{{fill:{color}}}.{p} .s{name}{{stroke:{color}}}");
            }
            css.push('}');
        }
        let _ = write!(self.out, "<style>{css}</style>");
    }

    fn definitions(&mut self) {
        if self.fades.is_empty() && self.clips.is_empty() {
            return;
        }
        self.out.push_str("<defs>");
        for (index, clip) in self.clips.iter().enumerate() {
            let _ = write!(
                self.out,
                r#"<clipPath id="{}-c{index}"><rect {}/></clipPath>"#,
                self.prefix,
                rectangle(*clip)
            );
        }
        for definition in self.fades.values() {
            self.out.push_str(definition);
        }
        self.out.push_str("</defs>");
    }

    fn shape(&mut self, shape: &Shape, body: &mut String) {
        match shape {
            Shape::Begin { class, clip } => {
                let _ = write!(body, r#"<g class="{class}""#);
                if let Some(clip) = clip {
                    let _ =
                        write!(body, r#" clip-path="url(#{}-c{})""#, self.prefix, self.clips.len());
                    self.clips.push(*clip);
                }
                body.push('>');
            }
            Shape::End => body.push_str("</g>"),
            Shape::Fill { outline, ink } => {
                let _ = write!(body, r#"<path{} d=""#, fill(*ink));
                path(body, outline);
                body.push_str("z\"/>");
            }
            Shape::Area { top, base, paint } => self.area(top, base, *paint, body),
            Shape::Stroke { points, pen } => {
                let _ = write!(body, r#"<path fill="none"{} d=""#, stroke(pen));
                let snapped;
                let points = if pen.crisp {
                    snapped =
                        points.iter().map(|point| snap(*point, pen.width)).collect::<Vec<_>>();
                    &snapped
                } else {
                    points
                };
                path(body, points);
                body.push_str("\"/>");
            }
            Shape::Text(text) => write_text(text, body),
            Shape::Hover { place, text } => {
                let _ = write!(
                    body,
                    "<rect {}><title>{}</title></rect>",
                    rectangle(*place),
                    escape(text)
                );
            }
        }
    }

    /// Both edges from left to right and the space between them by the even-odd rule: the edge of one area is the
    /// same text as the base of the next, which compresses to almost nothing.
    fn area(&mut self, top: &[Point], base: &Base, paint: Paint, body: &mut String) {
        let Some(first) = top.first() else { return };
        match paint {
            Paint::Plain(ink) => {
                let _ = write!(body, "<path{}", fill(ink));
            }
            Paint::Fade { from, from_y, to, to_y } => {
                let name = self.fade(from, from_y, to, to_y);
                let _ = write!(body, r#"<path fill="url(#{name})""#);
            }
        }
        match base {
            Base::Level(level) => {
                body.push_str(" d=\"");
                path(body, top);
                let _ = write!(body, "V{}H{}z\"/>", tenths(*level), tenths(first.0));
            }
            Base::Curve(points) => {
                body.push_str(" fill-rule=\"evenodd\" d=\"");
                let floor = points.iter().chain(top).map(|point| point.1).max().unwrap_or(0);
                for edge in [top, points] {
                    path(body, edge);
                    let _ = write!(body, "V{}H{}z", tenths(floor), tenths(first.0));
                }
                body.push_str("\"/>");
            }
        }
    }

    fn fade(&mut self, from: Ink, from_y: i32, to: Ink, to_y: i32) -> String {
        let key = format!("{}{}{from_y} {to_y}", from.color, to.color);
        let name = format!("{}-f{}", self.prefix, self.fades.len());
        if let Some(known) = self.fades.get(&key) {
            let name = known.split('"').nth(1).unwrap_or_default();
            return name.to_owned();
        }
        let stop = |ink: Ink, at: u8| {
            format!(r#"<stop offset="{at}" stop-color="{}"{}/>"#, opaque(ink), opacity("stop", ink))
        };
        let definition = format!(
            r#"<linearGradient id="{name}" gradientUnits="userSpaceOnUse" x1="0" x2="0" y1="{}" y2="{}">{}{}</linearGradient>"#,
            tenths(from_y),
            tenths(to_y),
            stop(from, 0),
            stop(to, 1)
        );
        self.fades.insert(key, definition);
        name
    }
}

fn write_text(text: &Text, body: &mut String) {
    let (x, y) = text.at;
    body.push_str("<text");
    if text.turn == Turn::Up {
        let _ = write!(body, r#" transform="translate({} {})rotate(-90)""#, tenths(x), tenths(y));
    } else {
        let _ = write!(body, r#" x="{}" y="{}""#, tenths(x), tenths(y));
    }
    let _ = write!(body, r#" font-size="{}""#, short(text.font.size));
    match text.anchor {
        Anchor::Start => {}
        Anchor::Middle => body.push_str(r#" text-anchor="middle""#),
        Anchor::End => body.push_str(r#" text-anchor="end""#),
    }
    if text.font.face.is_bold() {
        body.push_str(r#" font-weight="bold""#);
    }
    // Fixed columns stay columns whatever font the reader has.
    if text.font.face.is_mono() && text.class == "legend" {
        let _ =
            write!(body, r#" textLength="{}" lengthAdjust="spacingAndGlyphs""#, tenths(text.width));
    }
    let mono = if text.font.face.is_mono() { "m " } else { "" };
    let role = text.ink.role.map(|role| format!("f{}", class(role))).unwrap_or_default();
    if !mono.is_empty() || !role.is_empty() {
        let _ = write!(body, r#" class="{}""#, format!("{mono}{role}").trim());
    }
    let _ = write!(
        body,
        r#" fill="{}"{}>{}</text>"#,
        opaque(text.ink),
        opacity("fill", text.ink),
        escape(&text.text)
    );
}

/// The colours that a shape uses.
fn inks(shape: &Shape) -> Vec<Ink> {
    match shape {
        Shape::Fill { ink, .. } | Shape::Area { paint: Paint::Plain(ink), .. } => vec![*ink],
        Shape::Area { paint: Paint::Fade { from, to, .. }, .. } => vec![*from, *to],
        Shape::Stroke { pen, .. } => vec![pen.ink],
        Shape::Text(text) => vec![text.ink],
        Shape::Begin { .. } | Shape::End | Shape::Hover { .. } => Vec::new(),
    }
}

fn class(role: Role) -> String {
    match role {
        Role::Back => "b".into(),
        Role::Canvas => "c".into(),
        Role::ShadeA => "sa".into(),
        Role::ShadeB => "sb".into(),
        Role::Grid => "g".into(),
        Role::MajorGrid => "mg".into(),
        Role::Font => "t".into(),
        Role::Axis => "a".into(),
        Role::Frame => "fr".into(),
        Role::Arrow => "ar".into(),
        Role::Series(index) => index.to_string(),
    }
}

fn opaque(ink: Ink) -> String {
    ink.with_alpha(255).color.to_string()
}

fn opacity(kind: &str, ink: Ink) -> String {
    if ink.color.alpha == 255 {
        String::new()
    } else {
        format!(
            r#" {kind}-opacity="{}""#,
            short((f64::from(ink.color.alpha) / 255.0 * 1000.0).round() / 1000.0)
        )
    }
}

fn fill(ink: Ink) -> String {
    let role = ink.role.map(|role| format!(r#" class="f{}""#, class(role))).unwrap_or_default();
    format!(r#"{role} fill="{}"{}"#, opaque(ink), opacity("fill", ink))
}

fn stroke(pen: &Pen) -> String {
    let ink = pen.ink;
    let role = ink.role.map(|role| format!(r#" class="s{}""#, class(role))).unwrap_or_default();
    let mut text = format!(r#"{role} stroke="{}"{}"#, opaque(ink), opacity("stroke", ink));
    if pen.width != PARTS {
        let _ = write!(text, r#" stroke-width="{}""#, short(pixels(pen.width)));
    }
    if pen.dashes.is_empty() {
        if !pen.crisp {
            text.push_str(r#" stroke-linejoin="round""#);
        }
        if pen.round {
            text.push_str(r#" stroke-linecap="round""#);
        }
    } else {
        let lengths: Vec<String> = pen.dashes.iter().map(|length| short(pixels(*length))).collect();
        let _ = write!(text, r#" stroke-dasharray="{}""#, lengths.join(" "));
        if pen.offset != 0 {
            let _ = write!(text, r#" stroke-dashoffset="{}""#, short(pixels(pen.offset)));
        }
    }
    text
}

/// Moves a point of a line so that its edges lie between pixels.
fn snap(point: Point, width: i32) -> Point {
    let odd = (width + PARTS / 2).div_euclid(PARTS).max(1) % 2 == 1;
    let to = |place: i32| {
        if odd {
            place.div_euclid(PARTS) * PARTS + PARTS / 2
        } else {
            (place + PARTS / 2).div_euclid(PARTS) * PARTS
        }
    };
    (to(point.0), to(point.1))
}

fn rectangle(place: Rect) -> String {
    format!(
        r#"x="{}" y="{}" width="{}" height="{}""#,
        tenths(place.left),
        tenths(place.top),
        tenths(place.right - place.left),
        tenths(place.bottom - place.top)
    )
}

/// A path through points, as distances in tenths of a pixel from one to the next.
fn path(out: &mut String, points: &[Point]) {
    let Some(first) = points.first() else { return };
    let mut at = (in_tenths(first.0), in_tenths(first.1));
    let mut text = Vec::with_capacity(points.len() * 6);
    text.push(b'M');
    written(at.0, |letter| text.push(letter));
    number(&mut text, at.1);
    let mut letter = b'M';
    for point in points {
        let to = (in_tenths(point.0), in_tenths(point.1));
        let (dx, dy) = (to.0 - at.0, to.1 - at.1);
        at = to;
        let (next, step) = match (dx, dy) {
            (0, 0) => continue,
            (_, 0) => (b'h', dx),
            (0, _) => (b'v', dy),
            _ => (b'l', dx),
        };
        if next == letter {
            number(&mut text, step);
        } else {
            text.push(next);
            written(step, |letter| text.push(letter));
            letter = next;
        }
        if next == b'l' {
            number(&mut text, dy);
        }
    }
    out.push_str(str::from_utf8(&text).unwrap_or_default());
}

/// A number of tenths behind another, with a blank where it would run into it.
fn number(text: &mut Vec<u8>, tenths: i32) {
    if tenths >= 0 {
        text.push(b' ');
    }
    written(tenths, |letter| text.push(letter));
}

fn in_tenths(parts: i32) -> i32 {
    let scaled = i64::from(parts) * 10 + i64::from(PARTS / 2);
    i32::try_from(scaled.div_euclid(i64::from(PARTS))).unwrap_or(i32::MAX)
}

fn tenths(parts: i32) -> String {
    let mut text = String::new();
    decimal(&mut text, in_tenths(parts));
    text
}

/// Tenths as the shortest decimal: `12.5`, `-.3`, `7`. Most of a picture is such numbers.
fn decimal(out: &mut String, tenths: i32) {
    written(tenths, |letter| out.push(char::from(letter)));
}

/// The letters of a decimal.
fn written(tenths: i32, mut put: impl FnMut(u8)) {
    if tenths < 0 {
        put(b'-');
    }
    let mut digit = |value: u32| put(b'0' + u8::try_from(value % 10).unwrap_or(0));
    let (whole, rest) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
    if whole >= 1000 {
        let places = [100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1000];
        for place in places.into_iter().filter(|place| whole >= *place) {
            digit(whole / place);
        }
    }
    if whole >= 100 {
        digit(whole / 100);
    }
    if whole >= 10 {
        digit(whole / 10);
    }
    if whole > 0 || rest == 0 {
        digit(whole);
    }
    if rest > 0 {
        put(b'.');
        put(b'0' + u8::try_from(rest).unwrap_or(0));
    }
}

/// A number with at most two decimals.
fn short(number: f64) -> String {
    let text = format!("{number:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenths_are_the_shortest_decimals() {
        for tenths in [0, 1, -3, 10, 99, -100, 999, 1000, 12_345, -700_001, i32::MAX, i32::MIN] {
            let mut text = String::new();
            decimal(&mut text, tenths);
            assert_eq!(text.parse(), Ok(f64::from(tenths) / 10.0), "{text}");
            assert!(!text.ends_with(".0") && !text.starts_with("0."), "{text}");
        }
    }

    #[test]
    fn a_path_is_steps_between_points_with_no_more_blanks_than_it_needs() {
        let mut text = String::new();
        path(&mut text, &[(64, 0), (128, 0), (192, 0), (192, -32), (224, 32), (256, 64)]);
        assert_eq!(text, "M1 0h1 1v-.5l.5 1 .5 .5");
    }
}
