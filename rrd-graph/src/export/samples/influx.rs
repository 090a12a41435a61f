//! The line protocol of `InfluxDB`.

use std::fmt::Write as _;

use rrd_core::Timestamp;

use super::format::Format;
use crate::export::SeriesName;

const NANOSECONDS: i128 = 1_000_000_000;

/// `NAME,LABELS value=VALUE NANOSECONDS`
#[derive(Debug, Default)]
pub(super) struct Influx {
    /// What precedes the value in a line.
    series: String,
}

impl Format for Influx {
    fn has_infinity(&self) -> bool {
        false
    }

    fn series(&mut self, series: &SeriesName, _: &str, _: &mut String) {
        self.series.clear();
        push_escaped(&mut self.series, series.name());
        for (name, value) in series.labels() {
            self.series.push(',');
            push_escaped(&mut self.series, name);
            self.series.push('=');
            push_escaped(&mut self.series, value);
        }
    }

    fn samples(&self, samples: &[(Timestamp, f64)], text: &mut String) {
        for (time, value) in samples {
            let time = i128::from(time.seconds()) * NANOSECONDS;
            let _ = writeln!(text, "{} value={value} {time}", self.series);
        }
    }
}

/// Appends a name or the value of a tag. There is no escape for a backslash: at the end, or before
/// what needs one itself, it becomes a slash. Nor is there one for control characters.
fn push_escaped(escaped: &mut String, text: &str) {
    let needs_backslash = |character: &char| matches!(character, ',' | '=' | ' ');
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\\' if rest.peek().is_none_or(needs_backslash) => escaped.push('/'),
            control if control.is_control() => {
                let _ = write!(escaped, "\\u{{{:x}}}", u32::from(control));
            }
            other => {
                escaped.extend(needs_backslash(&other).then_some('\\'));
                escaped.push(other);
            }
        }
    }
}
