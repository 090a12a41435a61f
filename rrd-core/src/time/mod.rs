//! Times, time ranges and steps, and parsing them.

pub mod at_style;
mod calendar;
mod clock;
pub mod duration;
mod range;
mod skew;
mod step;
mod timestamp;

pub use calendar::LocalTime;
pub(crate) use calendar::clock_at;
pub use clock::Clock;
pub use range::TimeRange;
pub use skew::{FutureSample, MaxSkew};
pub use step::{Step, StepError};
pub(crate) use step::{StepPlace, whole_seconds_up};
pub use timestamp::{Timestamp, TimestampError, TimestampRangeError};
