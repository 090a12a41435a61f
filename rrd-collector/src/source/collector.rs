//! The collector's own cost and timing: `/proc/self/stat` and its own counters.

use std::time::Duration;

use crate::group::{Kind, Metric, Unit};
use crate::rootfs::KeptFile;
use crate::source::input::Source;
use crate::source::sample::SampleSink;

/// The collector itself; its groups come from the sampling thread, and its charts are among those
/// of the host.
pub static SOURCE: Source = Source { kinds: || vec![&OWN], ..Source::EMPTY };

/// The collector itself.
pub static OWN: Kind = Kind::new("collector", "Collector", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("cpu", Unit::Cores, "CPU time of this program"),
    Metric::new("memory", Unit::Bytes, "memory of this program"),
    Metric::new("late", Unit::Seconds, "delay of a tick"),
    Metric::new("took", Unit::Seconds, "time to sample and store everything in the previous tick"),
    Metric::new("missed", Unit::PerSecond, "missed ticks"),
    Metric::new(
        "corrections",
        Unit::PerSecond,
        "counters that changed impossibly and were corrected",
    ),
    Metric::new("faults", Unit::Count, "probes and files that currently fail"),
    Metric::new("groups", Unit::Count, "known groups"),
];

/// What happened since the last tick, as counted by the sampler.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Delay of this tick.
    pub late: Duration,
    /// Duration of the last tick.
    pub took: Duration,
    /// Ticks missed since the last one.
    pub missed: u64,
    /// Corrected counters.
    pub corrections: u64,
    /// Current faults.
    pub faults: usize,
    /// Known groups.
    pub groups: usize,
}

/// Keeps the CPU time used so far.
#[derive(Debug)]
pub struct OwnUsage {
    file: KeptFile,
    before: Option<(Duration, f64)>,
}

impl Default for OwnUsage {
    fn default() -> Self {
        Self { file: KeptFile::new("/proc/self/stat".into()), before: None }
    }
}

impl OwnUsage {
    /// Reports the values at `clock`.
    pub fn sample(&mut self, clock: Duration, counts: Counts, sink: &mut dyn SampleSink) {
        let used = self.file.read().ok().and_then(parse);
        let elapsed = self.before.map(|(then, _)| clock.saturating_sub(then).as_secs_f64());
        let per_second = |amount: f64| match elapsed {
            Some(seconds) if seconds > 0.0 => amount / seconds,
            _ => f64::NAN,
        };
        let cpu = match (used, self.before) {
            (Some((cpu, _)), Some((_, before))) => per_second(cpu - before),
            _ => f64::NAN,
        };
        let values = [
            cpu,
            used.map_or(f64::NAN, |(_, memory)| memory),
            counts.late.as_secs_f64(),
            counts.took.as_secs_f64(),
            per_second(small(counts.missed)),
            per_second(small(counts.corrections)),
            small(counts.faults as u64),
            small(counts.groups as u64),
        ];
        self.before = used.map(|(cpu, _)| (clock, cpu));
        sink.group(&OWN, "", &values);
    }
}

/// CPU seconds and bytes of memory. The name of the program, in parentheses, may contain anything.
fn parse(stat: &str) -> Option<(f64, f64)> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut words = rest.split_ascii_whitespace();
    let mut after = |others: usize| words.nth(others)?.parse::<u64>().ok().map(small);
    // The text begins with the third field of the file; these are the 14th, 15th and 24th.
    let (user, system, pages) = (after(11)?, after(0)?, after(8)?);
    let ticks = small(procfs::ticks_per_second());
    Some(((user + system) / ticks, pages * small(procfs::page_size())))
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
fn small(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_spaces_does_not_shift_the_fields() {
        let stat = "7 (a) b) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 1 0 99 4096 25 0 0";
        let page = small(procfs::page_size());
        assert_eq!(parse(stat), Some((200.0 / small(procfs::ticks_per_second()), 25.0 * page)));
        assert_eq!(parse("7 (a S 1 2"), None);
    }
}
