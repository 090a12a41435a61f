//! Paging: `/proc/vmstat`, and swap space from `/proc/meminfo`.

use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile};
use crate::schedule::Tick;
use crate::source::counter::{Counters, Limits, MEMORY, at_most, named, to_f64};
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

/// What is counted. The kernel counts every scanned and reclaimed page twice, by the kind of page
/// (since 5.8) and by who scanned it.
#[derive(Clone, Copy)]
enum Counted {
    PageIn,
    PageOut,
    SwapIn,
    SwapOut,
    Faults,
    MajorFaults,
    ScannedByPage,
    ScannedByReader,
    ReclaimedByPage,
    ReclaimedByReader,
    Refaults,
    Stalls,
    OomKills,
}

const COUNTED: usize = Counted::OomKills as usize + 1;

impl Counted {
    /// Where a line of `/proc/vmstat` is counted. Kernels before 4.8 have lines for each zone, such
    /// as `pgscan_kswapd_dma32`, kernels since 4.10 for `allocstall` only.
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "pgpgin" => Self::PageIn,
            "pgpgout" => Self::PageOut,
            "pswpin" => Self::SwapIn,
            "pswpout" => Self::SwapOut,
            "pgfault" => Self::Faults,
            "pgmajfault" => Self::MajorFaults,
            "pgscan_anon" | "pgscan_file" => Self::ScannedByPage,
            "pgsteal_anon" | "pgsteal_file" => Self::ReclaimedByPage,
            "workingset_refault" | "workingset_refault_anon" | "workingset_refault_file" => {
                Self::Refaults
            }
            "oom_kill" => Self::OomKills,
            // Times at which programs were slowed down, not pages.
            "pgscan_direct_throttle" => return None,
            _ if name.starts_with("pgscan_kswapd") || name.starts_with("pgscan_direct") => {
                Self::ScannedByReader
            }
            // Kernels before 3.5 do not distinguish who reclaimed: `pgsteal_normal`.
            _ if name.starts_with("pgsteal_") => Self::ReclaimedByReader,
            _ if name.starts_with("allocstall") => Self::Stalls,
            _ => return None,
        })
    }
}

/// The counters of a text. Lines that are counted together are added.
fn counters(text: &str) -> [Option<u64>; COUNTED] {
    let mut sums = [None; COUNTED];
    for (name, number) in text.lines().filter_map(|line| line.split_once(' ')) {
        let Some(counted) = Counted::of(name) else { continue };
        if let (Some(sum), Ok(number)) = (sums.get_mut(counted as usize), number.trim().parse()) {
            *sum = Some(sum.unwrap_or(0_u64).saturating_add(number));
        }
    }
    sums
}

fn limits(page: f64) -> [Limits; COUNTED] {
    let mut limits = [Limits::BYTES.counted_in(1.0 / page); COUNTED];
    for counted in [Counted::PageIn, Counted::PageOut] {
        limits[counted as usize] = Limits::BYTES.counted_in(1.0 / 1024.0);
    }
    for counted in [
        Counted::Faults,
        Counted::MajorFaults,
        Counted::Refaults,
        Counted::Stalls,
        Counted::OomKills,
    ] {
        limits[counted as usize] = Limits::EVENTS;
    }
    limits
}

/// Samples `/proc/vmstat`.
pub struct VmProbe {
    file: KeptFile,
    page: f64,
    counters: Counters<COUNTED>,
}

impl VmProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self {
            file: host.proc("vmstat"),
            page: to_f64(procfs::page_size()),
            counters: Counters::default(),
        }
    }
}

impl Probe for VmProbe {
    fn name(&self) -> &'static str {
        "vm"
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let now = counters(self.file.read()?);
        let rates = self.counters.rates(tick.clock, now, &limits(self.page), sink);
        let has_kinds_of_pages = now[Counted::ScannedByPage as usize].is_some();
        sink.group(&VM, "", &values(&rates, has_kinds_of_pages, self.page));
        Ok(())
    }
}

fn values(rates: &[f64; COUNTED], has_kinds_of_pages: bool, page: f64) -> [f64; 11] {
    let rate = |counted: Counted| rates[counted as usize];
    let (scanned, reclaimed) = if has_kinds_of_pages {
        (Counted::ScannedByPage, Counted::ReclaimedByPage)
    } else {
        (Counted::ScannedByReader, Counted::ReclaimedByReader)
    };
    [
        rate(Counted::PageIn) * 1024.0,
        rate(Counted::PageOut) * 1024.0,
        rate(Counted::SwapIn) * page,
        rate(Counted::SwapOut) * page,
        rate(Counted::Faults),
        rate(Counted::MajorFaults),
        rate(scanned),
        rate(reclaimed),
        rate(Counted::Refaults),
        rate(Counted::Stalls),
        rate(Counted::OomKills),
    ]
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
    let bytes = |kib: u64| at_most(MEMORY / 1024.0, Some(kib)) * 1024.0;
    let [total, free, cached] = [total, free, cached.unwrap_or(0)].map(bytes);
    let used = total - free - cached;
    // Unknown stays unknown.
    Some([if used < 0.0 { 0.0 } else { used }, cached, free, total])
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// The value of a metric after two texts, two seconds apart.
    fn second(first: &str, second: &str) -> impl Fn(&str) -> f64 {
        let mut probe = Counters::default();
        let limits = limits(4096.0);
        probe.growth(Duration::from_secs(1), counters(first), &limits);
        let now = counters(second);
        let rates = probe.growth(Duration::from_secs(3), now, &limits).rates();
        let values = values(&rates, now[Counted::ScannedByPage as usize].is_some(), 4096.0);
        move |metric| values[VM.position(metric).unwrap()]
    }

    #[test]
    fn pages_and_kibibytes_become_bytes_per_second() {
        let value = second(
            "pgpgin 100\npswpout 7\npgfault 10\nallocstall_normal 0\nallocstall_movable 1\n",
            "pgpgin 300\npswpout 9\npgfault 40\nallocstall_normal 4\nallocstall_movable 1\n",
        );
        assert_eq!(value("page_in"), 102_400.0);
        assert_eq!(value("swap_out"), 4096.0);
        assert_eq!(value("faults"), 15.0);
        assert_eq!(value("stalls"), 2.0);
        assert!(value("oom_kills").is_nan() && value("refaults").is_nan());
    }

    #[test]
    fn pages_are_counted_once_by_kind_or_by_reader_or_by_reader_and_zone() {
        let value = second(
            "pgscan_anon 1\npgscan_file 2\npgscan_kswapd 3\npgsteal_anon 0\npgsteal_kswapd 0\n\
             workingset_refault_anon 1\nworkingset_refault_file 1\n",
            "pgscan_anon 3\npgscan_file 8\npgscan_kswapd 11\npgsteal_anon 6\npgsteal_kswapd 6\n\
             workingset_refault_anon 3\nworkingset_refault_file 5\n",
        );
        assert_eq!((value("scanned"), value("reclaimed"), value("refaults")), (4.0, 3.0, 3.0));
        let value = second(
            "pgscan_kswapd 3\npgscan_direct 1\npgscan_direct_throttle 0\npgsteal_kswapd 0\n\
             workingset_refault 2\n",
            "pgscan_kswapd 11\npgscan_direct 3\npgscan_direct_throttle 9\npgsteal_kswapd 6\n\
             workingset_refault 8\n",
        );
        assert_eq!((value("scanned"), value("reclaimed"), value("refaults")), (5.0, 3.0, 3.0));
        let value = second(
            "pgscan_kswapd_dma32 3\npgscan_kswapd_normal 0\npgscan_direct_normal 1\n\
             pgsteal_kswapd_dma32 0\npgsteal_direct_normal 2\n",
            "pgscan_kswapd_dma32 5\npgscan_kswapd_normal 2\npgscan_direct_normal 7\n\
             pgsteal_kswapd_dma32 4\npgsteal_direct_normal 4\n",
        );
        assert_eq!((value("scanned"), value("reclaimed")), (5.0, 3.0));
        assert!(value("refaults").is_nan());
        assert_eq!(second("pgsteal_normal 1\n", "pgsteal_normal 9\n")("reclaimed"), 4.0);
    }

    #[test]
    fn a_counter_that_leaps_or_falls_takes_no_other_with_it() {
        let value = second(
            "pgpgin 100\npgpgout 50\npgfault 10\npgmajfault 4\n",
            "pgpgin 300\npgpgout 40\npgfault 18446744073709551615\npgmajfault 8\n",
        );
        assert!(value("page_out").is_nan() && value("faults").is_nan());
        assert_eq!((value("page_in"), value("major_faults")), (102_400.0, 2.0));
    }

    #[test]
    fn swap_adds_up_and_a_host_without_swap_has_none() {
        let text = "SwapCached: 10 kB\nSwapTotal: 100 kB\nSwapFree: 60 kB\n";
        assert_eq!(swap_values(text), Some([30.0, 10.0, 60.0, 100.0].map(|kib| kib * 1024.0)));
        assert_eq!(swap_values("SwapTotal: 0 kB\nSwapFree: 0 kB\n"), None);
    }
}
