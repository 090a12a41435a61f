//! What became of the lines that were received between two samples.

use std::time::Duration;

use super::Collected;
use super::packet::{LineError, parse_lines};

/// Limit on the shown characters of a line, and of what is wrong with it.
const SHOWN: usize = 100;

/// The metrics, and the fate of the lines.
#[derive(Debug, Default)]
pub(super) struct Received {
    pub(super) metrics: Collected,
    valid: u32,
    invalid: u32,
    last_invalid: Option<String>,
    dropped_before: u64,
}

/// What is wrong with lines between two samples.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum LineFault {
    #[error("invalid lines: {count}; the last one is {line}")]
    Invalid { count: u32, line: String },
    #[error(
        "lines are dropped: too many metrics are new, a name is too long, or a type has changed"
    )]
    Dropped,
}

impl Received {
    /// Takes a packet. Malformed lines are counted: the sender cannot be notified. Empty lines, and
    /// the events and checks of `DogStatsD`, are no metrics and no mistake.
    pub(super) fn take(&mut self, packet: &[u8]) {
        for line in String::from_utf8_lossy(packet).lines().map(str::trim_end) {
            if line.is_empty() || line.starts_with("_e{") || line.starts_with("_sc|") {
                continue;
            }
            match parse_lines(line) {
                Ok(lines) => {
                    self.valid = self.valid.saturating_add(1);
                    for line in &lines {
                        self.metrics.take(line);
                    }
                }
                Err(error) => {
                    self.invalid = self.invalid.saturating_add(1);
                    self.last_invalid = Some(described(line, &error));
                }
            }
        }
    }

    /// The values of the lines since the last call, and what is wrong: invalid and dropped ones.
    pub(super) fn finish(&mut self, elapsed: Duration) -> (Vec<f64>, [Result<(), LineFault>; 2]) {
        let seconds = elapsed.as_secs_f64();
        let rate = |count: u32| if seconds > 0.0 { f64::from(count) / seconds } else { f64::NAN };
        let before = std::mem::replace(&mut self.dropped_before, self.metrics.dropped());
        let dropped = u32::try_from(self.dropped_before - before).unwrap_or(u32::MAX);
        let (valid, invalid) = (std::mem::take(&mut self.valid), std::mem::take(&mut self.invalid));
        let is_invalid = match self.last_invalid.take() {
            Some(line) => Err(LineFault::Invalid { count: invalid, line }),
            None => Ok(()),
        };
        let is_dropped = if dropped == 0 { Ok(()) } else { Err(LineFault::Dropped) };
        (vec![rate(valid), rate(invalid), rate(dropped)], [is_invalid, is_dropped])
    }
}

fn described(line: &str, error: &LineError) -> String {
    format!("{:?}: {}", shortened(line), shortened(&error.to_string()))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finish(received: &mut Received) -> (Vec<f64>, [Result<(), String>; 2]) {
        let (values, outcomes) = received.finish(Duration::from_secs(10));
        (values, outcomes.map(|outcome| outcome.map_err(|fault| fault.to_string())))
    }

    #[test]
    fn invalid_lines_are_counted_and_the_last_one_is_shown() {
        let mut received = Received::default();
        received.take(b"hits:1|c\r\n\nbad\nhits:x\0y|c\n_e{1,1}:a|b\n_sc|db|0\nhits:1|g\n");
        let invalid = "invalid lines: 2; the last one is \"hits:x\\0y|c\": `x\0y` is not a number";
        let dropped = LineFault::Dropped.to_string();
        let expected = (vec![0.2, 0.2, 0.1], [Err(invalid.to_owned()), Err(dropped)]);
        assert_eq!(finish(&mut received), expected);
        assert_eq!(finish(&mut received), (vec![0.0; 3], [Ok(()), Ok(())]));
    }

    #[test]
    fn a_long_line_is_shown_in_part() {
        let mut received = Received::default();
        received.take(format!("a:{}|c", "ö".repeat(30_000)).as_bytes());
        let (_, [invalid, _]) = finish(&mut received);
        assert_eq!(invalid.unwrap_err().chars().count(), 244);
    }
}
