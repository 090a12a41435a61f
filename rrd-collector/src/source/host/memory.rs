//! Memory: `/proc/meminfo`, as a stack that adds up to the total and as separate lines.

use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile};
use crate::schedule::Tick;
use crate::source::counter::{per, to_f64};
use crate::source::probe::{Probe, ProbeError};
use crate::source::sample::SampleSink;

/// The memory of the host. The first six values add up to `total`.
pub static MEMORY: Kind = Kind::new("memory", "Memory", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("used", Unit::Bytes, "used by programs and the kernel, without caches"),
    Metric::new("shmem", Unit::Bytes, "shared memory and tmpfs"),
    Metric::new("buffers", Unit::Bytes, "blocks of devices"),
    Metric::new("cached", Unit::Bytes, "cached files, without shared memory"),
    Metric::new("reclaimable", Unit::Bytes, "reclaimable kernel caches"),
    Metric::new("free", Unit::Bytes, "unused"),
    Metric::new("total", Unit::Bytes, "total memory of the kernel"),
    Metric::new("available", Unit::Bytes, "available to new programs without swapping"),
    Metric::new("committed", Unit::Bytes, "requested by programs"),
    Metric::new("dirty", Unit::Bytes, "waiting to be written to disk, or being written"),
    Metric::new("anonymous", Unit::Bytes, "memory of programs that is not backed by files"),
    Metric::new("mapped", Unit::Bytes, "files mapped by programs"),
    Metric::new("page_tables", Unit::Bytes, "page tables"),
    Metric::new("unreclaimable", Unit::Bytes, "kernel caches that cannot be reclaimed"),
    Metric::new("kernel_stack", Unit::Bytes, "kernel stacks of threads"),
    Metric::new("huge_pages", Unit::Bytes, "set aside as huge pages"),
    Metric::new("used_share", Unit::Share, "share that is not available to new programs"),
];

/// Samples `/proc/meminfo`.
pub struct MemoryProbe {
    file: KeptFile,
}

impl MemoryProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self { file: host.proc("meminfo") }
    }
}

impl Probe for MemoryProbe {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn sample(&mut self, _tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        sink.group(&MEMORY, "", &values(self.file.read()?)?);
        Ok(())
    }
}

const NAMES: [&str; 18] = [
    "MemTotal",
    "MemFree",
    "MemAvailable",
    "Buffers",
    "Cached",
    "Shmem",
    "SReclaimable",
    "SUnreclaim",
    "Committed_AS",
    "Dirty",
    "Writeback",
    "AnonPages",
    "Mapped",
    "PageTables",
    "KernelStack",
    "Hugetlb",
    "HugePages_Total",
    "Hugepagesize",
];

/// The values in bytes; NaN where the kernel provides none.
fn values(text: &str) -> Result<[f64; 17], ProbeError> {
    let mut known = [f64::NAN; NAMES.len()];
    for line in text.lines() {
        let Some((name, rest)) = line.split_once(':') else { continue };
        let Some(slot) = NAMES.iter().position(|wanted| *wanted == name) else { continue };
        let mut words = rest.split_ascii_whitespace();
        let Some(number) = words.next().and_then(|word| word.parse().ok()) else { continue };
        let scale = if words.next() == Some("kB") { 1024.0 } else { 1.0 };
        if let Some(slot) = known.get_mut(slot) {
            *slot = to_f64(number) * scale;
        }
    }
    let [
        total,
        free,
        available,
        buffers,
        cached,
        shmem,
        reclaimable,
        unreclaimable,
        committed,
        dirty,
        writeback,
        anonymous,
        mapped,
        page_tables,
        kernel_stack,
        huge,
        huge_pages,
        huge_page_size,
    ] = known;
    if total.is_nan() || free.is_nan() {
        let problem = "contains no MemTotal or no MemFree".to_owned();
        return Err(ProbeError::Content { file: "meminfo", problem });
    }
    let or_zero = |value: f64| if value.is_nan() { 0.0 } else { value };
    // Cached includes shared memory; kernels before 2.6.32 do not report it.
    let shmem = or_zero(shmem);
    let files = (or_zero(cached) - shmem).max(0.0);
    let (buffers, reclaimable) = (or_zero(buffers), or_zero(reclaimable));
    let used = (total - free - buffers - files - shmem - reclaimable).max(0.0);
    let huge = if huge.is_nan() { huge_pages * huge_page_size } else { huge };
    Ok([
        used,
        shmem,
        buffers,
        files,
        reclaimable,
        free,
        total,
        available,
        committed,
        dirty + or_zero(writeback),
        anonymous,
        mapped,
        page_tables,
        unreclaimable,
        kernel_stack,
        huge,
        // Containers may report more than they have; unknown values and shares of zero remain
        // unknown.
        per(total - available, total).clamp(0.0, 1.0),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "MemTotal: 1000 kB\nMemFree: 200 kB\nMemAvailable: 600 kB\nBuffers: 50 kB\nCached: 300 kB\n\
        Shmem: 40 kB\nSReclaimable: 30 kB\nDirty: 3 kB\nWriteback: 2 kB\nHugePages_Total: 2\nHugepagesize: 2048 kB\nodd\n";

    #[test]
    fn a_container_that_sees_more_memory_than_it_has_uses_nothing() {
        let share = |text: &str| values(text).unwrap()[16];
        assert_eq!(share("MemTotal: 500 kB\nMemFree: 9 kB\nMemAvailable: 600 kB\n"), 0.0);
        assert!(share("MemTotal: 0 kB\nMemFree: 0 kB\nMemAvailable: 0 kB\n").is_nan());
        assert!(share("MemTotal: 500 kB\nMemFree: 9 kB\n").is_nan());
    }

    #[test]
    fn the_stack_adds_up_to_all_memory() {
        let values = values(TEXT).unwrap();
        assert_eq!(values[..6], [420.0, 40.0, 50.0, 260.0, 30.0, 200.0].map(|kib| kib * 1024.0));
        assert_eq!(values[..6].iter().sum::<f64>(), values[6]);
    }

    #[test]
    fn lines_beside_the_stack_are_bytes() {
        let values = values(TEXT).unwrap();
        let at = |metric| values[MEMORY.position(metric).unwrap()];
        assert_eq!(at("available"), 614_400.0);
        assert_eq!(at("used_share"), 0.4);
        assert_eq!(at("dirty"), 5120.0);
        assert_eq!(at("huge_pages"), 4_194_304.0);
        assert!(at("mapped").is_nan());
    }

    #[test]
    fn a_text_without_the_total_says_so() {
        let error = values("MemFree: 1 kB\n").unwrap_err();
        assert_eq!(error.to_string(), "meminfo: contains no MemTotal or no MemFree");
    }
}
