//! From a chart and its layout to a scene: the elements of the chart are drawn through the
//! coordinate system of plotters. This file defines the drawing order.

mod curves;
mod frame;
mod heights;
mod labels;
mod legend;
mod recorder;
mod unknown;

use std::borrow::Cow;
use std::ops::Range;

use plotters::coord::cartesian::Cartesian2d;
use plotters::drawing::IntoDrawingArea;

use crate::chart::{Chart, Element, Extent, Summary, Tint};
use crate::color::PaletteColor;
use crate::font::{Font, Fonts, TextLine, plain};
use crate::layout::Layout;
use crate::scene::{Anchor, PARTS, Pen, Rect, Scene, Shape, Text, Turn, parts, pixels};
use crate::statement::Dashes;
use crate::theme::{Ink, Role};
use recorder::{Recorder, Root, fill, group, push};

impl Chart {
    /// Draws the chart with this layout.
    pub fn scene(&self, layout: &Layout, fonts: &Fonts) -> Scene {
        let (width, height) = layout.size();
        let mut scene = Scene {
            width,
            height,
            zoom: self.zoom,
            theme: self.colors.theme,
            title: shown(&self.title.join(" "), self.fonts.title).into_owned(),
            description: self.description(),
            shapes: Vec::new(),
        };
        Painter { chart: self, layout, fonts, inks: self.element_inks() }.paint(&mut scene);
        scene
    }

    /// The colour of each element; `None` for elements that are not drawn.
    pub(crate) fn element_inks(&self) -> Vec<Option<Ink>> {
        let mut next = 0;
        let ink = |color, alpha| Some(self.colors.ink(Role::Series(color)).with_alpha(alpha));
        let mut inks = Vec::with_capacity(self.elements.len());
        for element in &self.elements {
            let tint = match element {
                Element::Curve(curve) | Element::Hidden(curve) => curve.color,
                Element::Marks(marks) => marks.color,
                Element::Rule(rule) => rule.color,
                Element::Band(band) => band.color,
                Element::Text(_) | Element::Print(_) | Element::Align(_) => Tint::Invisible,
            };
            inks.push(match tint {
                Tint::Invisible => None,
                Tint::Fixed(color) => Some(Ink::fixed(color)),
                Tint::Of(role) => Some(self.colors.ink(role)),
                Tint::Palette(color, alpha) => ink(color, alpha),
                Tint::OfNext(alpha) => ink(PaletteColor::nth(next), alpha),
                Tint::Next => {
                    next += 1;
                    ink(PaletteColor::nth(next - 1), 255)
                }
            });
        }
        inks
    }

    /// Describes the picture as text, for screen readers.
    fn description(&self) -> String {
        let mut names: Vec<String> = Vec::new();
        let mut numbers = Vec::new();
        for element in &self.elements {
            if let Element::Curve(curve) = element
                && !curve.aside
            {
                let name = shown(crate::legend::plain(&curve.legend), self.fonts.legend);
                let name = name.into_owned();
                if !name.is_empty() && !names.contains(&name) {
                    names.push(name.clone());
                    let of = |summary| self.number(self.value(curve, summary));
                    numbers.push(format!(
                        "{name}: average {}, highest {}, last {}",
                        of(Summary::Average),
                        of(Summary::Maximum),
                        of(Summary::Last)
                    ));
                }
            }
        }
        let mut text = self.time_axis().spoken();
        if !numbers.is_empty() {
            let resolution = self.resolution();
            if !resolution.is_empty() {
                text = format!("{text}. Numbers from {resolution}");
            }
            text = format!("{text}. {}.", numbers.join("; "));
        }
        text
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
            if !(self.chart.classic && self.layout.empty) {
                self.unknown(&root);
            }
            // One pixel more above and below, so that a line along the edge is not clipped.
            let clip = Rect { left, top: top - PARTS, right, bottom: bottom + PARTS };
            let heights = self.heights();
            let filled = self.filled_elements();
            let drawn = |elements: Range<usize>| {
                if !elements.is_empty() {
                    group(&root, "plot", Some(clip), || self.elements(&root, elements, &heights));
                }
            };
            // The grid lies over areas, which would hide it, and under lines.
            drawn(0..filled);
            self.grid(&root, &plot);
            drawn(filled..self.chart.elements.len());
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
    }

    fn ink(&self, role: Role) -> Ink {
        self.chart.colors.ink(role)
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
        self.written(root, label);
    }

    /// A text with the lines under and through it.
    fn written(&self, root: &Root<'_>, text: Text) {
        let width = pixels(text.width);
        let begin = match text.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -width / 2.0,
            Anchor::End => -width,
        };
        let (x, y) = (pixels(text.at.0), pixels(text.at.1));
        for line in self.fonts.lines(&text.text, text.font) {
            let corner = |along: f64, above: f64| match text.turn {
                Turn::None => (x + begin + along, y - above),
                Turn::Up => (x - above, y - begin - along),
            };
            let TextLine { from, to, lower, upper, color } = line;
            let outline =
                [corner(from, lower), corner(to, lower), corner(to, upper), corner(from, upper)];
            fill(root, color.map_or(text.ink, Ink::fixed), &outline);
        }
        push(root, Shape::Text(text));
    }
}

/// A text as it is shown: without markup, if it is such.
fn shown(text: &str, font: Font) -> Cow<'_, str> {
    if font.markup { plain(text).into() } else { text.into() }
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
