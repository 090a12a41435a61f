//! What is known of a file that cannot be written: its error, since when, and the next attempt.

use std::error::Error;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use rrd_core::{OpenError, StoreError, StoreFile, UpdateError};

use super::moment::Moment;

/// The pause after the first failure; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// A file that could not be written at the last attempt, as others see it.
#[derive(Clone, Debug)]
pub(crate) struct FailingFile {
    pub(crate) file: StoreFile,
    /// The last error.
    pub(crate) error: Arc<StoreError>,
    /// The time since the first failure.
    pub(crate) age: Duration,
    /// Number of attempts so far.
    pub(crate) attempts: u32,
}

/// What is known of a file that could not be written at the last attempt.
#[derive(Debug)]
pub(super) struct Failure {
    /// The last error.
    pub(super) error: Arc<StoreError>,
    /// The moment of the first failure.
    pub(super) since: Moment,
    /// Number of attempts so far.
    pub(super) attempts: u32,
    /// Whether it was reported.
    pub(super) told: bool,
}

impl Failure {
    pub(super) fn new(error: Arc<StoreError>, now: Moment) -> Self {
        Self { error, since: now, attempts: 1, told: false }
    }

    /// Adds an attempt; another error than before is to be reported again.
    pub(super) fn repeat(&mut self, error: Arc<StoreError>) {
        self.told &= chain(&*self.error) == chain(&*error);
        self.error = error;
        self.attempts = self.attempts.saturating_add(1);
    }

    /// How long to wait before the next attempt.
    pub(super) fn pause(&self) -> Duration {
        let doubled = 2_u32.saturating_pow(self.attempts.saturating_sub(1));
        FIRST_PAUSE.saturating_mul(doubled).min(LONGEST_PAUSE)
    }
}

/// Whether another program holds the lock of the file.
pub(super) fn is_locked(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Update(UpdateError::Locked { .. }) | StoreError::Open(OpenError::Locked { .. })
    )
}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locked(path: &str) -> Arc<StoreError> {
        Arc::new(StoreError::Update(UpdateError::Locked { path: path.into() }))
    }

    #[test]
    fn pauses_double_from_a_second_to_a_minute() {
        let mut failure = Failure::new(locked("a.rrd"), Moment::ZERO);
        let mut pauses = Vec::new();
        for _ in 0..8 {
            pauses.push(failure.pause().as_secs());
            failure.repeat(locked("a.rrd"));
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
    }

    #[test]
    fn only_another_text_is_another_error() {
        let mut failure = Failure::new(locked("a.rrd"), Moment::ZERO);
        failure.told = true;
        failure.repeat(locked("a.rrd"));
        assert!(failure.told);
        failure.repeat(locked("b.rrd"));
        assert!(!failure.told);
        assert_eq!(failure.attempts, 3);
    }
}
