//! XFS: what programs read and write, transactions, and waits for the log.
//!
//! `/sys/fs/xfs/DEVICE/stats/stats` since Linux 4.4; until then `/proc/fs/xfs/stat` counts for all
//! filesystems together. The lines are described under "Runtime Stats" in the wiki of XFS. Neither
//! they nor any other file count damage, so that there is no rule: a filesystem that finds itself
//! damaged shuts down.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use rrd_core::Step;

use super::columns::columns;
use super::file;
use super::place::{Places, of_device};
use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile};
use crate::schedule::Tick;
use crate::section::is_machine_made;
use crate::source::counter::{Counters, Limits};
use crate::source::probe::{MINUTE, Probe, ProbeError};
use crate::source::sample::SampleSink;

/// One filesystem; the instance is its mount point, or `all` on old kernels.
pub static XFS: Kind = Kind::new("xfs", "XFS", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("read_bytes", Unit::BytesPerSecond, "read by programs, from memory or the disk"),
    Metric::new("write_bytes", Unit::BytesPerSecond, "written by programs"),
    Metric::new("transactions", Unit::PerSecond, "changes of the structure of the filesystem"),
    Metric::new("log_bytes", Unit::BytesPerSecond, "written to the log"),
    Metric::new("log_waits", Unit::PerSecond, "times that something waited for the log"),
];

/// The blocks of the log.
const BLOCK: f64 = 512.0;

/// Bytes read and written; synchronous and other transactions; blocks of the log, waits for a
/// buffer of it, waits until it was written. All but the bytes have 32 bits.
const LIMITS: [Limits; 7] = {
    let events = Limits::EVENTS.narrow();
    let blocks = Limits::BYTES.counted_in(1.0 / BLOCK).narrow();
    [Limits::BYTES, Limits::BYTES, events, events, blocks, events, events]
};

/// Samples each filesystem.
pub struct XfsProbe {
    folder: PathBuf,
    class: PathBuf,
    all: KeptFile,
    places: Places,
    /// By the name of the filesystem in sysfs.
    counters: BTreeMap<String, (Counters<7>, Duration)>,
}

impl XfsProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self {
            folder: host.sys("fs/xfs"),
            class: host.sys("class/block"),
            all: host.proc("fs/xfs/stat"),
            places: Places::new(host),
            counters: BTreeMap::new(),
        }
    }

    fn group(
        &mut self,
        name: &str,
        instance: &str,
        text: &str,
        tick: Tick,
        sink: &mut dyn SampleSink,
    ) {
        let (counters, seen) = self.counters.entry(name.to_owned()).or_default();
        *seen = tick.clock;
        let rates = counters.rates(tick.clock, counts(text), &LIMITS, sink);
        let [read, written, sync, others, blocks, for_buffer, for_write] = rates;
        let values = [read, written, sync + others, blocks * BLOCK, for_buffer + for_write];
        sink.group(&XFS, instance, &values);
    }
}

impl Probe for XfsProbe {
    fn name(&self) -> &'static str {
        "xfs"
    }

    fn default_interval(&self) -> Step {
        MINUTE
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        // Beside the filesystems is a folder of their sum, where there are such files.
        let mut devices = file::folders(&self.folder)?;
        let is_counted_each = devices.iter().any(|device| device == "stats");
        devices.retain(|device| device != "stats");
        if is_counted_each && !devices.is_empty() {
            let mounts = self.places.read()?;
            for device in devices {
                let path = self.folder.join(&device).join("stats/stats");
                let Some(text) = file::text(&path)? else { continue };
                let instance = of_device(&mounts, &self.class, &device)?.unwrap_or(&device);
                if sink.takes(&[instance, &device], !is_machine_made(instance)) {
                    self.group(&device, instance, &text, tick, sink);
                }
            }
        } else if !is_counted_each {
            let text = self.all.read_if_present()?.unwrap_or_default().to_owned();
            // The module may be loaded without such a filesystem.
            let is_used = counts(&text).into_iter().flatten().any(|count| count > 0);
            if is_used && sink.takes(&["all"], true) {
                self.group("all", "all", &text, tick, sink);
            }
        }
        self.counters.retain(|_, (_, seen)| *seen == tick.clock);
        Ok(())
    }
}

fn counts(text: &str) -> [Option<u64>; 7] {
    let [written, read] = columns(text, "xpc", [1, 2]);
    let [sync, others] = columns(text, "trans", [0, 1]);
    let [blocks, for_buffer, for_write] = columns(text, "log", [1, 2, 4]);
    [read, written, sync, others, blocks, for_buffer, for_write]
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rrd_core::Timestamp;
    use tempfile::TempDir;

    use super::*;
    use crate::source::sample::recorder::Recorder;

    fn write(root: &TempDir, file: &str, text: &str) {
        let path = root.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn sampled(probe: &mut XfsProbe, second: u64) -> Recorder {
        let mut recorder = Recorder::default();
        let tick = Tick { at: Timestamp::default(), clock: Duration::from_secs(second) };
        probe.sample(tick, &mut recorder).unwrap();
        recorder
    }

    #[test]
    fn an_old_kernel_counts_for_all_filesystems_together_in_32_bits() {
        let root = tempfile::tempdir().unwrap();
        let text = |transactions: u32, read: u64| {
            format!(
                "extent_alloc 1 5120 0 0\ntrans {transactions} 24 0\nlog 1 6 0 1 1\nrw 20 161\n\
                 xpc 20971520 20971520 {read}\ndebug 0\n"
            )
        };
        write(&root, "proc/fs/xfs/stat", &text(4_294_967_290, 6000));
        let mut probe = XfsProbe::new(&Host::at(root.path()));
        assert_eq!(sampled(&mut probe, 60).instances(&XFS), ["all"]);
        write(&root, "proc/fs/xfs/stat", &text(54, 12_000));
        let seen = sampled(&mut probe, 120);
        let value = |metric| seen.value(&XFS, "all", metric);
        assert_eq!(["read_bytes", "write_bytes", "transactions"].map(value), [100.0, 0.0, 1.0]);
        assert_eq!(["log_bytes", "log_waits"].map(value), [0.0, 0.0]);
    }

    #[test]
    fn a_kernel_that_has_never_mounted_one_has_no_group() {
        let root = tempfile::tempdir().unwrap();
        write(&root, "proc/fs/xfs/stat", "trans 0 0 0\nlog 0 0 0 0 0\nxpc 0 0 0\n");
        let mut probe = XfsProbe::new(&Host::at(root.path()));
        assert_eq!(sampled(&mut probe, 60).groups, []);
        write(&root, "sys/fs/xfs/stats/stats", "xpc 1 2 3\n");
        assert_eq!(sampled(&mut probe, 120).groups, []);
    }

    #[test]
    fn a_filesystem_without_a_mount_point_has_the_name_of_its_device() {
        let root = tempfile::tempdir().unwrap();
        write(&root, "proc/1/mountinfo", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n");
        write(&root, "sys/fs/xfs/stats/stats", "xpc 9 9 9\n");
        write(&root, "sys/fs/xfs/dm-0/stats/stats", "xpc 1 x 3\nlog 9\n");
        let mut probe = XfsProbe::new(&Host::at(root.path()));
        sampled(&mut probe, 60);
        let seen = sampled(&mut probe, 120);
        assert_eq!(seen.instances(&XFS), ["dm-0"]);
        assert_eq!(seen.value(&XFS, "dm-0", "read_bytes"), 0.0);
        assert!(seen.value(&XFS, "dm-0", "write_bytes").is_nan());
    }
}
