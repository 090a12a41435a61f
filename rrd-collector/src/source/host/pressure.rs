//! Pressure stall information: `/proc/pressure/{cpu,memory,io,irq}`.
//!
//! The share of time in which some (or all) tasks waited is computed from the totals, which is
//! exact at any step; the kernel's own averages are only updated every two seconds. "Full" has no
//! meaning for the CPUs of a whole host and is excluded.

use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile};
use crate::schedule::Tick;
use crate::source::counter::{Counters, Limits};
use crate::source::probe::{Probe, ProbeError};
use crate::source::sample::SampleSink;

/// The share of time in which tasks waited.
pub static PRESSURE: Kind = Kind::new("pressure", "Pressure", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("cpu_some", Unit::Share, "at least one task waited for a CPU"),
    Metric::new("memory_some", Unit::Share, "some task waited for memory"),
    Metric::new("memory_full", Unit::Share, "all tasks waited for memory"),
    Metric::new("io_some", Unit::Share, "at least one task waited for a disk"),
    Metric::new("io_full", Unit::Share, "all tasks waited for a disk"),
    Metric::new("irq_full", Unit::Share, "all tasks waited for interrupt handling"),
];

/// The totals are computed from the clocks of the CPUs, which differ: they were seen to fall by
/// half a millisecond.
pub(crate) const LIMIT: Limits = Limits::SECONDS.counted_in(1e6).jitter(1e4);

/// Samples pressure. Kernels without this feature, or with it disabled, have no such group.
pub struct PressureProbe {
    files: [KeptFile; 4],
    counters: Counters<6>,
}

impl PressureProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self {
            files: ["cpu", "memory", "io", "irq"]
                .map(|name| host.proc(&format!("pressure/{name}"))),
            counters: Counters::default(),
        }
    }
}

impl Probe for PressureProbe {
    fn name(&self) -> &'static str {
        "pressure"
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let [cpu, memory, io, irq] = &mut self.files;
        let [cpu_some, _] = totals(cpu.read()?);
        let [memory_some, memory_full] = totals(memory.read()?);
        let [io_some, io_full] = totals(io.read()?);
        // Kernels before 6.1 have no file for interrupts.
        let [_, irq_full] = irq.read_if_present()?.map_or([None; 2], totals);
        let now = [cpu_some, memory_some, memory_full, io_some, io_full, irq_full];
        let rates = self.counters.rates(tick.clock, now, &[LIMIT; 6], sink);
        sink.group(&PRESSURE, "", &rates.map(share));
        Ok(())
    }
}

/// Microseconds per second as a share. Two clocks may differ slightly; unknown stays unknown.
pub(crate) fn share(rate: f64) -> f64 {
    if rate > 1e6 { 1.0 } else { rate / 1e6 }
}

/// The totals of `some` and `full` in microseconds.
pub(crate) fn totals(text: &str) -> [Option<u64>; 2] {
    ["some", "full"].map(|wanted| {
        let line = text.lines().find(|line| line.starts_with(wanted))?;
        line.split_ascii_whitespace().find_map(|word| word.strip_prefix("total="))?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_found_by_name() {
        let text = "some avg10=0.00 avg60=0.00 avg300=0.00 total=1234\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=56\n";
        assert_eq!(totals(text), [Some(1234), Some(56)]);
        assert_eq!(totals("full avg10=0.00 total=7\n"), [None, Some(7)]);
    }

    #[test]
    fn a_share_is_at_most_one_and_stays_unknown_when_it_is() {
        assert_eq!(share(250_000.0), 0.25);
        assert_eq!(share(1_000_500.0), 1.0);
        assert!(share(f64::NAN).is_nan());
    }
}
