//! The format of log lines and the limit on repeated lines: for people, for the journal, for
//! programs.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write as _;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use log::Level;
use thiserror::Error;

use crate::schedule::clock;

/// The format of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// `[WARN  module] text`, for people.
    Text,
    /// `<4>text`, from which the journal takes the priority; it adds the rest itself.
    Journal,
    /// One JSON object per line.
    Json,
}

/// Why a text is not a log format.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("invalid log format {text:?}: expected text, journal or json")]
pub struct LogFormatError {
    /// The text.
    pub text: String,
}

/// ```
/// use rrd_collector::process::logging::LogFormat;
/// assert_eq!("json".parse(), Ok(LogFormat::Json));
/// assert!("xml".parse::<LogFormat>().is_err());
/// ```
impl FromStr for LogFormat {
    type Err = LogFormatError;

    fn from_str(text: &str) -> Result<Self, LogFormatError> {
        match text {
            "text" => Ok(Self::Text),
            "journal" => Ok(Self::Journal),
            "json" => Ok(Self::Json),
            _ => Err(LogFormatError { text: text.to_owned() }),
        }
    }
}

impl LogFormat {
    /// One line, including its line end. `at` is since 1970.
    pub fn line(self, level: Level, module: &str, message: &str, at: Duration) -> String {
        match self {
            Self::Text => format!("[{level:<5} {module}] {message}\n"),
            // A priority applies to one line only.
            Self::Journal => {
                let prefix = format!("<{}>", priority(level));
                format!("{prefix}{}\n", message.replace('\n', &format!("\n{prefix}")))
            }
            Self::Json => {
                let at = jiff::Timestamp::from_millisecond(
                    i64::try_from(at.as_millis()).unwrap_or(i64::MAX),
                );
                let object = serde_json::json!({
                    "at": at.map(|at| at.to_string()).unwrap_or_default(),
                    "level": level.as_str().to_ascii_lowercase(),
                    "module": module,
                    "message": message,
                });
                format!("{object}\n")
            }
        }
    }
}

/// The priorities of syslog.
const fn priority(level: Level) -> u8 {
    match level {
        Level::Error => 3,
        Level::Warn => 4,
        Level::Info => 6,
        Level::Debug | Level::Trace => 7,
    }
}

/// Whether standard error is connected to the journal: `stream` is `$JOURNAL_STREAM`, the device
/// and inode of the journal's stream.
pub fn is_journal(stream: &str) -> bool {
    let Some((device, inode)) = stream.split_once(':') else { return false };
    let found = rustix::fs::fstat(std::io::stderr());
    found.is_ok_and(|found| device.parse() == Ok(found.st_dev) && inode.parse() == Ok(found.st_ino))
}

/// The time for which a repeated message is suppressed.
const QUIET: Duration = Duration::from_secs(60);
/// Limit on the lines in a [`QUIET`] period.
const MAX_LINES: u32 = 600;
/// Limit on the number of remembered messages.
const MAX_MESSAGES: usize = 256;

/// Prevents a repeated failure from filling the log.
#[derive(Debug, Default)]
pub struct Limiter {
    /// When a message was last logged, and how often it was suppressed since.
    logged: HashMap<u64, (Duration, u64)>,
    since: Duration,
    lines: u32,
    dropped: u64,
}

impl Limiter {
    /// The message to log at `now`, on a monotonic clock, with the number of suppressed ones;
    /// `None` if it is suppressed itself.
    pub fn filter(&mut self, level: Level, message: &str, now: Duration) -> Option<String> {
        let mut hasher = DefaultHasher::new();
        (level, message).hash(&mut hasher);
        let key = hasher.finish();
        let is_quiet = |logged: Duration| now.saturating_sub(logged) < QUIET;
        if let Some((_, times)) = self.logged.get_mut(&key).filter(|(logged, _)| is_quiet(*logged))
        {
            *times += 1;
            return None;
        }
        if !is_quiet(self.since) {
            (self.since, self.lines) = (now, 0);
        }
        if self.lines >= MAX_LINES {
            self.dropped += 1;
            return None;
        }
        self.lines += 1;
        if self.logged.len() >= MAX_MESSAGES {
            let oldest =
                self.logged.iter().min_by_key(|(_, (logged, _))| *logged).map(|(key, _)| *key);
            self.logged.remove(&oldest.unwrap_or(key));
        }
        let repeated = self.logged.insert(key, (now, 0)).map_or(0, |(_, times)| times);
        let mut line = message.to_owned();
        // Writing to a string cannot fail.
        if repeated > 0 {
            let _ = write!(line, " (repeated {repeated} more times)");
        }
        let dropped = std::mem::take(&mut self.dropped);
        if dropped > 0 {
            let _ = write!(line, " ({dropped} other lines suppressed)");
        }
        Some(line)
    }
}

/// Starts the log on standard error; `RUST_LOG` says how much of it.
pub fn start(format: LogFormat) {
    let limiter = Mutex::new(Limiter::default());
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("info"))
        .format(move |out, record| {
            let (now, level) = (clock::now(), record.level());
            let mut limiter = limiter.lock().unwrap_or_else(PoisonError::into_inner);
            match limiter.filter(level, &record.args().to_string(), now.clock) {
                None => Ok(()),
                Some(words) => {
                    let line = format.line(level, record.target(), &words, now.wall);
                    out.write_all(line.as_bytes())
                }
            }
        })
        .init();
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Duration = Duration::from_millis(1_700_000_000_250);

    #[test]
    fn a_line_has_the_form_that_its_reader_knows() {
        let line = |format: LogFormat| format.line(Level::Warn, "web", "a \"b\"\nc", AT);
        assert_eq!(line(LogFormat::Text), "[WARN  web] a \"b\"\nc\n");
        assert_eq!(line(LogFormat::Journal), "<4>a \"b\"\n<4>c\n");
        assert_eq!(
            line(LogFormat::Json),
            "{\"at\":\"2023-11-14T22:13:20.25Z\",\"level\":\"warn\",\"message\":\"a \\\"b\\\"\\nc\",\"module\":\"web\"}\n"
        );
        assert_eq!([Level::Error, Level::Info, Level::Debug].map(priority), [3, 6, 7]);
    }

    #[test]
    fn the_same_message_is_logged_once_a_minute_with_the_number_suppressed() {
        let mut limiter = Limiter::default();
        let mut filtered = |second: u8, message| {
            limiter.filter(Level::Warn, message, Duration::from_secs(1000 + u64::from(second)))
        };
        assert_eq!(filtered(0, "down").as_deref(), Some("down"));
        for second in 1..60 {
            assert_eq!(filtered(second, "down"), None);
        }
        assert_eq!(filtered(30, "up").as_deref(), Some("up"));
        assert_eq!(filtered(60, "down").unwrap(), "down (repeated 59 more times)");
        assert_eq!(filtered(61, "down"), None);
    }

    #[test]
    fn ever_other_words_are_cut_off_and_counted() {
        let mut limiter = Limiter::default();
        let mut lines = 0;
        for number in 0..2000 {
            let logged = limiter.filter(Level::Warn, &number.to_string(), Duration::from_secs(100));
            lines += u32::from(logged.is_some());
        }
        assert_eq!(lines, MAX_LINES);
        assert!(limiter.logged.len() <= MAX_MESSAGES);
        let later = limiter.filter(Level::Warn, "at last", Duration::from_secs(161));
        assert_eq!(later.unwrap(), "at last (1400 other lines suppressed)");
    }

    #[test]
    fn only_the_journals_own_stream_is_the_journal() {
        assert!(!is_journal(""));
        assert!(!is_journal("1:1"));
        let found = rustix::fs::fstat(std::io::stderr()).unwrap();
        assert!(is_journal(&format!("{}:{}", found.st_dev, found.st_ino)));
    }
}
