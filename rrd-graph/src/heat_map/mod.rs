//! Many series of one value as a heat map: a row for each, time from left to right, and a colour
//! that is stronger for higher values.

mod cells;
mod picture;

use jiff::tz::TimeZone;
use rrd_core::TimeRange;

use crate::chart::Samples;
use crate::color::{Color, PaletteColor};
use crate::font::Fonts;
use crate::render::{Png, RasterError, Render, Svg};
use crate::theme::{Colors, Role, Theme};

/// A heat map: where a chart of 64 curves would be a tangle, 64 rows of cells still show which
/// series is high, and when.
///
/// A cell is as opaque as its value is high, so that one picture fits a light and a dark page. A
/// cell without a known value is empty; a known zero is not.
///
/// ```
/// use rrd_core::{Step, TimeRange, Timestamp};
/// use rrd_graph::{HeatMap, Samples};
/// let (start, step) = (Timestamp::from_seconds(0), Step::from_seconds(60).unwrap());
/// let steal = |shares: [f64; 4]| Samples::new(start, step, shares);
/// let map = HeatMap::new(TimeRange::from_seconds(0, 240))
///     .title("Steal")
///     .limits(0.0, 100.0)
///     .unit("%")
///     .row("0", steal([0.0, 1.0, f64::NAN, 2.0]))
///     .row("1", steal([60.0, 61.0, 60.0, 59.0]));
/// let svg = map.to_svg();
/// // One image of all cells, and one of the key.
/// assert_eq!(svg.matches("<image ").count(), 2);
/// assert!(svg.contains(">100 %</text>"));
/// ```
#[derive(Clone, Debug)]
pub struct HeatMap {
    range: TimeRange,
    zone: TimeZone,
    title: String,
    unit: String,
    limits: (f64, f64),
    width: u32,
    color: Color,
    colors: Colors,
    rows: Vec<(String, Samples)>,
}

impl HeatMap {
    /// A heat map without rows: 600 pixels wide, values from 0 to 1, blue, times in UTC.
    pub fn new(range: TimeRange) -> Self {
        Self {
            range,
            zone: TimeZone::UTC,
            title: String::new(),
            unit: String::new(),
            limits: (0.0, 1.0),
            width: 600,
            color: PaletteColor::BLUE.on_light(),
            colors: Colors::default(),
            rows: Vec::new(),
        }
    }

    /// Adds a row below the others. The label is written beside it where there is room: with many
    /// rows at every second, fourth, ...
    #[must_use]
    pub fn row(mut self, label: impl Into<String>, samples: Samples) -> Self {
        self.rows.push((label.into(), samples));
        self
    }

    /// Sets what the picture is called, for screen readers; it is not drawn.
    #[must_use]
    pub fn title(self, title: impl Into<String>) -> Self {
        Self { title: title.into(), ..self }
    }

    /// Sets the unit that is written at the scale.
    #[must_use]
    pub fn unit(self, unit: impl Into<String>) -> Self {
        Self { unit: unit.into(), ..self }
    }

    /// Sets the values of the faintest and of the strongest colour; values beyond have these
    /// colours, too. Where the upper one is not above the lower one, every known value is faint.
    #[must_use]
    pub fn limits(self, lower: f64, upper: f64) -> Self {
        Self { limits: (lower, upper), ..self }
    }

    /// Sets the width of the picture in pixels. The height follows from the number of rows.
    #[must_use]
    pub fn width(self, width: u32) -> Self {
        Self { width, ..self }
    }

    /// Sets the colour of the highest value.
    #[must_use]
    pub fn hue(self, color: Color) -> Self {
        Self { color, ..self }
    }

    /// Sets the time zone of the time axis.
    #[must_use]
    pub fn zone(self, zone: TimeZone) -> Self {
        Self { zone, ..self }
    }

    /// Sets the theme of ground and texts.
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

    /// The picture as an SVG element; its cells are one embedded PNG.
    pub fn to_svg(&self) -> String {
        Svg::default().text(&self.scene(&Fonts::new()))
    }

    /// The picture as a PNG file.
    ///
    /// # Errors
    ///
    /// If the picture has more pixels than a raster may have.
    pub fn to_png(&self) -> Result<Vec<u8>, RasterError> {
        let fonts = Fonts::new();
        Png::default().render(&self.scene(&fonts), &fonts)
    }
}
