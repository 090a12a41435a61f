//! Files that hold samples of later times than the clock shows, because the clock was wrong then
//! or is wrong now: what happens to each. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use rrd_core::Timestamp;
use thiserror::Error;

use crate::schedule::Now;

/// How long the clock must not have been set before anything is withdrawn.
const STEADY: Duration = Duration::from_secs(60);
/// Known samples that are withdrawn although no time server has confirmed the clock.
const FEW: Duration = Duration::from_secs(3600);
/// A clock that is further behind a file is more likely to be wrong itself.
const FAR: Duration = Duration::from_secs(365 * 86_400);
/// 2026-01-01: this program did not exist before.
const EARLIEST: Duration = Duration::from_secs(1_767_225_600);
/// How much later than it happened it may be noticed that the clock was set.
const NOTICED: Duration = Duration::from_secs(1);
/// How long a confirmation by a time server counts. `systemd-timesyncd` asks at least every 2048
/// seconds, chrony and ntpd every 1024.
const CONFIRMED: Duration = Duration::from_secs(3600);
/// The time between two looks at a file, which somebody may have changed.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// The clock, and the files that hold samples of later times.
#[derive(Debug)]
pub(crate) struct AheadFiles {
    now: Now,
    /// On the monotonic clock: the start, or when the wall clock was last set.
    steady_since: Duration,
    /// Whether the wall clock was set since the start.
    was_set: bool,
    is_confirmed: bool,
    files: BTreeMap<String, AheadFile>,
}

/// What is known of a file.
#[derive(Debug)]
struct AheadFile {
    until: Timestamp,
    /// The known samples that are later than the clock, as a time; `None` until they are counted.
    known: Option<Duration>,
    /// When to look at it, on the monotonic clock.
    look_at: Duration,
}

/// What happens to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Samples are stored in it: it holds nothing of the future any more.
    Store,
    /// Its new samples are dropped.
    Wait,
    /// What it holds of the future is withdrawn.
    Withdraw,
}

/// Why samples are not stored.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum ClockFault {
    /// The clock shows an impossible time.
    #[error(
        "the clock shows {}, when this program did not exist: nothing is stored until it is set",
        Shown(*now)
    )]
    TooEarly { now: Duration },
    /// What is ahead is withdrawn soon.
    #[error(
        "files hold samples that are later than the clock, up to {}: nothing is stored in them \
         until that time has come or, 60 s after the clock was last set, those samples are withdrawn",
        shown(*until)
    )]
    Few { until: Timestamp },
    /// What is ahead is too much to be withdrawn, or too far ahead.
    #[error(
        "files hold samples that are later than the clock, e.g. {name} up to {}, {count} in all: \
         more than an hour of them, or more than a year later. Nothing is stored in these files \
         until that time has come, a time server has confirmed the clock for 60 s, or \
         `rrd rewind FILE` has removed those samples",
        shown(*until)
    )]
    Many { count: usize, name: String, until: Timestamp },
}

impl AheadFiles {
    /// No files.
    pub(crate) fn new(now: Now) -> Self {
        let steady_since = now.clock;
        let files = BTreeMap::new();
        Self { now, steady_since, was_set: false, is_confirmed: false, files }
    }

    /// Takes the present time, and when a time server last confirmed the clock, since 1970.
    pub(crate) fn observe(&mut self, now: Now, confirmed: Option<Duration>) {
        let before = std::mem::replace(&mut self.now, now);
        if now.set_by(before) != 0 {
            self.steady_since = now.clock;
            self.was_set = true;
            for file in self.files.values_mut() {
                file.known = None;
                file.look_at = now.clock;
            }
        }
        // A confirmation before the clock was set says nothing.
        let limit = if self.was_set { self.steady() + NOTICED } else { CONFIRMED };
        self.is_confirmed = confirmed
            .and_then(|confirmed| now.wall.checked_sub(confirmed))
            .is_some_and(|age| age <= limit.min(CONFIRMED));
        self.files.retain(|_, file| since_1970(file.until) > now.wall);
    }

    /// A file refused a sample, because its last one is of `until`. Returns whether that is later
    /// than the clock, so that its samples are held back from now on.
    pub(crate) fn refused(&mut self, name: &str, until: Timestamp, now: Now) -> bool {
        let is_ahead = since_1970(until) > now.wall;
        if is_ahead {
            let file = AheadFile { until, known: None, look_at: now.clock };
            self.files.insert(name.to_owned(), file);
        }
        is_ahead
    }

    /// Whether the clock was set in the last minute, or since it was last observed.
    pub(crate) fn was_just_set(&self, now: Now) -> bool {
        now.set_by(self.now) != 0 || self.was_set && self.steady() < STEADY
    }

    /// Whether a file cannot take a sample of this time.
    pub(crate) fn holds_back(&self, name: &str, at: Timestamp) -> bool {
        !self.files.is_empty() && self.files.get(name).is_some_and(|file| at <= file.until)
    }

    /// Whether the clock may be right, so that files are created.
    pub(crate) fn allows_new_files(&self) -> bool {
        !self.is_too_early() && !self.files.values().any(|file| self.is_far(file))
    }

    /// A file to look at.
    pub(crate) fn next(&self) -> Option<String> {
        let due = self.files.iter().find(|(_, file)| file.look_at <= self.now.clock);
        due.map(|(name, _)| name.clone())
    }

    /// The known samples of a file that are later than the clock, if they were counted while it
    /// ended at this time.
    pub(crate) fn counted(&self, name: &str, until: Timestamp) -> Option<Duration> {
        self.files.get(name).filter(|file| file.until == until)?.known
    }

    /// A file was looked at: the time of its last sample, and the known samples that are later than
    /// the clock.
    pub(crate) fn looked(&mut self, name: &str, until: Timestamp, known: Duration) -> Decision {
        let (soon, steady) = (self.now.clock + LOOK_EVERY, self.steady_since + STEADY);
        let look_at = if steady > self.now.clock { soon.min(steady) } else { soon };
        let file = AheadFile { until, known: Some(known), look_at };
        let decision = self.decide(&file);
        if decision == Decision::Store {
            self.files.remove(name);
        } else {
            self.files.insert(name.to_owned(), file);
        }
        decision
    }

    /// A file could not be looked at: it is tried again later.
    pub(crate) fn postpone(&mut self, name: &str) {
        if let Some(file) = self.files.get_mut(name) {
            file.look_at = self.now.clock + LOOK_EVERY;
        }
    }

    /// Samples are stored in a file again, or it does not exist any more.
    pub(crate) fn remove(&mut self, name: &str) {
        self.files.remove(name);
    }

    /// Whether the clock may be believed about dates.
    pub(crate) fn is_steady(&self) -> bool {
        self.steady() >= STEADY && !self.is_too_early()
    }

    /// Why samples are not stored at present.
    pub(crate) fn fault(&self) -> Result<(), ClockFault> {
        if self.is_too_early() {
            return Err(ClockFault::TooEarly { now: self.now.wall });
        }
        let mut many = self.files.iter().filter(|(_, file)| !self.may_withdraw(file)).peekable();
        if let Some((name, file)) = many.peek() {
            let (name, until) = (String::clone(name), file.until);
            return Err(ClockFault::Many { count: many.count(), name, until });
        }
        match self.files.values().map(|file| file.until).max() {
            Some(until) => Err(ClockFault::Few { until }),
            None => Ok(()),
        }
    }

    fn decide(&self, file: &AheadFile) -> Decision {
        if since_1970(file.until) <= self.now.wall {
            Decision::Store
        } else if self.is_steady() && self.may_withdraw(file) {
            Decision::Withdraw
        } else {
            Decision::Wait
        }
    }

    /// Whether what a file holds of the future is withdrawn when the clock is steady.
    fn may_withdraw(&self, file: &AheadFile) -> bool {
        let is_few = file.known.is_none_or(|known| known <= FEW);
        self.is_confirmed || is_few && !self.is_far(file)
    }

    fn is_far(&self, file: &AheadFile) -> bool {
        since_1970(file.until).saturating_sub(self.now.wall) > FAR
    }

    fn is_too_early(&self) -> bool {
        self.now.wall < EARLIEST
    }

    fn steady(&self) -> Duration {
        self.now.clock.saturating_sub(self.steady_since)
    }
}

fn since_1970(at: Timestamp) -> Duration {
    Duration::from_secs(u64::try_from(at.seconds()).unwrap_or(0))
}

fn shown(at: Timestamp) -> Shown {
    Shown(since_1970(at))
}

/// A time since 1970 as date and time of day in UTC.
pub(super) struct Shown(pub(super) Duration);

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seconds = i64::try_from(self.0.as_secs()).unwrap_or(i64::MAX);
        match jiff::Timestamp::from_second(seconds) {
            Ok(at) => write!(f, "{}", at.strftime("%Y-%m-%d %H:%M:%S UTC")),
            Err(_) => write!(f, "{seconds} s after 1970"),
        }
    }
}

#[cfg(test)]
mod tests;
