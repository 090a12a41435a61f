//! The numbers at the value axes: how much room they need, and what those of the right axis are.

use crate::axis::{ValueTicks, labelled};
use crate::chart::{Chart, LabelRoom};
use crate::font::Fonts;

impl Chart {
    /// The width of the numbers at the left axis.
    pub(super) fn number_room(&self, ticks: &ValueTicks, fonts: &Fonts) -> f64 {
        let widest = || {
            let width = |(_, text): &(f64, String)| fonts.width(text.trim_start(), self.fonts.axis);
            ticks.major.iter().map(width).fold(0.0, f64::max)
        };
        match self.label_room {
            LabelRoom::Letters(letters) => self.letters_room(letters, fonts),
            LabelRoom::AtLeast(letters) => {
                self.letters_room(letters, fonts).max((widest() + 9.0).ceil())
            }
        }
    }

    pub(super) fn right_room(&self, ticks: &ValueTicks, numbers: f64, fonts: &Fonts) -> f64 {
        let widest = || {
            let width = |(value, _): &(f64, String)| {
                fonts.width(&self.right_number(*value, ticks), self.fonts.axis)
            };
            ticks.major.iter().map(width).fold(0.0, f64::max)
        };
        match self.label_room {
            LabelRoom::Letters(_) => numbers,
            LabelRoom::AtLeast(letters) => {
                self.letters_room(letters, fonts).max((widest() + 2.0).ceil())
            }
        }
    }

    fn letters_room(&self, letters: u32, fonts: &Fonts) -> f64 {
        f64::from(letters) * fonts.width("0", self.fonts.axis) + 15.0
    }

    /// The number of the right axis at a value of the left axis.
    pub(crate) fn right_number(&self, value: f64, ticks: &ValueTicks) -> String {
        let Some(axis) = &self.right_axis else { return String::new() };
        let right = |value: f64| value * axis.scale + axis.shift;
        let mut largest: f64 = 0.0;
        let mut step = f64::INFINITY;
        for pair in ticks.major.windows(2) {
            step = step.min((right(pair[1].0) - right(pair[0].0)).abs());
        }
        for (value, _) in &ticks.major {
            largest = largest.max(right(*value).abs());
        }
        let step = if step.is_finite() { step } else { largest };
        let (base, shown) = (self.scale.base, self.scale.base.magnitude(largest));
        match &axis.format {
            None => labelled(right(value), step, base, shown),
            Some(format) => format.right(right(value), shown, base),
        }
    }
}
