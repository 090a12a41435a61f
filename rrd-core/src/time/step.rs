//! The length of a primary data point or of a row, and counting times in it.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;
use std::time::Duration;

use super::duration::{self, DurationError};

/// The length of one primary data point, or of one row, in whole seconds: at least 1.
///
/// ```
/// use std::time::Duration;
/// use rrd_core::Step;
///
/// assert_eq!(Step::try_from(Duration::from_secs(300)), Ok(Step::from_seconds(300).unwrap()));
/// assert_eq!("5m".parse(), Ok(Step::from_seconds(300).unwrap()));
/// assert_eq!(
///     Step::try_from(Duration::from_millis(1500)).unwrap_err().to_string(),
///     "invalid step 1.5s: expected whole seconds, at least 1s"
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step(NonZeroU64);

impl Step {
    /// One second, the shortest step.
    pub const SECOND: Self = Self(NonZeroU64::MIN);

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

    /// The shortest step that is not shorter than a duration.
    pub(crate) fn at_least(duration: Duration) -> Self {
        Self(NonZeroU64::new(whole_seconds_up(duration)).unwrap_or(NonZeroU64::MIN))
    }

    /// The index of the step that contains `time`; step 0 begins at 1970.
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

    /// Seconds from the beginning of the step that contains `time` to `time`; steps count from
    /// 1970.
    ///
    /// Hidden: the other crates of this workspace count rows in whole seconds, nobody else needs
    /// to.
    #[doc(hidden)]
    pub const fn phase(self, time: i64) -> u64 {
        let distance = time.unsigned_abs() % self.0.get();
        if time < 0 && distance != 0 { self.0.get() - distance } else { distance }
    }
}

/// Whole seconds, rounded up.
pub(crate) fn whole_seconds_up(duration: Duration) -> u64 {
    duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0))
}

impl From<Step> for Duration {
    fn from(step: Step) -> Self {
        Self::from_secs(step.seconds())
    }
}

impl TryFrom<Duration> for Step {
    type Error = StepError;

    fn try_from(duration: Duration) -> Result<Self, StepError> {
        match Self::from_seconds(duration.as_secs()) {
            Some(step) if duration.subsec_nanos() == 0 => Ok(step),
            _ => Err(StepError { duration }),
        }
    }
}

/// The duration is zero or not a whole number of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid step {duration:?}: expected whole seconds, at least 1s")]
pub struct StepError {
    duration: Duration,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.0)
    }
}

/// Parses seconds or a duration with a suffix like [`duration::parse`]: `300`, `5m`.
impl FromStr for Step {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<Self, DurationError> {
        let seconds = duration::parse(text, NonZeroU64::MIN)?;
        Self::from_seconds(seconds).ok_or(DurationError::Zero)
    }
}

/// A second relative to the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StepPlace {
    second: i64,
    /// The index of the step that contains the second; step 0 begins at 1970.
    pub(crate) index: i64,
    /// Seconds from the beginning of that step to the second.
    pub(crate) phase: u64,
}

impl StepPlace {
    /// The position of a second.
    pub(crate) const fn of(step: Step, second: i64) -> Self {
        Self { second, index: step.index(second), phase: step.phase(second) }
    }

    /// The position of another second. Divisions are slow, so one within the same or the next step
    /// is found without.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_counted_from_1970_in_both_directions() {
        let step = Step::from_seconds(300).unwrap();
        assert_eq!((step.phase(920_804_460), step.index(920_804_460)), (60, 3_069_348));
        assert_eq!((step.phase(-1), step.index(-1)), (299, -1));
        assert_eq!((step.phase(-300), step.index(-300)), (0, -1));
    }

    #[test]
    fn a_duration_is_a_step_if_it_has_whole_seconds() {
        assert_eq!(Step::try_from(Duration::from_secs(5)), Ok(Step::from_seconds(5).unwrap()));
        for millis in [0, 500, 1500] {
            assert!(Step::try_from(Duration::from_millis(millis)).is_err(), "{millis}");
        }
        assert_eq!(Step::at_least(Duration::from_millis(1500)).seconds(), 2);
        assert_eq!(Step::at_least(Duration::ZERO), Step::SECOND);
    }
}
