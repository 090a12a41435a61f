//! The elements of a chart: curves, bands, rules, marks and texts.

use rrd_core::{TimeRange, Timestamp};

use super::{Numbers, Samples};
use crate::color::{Color, PaletteColor, SeriesColor};
use crate::statement::{Alignment, Dashes, Gradient};
use crate::theme::Role;

/// A curve: a line, or the area below it.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    pub(crate) samples: Samples,
    pub(crate) numbers: Numbers,
    pub(crate) kind: CurveKind,
    pub(crate) color: Tint,
    pub(crate) legend: String,
    pub(crate) stack: bool,
    pub(crate) skip_scale: bool,
    /// How rows that share a pixel are drawn.
    pub(crate) sharing: Sharing,
    /// Whether it shows another time than the chart's, or repeats what others show.
    pub(crate) aside: bool,
    /// What programs call it; empty if nothing.
    pub(crate) name: String,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum CurveKind {
    Line { width: f64, dashes: Option<Dashes> },
    Area { gradient: Option<Gradient> },
}

/// How a curve shows rows that share a pixel. Stacked ones show their mean, so that they add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// The first, smallest, largest and last of them.
    Peaks,
    /// Their mean: a band shows the extremes.
    Mean,
    /// The highest.
    Highest,
}

/// Where a colour comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tint {
    /// The next colour of the palette.
    #[default]
    Next,
    Fixed(Color),
    /// One of the palette, with this opacity.
    Palette(PaletteColor, u8),
    /// That of the next curve, with this opacity.
    OfNext(u8),
    /// That of a part of the picture.
    Of(Role),
    /// Not drawn, but counts for stacks and the range of the axis.
    Invisible,
}

impl Tint {
    /// A colour of a series with less opacity: `alpha` of 255 parts.
    fn faint(color: SeriesColor, alpha: u8) -> Self {
        match color {
            SeriesColor::Palette(color) => Self::Palette(color, alpha),
            SeriesColor::Fixed(color) => Self::of(Some(color.faint(alpha))),
        }
    }

    fn of(color: Option<Color>) -> Self {
        match color {
            Some(color) if color.alpha > 0 => Self::Fixed(color),
            _ => Self::Invisible,
        }
    }
}

/// The opacity of a band, and of the area below a line of the same colour.
const BAND: u8 = 64;
const SHADE: u8 = 56;

impl Curve {
    /// A line of 1.5 pixels in the next colour of the palette.
    pub fn line(samples: Samples) -> Self {
        Self::new(samples, CurveKind::Line { width: 1.5, dashes: None })
    }

    /// An area in the next colour of the palette.
    pub fn area(samples: Samples) -> Self {
        Self::new(samples, CurveKind::Area { gradient: None })
    }

    /// The faint area below a line, in its colour; drawn before it.
    pub(crate) fn shade(samples: Samples, color: Option<SeriesColor>) -> Self {
        let color = color.map_or(Tint::OfNext(SHADE), |color| Tint::faint(color, SHADE));
        Self { color, ..Self::area(samples) }
    }

    fn new(samples: Samples, kind: CurveKind) -> Self {
        Self {
            numbers: Numbers::of(samples.clone()),
            samples,
            kind,
            color: Tint::Next,
            legend: String::new(),
            stack: false,
            skip_scale: false,
            sharing: Sharing::Peaks,
            aside: false,
            name: String::new(),
        }
    }

    /// Whether the legend gives its numbers: it has a name, and is one of the chart's own.
    pub(crate) fn has_numbers(&self) -> bool {
        !(self.legend.is_empty() || self.aside)
    }

    /// Sets the rows that its numbers are computed from.
    pub(crate) fn numbers(self, numbers: Numbers) -> Self {
        Self { numbers, ..self }
    }

    /// Stacks the curve on the previous one.
    #[must_use]
    pub fn stacked(self) -> Self {
        Self { stack: true, ..self }
    }

    /// Ignores the curve for the range of the axis.
    #[must_use]
    pub fn skip_scale(self) -> Self {
        Self { skip_scale: true, ..self }
    }

    /// Names the curve for programs: in SVG its entry of the legend has the attribute
    /// `data-series` with this name.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// Sets how rows that share a pixel are drawn.
    pub(crate) fn sharing(self, sharing: Sharing) -> Self {
        Self { sharing, ..self }
    }

    /// The dashed line of the highest values of a stack.
    pub(crate) fn peak(samples: Samples, label: &str) -> Self {
        let dashes = Dashes { lengths: vec![3.0, 2.0], offset: 0.0 };
        let line = Self { color: Tint::Of(Role::Font), ..Self::line(samples) };
        line.width(1.0).dashes(dashes).sharing(Sharing::Highest).legend(label)
    }

    /// Leaves the curve out where the chart asks what is known, and out of its numbers.
    pub(crate) fn aside(self) -> Self {
        Self { aside: true, ..self }
    }

    /// Sets the width of a line in pixels; no effect on areas.
    #[must_use]
    pub fn width(mut self, pixels: f64) -> Self {
        if let CurveKind::Line { width, .. } = &mut self.kind {
            *width = pixels;
        }
        self
    }

    /// Draws a line with dashes; no effect on areas.
    #[must_use]
    pub fn dashes(mut self, pattern: Dashes) -> Self {
        if let CurveKind::Line { dashes, .. } = &mut self.kind {
            *dashes = Some(pattern);
        }
        self
    }

    /// Lets an area fade into a second colour; no effect on lines.
    #[must_use]
    pub fn gradient(mut self, fade: Gradient) -> Self {
        if let CurveKind::Area { gradient } = &mut self.kind {
            *gradient = Some(fade);
        }
        self
    }
}

/// The space between two curves: the extremes around an average, or the expected range of a
/// forecast.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    pub(crate) lower: Samples,
    pub(crate) upper: Samples,
    pub(crate) color: Tint,
    pub(crate) legend: String,
    /// Whether it shows the extremes of the curve that follows.
    pub(crate) envelope: bool,
}

impl Band {
    /// A mostly transparent band in the colour of the curve that follows it.
    pub fn between(lower: Samples, upper: Samples) -> Self {
        let color = Tint::OfNext(BAND);
        Self { lower, upper, color, legend: String::new(), envelope: false }
    }

    /// The extremes of the curve that follows. Where a chart has more than two of these, their
    /// upper edges are drawn instead.
    pub(crate) fn envelope(lower: Samples, upper: Samples) -> Self {
        Self { envelope: true, ..Self::between(lower, upper) }
    }
}

/// A straight line across the canvas, over everything else: a threshold, a percentile, a point in
/// time.
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
    /// A horizontal line at a value.
    pub fn at_value(value: f64) -> Self {
        Self::new(RulePlace::Value(value))
    }

    /// A vertical line at a time.
    pub fn at_time(moment: Timestamp) -> Self {
        Self::new(RulePlace::Moment(moment.seconds()))
    }

    fn new(place: RulePlace) -> Self {
        Self { place, color: Tint::Next, width: 1.0, legend: String::new(), dashes: None }
    }

    /// Draws the line with dashes.
    #[must_use]
    pub fn dashes(self, dashes: Dashes) -> Self {
        Self { dashes: Some(dashes), ..self }
    }
}

/// Marks at the edge of the canvas where a series has a known value that is not zero: failures,
/// events.
#[derive(Clone, Debug, PartialEq)]
pub struct Marks {
    pub(crate) samples: Samples,
    pub(crate) color: Tint,
    pub(crate) legend: String,
    pub(crate) fraction: f64,
}

impl Marks {
    /// Marks with a share of the canvas height: upwards from the bottom or, if negative, downwards
    /// from the top.
    pub fn new(samples: Samples, fraction: f64) -> Self {
        Self { samples, color: Tint::Next, legend: String::new(), fraction }
    }
}

/// A span of time in which no curve of a chart has a known value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gap {
    /// From when to when.
    pub range: TimeRange,
    /// Why, as it is shown: `no data` unless [`Chart::gap`](super::Chart::gap) gave other words.
    pub words: String,
}

/// An element of a chart; later ones are drawn over earlier ones, rules over all.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Element {
    /// A line or an area.
    Curve(Curve),
    /// A curve that is only in the legend, struck out. It keeps its colour of the palette, and
    /// those stacked on it are stacked on the one before it.
    Hidden(Curve),
    /// The space between two curves.
    Band(Band),
    /// A straight line across the canvas.
    Rule(Rule),
    /// Marks at an edge.
    Marks(Marks),
    /// A text in the legend, with RRDtool's control codes at its end.
    Text(String),
    /// A number of a series in the legend, which stays with the series when the legend is reversed.
    Print(String),
    /// The alignment of the following lines of the legend.
    Align(Alignment),
}

impl Element {
    /// The text in the legend; empty if there is none.
    pub(crate) fn legend_text(&self) -> &str {
        match self {
            Self::Curve(curve) | Self::Hidden(curve) => &curve.legend,
            Self::Band(band) => &band.legend,
            Self::Rule(rule) => &rule.legend,
            Self::Marks(marks) => &marks.legend,
            Self::Text(text) | Self::Print(text) => text,
            Self::Align(_) => "",
        }
    }

    /// Whether it is drawn as a stroke rather than as a surface.
    pub(crate) fn is_stroke(&self) -> bool {
        match self {
            Self::Curve(curve) | Self::Hidden(curve) => {
                matches!(curve.kind, CurveKind::Line { .. })
            }
            Self::Rule(_) => true,
            _ => false,
        }
    }
}

/// Every element that is drawn has a colour and a name.
macro_rules! colored_and_named {
    ($element:ident) => {
        impl $element {
            /// Sets the colour. `None` or a fully transparent colour draws nothing but keeps the
            /// element for stacking and for the range of the axis.
            #[must_use]
            pub fn color(self, color: impl Into<Option<Color>>) -> Self {
                Self { color: Tint::of(color.into()), ..self }
            }

            /// Sets a colour of the palette or a fixed one.
            #[must_use]
            pub fn tint(self, color: impl Into<SeriesColor>) -> Self {
                self.faint(color, 255)
            }

            /// The same, letting more through: `alpha` of 255 parts are opaque.
            #[must_use]
            pub fn faint(self, color: impl Into<SeriesColor>, alpha: u8) -> Self {
                Self { color: Tint::faint(color.into(), alpha), ..self }
            }

            /// Names the element in the legend.
            #[must_use]
            pub fn legend(self, legend: impl Into<String>) -> Self {
                Self { legend: legend.into(), ..self }
            }
        }

        impl From<$element> for Element {
            fn from(element: $element) -> Self {
                Self::$element(element)
            }
        }
    };
}
colored_and_named!(Curve);
colored_and_named!(Band);
colored_and_named!(Rule);
colored_and_named!(Marks);
