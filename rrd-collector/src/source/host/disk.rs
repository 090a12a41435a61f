//! Disk traffic, wait times and queues: `/proc/diskstats`.
//!
//! Operations and sectors are 64-bit counters. All times in milliseconds are 32-bit counters on
//! every machine; the weighted time of a busy disk with a deep queue wraps within days. Kernels
//! since 5.0 add the time of a request to it when the request ends.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile};
use crate::schedule::Tick;
use crate::source::counter::{Counters, Growth, Limits, THINGS, at_most, per, to_f64};
use crate::source::probe::{Probe, ProbeError};
use crate::source::sample::SampleSink;

/// Sectors in this file have 512 bytes, regardless of the disk's own sector size.
const SECTOR: f64 = 512.0;

/// One disk; the instance is a stable name that does not depend on the order in which devices are
/// found.
pub static DISK: Kind = Kind::new("disk", "Disk", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("read_bytes", Unit::BytesPerSecond, "read"),
    Metric::new("write_bytes", Unit::BytesPerSecond, "written"),
    Metric::new("discard_bytes", Unit::BytesPerSecond, "marked as unused"),
    Metric::new("read_ops", Unit::PerSecond, "reads completed"),
    Metric::new("write_ops", Unit::PerSecond, "writes completed"),
    Metric::new("discard_ops", Unit::PerSecond, "discards completed"),
    Metric::new("flush_ops", Unit::PerSecond, "flushes completed"),
    Metric::new("read_merged", Unit::PerSecond, "reads merged with adjacent ones"),
    Metric::new("write_merged", Unit::PerSecond, "writes merged with adjacent ones"),
    Metric::new(
        "read_await",
        Unit::Seconds,
        "mean time of a read, including waiting; unknown without reads",
    ),
    Metric::new("write_await", Unit::Seconds, "mean time of a write, including waiting"),
    Metric::new("discard_await", Unit::Seconds, "mean time of a discard, including waiting"),
    Metric::new("flush_await", Unit::Seconds, "mean time of a flush, including waiting"),
    Metric::new("queue", Unit::Count, "average number of requests being served or waiting"),
    Metric::new(
        "util",
        Unit::Share,
        "share of time with at least one request; says little for NVMe",
    ),
    Metric::new("in_flight", Unit::Count, "requests at the time of the sample"),
];

/// Samples `/proc/diskstats`.
pub struct DiskProbe {
    file: KeptFile,
    block: PathBuf,
    disks: Disks,
}

impl DiskProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self { file: host.proc("diskstats"), block: host.sys("block"), disks: Disks::default() }
    }
}

impl Probe for DiskProbe {
    fn name(&self) -> &'static str {
        "disk"
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let Self { file, block, disks } = self;
        disks.sample(file.read()?, tick.clock, &|name| stable_name(block, name), sink);
        Ok(())
    }
}

/// The stable name of a disk: that of its volume, its WWN, its serial number, or else its device.
fn stable_name(block: &Path, device: &str) -> String {
    ["dm/name", "wwid", "device/wwid", "serial", "device/serial"]
        .iter()
        .filter_map(|file| fs::read_to_string(block.join(device).join(file)).ok())
        .map(|text| text.split_ascii_whitespace().collect::<Vec<_>>().join("_"))
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| device.to_owned())
}

/// The numbers after the device's name: reads (done, merged, sectors, ms), writes (same), in
/// flight, busy ms, weighted ms, discards (as reads), flushes (done, ms).
const NUMBERS: usize = 17;
/// The only one that is no counter.
const IN_FLIGHT: usize = 8;

const LIMITS: [Limits; NUMBERS] = {
    let done = Limits::EVENTS;
    let sectors = Limits::BYTES.counted_in(1.0 / SECTOR);
    let spent = Limits::REQUEST_SECONDS.counted_in(1000.0).narrow();
    let busy = Limits::SECONDS.counted_in(1000.0).narrow();
    [
        done, done, sectors, spent, done, done, sectors, spent, done, busy, spent, done, done,
        sectors, spent, done, spent,
    ]
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Counts {
    numbers: [u64; NUMBERS],
    given: usize,
}

impl Counts {
    /// The counters that this kernel provides.
    fn counters(&self) -> [Option<u64>; NUMBERS] {
        let is_counter = |index: usize| index < self.given && index != IN_FLIGHT;
        std::array::from_fn(|index| self.numbers.get(index).copied().filter(|_| is_counter(index)))
    }
}

/// The devices with their major and minor numbers and the counters that this kernel provides.
pub(crate) fn disk_counts(text: &str) -> impl Iterator<Item = ((&str, &str), &str, Vec<f64>)> {
    text.lines().filter_map(|line| {
        let (name, counts) = parse_line(line)?;
        let mut words = line.split_ascii_whitespace();
        let place = (words.next()?, words.next()?);
        Some((place, name, counts.numbers.into_iter().take(counts.given).map(to_f64).collect()))
    })
}

fn parse(text: &str) -> impl Iterator<Item = (&str, Counts)> {
    text.lines().filter_map(parse_line)
}

fn parse_line(line: &str) -> Option<(&str, Counts)> {
    let mut words = line.split_ascii_whitespace().skip(2);
    let name = words.next()?;
    let mut counts = Counts { numbers: [0; NUMBERS], given: 0 };
    for (number, word) in counts.numbers.iter_mut().zip(words) {
        *number = word.parse().ok()?;
        counts.given += 1;
    }
    (counts.given >= 11).then_some((name, counts))
}

/// Start of the names of volumes that Docker made for one container each, on old kernels.
const OF_DOCKER: &str = "docker-";

/// Whether the device is memory or an image file, which the underlying disk already counts.
fn is_shadow(name: &str) -> bool {
    let letters = name.trim_end_matches(|c: char| c.is_ascii_digit());
    matches!(letters, "loop" | "ram" | "zram" | "fd" | "sr" | "nbd")
}

/// Whether `name` is a partition of the device `whole`, by the kernel's naming rule: `sda1`, but
/// `nvme0n1p1`.
pub(crate) fn is_disk_part(name: &str, whole: &str) -> bool {
    let Some(rest) = name.strip_prefix(whole) else { return false };
    let number = if whole.ends_with(|c: char| c.is_ascii_digit()) {
        rest.strip_prefix('p')
    } else {
        Some(rest)
    };
    number.is_some_and(|digits| {
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[derive(Debug)]
struct Disk {
    /// The stable name.
    instance: String,
    by_default: bool,
    /// When it was last in the file.
    seen: Duration,
    /// Its counters while it is sampled.
    counters: Option<Counters<NUMBERS>>,
}

/// The computation, separate from reading.
#[derive(Debug, Default)]
struct Disks {
    known: BTreeMap<String, Disk>,
}

impl Disks {
    fn sample(
        &mut self,
        text: &str,
        clock: Duration,
        stable: &dyn Fn(&str) -> String,
        sink: &mut dyn SampleSink,
    ) {
        for (name, counts) in parse(text) {
            if !self.known.contains_key(name) {
                let is_part = parse(text).any(|(whole, _)| is_disk_part(name, whole));
                // Cheap virtual disks share one serial number: then only their devices distinguish
                // them.
                let is_new =
                    |instance: &String| !self.known.values().any(|disk| disk.instance == *instance);
                let instance = Some(name).filter(|_| !is_part).map(stable).filter(is_new);
                let instance = instance.unwrap_or_else(|| name.to_owned());
                let by_default = !is_part && !is_shadow(name) && !instance.starts_with(OF_DOCKER);
                let disk = Disk { instance, by_default, seen: clock, counters: None };
                self.known.insert(name.to_owned(), disk);
            }
            let Some(disk) = self.known.get_mut(name) else { continue };
            disk.seen = clock;
            if !sink.takes(&[&disk.instance, name], disk.by_default) {
                disk.counters = None;
                continue;
            }
            let is_new = disk.counters.is_none();
            let known = disk.counters.get_or_insert_default();
            let growth = known.growth(clock, counts.counters(), &LIMITS);
            sink.corrections(growth.corrections);
            let in_flight = at_most(THINGS, Some(counts.numbers[IN_FLIGHT]));
            sink.group(&DISK, &disk.instance, &values(&growth, in_flight));
            if is_new && disk.instance != name {
                sink.label(&DISK, &disk.instance, name);
            }
        }
        // A removed device may come back as another one: its counters and its stable name are
        // discarded.
        self.known.retain(|_, disk| disk.seen == clock);
    }
}

/// The activity of a disk.
fn values(growth: &Growth<NUMBERS>, in_flight: f64) -> [f64; 16] {
    let [
        reads,
        read_merged,
        read_sectors,
        read_time,
        writes,
        write_merged,
        write_sectors,
        write_time,
        _,
        busy_time,
        weighted_time,
        discards,
        _,
        discard_sectors,
        discard_time,
        flushes,
        flush_time,
    ] = growth.of;
    let rate = |amount: f64| per(amount, growth.seconds);
    let wait = |time: f64, done: f64| per(time / 1000.0, done);
    let or_zero = |count: f64| if count.is_nan() { 0.0 } else { count };
    let queue = rate(weighted_time) / 1000.0;
    // Every request of the interval has ended or is in flight. Time that leaps adds more.
    let requests = reads + writes + or_zero(discards) + or_zero(flushes) + in_flight + 1.0;
    // Clocks may differ slightly.
    let util = rate(busy_time) / 1000.0;
    [
        rate(read_sectors) * SECTOR,
        rate(write_sectors) * SECTOR,
        rate(discard_sectors) * SECTOR,
        rate(reads),
        rate(writes),
        rate(discards),
        rate(flushes),
        rate(read_merged),
        rate(write_merged),
        wait(read_time, reads),
        wait(write_time, writes),
        wait(discard_time, discards),
        wait(flush_time, flushes),
        if queue > requests { f64::NAN } else { queue },
        if util > 1.0 { 1.0 } else { util },
        in_flight,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::section::{InstanceFilter, Pattern};
    use crate::source::sample::recorder::Recorder;

    fn after(texts: &[&str]) -> Recorder {
        let mut disks = Disks::default();
        let mut recorder = Recorder::default();
        for (second, text) in (10..).step_by(2).zip(texts) {
            recorder.groups.clear();
            disks.sample(text, Duration::from_secs(second), &str::to_owned, &mut recorder);
        }
        recorder
    }

    const START: &str = "254 0 vda 100 5 800 50 200 6 1600 70 3 90 120 10 1 80 4 20 30\n";

    #[test]
    fn rates_are_per_second_and_waits_are_fractions_of_a_millisecond() {
        let seen =
            after(&[START, "254 0 vda 104 7 816 51 1800 6 4800 137 2 290 188 12 1 160 5 30 31\n"]);
        let value = |metric| seen.value(&DISK, "vda", metric);
        assert_eq!(value("read_ops"), 2.0);
        assert_eq!(value("read_merged"), 1.0);
        assert_eq!(value("read_bytes"), 8.0 * 512.0);
        assert_eq!(value("read_await"), 0.001 / 4.0);
        assert_eq!(value("write_ops"), 800.0);
        assert_eq!(value("write_await"), 0.067 / 1600.0);
        assert_eq!(value("discard_bytes"), 40.0 * 512.0);
        assert_eq!(value("flush_await"), 0.0001);
        assert_eq!(value("util"), 0.1);
        assert_eq!(value("queue"), 0.034);
        assert_eq!(value("in_flight"), 2.0);
    }

    #[test]
    fn a_disk_without_requests_has_rates_of_zero_and_no_waiting_time() {
        let seen = after(&[START, START]);
        assert_eq!(seen.value(&DISK, "vda", "read_ops"), 0.0);
        assert!(seen.value(&DISK, "vda", "read_await").is_nan());
    }

    #[test]
    fn the_milliseconds_wrap_at_32_bits() {
        let seen = after(&[
            "8 0 sda 10 0 0 4294967290 0 0 0 0 0 4294967000 4294967290\n",
            "8 0 sda 12 0 0 10 0 0 0 0 0 704 1990\n",
        ]);
        assert_eq!(seen.value(&DISK, "sda", "read_await"), 0.008);
        assert_eq!(seen.value(&DISK, "sda", "util"), 0.5);
        assert_eq!(seen.value(&DISK, "sda", "queue"), 0.998);
    }

    #[test]
    fn a_disk_all_of_whose_counters_fall_is_another_one() {
        let seen = after(&[START, "254 0 vda 9 5 80 5 20 6 160 7 7 9 12\n"]);
        assert!(seen.value(&DISK, "vda", "read_merged").is_nan());
        assert_eq!(seen.value(&DISK, "vda", "in_flight"), 7.0);
    }

    #[test]
    fn a_counter_that_falls_takes_no_other_with_it() {
        // The busy milliseconds are 3 lower than before.
        let seen = after(&[START, "254 0 vda 104 7 816 51 1800 6 4800 137 2 87 188\n"]);
        let value = |metric| seen.value(&DISK, "vda", metric);
        assert!(value("util").is_nan());
        assert_eq!((value("read_ops"), value("write_ops")), (2.0, 800.0));
        assert_eq!((value("queue"), value("write_await")), (0.034, 0.067 / 1600.0));
        assert_eq!(seen.corrections, 1);
    }

    #[test]
    fn a_read_counter_that_falls_makes_unknown_what_is_computed_from_it() {
        let seen = after(&[START, "254 0 vda 90 7 816 51 1800 6 4800 137 2 290 188\n"]);
        let value = |metric| seen.value(&DISK, "vda", metric);
        assert!(value("read_ops").is_nan() && value("read_await").is_nan());
        assert_eq!((value("read_bytes"), value("write_ops")), (8.0 * 512.0, 800.0));
    }

    #[test]
    fn impossible_numbers_are_unknown() {
        // Reads of a damaged counter, requests in flight below zero, a leap of time.
        let text = "254 0 vda 18446744073709551000 7 816 51 1800 6 4800 137 4294967295 290 188\n";
        let seen = after(&[START, text]);
        let value = |metric| seen.value(&DISK, "vda", metric);
        assert!(value("read_ops").is_nan() && value("in_flight").is_nan());
        assert_eq!(value("util"), 0.1);
        let seen = after(&[START, "254 0 vda 104 7 816 51 202 6 1616 72 1 92 7166120\n"]);
        let value = |metric| seen.value(&DISK, "vda", metric);
        assert!(value("queue").is_nan());
        assert_eq!((value("read_ops"), value("write_ops"), value("util")), (2.0, 1.0, 0.001));
        let seen = after(&[START, "254 0 vda 104 7 816 51 202 6 1616 72 1 7166120 120\n"]);
        assert!(seen.value(&DISK, "vda", "util").is_nan());
    }

    #[test]
    fn a_queue_of_requests_that_wait_long_is_one() {
        // 500 requests in flight for two seconds, of which the old kernel counts the time.
        let seen = after(&[START, "254 0 vda 100 5 800 50 202 6 1616 72 500 2090 1000120\n"]);
        assert_eq!(seen.value(&DISK, "vda", "queue"), 500.0);
    }

    #[test]
    fn a_disk_that_left_and_returned_starts_again() {
        let seen = after(&[START, "", "254 0 vda 900 5 800 50 200 6 1600 70 3 90 120\n"]);
        assert!(seen.value(&DISK, "vda", "read_ops").is_nan());
    }

    #[test]
    fn old_kernels_know_no_discards_and_no_flushes() {
        let line = "8 0 sda 10 0 0 5 0 0 0 0 0 0 0\n";
        let seen = after(&[line, line]);
        assert_eq!(seen.value(&DISK, "sda", "write_ops"), 0.0);
        assert!(seen.value(&DISK, "sda", "discard_ops").is_nan());
        assert!(seen.value(&DISK, "sda", "flush_ops").is_nan());
    }

    #[test]
    fn partitions_and_shadows_are_left_out() {
        let rest = "1 0 0 0 0 0 0 0 0 0 0\n";
        let names =
            ["sda", "sda1", "nvme0n1", "nvme0n1p2", "md12", "md127", "dm-0", "loop0", "zram0"];
        let text: String = names.map(|name| format!("8 0 {name} {rest}")).concat();
        let seen = after(&[&text]);
        assert_eq!(seen.instances(&DISK), ["sda", "nvme0n1", "md12", "md127", "dm-0"]);
    }

    #[test]
    fn every_device_can_be_brought_in_by_its_stable_name_or_its_device() {
        let devices = ["sda", "sda1", "loop0", "zram0", "sr0", "dm-0"];
        let text = devices.map(|name| format!("8 0 {name} 1 0 0 0 0 0 0 0 0 0 0\n")).concat();
        let stable = |name: &str| match name {
            "sda" => "naa.5002538e4092a0c4".to_owned(),
            "dm-0" => "docker-253:0-1048-3f2a".to_owned(),
            other => other.to_owned(),
        };
        let taken = |also: &[&str], exclude: &[&str]| {
            let patterns = |texts: &[&str]| texts.iter().map(|text| Pattern::new(text)).collect();
            let (also, exclude) = (patterns(also), patterns(exclude));
            let filter = InstanceFilter { include: Vec::new(), also, exclude };
            let mut recorder = Recorder { filter, ..Recorder::default() };
            Disks::default().sample(&text, Duration::ZERO, &stable, &mut recorder);
            recorder.instances(&DISK).join(" ")
        };
        assert_eq!(taken(&[], &[]), "naa.5002538e4092a0c4");
        assert_eq!(taken(&["sda1", "sr?"], &["sda"]), "sda1 sr0");
        assert_eq!(taken(&["*"], &["naa.*"]), "sda1 loop0 zram0 sr0 docker-253:0-1048-3f2a");
    }

    #[test]
    fn a_disk_that_is_brought_in_later_starts_with_unknown_rates_and_its_label() {
        let mut disks = Disks::default();
        let mut recorder = Recorder::default();
        let mut sample = |second, also: &[&str]| {
            recorder.filter.also = also.iter().map(|text| Pattern::new(text)).collect();
            let stable = |_: &str| "cd".to_owned();
            let text = "11 0 sr0 4 0 0 0 0 0 0 0 0 0 0\n";
            disks.sample(text, Duration::from_secs(second), &stable, &mut recorder);
            let rates =
                recorder.groups.iter().map(|group| group.2[3].to_bits()).collect::<Vec<_>>();
            (rates, recorder.labels.clone())
        };
        let (unknown, zero) = (f64::NAN.to_bits(), 0.0_f64.to_bits());
        assert_eq!(sample(1, &[]), (vec![], vec![]));
        assert_eq!(sample(2, &["cd"]), (vec![unknown], vec!["sr0".to_owned()]));
        assert_eq!(sample(3, &["cd"]), (vec![unknown, zero], vec!["sr0".to_owned()]));
    }

    #[test]
    fn two_disks_with_one_serial_number_are_distinguished() {
        let mut disks = Disks::default();
        let mut recorder = Recorder::default();
        let text = "8 0 sda 1 0 0 0 0 0 0 0 0 0 0\n8 16 sdb 1 0 0 0 0 0 0 0 0 0 0\n";
        disks.sample(text, Duration::ZERO, &|_| "serial".to_owned(), &mut recorder);
        assert_eq!(recorder.instances(&DISK), ["serial", "sdb"]);
    }

    #[test]
    fn a_disk_is_known_by_the_name_of_its_volume_or_its_number() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("dm-0/dm")).unwrap();
        fs::write(folder.path().join("dm-0/dm/name"), "vg0-home\n").unwrap();
        fs::create_dir_all(folder.path().join("nvme0n1")).unwrap();
        fs::write(folder.path().join("nvme0n1/wwid"), "eui.0025385b21404f51\n").unwrap();
        assert_eq!(stable_name(folder.path(), "dm-0"), "vg0-home");
        assert_eq!(stable_name(folder.path(), "nvme0n1"), "eui.0025385b21404f51");
        assert_eq!(stable_name(folder.path(), "vda"), "vda");
    }
}
