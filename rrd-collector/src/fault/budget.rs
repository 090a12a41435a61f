//! A limit on the lines that one origin adds to the log.

use std::fmt;
use std::fmt::Write as _;
use std::time::Duration;

/// The lines of an hour.
const LINES: u32 = 20;
const HOUR: Duration = Duration::from_secs(3600);

/// Passes a number of lines each hour, and counts the others.
#[derive(Debug, Default)]
pub struct LineBudget {
    /// When the present hour began, on a monotonic clock.
    begun: Option<Duration>,
    lines: u32,
    dropped: u64,
}

impl LineBudget {
    /// The line to log at `now`, on a monotonic clock, with a note about those that are left out;
    /// `None` if it is one of them.
    pub fn line(&mut self, line: impl fmt::Display, now: Duration) -> Option<String> {
        if self.begun.is_none_or(|begun| now.saturating_sub(begun) >= HOUR) {
            (self.begun, self.lines) = (Some(now), 0);
        }
        if self.lines >= LINES {
            self.dropped += 1;
            return None;
        }
        self.lines += 1;
        let mut line = line.to_string();
        let dropped = std::mem::take(&mut self.dropped);
        // Writing to a string cannot fail.
        if dropped > 0 {
            let _ = write!(line, " ({dropped} lines before were not logged)");
        }
        if self.lines == LINES {
            line.push_str(" (further lines like this are not logged for an hour)");
        }
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_lines_of_an_hour_are_logged_and_the_others_counted() {
        let mut budget = LineBudget::default();
        let line =
            |budget: &mut LineBudget, second| budget.line("odd", Duration::from_secs(second));
        let lines: Vec<String> = (0..360).filter_map(|second| line(&mut budget, second)).collect();
        assert_eq!(lines.len(), 20);
        assert_eq!(lines[18], "odd");
        assert_eq!(lines[19], "odd (further lines like this are not logged for an hour)");
        let next = line(&mut budget, 3600).unwrap();
        assert_eq!(next, "odd (340 lines before were not logged)");
        assert_eq!(line(&mut budget, 3601).as_deref(), Some("odd"));
    }
}
