//! A chart as its author describes it: elements, time range, appearance. `layout` and `paint`
//! decide what it looks like, `render` creates the bytes.

mod element;
mod gaps;
mod heads;
mod numbers;
mod samples;
mod spikes;
mod style;

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use rrd_core::TimeRange;

use crate::axis::{LabelFormat, RightAxis, TimeGrid, ValueScale};
use crate::color::Color;
use crate::font::Face;
use crate::quantity::Quantity;
use crate::theme::{Colors, Role, Theme};
use crate::time_locale::TimeLocale;

pub use element::{Band, Curve, Element, Gap, Marks, Rule};
pub(crate) use element::{CurveKind, RulePlace, Sharing, Tint};
pub(crate) use numbers::{Extreme, Numbers};
pub use samples::Samples;
pub use style::{Extent, Join, Legend, LegendDirection, LegendPosition, Summary, TextFonts};

/// A chart of values over time.
///
/// ```
/// use rrd_core::{Step, TimeRange, Timestamp};
/// use rrd_graph::{Chart, Curve, Legend, Samples, Summary};
///
/// let step = Step::from_seconds(300).unwrap();
/// let samples = Samples::new(Timestamp::from_seconds(1_600_000_000), step, vec![1.0, 4.0, f64::NAN, 2.0]);
/// let svg = Chart::new(TimeRange::from_seconds(1_600_000_000, 1_600_001_200))
///     .title("Requests")
///     .vertical_label("per second")
///     .size(500, 200)
///     .legend(Legend::Table(vec![Summary::Average, Summary::Last]))
///     .draw(Curve::area(samples).legend("served"))
///     .to_svg();
/// assert!(svg.starts_with("<svg"));
/// assert!(svg.contains(">Requests</title>"));
/// ```
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of the command line that is on or off"
)]
pub struct Chart {
    pub(crate) range: TimeRange,
    pub(crate) zone: TimeZone,
    pub(crate) first_weekday: Weekday,
    pub(crate) locale: TimeLocale,
    pub(crate) elements: Vec<Element>,
    pub(crate) title: Vec<String>,
    /// `None` for the unit of the numbers.
    pub(crate) vertical_label: Option<String>,
    pub(crate) unit: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) extent: Extent,
    pub(crate) zoom: f64,
    pub(crate) join: Join,
    pub(crate) scale: ValueScale,
    pub(crate) si_logarithm: bool,
    pub(crate) left_format: Option<LabelFormat>,
    pub(crate) label_room: LabelRoom,
    pub(crate) right_axis: Option<RightAxis>,
    pub(crate) right_label: String,
    pub(crate) time_grid: TimeGrid,
    pub(crate) minor_grid: bool,
    pub(crate) grid_dash: Option<(f64, f64)>,
    pub(crate) legend: Legend,
    pub(crate) legend_position: Option<LegendPosition>,
    pub(crate) legend_direction: LegendDirection,
    pub(crate) keep_rule_legends: bool,
    pub(crate) line_samples: bool,
    pub(crate) tab_width: f64,
    pub(crate) border: Option<f64>,
    pub(crate) right_margin: bool,
    pub(crate) watermark: String,
    pub(crate) fonts: TextFonts,
    pub(crate) colors: Colors,
    pub(crate) smooth: bool,
    /// Whether time without known values is hatched.
    pub(crate) hatch_unknown: bool,
    /// Why nothing is known in spans of time.
    pub(crate) gaps: Vec<Gap>,
    /// Whether it looks as RRDtool's pictures do, where ours differ: margins and legend are as
    /// large as their texts, areas do not extend the axis to zero, lines may be cut at its ends,
    /// and gaps have no words.
    pub(crate) classic: bool,
}

/// The space for the numbers at the value axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LabelRoom {
    /// A fixed number of letters.
    Letters(u32),
    /// Room for this many letters, or more if they need more.
    AtLeast(u32),
}

impl Chart {
    /// An empty chart of a time range: a picture of 600 x 240 pixels, times in UTC.
    ///
    /// The left and right edge of its plot follow from the width of the picture, not from labels,
    /// so that charts below each other line up. At least half of the height is that of the plot: a
    /// legend that is too long has fewer numbers, then shorter names, then counts those that it
    /// leaves out. Below 150 pixels there is no legend.
    ///
    /// ```
    /// use rrd_core::TimeRange;
    /// use rrd_graph::{Chart, Curve, Fonts, Samples};
    /// let chart = |series: usize| {
    ///     let chart = Chart::new(TimeRange::from_seconds(0, 3600)).size(400, 200);
    ///     (0..series).fold(chart, |chart, number| {
    ///         chart.draw(Curve::line(Samples::constant(1.0)).legend(format!("series {number}")))
    ///     })
    /// };
    /// let canvas = |series| chart(series).layout(&Fonts::new()).canvas();
    /// // Left, top, width and height.
    /// assert_eq!(canvas(1), (63, 8, 325, 152));
    /// assert_eq!(canvas(100), (63, 8, 325, 111));
    /// ```
    pub fn new(range: TimeRange) -> Self {
        Self {
            range,
            zone: TimeZone::UTC,
            first_weekday: Weekday::Monday,
            locale: TimeLocale::default(),
            elements: Vec::new(),
            title: Vec::new(),
            vertical_label: None,
            unit: String::new(),
            width: 600,
            height: 240,
            extent: Extent::Picture,
            zoom: 1.0,
            join: Join::Slopes,
            scale: ValueScale::default(),
            si_logarithm: false,
            left_format: None,
            label_room: LabelRoom::Letters(6),
            right_axis: None,
            right_label: String::new(),
            time_grid: TimeGrid::Auto,
            minor_grid: false,
            grid_dash: None,
            legend: Legend::Lines,
            legend_position: None,
            legend_direction: LegendDirection::TopDown,
            keep_rule_legends: false,
            line_samples: true,
            tab_width: 40.0,
            border: None,
            right_margin: true,
            watermark: String::new(),
            fonts: TextFonts::of(Face::Sans),
            colors: Colors::default(),
            smooth: true,
            hatch_unknown: false,
            gaps: Vec::new(),
            classic: false,
        }
    }

    /// An empty chart with the dimensions of `rrdtool graph`: a canvas of 400 x 100 pixels, a
    /// monospaced font, values as steps, space for six letters or more at the axis.
    pub fn classic(range: TimeRange) -> Self {
        Self {
            width: 400,
            height: 100,
            extent: Extent::Canvas,
            join: Join::Steps,
            scale: ValueScale::classic(),
            label_room: LabelRoom::AtLeast(6),
            minor_grid: true,
            line_samples: false,
            fonts: TextFonts::of(Face::Mono),
            classic: true,
            colors: Colors { theme: Theme::Light, set: Vec::new() },
            ..Self::new(range)
        }
    }

    /// Sets the span of time that is shown.
    #[must_use]
    pub fn range(self, range: TimeRange) -> Self {
        Self { range, ..self }
    }

    /// Adds a curve, a band, a rule, marks or a text of the legend.
    #[must_use]
    pub fn draw(mut self, element: impl Into<Element>) -> Self {
        self.elements.push(element.into());
        self
    }

    /// Sets the title: at most three lines are shown.
    #[must_use]
    pub fn title(self, title: impl AsRef<str>) -> Self {
        let title = title.as_ref().lines().filter(|line| !line.is_empty()).take(3);
        Self { title: title.map(str::to_owned).collect(), ..self }
    }

    /// Sets the label of the left axis, written vertically, in place of the unit.
    #[must_use]
    pub fn vertical_label(self, label: impl Into<String>) -> Self {
        Self { vertical_label: Some(label.into()), ..self }
    }

    /// Sets the unit of the values. It is written next to the axis with the prefix that suits the
    /// axis, `Mb/s`, and a legend table has its numbers in it. With a label of its own next to the
    /// axis, each number has its unit. [`Quantity`] decides on prefixes.
    #[must_use]
    pub fn unit(self, unit: impl Into<String>) -> Self {
        Self { unit: unit.into(), ..self }
    }

    /// Sets the width and height in pixels; see [`extent`](Self::extent).
    #[must_use]
    pub fn size(self, width: u32, height: u32) -> Self {
        Self { width, height, ..self }
    }

    /// Sets what the width and height refer to.
    #[must_use]
    pub fn extent(self, extent: Extent) -> Self {
        Self { extent, ..self }
    }

    /// Sets the number of raster pixels per layout pixel; the chart is drawn in more detail, not
    /// enlarged.
    #[must_use]
    pub fn zoom(self, zoom: f64) -> Self {
        Self { zoom, ..self }
    }

    /// Sets the time zone of the time axis.
    #[must_use]
    pub fn zone(self, zone: TimeZone) -> Self {
        Self { zone, ..self }
    }

    /// Sets the first day of the week on the time axis; the default is Monday.
    #[must_use]
    pub fn first_weekday(self, first_weekday: Weekday) -> Self {
        Self { first_weekday, ..self }
    }

    /// Sets the locale of the time axis; the default is English.
    #[must_use]
    pub fn locale(self, locale: TimeLocale) -> Self {
        Self { locale, ..self }
    }

    /// Sets how values are joined.
    #[must_use]
    pub fn join(self, join: Join) -> Self {
        Self { join, ..self }
    }

    /// Sets how the value axis is scaled.
    #[must_use]
    pub fn scale(self, scale: ValueScale) -> Self {
        Self { scale, ..self }
    }

    /// Uses SI prefixes for the numbers of a logarithmic axis.
    #[must_use]
    pub fn si_logarithm(self, si_logarithm: bool) -> Self {
        Self { si_logarithm, ..self }
    }

    /// Formats the numbers of the left axis by a function.
    #[must_use]
    pub fn left_format(self, format: LabelFormat) -> Self {
        Self { left_format: Some(format), ..self }
    }

    /// Reserves space for this many letters at the value axis instead of six; wider numbers are
    /// drawn smaller.
    #[must_use]
    pub fn label_letters(self, letters: u32) -> Self {
        Self { label_room: LabelRoom::Letters(letters), ..self }
    }

    /// Adds an axis on the right.
    #[must_use]
    pub fn right_axis(self, axis: RightAxis) -> Self {
        Self { right_axis: Some(axis), ..self }
    }

    /// Sets the label of the right axis.
    #[must_use]
    pub fn right_label(self, label: impl Into<String>) -> Self {
        Self { right_label: label.into(), ..self }
    }

    /// Sets the positions of the lines and labels of the time axis.
    #[must_use]
    pub fn time_grid(self, time_grid: TimeGrid) -> Self {
        Self { time_grid, ..self }
    }

    /// Sets whether minor grid lines are drawn.
    #[must_use]
    pub fn minor_grid(self, minor_grid: bool) -> Self {
        Self { minor_grid, ..self }
    }

    /// Draws the grid with dashes and gaps of these lengths in pixels.
    #[must_use]
    pub fn grid_dash(self, mark: f64, gap: f64) -> Self {
        Self { grid_dash: Some((mark, gap)), ..self }
    }

    /// Sets what the legend shows.
    #[must_use]
    pub fn legend(self, legend: Legend) -> Self {
        Self { legend, ..self }
    }

    /// Sets the position of the legend. Without one it is beside the canvas of a wide picture, and
    /// below that of any other.
    #[must_use]
    pub fn legend_position(self, legend_position: LegendPosition) -> Self {
        Self { legend_position: Some(legend_position), ..self }
    }

    /// Sets the order of the legend's lines.
    #[must_use]
    pub fn legend_direction(self, legend_direction: LegendDirection) -> Self {
        Self { legend_direction, ..self }
    }

    /// Keeps the legends of rules outside the visible range.
    #[must_use]
    pub fn keep_rule_legends(self, keep_rule_legends: bool) -> Self {
        Self { keep_rule_legends, ..self }
    }

    /// Shows lines as strokes instead of boxes in the legend.
    #[must_use]
    pub fn line_samples(self, line_samples: bool) -> Self {
        Self { line_samples, ..self }
    }

    /// Sets the distance of the tab stops of legend texts in pixels.
    #[must_use]
    pub fn tab_width(self, pixels: f64) -> Self {
        Self { tab_width: pixels, ..self }
    }

    /// Draws a raised border of this width in pixels; 0 for none.
    #[must_use]
    pub fn border(self, pixels: f64) -> Self {
        Self { border: Some(pixels), ..self }
    }

    /// Keeps the margin of 15 pixels on the right, which RRDtool uses for its signature.
    #[must_use]
    pub fn right_margin(self, right_margin: bool) -> Self {
        Self { right_margin, ..self }
    }

    /// Sets a pale text at the lower edge.
    #[must_use]
    pub fn watermark(self, watermark: impl Into<String>) -> Self {
        Self { watermark: watermark.into(), ..self }
    }

    /// Sets the fonts of the texts.
    #[must_use]
    pub fn fonts(self, fonts: TextFonts) -> Self {
        Self { fonts, ..self }
    }

    /// Sets the theme.
    #[must_use]
    pub fn theme(mut self, theme: Theme) -> Self {
        self.colors.theme = theme;
        self
    }

    /// Sets the colour of a role, independent of the theme.
    #[must_use]
    pub fn color(mut self, role: Role, color: Color) -> Self {
        self.colors.set.push((role, color));
        self
    }

    /// Sets whether edges are antialiased.
    #[must_use]
    pub fn smooth(self, smooth: bool) -> Self {
        Self { smooth, ..self }
    }

    /// Sets whether time without any known value is hatched, so that it is not mistaken for zero;
    /// [`gaps`](Self::gaps) are those spans.
    #[must_use]
    pub fn hatch_unknown(self, hatch_unknown: bool) -> Self {
        Self { hatch_unknown, ..self }
    }

    /// How its values are written.
    pub(crate) fn quantity(&self) -> Quantity<'_> {
        Quantity::new(&self.unit, self.scale.base)
    }

    /// A value with its prefix and unit.
    pub(crate) fn number(&self, value: f64) -> String {
        self.quantity().write(value)
    }

    /// Whether there is anything to draw on the canvas; texts alone are not a picture.
    pub fn has_picture(&self) -> bool {
        self.elements.iter().any(|element| {
            !matches!(element, Element::Text(_) | Element::Print(_) | Element::Align(_))
        })
    }
}
