//! The clocks of this machine, as the schedule wants them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};

use crate::schedule::Now;

/// What the clocks show now: the wall clock, and the time since the machine started, sleep included.
pub fn now() -> Now {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let clock = clock_gettime(ClockId::Boottime);
    let seconds = u64::try_from(clock.tv_sec).unwrap_or(0);
    let nanoseconds = u32::try_from(clock.tv_nsec).unwrap_or(0);
    Now { wall, clock: Duration::new(seconds, nanoseconds) }
}
