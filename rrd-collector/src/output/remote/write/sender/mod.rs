//! Decides what is sent when, and what an answer means. There is no queue: what is sent is read
//! from the archives, as far back as the cursor is.

mod answers;
mod refused_log;
mod rounds;
mod rows;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use hyper::body::Bytes;
use prost::Message as _;

use self::refused_log::RefusedLog;
use self::rows::Rows;
use super::backoff::Backoff;
use super::cursor::Cursor;
use super::endpoint::Protocol;
use super::negotiation::Negotiation;
use super::pass::Pass;
use super::request::Request;
use super::settings::RemoteWrite;
use super::source::Source;
use super::suspicion::Suspicion;
use crate::group::GroupId;
use crate::output::remote::wire::{compress, v2};
use crate::output::remote_status::RemoteStatus;
use crate::process::HostName;
use crate::schedule::Now;

/// Rounds of hosts and endpoints are spread over this time.
const SPREAD: Duration = Duration::from_secs(5);

/// A clock that was just set may be wrong, and receivers with samples of the future refuse all
/// others. Nothing is sent for this time, after which the store has withdrawn such samples.
const CLOCK_SETTLES: Duration = Duration::from_secs(70);
/// A difference of fewer seconds does no harm, and a thread that had to wait between its looks at
/// the two clocks sees one, too.
const CLOCK_WAS_SET: u64 = 10;

/// What is to be done.
#[derive(Debug)]
pub enum Action {
    /// Send this, and report what became of it.
    Send {
        /// The message, compressed.
        body: Bytes,
        /// Its version.
        protocol: Protocol,
    },
    /// Nothing for so long.
    Wait(Duration),
    /// Nothing any more.
    End,
}

/// An endpoint and what it has to be sent.
#[derive(Debug)]
pub struct Sender<S> {
    rows: Rows<S>,
    cursor: Cursor,
    /// Whether the cursor has changed since it was asked for.
    is_moved: bool,
    phase: Duration,
    random: fn() -> u64,
    /// The wall clock at the first round, in seconds since 1970.
    started: Option<i64>,
    /// The clocks at the last call, and when the wall clock was set, on the monotonic clock.
    seen: Option<Now>,
    clock_set: Option<Duration>,
    round: Option<u128>,
    pass: Option<Pass>,
    flight: Option<Flight>,
    /// Nothing is sent before this time on the monotonic clock.
    not_before: Duration,
    /// The same for the backlog.
    backlog_not_before: Duration,
    backoff: Backoff,
    negotiation: Negotiation,
    suspicions: Suspicions,
    /// Older samples are not sent.
    cutoff: i64,
    /// When a request was taken last, on the monotonic clock, and whether none failed since.
    taken: Option<Duration>,
    is_in_touch: bool,
    /// Whether the log says that samples of this outage are too old.
    is_skip_logged: bool,
    refused: RefusedLog,
    stop: Stop,
    status: RemoteStatus,
}

/// A request on its way, and the rows of the backlog that are in it.
#[derive(Debug)]
struct Flight {
    request: Request,
    backlog: Vec<(GroupId, i64, i64)>,
    /// Whether a part of it was taken.
    is_taken: bool,
}

impl Flight {
    fn is_backlog(&self) -> bool {
        !self.backlog.is_empty()
    }
}

/// Whether sending ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    No,
    Asked,
    LastPass,
}

/// What raises the suspicion that samples are the cause of a failure, apart for new rows and the
/// backlog: new ones may be taken while old ones fail.
#[derive(Debug, Default)]
struct Suspicions {
    new: Suspicion,
    backlog: Suspicion,
}

impl<S: Source> Sender<S> {
    /// Sends what `source` has, from the cursor on. Hosts get their own phase; `random` keeps their
    /// attempts apart while a receiver fails.
    pub fn new(
        settings: RemoteWrite,
        host: &HostName,
        source: S,
        cursor: Cursor,
        random: fn() -> u64,
    ) -> Self {
        let mut hasher = DefaultHasher::new();
        (host.as_str(), &settings.name).hash(&mut hasher);
        let spread = u64::try_from(SPREAD.as_millis()).unwrap_or(u64::MAX);
        let phase = Duration::from_millis(hasher.finish() % spread);
        let labels = settings.external_labels(host);
        let negotiation = Negotiation::new(settings.protocol);
        Self {
            rows: Rows { source, settings, labels },
            cursor,
            is_moved: true,
            phase,
            random,
            started: None,
            seen: None,
            clock_set: None,
            round: None,
            pass: None,
            flight: None,
            not_before: Duration::ZERO,
            backlog_not_before: Duration::ZERO,
            backoff: Backoff::default(),
            negotiation,
            suspicions: Suspicions::default(),
            cutoff: i64::MIN,
            taken: None,
            is_in_touch: false,
            is_skip_logged: false,
            refused: RefusedLog::default(),
            stop: Stop::No,
            status: RemoteStatus::default(),
        }
    }

    /// What users see of it.
    pub fn status(&self) -> &RemoteStatus {
        &self.status
    }

    /// The cursor, if it has changed since the last call.
    pub(super) fn moved_cursor(&mut self) -> Option<&Cursor> {
        std::mem::take(&mut self.is_moved).then_some(&self.cursor)
    }

    /// Sends the rest and the ends of all series, then ends; at once if the receiver fails.
    pub(super) fn stop(&mut self) {
        self.stop = Stop::Asked;
        self.not_before = Duration::ZERO;
    }

    /// What is to be done at `now`.
    pub fn next(&mut self, now: Now) -> Action {
        if self.stop != Stop::No && self.backoff.is_failing() {
            return Action::End;
        }
        let settles = self.clock_settles(now);
        if !settles.is_zero() {
            return if self.stop == Stop::No { Action::Wait(settles) } else { Action::End };
        }
        let wait = self.not_before.saturating_sub(now.clock);
        if !wait.is_zero() {
            return Action::Wait(wait);
        }
        if self.flight.is_none()
            && let Some(action) = self.prepare(now)
        {
            return action;
        }
        let Some(part) = self.flight.as_ref().and_then(|flight| flight.request.part()) else {
            return Action::Wait(Duration::from_millis(1));
        };
        let protocol = self.negotiation.protocol(now.clock);
        let message = match protocol {
            Protocol::V1 => part.encode_to_vec(),
            Protocol::V2 => v2::Request::from(part).encode_to_vec(),
        };
        Action::Send { body: compress(&message).into(), protocol }
    }

    /// How long the clock is still to be watched after it was set.
    fn clock_settles(&mut self, now: Now) -> Duration {
        let set_by = self.seen.replace(now).map_or(0, |before| now.set_by(before));
        if set_by.unsigned_abs() >= CLOCK_WAS_SET {
            self.clock_set = Some(now.clock);
        }
        let until = self.clock_set.map_or(Duration::ZERO, |set| set + CLOCK_SETTLES);
        until.saturating_sub(now.clock)
    }
}

/// Seconds since 1970.
fn seconds(now: Now) -> i64 {
    i64::try_from(now.wall.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
