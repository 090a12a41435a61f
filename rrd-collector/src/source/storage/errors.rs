//! Errors that filesystems have found: `/sys/fs/ext4/DEVICE/errors_count`, which the superblock
//! keeps until the filesystem is checked, and the five counts of each device of a Btrfs, which it
//! keeps until somebody resets them.
//!
//! The files are described in Documentation/ABI/testing/sysfs-fs-ext4 of the kernel and in
//! btrfs(5). XFS counts no errors: it shuts a filesystem down, whose programs then get errors.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rrd_core::Step;

use super::btrfs::{add, filesystems};
use super::file;
use super::place::{Places, of_device, of_devices};
use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, ReadError};
use crate::schedule::Tick;
use crate::section::is_machine_made;
use crate::source::counter::{Counters, Limits, THINGS, at_most, named};
use crate::source::probe::{MINUTE, Probe, ProbeError};
use crate::source::sample::SampleSink;

/// One filesystem; the instance is its mount point.
pub static ERRORS: Kind = Kind::new("filesystem_errors", "Filesystem errors", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("errors", Unit::Count, "errors since the last check, or since they were reset"),
    Metric::new("new_errors", Unit::PerSecond, "errors that are found"),
];

/// The counts of a device of Btrfs.
const DEVICE_ERRORS: [&str; 5] =
    ["write_errs", "read_errs", "flush_errs", "corruption_errs", "generation_errs"];

/// Samples the counts of errors.
pub struct ErrorsProbe {
    ext4: PathBuf,
    btrfs: PathBuf,
    class: PathBuf,
    places: Places,
    /// By the name of the filesystem in sysfs.
    counters: BTreeMap<String, (Counters<1>, Duration)>,
}

impl ErrorsProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self {
            ext4: host.sys("fs/ext4"),
            btrfs: host.sys("fs/btrfs"),
            class: host.sys("class/block"),
            places: Places::new(host),
            counters: BTreeMap::new(),
        }
    }

    /// Each filesystem: its name in sysfs, its mount point and its errors.
    fn found(&mut self) -> Result<Vec<(String, Option<String>, u64)>, ReadError> {
        let Self { ext4, btrfs, class, places, .. } = self;
        let mut found = Vec::new();
        let ext4_devices = file::folders(ext4)?;
        let btrfs_filesystems = filesystems(btrfs)?;
        if ext4_devices.is_empty() && btrfs_filesystems.is_empty() {
            return Ok(found);
        }
        let mounts = places.read()?;
        for device in ext4_devices {
            // Also a folder of what the kernel can do, and kernels that do not count.
            let Some(errors) = file::number(&ext4.join(&device).join("errors_count"))? else {
                continue;
            };
            let place = of_device(&mounts, class, &device)?.map(str::to_owned);
            found.push((device, place, errors));
        }
        for (uuid, folder) in btrfs_filesystems {
            if let Some(errors) = device_errors(&folder)? {
                let place = of_devices(&mounts, &folder.join("devices"))?.map(str::to_owned);
                found.push((uuid, place, errors));
            }
        }
        Ok(found)
    }
}

impl Probe for ErrorsProbe {
    fn name(&self) -> &'static str {
        "filesystem_errors"
    }

    fn default_interval(&self) -> Step {
        MINUTE
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        for (name, place, errors) in self.found()? {
            let instance = place.as_deref().unwrap_or(&name);
            if !sink.takes(&[instance, &name], !is_machine_made(instance) || instance == name) {
                continue;
            }
            let (counters, seen) = self.counters.entry(name.clone()).or_default();
            *seen = tick.clock;
            let rates = counters.rates(tick.clock, [Some(errors)], &[Limits::EVENTS], sink);
            sink.group(&ERRORS, instance, &[at_most(THINGS, Some(errors)), rates[0]]);
        }
        self.counters.retain(|_, (_, seen)| *seen == tick.clock);
        Ok(())
    }
}

/// The errors of all devices of a Btrfs; `None` before Linux 5.14.
fn device_errors(folder: &Path) -> Result<Option<u64>, ReadError> {
    let devices = folder.join("devinfo");
    let mut errors = None;
    for device in file::folders(&devices)? {
        // A device that was never mounted has no counts but words.
        let text = file::text(&devices.join(device).join("error_stats"))?.unwrap_or_default();
        for count in named(&text, &DEVICE_ERRORS) {
            add(&mut errors, count);
        }
    }
    Ok(errors)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rrd_core::Timestamp;
    use tempfile::TempDir;

    use super::*;
    use crate::source::sample::recorder::Recorder;

    const UUID: &str = "9c0f6a3e-1b2c-4d5e-8f90-123456789abc";

    fn write(root: &TempDir, file: &str, text: &str) {
        let path = root.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn stats(counts: [u64; 5]) -> String {
        let lines = DEVICE_ERRORS.iter().zip(counts);
        let lines: Vec<String> = lines.map(|(name, count)| format!("{name} {count}\n")).collect();
        lines.concat()
    }

    #[test]
    fn errors_of_ext4_and_of_all_devices_of_a_btrfs_are_counted() {
        let root = tempfile::tempdir().unwrap();
        let mounts = "1 0 8:1 / /home rw - ext4 /dev/sda1 rw\n\
            2 0 0:34 / /backup rw - btrfs /dev/sdc rw\n";
        write(&root, "proc/self/mountinfo", mounts);
        write(&root, "sys/class/block/sda1/dev", "8:1\n");
        write(&root, "sys/fs/ext4/features/lazy_itable_init", "supported\n");
        write(&root, "sys/fs/ext4/sda9/delayed_allocation_blocks", "0\n");
        write(&root, "sys/fs/ext4/sda1/errors_count", "5\n");
        write(&root, "sys/fs/ext4/dm-3/errors_count", "0\n");
        let btrfs = format!("sys/fs/btrfs/{UUID}");
        write(&root, &format!("{btrfs}/devices/sdb/size"), "1\n");
        write(&root, &format!("{btrfs}/devices/sdc/size"), "1\n");
        write(&root, &format!("{btrfs}/devinfo/1/error_stats"), &stats([1, 2, 0, 0, 0]));
        write(&root, &format!("{btrfs}/devinfo/2/error_stats"), &stats([0; 5]));
        write(&root, &format!("{btrfs}/devinfo/3/error_stats"), "invalid\n");
        let mut probe = ErrorsProbe::new(&Host::at(root.path()));
        let mut sampled = |second| {
            let mut recorder = Recorder::default();
            let tick = Tick { at: Timestamp::default(), clock: Duration::from_secs(second) };
            probe.sample(tick, &mut recorder).unwrap();
            recorder
        };
        let seen = sampled(60);
        assert_eq!(seen.instances(&ERRORS), ["dm-3", "/home", "/backup"]);
        assert_eq!(seen.value(&ERRORS, "/home", "errors"), 5.0);
        assert!(seen.value(&ERRORS, "/home", "new_errors").is_nan());
        write(&root, &format!("{btrfs}/devinfo/2/error_stats"), &stats([0, 0, 0, 50, 10]));
        write(&root, "sys/fs/ext4/sda1/errors_count", "0\n");
        let seen = sampled(120);
        let backup = |metric| seen.value(&ERRORS, "/backup", metric);
        assert_eq!((backup("errors"), backup("new_errors")), (63.0, 1.0));
        // It was checked.
        assert_eq!(seen.value(&ERRORS, "/home", "errors"), 0.0);
        assert!(seen.value(&ERRORS, "/home", "new_errors").is_nan());
    }

    #[test]
    fn a_host_without_such_filesystems_reads_no_table_of_mounts() {
        let root = tempfile::tempdir().unwrap();
        let mut probe = ErrorsProbe::new(&Host::at(root.path()));
        let mut recorder = Recorder::default();
        let tick = Tick { at: Timestamp::default(), clock: Duration::ZERO };
        probe.sample(tick, &mut recorder).unwrap();
        assert_eq!(recorder.groups, []);
    }
}
