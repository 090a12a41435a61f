//! The picture of a heat map: cells, labels of the rows, time axis and scale.

use jiff::civil::Weekday;

use super::HeatMap;
use super::cells::{means, opacity};
use crate::axis::{TimeAxis, TimeGrid};
use crate::chart::{Chart, Legend, Samples};
use crate::font::{Face, Font, Fonts};
use crate::layout::Canvas;
use crate::number;
use crate::scene::{Anchor, Rect, Scene, Shape, Text, Turn, parts};
use crate::theme::{Ink, Role};
use crate::time_locale::TimeLocale;

/// Height of all rows together that is aimed at, and the limits of one of them, in pixels.
const ROWS: f64 = 320.0;
const ROW: (f64, f64) = (1.0, 18.0);
/// More columns are not seen, and make the picture heavier.
const MOST_COLUMNS: f64 = 400.0;
const MARGIN: f64 = 6.0;
/// Width and height of the scale.
const SCALE: (f64, f64) = (96.0, 8.0);

impl HeatMap {
    /// Left, top, width and height of the cells in pixels.
    pub fn canvas(&self, fonts: &Fonts) -> (u32, u32, u32, u32) {
        let Canvas { left, top, width, height } = self.place(fonts);
        let whole = |length: f64| u32::try_from(number::count(length)).unwrap_or(u32::MAX);
        (whole(left), whole(top), whole(width), whole(height))
    }

    /// The picture, ready for any format.
    pub fn scene(&self, fonts: &Fonts) -> Scene {
        let (canvas, font) = (self.place(fonts), font());
        let line = fonts.height(font);
        let height = canvas.bottom() + 2.0 * (line + 4.0) + MARGIN;
        let mut scene = Scene {
            width: self.width,
            height: u32::try_from(number::count(height)).unwrap_or(u32::MAX),
            zoom: 1.0,
            theme: self.colors.theme,
            title: self.title.clone(),
            description: self.description(),
            shapes: Vec::new(),
        };
        let (right, bottom) = (f64::from(scene.width), f64::from(scene.height));
        scene.shapes.push(filled(0.0, 0.0, right, bottom, self.colors.ink(Role::Back)));
        let ground = self.colors.ink(Role::Canvas);
        scene.shapes.push(filled(canvas.left, canvas.top, canvas.right(), canvas.bottom(), ground));
        scene.shapes.push(self.cells(canvas));
        self.labels(&mut scene, canvas, fonts);
        self.times(&mut scene, canvas, fonts);
        self.scale(&mut scene, canvas, fonts);
        scene
    }

    fn place(&self, fonts: &Fonts) -> Canvas {
        // The same edges as those of charts, unless the labels need more.
        let chart = Chart::new(self.range).size(self.width, 0).legend(Legend::None);
        let plot = chart.layout(fonts).canvas;
        let widest = self.rows.iter().map(|(label, _)| fonts.width(label, font()));
        let most = f64::from(self.width) / 3.0;
        let left = (widest.fold(0.0, f64::max) + 8.0).min(most).ceil().max(plot.left);
        let rows = number::float(self.rows.len().max(1));
        let height = (rows * (ROWS / rows).floor().clamp(ROW.0, ROW.1)).round();
        let width = (plot.right() - left).max(1.0);
        Canvas { left, top: MARGIN, width, height }
    }

    fn cells(&self, canvas: Canvas) -> Shape {
        let columns = number::count(canvas.width.min(MOST_COLUMNS)).max(1);
        let rows = self.rows.iter().flat_map(|(_, samples)| means(samples, self.range, columns));
        let opacities = rows.map(|value| opacity(value, self.limits)).collect();
        Shape::Cells { area: area(canvas), columns, color: self.color, opacities }
    }

    /// The label of each row, or of every second, fourth, ... where lines would touch.
    fn labels(&self, scene: &mut Scene, canvas: Canvas, fonts: &Fonts) {
        let row = canvas.height / number::float(self.rows.len().max(1));
        let mut every = 1;
        while row * number::float(every) < fonts.height(font()) && every < self.rows.len() {
            every *= 2;
        }
        let rise = fonts.ascent(font()) * 0.38;
        for (index, (label, _)) in self.rows.iter().enumerate().step_by(every) {
            let y = canvas.top + row * (number::float(index) + 0.5) + rise;
            let label = fonts.fit(label, font(), canvas.left - 6.0);
            self.text(scene, &label, (canvas.left - 5.0, y), Anchor::End, fonts);
        }
    }

    fn times(&self, scene: &mut Scene, canvas: Canvas, fonts: &Fonts) {
        let locale = TimeLocale::default();
        let axis = TimeAxis::new(self.range, self.zone.clone(), Weekday::Monday, locale);
        let ticks = axis.ticks(&TimeGrid::Auto, canvas.width, |text| fonts.width(text, font()));
        let base = canvas.bottom() + 4.0 + fonts.ascent(font());
        for label in &ticks.labels {
            let x = canvas.left + canvas.width * axis.share(number::seconds(label.at));
            let half = fonts.width(&label.text, font()) / 2.0;
            let x = x.min(f64::from(self.width) - 2.0 - half);
            if x - half >= canvas.left - MARGIN {
                self.text(scene, &label.text, (x, base), Anchor::Middle, fonts);
            }
        }
    }

    /// The colours from the lowest to the highest value, with both.
    fn scale(&self, scene: &mut Scene, canvas: Canvas, fonts: &Fonts) {
        let base = canvas.bottom() + 2.0 * (fonts.height(font()) + 4.0);
        let unit = if self.unit.is_empty() { String::new() } else { format!(" {}", self.unit) };
        let (lower, upper) = self.limits;
        let (low, high) = (format!("{lower}{unit}"), format!("{upper}{unit}"));
        let right = f64::from(self.width) - MARGIN;
        let bar_right = right - fonts.width(&high, font()) - 5.0;
        let bar = Canvas {
            left: bar_right - SCALE.0,
            top: base - SCALE.1,
            width: SCALE.0,
            height: SCALE.1,
        };
        let columns = 24;
        let share = |column: usize| number::float(column) / number::float(columns - 1);
        let opacities = (0..columns).map(|column| opacity(share(column), (0.0, 1.0))).collect();
        scene.shapes.push(Shape::Cells { area: area(bar), columns, color: self.color, opacities });
        self.text(scene, &high, (right, base), Anchor::End, fonts);
        self.text(scene, &low, (bar.left - 5.0, base), Anchor::End, fonts);
    }

    fn text(&self, scene: &mut Scene, text: &str, at: (f64, f64), anchor: Anchor, fonts: &Fonts) {
        let font = font();
        scene.shapes.push(Shape::Text(Text {
            text: text.to_owned(),
            at: (parts(at.0), parts(at.1)),
            anchor,
            turn: Turn::None,
            font,
            ink: self.colors.ink(Role::Font),
            width: parts(fonts.width(text, font)),
            class: "y",
        }));
    }

    /// What a screen reader says: the row with the highest value, and its mean.
    fn description(&self) -> String {
        let mean = |samples: &Samples| means(samples, self.range, 1).first().copied();
        let known = self.rows.iter().filter_map(|(label, samples)| Some((label, mean(samples)?)));
        let known = known.filter(|(_, mean)| !mean.is_nan());
        let highest = known.max_by(|one, other| one.1.total_cmp(&other.1));
        let rows = self.rows.len();
        match highest {
            Some((label, mean)) => {
                format!("{rows} rows. The highest mean is that of {label}: {mean:.1} {}", self.unit)
            }
            None => format!("{rows} rows. Nothing is known of this time."),
        }
        .trim_end()
        .to_owned()
    }
}

fn font() -> Font {
    Font::points(Face::Sans, 7.0)
}

fn area(place: Canvas) -> Rect {
    let (left, top) = (parts(place.left), parts(place.top));
    Rect { left, top, right: parts(place.right()), bottom: parts(place.bottom()) }
}

fn filled(left: f64, top: f64, right: f64, bottom: f64, ink: Ink) -> Shape {
    let corner = |x: f64, y: f64| (parts(x), parts(y));
    let outline =
        vec![corner(left, top), corner(right, top), corner(right, bottom), corner(left, bottom)];
    Shape::Fill { outline, ink }
}

#[cfg(test)]
mod tests {
    use rrd_core::{Step, TimeRange, Timestamp};

    use super::*;

    fn map(rows: usize) -> HeatMap {
        let (start, step) = (Timestamp::from_seconds(0), Step::from_seconds(60).unwrap());
        let range = TimeRange::from_seconds(0, 3600);
        (0..rows).fold(HeatMap::new(range), |map, row| {
            map.row(row.to_string(), Samples::new(start, step, vec![0.5; 60]))
        })
    }

    fn labels(rows: usize) -> Vec<String> {
        let scene = map(rows).scene(&Fonts::new());
        let texts = scene.shapes.into_iter().filter_map(|shape| match shape {
            Shape::Text(text) if text.anchor == Anchor::End => Some(text.text),
            _ => None,
        });
        // The last two are those of the scale.
        let mut texts: Vec<String> = texts.collect();
        texts.truncate(texts.len() - 2);
        texts
    }

    #[test]
    fn rows_have_labels_as_far_as_they_have_room() {
        assert_eq!(labels(3), ["0", "1", "2"]);
        let of_many = labels(64);
        assert_eq!((of_many.len(), &*of_many[1]), (16, "4"));
    }

    #[test]
    fn the_height_grows_with_the_rows_up_to_what_fits_a_screen() {
        let height = |rows| map(rows).canvas(&Fonts::new()).3;
        assert_eq!([0, 1, 8, 64, 320, 1000].map(height), [18, 18, 144, 320, 320, 1000]);
    }

    #[test]
    fn the_cells_are_as_wide_as_the_plot_of_a_chart() {
        let fonts = Fonts::new();
        for width in [300, 640, 1300] {
            let map = map(3).width(width).canvas(&fonts);
            let chart = Chart::new(TimeRange::from_seconds(0, 3600)).size(width, 240);
            let plot = chart.legend(Legend::None).layout(&fonts).canvas();
            assert_eq!((map.0, map.2), (plot.0, plot.2), "{width}");
        }
    }

    #[test]
    fn a_picture_in_each_format_shows_the_same_cells() {
        let map = map(2).width(300);
        let svg = map.to_svg();
        assert_eq!(svg.matches("<image ").count(), 2, "the cells and the scale");
        let fonts = Fonts::new();
        let bitmap = crate::Bitmap::draw(&map.scene(&fonts), &fonts).unwrap();
        let (left, top, width, height) = map.canvas(&fonts);
        let inside = number::index(left + width / 2);
        let pixel = bitmap.pixel(inside, number::index(top + height / 2)).unwrap();
        // Half of the blue over white.
        assert_eq!(pixel, crate::Color::rgb(0x94, 0xb0, 0xf3));
        assert!(map.to_png().unwrap().starts_with(b"\x89PNG"));
    }
}
