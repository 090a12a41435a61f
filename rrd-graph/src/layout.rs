//! The layout: sizes and positions of the picture, the canvas, the axes with their labels, and the
//! legend.

mod numbers;

use crate::axis::{TimeAxis, TimeGrid, TimeTicks, ValueAxis, ValueScale, ValueTicks, takes_prefix};
use crate::chart::{Chart, Extent, LegendPosition};
use crate::font::{Font, Fonts};
use crate::legend::{LegendEntry, LegendLayout, legend};
use crate::number;
use crate::stack::{Layer, extremes, layers};

/// A laid out chart, in pixels before zooming.
#[derive(Clone, Debug)]
pub struct Layout {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) canvas: Canvas,
    pub(crate) time: TimeAxis,
    pub(crate) time_ticks: TimeTicks,
    pub(crate) value: ValueAxis,
    pub(crate) value_ticks: ValueTicks,
    pub(crate) layers: Vec<Layer>,
    pub(crate) legend: Vec<LegendEntry>,
    pub(crate) legend_font: Font,
    /// Whether there are curves but all their values are unknown.
    pub(crate) empty: bool,
    /// The middle of the title and of the texts at the axes.
    pub(crate) title_x: f64,
    pub(crate) label_x: f64,
    pub(crate) right_label_x: f64,
    /// The leftmost position of numbers at the left axis.
    pub(crate) number_left: f64,
}

/// The rectangle in which curves are drawn, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Canvas {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Canvas {
    pub(crate) fn right(self) -> f64 {
        self.left + self.width
    }

    pub(crate) fn bottom(self) -> f64 {
        self.top + self.height
    }
}

/// A text of the legend and its bounding box, in pixels from the upper left corner of the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct LegendText {
    /// The text, including the two blanks that make room for the box of its series.
    pub text: String,
    /// Left, top, right and bottom.
    pub corners: [f64; 4],
}

impl Layout {
    /// Width and height of the picture in pixels, before zooming.
    pub fn size(&self) -> (u32, u32) {
        (pixels(self.width), pixels(self.height))
    }

    /// Left, top, width and height of the canvas in pixels.
    pub fn canvas(&self) -> (u32, u32, u32, u32) {
        let Canvas { left, top, width, height } = self.canvas;
        (pixels(left), pixels(top), pixels(width), pixels(height))
    }

    /// The smallest and largest value of the axis.
    pub fn value_range(&self) -> (f64, f64) {
        (self.value.lower, self.value.upper)
    }

    /// The texts of the legend with their positions, in the order of the elements.
    pub fn legend(&self, chart: &Chart, fonts: &Fonts) -> Vec<LegendText> {
        let height = fonts.height(chart.fonts.legend);
        self.legend
            .iter()
            .map(|entry| LegendText {
                text: entry.name.clone(),
                corners: [entry.x, entry.y - height, entry.x + entry.width, entry.y],
            })
            .collect()
    }
}

fn pixels(length: f64) -> u32 {
    u32::try_from(number::count(length)).unwrap_or(u32::MAX)
}

/// The space around the canvas.
struct Margins {
    left_label: f64,
    right_label: f64,
    top: f64,
    bottom: f64,
    right: f64,
    watermark: f64,
    legend_less: f64,
}

impl Chart {
    /// Computes the layout of the chart.
    pub fn layout(&self, fonts: &Fonts) -> Layout {
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        if self.extent == Extent::Bare {
            let canvas = Canvas { left: 0.0, top: 0.0, width, height };
            return self.laid_out(
                fonts,
                (width, height),
                canvas,
                LegendLayout::empty(self.fonts.legend),
                (0.0, 0.0),
                None,
                layers(self, number::count(width).max(1)),
            );
        }
        let margins = self.margins();
        let beside = matches!(self.legend_position, LegendPosition::West | LegendPosition::East);
        let whole = self.extent == Extent::Picture;
        // A legend above or below takes the width of the picture, which depends on the labels if
        // the size of the canvas is fixed; a legend at the side determines its own width.
        let mut texts = if whole || beside {
            legend(self, fonts, width)
        } else {
            LegendLayout::empty(self.fonts.legend)
        };
        let around = margins.top + margins.bottom + margins.watermark + margins.legend_less;
        let under = |texts: &LegendLayout| if beside { 0.0 } else { texts.height };
        let canvas_height =
            if whole { (height - around - under(&texts)).trunc().max(1.0) } else { height };
        // The usual share of the numbers next to the canvas in the width of a picture.
        let estimate = if whole { (width - 80.0).max(1.0) } else { width.max(1.0) };
        let columns = number::count(estimate).max(1);
        let first = layers(self, columns);
        let value = ValueAxis::new(extremes(self, &first, columns), &self.axis_scale());
        let ticks = self.value_ticks(&value, canvas_height, fonts);
        let numbers = self.number_room(&ticks, fonts);
        let right_numbers =
            if self.right_axis.is_some() { self.right_room(&ticks, numbers, fonts) } else { 0.0 };
        let side = if beside { texts.width } else { 0.0 };
        let around_width = numbers
            + margins.right
            + side
            + right_numbers
            + margins.left_label
            + margins.right_label;
        let (picture_width, canvas_width) = if whole {
            (width, (width - around_width).max(1.0))
        } else {
            (width + around_width, width)
        };
        if !whole && !beside {
            texts = legend(self, fonts, picture_width);
        }
        let picture_height =
            if whole { height } else { (canvas_height + around + under(&texts)).trunc() };
        let mut left = margins.left_label + numbers;
        let mut top = margins.top;
        match self.legend_position {
            LegendPosition::West => left += side,
            LegendPosition::East => left += margins.right,
            LegendPosition::North => top += texts.height,
            LegendPosition::South => {}
        }
        let canvas = Canvas { left, top, width: canvas_width, height: canvas_height };
        let corner = match self.legend_position {
            LegendPosition::South => (0.0, margins.top + canvas_height + margins.bottom),
            LegendPosition::North | LegendPosition::West => (0.0, margins.top),
            LegendPosition::East => (
                margins.left_label
                    + numbers
                    + canvas_width
                    + margins.right_label
                    + right_numbers
                    + margins.right,
                margins.top,
            ),
        };
        let right_label = canvas.right() + right_numbers + 10.0;
        self.laid_out(
            fonts,
            (picture_width, picture_height),
            canvas,
            texts,
            corner,
            Some((numbers, right_label)),
            first,
        )
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "what the two ways of laying out have found, named at each call"
    )]
    fn laid_out(
        &self,
        fonts: &Fonts,
        (width, height): (f64, f64),
        canvas: Canvas,
        texts: LegendLayout,
        (x, y): (f64, f64),
        labels: Option<(f64, f64)>,
        layers: Vec<Layer>,
    ) -> Layout {
        let columns = number::count(canvas.width).max(1);
        let known = extremes(self, &layers, columns);
        let empty = known.is_none() && !layers.is_empty();
        let value = ValueAxis::new(known, &self.axis_scale());
        let value_ticks = self.value_ticks(&value, canvas.height, fonts);
        let time = self.time_axis();
        let axis_font = self.fonts.axis;
        let time_ticks =
            time.ticks(&self.time_grid, canvas.width, |text| fonts.width(text, axis_font));
        let (mut legend, legend_font) = (texts.entries, texts.font);
        for entry in &mut legend {
            entry.x += x;
            entry.drawn_x += x;
            entry.y += y;
        }
        let (numbers, right_label_x) = labels.unwrap_or_default();
        Layout {
            width,
            height,
            canvas,
            time,
            time_ticks,
            value,
            value_ticks,
            layers,
            legend,
            legend_font,
            empty,
            title_x: width / 2.0,
            label_x: canvas.left - numbers - 6.0,
            right_label_x,
            number_left: canvas.left - numbers,
        }
    }

    pub(crate) fn time_axis(&self) -> TimeAxis {
        TimeAxis::new(self.range, self.zone.clone(), self.first_weekday, self.locale)
    }

    /// The scale, without prefixes where the unit takes none.
    fn axis_scale(&self) -> ValueScale {
        let mut scale = self.scale.clone();
        if !takes_prefix(&self.unit) {
            scale.exponent = scale.exponent.or(Some(0));
        }
        scale
    }

    fn value_ticks(&self, value: &ValueAxis, height: f64, fonts: &Fonts) -> ValueTicks {
        let line = fonts.height(self.fonts.axis);
        value.ticks(height, line, self.si_logarithm, self.left_format.as_ref())
    }

    fn margins(&self) -> Margins {
        let unit = (2.0 * self.fonts.unit.in_points()).trunc();
        let lines = number::float(self.title.len());
        let no_times = self.time_grid == TimeGrid::None;
        Margins {
            left_label: if self.vertical_label.is_empty() { 0.0 } else { unit },
            right_label: if self.right_label.is_empty() { 15.0 } else { unit },
            top: if lines > 0.0 {
                (self.fonts.title.in_points() * (lines + 1.0) * 1.6).trunc()
            } else {
                15.0
            },
            bottom: if no_times { 0.0 } else { (2.5 * self.fonts.axis.in_points()).trunc() },
            right: if self.right_margin { 15.0 } else { 0.0 },
            watermark: if self.watermark.is_empty() {
                0.0
            } else {
                (2.0 * self.fonts.watermark.in_points()).trunc()
            },
            legend_less: if self.legend == crate::chart::Legend::None { 7.5 } else { 0.0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use rrd_core::{Step, TimeRange, Timestamp};

    use super::*;
    use crate::axis::LabelFormat;
    use crate::chart::{Curve, Element, Legend, Rule, Samples};
    use crate::number_format::NumberFormat;
    use crate::scene::Shape;

    fn line(legend: &str) -> Curve {
        let step = Step::from_seconds(60).unwrap();
        let samples = Samples::new(Timestamp::from_seconds(0), step, vec![42.5; 60]);
        Curve::line(samples).legend(legend)
    }

    fn corners(chart: &Chart) -> Vec<[f64; 4]> {
        let fonts = Fonts::new();
        chart.layout(&fonts).legend(chart, &fonts).into_iter().map(|text| text.corners).collect()
    }

    const HOUR: TimeRange = TimeRange::from_seconds(0, 3600);

    #[test]
    fn a_classic_picture_has_the_measures_of_rrdtools() {
        let fonts = Fonts::new();
        let bare = Chart::classic(HOUR).draw(line(""));
        assert_eq!(bare.layout(&fonts).size(), (481, 141));
        assert_eq!(bare.layout(&fonts).canvas(), (51, 15, 400, 100));
        let full = Chart::classic(HOUR)
            .size(24, 50)
            .title("T")
            .vertical_label("V")
            .watermark("W")
            .draw(line("line"))
            .draw(Curve::area(Samples::constant(1.0)).legend("area"))
            .draw(Rule::at_value(30.0).legend("hrule"))
            .draw(Rule::at_time(Timestamp::from_seconds(60)).legend("vrule"))
            .draw(Element::Text("comment".to_owned()))
            .draw(Element::Text("99.375000".to_owned()));
        let layout = full.layout(&fonts);
        assert_eq!(layout.canvas(), (67, 28, 24, 50));
        assert_eq!(layout.size(), (121, 199));
        let texts = layout.legend(&full, &fonts);
        assert_eq!(texts[0].text, "  line");
        assert_eq!(texts[0].corners, [16.0, 97.0, 58.0, 111.0]);
        assert_eq!(texts[2].corners, [16.0, 125.0, 65.0, 139.0]);
    }

    #[test]
    fn the_margin_of_a_classic_picture_grows_with_its_numbers() {
        let fonts = Fonts::new();
        let left = |format: &str, letters: Option<u32>| {
            let format = NumberFormat::parse_plain(format).unwrap();
            let chart = Chart::classic(HOUR).left_format(LabelFormat::numbers(format));
            let chart = match letters {
                Some(letters) => chart.label_letters(letters),
                None => chart,
            };
            chart.draw(line("")).layout(&fonts).canvas().0
        };
        assert_eq!(left("%.0lf", None), 51);
        // 30.00000: 8 letters of 6 pixels, 7 pixels to the axis and 2 to the edge.
        assert_eq!(left("%.5lf", None), 57);
        assert_eq!(left("%20.5lf", None), 57);
        assert_eq!(left("%.5lf", Some(4)), 39);
    }

    #[test]
    fn an_empty_chart_has_numbers_where_its_limits_are_given() {
        let fonts = Fonts::new();
        let labels = |scale: ValueScale| {
            let empty = Samples::constant(f64::NAN);
            let chart = Chart::classic(HOUR).scale(scale).draw(Curve::line(empty));
            let scene = chart.scene(&chart.layout(&fonts), &fonts);
            let texts = scene.shapes.into_iter().filter_map(|shape| match shape {
                Shape::Text(text) if text.class == "y" => Some(text.text),
                _ => None,
            });
            texts.collect::<Vec<_>>()
        };
        let limits = ValueScale::default().limits(0.0, 100.0).rigid(true);
        assert_eq!(labels(limits), ["0", "20", "40", "60", "80", "100"]);
        assert!(labels(ValueScale::default()).is_empty());
    }

    #[test]
    fn a_unit_with_a_prefix_gets_no_second_one() {
        let step = Step::from_seconds(60).unwrap();
        let samples = Samples::new(Timestamp::from_seconds(0), step, vec![0.0544, 1544.0]);
        let chart = |unit: &str| Chart::new(HOUR).unit(unit).draw(Curve::line(samples.clone()));
        let labels = |unit: &str| {
            let ticks = chart(unit).layout(&Fonts::new()).value_ticks.major;
            ticks.into_iter().map(|(_, label)| label).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(chart("ms").number(0.0544), "0.05 ms");
        assert_eq!(chart("ms").number(54.4), "54.4 ms");
        assert_eq!(chart("s").number(0.0544), "54.4 ms");
        assert!(labels("ms").contains("1500") && !labels("ms").contains('k'), "{}", labels("ms"));
        assert!(labels("s").contains("1.5 k"), "{}", labels("s"));
    }

    #[test]
    fn texts_of_a_legend_are_spread_over_the_line() {
        let chart = Chart::classic(HOUR).draw(line("one")).draw(line("two")).draw(line("three"));
        let left: Vec<f64> = corners(&chart).iter().map(|corners| corners[0]).collect();
        assert_eq!(left, [16.0, 216.0, 416.0]);
    }

    #[test]
    fn control_marks_end_and_set_lines() {
        let text = |text: &str| Element::Text(text.to_owned());
        let chart = Chart::classic(HOUR)
            .draw(text("left\\l"))
            .draw(text("right\\r"))
            .draw(text("middle\\c"));
        assert_eq!(
            corners(&chart),
            [
                [16.0, 134.0, 44.0, 148.0],
                [430.0, 148.0, 465.0, 162.0],
                [219.5, 162.0, 261.5, 176.0]
            ]
        );
        assert!(Chart::classic(HOUR).draw(text("odd\\x")).check_legend().is_err());
    }

    #[test]
    fn a_legend_beside_the_canvas_does_not_change_its_size() {
        let fonts = Fonts::new();
        for position in [LegendPosition::East, LegendPosition::West] {
            let chart = Chart::classic(HOUR).legend_position(position).draw(line("one\\l"));
            let (_, _, width, height) = chart.layout(&fonts).canvas();
            assert_eq!((width, height), (400, 100));
        }
    }

    #[test]
    fn a_picture_of_a_given_size_keeps_it_whatever_its_legend() {
        let fonts = Fonts::new();
        for legend in [Legend::None, Legend::Lines, Legend::Table(vec![])] {
            let chart = Chart::new(HOUR).size(300, 150).legend(legend).draw(line("one"));
            assert_eq!(chart.layout(&fonts).size(), (300, 150));
        }
    }
}
