//! PDF: one page with the picture as vectors. Letters are drawn as outlines, with the text itself
//! laid invisibly over them, so that it can be searched and copied without an embedded font.

use std::collections::BTreeSet;
use std::convert::Infallible;

use pdf_writer::types::{FunctionShadingType, LineCapStyle, LineJoinStyle, TextRenderingMode};
use pdf_writer::{
    Content, Filter, Finish, Name, Pdf as Document, Rect as PageRect, Ref, Str, TextStr,
};
use skrifa::font::glyph::outline::PathElement;

use super::Render;
use crate::color::Color;
use crate::font::Fonts;
use crate::scene::{Anchor, Base, Paint, Pen, Point, Scene, Shape, Text, Turn, cell_runs, pixels};

/// PDF with a page as large as the picture, one point per pixel.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pdf;

const CATALOG: Ref = Ref::new(1);
const PAGES: Ref = Ref::new(2);
const PAGE: Ref = Ref::new(3);
const CONTENT: Ref = Ref::new(4);
const FONT: Ref = Ref::new(5);
const INFO: Ref = Ref::new(6);
const FIRST_STATE: i32 = 10;
const FIRST_FADE: i32 = 300;

impl Render for Pdf {
    type Error = Infallible;

    fn render(&self, scene: &Scene, fonts: &Fonts) -> Result<Vec<u8>, Infallible> {
        let zoom =
            single(if scene.zoom.is_finite() && scene.zoom > 0.0 { scene.zoom } else { 1.0 });
        let (width, height) = (single(f64::from(scene.width)), single(f64::from(scene.height)));
        let mut writer =
            Writer { content: Content::new(), fonts, states: BTreeSet::new(), fades: Vec::new() };
        // Pictures count downwards, pages upwards.
        writer.content.transform([zoom, 0.0, 0.0, -zoom, 0.0, height * zoom]);
        for shape in &scene.shapes {
            writer.shape(shape);
        }
        Ok(writer.document(scene, width * zoom, height * zoom))
    }
}

struct Fade {
    from: Color,
    from_y: f32,
    to: Color,
    to_y: f32,
}

struct Writer<'f> {
    content: Content,
    fonts: &'f Fonts,
    /// The opacities in use.
    states: BTreeSet<u8>,
    fades: Vec<Fade>,
}

impl Writer<'_> {
    fn document(self, scene: &Scene, width: f32, height: f32) -> Vec<u8> {
        let mut pdf = Document::new();
        pdf.catalog(CATALOG).pages(PAGES);
        pdf.pages(PAGES).kids([PAGE]).count(1);
        let mut page = pdf.page(PAGE);
        page.media_box(PageRect::new(0.0, 0.0, width, height));
        page.parent(PAGES);
        page.contents(CONTENT);
        let mut resources = page.resources();
        resources.fonts().pair(Name(b"F"), FONT);
        let mut states = resources.ext_g_states();
        for alpha in &self.states {
            states.pair(Name(state_name(*alpha).as_bytes()), state_id(*alpha));
        }
        states.finish();
        let mut shadings = resources.shadings();
        for index in 0..self.fades.len() {
            shadings.pair(Name(fade_name(index).as_bytes()), fade_id(index));
        }
        shadings.finish();
        resources.finish();
        page.finish();
        for alpha in &self.states {
            let share = f32::from(*alpha) / 255.0;
            pdf.ext_graphics(state_id(*alpha)).non_stroking_alpha(share).stroking_alpha(share);
        }
        for (index, fade) in self.fades.iter().enumerate() {
            let mut shading = pdf.function_shading(fade_id(index));
            shading.shading_type(FunctionShadingType::Axial);
            shading.color_space().device_rgb();
            shading.coords([0.0, fade.from_y, 0.0, fade.to_y]);
            shading.extend([true, true]);
            shading.function(function_id(index));
            shading.finish();
            let mut function = pdf.exponential_function(function_id(index));
            function.domain([0.0, 1.0]).n(1.0).c0(shares(fade.from)).c1(shares(fade.to));
        }
        pdf.type1_font(FONT)
            .base_font(Name(b"Helvetica"))
            .encoding_predefined(Name(b"WinAnsiEncoding"));
        pdf.document_info(INFO).title(TextStr(&scene.title)).subject(TextStr(&scene.description));
        let content = self.content.finish();
        let packed = deflated(content.as_slice());
        pdf.stream(CONTENT, &packed).filter(Filter::FlateDecode);
        pdf.finish()
    }

    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Begin { clip, .. } => {
                self.content.save_state();
                if let Some(clip) = clip {
                    let size = (clip.right - clip.left, clip.bottom - clip.top);
                    self.content.rect(at(clip.left), at(clip.top), at(size.0), at(size.1));
                    self.content.clip_nonzero().end_path();
                }
            }
            Shape::End => {
                self.content.restore_state();
            }
            Shape::Fill { outline, ink } => {
                self.fill_color(ink.color);
                self.path(outline);
                self.content.close_path().fill_nonzero();
            }
            Shape::Area { top, base, paint } => self.area(top, base, *paint),
            Shape::Stroke { points, pen } => self.stroke(points, pen),
            Shape::Cells { area, columns, color, opacities } => {
                for (place, opacity) in cell_runs(*area, *columns, opacities) {
                    self.fill_color(color.faint(opacity));
                    let size = (place.right - place.left, place.bottom - place.top);
                    self.content.rect(at(place.left), at(place.top), at(size.0), at(size.1));
                    self.content.fill_nonzero();
                }
            }
            Shape::Text(text) => self.text(text),
        }
    }

    fn area(&mut self, top: &[Point], base: &Base, paint: Paint) {
        let outline = base.outline(top);
        match paint {
            Paint::Plain(ink) => {
                self.fill_color(ink.color);
                self.path(&outline);
                self.content.close_path().fill_nonzero();
            }
            Paint::Fade { from, from_y, to, to_y } => {
                self.content.save_state();
                self.alpha(from.color.alpha / 2 + to.color.alpha / 2 + (from.color.alpha & 1));
                self.path(&outline);
                self.content.close_path().clip_nonzero().end_path();
                self.content.shading(Name(fade_name(self.fades.len()).as_bytes()));
                self.content.restore_state();
                self.fades.push(Fade {
                    from: from.color,
                    from_y: at(from_y),
                    to: to.color,
                    to_y: at(to_y),
                });
            }
        }
    }

    fn stroke(&mut self, points: &[Point], pen: &Pen) {
        if pen.width <= 0 {
            return;
        }
        self.alpha(pen.ink.color.alpha);
        let [red, green, blue] = shares(pen.ink.color);
        self.content.set_stroke_rgb(red, green, blue);
        self.content.set_line_width(at(pen.width));
        self.content.set_line_join(LineJoinStyle::RoundJoin);
        let cap = if pen.round { LineCapStyle::RoundCap } else { LineCapStyle::ButtCap };
        self.content.set_line_cap(cap);
        self.content.set_dash_pattern(pen.dashes.iter().map(|length| at(*length)), at(pen.offset));
        self.path(points);
        self.content.stroke();
    }

    fn text(&mut self, text: &Text) {
        self.fill_color(text.ink.color);
        let width = pixels(text.width);
        let shift = match text.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -width / 2.0,
            Anchor::End => -width,
        };
        let (x, y) = (at(text.at.0), at(text.at.1));
        self.content.save_state();
        // From here on the text runs along x and letters are upright.
        match text.turn {
            Turn::None => self.content.transform([1.0, 0.0, 0.0, -1.0, x, y]),
            Turn::Up => self.content.transform([0.0, -1.0, -1.0, 0.0, x, y]),
        };
        let glyphs = self.fonts.glyphs(&text.text, text.font);
        for alike in glyphs.chunk_by(|a, b| a.color == b.color) {
            if let Some(color) = alike.first().and_then(|glyph| glyph.color) {
                self.fill_color(color);
            }
            let mut drawn = false;
            for glyph in alike {
                let outline = self.fonts.outline(*glyph, 1.0, false);
                drawn |= !outline.is_empty();
                self.glyph(&outline, single(shift + glyph.x), single(glyph.y));
            }
            if drawn {
                self.content.fill_nonzero();
            }
            self.fill_color(text.ink.color);
        }
        if let Some(latin) = latin(&text.plain()) {
            self.content.begin_text();
            self.content.set_font(Name(b"F"), single(text.font.size));
            self.content.set_text_rendering_mode(TextRenderingMode::Invisible);
            self.content.set_text_matrix([1.0, 0.0, 0.0, 1.0, single(shift), 0.0]);
            self.content.show(Str(&latin));
            self.content.end_text();
        }
        self.content.restore_state();
    }

    fn glyph(&mut self, outline: &[PathElement], left: f32, rise: f32) {
        let mut pen = (0.0, 0.0);
        for element in outline {
            match *element {
                PathElement::MoveTo { x, y } => {
                    self.content.move_to(left + x, rise + y);
                    pen = (x, y);
                }
                PathElement::LineTo { x, y } => {
                    self.content.line_to(left + x, rise + y);
                    pen = (x, y);
                }
                PathElement::QuadTo { cx0, cy0, x, y } => {
                    let third = |from: f32, control: f32| from + (control - from) * 2.0 / 3.0;
                    self.content.cubic_to(
                        left + third(pen.0, cx0),
                        rise + third(pen.1, cy0),
                        left + third(x, cx0),
                        rise + third(y, cy0),
                        left + x,
                        rise + y,
                    );
                    pen = (x, y);
                }
                PathElement::CurveTo { cx0, cy0, cx1, cy1, x, y } => {
                    let (a, b) = ((left + cx0, rise + cy0), (left + cx1, rise + cy1));
                    self.content.cubic_to(a.0, a.1, b.0, b.1, left + x, rise + y);
                    pen = (x, y);
                }
                PathElement::Close => {
                    self.content.close_path();
                }
            }
        }
    }

    fn path(&mut self, points: &[Point]) {
        for (index, point) in points.iter().enumerate() {
            let (x, y) = (at(point.0), at(point.1));
            if index == 0 {
                self.content.move_to(x, y);
            } else {
                self.content.line_to(x, y);
            }
        }
    }

    fn fill_color(&mut self, color: Color) {
        self.alpha(color.alpha);
        let [red, green, blue] = shares(color);
        self.content.set_fill_rgb(red, green, blue);
    }

    fn alpha(&mut self, alpha: u8) {
        self.states.insert(alpha);
        self.content.set_parameters(Name(state_name(alpha).as_bytes()));
    }
}

fn state_name(alpha: u8) -> String {
    format!("A{alpha}")
}

fn state_id(alpha: u8) -> Ref {
    Ref::new(FIRST_STATE + i32::from(alpha))
}

fn fade_name(index: usize) -> String {
    format!("S{index}")
}

/// Two object numbers per gradient: the shading and its function.
fn fade_id(index: usize) -> Ref {
    let index = i32::try_from(index).unwrap_or(i32::MAX);
    Ref::new(index.saturating_mul(2).saturating_add(FIRST_FADE).min(i32::MAX - 1))
}

fn function_id(index: usize) -> Ref {
    Ref::new(fade_id(index).get() + 1)
}

fn shares(color: Color) -> [f32; 3] {
    [color.red, color.green, color.blue].map(|part| f32::from(part) / 255.0)
}

/// A length in hundredths of a pixel, which keeps the file short.
fn at(parts: i32) -> f32 {
    single((pixels(parts) * 100.0).round() / 100.0)
}

#[expect(clippy::cast_possible_truncation, reason = "PDF counts in single precision")]
fn single(number: f64) -> f32 {
    number as f32
}

/// The text in Latin-1, which every reader supports, if it can be encoded.
fn latin(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|letter| u8::try_from(u32::from(letter)).ok()).collect()
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::new(6));
    // Writing to memory cannot fail.
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory takes what is written")
}
