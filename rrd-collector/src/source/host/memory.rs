//! Memory: `/proc/meminfo`, as a stack that adds up to the total and as separate lines.
//!
//! The kernel's own `MemAvailable` is used where it exists, since 3.14 (and in some older kernels
//! of distributions); elsewhere it is computed from free memory and what can be reclaimed. The
//! cache of ZFS (ARC) is no page cache, so that the kernel does not count it as available; what it
//! holds above its minimum is.

use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile};
use crate::schedule::Tick;
use crate::source::counter::{MEMORY as MOST, at_most, kstat, per};
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
    Metric::new(
        "available",
        Unit::Bytes,
        "available to new programs without swapping, including the cache of ZFS above its minimum",
    ),
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
    arc: KeptFile,
}

impl MemoryProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self { file: host.proc("meminfo"), arc: host.proc("spl/kstat/zfs/arcstats") }
    }
}

impl Probe for MemoryProbe {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn sample(&mut self, _tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let arc = self.arc.read_if_present()?.map_or(0.0, reclaimable_arc);
        sink.group(&MEMORY, "", &values(self.file.read()?, arc)?);
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

/// The bytes of the cache of ZFS above its minimum.
fn reclaimable_arc(text: &str) -> f64 {
    let [Some(size), Some(least)] = kstat(text, &["size", "c_min"]) else { return 0.0 };
    at_most(MOST, Some(size.saturating_sub(least)))
}

/// The values in bytes, with this much in the cache of ZFS that can be reclaimed; NaN where the
/// kernel provides none.
fn values(text: &str, arc: f64) -> Result<[f64; 17], ProbeError> {
    let mut known = [None; NAMES.len()];
    for line in text.lines() {
        let Some((name, rest)) = line.split_once(':') else { continue };
        let Some(slot) = NAMES.iter().position(|wanted| *wanted == name) else { continue };
        let mut words = rest.split_ascii_whitespace();
        let number: Option<u64> = words.next().and_then(|word| word.parse().ok());
        let scale = if words.next() == Some("kB") { 1024.0 } else { 1.0 };
        if let Some(slot) = known.get_mut(slot) {
            *slot = Some(at_most(MOST / scale, number) * scale);
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
    let known = |value: &Option<f64>| value.filter(|value| !value.is_nan());
    let Some((total, free)) = known(&total).zip(known(&free)) else {
        let problem = "contains no MemTotal or no MemFree".to_owned();
        return Err(ProbeError::Content { file: "meminfo", problem });
    };
    // What a kernel does not report is zero here; what is impossible makes the sum unknown.
    let or_zero = |value: Option<f64>| value.unwrap_or(0.0);
    let or_unknown = |value: Option<f64>| value.unwrap_or(f64::NAN);
    let not_negative = |value: f64| if value < 0.0 { 0.0 } else { value };
    // Cached includes shared memory; kernels before 2.6.32 do not report it.
    let shmem = or_zero(shmem);
    let files = cached.map(|cached| not_negative(cached - shmem));
    let (buffers, reclaimable) = (or_zero(buffers), or_zero(reclaimable));
    let available = available.or(files.map(|files| free + buffers + files + reclaimable));
    let available = or_unknown(available) + arc;
    let files = or_zero(files);
    let used = not_negative(total - free - buffers - files - shmem - reclaimable);
    let huge = huge.or(huge_pages.zip(huge_page_size).map(|(pages, size)| pages * size));
    Ok([
        used,
        shmem,
        buffers,
        files,
        reclaimable,
        free,
        total,
        available,
        or_unknown(committed),
        or_unknown(dirty) + or_zero(writeback),
        or_unknown(anonymous),
        or_unknown(mapped),
        or_unknown(page_tables),
        or_unknown(unreclaimable),
        or_unknown(kernel_stack),
        or_unknown(huge),
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
        let share = |text: &str| values(text, 0.0).unwrap()[16];
        assert_eq!(share("MemTotal: 500 kB\nMemFree: 9 kB\nMemAvailable: 600 kB\n"), 0.0);
        assert!(share("MemTotal: 0 kB\nMemFree: 0 kB\nMemAvailable: 0 kB\n").is_nan());
        assert!(share("MemTotal: 500 kB\nMemFree: 9 kB\n").is_nan());
    }

    #[test]
    fn the_stack_adds_up_to_all_memory() {
        let values = values(TEXT, 0.0).unwrap();
        assert_eq!(values[..6], [420.0, 40.0, 50.0, 260.0, 30.0, 200.0].map(|kib| kib * 1024.0));
        assert_eq!(values[..6].iter().sum::<f64>(), values[6]);
    }

    #[test]
    fn lines_beside_the_stack_are_bytes() {
        let values = values(TEXT, 0.0).unwrap();
        let at = |metric| values[MEMORY.position(metric).unwrap()];
        assert_eq!(at("available"), 614_400.0);
        assert_eq!(at("used_share"), 0.4);
        assert_eq!(at("dirty"), 5120.0);
        assert_eq!(at("huge_pages"), 4_194_304.0);
        assert!(at("mapped").is_nan());
    }

    #[test]
    fn a_kernel_without_the_available_memory_has_it_computed() {
        let text = TEXT.replace("MemAvailable: 600 kB\n", "");
        let values = values(&text, 0.0).unwrap();
        let at = |metric| values[MEMORY.position(metric).unwrap()];
        // Free, blocks of devices, files without shared memory, reclaimable.
        assert_eq!(at("available"), (200.0 + 50.0 + 260.0 + 30.0) * 1024.0);
        assert_eq!(at("used_share"), 0.46);
    }

    #[test]
    fn the_cache_of_zfs_above_its_minimum_is_available() {
        let text = "13 1 0x01 147 39984 8 9\nname                            type data\n\
            hits                            4    99\nc_min                           4    102400\n\
            size                            4    307200\nmeta_size 4 5\n";
        assert_eq!(reclaimable_arc(text), 204_800.0);
        assert_eq!(reclaimable_arc("c_min 4 500\nsize 4 100\n"), 0.0);
        assert_eq!(reclaimable_arc("size 4 100\n"), 0.0);
        let values = values(TEXT, 204_800.0).unwrap();
        let at = |metric| values[MEMORY.position(metric).unwrap()];
        assert_eq!((at("available"), at("used_share")), (819_200.0, 0.2));
    }

    #[test]
    fn an_impossible_number_makes_unknown_only_what_depends_on_it() {
        let text = TEXT.replace("Cached: 300 kB", "Cached: 18446744073709551612 kB");
        let values = values(&text, 0.0).unwrap();
        let at = |metric| values[MEMORY.position(metric).unwrap()];
        assert!(at("cached").is_nan() && at("used").is_nan());
        assert_eq!((at("free"), at("available")), (204_800.0, 614_400.0));
    }

    #[test]
    fn a_text_without_the_total_says_so() {
        let error = values("MemFree: 1 kB\n", 0.0).unwrap_err();
        assert_eq!(error.to_string(), "meminfo: contains no MemTotal or no MemFree");
    }
}
