//! The limit on repeated lines: a failure that repeats fills no log.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Duration;

/// The time for which a repeated line is suppressed.
const QUIET: Duration = Duration::from_secs(60);
/// Limit on the lines in a [`QUIET`] period.
const MOST_LINES: u32 = 600;
/// Limit on the remembered lines.
const MOST_REMEMBERED: usize = 256;

/// Suppresses repeated lines.
#[derive(Debug, Default)]
pub(super) struct Limiter {
    /// When a line was last written, and how often it was suppressed since.
    written: HashMap<String, (Duration, u64)>,
    /// When the present period began, and its lines.
    period: (Duration, u32),
    suppressed: u64,
}

impl Limiter {
    /// The line to write at `now`; `None` if it is suppressed.
    pub(super) fn filter(&mut self, line: &str, now: Duration) -> Option<String> {
        let is_quiet = |since: Duration| now.saturating_sub(since) < QUIET;
        if let Some((since, times)) = self.written.get_mut(line)
            && is_quiet(*since)
        {
            *times += 1;
            return None;
        }
        if !is_quiet(self.period.0) {
            self.period = (now, 0);
        }
        if self.period.1 >= MOST_LINES {
            self.suppressed += 1;
            return None;
        }
        self.period.1 += 1;
        if self.written.len() >= MOST_REMEMBERED && !self.written.contains_key(line) {
            let oldest = self.written.iter().min_by_key(|(_, (since, _))| *since);
            let oldest = oldest.map(|(line, _)| line.clone()).unwrap_or_default();
            self.written.remove(&oldest);
        }
        let times = self.written.insert(line.to_owned(), (now, 0)).map_or(0, |(_, times)| times);
        let mut text = line.to_owned();
        if times > 0 {
            // Writing to a string cannot fail.
            let _ = write!(text, " ({times} more times in between)");
        }
        let suppressed = std::mem::take(&mut self.suppressed);
        if suppressed > 0 {
            let _ = write!(text, " ({suppressed} other lines suppressed)");
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_written_once_a_minute_with_the_number_suppressed() {
        let mut limiter = Limiter::default();
        let mut at = |second, line| limiter.filter(line, Duration::from_secs(second));
        assert_eq!(at(100, "down").as_deref(), Some("down"));
        for second in 101..160 {
            assert_eq!(at(second, "down"), None);
        }
        assert_eq!(at(130, "up").as_deref(), Some("up"));
        assert_eq!(at(160, "down").as_deref(), Some("down (59 more times in between)"));
        assert_eq!(at(161, "down"), None);
    }

    #[test]
    fn lines_that_are_never_the_same_are_cut_off_and_counted() {
        let mut limiter = Limiter::default();
        let mut at = |second, line: &str| limiter.filter(line, Duration::from_secs(second));
        let written = (0..2000).filter(|number| at(100, &number.to_string()).is_some()).count();
        assert_eq!(written, 600);
        assert_eq!(at(161, "last").as_deref(), Some("last (1400 other lines suppressed)"));
        assert!(limiter.written.len() <= MOST_REMEMBERED);
    }
}
