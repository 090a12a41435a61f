//! What a daemon has said about itself, and that as text for people and for Prometheus.

use std::fmt::{self, Write as _};

use super::counters::{COUNTERS, Kind};
use crate::grammar::Words;

/// What a daemon says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Report {
    /// The lines of STATS: names and numbers.
    pub(super) counters: Vec<(String, u64)>,
    pub(super) errors: Vec<FileError>,
}

/// A file that cannot be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileError {
    /// For how long, in seconds.
    pub(super) age: u64,
    pub(super) attempts: u64,
    pub(super) path: String,
    pub(super) error: String,
}

impl Report {
    /// The number of a line of STATS.
    pub(super) fn count(&self, name: &str) -> Option<u64> {
        self.counters.iter().find(|(found, _)| found == name).map(|(_, count)| *count)
    }

    /// The text for people. `earlier` is the report of so many seconds before.
    pub(super) fn text(&self, earlier: &Self, seconds: f64) -> String {
        let mut text = String::new();
        for counter in COUNTERS {
            let Some(now) = self.count(counter.name) else { continue };
            let _ = write!(text, "{}: {now}", counter.name);
            if counter.kind == Kind::Counter
                && let Some(before) = earlier.count(counter.name)
            {
                let _ = write!(text, " ({:.1} per second)", rate(before, now, seconds));
            }
            text.push('\n');
        }
        if !self.errors.is_empty() {
            text.push_str("\nFiles that cannot be written:\n");
        }
        for error in &self.errors {
            let _ = writeln!(text, "{error}");
        }
        text
    }

    /// The text format of Prometheus.
    pub(super) fn prometheus(&self) -> String {
        let mut text = String::new();
        for counter in COUNTERS {
            let Some(now) = self.count(counter.name) else { continue };
            let kind = match counter.kind {
                Kind::Counter => "counter",
                Kind::Gauge => "gauge",
            };
            let (metric, help) = (counter.metric, counter.help);
            let _ = writeln!(text, "# HELP {metric} {help}\n# TYPE {metric} {kind}");
            let _ = writeln!(text, "{metric} {now}");
        }
        if !self.errors.is_empty() {
            let metric = "rrdcached_file_failing_seconds";
            let help = "For how long a file could not be written.";
            let _ = writeln!(text, "# HELP {metric} {help}\n# TYPE {metric} gauge");
            for FileError { age, path, error, .. } in &self.errors {
                let (path, error) = (label(path), label(error));
                let _ = writeln!(text, "{metric}{{file=\"{path}\",error=\"{error}\"}} {age}");
            }
        }
        text
    }
}

impl FileError {
    /// A line of `STATS ERRORS`.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let words: Vec<_> = Words::of(line).collect();
        let [age, attempts, path, error] = &*words else { return None };
        let text = |word: &[u8]| String::from_utf8_lossy(word).into_owned();
        Some(Self {
            age: text(age).parse().ok()?,
            attempts: text(attempts).parse().ok()?,
            path: text(path),
            error: text(error),
        })
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { age, attempts, path, error } = self;
        write!(f, "{path}: {error} ({attempts} attempts in {age} s)")
    }
}

/// A line of STATS.
pub(super) fn parse_counter(line: &[u8]) -> Option<(String, u64)> {
    let (name, count) = std::str::from_utf8(line).ok()?.split_once(": ")?;
    Some((name.to_owned(), count.trim_end().parse().ok()?))
}

/// By how much a counter grows in a second; a daemon that was started again has begun at zero.
fn rate(before: u64, now: u64, seconds: f64) -> f64 {
    rrd_core::number::count_to_f64(now.saturating_sub(before)) / seconds
}

/// The value of a label.
fn label(text: &str) -> String {
    text.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}
