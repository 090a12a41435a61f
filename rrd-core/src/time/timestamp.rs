//! A point in time, and its arithmetic.

use std::fmt;
use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::SignedDuration;

/// A point in time: whole seconds since 1970-01-01 00:00 UTC, and microseconds.
///
/// Negative seconds are before 1970. The microseconds always count forwards and are below
/// 1,000,000.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use rrd_core::Timestamp;
///
/// let now = Timestamp::now();
/// let hour_ago = now - Duration::from_secs(3600);
/// assert_eq!((now - hour_ago).as_secs(), 3600);
/// assert!(hour_ago < SystemTime::now().into());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    seconds: i64,
    microseconds: u32,
}

impl Timestamp {
    /// The earliest time.
    pub const MIN: Self = Self { seconds: i64::MIN, microseconds: 0 };
    /// The latest time.
    pub const MAX: Self = Self { seconds: i64::MAX, microseconds: 999_999 };

    /// The current time of the system's clock, to the microsecond.
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    /// The time at a whole second.
    ///
    /// ```
    /// use rrd_core::Timestamp;
    /// assert_eq!(Timestamp::from_seconds(920_804_400).to_string(), "920804400");
    /// ```
    pub const fn from_seconds(seconds: i64) -> Self {
        Self { seconds, microseconds: 0 }
    }

    /// The time `microseconds` after a whole second; `None` from 1,000,000 on.
    ///
    /// ```
    /// use rrd_core::Timestamp;
    /// assert_eq!(Timestamp::new(1, 500_000).unwrap().to_string(), "1.500000");
    /// assert_eq!(Timestamp::new(1, 1_000_000), None);
    /// ```
    pub const fn new(seconds: i64, microseconds: u32) -> Option<Self> {
        if microseconds < 1_000_000 { Some(Self { seconds, microseconds }) } else { None }
    }

    /// Whole seconds since 1970.
    pub const fn seconds(self) -> i64 {
        self.seconds
    }

    /// Microseconds after the whole second, 0 to 999,999.
    pub const fn microseconds(self) -> u32 {
        self.microseconds
    }

    /// The time rounded down to the whole second.
    #[cold]
    pub(crate) const fn without_fraction(self) -> Self {
        Self::from_seconds(self.seconds)
    }

    /// The time this many microseconds after 1970, clamped to the representable range.
    fn from_whole_microseconds(microseconds: i128) -> Self {
        let below = microseconds.rem_euclid(1_000_000);
        match (i64::try_from(microseconds.div_euclid(1_000_000)), u32::try_from(below)) {
            (Ok(seconds), Ok(microseconds)) => Self { seconds, microseconds },
            _ if microseconds < 0 => Self::MIN,
            _ => Self::MAX,
        }
    }

    fn whole_microseconds(self) -> i128 {
        i128::from(self.seconds) * 1_000_000 + i128::from(self.microseconds)
    }
}

/// Later by a duration, in whole microseconds. Saturates at [`MAX`](Timestamp::MAX).
impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self::from_whole_microseconds(self.whole_microseconds() + microseconds_of(duration))
    }
}

impl AddAssign<Duration> for Timestamp {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

/// Earlier by a duration, in whole microseconds. Saturates at [`MIN`](Timestamp::MIN).
impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self::from_whole_microseconds(self.whole_microseconds() - microseconds_of(duration))
    }
}

impl SubAssign<Duration> for Timestamp {
    fn sub_assign(&mut self, duration: Duration) {
        *self = *self - duration;
    }
}

/// The time from another timestamp to this one: negative if the other one is later.
///
/// ```
/// use rrd_core::{SignedDuration, Timestamp};
/// let (earlier, later) = (Timestamp::from_seconds(100), Timestamp::new(102, 500_000).unwrap());
/// assert_eq!(later - earlier, SignedDuration::from_millis(2500));
/// assert_eq!(earlier - later, SignedDuration::from_millis(-2500));
/// ```
impl Sub for Timestamp {
    type Output = SignedDuration;

    fn sub(self, earlier: Self) -> SignedDuration {
        let distance = self.whole_microseconds() - earlier.whole_microseconds();
        match (i64::try_from(distance / 1_000_000), i32::try_from(distance % 1_000_000)) {
            (Ok(seconds), Ok(microseconds)) => SignedDuration::new(seconds, microseconds * 1000),
            _ if distance < 0 => SignedDuration::MIN,
            _ => SignedDuration::MAX,
        }
    }
}

/// At most 2^64 seconds, so that the sum with a timestamp does not overflow.
fn microseconds_of(duration: Duration) -> i128 {
    i128::from(duration.as_secs()) * 1_000_000 + i128::from(duration.subsec_micros())
}

/// The time, rounded down to the microsecond.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        match time.duration_since(UNIX_EPOCH) {
            Ok(since) => Self {
                seconds: i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
                microseconds: since.subsec_micros(),
            },
            Err(before) => {
                let before = before.duration();
                let up = Duration::from_nanos(u64::from(before.subsec_nanos() % 1000 != 0) * 1000);
                Self::default() - before - up
            }
        }
    }
}

/// Fails if the system cannot represent the time.
impl TryFrom<Timestamp> for SystemTime {
    type Error = TimestampRangeError;

    fn try_from(at: Timestamp) -> Result<Self, TimestampRangeError> {
        let seconds = Duration::from_secs(at.seconds.unsigned_abs());
        let whole = if at.seconds < 0 {
            UNIX_EPOCH.checked_sub(seconds)
        } else {
            UNIX_EPOCH.checked_add(seconds)
        };
        whole
            .and_then(|whole| whole.checked_add(Duration::from_micros(u64::from(at.microseconds))))
            .ok_or(TimestampRangeError { at })
    }
}

/// A time that the system's clock cannot represent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at} seconds since 1970 are out of the range of the system's clock")]
#[non_exhaustive]
pub struct TimestampRangeError {
    /// The time.
    pub at: Timestamp,
}

/// Seconds since 1970, with microseconds if there are any: `1700000000`, `1700000000.250000`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.microseconds == 0 {
            write!(f, "{}", self.seconds)
        } else {
            write!(f, "{}.{:06}", self.seconds, self.microseconds)
        }
    }
}

/// Parses the output of [`Display`](fmt::Display), and times of RFC 3339. Digits below the
/// microsecond are ignored.
///
/// Expressions such as `yesterday` are parsed by [`at_style`](super::at_style).
///
/// ```
/// use rrd_core::Timestamp;
/// assert_eq!("920804400.25".parse(), Ok(Timestamp::new(920_804_400, 250_000).unwrap()));
/// assert_eq!("1999-03-07T11:00:00Z".parse(), Ok(Timestamp::from_seconds(920_804_400)));
/// assert_eq!(
///     "soon".parse::<Timestamp>().unwrap_err().to_string(),
///     "invalid time \"soon\": expected seconds since 1970 or RFC 3339, e.g. 1700000000.5 or 2023-11-14T22:13:20Z"
/// );
/// ```
impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        from_digits(text)
            .or_else(|| {
                let time = text.parse::<jiff::Timestamp>().ok()?;
                Some(Self::from_whole_microseconds(time.as_nanosecond().div_euclid(1000)))
            })
            .ok_or_else(|| TimestampError { text: text.to_owned() })
    }
}

/// The text is not a time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "invalid time {text:?}: expected seconds since 1970 or RFC 3339, e.g. 1700000000.5 or 2023-11-14T22:13:20Z"
)]
pub struct TimestampError {
    text: String,
}

/// As written by `Display`: the fraction counts forwards from the whole second, also before 1970.
fn from_digits(text: &str) -> Option<Timestamp> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return None,
        None => (text, ""),
    };
    if whole.starts_with('+')
        || whole.starts_with("-0")
        || !fraction.bytes().all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(6);
    let microseconds = digits.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    Timestamp::new(whole.parse().ok()?, microseconds)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_moment() -> impl Strategy<Value = Timestamp> {
        (any::<i64>(), 0..1_000_000_u32).prop_map(|(s, us)| Timestamp::new(s, us).unwrap())
    }

    #[test]
    fn arithmetic_stops_at_the_ends_of_time() {
        assert_eq!(Timestamp::MAX + Duration::from_micros(1), Timestamp::MAX);
        assert_eq!(Timestamp::from_seconds(0) + Duration::MAX, Timestamp::MAX);
        assert_eq!(Timestamp::from_seconds(0) - Duration::MAX, Timestamp::MIN);
        assert_eq!(Timestamp::MAX - Timestamp::MIN, SignedDuration::MAX);
        assert_eq!(Timestamp::MIN - Timestamp::MAX, SignedDuration::MIN);
    }

    #[test]
    fn moments_of_the_system_before_1970_are_rounded_down() {
        let before = UNIX_EPOCH - Duration::from_nanos(1_500);
        assert_eq!(Timestamp::from(before), Timestamp::new(-1, 999_998).unwrap());
        let before = UNIX_EPOCH - Duration::from_secs(2);
        assert_eq!(Timestamp::from(before), Timestamp::from_seconds(-2));
    }

    #[test]
    fn what_the_system_cannot_express_is_an_error() {
        let at = Timestamp::from_seconds(1_700_000_000);
        assert_eq!(SystemTime::try_from(at), Ok(UNIX_EPOCH + Duration::from_secs(1_700_000_000)));
        assert_eq!(SystemTime::try_from(Timestamp::MIN - Duration::MAX).is_ok(), cfg!(unix));
    }

    #[test]
    fn texts_that_are_no_time_are_refused() {
        for text in ["", "1.", ".5", "+5", "1.-5", "1e3", "0x10", "1999-03-07", "now"] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_moment_comes_back_from_its_text(at in any_moment()) {
            prop_assert_eq!(at.to_string().parse(), Ok(at));
        }

        #[test]
        fn a_difference_leads_back(a in any_moment(), b in any_moment()) {
            let distance = b - a;
            if distance != SignedDuration::MAX && distance != SignedDuration::MIN {
                let size = distance.unsigned_abs();
                prop_assert_eq!(if b < a { a - size } else { a + size }, b);
            }
        }

        #[test]
        fn the_clock_of_the_system_agrees(at in any_moment()) {
            if let Ok(time) = SystemTime::try_from(at) {
                prop_assert_eq!(Timestamp::from(time), at);
            }
        }
    }
}
