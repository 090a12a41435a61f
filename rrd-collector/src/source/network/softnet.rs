//! Received packets that wait for a CPU: `/proc/net/softnet_stat`.
//!
//! Each CPU that is online has a line of hexadecimal columns, more of them on newer kernels.
//! Sources: `Documentation/networking/scaling.rst`, `Documentation/admin-guide/sysctl/net.rst`.

use rrd_core::Step;

use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile};
use crate::schedule::Tick;
use crate::source::counter::{Counters, Limits};
use crate::source::probe::{Probe, ProbeError, TEN_SECONDS};
use crate::source::sample::SampleSink;

/// The queues of received packets of all CPUs.
pub static SOFTNET: Kind = Kind::new("softnet", "Receive queues", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("dropped", Unit::PerSecond, "packets dropped because the queue of a CPU was full"),
    Metric::new("squeezed", Unit::PerSecond, "times that a CPU stopped with packets left to do"),
    Metric::new("flow_limited", Unit::PerSecond, "packets dropped because one flow sent too many"),
];

/// The column with the packets of flows above their limit, since Linux 3.11.
const FLOW_LIMITED: usize = 10;
/// The column with the number of the CPU, since Linux 5.10: offline CPUs have no line.
const CPU: usize = 12;

/// The line of one CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CpuQueue {
    /// The number of the CPU, or of the line where the kernel does not say it.
    pub(crate) cpu: usize,
    pub(crate) processed: Option<u32>,
    pub(crate) dropped: Option<u32>,
    pub(crate) squeezed: Option<u32>,
    flow_limited: Option<u32>,
}

/// The queues in `/proc/net/softnet_stat`.
pub(crate) fn cpu_queues(text: &str) -> impl Iterator<Item = CpuQueue> {
    text.lines().enumerate().map(|(position, line)| {
        let column = |index| {
            let word = line.split_ascii_whitespace().nth(index)?;
            u32::from_str_radix(word, 16).ok()
        };
        CpuQueue {
            cpu: column(CPU).and_then(|cpu| usize::try_from(cpu).ok()).unwrap_or(position),
            processed: column(0),
            dropped: column(1),
            squeezed: column(2),
            flow_limited: column(FLOW_LIMITED),
        }
    })
}

/// Samples `/proc/net/softnet_stat`.
pub struct SoftnetProbe {
    file: KeptFile,
    cpus: usize,
    counters: Counters<3>,
}

impl SoftnetProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self { file: host.proc("net/softnet_stat"), cpus: 0, counters: Counters::default() }
    }
}

impl Probe for SoftnetProbe {
    fn name(&self) -> &'static str {
        "softnet"
    }

    fn default_interval(&self) -> Step {
        TEN_SECONDS
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let (cpus, sums) = sums(self.file.read()?);
        if cpus == 0 {
            let (file, problem) = ("net/softnet_stat", "has no line of a CPU".to_owned());
            return Err(ProbeError::Content { file, problem });
        }
        // The counts of a CPU leave with it and come back with it.
        if std::mem::replace(&mut self.cpus, cpus) != cpus {
            self.counters.forget();
        }
        let limits = [Limits::EVENTS.narrow(); 3];
        let rates = self.counters.rates(tick.clock, sums, &limits, sink);
        sink.group(&SOFTNET, "", &rates);
        Ok(())
    }
}

/// The number of CPUs and the sums of their counters. Each has 32 bits, and so has the sum: it
/// wraps as they do.
fn sums(text: &str) -> (usize, [Option<u64>; 3]) {
    let (mut cpus, mut sums) = (0, [None::<u32>; 3]);
    for queue in cpu_queues(text).filter(|queue| queue.processed.is_some()) {
        cpus += 1;
        for (sum, count) in sums.iter_mut().zip([queue.dropped, queue.squeezed, queue.flow_limited])
        {
            if let Some(count) = count {
                *sum = Some(sum.unwrap_or(0).wrapping_add(count));
            }
        }
    }
    (cpus, sums.map(|sum| sum.map(u64::from)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rrd_core::Timestamp;

    use super::*;
    use crate::source::sample::recorder::Recorder;

    /// The values after these texts, ten seconds apart.
    fn after(texts: &[&str]) -> [f64; 3] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("proc/net/softnet_stat");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        let mut probe = SoftnetProbe::new(&Host::at(folder.path()));
        let mut recorder = Recorder::default();
        for (second, text) in (0..).step_by(10).zip(texts) {
            std::fs::write(&file, text).unwrap();
            let at = Timestamp::from_seconds(1_800_000_000);
            let tick = Tick { at, clock: Duration::from_secs(second) };
            probe.sample(tick, &mut recorder).unwrap();
        }
        ["dropped", "squeezed", "flow_limited"].map(|name| recorder.value(&SOFTNET, "", name))
    }

    #[test]
    fn the_counts_of_all_cpus_are_added_in_the_layout_of_each_kernel() {
        // Linux 3.10, 4.19, 5.10 and 6.1.
        for (rest, has_limit) in [
            ("0 0 0 0 0 0 0", false),
            ("0 0 0 0 0 0 0 LIMIT", true),
            ("0 0 0 0 0 0 0 LIMIT 0 CPU", true),
            ("0 0 0 0 0 0 0 LIMIT 0 CPU 0 0", true),
        ] {
            let text = |counts: [[u32; 3]; 2]| {
                let lines = (0..).zip(counts).map(|(cpu, [dropped, squeezed, limited])| {
                    let rest = rest.replace("CPU", &format!("{cpu:08x}"));
                    let rest = rest.replace("LIMIT", &format!("{limited:08x}"));
                    format!("0000ffff {dropped:08x} {squeezed:08x} {rest}\n")
                });
                lines.collect::<String>()
            };
            let values = after(&[&text([[1, 16, 0], [2, 0, 7]]), &text([[11, 20, 5], [22, 1, 7]])]);
            assert_eq!(values[..2], [3.0, 0.5], "{rest}");
            assert_eq!(values[2].is_nan(), !has_limit, "{rest}");
            assert!(!has_limit || values[2] == 0.5, "{rest}");
        }
    }

    #[test]
    fn a_sum_that_wraps_keeps_its_rate_and_a_cpu_that_leaves_makes_it_unknown_once() {
        let line = |dropped: u32| format!("1 {dropped:08x} 0 0 0 0 0 0 0 0 0 0 0\n");
        let two = |one: u32, other: u32| line(one) + &line(other);
        assert_eq!(after(&[&two(u32::MAX, 0), &two(9, 10)])[0], 2.0);
        assert!(after(&[&two(5, 100), &line(5)])[0].is_nan());
        assert!(after(&[&line(5), &two(5, 100)])[0].is_nan());
        assert_eq!(after(&[&two(5, 100), &line(5), &line(25)])[0], 2.0);
    }

    #[test]
    fn columns_that_are_no_numbers_are_unknown_and_a_text_without_any_is_refused() {
        assert_eq!(sums("1 x 2\n"), (1, [None, Some(2), None]));
        assert_eq!(sums("fffffffff 1 2\n"), (0, [None; 3]));
        assert_eq!(sums("\n\u{0}\n"), (0, [None; 3]));
    }
}
