//! The source of the current time: the system in production, a fixed time in tests.

use std::fmt;
use std::sync::Arc;

use super::Timestamp;

/// Returns the current time.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicI64, Ordering};
/// use rrd_core::{Clock, Timestamp};
///
/// let seconds = Arc::new(AtomicI64::new(1_000_000_000));
/// let shown = Arc::clone(&seconds);
/// let clock = Clock::new(move || Timestamp::from_seconds(shown.load(Ordering::Relaxed)));
/// seconds.fetch_add(10, Ordering::Relaxed);
/// assert_eq!(clock.now().seconds(), 1_000_000_010);
/// assert!(Clock::SYSTEM.now().seconds() > 1_700_000_000);
/// ```
#[derive(Clone, Default)]
pub struct Clock(Source);

#[derive(Clone, Default)]
enum Source {
    #[default]
    System,
    Function(Arc<dyn Fn() -> Timestamp + Send + Sync>),
}

impl Clock {
    /// The clock of the system.
    pub const SYSTEM: Self = Self(Source::System);

    /// A clock driven by a function.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Source::Function(Arc::new(now)))
    }

    /// The current time.
    #[inline]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => Timestamp::now(),
            Source::Function(now) => now(),
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::System => "Clock::SYSTEM",
            Source::Function(_) => "Clock",
        })
    }
}
