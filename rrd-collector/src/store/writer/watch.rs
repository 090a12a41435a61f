//! The time by which instances are seen or gone.

use std::time::Duration;

use rrd_core::Step;

/// How much longer than its interval a sample may have taken to come.
const LATE: Duration = Duration::from_secs(60);

/// How long samples have been coming. Suspended hosts and stopped processes see nothing, and no
/// wall clock that is set changes it.
#[derive(Debug, Default)]
pub(super) struct Watch {
    clock: Option<Duration>,
    watched: Duration,
}

impl Watch {
    /// A sample of this interval comes at a time of the monotonic clock.
    pub(super) fn advance(&mut self, clock: Duration, step: Step) {
        let before = self.clock.replace(clock).unwrap_or(clock);
        let most = Duration::from_secs(step.seconds()).saturating_add(LATE);
        self.watched = self.watched.saturating_add(clock.saturating_sub(before).min(most));
    }

    pub(super) fn seconds(&self) -> i64 {
        i64::try_from(self.watched.as_secs()).unwrap_or(i64::MAX)
    }
}
