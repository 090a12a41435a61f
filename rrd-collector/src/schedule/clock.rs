//! The clocks of this machine as used by the schedule, and waiting by them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};

use crate::schedule::Tick;
use crate::schedule::{Due, Now, Schedule};

/// The current clocks: wall clock, and time since boot including suspend.
pub fn now() -> Now {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Now { wall, clock: read(ClockId::Boottime) }
}

/// Seconds since 1970.
pub fn unix_now() -> i64 {
    i64::try_from(now().wall.as_secs()).unwrap_or(i64::MAX)
}

/// Time since boot without suspend, as used by systemd.
pub fn monotonic() -> Duration {
    read(ClockId::Monotonic)
}

/// Waits for the next tick of a source with its own schedule.
pub(crate) async fn tick(schedule: &mut Schedule) -> Tick {
    loop {
        match schedule.due(now()) {
            Due::Tick { tick, .. } => return tick,
            Due::Wait(wait) => tokio::time::sleep(wait).await,
        }
    }
}

fn read(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or(0);
    Duration::new(seconds, nanoseconds)
}
