//! The answer to FETCH: a head of named lines, then one line per row.

use std::iter;

use rrd_core::number::{UNKNOWN, length_to_u64};
use rrd_core::{Series, Step, Timestamp};

use super::connection::Connection;
use super::error::DaemonError;

/// The lines read so far. Unknown rows at both ends are counted only: a daemon sends them for all
/// times that the archive does not cover.
#[derive(Default)]
struct Answer {
    start: i64,
    step: Option<Step>,
    names: Vec<String>,
    before: usize,
    values: Vec<f64>,
    after: usize,
}

/// Reads the lines after the status.
pub(super) fn read(connection: &mut Connection, lines: usize) -> Result<Series, DaemonError> {
    let mut answer = Answer::default();
    for _ in 0..lines {
        let line = connection.line()?;
        answer.take(&line).ok_or_else(|| connection.puzzled(&line))?;
    }
    let Answer { start, step, names, before, values, after } = answer;
    let step = step.ok_or_else(|| connection.puzzled("no Step"))?;
    let unknown = step.seconds().saturating_mul(length_to_u64(before));
    let start = Timestamp::from_seconds(start.saturating_add_unsigned(unknown));
    Ok(Series::new(start, step, names, values).surrounded(before, after))
}

impl Answer {
    /// Processes one line; `None` if it is malformed.
    fn take(&mut self, line: &str) -> Option<()> {
        let (key, rest) = line.split_once(':')?;
        let rest = rest.trim();
        match key {
            "FlushVersion" | "DSCount" | "End" => {}
            "Start" => self.start = rest.parse().ok()?,
            "Step" => self.step = Some(Step::from_seconds(rest.parse().ok()?)?),
            "DSName" => self.names = rest.split_ascii_whitespace().map(str::to_owned).collect(),
            time => {
                // Times before September 2001 are padded to ten digits.
                let _: i64 = time.trim_start().parse().ok()?;
                let row = rest.split_ascii_whitespace().map(number).collect::<Option<Vec<_>>>()?;
                if row.len() != self.names.len() {
                    return None;
                }
                if row.iter().all(|value| value.to_bits() == UNKNOWN.to_bits()) {
                    self.after += 1;
                } else if self.values.is_empty() {
                    self.before = std::mem::take(&mut self.after);
                    self.values = row;
                } else {
                    let unknown = std::mem::take(&mut self.after) * row.len();
                    self.values.extend(iter::repeat_n(UNKNOWN, unknown));
                    self.values.extend(row);
                }
            }
        }
        Some(())
    }
}

fn number(text: &str) -> Option<f64> {
    match text {
        "-nan" => Some(UNKNOWN),
        _ => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fill_the_answer_and_nonsense_is_noticed() {
        let mut answer = Answer::default();
        for line in
            ["FlushVersion: 1", "Start: 10", "End: 30", "Step: 10", "DSCount: 2", "DSName: a b"]
        {
            assert_eq!(answer.take(line), Some(()));
        }
        assert_eq!(answer.take("20: 1.5e+00 -nan"), Some(()));
        assert_eq!(answer.values[0], 1.5);
        assert!(answer.values[1].is_nan());
        assert_eq!(answer.take("30: -nan -nan"), Some(()));
        assert_eq!((answer.before, answer.values.len(), answer.after), (0, 2, 1));
        assert_eq!(answer.take("40: 2 3"), Some(()));
        assert_eq!((answer.before, answer.values.len(), answer.after), (0, 6, 0));
        assert_eq!(answer.names, ["a", "b"]);
        assert_eq!(answer.take(" 999999900: 1 2"), Some(()));
        assert_eq!(answer.take("30: 1"), None);
        assert_eq!(answer.take("soon: 1 2"), None);
    }
}
