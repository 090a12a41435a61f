//! Paging: `/proc/vmstat`, and swap space from `/proc/meminfo`.

use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile};
use crate::schedule::Tick;
use crate::source::counter::{Counters, known, named};
use crate::source::probe::{Probe, ProbeError};
use crate::source::sample::SampleSink;

/// Pages that the kernel moves between memory and disk.
pub static VM: Kind = Kind::new("vm", "Paging", VM_METRICS);

const VM_METRICS: &[Metric] = &[
    Metric::new("page_in", Unit::BytesPerSecond, "read from disk into the page cache"),
    Metric::new("page_out", Unit::BytesPerSecond, "written from the page cache to disk"),
    Metric::new("swap_in", Unit::BytesPerSecond, "read from swap"),
    Metric::new("swap_out", Unit::BytesPerSecond, "written to swap"),
    Metric::new("faults", Unit::PerSecond, "page faults, including minor ones"),
    Metric::new("major_faults", Unit::PerSecond, "page faults that had to read from disk"),
    Metric::new("scanned", Unit::PerSecond, "pages scanned to reclaim memory"),
    Metric::new("reclaimed", Unit::PerSecond, "pages reclaimed by scanning"),
    Metric::new("refaults", Unit::PerSecond, "pages read again soon after they were reclaimed"),
    Metric::new(
        "stalls",
        Unit::PerSecond,
        "direct reclaims: programs that had to free memory first",
    ),
    Metric::new("oom_kills", Unit::PerSecond, "programs killed because memory ran out"),
];

/// Swap space. Used, cached and free add up to the total.
pub static SWAP: Kind = Kind::new("swap", "Swap space", SWAP_METRICS);

const SWAP_METRICS: &[Metric] = &[
    Metric::new("used", Unit::Bytes, "memory that is only in swap"),
    Metric::new("cached", Unit::Bytes, "memory that is both in swap and in RAM"),
    Metric::new("free", Unit::Bytes, "unused"),
    Metric::new("total", Unit::Bytes, "all swap space"),
];

/// The kernel counts every scanned page twice, by who scanned it and by the kind of page; one of
/// the two is summed here.
const NAMES: [&str; 18] = [
    "pgpgin",
    "pgpgout",
    "pswpin",
    "pswpout",
    "pgfault",
    "pgmajfault",
    "pgscan_anon",
    "pgscan_file",
    "pgsteal_anon",
    "pgsteal_file",
    "workingset_refault_anon",
    "workingset_refault_file",
    "allocstall_dma",
    "allocstall_dma32",
    "allocstall_normal",
    "allocstall_movable",
    "allocstall",
    "oom_kill",
];

/// Samples `/proc/vmstat`.
pub struct VmProbe {
    file: KeptFile,
    page: f64,
    counters: Counters<18>,
}

impl VmProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self {
            file: host.proc("vmstat"),
            page: crate::source::counter::to_f64(procfs::page_size()),
            counters: Counters::default(),
        }
    }
}

impl Probe for VmProbe {
    fn name(&self) -> &'static str {
        "vm"
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let rates = self.counters.rates(tick.clock, named(self.file.read()?, &NAMES));
        sink.group(&VM, "", &vm_values(&rates, self.page));
        Ok(())
    }
}

fn vm_values(rates: &[f64; 18], page: f64) -> [f64; 11] {
    let [
        page_in,
        page_out,
        swap_in,
        swap_out,
        faults,
        major,
        scan_anon,
        scan_file,
        steal_anon,
        steal_file,
        refault_anon,
        refault_file,
        stall_dma,
        stall_dma32,
        stall_normal,
        stall_movable,
        stall_old,
        oom,
    ] = *rates;
    [
        page_in * 1024.0,
        page_out * 1024.0,
        swap_in * page,
        swap_out * page,
        faults,
        major,
        scan_anon + scan_file,
        steal_anon + steal_file,
        sum_of_known([refault_anon, refault_file]),
        sum_of_known([stall_dma, stall_dma32, stall_normal, stall_movable, stall_old]),
        oom,
    ]
}

/// The sum of the known values, for counters that kernels have in part; NaN if there is none.
fn sum_of_known<const N: usize>(values: [f64; N]) -> f64 {
    values.into_iter().filter(|value| !value.is_nan()).reduce(|a, b| a + b).unwrap_or(f64::NAN)
}

/// Samples swap space from `/proc/meminfo`. A host without swap has no such group.
pub struct SwapProbe {
    file: KeptFile,
}

impl SwapProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self { file: host.proc("meminfo") }
    }
}

impl Probe for SwapProbe {
    fn name(&self) -> &'static str {
        "swap"
    }

    fn sample(&mut self, _tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        if let Some(values) = swap_values(self.file.read()?) {
            sink.group(&SWAP, "", &values);
        }
        Ok(())
    }
}

fn swap_values(text: &str) -> Option<[f64; 4]> {
    let [total, free, cached] = named(text, &["SwapTotal", "SwapFree", "SwapCached"]);
    let (total, free) = (total.filter(|total| *total > 0)?, free?);
    let cached = cached.unwrap_or(0);
    let used = total.saturating_sub(free).saturating_sub(cached);
    Some([used, cached, free, total].map(|kib| known(Some(kib)) * 1024.0))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn pages_and_kibibytes_become_bytes_per_second() {
        let mut counters = Counters::default();
        let first = "pgpgin 100\npswpout 7\npgfault 10\npgscan_anon 1\npgscan_file 2\nallocstall_normal 0\n";
        let second = "pgpgin 300\npswpout 9\npgfault 40\npgscan_anon 3\npgscan_file 8\nallocstall_normal 4\n";
        counters.rates(Duration::from_secs(1), named(first, &NAMES));
        let rates = counters.rates(Duration::from_secs(3), named(second, &NAMES));
        let values = vm_values(&rates, 4096.0);
        let value = |metric| values[VM.position(metric).unwrap()];
        assert_eq!(value("page_in"), 102_400.0);
        assert_eq!(value("swap_out"), 4096.0);
        assert_eq!(value("faults"), 15.0);
        assert_eq!(value("scanned"), 4.0);
        assert_eq!(value("stalls"), 2.0);
        assert!(value("oom_kills").is_nan() && value("refaults").is_nan());
    }

    #[test]
    fn swap_adds_up_and_a_host_without_swap_has_none() {
        let text = "SwapCached: 10 kB\nSwapTotal: 100 kB\nSwapFree: 60 kB\n";
        assert_eq!(swap_values(text), Some([30.0, 10.0, 60.0, 100.0].map(|kib| kib * 1024.0)));
        assert_eq!(swap_values("SwapTotal: 0 kB\nSwapFree: 0 kB\n"), None);
    }
}
