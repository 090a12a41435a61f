//! Work that interrupts put off until later, by its type: `/proc/softirqs`.

use rrd_core::Step;

use super::interrupts::LIMITS;
use super::rows::{Row, cpus};
use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile};
use crate::schedule::Tick;
use crate::source::counter::Counters;
use crate::source::probe::{Probe, ProbeError, TEN_SECONDS};
use crate::source::sample::SampleSink;

/// Deferred work of interrupts.
pub static SOFTIRQS: Kind = Kind::new("softirqs", "Soft interrupts", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("net_rx", Unit::PerSecond, "packets received"),
    Metric::new("net_tx", Unit::PerSecond, "packets sent"),
    Metric::new("block", Unit::PerSecond, "requests to disks completed"),
    Metric::new("timer", Unit::PerSecond, "timers of the kernel and of programs"),
    Metric::new("sched", Unit::PerSecond, "balancing of programs over CPUs"),
    Metric::new("rcu", Unit::PerSecond, "memory of the kernel freed once nobody reads it"),
    Metric::new("tasklet", Unit::PerSecond, "short pieces of work of drivers"),
    Metric::new("other", Unit::PerSecond, "all others"),
];

/// The names of the rows, in the order of the metrics.
const ROWS: [&str; 7] = ["NET_RX", "NET_TX", "BLOCK", "TIMER", "SCHED", "RCU", "TASKLET"];

/// Samples soft interrupts.
pub struct SoftirqsProbe {
    file: KeptFile,
    counters: Counters<8>,
}

impl SoftirqsProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self { file: host.proc("softirqs"), counters: Counters::default() }
    }
}

impl Probe for SoftirqsProbe {
    fn name(&self) -> &'static str {
        "softirqs"
    }

    fn default_interval(&self) -> Step {
        TEN_SECONDS
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let sums = sums(self.file.read()?);
        if sums.iter().all(Option::is_none) {
            let problem = "no row of counters".to_owned();
            return Err(ProbeError::Content { file: "softirqs", problem });
        }
        let rates = self.counters.rates(tick.clock, sums, &[LIMITS; 8], sink);
        sink.group(&SOFTIRQS, "", &rates);
        Ok(())
    }
}

/// The sums over all CPUs, by metric.
fn sums(text: &str) -> [Option<u64>; 8] {
    let mut sums: [Option<u64>; 8] = [None; 8];
    let cpus = text.lines().next().map_or(0, cpus);
    for row in text.lines().filter_map(|line| Row::parse(line, cpus)) {
        let place = ROWS.iter().position(|name| *name == row.name).unwrap_or(ROWS.len());
        if let Some(sum) = sums.get_mut(place) {
            *sum = Some(sum.unwrap_or(0).wrapping_add(row.sum) & 0xffff_ffff);
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use rrd_core::Timestamp;

    use super::*;
    use crate::source::sample::recorder::Recorder;

    const TEXT: &str = "                    CPU0       CPU1\n          HI:          3          1\n       \
        TIMER:      31962      37035\n      NET_TX:          6          1\n      \
        NET_RX:       4612       6693\n       BLOCK:        314     126234\n    \
        IRQ_POLL:          0          0\n     TASKLET:        405          5\n       \
        SCHED:      34772      33097\n     HRTIMER:          0          2\n         \
        RCU:      83537 4294967295\n";

    #[test]
    fn each_type_is_added_over_cpus_and_rare_ones_with_each_other() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("proc")).unwrap();
        let mut probe = SoftirqsProbe::new(&Host::at(root.path()));
        let mut seen = Recorder::default();
        let mut sample = |second, text: &str| {
            fs::write(root.path().join("proc/softirqs"), text).unwrap();
            let tick = Tick { at: Timestamp::default(), clock: Duration::from_secs(second) };
            probe.sample(tick, &mut seen).map(|()| seen.groups.last().unwrap().2.clone())
        };
        assert!(sample(10, TEXT).unwrap().iter().all(|rate| rate.is_nan()));
        let later = TEXT
            .replace(" 6693", " 6793")
            .replace(" 31962", " 31982")
            .replace("HI:          3", "HI:         33")
            .replace("83537 4294967295", "83546 0");
        let rates = sample(20, &later).unwrap();
        assert_eq!(rates, [10.0, 0.0, 0.0, 2.0, 0.0, 1.0, 0.0, 3.0]);
        // Kernels before 4.x have fewer types.
        let old = "  CPU0\n  NET_RX: 5\n";
        assert!(sample(30, old).unwrap()[2].is_nan());
        let error = sample(40, "CPU0\n").unwrap_err().to_string();
        assert_eq!(error, "softirqs: no row of counters");
    }
}
