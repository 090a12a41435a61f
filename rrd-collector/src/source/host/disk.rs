//! Disk traffic, wait times and queues: `/proc/diskstats`.
//!
//! Operations and sectors are 64-bit counters. All times in milliseconds are 32-bit counters on
//! every machine; the weighted time of a busy disk with a deep queue wraps within days.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile};
use crate::schedule::Tick;
use crate::source::counter::{Change, narrow, per, to_f64, wide};
use crate::source::probe::{Probe, ProbeError};
use crate::source::sample::SampleSink;

/// Sectors in this file have 512 bytes, regardless of the disk's own sector size.
const SECTOR: f64 = 512.0;
/// More requests than any queue holds: a time cannot grow by more seconds per second.
const DEEPEST_QUEUE: u64 = 4096;

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Counts {
    numbers: [u64; NUMBERS],
    given: usize,
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
    /// When it was last sampled, and its counters.
    before: Option<(Duration, Counts)>,
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
                let disk = Disk { instance, by_default, seen: clock, before: None };
                self.known.insert(name.to_owned(), disk);
            }
            let Some(disk) = self.known.get_mut(name) else { continue };
            disk.seen = clock;
            if !sink.takes(&[&disk.instance, name], disk.by_default) {
                disk.before = None;
                continue;
            }
            let before = disk.before.replace((clock, counts));
            let values = before
                .and_then(|(then, before)| rates(&before, &counts, clock.saturating_sub(then)));
            let mut values = values.unwrap_or([f64::NAN; 16]);
            values[15] = to_f64(counts.numbers[8]);
            sink.group(&DISK, &disk.instance, &values);
            if before.is_none() && disk.instance != name {
                sink.label(&DISK, &disk.instance, name);
            }
        }
        // A removed device may come back as another one: its counters and its stable name are
        // discarded.
        self.known.retain(|_, disk| disk.seen == clock);
    }
}

/// The activity of the disk in `elapsed`; `None` if its counters were reset.
fn rates(before: &Counts, now: &Counts, elapsed: Duration) -> Option<[f64; 16]> {
    let seconds = elapsed.as_secs_f64();
    let plausible =
        u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).saturating_mul(DEEPEST_QUEUE);
    let mut growth = [0.0; NUMBERS];
    for (index, slot) in growth.iter_mut().enumerate() {
        let (was, is) = (before.numbers[index], now.numbers[index]);
        let change = match index {
            8 => continue,
            3 | 7 | 9 | 10 | 14 | 16 => narrow(was, is, plausible),
            _ => wide(was, is),
        };
        match change {
            Change::Grown(_) => *slot = change.growth(),
            Change::Reset => return None,
        }
    }
    let rate = |index: usize| per(growth[index], seconds);
    let wait = |time: usize, done: usize| per(growth[time] / 1000.0, growth[done]);
    let since = |fields: usize, value: f64| if now.given >= fields { value } else { f64::NAN };
    Some([
        rate(2) * SECTOR,
        rate(6) * SECTOR,
        since(15, rate(13) * SECTOR),
        rate(0),
        rate(4),
        since(15, rate(11)),
        since(17, rate(15)),
        rate(1),
        rate(5),
        wait(3, 0),
        wait(7, 4),
        since(15, wait(14, 11)),
        since(17, wait(16, 15)),
        rate(10) / 1000.0,
        (rate(9) / 1000.0).min(1.0),
        f64::NAN,
    ])
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
    fn a_fall_that_cannot_be_a_wrap_is_another_device() {
        let seen = after(&["8 0 sda 10 0 0 5 0 0 0 0 0 0 0\n", "8 0 sda 3 0 0 5 0 0 0 0 7 0 0\n"]);
        assert!(seen.value(&DISK, "sda", "read_ops").is_nan());
        assert_eq!(seen.value(&DISK, "sda", "in_flight"), 7.0);
        let seen =
            after(&["8 0 sda 10 0 0 5 0 0 0 0 0 900 0\n", "8 0 sda 11 0 0 6 0 0 0 0 7 30 0\n"]);
        assert!(seen.value(&DISK, "sda", "read_ops").is_nan());
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
