//! What the processes of one group use together.

use super::stat::Process;
use crate::group::{Kind, Metric, Unit};
use crate::source::counter::{MEMORY, THINGS, at_most, per, to_f64};

/// The processes of one name.
pub static PROCESS: Kind = Kind::new("process", "Processes by name", PROCESS_METRICS);

const PROCESS_METRICS: &[Metric] = &[
    Metric::new("count", Unit::Count, "processes"),
    Metric::new("cpu", Unit::Cores, "CPU time; unknown is what a process used last that ended"),
    Metric::new(
        "memory",
        Unit::Bytes,
        "memory in RAM; what processes share is counted for each of them",
    ),
    Metric::new("threads", Unit::Count, "threads"),
    Metric::new("descriptors", Unit::Count, "open files and sockets"),
    Metric::new("started", Unit::PerSecond, "processes that started and are still there"),
    Metric::new("age", Unit::Seconds, "time since the oldest process started"),
];

/// Sums over the processes of a group.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Totals {
    count: u64,
    /// Ticks of CPU time since the last look.
    ticks: f64,
    pages: u64,
    threads: u64,
    /// `None` if those of one process are unknown.
    descriptors: Option<u64>,
    started: u64,
    /// Ticks since boot at which the oldest one started.
    oldest: Option<u64>,
}

/// What turns sums into values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    /// Since the last look; NaN at the first one.
    pub(super) seconds: f64,
    /// Since boot; NaN if it is unknown.
    pub(super) uptime: f64,
    pub(super) ticks_per_second: f64,
    pub(super) page: f64,
}

impl Default for Totals {
    fn default() -> Self {
        Self {
            count: 0,
            ticks: 0.0,
            pages: 0,
            threads: 0,
            descriptors: Some(0),
            started: 0,
            oldest: None,
        }
    }
}

impl Totals {
    /// Adds a process that used these ticks since the last look.
    pub(super) fn add(
        &mut self,
        process: &Process<'_>,
        (ticks, is_new): (f64, bool),
        descriptors: Option<u64>,
    ) {
        self.count += 1;
        self.ticks += ticks;
        self.pages = self.pages.saturating_add(process.pages);
        self.threads = self.threads.saturating_add(process.threads);
        let sum = self.descriptors.zip(descriptors);
        self.descriptors = sum.map(|(sum, more)| sum.saturating_add(more));
        self.started += u64::from(is_new);
        let oldest = self.oldest.map_or(process.start, |oldest| oldest.min(process.start));
        self.oldest = Some(oldest);
    }

    /// Ticks and pages, by which groups are ranked.
    pub(super) fn ranks(&self) -> [f64; 2] {
        [self.ticks, to_f64(self.pages)]
    }

    /// The values of [`PROCESS`].
    pub(super) fn values(&self, scale: &Scale) -> [f64; 7] {
        let memory = at_most(MEMORY / scale.page, Some(self.pages)) * scale.page;
        let age = self
            .oldest
            .map_or(f64::NAN, |oldest| scale.uptime - to_f64(oldest) / scale.ticks_per_second);
        [
            to_f64(self.count),
            per(self.ticks / scale.ticks_per_second, scale.seconds),
            memory,
            at_most(THINGS, Some(self.threads)),
            at_most(THINGS, self.descriptors),
            per(to_f64(self.started), scale.seconds),
            // A container may have an uptime of its own.
            if age >= 0.0 { age } else { f64::NAN },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::super::stat::State;
    use super::*;

    #[test]
    fn sums_become_values_and_what_is_unknown_of_one_is_unknown_of_all() {
        let process = |start, pages| Process {
            name: b"a",
            state: State::Other,
            is_kernel_thread: false,
            ticks: 0,
            threads: 3,
            start,
            pages,
        };
        let scale = Scale { seconds: 10.0, uptime: 50.0, ticks_per_second: 100.0, page: 4096.0 };
        let mut totals = Totals::default();
        let none = totals.values(&scale);
        assert_eq!(none[..6], [0.0; 6]);
        assert!(none[6].is_nan());
        totals.add(&process(4000, 2), (250.0, false), Some(5));
        totals.add(&process(4500, 1), (0.0, true), Some(7));
        assert_eq!(totals.values(&scale), [2.0, 0.25, 12_288.0, 6.0, 12.0, 0.1, 10.0]);
        totals.add(&process(9000, u64::MAX), (0.0, false), None);
        let values = totals.values(&Scale { seconds: f64::NAN, uptime: 20.0, ..scale });
        assert_eq!((values[0], values[3]), (3.0, 9.0));
        assert!([1, 2, 4, 5, 6].iter().all(|metric| values[*metric].is_nan()), "{values:?}");
    }
}
