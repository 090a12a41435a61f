//! The numbers at the value axes: their unit, how much room they need, and what those of the right
//! axis are.

use crate::axis::{ValueAxis, ValueTicks, labelled};
use crate::chart::{Chart, LabelRoom};
use crate::font::Fonts;
use crate::quantity::{Scale, symbol};

impl Chart {
    /// The unit that is written at the axis, with a prefix for all of its numbers unless the axis
    /// is logarithmic. An axis with a label of its own gets no unit.
    pub(super) fn axis_unit(&self, axis: &ValueAxis) -> Option<Scale> {
        let is_shared = !self.classic
            && !self.unit.is_empty()
            && self.vertical_label.is_none()
            && self.left_format.is_none()
            && self.scale.exponent.is_none();
        let is_log = self.scale.logarithmic;
        is_shared.then(|| match self.quantity() {
            quantity if is_log => quantity.unscaled(),
            quantity => quantity.scale(axis.largest()),
        })
    }

    /// The axis with its numbers in the unit that it names, else with the prefix that suits them.
    pub(super) fn with_numbers(&self, axis: ValueAxis, unit: Option<&Scale>) -> ValueAxis {
        match unit.and_then(|unit| unit.exponent) {
            Some(exponent) => axis.shown_in(exponent, ""),
            None if self.classic || self.left_format.is_some() || self.scale.exponent.is_some() => {
                axis
            }
            None => {
                let exponent = self.quantity().scale(axis.largest()).exponent.unwrap_or_default();
                axis.shown_in(exponent, self.quantity().prefix(exponent))
            }
        }
    }

    /// The text at the left axis; empty for none.
    pub(super) fn axis_label<'a>(&'a self, unit: Option<&'a Scale>) -> &'a str {
        let unit = unit.map_or(&self.unit, |scale| &scale.unit);
        self.vertical_label.as_ref().unwrap_or(unit)
    }

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
            None => labelled(right(value), step, base.power(shown), symbol(shown)),
            Some(format) => format.right(right(value), shown, base),
        }
    }
}
