//! Values and moments as text: numbers in the manner of C's printf, moments in that of strftime,
//! durations.

mod calendar;
mod duration;
mod number;
#[cfg(test)]
mod recorded_locales;
mod unit;

pub use calendar::{greenwich, strftime, strftime_unknown};
pub use duration::{DurationFormat, DurationFormatError};
pub use number::{NumberFormat, NumberFormatError, UnitPrefix};
pub use unit::{Unit, UnitMemory};
