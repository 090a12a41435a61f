//! Moments of write-back, which no set of the clock changes.

use std::time::Duration;

/// A moment, in milliseconds since the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(pub(super) u64);

impl Moment {
    pub(super) const ZERO: Self = Self(0);
    pub(super) const NEVER: Self = Self(u64::MAX);

    /// The moment so long after the start.
    pub(super) fn after(start: Duration) -> Self {
        Self(u64::try_from(start.as_millis()).unwrap_or(u64::MAX))
    }

    /// The time since the start.
    pub(super) fn since_start(self) -> Duration {
        Duration::from_millis(self.0)
    }

    pub(super) fn plus(self, time: Duration) -> Self {
        Self(self.0.saturating_add(Self::after(time).0))
    }

    pub(super) fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// The next multiple of a unit.
    pub(super) fn rounded_up(self, unit: Duration) -> Self {
        let unit = Self::after(unit).0.max(1);
        Self(self.0.checked_next_multiple_of(unit).unwrap_or(u64::MAX))
    }
}
