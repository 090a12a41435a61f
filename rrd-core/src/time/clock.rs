//! Where the present comes from: the system in production, a fixed moment in tests.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

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
    pub const SYSTEM: Self = Self(system_time);

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

fn system_time() -> Timestamp {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => {
            let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
            Timestamp::new(seconds, since.subsec_micros()).unwrap_or_default()
        }
        // A machine whose clock stands before 1970 has not set it yet.
        Err(_) => Timestamp::default(),
    }
}
