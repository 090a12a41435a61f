//! How far ahead of the clock a sample may be: one dated 2099 would block all other samples of a
//! file until then.

use std::time::Duration;

use super::Timestamp;
use super::step::whole_seconds_up;

/// The largest allowed distance of a sample ahead of the clock.
///
/// ```
/// use rrd_core::{MaxSkew, Timestamp};
///
/// let now = Timestamp::from_seconds(1_000_000_000);
/// let limit = MaxSkew::from_seconds(60);
/// assert_eq!(limit.admit(Timestamp::from_seconds(1_000_000_060), now), Ok(()));
/// let refused = limit.admit(Timestamp::from_seconds(1_000_000_061), now).unwrap_err();
/// assert_eq!(
///     refused.to_string(),
///     "a sample of 1000000061 is more than 60 s ahead of the clock (1000000000)"
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MaxSkew(u64);

/// A sample is too far in the future.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sample of {at} is more than {} s ahead of the clock ({now})", limit.seconds())]
#[non_exhaustive]
pub struct FutureSample {
    /// The time of the sample.
    pub at: Timestamp,
    /// The current time.
    pub now: Timestamp,
    /// The limit.
    pub limit: MaxSkew,
}

impl MaxSkew {
    /// The limit for daemons: wrong clocks are off by less, or by years.
    pub const DAY: Self = Self(86_400);

    /// A limit of this many seconds.
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds)
    }

    /// The limit in seconds.
    pub const fn seconds(self) -> u64 {
        self.0
    }

    /// Refuses the time `at` if it is more than the limit ahead of `now`. Late samples are never
    /// refused here.
    ///
    /// # Errors
    ///
    /// With both times and the limit.
    pub fn admit(self, at: Timestamp, now: Timestamp) -> Result<(), FutureSample> {
        let latest = now.seconds().saturating_add_unsigned(self.0);
        // Within the same second, microseconds decide.
        if (at.seconds(), at.microseconds()) <= (latest, now.microseconds()) {
            Ok(())
        } else {
            Err(FutureSample { at, now, limit: self })
        }
    }
}

/// Rounds up to whole seconds.
impl From<Duration> for MaxSkew {
    fn from(limit: Duration) -> Self {
        Self(whole_seconds_up(limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_beyond_the_end_of_time_takes_everything() {
        let last = Timestamp::from_seconds(i64::MAX);
        let now = Timestamp::from_seconds(1_000_000_000);
        assert_eq!(MaxSkew::from_seconds(u64::MAX).admit(last, now), Ok(()));
        assert!(MaxSkew::DAY.admit(last, now).is_err());
    }

    #[test]
    fn the_limit_is_exact_to_the_microsecond() {
        let now = Timestamp::new(1_000_000_000, 500_000).expect("a moment");
        let at = |microseconds| Timestamp::new(1_000_000_010, microseconds).expect("a moment");
        let limit = MaxSkew::from_seconds(10);
        assert_eq!(limit.admit(at(500_000), now), Ok(()));
        assert_eq!(
            limit.admit(at(500_001), now),
            Err(FutureSample { at: at(500_001), now, limit })
        );
    }

    #[test]
    fn a_sample_of_the_past_is_never_refused() {
        let now = Timestamp::from_seconds(1_000_000_000);
        assert_eq!(MaxSkew::from_seconds(0).admit(Timestamp::from_seconds(i64::MIN), now), Ok(()));
        assert_eq!(MaxSkew::from_seconds(0).admit(now, now), Ok(()));
    }
}
