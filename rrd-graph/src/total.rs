//! The sum of a stack, and the line that shows how high it was where its rows hide that.

use rrd_core::{Step, Timestamp};

use crate::chart::{Curve, Numbers, Samples};
use crate::data::Window;
use crate::rows::Rows;

/// Extremes that exceed the averages by less than this share of them are rounding errors.
const LEAST: f64 = 1e-3;

/// The sum of a stack.
pub(crate) struct Total {
    /// The sum of the rows that are drawn.
    pub(crate) rows: Rows,
    pub(crate) window: Window,
}

impl Total {
    pub(crate) fn new(parts: impl Iterator<Item = Rows>, window: Window) -> Self {
        Self { rows: sum(parts), window }
    }

    /// The line of other rows, if they are higher anywhere.
    pub(crate) fn line(&self, rows: &Rows, label: &str, numbers: Numbers) -> Option<Curve> {
        let is_higher = |(one, other): (f64, f64)| other - one > LEAST * other.abs();
        let differs = self.rows.iter().zip(rows.iter()).any(is_higher);
        differs.then(|| self.curve(rows, label).numbers(numbers))
    }

    /// The line of the sum itself, if a pixel shows the mean of several rows.
    pub(crate) fn line_of_rows(&self, numbers: Numbers) -> Option<Curve> {
        let shares_pixels = self.window.step.is_some_and(|column| column > self.rows.step);
        shares_pixels.then(|| self.curve(&self.rows, "peak").numbers(numbers))
    }

    fn curve(&self, rows: &Rows, label: &str) -> Curve {
        Curve::peak(Samples::of(rows, self.window.range, |value| value), label)
    }
}

/// The sum of rows, at those of the first; what is unknown in some of them counts as zero.
pub(crate) fn sum(parts: impl Iterator<Item = Rows>) -> Rows {
    let none = || Rows::new(Timestamp::from_seconds(0), Step::SECOND, Vec::new());
    parts.reduce(|sum, rows| sum.plus(&rows)).unwrap_or_else(none)
}
