//! Points and spans of time. Reading them from text lives in the modules below; clocks live with the caller.

pub mod at_style;
mod calendar;
mod clock;
pub mod duration;
mod skew;

use std::fmt;
use std::num::NonZeroU64;

pub use calendar::LocalTime;
pub(crate) use calendar::clock_at;
pub use clock::Clock;
pub use skew::{FutureSample, MaxSkew};

/// A moment: whole seconds since 1970-01-01 00:00 UTC and microseconds below them.
///
/// Negative seconds are before 1970. The microseconds always count forwards and are below 1,000,000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    seconds: i64,
    microseconds: u32,
}

impl Timestamp {
    /// The moment at a whole second.
    ///
    /// ```
    /// use rrd_core::Timestamp;
    /// assert_eq!(Timestamp::from_seconds(920_804_400).to_string(), "920804400");
    /// ```
    pub const fn from_seconds(seconds: i64) -> Self {
        Self { seconds, microseconds: 0 }
    }

    /// The moment `microseconds` after a whole second; `None` from 1,000,000 on.
    ///
    /// ```
    /// use rrd_core::Timestamp;
    /// assert_eq!(Timestamp::new(1, 500_000).unwrap().to_string(), "1.500000");
    /// assert_eq!(Timestamp::new(1, 1_000_000), None);
    /// ```
    pub const fn new(seconds: i64, microseconds: u32) -> Option<Self> {
        if microseconds < 1_000_000 { Some(Self { seconds, microseconds }) } else { None }
    }

    /// Whole seconds since 1970.
    pub const fn seconds(self) -> i64 {
        self.seconds
    }

    /// The whole second.
    #[cold]
    pub(crate) const fn without_fraction(self) -> Self {
        Self::from_seconds(self.seconds)
    }

    /// Microseconds after the whole second, 0 to 999,999.
    pub const fn microseconds(self) -> u32 {
        self.microseconds
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.microseconds == 0 {
            write!(f, "{}", self.seconds)
        } else {
            write!(f, "{}.{:06}", self.seconds, self.microseconds)
        }
    }
}

/// The length of one primary data point in seconds, at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step(NonZeroU64);

impl Step {
    /// A step of this many seconds; `None` for zero.
    pub const fn from_seconds(seconds: u64) -> Option<Self> {
        match NonZeroU64::new(seconds) {
            Some(seconds) => Some(Self(seconds)),
            None => None,
        }
    }

    /// The length in seconds.
    pub const fn seconds(self) -> u64 {
        self.0.get()
    }

    /// The number of the step that `time` lies in; step 0 begins at 1970.
    pub(crate) const fn index(self, time: i64) -> i64 {
        let whole = (time.unsigned_abs() / self.0.get()).cast_signed();
        if time >= 0 {
            whole
        } else if self.phase(time) == 0 {
            whole.wrapping_neg()
        } else {
            -1 - whole
        }
    }

    /// Seconds between the beginning of the step that `time` lies in and `time`; steps count from 1970.
    ///
    /// ```
    /// use rrd_core::Step;
    /// let step = Step::from_seconds(300).unwrap();
    /// assert_eq!(step.phase(920_804_460), 60);
    /// assert_eq!(step.phase(-1), 299);
    /// ```
    pub const fn phase(self, time: i64) -> u64 {
        let distance = time.unsigned_abs() % self.0.get();
        if time < 0 && distance != 0 { self.0.get() - distance } else { distance }
    }
}

/// A second as steps count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StepPlace {
    second: i64,
    /// The number of the step that the second lies in; step 0 begins at 1970.
    pub(crate) index: i64,
    /// Seconds between the beginning of that step and the second.
    pub(crate) phase: u64,
}

impl StepPlace {
    /// The place of a second.
    pub(crate) const fn of(step: Step, second: i64) -> Self {
        Self { second, index: step.index(second), phase: step.phase(second) }
    }

    /// The place of another second. Divisions are dear, so one that lies in the same step or in the next is found without.
    #[inline]
    pub(crate) fn moved(self, step: Step, second: i64) -> Self {
        if second == self.second {
            return self;
        }
        let seconds = step.seconds();
        let near =
            second.checked_sub(self.second).and_then(|distance| u64::try_from(distance).ok());
        match near.and_then(|distance| self.phase.checked_add(distance)) {
            Some(phase) if phase < seconds => Self { second, index: self.index, phase },
            Some(phase) if phase - seconds < seconds => {
                Self { second, index: self.index + 1, phase: phase - seconds }
            }
            _ => Self::of(step, second),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.0)
    }
}

/// A span of whole seconds from `start` to `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeRange {
    /// Where the span begins, seconds since 1970.
    pub start: i64,
    /// Where the span ends, seconds since 1970.
    pub end: i64,
}
