//! Where the present comes from: the system in production, a fixed moment in tests.

use std::fmt;

use super::Timestamp;

/// Tells the present.
///
/// ```
/// use rrd_core::{Clock, Timestamp};
/// let clock = Clock::new(|| Timestamp::from_seconds(1_000_000_000));
/// assert_eq!(clock.now().seconds(), 1_000_000_000);
/// assert!(Clock::SYSTEM.now().seconds() > 1_700_000_000);
/// ```
#[derive(Clone, Copy)]
pub struct Clock(fn() -> Timestamp);

impl Clock {
    /// The clock of the system.
    pub const SYSTEM: Self = Self(Timestamp::now);

    /// A clock that a function drives.
    pub const fn new(now: fn() -> Timestamp) -> Self {
        Self(now)
    }

    /// The present.
    pub fn now(self) -> Timestamp {
        (self.0)()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::SYSTEM
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
