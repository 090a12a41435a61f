//! Pools: `/proc/spl/kstat/zfs/POOL/`.
//!
//! `state` exists since ZFS 0.8. Until then `io` counted what the disks of a pool did; since then
//! each dataset has a file `objset-0x...` that counts what programs read and wrote, from the cache
//! or from disks. The datasets of a pool are added up: those that come, go or are mounted again
//! leave no gap.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rrd_core::Step;

use super::super::file;
use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, ReadError};
use crate::schedule::Tick;
use crate::source::counter::{Counters, Limits, kstat};
use crate::source::probe::{MINUTE, Probe, ProbeError};
use crate::source::sample::SampleSink;

/// One pool.
pub static POOL: Kind = Kind::new("zfs_pool", "ZFS pool", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("degraded", Unit::Count, "1 if it works with devices missing"),
    Metric::new("down", Unit::Count, "1 if it cannot be used"),
    Metric::new("read_bytes", Unit::BytesPerSecond, "read"),
    Metric::new("write_bytes", Unit::BytesPerSecond, "written"),
    Metric::new("reads", Unit::PerSecond, "reads"),
    Metric::new("writes", Unit::PerSecond, "writes"),
];

/// More datasets than these in a pool are not read, so that a minute stays cheap.
const MAX_DATASETS: usize = 1000;

const LIMITS: [Limits; 4] = [Limits::BYTES, Limits::BYTES, Limits::EVENTS, Limits::EVENTS];
const NAMES: [&str; 4] = ["nread", "nwritten", "reads", "writes"];

/// Samples the pools.
pub struct PoolProbe {
    folder: PathBuf,
    pools: BTreeMap<String, Pool>,
}

/// The counters of a pool or its datasets by file.
#[derive(Default)]
struct Pool {
    counters: BTreeMap<String, (Counters<4>, Duration)>,
}

impl PoolProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        let folder = host.proc("spl/kstat/zfs").path().to_owned();
        Self { folder, pools: BTreeMap::new() }
    }
}

impl Probe for PoolProbe {
    fn name(&self) -> &'static str {
        "zfs"
    }

    fn default_interval(&self) -> Step {
        MINUTE
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let names = file::folders(&self.folder)?;
        self.pools.retain(|name, _| names.contains(name));
        for name in names {
            if !sink.takes(&[&name], true) {
                self.pools.remove(&name);
                continue;
            }
            let folder = self.folder.join(&name);
            let [degraded, down] = health(file::text(&folder.join("state"))?.as_deref());
            let pool = self.pools.entry(name.clone()).or_default();
            let [read, written, reads, writes] = pool.rates(&folder, tick.clock, sink)?;
            sink.group(&POOL, &name, &[degraded, down, read, written, reads, writes]);
        }
        Ok(())
    }
}

/// Whether a pool is degraded or down; unknown in a state that is not known.
fn health(state: Option<&str>) -> [f64; 2] {
    match state.map(str::trim) {
        Some("ONLINE") => [0.0, 0.0],
        Some("DEGRADED") => [1.0, 0.0],
        Some("FAULTED" | "OFFLINE" | "REMOVED" | "SUSPENDED" | "UNAVAIL") => [0.0, 1.0],
        _ => [f64::NAN; 2],
    }
}

impl Pool {
    /// What is read and written per second: bytes, then operations.
    fn rates(
        &mut self,
        folder: &Path,
        clock: Duration,
        sink: &mut dyn SampleSink,
    ) -> Result<[f64; 4], ReadError> {
        let mut sum = [f64::NAN; 4];
        if let Some(text) = file::text(&folder.join("io"))? {
            self.add("io", io_counts(&text), clock, &mut sum, sink);
        } else {
            let mut datasets = file::names(folder)?.unwrap_or_default();
            datasets.retain(|name| name.starts_with("objset-"));
            if datasets.len() <= MAX_DATASETS {
                for dataset in datasets {
                    let text = file::text(&folder.join(&dataset))?;
                    let counts = text.map_or([None; 4], |text| kstat(&text, &NAMES));
                    self.add(&dataset, counts, clock, &mut sum, sink);
                }
            }
        }
        self.counters.retain(|_, (_, seen)| *seen == clock);
        Ok(sum)
    }

    /// Adds the rates of one file. What is unknown for one adds nothing.
    fn add(
        &mut self,
        file: &str,
        counts: [Option<u64>; 4],
        clock: Duration,
        sum: &mut [f64; 4],
        sink: &mut dyn SampleSink,
    ) {
        let (counters, seen) = self.counters.entry(file.to_owned()).or_default();
        *seen = clock;
        let rates = counters.rates(clock, counts, &LIMITS, sink);
        for (sum, rate) in sum.iter_mut().zip(rates) {
            if !rate.is_nan() {
                *sum = rate + if sum.is_nan() { 0.0 } else { *sum };
            }
        }
    }
}

/// The counts of `io`, whose second line has the names and whose third line has the numbers.
fn io_counts(text: &str) -> [Option<u64>; 4] {
    let mut lines = text.lines().skip(1);
    let (names, numbers) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let (names, numbers) = (names.split_ascii_whitespace(), numbers.split_ascii_whitespace());
    let mut found = [None; 4];
    for (name, number) in names.zip(numbers) {
        let slot = NAMES.iter().position(|wanted| *wanted == name);
        if let Some(slot) = slot.and_then(|slot| found.get_mut(slot)) {
            *slot = number.parse().ok();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rrd_core::Timestamp;
    use tempfile::TempDir;

    use super::*;
    use crate::source::sample::recorder::Recorder;

    struct Zfs {
        root: TempDir,
        probe: PoolProbe,
        second: u64,
    }

    impl Zfs {
        fn new() -> Self {
            let root = tempfile::tempdir().unwrap();
            let probe = PoolProbe::new(&Host::at(root.path()));
            Self { root, probe, second: 0 }
        }

        fn write(&self, file: &str, text: &str) {
            let path = self.root.path().join("proc/spl/kstat/zfs").join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        fn dataset(&self, file: &str, numbers: [u64; 4]) {
            let [nread, nwritten, reads, writes] = numbers;
            let text = format!(
                "36 1 0x01 7 2160 5214787391 73405258558961\nname                            type data\n\
                 dataset_name                    7    tank/home\nwrites                          4    {writes}\n\
                 nwritten                        4    {nwritten}\nreads                           4    {reads}\n\
                 nread                           4    {nread}\nnunlinks                        4    6\n"
            );
            self.write(file, &text);
        }

        fn sample(&mut self) -> Recorder {
            self.second += 60;
            let mut recorder = Recorder::default();
            let tick = Tick { at: Timestamp::default(), clock: Duration::from_secs(self.second) };
            self.probe.sample(tick, &mut recorder).unwrap();
            recorder
        }
    }

    fn row(seen: &Recorder, pool: &str) -> [f64; 6] {
        let value = |metric: &Metric| seen.value(&POOL, pool, &metric.name);
        let values: Vec<f64> = METRICS.iter().map(value).collect();
        std::array::from_fn(|index| if values[index].is_nan() { -1.0 } else { values[index] })
    }

    #[test]
    fn a_pool_adds_up_its_datasets_and_those_that_come_and_go_leave_no_gap() {
        let mut zfs = Zfs::new();
        zfs.write("arcstats", "13 1 0x01 98\n");
        zfs.write("tank/state", "ONLINE\n");
        zfs.dataset("tank/objset-0x36", [1000, 2000, 10, 20]);
        zfs.dataset("tank/objset-0x41", [500, 0, 5, 0]);
        let seen = zfs.sample();
        assert_eq!(seen.instances(&POOL), ["tank"]);
        assert_eq!(row(&seen, "tank"), [0.0, 0.0, -1.0, -1.0, -1.0, -1.0]);
        zfs.write("tank/state", "DEGRADED\n");
        zfs.dataset("tank/objset-0x36", [61_000, 2000, 70, 20]);
        zfs.dataset("tank/objset-0x41", [6500, 120, 65, 60]);
        zfs.dataset("tank/objset-0x99", [7, 7, 7, 7]);
        assert_eq!(row(&zfs.sample(), "tank"), [1.0, 0.0, 1100.0, 2.0, 2.0, 1.0]);
        // One is destroyed, one is mounted again.
        fs::remove_file(zfs.root.path().join("proc/spl/kstat/zfs/tank/objset-0x36")).unwrap();
        zfs.dataset("tank/objset-0x41", [0, 0, 0, 0]);
        zfs.dataset("tank/objset-0x99", [67, 127, 7, 67]);
        assert_eq!(row(&zfs.sample(), "tank"), [1.0, 0.0, 1.0, 2.0, 0.0, 1.0]);
    }

    #[test]
    fn an_old_pool_has_one_file_and_no_state() {
        let mut zfs = Zfs::new();
        let io = |numbers| {
            format!(
                "12 3 0x00 1 80 4216123 2345\nnread    nwritten reads    writes   wtime    wlentime\n\
                 {numbers} 1 2\n"
            )
        };
        zfs.write("tank/io", &io("1000 0 10 0"));
        zfs.sample();
        zfs.write("tank/io", &io("7000 600 70 60"));
        assert_eq!(row(&zfs.sample(), "tank"), [-1.0, -1.0, 100.0, 10.0, 1.0, 1.0]);
    }

    #[test]
    fn each_state_of_a_pool_is_well_degraded_or_down() {
        for state in ["FAULTED", "OFFLINE", "REMOVED", "SUSPENDED", "UNAVAIL"] {
            assert_eq!(health(Some(&format!("{state}\n"))), [0.0, 1.0], "{state}");
        }
        assert!(health(Some("TRANSITIONING\n")).iter().all(|value| value.is_nan()));
        assert!(health(None).iter().all(|value| value.is_nan()));
    }

    #[test]
    fn a_pool_with_more_datasets_than_are_read_keeps_its_state() {
        let mut zfs = Zfs::new();
        zfs.write("tank/state", "SUSPENDED\n");
        for number in 0..=MAX_DATASETS {
            zfs.write(&format!("tank/objset-{number:#x}"), "reads 4 1\n");
        }
        zfs.sample();
        assert_eq!(row(&zfs.sample(), "tank"), [0.0, 1.0, -1.0, -1.0, -1.0, -1.0]);
        assert!(zfs.probe.pools["tank"].counters.is_empty());
    }
}
