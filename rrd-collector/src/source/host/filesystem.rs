//! Space and inodes of mounted filesystems. A mount that does not answer is reported as stuck and
//! does not delay anything else.
//!
//! The mounts are those of the first process, if they may be read: a sandbox has its own mounts,
//! including read-only ones, which say nothing about the host.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use rustix::fs::statvfs;

use rrd_core::Step;

use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile};
use crate::schedule::Tick;
use crate::source::counter::to_f64;
use crate::source::probe::{Probe, ProbeError, TEN_SECONDS};
use crate::source::sample::SampleSink;

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

/// A filesystem that takes longer than this to answer is stuck.
const DEADLINE: Duration = Duration::from_secs(5);
/// Limit on the mounts examined; container hosts have thousands, of which few are their own.
const MAX_MOUNTS: usize = 200;

/// Types of filesystems without space of their own, or with space that belongs to others.
const LEFT_OUT: [&str; 36] = [
    "autofs",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "cramfs",
    "debugfs",
    "devpts",
    "devtmpfs",
    "efivarfs",
    "erofs",
    "fusectl",
    "hugetlbfs",
    "iso9660",
    "mqueue",
    "nsfs",
    "overlay",
    "proc",
    "procfs",
    "pstore",
    "ramfs",
    "romfs",
    "rootfs",
    "rpc_pipefs",
    "securityfs",
    "selinuxfs",
    "squashfs",
    "sysfs",
    "tracefs",
    // On other machines: a dead server would raise an alarm on this host, and every client would
    // count the same space.
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "ceph",
    "glusterfs",
];

/// Folders with mounts that belong to programs, not to the host.
const PLACES_LEFT_OUT: [&str; 6] =
    ["/dev", "/proc", "/sys", "/run/credentials", "/var/lib/docker", "/var/lib/containers/storage"];

/// One line of `mountinfo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mount {
    device: String,
    pub(crate) place: String,
    pub(crate) kind: String,
    /// The mounted device, as named in the mount table.
    pub(crate) source: String,
    read_only: bool,
}

/// Usage reported by a filesystem, in bytes and inodes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Usage {
    size: f64,
    free: f64,
    available: f64,
    inodes: f64,
    inodes_free: f64,
}

/// Samples filesystems in a separate thread: ticks never wait for a disk.
pub struct FilesystemProbe {
    mounts: KeptFile,
    own_mounts: KeptFile,
    host: Host,
    asked: Requests,
}

impl FilesystemProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self {
            mounts: host.proc("1/mountinfo"),
            own_mounts: host.proc("self/mountinfo"),
            host: host.clone(),
            asked: Requests::new(ask_system),
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
        let host = &self.host;
        self.asked.sample(&mounts, &|mount| host.root(&mount.place), tick.clock, sink);
        Ok(())
    }
}

/// The mounts that are examined: the first one per device, if its type and mount point belong to
/// the host.
pub(crate) fn mounts(text: &str) -> Vec<Mount> {
    let mut seen = BTreeSet::new();
    let parsed: Vec<Mount> = text.lines().filter_map(parse_line).collect();
    // A later mount hides an earlier one at the same place.
    let visible: BTreeMap<String, usize> =
        parsed.iter().enumerate().map(|(index, mount)| (mount.place.clone(), index)).collect();
    parsed
        .into_iter()
        .enumerate()
        .filter(|(index, mount)| visible.get(&mount.place) == Some(index))
        .map(|(_, mount)| mount)
        .filter(|mount| !LEFT_OUT.contains(&mount.kind.as_str()) && !mount.kind.starts_with("fuse"))
        .filter(|mount| {
            !PLACES_LEFT_OUT.iter().any(|place| {
                mount.place.strip_prefix(place).is_some_and(|r| r.is_empty() || r.starts_with('/'))
            })
        })
        .filter(|mount| seen.insert(mount.device.clone()))
        .take(MAX_MOUNTS)
        .collect()
}

/// The same by our own mount table: a sandbox mounts everything read-only for this process, so only
/// the options of the filesystem itself count.
fn own_mounts(text: &str) -> Vec<Mount> {
    let bare: Vec<String> = text
        .lines()
        .filter_map(|line| {
            let (mount, filesystem) = line.split_once(" - ")?;
            let words: Vec<&str> = mount.split(' ').take(5).collect();
            Some(format!("{} rw - {filesystem}", words.join(" ")))
        })
        .collect();
    mounts(&bare.join("\n"))
}

/// The mount points in a table, read as the host's and as our own. Entry point for fuzzing.
#[doc(hidden)]
pub fn mount_places(text: &str) -> [Vec<String>; 2] {
    [mounts(text), own_mounts(text)]
        .map(|mounts| mounts.into_iter().map(|mount| mount.place).collect())
}

/// `ID PARENT MAJOR:MINOR ROOT PLACE OPTIONS [TAGS...] - KIND SOURCE SUPEROPTIONS`.
fn parse_line(line: &str) -> Option<Mount> {
    let (mount, filesystem) = line.split_once(" - ")?;
    let mut words = mount.split(' ').skip(2);
    let (device, _root, place, options) =
        (words.next()?, words.next()?, words.next()?, words.next()?);
    let mut words = filesystem.split(' ');
    let kind = words.next()?;
    let source = unescape(words.next().unwrap_or_default());
    let super_options = words.next().unwrap_or_default();
    let read_only = [options, super_options].iter().any(|list| list.split(',').any(|o| o == "ro"));
    Some(Mount {
        device: device.to_owned(),
        place: unescape(place),
        kind: kind.to_owned(),
        source,
        read_only,
    })
}

/// Decodes `\040` and similar escapes.
fn unescape(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        result.push_str(before);
        let code = after.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        rest = match (code, after.get(3..)) {
            (Some(code), Some(after)) if code.is_ascii() => {
                result.push(char::from(code));
                after
            }
            _ => {
                result.push('\\');
                after
            }
        };
    }
    result.push_str(rest);
    result
}

type Answer = (String, io::Result<Usage>);
type Ask = fn(&Path) -> io::Result<Usage>;

/// Pending requests and latest answers.
struct Requests {
    ask: Ask,
    worker: Option<Sender<(String, PathBuf)>>,
    answers: Receiver<Answer>,
    answering: Sender<Answer>,
    mounts: BTreeMap<String, State>,
    questions: u64,
}

#[derive(Default)]
struct State {
    /// The number and time of the pending request.
    open: Option<(u64, Duration)>,
    stuck: bool,
    usage: Option<Usage>,
}

impl Requests {
    fn new(ask: Ask) -> Self {
        let (answering, answers) = channel();
        Self { ask, worker: None, answers, answering, mounts: BTreeMap::new(), questions: 0 }
    }

    fn sample(
        &mut self,
        mounts: &[Mount],
        path: &dyn Fn(&Mount) -> PathBuf,
        clock: Duration,
        sink: &mut dyn SampleSink,
    ) {
        while let Ok((place, usage)) = self.answers.try_recv() {
            if let Some(state) = self.mounts.get_mut(&place) {
                *state = State { open: None, stuck: false, usage: usage.ok() };
            }
        }
        self.mounts.retain(|place, state| {
            state.open.is_some() || mounts.iter().any(|mount| mount.place == *place)
        });
        let open = self.mounts.values_mut().filter(|state| !state.stuck && state.open.is_some());
        if let Some(stuck) = open.min_by_key(|state| state.open)
            && stuck.open.is_some_and(|(_, since)| clock.saturating_sub(since) > DEADLINE)
        {
            // The oldest pending request blocks the worker. It is abandoned there, and the others,
            // which only waited behind it, are sent to a new worker.
            stuck.stuck = true;
            stuck.usage = None;
            self.worker = None;
            for state in self.mounts.values_mut().filter(|state| !state.stuck) {
                state.open = None;
            }
        }
        for mount in mounts {
            if !sink.takes(&[&mount.place], true) {
                continue;
            }
            let state = self.mounts.entry(mount.place.clone()).or_default();
            if state.open.is_none() {
                self.questions += 1;
                state.open = Some((self.questions, clock));
                let question = (mount.place.clone(), path(mount));
                let worker =
                    self.worker.get_or_insert_with(|| start_worker(self.ask, &self.answering));
                if worker.send(question).is_err() {
                    // The thread could not be started, or has exited: the next sample tries again.
                    self.worker = None;
                    state.open = None;
                }
            }
            sink.group(&FILESYSTEM, &mount.place, &values(mount, state));
        }
    }
}

/// A thread that queries one filesystem after the other until the channel of requests closes.
fn start_worker(ask: Ask, answering: &Sender<Answer>) -> Sender<(String, PathBuf)> {
    let (questions, asked) = channel::<(String, PathBuf)>();
    let answering = answering.clone();
    let worker = move || {
        for (place, path) in asked {
            let usage = ask(&path);
            if answering.send((place, usage)).is_err() {
                return;
            }
        }
    };
    // Without a thread there are no answers: the values stay unknown, and the next sample tries
    // again.
    drop(std::thread::Builder::new().name("statvfs".to_owned()).stack_size(64 << 10).spawn(worker));
    questions
}

fn ask_system(path: &Path) -> io::Result<Usage> {
    let answer = statvfs(path)?;
    let block = if answer.f_frsize > 0 { answer.f_frsize } else { answer.f_bsize };
    let bytes = |blocks: u64| to_f64(blocks) * to_f64(block);
    // A filesystem filled into its reserve reports a negative number of blocks as a huge one.
    let available = if answer.f_bavail > answer.f_blocks { 0 } else { answer.f_bavail };
    Ok(Usage {
        size: bytes(answer.f_blocks),
        free: bytes(answer.f_bfree),
        available: bytes(available),
        inodes: to_f64(answer.f_files),
        inodes_free: to_f64(answer.f_ffree),
    })
}

fn values(mount: &Mount, state: &State) -> [f64; 8] {
    let flag = |set: bool| if set { 1.0 } else { 0.0 };
    let [mut used, mut reserved, mut available, mut share] = [f64::NAN; 4];
    let [mut inodes_used, mut inodes_free] = [f64::NAN; 2];
    if let Some(usage) = state.usage {
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
        flag(state.stuck),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::sample::recorder::Recorder;

    const TEXT: &str = "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n\
        23 22 0:20 / /proc rw - proc proc rw\n24 22 0:21 / /dev/shm rw - tmpfs tmpfs rw\n\
        25 22 254:0 /data /srv/bind rw - ext4 /dev/vda rw\n26 22 8:1 / /mnt/a\\040b ro - xfs /dev/sda1 ro\n\
        27 22 0:40 / /mnt/nas rw - nfs4 nas:/x rw\n28 22 0:41 / /devices rw - tmpfs none rw\nodd line\n";

    #[test]
    fn a_mount_hides_an_earlier_one_at_the_same_place() {
        let text = "22 1 0:23 / /srv rw - tmpfs tmpfs rw\n23 22 0:27 / /srv rw - xfs /dev/sdb rw\n";
        let mounts = mounts(text);
        assert_eq!(mounts.len(), 1);
        assert_eq!((&*mounts[0].place, &*mounts[0].kind), ("/srv", "xfs"));
    }

    #[test]
    fn each_device_counts_once_and_what_is_not_the_hosts_is_left_out() {
        let mounts = mounts(TEXT);
        let places: Vec<_> = mounts.iter().map(|mount| mount.place.as_str()).collect();
        assert_eq!(places, ["/", "/mnt/a b", "/devices"]);
        assert_eq!(
            mounts.iter().map(|mount| mount.read_only).collect::<Vec<_>>(),
            [false, true, false]
        );
    }

    #[test]
    fn a_sandbox_that_mounts_all_read_only_says_nothing_of_the_host() {
        let sandboxed =
            TEXT.replace(" rw,relatime ", " ro,relatime ").replace(" / rw - ", " / ro - ");
        let read_only: Vec<_> =
            own_mounts(&sandboxed).iter().map(|mount| mount.read_only).collect();
        assert_eq!(read_only, [false, true, false]);
    }

    #[test]
    fn reserved_space_is_neither_used_nor_available() {
        let usage =
            Usage { size: 100.0, free: 30.0, available: 10.0, inodes: 20.0, inodes_free: 5.0 };
        let state = State { usage: Some(usage), ..State::default() };
        let mount = mounts(TEXT).remove(0);
        assert_eq!(values(&mount, &state), [70.0, 20.0, 10.0, 0.875, 15.0, 5.0, 0.0, 0.0]);
    }

    fn one_hangs(path: &Path) -> io::Result<Usage> {
        if path.ends_with("a b") {
            std::thread::sleep(Duration::from_secs(3600));
        }
        ask_system(Path::new("/"))
    }

    #[test]
    fn a_mount_that_does_not_answer_is_reported_and_the_others_go_on() {
        let mounts = mounts(TEXT);
        let mut asked = Requests::new(one_hangs);
        let path = |mount: &Mount| PathBuf::from(&mount.place);
        let mut last = Recorder::default();
        for clock in [0, 6, 7] {
            last = Recorder::default();
            asked.sample(&mounts, &path, Duration::from_secs(clock), &mut last);
            // The worker gets enough time for the mounts that do answer.
            std::thread::sleep(Duration::from_millis(200));
        }
        assert_eq!(last.value(&FILESYSTEM, "/mnt/a b", "stuck"), 1.0);
        assert!(last.value(&FILESYSTEM, "/mnt/a b", "used").is_nan());
        for place in ["/", "/devices"] {
            assert_eq!(last.value(&FILESYSTEM, place, "stuck"), 0.0);
            assert!(last.value(&FILESYSTEM, place, "used") > 0.0, "{place}");
        }
    }

    #[test]
    fn escapes_in_places_are_undone() {
        assert_eq!(unescape("/a\\040b\\134c\\x"), "/a b\\c\\x");
    }
}
