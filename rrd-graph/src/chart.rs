//! A chart as its author describes it: what is drawn, over which time, in which dress. What it looks like is decided
//! in `layout` and `paint`, the bytes are made in `render`.

use std::sync::Arc;

use jiff::tz::TimeZone;
use rrd_core::{Step, TimeRange, Timestamp};

use crate::axis::{Autoscale, LabelFormat, RightAxis, TimeGrid, ValueScale};
use crate::color::Color;
use crate::font::{Face, Font};
use crate::statement::{Alignment, Dashes, Gradient};
use crate::theme::{Colors, Role, Theme};

/// Values at equal steps; what is not a number is unknown and drawn as a gap.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    rows: Rows,
}

#[derive(Clone, Debug, PartialEq)]
enum Rows {
    Constant(f64),
    Steps { start: i64, step: i64, values: Arc<[f64]> },
}

impl Samples {
    /// The first value holds for the `step` that begins at `start`, the next for the step behind it, and so on.
    pub fn new(start: Timestamp, step: Step, values: impl Into<Arc<[f64]>>) -> Self {
        let step = i64::try_from(step.seconds()).unwrap_or(i64::MAX);
        Self { rows: Rows::Steps { start: start.seconds(), step, values: values.into() } }
    }

    /// One value for all time.
    pub const fn constant(value: f64) -> Self {
        Self { rows: Rows::Constant(value) }
    }

    /// The value that holds at a moment; unknown outside of the rows.
    ///
    /// ```
    /// use rrd_core::{Step, Timestamp};
    /// use rrd_graph::Samples;
    /// let step = Step::from_seconds(60).unwrap();
    /// let samples = Samples::new(Timestamp::from_seconds(1200), step, vec![1.0, 2.0]);
    /// assert_eq!(samples.at(1259), 1.0);
    /// assert_eq!(samples.at(1260), 2.0);
    /// assert!(samples.at(1320).is_nan());
    /// ```
    pub fn at(&self, moment: i64) -> f64 {
        match &self.rows {
            Rows::Constant(value) => *value,
            Rows::Steps { start, step, values } => {
                let row = moment.saturating_sub(*start).div_euclid(*step);
                let row = usize::try_from(row).ok();
                row.and_then(|row| values.get(row)).copied().unwrap_or(f64::NAN)
            }
        }
    }

    /// The rows that touch a range: beginning and end of each, cut at the range, and its value.
    pub(crate) fn within(&self, range: TimeRange) -> Vec<(i64, i64, f64)> {
        match &self.rows {
            Rows::Constant(value) => vec![(range.start, range.end, *value)],
            Rows::Steps { start, step, values } => {
                let skip = range.start.saturating_sub(*start).div_euclid(*step).max(0);
                let skip = usize::try_from(skip).unwrap_or(usize::MAX);
                let mut rows = Vec::new();
                for (index, &value) in values.iter().enumerate().skip(skip) {
                    let index = i64::try_from(index).unwrap_or(i64::MAX);
                    let from = start.saturating_add(step.saturating_mul(index));
                    if from >= range.end {
                        break;
                    }
                    let to = from.saturating_add(*step);
                    rows.push((from.max(range.start), to.min(range.end), value));
                }
                rows
            }
        }
    }

    /// The length of a row in seconds; `None` for one value for all time.
    pub(crate) fn step(&self) -> Option<i64> {
        match self.rows {
            Rows::Constant(_) => None,
            Rows::Steps { step, .. } => Some(step),
        }
    }
}

/// A curve: a line, or the area below it.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    pub(crate) samples: Samples,
    pub(crate) kind: CurveKind,
    pub(crate) color: Tint,
    pub(crate) legend: String,
    pub(crate) stack: bool,
    pub(crate) skip_scale: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum CurveKind {
    Line { width: f64, dashes: Option<Dashes> },
    Area { gradient: Option<Gradient> },
}

/// Where a colour comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tint {
    /// The next of the palette.
    #[default]
    Next,
    Fixed(Color),
    /// Not drawn; counts for stacks and the range of the axis.
    Invisible,
}

impl Tint {
    fn of(color: Option<Color>) -> Self {
        match color {
            Some(color) if color.alpha > 0 => Self::Fixed(color),
            _ => Self::Invisible,
        }
    }
}

impl Curve {
    /// A line of 1.5 pixels in the next colour of the palette.
    pub fn line(samples: Samples) -> Self {
        Self::new(samples, CurveKind::Line { width: 1.5, dashes: None })
    }

    /// An area in the next colour of the palette.
    pub fn area(samples: Samples) -> Self {
        Self::new(samples, CurveKind::Area { gradient: None })
    }

    fn new(samples: Samples, kind: CurveKind) -> Self {
        Self {
            samples,
            kind,
            color: Tint::Next,
            legend: String::new(),
            stack: false,
            skip_scale: false,
        }
    }

    /// Sets the colour; `None`, or one that is wholly transparent, draws nothing but keeps the curve for those that
    /// stand on it and for the range of the axis.
    #[must_use]
    pub fn color(self, color: impl Into<Option<Color>>) -> Self {
        Self { color: Tint::of(color.into()), ..self }
    }

    /// Names the curve in the legend.
    #[must_use]
    pub fn legend(self, legend: impl Into<String>) -> Self {
        Self { legend: legend.into(), ..self }
    }

    /// Sets the curve on top of the one before it.
    #[must_use]
    pub fn stacked(self) -> Self {
        Self { stack: true, ..self }
    }

    /// Leaves the curve out when the range of the axis is found.
    #[must_use]
    pub fn skip_scale(self) -> Self {
        Self { skip_scale: true, ..self }
    }

    /// Sets the width of a line in pixels; an area has none.
    #[must_use]
    pub fn width(mut self, pixels: f64) -> Self {
        if let CurveKind::Line { width, .. } = &mut self.kind {
            *width = pixels;
        }
        self
    }

    /// Draws a line in dashes; an area has none.
    #[must_use]
    pub fn dashes(mut self, pattern: Dashes) -> Self {
        if let CurveKind::Line { dashes, .. } = &mut self.kind {
            *dashes = Some(pattern);
        }
        self
    }

    /// Lets an area fade into a second colour; a line has none.
    #[must_use]
    pub fn gradient(mut self, fade: Gradient) -> Self {
        if let CurveKind::Area { gradient } = &mut self.kind {
            *gradient = Some(fade);
        }
        self
    }
}

/// The space between two curves: the extremes around an average, or where a forecast expects the values.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    pub(crate) lower: Samples,
    pub(crate) upper: Samples,
    pub(crate) color: Tint,
    pub(crate) legend: String,
}

impl Band {
    /// A band in the colour of the curve that comes after it, letting most of what is below through.
    pub fn between(lower: Samples, upper: Samples) -> Self {
        Self { lower, upper, color: Tint::Next, legend: String::new() }
    }

    /// Sets the colour, with its transparency.
    #[must_use]
    pub fn color(self, color: Color) -> Self {
        Self { color: Tint::of(Some(color)), ..self }
    }

    /// Names the band in the legend.
    #[must_use]
    pub fn legend(self, legend: impl Into<String>) -> Self {
        Self { legend: legend.into(), ..self }
    }
}

/// A straight line across the canvas, over everything else: a threshold, a percentile, a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub(crate) place: RulePlace,
    pub(crate) color: Tint,
    pub(crate) width: f64,
    pub(crate) legend: String,
    pub(crate) dashes: Option<Dashes>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum RulePlace {
    Value(f64),
    Moment(i64),
}

impl Rule {
    /// A level line at a value.
    pub fn at_value(value: f64) -> Self {
        Self::new(RulePlace::Value(value))
    }

    /// An upright line at a moment.
    pub fn at_time(moment: Timestamp) -> Self {
        Self::new(RulePlace::Moment(moment.seconds()))
    }

    fn new(place: RulePlace) -> Self {
        Self { place, color: Tint::Next, width: 1.0, legend: String::new(), dashes: None }
    }

    /// Sets the colour; see [`Curve::color`].
    #[must_use]
    pub fn color(self, color: impl Into<Option<Color>>) -> Self {
        Self { color: Tint::of(color.into()), ..self }
    }

    /// Names the line in the legend.
    #[must_use]
    pub fn legend(self, legend: impl Into<String>) -> Self {
        Self { legend: legend.into(), ..self }
    }

    /// Draws the line in dashes.
    #[must_use]
    pub fn dashes(self, dashes: Dashes) -> Self {
        Self { dashes: Some(dashes), ..self }
    }
}

/// Marks at the edge of the canvas wherever a series is known and not zero: failures, events.
#[derive(Clone, Debug, PartialEq)]
pub struct Marks {
    pub(crate) samples: Samples,
    pub(crate) color: Tint,
    pub(crate) legend: String,
    pub(crate) fraction: f64,
}

impl Marks {
    /// Marks of a share of the canvas' height: upwards from the bottom, or where negative downwards from the top.
    pub fn new(samples: Samples, fraction: f64) -> Self {
        Self { samples, color: Tint::Next, legend: String::new(), fraction }
    }

    /// Sets the colour; see [`Curve::color`].
    #[must_use]
    pub fn color(self, color: impl Into<Option<Color>>) -> Self {
        Self { color: Tint::of(color.into()), ..self }
    }

    /// Names the marks in the legend.
    #[must_use]
    pub fn legend(self, legend: impl Into<String>) -> Self {
        Self { legend: legend.into(), ..self }
    }
}

/// One thing in a chart; later ones are drawn over earlier ones, rules over all.
#[derive(Clone, Debug, PartialEq)]
pub enum Element {
    /// A line or an area.
    Curve(Curve),
    /// The space between two curves.
    Band(Band),
    /// A straight line across the canvas.
    Rule(Rule),
    /// Marks at an edge.
    Marks(Marks),
    /// A text in the legend, with RRDtool's control marks at its end.
    Text(String),
    /// How the legend's lines after it are set.
    Align(Alignment),
}

impl From<Curve> for Element {
    fn from(curve: Curve) -> Self {
        Self::Curve(curve)
    }
}

impl From<Band> for Element {
    fn from(band: Band) -> Self {
        Self::Band(band)
    }
}

impl From<Rule> for Element {
    fn from(rule: Rule) -> Self {
        Self::Rule(rule)
    }
}

impl From<Marks> for Element {
    fn from(marks: Marks) -> Self {
        Self::Marks(marks)
    }
}

/// What the legend shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Legend {
    /// Nothing.
    None,
    /// A name and numbers for each series, in columns.
    Table(Vec<Summary>),
    /// The names and texts one after the other, broken and aligned by RRDtool's rules.
    #[default]
    Lines,
}

/// A number that sums a series up in the legend's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Summary {
    /// The smallest known value.
    Minimum,
    /// The mean of the known values, weighted by their time.
    Average,
    /// The largest known value.
    Maximum,
    /// The last known value.
    Last,
    /// The value that 95 of 100 known values do not exceed.
    Percentile95,
}

/// Where the legend stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LegendPosition {
    /// Above the canvas.
    North,
    /// Below the canvas.
    #[default]
    South,
    /// At the left.
    West,
    /// At the right.
    East,
}

/// The order of the legend's lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LegendDirection {
    /// The first at the top.
    #[default]
    TopDown,
    /// The first at the bottom.
    BottomUp,
    /// The first at the bottom, but texts without a series at the beginning and end stay there.
    BottomUpSeries,
}

/// What the width and height of a chart are the size of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// The whole picture.
    #[default]
    Picture,
    /// The canvas that the curves are drawn on; everything else is added around it.
    Canvas,
    /// A picture that is nothing but canvas.
    Bare,
}

/// How values are joined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Join {
    /// By straight lines from the middle of one row to the middle of the next.
    #[default]
    Slopes,
    /// By level lines as long as a row.
    Steps,
}

/// The fonts of the texts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextFonts {
    /// The title.
    pub title: Font,
    /// The numbers and times at the axes.
    pub axis: Font,
    /// What the axes count.
    pub unit: Font,
    /// The legend.
    pub legend: Font,
    /// The watermark.
    pub watermark: Font,
}

impl TextFonts {
    /// RRDtool's sizes, in points: 9 for the title, 7 for the axes, 8 for units and legend, 5.5 for the watermark.
    pub fn of(face: Face) -> Self {
        Self {
            title: Font::points(face, 9.0),
            axis: Font::points(face, 7.0),
            unit: Font::points(face, 8.0),
            legend: Font::points(face, 8.0),
            watermark: Font::points(face, 5.5),
        }
    }
}

/// A chart of values over time.
///
/// ```
/// use rrd_core::{Step, TimeRange, Timestamp};
/// use rrd_graph::{Chart, Curve, Legend, Samples, Summary};
///
/// let step = Step::from_seconds(300).unwrap();
/// let samples = Samples::new(Timestamp::from_seconds(1_600_000_000), step, vec![1.0, 4.0, f64::NAN, 2.0]);
/// let svg = Chart::new(TimeRange { start: 1_600_000_000, end: 1_600_001_200 })
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
    pub(crate) elements: Vec<Element>,
    pub(crate) title: Vec<String>,
    pub(crate) vertical_label: String,
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
    pub(crate) legend_position: LegendPosition,
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
    pub(crate) hover: bool,
    /// Whether areas bring the zero they stand on into the range of the axis.
    pub(crate) areas_from_zero: bool,
}

/// How much room the numbers at the value axis have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LabelRoom {
    /// As much as they need.
    Measured,
    /// So many letters, whatever they need.
    Letters(u32),
}

impl Chart {
    /// An empty chart of a span of time: a picture of 600 x 240 pixels, times in UTC.
    pub fn new(range: TimeRange) -> Self {
        Self {
            range,
            zone: TimeZone::UTC,
            elements: Vec::new(),
            title: Vec::new(),
            vertical_label: String::new(),
            unit: String::new(),
            width: 600,
            height: 240,
            extent: Extent::Picture,
            zoom: 1.0,
            join: Join::Slopes,
            scale: ValueScale { autoscale: Autoscale::Grid, ..ValueScale::default() },
            si_logarithm: false,
            left_format: None,
            label_room: LabelRoom::Measured,
            right_axis: None,
            right_label: String::new(),
            time_grid: TimeGrid::Auto,
            minor_grid: false,
            grid_dash: None,
            legend: Legend::Lines,
            legend_position: LegendPosition::South,
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
            hover: true,
            areas_from_zero: true,
        }
    }

    /// An empty chart with the measures of `rrdtool graph`: a canvas of 400 x 100 pixels, equally wide letters, values
    /// as steps, fixed room for the numbers at the axis.
    pub fn classic(range: TimeRange) -> Self {
        Self {
            width: 400,
            height: 100,
            extent: Extent::Canvas,
            join: Join::Steps,
            scale: ValueScale::default(),
            label_room: LabelRoom::Letters(6),
            minor_grid: true,
            line_samples: false,
            fonts: TextFonts::of(Face::Mono),
            areas_from_zero: false,
            colors: Colors { theme: Theme::Light, set: Vec::new() },
            ..Self::new(range)
        }
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

    /// Sets what the left axis counts, written upwards beside it.
    #[must_use]
    pub fn vertical_label(self, label: impl Into<String>) -> Self {
        Self { vertical_label: label.into(), ..self }
    }

    /// Sets the unit behind the numbers of a legend table and of tooltips, as in `27.9 Mb/s`.
    #[must_use]
    pub fn unit(self, unit: impl Into<String>) -> Self {
        Self { unit: unit.into(), ..self }
    }

    /// Sets the width and height in pixels; see [`extent`](Self::extent).
    #[must_use]
    pub fn size(self, width: u32, height: u32) -> Self {
        Self { width, height, ..self }
    }

    /// Sets what the width and height are the size of.
    #[must_use]
    pub fn extent(self, extent: Extent) -> Self {
        Self { extent, ..self }
    }

    /// Sets how many pixels of the raster each pixel of the layout takes; the chart is drawn finer, not blown up.
    #[must_use]
    pub fn zoom(self, zoom: f64) -> Self {
        Self { zoom, ..self }
    }

    /// Sets the zone that the time axis is labelled in.
    #[must_use]
    pub fn zone(self, zone: TimeZone) -> Self {
        Self { zone, ..self }
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

    /// Writes the numbers of a logarithmic axis with SI prefixes.
    #[must_use]
    pub fn si_logarithm(self, si_logarithm: bool) -> Self {
        Self { si_logarithm, ..self }
    }

    /// Writes the numbers of the left axis by a function.
    #[must_use]
    pub fn left_format(self, format: LabelFormat) -> Self {
        Self { left_format: Some(format), ..self }
    }

    /// Reserves room for so many letters at the value axis instead of as much as its numbers need.
    #[must_use]
    pub fn label_letters(self, letters: u32) -> Self {
        Self { label_room: LabelRoom::Letters(letters), ..self }
    }

    /// Adds an axis at the right.
    #[must_use]
    pub fn right_axis(self, axis: RightAxis) -> Self {
        Self { right_axis: Some(axis), ..self }
    }

    /// Sets what the right axis counts, written beside it.
    #[must_use]
    pub fn right_label(self, label: impl Into<String>) -> Self {
        Self { right_label: label.into(), ..self }
    }

    /// Sets where the lines and labels of the time axis lie.
    #[must_use]
    pub fn time_grid(self, time_grid: TimeGrid) -> Self {
        Self { time_grid, ..self }
    }

    /// Sets whether faint lines are drawn between the labelled ones.
    #[must_use]
    pub fn minor_grid(self, minor_grid: bool) -> Self {
        Self { minor_grid, ..self }
    }

    /// Draws the grid in dashes of so many pixels with gaps of so many.
    #[must_use]
    pub fn grid_dash(self, mark: f64, gap: f64) -> Self {
        Self { grid_dash: Some((mark, gap)), ..self }
    }

    /// Sets what the legend shows.
    #[must_use]
    pub fn legend(self, legend: Legend) -> Self {
        Self { legend, ..self }
    }

    /// Sets where the legend stands.
    #[must_use]
    pub fn legend_position(self, legend_position: LegendPosition) -> Self {
        Self { legend_position, ..self }
    }

    /// Sets the order of the legend's lines.
    #[must_use]
    pub fn legend_direction(self, legend_direction: LegendDirection) -> Self {
        Self { legend_direction, ..self }
    }

    /// Keeps the legends of rules that lie outside of the picture.
    #[must_use]
    pub fn keep_rule_legends(self, keep_rule_legends: bool) -> Self {
        Self { keep_rule_legends, ..self }
    }

    /// Shows lines as strokes in the legend instead of as boxes.
    #[must_use]
    pub fn line_samples(self, line_samples: bool) -> Self {
        Self { line_samples, ..self }
    }

    /// Sets the distance of the tab stops of legend texts in pixels.
    #[must_use]
    pub fn tab_width(self, pixels: f64) -> Self {
        Self { tab_width: pixels, ..self }
    }

    /// Draws a raised border of so many pixels; 0 for none at all.
    #[must_use]
    pub fn border(self, pixels: f64) -> Self {
        Self { border: Some(pixels), ..self }
    }

    /// Keeps the margin of 15 pixels at the right, which RRDtool signs its pictures in.
    #[must_use]
    pub fn right_margin(self, right_margin: bool) -> Self {
        Self { right_margin, ..self }
    }

    /// Sets a faint text at the lower edge.
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

    /// Sets the colour of a part of the picture, whatever the theme.
    #[must_use]
    pub fn color(mut self, role: Role, color: Color) -> Self {
        self.colors.set.push((role, color));
        self
    }

    /// Sets whether edges are smoothed.
    #[must_use]
    pub fn smooth(self, smooth: bool) -> Self {
        Self { smooth, ..self }
    }

    /// Sets whether an SVG tells the values under the pointer.
    #[must_use]
    pub fn hover(self, hover: bool) -> Self {
        Self { hover, ..self }
    }

    /// Whether there is anything to draw on the canvas; texts alone make no picture.
    pub fn has_picture(&self) -> bool {
        self.elements.iter().any(|element| !matches!(element, Element::Text(_) | Element::Align(_)))
    }
}
