//! When the log of a store is synced.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;
use std::time::Duration;

use crate::time::duration;

/// When the log of a store is synced, which decides what a power loss costs.
///
/// ```
/// use std::time::Duration;
/// use rrd_core::LogSync;
///
/// assert_eq!("10s".parse(), Ok(LogSync::Every(Duration::from_secs(10))));
/// assert_eq!("each".parse(), Ok(LogSync::Each));
/// assert_eq!(LogSync::default().to_string(), "never");
/// assert_eq!(
///     "now".parse::<LogSync>().unwrap_err().to_string(),
///     "invalid sync \"now\": expected never, each or a duration of 1s to 1h, e.g. 10s"
/// );
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogSync {
    /// The system decides when something is written, usually within half a minute. What it had not
    /// written is lost, of the log and of the files, in any order: a file that was being written
    /// can be damaged as one that RRDtool writes. Of the log, the samples up to the first hole are
    /// used.
    #[default]
    Never,
    /// At most the samples of this time are lost, and each file is in a state that existed: log and
    /// files are synced in the order that this takes.
    ///
    /// A library has no thread of its own. The log is synced by the first update after this time,
    /// which waits for the disk, or by [`Store::maintain`](super::Store::maintain) from three
    /// quarters of the time on: a thread that calls it often enough keeps that wait out of updates.
    /// Without either of them, nothing is synced. A program that calls
    /// [`Store::sync`](super::Store::sync) itself asks for `Duration::MAX`.
    Every(Duration),
    /// An update returns when its samples are on the disk. Updates of different files that arrive
    /// at the same time share a wait.
    Each,
}

/// A text that is not a [`LogSync`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid sync {text:?}: expected never, each or a duration of 1s to 1h, e.g. 10s")]
pub struct LogSyncError {
    text: String,
}

/// Who asks whether the log is to be synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    /// An update, which should not have to wait.
    Whole,
    /// A thread with time to spare.
    ThreeQuarters,
}

impl LogSync {
    /// Whether a record that was appended so many microseconds ago is to be synced. A clock that
    /// was set back says nothing about the time that has passed.
    #[inline]
    pub(super) fn is_due(self, share: Share, age: impl FnOnce() -> Option<i64>) -> bool {
        match self {
            Self::Never => false,
            Self::Each => true,
            Self::Every(limit) => {
                let limit = match share {
                    Share::Whole => limit,
                    Share::ThreeQuarters => limit / 4 * 3,
                };
                let age = age().and_then(|age| u64::try_from(age).ok());
                age.is_none_or(|age| Duration::from_micros(age) >= limit)
            }
        }
    }
}

impl FromStr for LogSync {
    type Err = LogSyncError;

    fn from_str(text: &str) -> Result<Self, LogSyncError> {
        match text {
            "never" => Ok(Self::Never),
            "each" => Ok(Self::Each),
            _ => match duration::parse(text, NonZeroU64::MIN) {
                Ok(seconds @ 1..=3600) => Ok(Self::Every(Duration::from_secs(seconds))),
                _ => Err(LogSyncError { text: text.to_owned() }),
            },
        }
    }
}

impl fmt::Display for LogSync {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("never"),
            Self::Each => f.write_str("each"),
            Self::Every(limit) => write!(f, "{}s", limit.as_secs()),
        }
    }
}
