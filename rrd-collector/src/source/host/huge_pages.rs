//! Pools of huge pages: `/sys/kernel/mm/hugepages/hugepages-SIZE`, as described in the kernel's
//! `admin-guide/mm/hugetlbpage`.
//!
//! Memory in a pool is taken from the host for good: nothing but the programs that ask for huge
//! pages gets it. A host without such a pool has no such group.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rrd_core::Step;

use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, ReadError};
use crate::schedule::Tick;
use crate::source::counter::{MEMORY as MOST, at_most, per, to_f64};
use crate::source::probe::{MINUTE, Probe, ProbeError};
use crate::source::sample::SampleSink;

/// The pool of one size of pages. The first three values add up to the pool.
pub static HUGE_PAGES: Kind = Kind::new("huge_pages", "Huge pages", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("used", Unit::Bytes, "used by programs"),
    Metric::new("reserved", Unit::Bytes, "promised to programs that have not touched it yet"),
    Metric::new("free", Unit::Bytes, "set aside for nobody"),
    Metric::new("surplus", Unit::Bytes, "beyond the size of the pool, returned once it is unused"),
    Metric::new("used_share", Unit::Share, "share of the pool that is used or reserved"),
];

/// Samples the pools of huge pages.
pub struct HugePagesProbe {
    folder: PathBuf,
    /// The sizes that have had pages, in KiB.
    known: BTreeSet<u64>,
}

impl HugePagesProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self { folder: host.sys("kernel/mm/hugepages"), known: BTreeSet::new() }
    }
}

impl Probe for HugePagesProbe {
    fn name(&self) -> &'static str {
        "huge_pages"
    }

    fn default_interval(&self) -> Step {
        MINUTE
    }

    fn sample(&mut self, _tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let failed = |source: io::Error| ReadError::Io { path: self.folder.clone(), source };
        for entry in fs::read_dir(&self.folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let Some(kib) = entry.file_name().to_str().and_then(size_in_kib) else { continue };
            let pages = |name| pages(&entry.path(), name);
            let has_pages = pages("nr_hugepages").is_some_and(|pages| pages > 0);
            let is_known = has_pages || self.known.contains(&kib);
            let instance = size(kib);
            if !sink.takes(&[&instance, &format!("{kib}kB")], is_known) {
                continue;
            }
            self.known.insert(kib);
            let counts = ["nr_hugepages", "free_hugepages", "resv_hugepages", "surplus_hugepages"]
                .map(pages);
            sink.group(&HUGE_PAGES, &instance, &values(counts, kib));
        }
        Ok(())
    }
}

/// The size in the name of a folder, `hugepages-2048kB`.
fn size_in_kib(folder: &str) -> Option<u64> {
    folder.strip_prefix("hugepages-")?.strip_suffix("kB")?.parse().ok().filter(|kib| *kib > 0)
}

/// The size for people: `2MiB`.
fn size(kib: u64) -> String {
    const UNITS: [(u64, &str); 2] = [(1 << 20, "GiB"), (1 << 10, "MiB")];
    let unit = UNITS.into_iter().find(|(unit, _)| kib.is_multiple_of(*unit));
    unit.map_or_else(|| format!("{kib}KiB"), |(unit, name)| format!("{}{name}", kib / unit))
}

fn pages(folder: &Path, name: &str) -> Option<u64> {
    fs::read_to_string(folder.join(name)).ok()?.trim().parse().ok()
}

/// The values of all, free, reserved and surplus pages. Those that are reserved are among the free.
fn values(counts: [Option<u64>; 4], kib: u64) -> [f64; 5] {
    let page = to_f64(kib) * 1024.0;
    let [all, free, reserved, surplus] = counts.map(|count| at_most(MOST / page, count) * page);
    let not_negative = |bytes: f64| if bytes < 0.0 { 0.0 } else { bytes };
    let used = not_negative(all - free);
    let idle = not_negative(free - reserved);
    [used, reserved, idle, surplus, per(used + reserved, all).clamp(0.0, 1.0)]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rrd_core::Timestamp;

    use super::*;
    use crate::section::Pattern;
    use crate::source::sample::recorder::Recorder;

    const TICK: Tick = Tick { at: Timestamp::from_seconds(0), clock: Duration::ZERO };

    fn write(root: &Path, size: &str, counts: [&str; 4]) {
        let folder = root.join("sys/kernel/mm/hugepages").join(size);
        fs::create_dir_all(&folder).unwrap();
        let names = ["nr_hugepages", "free_hugepages", "resv_hugepages", "surplus_hugepages"];
        for (name, count) in names.into_iter().zip(counts) {
            fs::write(folder.join(name), count).unwrap();
        }
    }

    #[test]
    fn the_pool_of_each_size_is_used_reserved_and_free() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "hugepages-2048kB", ["100\n", "40\n", "10\n", "4\n"]);
        write(root.path(), "hugepages-1048576kB", ["0\n", "0\n", "0\n", "0\n"]);
        let mut probe = HugePagesProbe::new(&Host::at(root.path()));
        let mut seen = Recorder::default();
        probe.sample(TICK, &mut seen).unwrap();
        assert_eq!(seen.instances(&HUGE_PAGES), ["2MiB"]);
        let megabytes = 1_048_576.0;
        let values = seen.groups[0].2.clone();
        assert_eq!(
            values[..4],
            [120.0 * megabytes, 20.0 * megabytes, 60.0 * megabytes, 8.0 * megabytes]
        );
        assert_eq!(values[4], 0.7);
        // A pool that is given up is still there, without pages.
        write(root.path(), "hugepages-2048kB", ["0\n", "0\n", "0\n", "0\n"]);
        probe.sample(TICK, &mut seen).unwrap();
        assert_eq!(seen.value(&HUGE_PAGES, "2MiB", "used"), 0.0);
        assert!(seen.value(&HUGE_PAGES, "2MiB", "used_share").is_nan());
    }

    #[test]
    fn sizes_go_by_the_names_of_people_and_of_the_kernel() {
        assert_eq!([64, 2048, 32_768, 1_048_576].map(size), ["64KiB", "2MiB", "32MiB", "1GiB"]);
        assert_eq!(size_in_kib("hugepages-2048kB"), Some(2048));
        let others = ["hugepages-0kB", "hugepages-kB", "hugepages--1kB", "2048kB"];
        assert_eq!(others.map(size_in_kib), [None; 4]);
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "hugepages-2048kB", ["0\n"; 4]);
        let mut seen = Recorder::default();
        seen.filter.also = vec![Pattern::new("2048kB")];
        HugePagesProbe::new(&Host::at(root.path())).sample(TICK, &mut seen).unwrap();
        assert_eq!(seen.instances(&HUGE_PAGES), ["2MiB"]);
    }

    #[test]
    fn numbers_that_make_no_sense_are_unknown() {
        let values = values([Some(u64::MAX), Some(3), None, Some(1)], 2048);
        assert!(values[0].is_nan() && values[1].is_nan() && values[2].is_nan());
        assert_eq!(values[3], 2_097_152.0);
        // The files are read one after another: more may be free than there were.
        assert_eq!(super::values([Some(1), Some(2), Some(3), Some(0)], 2048)[0], 0.0);
    }

    #[test]
    fn a_host_without_huge_pages_has_none() {
        let root = tempfile::tempdir().unwrap();
        let error =
            HugePagesProbe::new(&Host::at(root.path())).sample(TICK, &mut Recorder::default());
        assert!(error.unwrap_err().is_missing());
    }
}
