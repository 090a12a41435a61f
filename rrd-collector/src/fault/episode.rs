//! The course of one fault, and what of it is logged: its begin, each new kind, its end, and a
//! summary every hour. What fails and works in turn is logged no more often than what fails always.

use std::fmt;
use std::time::Duration;

use super::kind::FaultKind;
use crate::schedule::Now;

/// The interval of summaries, and the time for which something must work after several failures
/// to be called working.
const HOUR: Duration = Duration::from_secs(3600);
/// Limit on the logged kinds of one fault; further ones are only counted.
const MAX_KINDS: usize = 8;

/// A fault from its first failure until it is over for good.
#[derive(Debug)]
pub(super) struct Episode {
    /// The newest message.
    pub(super) message: String,
    /// The wall clock at the first failure.
    pub(super) since: Duration,
    /// Number of failures.
    pub(super) times: u64,
    kinds: Vec<FaultKind>,
    /// When it began to work.
    works_since: Option<Duration>,
    /// Whether the next failure is a line of the log.
    is_asked: bool,
    /// Whether it failed again after it had worked.
    is_recurring: bool,
    /// When the last summary was due, and the number of failures at that time.
    summary: (Duration, u64),
}

/// What is logged about a fault.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum News {
    Began { message: String },
    Recurred { message: String },
    Still { message: String },
    Lasts { message: String, times: u64, span: Duration },
    Ended { times: u64 },
    EndedForGood { times: u64 },
}

impl News {
    /// Whether it is a failure.
    pub(super) fn is_bad(&self) -> bool {
        !matches!(self, Self::Ended { .. } | Self::EndedForGood { .. })
    }
}

impl fmt::Display for News {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Began { message } => {
                write!(f, "{message} (further failures are counted and summarised every hour)")
            }
            Self::Recurred { message } => write!(
                f,
                "fails again: {message} (from now on changes are summarised every hour, until it \
                 has worked for an hour)"
            ),
            Self::Still { message } => write!(f, "still fails: {message}"),
            Self::Lasts { message, times, span } => {
                let minutes = span.as_secs() / 60;
                write!(f, "{} in the last {minutes} minutes, last: {message}", Failures(*times))
            }
            Self::Ended { times } => write!(f, "works again after {}", Failures(*times)),
            Self::EndedForGood { times } => {
                write!(f, "has worked for an hour, after {}", Failures(*times))
            }
        }
    }
}

struct Failures(u64);

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failure{}", self.0, if self.0 == 1 { "" } else { "s" })
    }
}

impl Episode {
    /// The first failure.
    pub(super) fn begin(message: String, now: Now) -> (Self, News) {
        let kinds = vec![FaultKind::of(&message)];
        let news = News::Began { message: message.clone() };
        let (since, summary) = (now.wall, (now.clock, 1));
        let (works_since, is_asked, is_recurring) = (None, false, false);
        let times = 1;
        (Self { message, since, times, kinds, works_since, is_asked, is_recurring, summary }, news)
    }

    /// Another failure.
    pub(super) fn fail(&mut self, message: String, now: Now) -> Option<News> {
        self.times += 1;
        self.message.clone_from(&message);
        let recurs = self.works_since.take().is_some() && !self.is_recurring;
        self.is_recurring |= recurs;
        let kind = FaultKind::of(&message);
        let is_new = !self.kinds.contains(&kind) && self.kinds.len() < MAX_KINDS;
        if is_new {
            self.kinds.push(kind);
        }
        let (summarised, before) = self.summary;
        let span = now.clock.saturating_sub(summarised);
        if span >= HOUR {
            self.summary = (now.clock, self.times);
        }
        if std::mem::take(&mut self.is_asked) {
            Some(News::Still { message })
        } else if recurs {
            Some(News::Recurred { message })
        } else if is_new {
            Some(News::Began { message })
        } else if span >= HOUR {
            Some(News::Lasts { message, times: self.times - before, span })
        } else {
            None
        }
    }

    /// Makes the next failure a line of the log.
    pub(super) fn log_again(&mut self) {
        self.is_asked = true;
    }

    /// It worked.
    pub(super) fn work(&mut self, now: Now) -> Option<News> {
        let times = self.times;
        let ended = self.works_since.is_none();
        self.works_since.get_or_insert(now.clock);
        if self.is_recurring {
            self.is_over(now).then_some(News::EndedForGood { times })
        } else {
            ended.then_some(News::Ended { times })
        }
    }

    /// Whether it fails at present.
    pub(super) fn is_present(&self) -> bool {
        self.works_since.is_none()
    }

    /// Whether it ended so long ago that another failure begins another fault.
    pub(super) fn is_over(&self, now: Now) -> bool {
        self.works_since.is_some_and(|since| now.clock.saturating_sub(since) >= HOUR)
    }
}
