//! Axes: from a range and a length in pixels to positions and labels. Nothing is drawn here.

mod ends;
mod round;
mod scale;
mod time;
mod value;
mod value_ticks;

pub use scale::{Autoscale, LabelFormat, RightAxis, ValueGrid, ValueScale};
pub use time::{Every, TimeGrid, TimeUnit};
pub(crate) use time::{TimeAxis, TimeTicks};
pub(crate) use value::ValueAxis;
pub(crate) use value_ticks::{ValueTicks, labelled};
