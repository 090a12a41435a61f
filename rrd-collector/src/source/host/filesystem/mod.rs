//! Space and inodes of mounted filesystems. A mount that does not answer is reported as stuck and
//! does not delay anything else.
//!
//! The mounts are those of the first process, if they may be read: a sandbox has its own mounts,
//! including read-only ones, which say nothing about the host.

mod mounts;
mod requests;

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::statvfs;

use rrd_core::Step;

use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile};
use crate::schedule::Tick;
use crate::source::counter::to_f64;
use crate::source::probe::{Probe, ProbeError, TEN_SECONDS};
use crate::source::sample::SampleSink;

use self::mounts::{defaults, own_mounts};
use self::requests::{Answer, MAX_THREADS, Requests, Usage};

#[doc(hidden)]
pub use self::mounts::mount_places;
pub(crate) use self::mounts::{Mount, mounts, unescape};

/// One filesystem, identified by its first mount point.
pub static FILESYSTEM: Kind = Kind::new("filesystem", "Filesystems", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("used", Unit::Bytes, "in use"),
    Metric::new("reserved", Unit::Bytes, "free, but only for root"),
    Metric::new("available", Unit::Bytes, "free for all users"),
    Metric::new("used_share", Unit::Share, "used share of the space available to all users"),
    Metric::new("inodes_used", Unit::Count, "files and folders"),
    Metric::new("inodes_free", Unit::Count, "files and folders that can still be created"),
    Metric::new("read_only", Unit::Count, "1 if it is mounted read-only"),
    Metric::new("stuck", Unit::Count, "1 if the filesystem does not answer"),
];

/// Limit on the filesystems that are sampled.
const MAX_MOUNTS: usize = 200;

/// Samples filesystems in a separate thread: ticks never wait for a disk.
pub struct FilesystemProbe {
    mounts: KeptFile,
    own_mounts: KeptFile,
    host: Host,
    requests: Requests,
}

impl FilesystemProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self {
            mounts: host.proc("1/mountinfo"),
            own_mounts: host.proc("self/mountinfo"),
            host: host.clone(),
            requests: Requests::new(Arc::new(ask_system)),
        }
    }
}

impl Probe for FilesystemProbe {
    fn name(&self) -> &'static str {
        "filesystem"
    }

    fn default_interval(&self) -> Step {
        TEN_SECONDS
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let mounts = match self.mounts.read() {
            Ok(text) => mounts(text),
            Err(_) => own_mounts(self.own_mounts.read()?),
        };
        let Self { host, requests, .. } = self;
        requests.advance(&mounts, tick.clock);
        let defaults = defaults(&mounts, &|mount| requests.is_file(mount));
        let taken = mounts.iter().zip(defaults).filter_map(|(mount, by_default)| {
            sink.takes(&[&mount.place], by_default).then_some(mount)
        });
        let taken: Vec<&Mount> = taken.take(MAX_MOUNTS).collect();
        for mount in taken {
            match requests.ask(mount, host.root(&mount.place), tick.clock) {
                // A filesystem appears with its first answer, or once it is stuck.
                None | Some(Answer::File) => {}
                Some(answer) => sink.group(&FILESYSTEM, &mount.place, &values(mount, answer)),
            }
        }
        match requests.blocked() {
            count if count < MAX_THREADS - 1 => Ok(()),
            count if count < MAX_THREADS => {
                Err(ProbeError::Stuck { count, asked: "only disks are" })
            }
            count => Err(ProbeError::Stuck { count, asked: "no other is" }),
        }
    }
}

fn ask_system(path: &Path) -> io::Result<Option<Usage>> {
    if fs::metadata(path).is_ok_and(|found| !found.is_dir()) {
        return Ok(None);
    }
    let answer = statvfs(path)?;
    let block = if answer.f_frsize > 0 { answer.f_frsize } else { answer.f_bsize };
    let bytes = |blocks: u64| to_f64(blocks) * to_f64(block);
    // A filesystem filled into its reserve reports a negative number of blocks as a huge one.
    let available = if answer.f_bavail > answer.f_blocks { 0 } else { answer.f_bavail };
    Ok(Some(Usage {
        size: bytes(answer.f_blocks),
        free: bytes(answer.f_bfree),
        available: bytes(available),
        inodes: to_f64(answer.f_files),
        inodes_free: to_f64(answer.f_ffree),
    }))
}

fn values(mount: &Mount, answer: Answer) -> [f64; 8] {
    let flag = |set: bool| if set { 1.0 } else { 0.0 };
    let [mut used, mut reserved, mut available, mut share] = [f64::NAN; 4];
    let [mut inodes_used, mut inodes_free] = [f64::NAN; 2];
    if let Answer::Usage(usage) = answer {
        used = usage.size - usage.free;
        available = usage.available;
        reserved = (usage.free - usage.available).max(0.0);
        share = crate::source::counter::per(used, used + available);
        if usage.inodes > 0.0 {
            inodes_used = usage.inodes - usage.inodes_free;
            inodes_free = usage.inodes_free;
        }
    }
    [
        used,
        reserved,
        available,
        share,
        inodes_used,
        inodes_free,
        flag(mount.read_only),
        flag(answer == Answer::Stuck),
    ]
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use rrd_core::Timestamp;

    use super::mounts::tests::TEXT;
    use super::*;
    use crate::section::Pattern;
    use crate::source::sample::recorder::Recorder;

    #[test]
    fn reserved_space_is_neither_used_nor_available() {
        let usage =
            Usage { size: 100.0, free: 30.0, available: 10.0, inodes: 20.0, inodes_free: 5.0 };
        let mount = mounts(TEXT).remove(0);
        let values = |answer| values(&mount, answer);
        assert_eq!(values(Answer::Usage(usage)), [70.0, 20.0, 10.0, 0.875, 15.0, 5.0, 0.0, 0.0]);
        assert_eq!(values(Answer::Stuck)[6..], [0.0, 1.0]);
        assert!(values(Answer::Unknown)[..6].iter().all(|value| value.is_nan()));
    }

    #[test]
    fn any_mount_but_a_single_file_can_be_brought_in() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["proc/1", "run/lock", "var/lib/docker/x", "etc"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        fs::write(root.path().join("etc/hosts"), "").unwrap();
        let table = "1 0 0:1 / / rw - ext4 /dev/vda rw\n2 1 0:2 / /run/lock rw - ramfs none rw\n\
            3 1 0:1 /x /var/lib/docker/x rw - ext4 /dev/vda rw\n\
            4 1 0:1 /h /etc/hosts rw - ext4 /dev/vda rw\n";
        fs::write(root.path().join("proc/1/mountinfo"), table).unwrap();
        let mut probe = FilesystemProbe::new(&Host::at(root.path()));
        let mut taken = |also: &[&str], count| {
            let begun = Instant::now();
            loop {
                let mut recorder = Recorder::default();
                recorder.filter.also = also.iter().map(|text| Pattern::new(text)).collect();
                let tick = Tick { at: Timestamp::default(), clock: Duration::ZERO };
                probe.sample(tick, &mut recorder).unwrap();
                let has_file = probe.requests.is_file(&mounts(table)[3]);
                let places = recorder.instances(&FILESYSTEM);
                if places.len() == count && (has_file || also.is_empty()) {
                    return places.join(" ");
                }
                assert!(begun.elapsed() < Duration::from_secs(240), "{places:?}");
                std::thread::sleep(Duration::from_millis(5));
            }
        };
        assert_eq!(taken(&[], 1), "/");
        assert_eq!(taken(&["*"], 3), "/ /run/lock /var/lib/docker/x");
    }
}
