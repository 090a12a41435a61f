//! The layout: sizes and positions of the picture, the canvas, the axes with their labels, and the
//! legend.

mod classic;
mod numbers;
mod plot_first;
#[cfg(test)]
mod tests;

use crate::axis::{TimeAxis, TimeTicks, ValueAxis, ValueTicks};
use crate::chart::{Chart, Extent};
use crate::font::{Font, Fonts};
use crate::legend::{LegendEntry, LegendLayout};
use crate::number;
use crate::quantity::{Base, Quantity, Scale};
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
    /// Where texts of the legend are cut.
    pub(crate) legend_right: f64,
    /// Whether there are curves but all their values are unknown.
    pub(crate) empty: bool,
    pub(crate) margins: Margins,
    /// The text at the left axis.
    pub(crate) label: String,
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

/// The texts around the canvas, in pixels; `None` for those that there is no room for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Margins {
    /// The upper edge of the title.
    pub(crate) title: Option<f64>,
    /// The width of the numbers left of the canvas.
    pub(crate) numbers: Option<f64>,
    /// The longest text at an axis.
    pub(crate) unit: Option<f64>,
    /// The middle of the text at the right axis.
    pub(crate) right_unit: Option<f64>,
    pub(crate) has_right_numbers: bool,
    pub(crate) has_times: bool,
    pub(crate) has_watermark: bool,
}

impl Margins {
    /// A canvas without texts around it.
    const NONE: Self = Self {
        title: None,
        numbers: None,
        unit: None,
        right_unit: None,
        has_right_numbers: false,
        has_times: false,
        has_watermark: false,
    };
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

/// What surrounds the canvas, in pixels.
struct Frame {
    /// Width and height of the picture.
    size: (f64, f64),
    canvas: Canvas,
    legend: LegendLayout,
    /// The upper left corner of the legend.
    legend_corner: (f64, f64),
    legend_right: f64,
    margins: Margins,
    /// The unit of the numbers at the axis, if it is written there.
    unit: Option<Scale>,
}

impl Chart {
    /// Computes the layout of the chart.
    pub fn layout(&self, fonts: &Fonts) -> Layout {
        if self.extent == Extent::Bare {
            let (width, height) = (f64::from(self.width), f64::from(self.height));
            let frame = Frame {
                size: (width, height),
                canvas: Canvas { left: 0.0, top: 0.0, width, height },
                legend: LegendLayout::empty(self.fonts.legend),
                legend_corner: (0.0, 0.0),
                legend_right: width,
                margins: Margins::NONE,
                unit: None,
            };
            return self.laid_out(fonts, frame, layers(self, number::count(width).max(1)));
        }
        if self.classic { self.classic_layout(fonts) } else { self.plot_first_layout(fonts) }
    }

    fn laid_out(&self, fonts: &Fonts, frame: Frame, layers: Vec<Layer>) -> Layout {
        let Frame { size: (width, height), canvas, legend, .. } = frame;
        let columns = number::count(canvas.width).max(1);
        let known = extremes(self, &layers, columns);
        let empty = known.is_none() && !layers.is_empty();
        let value = self.with_numbers(ValueAxis::new(known, &self.scale), frame.unit.as_ref());
        let value_ticks = self.value_ticks(&value, canvas.height, fonts);
        let time = self.time_axis();
        let axis_font = self.fonts.axis;
        let time_ticks =
            time.ticks(&self.time_grid, canvas.width, |text| fonts.width(text, axis_font));
        let LegendLayout { entries: mut legend, font: legend_font, .. } = legend;
        for entry in &mut legend {
            entry.x += frame.legend_corner.0;
            entry.drawn_x += frame.legend_corner.0;
            entry.y += frame.legend_corner.1;
        }
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
            legend_right: frame.legend_right,
            empty,
            margins: frame.margins,
            label: self.axis_label(frame.unit.as_ref()).to_owned(),
        }
    }

    pub(crate) fn time_axis(&self) -> TimeAxis {
        TimeAxis::new(self.range, self.zone.clone(), self.first_weekday, self.locale)
    }

    fn value_ticks(&self, value: &ValueAxis, height: f64, fonts: &Fonts) -> ValueTicks {
        let line = fonts.height(self.fonts.axis);
        let own = || Quantity::new(&self.unit, Base::Decimal);
        let quantity = if self.classic { Quantity::PREFIXED } else { own() };
        let prefixes = self.si_logarithm.then_some(quantity);
        value.ticks(height, line, prefixes, self.left_format.as_ref())
    }
}
