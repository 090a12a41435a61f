//! The layout of RRDtool's pictures: margins follow from the texts, and the legend is as high as it
//! needs to be.

use super::{Canvas, Frame, Layout, Margins};
use crate::axis::{TimeGrid, ValueAxis};
use crate::chart::{Chart, Extent, Legend, LegendPosition};
use crate::font::Fonts;
use crate::legend::{LegendLayout, Room, border, legend};
use crate::number;
use crate::stack::{extremes, layers};

/// The space around the canvas.
struct Around {
    left_label: f64,
    right_label: f64,
    top: f64,
    bottom: f64,
    right: f64,
    watermark: f64,
    legend_less: f64,
}

impl Chart {
    pub(super) fn classic_layout(&self, fonts: &Fonts) -> Layout {
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        let margins = self.around();
        let place = self.legend_place();
        let beside = matches!(place, LegendPosition::West | LegendPosition::East);
        let whole = self.extent == Extent::Picture;
        // A legend above or below takes the width of the picture, which depends on the labels if
        // the size of the canvas is fixed; a legend at the side determines its own width.
        let legend = |picture: f64| {
            let width = if beside { f64::INFINITY } else { picture };
            let margin = border(self.fonts.legend);
            legend(self, fonts, Room { width, height: f64::INFINITY, margin }, None)
        };
        let mut texts =
            if whole || beside { legend(width) } else { LegendLayout::empty(self.fonts.legend) };
        let around = margins.top + margins.bottom + margins.watermark + margins.legend_less;
        let under = |texts: &LegendLayout| if beside { 0.0 } else { texts.height };
        let canvas_height =
            if whole { (height - around - under(&texts)).trunc().max(1.0) } else { height };
        // The usual share of the numbers next to the canvas in the width of a picture.
        let estimate = if whole { (width - 80.0).max(1.0) } else { width.max(1.0) };
        let columns = number::count(estimate).max(1);
        let first = layers(self, columns);
        let value = ValueAxis::new(extremes(self, &first, columns), &self.scale);
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
            texts = legend(picture_width);
        }
        let picture_height =
            if whole { height } else { (canvas_height + around + under(&texts)).trunc() };
        let mut left = margins.left_label + numbers;
        let mut top = margins.top;
        match place {
            LegendPosition::West => left += side,
            LegendPosition::East => left += margins.right,
            LegendPosition::North => top += texts.height,
            LegendPosition::South => {}
        }
        let canvas = Canvas { left, top, width: canvas_width, height: canvas_height };
        let corner = match place {
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
        let frame = Frame {
            size: (picture_width, picture_height),
            canvas,
            legend: texts,
            legend_corner: corner,
            legend_right: picture_width,
            margins: Margins {
                title: Some(1.3 * self.fonts.title.in_points()),
                numbers: Some(numbers),
                // Next to a title there is little room above the canvas.
                unit: Some(
                    (canvas_height + if self.title.is_empty() { 20.0 } else { 8.0 }).max(20.0),
                ),
                right_unit: Some(canvas.right() + right_numbers + 10.0),
                has_right_numbers: self.right_axis.is_some(),
                has_times: true,
                has_watermark: !self.watermark.is_empty(),
            },
            unit: None,
        };
        self.laid_out(fonts, frame, first)
    }

    fn around(&self) -> Around {
        let unit = (2.0 * self.fonts.unit.in_points()).trunc();
        let lines = number::float(self.title.len());
        let no_times = self.time_grid == TimeGrid::None;
        Around {
            left_label: if self.axis_label(None).is_empty() { 0.0 } else { unit },
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
            legend_less: if self.legend == Legend::None { 7.5 } else { 0.0 },
        }
    }
}
