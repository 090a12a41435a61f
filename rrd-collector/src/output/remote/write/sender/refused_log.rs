//! Refused samples in the log: once a minute at most.

use std::time::Duration;

/// The time between two lines.
const LOG_EVERY: Duration = Duration::from_secs(60);

/// Samples that were refused and are not in the log yet.
#[derive(Debug, Default)]
pub(super) struct RefusedLog {
    /// Their number.
    pub(super) samples: u64,
    /// The last answer.
    pub(super) answer: String,
    /// When the last line was written, on the monotonic clock.
    logged: Option<Duration>,
}

impl RefusedLog {
    /// Logs what was refused by this endpoint, if it is time.
    pub(super) fn write(&mut self, endpoint: &str, clock: Duration) {
        let is_due = self.logged.is_none_or(|at| clock.saturating_sub(at) >= LOG_EVERY);
        if self.samples > 0 && is_due {
            let Self { samples, answer, .. } = &*self;
            log::warn!(
                "remote write to {endpoint}: {samples} samples are not wanted there: {answer}"
            );
            (self.samples, self.logged) = (0, Some(clock));
        }
    }
}
