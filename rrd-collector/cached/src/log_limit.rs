//! Messages that could fill a log: one a minute is written.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long further messages are only counted.
const PAUSE: Duration = Duration::from_secs(60);

/// Messages of one kind.
#[derive(Debug, Default)]
pub(crate) struct LogLimit(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    written: Option<Instant>,
    /// Messages that were not written since then.
    skipped: u64,
}

impl LogLimit {
    /// Writes a warning unless one was written within the last minute.
    pub(crate) fn warn(&self, message: impl FnOnce() -> String) {
        if let Some(skipped) = self.take(Instant::now()) {
            let message = message();
            match skipped {
                0 => log::warn!("{message}"),
                _ => log::warn!("{message}; {skipped} more like this before it"),
            }
        }
    }

    /// The number of messages skipped so far, if the next one may be written.
    fn take(&self, now: Instant) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.written.is_some_and(|written| now.saturating_duration_since(written) < PAUSE) {
            state.skipped += 1;
            return None;
        }
        state.written = Some(now);
        Some(std::mem::take(&mut state.skipped))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_message_a_minute_is_written_and_says_how_many_were_not() {
        let (limit, begin) = (LogLimit::default(), Instant::now());
        assert_eq!(limit.take(begin), Some(0));
        assert_eq!(limit.take(begin + PAUSE / 2), None);
        assert_eq!(limit.take(begin + PAUSE.mul_f64(0.999)), None);
        assert_eq!(limit.take(begin + PAUSE), Some(2));
        assert_eq!(limit.take(begin + 2 * PAUSE), Some(0));
    }
}
