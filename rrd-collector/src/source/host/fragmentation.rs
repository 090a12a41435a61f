//! Fragmentation of memory: `/proc/buddyinfo`, and what it costs, from `/proc/vmstat`.
//!
//! The kernel keeps free memory in blocks of 1, 2, 4, ... pages; each line of `/proc/buddyinfo`
//! counts the blocks of each length in one zone of one node. What is free in blocks that are too
//! short is of no use to who asks for a longer one: then the kernel moves pages (compaction) while
//! the program waits, or gives it small pages.

use rrd_core::Step;

use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile};
use crate::schedule::Tick;
use crate::source::counter::{Counters, Limits, named, per, to_f64};
use crate::source::probe::{MINUTE, Probe, ProbeError};
use crate::source::sample::SampleSink;

/// How far free memory is in pieces.
pub static FRAGMENTATION: Kind = Kind::new("fragmentation", "Fragmentation of memory", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("unusable_64k", Unit::Share, "share of free memory in blocks below 64 KiB"),
    Metric::new("unusable_2m", Unit::Share, "share of free memory in blocks below 2 MiB"),
    Metric::new("compactions", Unit::PerSecond, "programs that waited while memory was compacted"),
    Metric::new("failures", Unit::PerSecond, "compactions that made no block of the length"),
    Metric::new("huge_pages", Unit::PerSecond, "transparent huge pages that programs were given"),
    Metric::new(
        "fallbacks",
        Unit::PerSecond,
        "small pages given in place of a transparent huge page",
    ),
];

/// The blocks whose memory counts as usable, in bytes.
const BLOCKS: [u64; 2] = [64 << 10, 2 << 20];
const COUNTED: [&str; 4] =
    ["compact_stall", "compact_fail", "thp_fault_alloc", "thp_fault_fallback"];

/// Samples `/proc/buddyinfo` and the counters of compaction.
pub struct FragmentationProbe {
    blocks: KeptFile,
    counts: KeptFile,
    page: u64,
    counters: Counters<4>,
}

impl FragmentationProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self {
            blocks: host.proc("buddyinfo"),
            counts: host.proc("vmstat"),
            page: procfs::page_size(),
            counters: Counters::default(),
        }
    }
}

impl Probe for FragmentationProbe {
    fn name(&self) -> &'static str {
        "fragmentation"
    }

    fn default_interval(&self) -> Step {
        MINUTE
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let [small, large] = unusable(self.blocks.read()?, self.page);
        let now = named(self.counts.read()?, &COUNTED);
        let rates = self.counters.rates(tick.clock, now, &[Limits::EVENTS; 4], sink);
        let [compactions, failures, huge_pages, fallbacks] = rates;
        let values = [small, large, compactions, failures, huge_pages, fallbacks];
        sink.group(&FRAGMENTATION, "", &values);
        Ok(())
    }
}

/// The shares of free memory in blocks that are shorter than each of [`BLOCKS`], over all nodes and
/// zones; NaN if nothing is free. Lines are `Node 0, zone DMA32 COUNT COUNT ...`.
fn unusable(text: &str, page: u64) -> [f64; 2] {
    let mut free = 0.0;
    let mut too_short = [0.0; 2];
    for line in text.lines() {
        let Some((_, rest)) = line.split_once("zone") else { continue };
        let mut length = to_f64(page);
        for count in rest.split_ascii_whitespace().skip(1) {
            // A count that is no number makes the sum unknown.
            let count = count.parse::<u32>().map_or(f64::NAN, f64::from);
            free += count * length;
            for (sum, block) in too_short.iter_mut().zip(BLOCKS) {
                *sum += if length < to_f64(block) { count * length } else { 0.0 };
            }
            length *= 2.0;
        }
    }
    too_short.map(|bytes| per(bytes, free))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use rrd_core::Timestamp;

    use super::*;
    use crate::source::sample::recorder::Recorder;

    /// Two zones: 64 KiB in single pages, 192 KiB in blocks of 64 KiB, 768 KiB in blocks of
    /// 256 KiB, 15 MiB in blocks of 1 to 4 MiB.
    const TEXT: &str = "Node 0, zone      DMA      0      0      0      0      0      0      0      0      1      1      3 \n\
         Node 0, zone   Normal     16      0      0      0      3      0      3      0      0      0      0 \n";

    #[test]
    fn free_memory_in_short_blocks_is_unusable_for_longer_ones() {
        let all = 64.0 + 192.0 + 768.0 + 1024.0 + 2048.0 + 12_288.0;
        let expected = [64.0 / all, (64.0 + 192.0 + 768.0 + 1024.0) / all];
        assert_eq!(unusable(TEXT, 4096), expected);
        // With pages of 64 KiB no block is shorter than that.
        assert_eq!(unusable("Node 0, zone Normal 32 1 0 0 0 1\n", 65_536)[0], 0.0);
        assert_eq!(unusable("Node 0, zone Normal 32 0 0 0 0 1\n", 65_536)[1], 0.5);
    }

    #[test]
    fn a_list_without_free_memory_or_with_odd_counts_is_unknown() {
        for text in ["", "Node 0, zone\n", "Node 0, zone DMA 0 0\n", "Node 0, zone DMA 5 -1\n"] {
            assert!(unusable(text, 4096).iter().all(|share| share.is_nan()), "{text}");
        }
        // More lengths than any kernel has: almost all is in the longest.
        let text = format!("Node 0, zone DMA {}", "1 ".repeat(4000));
        assert_eq!(unusable(&text, 4096), [0.0; 2]);
    }

    #[test]
    fn compaction_and_fallbacks_are_counted_and_old_kernels_lack_them() {
        let root = tempfile::tempdir().unwrap();
        let proc = root.path().join("proc");
        fs::create_dir(&proc).unwrap();
        fs::write(proc.join("buddyinfo"), TEXT).unwrap();
        let mut probe = FragmentationProbe::new(&Host::at(root.path()));
        let mut seen = Recorder::default();
        for (clock, vmstat) in [
            (60, "compact_stall 10\ncompact_fail 4\nthp_fault_alloc 100\n"),
            (120, "compact_stall 70\ncompact_fail 34\nthp_fault_alloc 160\n"),
        ] {
            fs::write(proc.join("vmstat"), vmstat).unwrap();
            let tick = Tick { at: Timestamp::default(), clock: Duration::from_secs(clock) };
            probe.sample(tick, &mut seen).unwrap();
        }
        let value = |metric| seen.value(&FRAGMENTATION, "", metric);
        assert_eq!((value("compactions"), value("failures"), value("huge_pages")), (1.0, 0.5, 1.0));
        assert!(value("fallbacks").is_nan());
    }
}
