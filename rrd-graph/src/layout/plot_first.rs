//! The layout of our own pictures: the plot comes first. Its edges follow from the size of the
//! picture alone, so that plots below each other line up and stay where they are when labels
//! change. Texts around it are left out of small pictures, and the legend gets what is left.

use super::{Canvas, Frame, Layout, Margins};
use crate::axis::{TimeGrid, ValueAxis, ValueGrid};
use crate::chart::{Chart, Extent, LabelRoom, Legend, LegendPosition};
use crate::font::Fonts;
use crate::legend::{LegendLayout, Room, legend};
use crate::number;
use crate::stack::{extremes, layers};

/// The least heights of pictures with legend and watermark, with a title and with times, and the
/// least widths of those with labels of the axes and with numbers or a legend.
const LEGEND_FROM: f64 = 150.0;
const TITLE_FROM: f64 = 120.0;
const TIMES_FROM: f64 = 60.0;
const UNIT_FROM: f64 = 240.0;
const NUMBERS_FROM: f64 = 120.0;

/// The least distance of the canvas from the edges: the texts at its corners need half a line.
const EDGE: f64 = 8.0;
/// The room right of the canvas, in which half a time may lie.
const RIGHT: f64 = 12.0;
/// The width of a vertical text at an axis.
const UNIT: f64 = 16.0;

/// The width of a legend beside the canvas, in a picture of this width.
const PANEL: (f64, f64) = (260.0, 400.0);
const PANEL_SHARE: f64 = 0.27;
/// A legend in a narrower room keeps less distance from its edges.
const NARROW: f64 = 360.0;

impl Chart {
    pub(super) fn plot_first_layout(&self, fonts: &Fonts) -> Layout {
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        let is_whole = self.extent == Extent::Picture;
        // A canvas of a given size has room for all texts around it.
        let fits = |length: f64, least: f64| !is_whole || length >= least;
        let has_numbers = self.scale.grid != ValueGrid::None && fits(width, NUMBERS_FROM);
        let has_units = fits(width, UNIT_FROM);
        let has_times = self.time_grid != TimeGrid::None && fits(height, TIMES_FROM);
        let has_title = !self.title.is_empty() && fits(height, TITLE_FROM);
        let has_watermark = !self.watermark.is_empty() && fits(height, LEGEND_FROM);
        let has_legend =
            self.legend != Legend::None && fits(height, LEGEND_FROM) && fits(width, NUMBERS_FROM);

        let numbers = if has_numbers { self.own_number_room(fonts) } else { 0.0 };
        let unit = if has_units { UNIT } else { 0.0 };
        let left = (unit + numbers).max(EDGE);
        let has_right_axis = has_units && self.right_axis.is_some();
        let right_numbers = if has_right_axis { numbers } else { 0.0 };
        let right_unit = if has_units && !self.right_label.is_empty() { UNIT } else { 0.0 };
        let right = (right_numbers + right_unit).max(if has_units { RIGHT } else { EDGE });
        let points = self.fonts.title.in_points();
        let lines = number::float(self.title.len());
        let top = if has_title { (1.6 * points * lines + points).ceil() } else { EDGE };
        let times = (2.5 * self.fonts.axis.in_points()).trunc();
        let bottom = if has_times { times } else { EDGE };
        let watermark =
            if has_watermark { (2.0 * self.fonts.watermark.in_points()).trunc() } else { 0.0 };

        let place = self.legend_place();
        let beside = matches!(place, LegendPosition::West | LegendPosition::East);
        let panel = if has_legend && beside {
            let (least, most) = PANEL;
            let half = ((width - left - right) / 2.0).floor();
            let panel = (PANEL_SHARE * width).round().clamp(least, most);
            if is_whole { panel.min(half) } else { panel }
        } else {
            0.0
        };
        let canvas_width =
            if is_whole { (width - left - right - panel).max(1.0) } else { width.max(1.0) };
        let columns = number::count(canvas_width).max(1);
        let layers = layers(self, columns);
        let axis = ValueAxis::new(extremes(self, &layers, columns), &self.scale);
        let axis_unit = has_units.then(|| self.axis_unit(&axis)).flatten();
        let around = top + bottom + watermark;
        let texts = if has_legend {
            let (room, high) = match (is_whole, beside) {
                (false, true) => (panel, f64::INFINITY),
                (false, false) => (width + left + right, f64::INFINITY),
                (true, true) => (panel, height - top - watermark - EDGE / 2.0),
                // At least half of the height is that of the plot.
                (true, false) => (width, (height / 2.0).floor() - around),
            };
            let margin = if beside || room < NARROW { EDGE } else { 2.0 * EDGE };
            legend(self, fonts, Room { width: room, height: high, margin }, axis_unit.as_ref())
        } else {
            LegendLayout::empty(self.fonts.legend)
        };
        let under = if beside { 0.0 } else { texts.height };
        let size = if is_whole {
            (width, height)
        } else {
            let beside = if beside { top + texts.height } else { 0.0 };
            (width + left + right + panel, (height + around + under).max(beside))
        };
        let canvas = Canvas {
            left: left + if place == LegendPosition::West { panel } else { 0.0 },
            top: top + if place == LegendPosition::North { under } else { 0.0 },
            width: canvas_width,
            height: if is_whole { (height - around - under).max(1.0) } else { height },
        };
        let legend_corner = match place {
            LegendPosition::South => (0.0, canvas.bottom() + bottom),
            LegendPosition::North | LegendPosition::West => (0.0, top),
            LegendPosition::East => (canvas.right() + right, top),
        };
        let legend_width = if beside { panel } else { size.0 };
        let frame = Frame {
            size,
            canvas,
            legend: texts,
            legend_corner,
            legend_right: legend_corner.0 + legend_width,
            margins: Margins {
                title: has_title.then_some(0.6 * points),
                numbers: has_numbers.then_some(numbers),
                unit: has_units.then_some(canvas.height + EDGE),
                right_unit: has_units.then_some(canvas.right() + right_numbers + 10.0),
                has_right_numbers: has_right_axis,
                has_times,
                has_watermark,
            },
            unit: axis_unit,
        };
        self.laid_out(fonts, frame, layers)
    }

    /// The room for numbers of as many letters as our labels may have.
    fn own_number_room(&self, fonts: &Fonts) -> f64 {
        let (LabelRoom::Letters(letters) | LabelRoom::AtLeast(letters)) = self.label_room;
        (f64::from(letters) * fonts.width("0", self.fonts.axis) + 9.0).ceil()
    }

    /// Where the legend is: beside the canvas of a wide picture, below that of any other.
    pub(crate) fn legend_place(&self) -> LegendPosition {
        let is_wide = self.width >= 900 && 2 * u64::from(self.width) >= 7 * u64::from(self.height);
        let is_beside = is_wide && !self.classic && self.extent == Extent::Picture;
        let usual = if is_beside { LegendPosition::East } else { LegendPosition::South };
        self.legend_position.unwrap_or(usual)
    }
}

#[cfg(test)]
mod tests {
    use rrd_core::{Step, TimeRange, Timestamp};

    use super::*;
    use crate::axis::RightAxis;
    use crate::chart::{Curve, Rule, Samples, Summary};
    use crate::scene::{Anchor, Shape, Text, Turn, pixels};

    const HOUR: TimeRange = TimeRange::from_seconds(0, 3600);

    /// A chart of constant series that are called `source 1`, `source 2` and so on.
    fn chart((width, height): (u32, u32), series: u32, value: f64) -> Chart {
        let columns =
            [Summary::Minimum, Summary::Average, Summary::Maximum, Summary::Last].to_vec();
        let chart = Chart::new(HOUR)
            .size(width, height)
            .title("Requests")
            .vertical_label("per second")
            .legend(Legend::Table(columns));
        (1..=series).fold(chart, |chart, number| {
            let step = Step::from_seconds(60).unwrap();
            let samples = Samples::new(Timestamp::from_seconds(0), step, vec![value; 60]);
            chart.draw(Curve::line(samples).legend(format!("source {number}")))
        })
    }

    fn texts(chart: &Chart, fonts: &Fonts) -> Vec<Text> {
        let shapes = chart.scene(&chart.layout(fonts), fonts).shapes.into_iter();
        let texts = shapes.filter_map(|shape| match shape {
            Shape::Text(text) => Some(text),
            _ => None,
        });
        texts.collect()
    }

    fn canvas(chart: &Chart) -> (u32, u32, u32, u32) {
        chart.layout(&Fonts::new()).canvas()
    }

    fn legend(chart: &Chart) -> Vec<String> {
        let fonts = Fonts::new();
        let texts = chart.layout(&fonts).legend(chart, &fonts).into_iter();
        texts.map(|text| text.text).collect()
    }

    #[test]
    fn half_of_the_height_is_the_plots_whatever_the_legend() {
        for series in [1, 3, 24, 500] {
            let (left, top, width, height) = canvas(&chart((800, 300), series, 42.0));
            assert_eq!((left, top, width), (63, 24, 725), "{series} series");
            assert!(height >= 150, "{series} series: {height} pixels");
        }
        assert_eq!(canvas(&chart((800, 300), 24, 42.0)).3, 175);
        assert_eq!(canvas(&chart((300, 200), 24, 42.0)), (63, 24, 225, 105));
    }

    #[test]
    fn a_low_picture_is_all_plot() {
        let low = chart((400, 100), 24, 42.0);
        assert_eq!(canvas(&low), (63, 8, 325, 75));
        let fonts = Fonts::new();
        let classes: Vec<_> = texts(&low, &fonts).into_iter().map(|text| text.class).collect();
        assert!(classes.contains(&"y") && classes.contains(&"x") && classes.contains(&"unit"));
        assert!(!classes.contains(&"legend") && !classes.contains(&"title"), "{classes:?}");
        // No text at all fits here.
        let tiny = chart((100, 50), 24, 42.0);
        assert_eq!((canvas(&tiny), texts(&tiny, &fonts)), ((8, 8, 84, 34), vec![]));
    }

    #[test]
    fn the_legend_of_a_wide_picture_is_beside_the_plot() {
        for series in [1, 9, 100] {
            assert_eq!(canvas(&chart((1400, 300), series, 42.0)), (63, 24, 947, 259));
        }
        let east = chart((640, 268), 3, 42.0).legend_position(LegendPosition::East);
        assert_eq!(canvas(&east), (63, 24, 305, 227));
        let west = chart((640, 268), 3, 42.0).legend_position(LegendPosition::West);
        assert_eq!(canvas(&west), (323, 24, 305, 227));
    }

    #[test]
    fn a_plot_keeps_its_edges_when_labels_and_legend_change() {
        for width in [280, 340, 640, 800, 1400] {
            let edges = |value: f64, series: u32| {
                let (left, _, width, _) = canvas(&chart((width, 300), series, value));
                (left, width)
            };
            let first = edges(9.0, 1);
            for value in [0.0, 1e-9, -123.456, 9999.0, 10_000_000.0, 1.234e300, f64::NAN] {
                assert_eq!(edges(value, 5), first, "{value} in a picture {width} wide");
            }
            let bare = chart((width, 300), 1, 9.0).title("").vertical_label("");
            assert_eq!((canvas(&bare).0, canvas(&bare).2), first);
        }
    }

    #[test]
    fn columns_of_numbers_are_left_out_before_names() {
        assert_eq!(
            legend(&chart((640, 268), 1, 42.0)),
            ["Min", "Avg", "Max", "Last", "source 1", "42", "42", "42", "42"]
        );
        let numbers = |size, series| {
            let legend = legend(&chart(size, series, 42.0));
            let mut heads: Vec<_> =
                legend.into_iter().take_while(|text| !text.starts_with('s')).collect();
            heads.dedup();
            heads.join(" ")
        };
        assert_eq!(numbers((640, 268), 5), "Min Avg Max Last");
        assert_eq!(numbers((640, 268), 14), "Max");
        assert_eq!(numbers((640, 268), 24), "");
        assert_eq!(numbers((320, 240), 3), "Avg Max", "two columns at most on a phone");
    }

    #[test]
    fn names_without_numbers_have_no_heads_above_them() {
        let ruled = (1..=3).fold(chart((640, 268), 3, 42.0), |chart, rule| {
            chart.draw(Rule::at_value(f64::from(rule)).legend(format!("rule {rule}")))
        });
        let texts = legend(&ruled);
        assert!(texts.contains(&"rule 3".to_owned()), "{texts:?}");
        assert_eq!(texts.iter().filter(|text| *text == "Max").count(), 1, "{texts:?}");
    }

    #[test]
    fn names_that_do_not_fit_are_counted() {
        let folded = legend(&chart((300, 200), 24, 42.0));
        assert_eq!(folded.len(), 9);
        assert_eq!((&*folded[0], &*folded[7], &*folded[8]), ("source 1", "source 8", "+16 more"));
        let lines = chart((300, 200), 24, 42.0).legend(Legend::Lines);
        let lines = legend(&lines);
        assert_eq!(lines.last().unwrap(), "+18 more");
        assert_eq!(lines.len(), 7);
    }

    #[test]
    fn a_text_that_is_too_long_ends_in_an_ellipsis() {
        let long = "a text that is much longer than there is room for, whatever the size of its \
                    letters, so that its end cannot be shown in a picture of this size at all";
        let chart = chart((300, 200), 2, 42.0)
            .title(long)
            .vertical_label(long)
            .draw(Rule::at_value(40.0).legend(long));
        let fonts = Fonts::new();
        for class in ["title", "unit", "legend"] {
            let cut = |text: &Text| text.class == class && text.text.ends_with('…');
            assert!(texts(&chart, &fonts).iter().any(cut), "{class}");
        }
    }

    /// Left, top, right and bottom.
    fn corners(text: &Text, fonts: &Fonts) -> [f64; 4] {
        let (x, y, width) = (pixels(text.at.0), pixels(text.at.1), pixels(text.width));
        let ascent = fonts.ascent(text.font);
        let descent = fonts.height(text.font) - ascent;
        let from = match text.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => width / 2.0,
            Anchor::End => width,
        };
        match text.turn {
            Turn::None => [x - from, y - ascent, x - from + width, y + descent],
            Turn::Up => [x - ascent, y + from - width, x + descent, y + from],
        }
    }

    #[test]
    fn no_text_is_beyond_the_edge_at_any_size() {
        let fonts = Fonts::new();
        let sizes = || (100..2000).step_by(271).chain([119, 239, 900]);
        for (width, height) in sizes().flat_map(|width| sizes().map(move |height| (width, height)))
        {
            let few = chart((width, height), 2, 123_456_789.0);
            let many = chart((width, height), 30, 0.1).title("One\nTwo\nThree").watermark("mark");
            let right = few
                .clone()
                .right_axis(RightAxis::new(1e-9, -3.0))
                .right_label("a right label with some words");
            let charts = [few.clone().legend(Legend::Lines), few, many.clone(), right];
            let position = |position| many.clone().legend_position(position);
            let placed = [LegendPosition::North, LegendPosition::West].map(position);
            for chart in charts.into_iter().chain(placed) {
                for text in texts(&chart, &fonts) {
                    let [left, top, right, bottom] = corners(&text, &fonts);
                    let is_inside = left >= 0.0
                        && top >= 0.0
                        && right <= f64::from(width)
                        && bottom <= f64::from(height);
                    let (class, text) = (text.class, text.text);
                    assert!(
                        is_inside,
                        "{class} {text:?} in {width} x {height}: {left} {top} {right} {bottom}"
                    );
                }
            }
        }
    }
}
