//! Mounts of NFS: operations, how long they take, and what had to be sent again.
//!
//! `mountstats` counts for each mount without asking its server, so that a server that is gone
//! keeps nobody waiting. An operation is counted when it ends. A line of an operation is
//! `NAME: OPERATIONS SENT TIMEOUTS BYTES BYTES QUEUED ANSWERED TAKEN`, times in milliseconds; newer
//! kernels append errors. The same export mounted twice has the same numbers twice.
//! The format is described in mountstats(8) and nfsiostat(8).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rrd_core::Step;

use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile};
use crate::schedule::Tick;
use crate::section::is_machine_made;
use crate::source::counter::{Counters, Growth, Limits, per};
use crate::source::host::unescape;
use crate::source::probe::{Probe, ProbeError, TEN_SECONDS};
use crate::source::sample::SampleSink;

/// One mount; the instance is its mount point.
pub static NFS_MOUNT: Kind = Kind::new("nfs_mount", "NFS mount", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("operations", Unit::PerSecond, "operations that ended"),
    Metric::new("read_bytes", Unit::BytesPerSecond, "read from the server"),
    Metric::new("write_bytes", Unit::BytesPerSecond, "written to the server"),
    Metric::new("time", Unit::Seconds, "mean time of an operation, including waiting"),
    Metric::new("read_time", Unit::Seconds, "mean time of a read; unknown without reads"),
    Metric::new("write_time", Unit::Seconds, "mean time of a write; unknown without writes"),
    Metric::new("retransmissions", Unit::PerSecond, "requests that were sent again"),
    Metric::new("timeouts", Unit::PerSecond, "times that the server did not answer for long"),
];

/// Reads of the table without a mount of NFS before it is read again: it may be long.
const LOOK_AGAIN: u8 = 6;
/// Limit on the mounts that are sampled.
const MAX_MOUNTS: usize = 200;

/// Samples the mounts.
pub struct NfsProbe {
    first: KeptFile,
    own: KeptFile,
    /// Samples for which the table is not read.
    pause: u8,
    known: BTreeMap<String, (Counters<COUNTERS>, Duration)>,
}

impl NfsProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self {
            first: host.proc("1/mountstats"),
            own: host.proc("self/mountstats"),
            pause: 0,
            known: BTreeMap::new(),
        }
    }
}

impl Probe for NfsProbe {
    fn name(&self) -> &'static str {
        "nfs"
    }

    fn default_interval(&self) -> Step {
        TEN_SECONDS
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        self.pause = self.pause.saturating_sub(1);
        if self.pause > 0 {
            return Ok(());
        }
        // Only root may read the table of the first process, and everybody their own.
        let text = match self.first.read() {
            Ok(text) => text,
            Err(_) => self.own.read()?,
        };
        let mounts = mounts(text);
        if mounts.is_empty() {
            self.pause = LOOK_AGAIN;
        }
        let mut exports = BTreeSet::new();
        for mount in mounts.into_iter().take(MAX_MOUNTS) {
            let place = unescape(mount.place);
            let by_default = exports.insert(mount.export) && !is_machine_made(&place);
            if !sink.takes(&[&place, mount.export], by_default) {
                continue;
            }
            let (counters, seen) = self.known.entry(place.clone()).or_default();
            *seen = tick.clock;
            let growth = counters.growth(tick.clock, mount.counts.map(Some), &LIMITS);
            sink.corrections(growth.corrections);
            sink.group(&NFS_MOUNT, &place, &values(&growth));
        }
        self.known.retain(|_, (_, seen)| *seen == tick.clock);
        Ok(())
    }
}

/// Operations, how often they were sent, timeouts and milliseconds; operations and milliseconds of
/// reads; the same of writes; bytes read and written.
const COUNTERS: usize = 10;

const LIMITS: [Limits; COUNTERS] = {
    let events = Limits::EVENTS;
    let spent = Limits::REQUEST_SECONDS.counted_in(1000.0);
    let bytes = Limits::BYTES;
    [events, events, events, spent, events, spent, events, spent, bytes, bytes]
};

/// A mount and its counters.
#[derive(Debug, PartialEq)]
struct Mount<'a> {
    export: &'a str,
    place: &'a str,
    counts: [u64; COUNTERS],
}

/// The mounts of NFS in the table.
fn mounts(text: &str) -> Vec<Mount<'_>> {
    let mut mounts: Vec<Mount<'_>> = Vec::new();
    let mut is_nfs = false;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("device ") {
            let mount = head(rest);
            is_nfs = mount.is_some();
            mounts.extend(mount);
        } else if let Some(mount) = mounts.last_mut().filter(|_| is_nfs) {
            detail(mount, line.trim_start());
        }
    }
    mounts
}

/// `EXPORT mounted on PLACE with fstype nfs4 statvers=1.1`.
fn head(line: &str) -> Option<Mount<'_>> {
    let words: Vec<&str> = line.split(' ').collect();
    let [export, "mounted", "on", place, "with", "fstype", "nfs" | "nfs4", _] = *words else {
        return None;
    };
    Some(Mount { export, place, counts: [0; COUNTERS] })
}

/// A line below that of the mount. Numbers that make no sense count as nothing.
fn detail(mount: &mut Mount<'_>, line: &str) {
    let Some((name, rest)) = line.split_once(':') else { return };
    let number = |column: usize| {
        let word = rest.split_ascii_whitespace().nth(column);
        word.and_then(|word| word.parse::<u64>().ok()).unwrap_or(0)
    };
    let [operations, sent, timeouts, taken, reads, read_taken, writes, write_taken, read, written] =
        &mut mount.counts;
    if name == "bytes" {
        // What programs asked for, with and without the page cache, comes before.
        (*read, *written) = (number(4), number(5));
        return;
    }
    let is_operation =
        name.bytes().all(|byte| byte.is_ascii_uppercase() || b"_0123456789".contains(&byte));
    if !is_operation || rest.split_ascii_whitespace().nth(7).is_none() {
        return;
    }
    let add = |sum: &mut u64, part: u64| *sum = sum.saturating_add(part);
    add(operations, number(0));
    add(sent, number(1));
    add(timeouts, number(2));
    add(taken, number(7));
    match name {
        "READ" => (*reads, *read_taken) = (number(0), number(7)),
        "WRITE" => (*writes, *write_taken) = (number(0), number(7)),
        _ => {}
    }
}

fn values(growth: &Growth<COUNTERS>) -> [f64; 8] {
    let [operations, sent, timeouts, taken, reads, read_taken, writes, write_taken, read, written] =
        growth.of;
    let rate = |amount: f64| per(amount, growth.seconds);
    let mean = |taken: f64, count: f64| per(taken / 1000.0, count);
    // What was sent and has not ended is counted when it ends.
    let again = sent - operations;
    [
        rate(operations),
        rate(read),
        rate(written),
        mean(taken, operations),
        mean(read_taken, reads),
        mean(write_taken, writes),
        rate(if again < 0.0 { 0.0 } else { again }),
        rate(timeouts),
    ]
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rrd_core::Timestamp;

    use super::*;
    use crate::source::sample::recorder::Recorder;

    /// A table with a mount whose reads and writes have these counts.
    fn table(read: &str, write: &str, bytes: &str) -> String {
        format!(
            "device proc mounted on /proc with fstype proc\n\
             device nas:/home mounted on /home with fstype nfs4 statvers=1.1\n\
             \topts:\trw,vers=4.2,rsize=1048576,timeo=600,retrans=2,clientaddr=192.0.2.7\n\
             \tage:\t86400\n\timpl_id:\tname='',domain='',date='0,0'\n\
             \tcaps:\tcaps=0x3ffbffff,wtmult=512,dtsize=1048576,bsize=0,namlen=255\n\
             \tnfsv4:\tbm0=0xfdffbfff,bm1=0x40f9be3e,bm2=0x60803,acl=0x3,sessions,pnfs=not configured\n\
             \tsec:\tflavor=1,pseudoflavor=1\n\
             \tevents:\t1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27\n\
             \tbytes:\t100 200 0 0 {bytes} 3 4\n\
             \tRPC iostats version: 1.1  p/v: 100003/4 (nfs)\n\
             \txprt:\ttcp 0 0 2 0 23 1005 1005 0 1025 0 2 0 0\n\tper-op statistics\n\
             \t        NULL: 1 1 0 44 24 0 0 0 0\n\
             \t        READ: {read}\n\t       WRITE: {write}\n\
             \t     GETATTR: 100 100 0 5000 6000 10 20 1000 0\n\n\
             device nas:/home mounted on /srv/again with fstype nfs4 statvers=1.1\n\
             \tbytes:\t1 2 3 4 5 6 7 8\n\
             device nas:/x mounted on /srv/a\\040b with fstype nfs statvers=1.0\n\
             \tbytes:\t1 2 3 4 5 6\n\tper-op statistics\n\t READ: 8 9 1 0 0 0 0 40\n\
             device nfsd mounted on /proc/fs/nfsd with fstype nfsd\n\
             device /dev/sda1 mounted on / with fstype ext4\n"
        )
    }

    #[test]
    fn a_mount_has_rates_and_mean_times() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("proc/self/mountstats");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let mut probe = NfsProbe::new(&Host::at(root.path()));
        let mut recorder = Recorder::default();
        let tables = [
            table("50 50 0 0 0 0 400 500 0", "10 10 0 0 0 0 90 100 0", "1000 2000"),
            table("150 155 1 0 0 0 2000 2500 0", "10 10 0 0 0 0 90 100 0", "9000 2000"),
        ];
        for (second, text) in (10..).step_by(10).zip(tables) {
            fs::write(&file, text).unwrap();
            let tick = Tick { at: Timestamp::default(), clock: Duration::from_secs(second) };
            recorder.groups.clear();
            probe.sample(tick, &mut recorder).unwrap();
        }
        assert_eq!(recorder.instances(&NFS_MOUNT), ["/home", "/srv/a b"]);
        let value = |metric| recorder.value(&NFS_MOUNT, "/home", metric);
        assert_eq!(["operations", "read_bytes", "write_bytes"].map(value), [10.0, 800.0, 0.0]);
        assert_eq!(["time", "read_time"].map(value), [0.02, 0.02]);
        assert!(value("write_time").is_nan());
        assert_eq!(["retransmissions", "timeouts"].map(value), [0.5, 0.1]);
    }

    #[test]
    fn older_kernels_have_fewer_columns() {
        let table = table("1 1 0 0 0 0 4 5", "2 2 0 0 0 0 9 10", "1 2");
        let found = mounts(&table);
        let home = found.iter().find(|mount| mount.place == "/home").unwrap();
        assert_eq!(home.counts, [104, 104, 0, 1015, 1, 5, 2, 10, 1, 2]);
        let old = found.last().unwrap();
        assert_eq!((old.place, old.counts), ("/srv/a\\040b", [8, 9, 1, 40, 8, 40, 0, 0, 5, 6]));
    }

    #[test]
    fn text_that_makes_no_sense_is_no_mount_or_counts_nothing() {
        assert_eq!(
            mounts("device x mounted on /y with fstype nfs\ndevice\nREAD: 1 1 1 1 1 1 1 1\n"),
            []
        );
        let text = "device a:/ mounted on / with fstype nfs statvers=1.1\n\
            bytes: x 99999999999999999999\nREAD: 1 2 3\nWRITE: -1 18446744073709551615 a b c d e f\n\
            COMMIT: 1 1 0 0 0 0 0 18446744073709551615\nx\u{fffd}y: 1 2 3 4 5 6 7 8\n";
        let found = mounts(text);
        assert_eq!(found[0].counts, [1, u64::MAX, 0, u64::MAX, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn a_host_without_such_mounts_is_looked_at_once_a_minute() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("proc/self/mountstats");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, "device proc mounted on /proc with fstype proc\n").unwrap();
        let mut probe = NfsProbe::new(&Host::at(root.path()));
        let mut sampled = |second| {
            let mut recorder = Recorder::default();
            let tick = Tick { at: Timestamp::default(), clock: Duration::from_secs(second) };
            probe.sample(tick, &mut recorder).unwrap();
            recorder.groups.len()
        };
        assert_eq!(sampled(0), 0);
        fs::write(&file, table("", "", "")).unwrap();
        assert_eq!((1..100).find(|second| sampled(10 * second) == 2), Some(6));
    }
}
