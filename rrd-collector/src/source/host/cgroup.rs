//! systemd's services and slices by their control groups (version 2): their use of CPUs, memory and
//! disks.
//!
//! A host has hundreds of idle groups. A group is stored from the time at which it is first among
//! the top few by one of the three; it is stored as long as it exists, so that its curves have no
//! gaps.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use rrd_core::Step;

use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, ReadError};
use crate::schedule::Tick;
use crate::source::counter::{Counters, Limits, MEMORY, TASKS, at_most, named};
use crate::source::probe::{Probe, ProbeError, TEN_SECONDS};
use crate::source::sample::SampleSink;

/// One service or slice.
pub static UNIT: Kind = Kind::new("unit", "Services", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("cpu", Unit::Cores, "CPU time"),
    Metric::new(
        "cpu_throttled",
        Unit::Cores,
        "time in which it was throttled because its quota was used up",
    ),
    Metric::new("memory", Unit::Bytes, "memory, including page cache"),
    Metric::new("swap", Unit::Bytes, "swap space"),
    Metric::new("read_bytes", Unit::BytesPerSecond, "read from disks"),
    Metric::new("write_bytes", Unit::BytesPerSecond, "written to disks"),
    Metric::new("processes", Unit::Count, "processes and threads"),
    Metric::new("oom_kills", Unit::PerSecond, "processes killed because memory ran out"),
];

/// Number of units taken from the top of each list.
const TOP: usize = 10;
/// Limit on the groups examined.
const MAX_GROUPS: usize = 2000;
/// Depth of the tree that is walked: slices, nested slices, their services.
const DEEPEST: usize = 3;

/// CPU and throttled microseconds, bytes read and written, killed processes.
const LIMITS: [Limits; 5] = {
    let cpu = Limits::CPU_SECONDS.counted_in(1e6);
    [cpu, cpu, Limits::BYTES, Limits::BYTES, Limits::EVENTS]
};

/// Samples the units of the host.
pub struct CgroupProbe {
    roots: [PathBuf; 2],
    units: BTreeMap<String, Counters<5>>,
    stored: BTreeSet<String>,
}

impl CgroupProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self {
            // The mount points of version 2 alone, and of version 2 next to version 1.
            roots: [host.sys("fs/cgroup"), host.sys("fs/cgroup/unified")],
            units: BTreeMap::new(),
            stored: BTreeSet::new(),
        }
    }
}

impl Probe for CgroupProbe {
    fn name(&self) -> &'static str {
        "cgroup"
    }

    fn default_interval(&self) -> Step {
        TEN_SECONDS
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let Some(root) = self.roots.iter().find(|root| root.join("cgroup.controllers").exists())
        else {
            let source = std::io::ErrorKind::NotFound.into();
            return Err(ReadError::Io { path: self.roots[0].clone(), source }.into());
        };
        let mut found = Vec::new();
        walk(root, DEEPEST, &mut found);
        let mut samples: Vec<(String, [f64; 8])> = Vec::with_capacity(found.len());
        for (name, folder) in found {
            let texts = Texts::read(&folder);
            let counters = self.units.entry(name.clone()).or_default();
            let rates = counters.rates(tick.clock, texts.counters(), &LIMITS, sink);
            samples.push((name, values(&rates, &texts)));
        }
        self.units.retain(|unit, _| samples.iter().any(|(name, _)| name == unit));
        self.stored.retain(|unit| samples.iter().any(|(name, _)| name == unit));
        self.stored.extend(top(&samples));
        for (name, values) in &samples {
            if sink.takes(&[name], self.stored.contains(name)) {
                sink.group(&UNIT, name, values);
            }
        }
        Ok(())
    }
}

/// The services and slices below a folder, by name. Scopes are created for each login and are
/// excluded.
fn walk(folder: &Path, depth: usize, found: &mut Vec<(String, PathBuf)>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| is_slice(name) || kind_of(name) == Some("service"))
        .collect();
    names.sort_unstable();
    for name in names {
        if found.len() >= MAX_GROUPS {
            return;
        }
        let path = folder.join(&name);
        if depth > 1 && is_slice(&name) {
            walk(&path, depth - 1, found);
        }
        found.push((name, path));
    }
}

/// The text after the last dot of a unit's name; systemd uses lower case.
fn kind_of(unit: &str) -> Option<&str> {
    unit.rsplit_once('.').map(|(_, kind)| kind)
}

fn is_slice(unit: &str) -> bool {
    kind_of(unit) == Some("slice")
}

/// The files of one group; a missing file is empty, because controllers may be disabled.
struct Texts {
    cpu: String,
    io: String,
    memory: String,
    swap: String,
    events: String,
    processes: String,
}

impl Texts {
    fn read(folder: &Path) -> Self {
        let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
        Self {
            cpu: text("cpu.stat"),
            io: text("io.stat"),
            memory: text("memory.current"),
            swap: text("memory.swap.current"),
            events: text("memory.events"),
            processes: text("pids.current"),
        }
    }

    /// The counters, in the order of [`LIMITS`].
    fn counters(&self) -> [Option<u64>; 5] {
        let [usage, throttled] = named(&self.cpu, &["usage_usec", "throttled_usec"]);
        let [killed] = named(&self.events, &["oom_kill"]);
        [usage, throttled, io_bytes(&self.io, "rbytes="), io_bytes(&self.io, "wbytes="), killed]
    }
}

/// The sum of `MAJOR:MINOR rbytes=N wbytes=N ...` over all devices; `None` for an empty file.
fn io_bytes(text: &str, key: &str) -> Option<u64> {
    let numbers =
        text.split_ascii_whitespace().filter_map(|word| word.strip_prefix(key)?.parse().ok());
    numbers.reduce(u64::saturating_add)
}

fn values(rates: &[f64; 5], texts: &Texts) -> [f64; 8] {
    let [cpu, throttled, read, written, killed] = *rates;
    let number = |most: f64, text: &str| at_most(most, text.trim().parse::<u64>().ok());
    [
        cpu / 1e6,
        throttled / 1e6,
        number(MEMORY, &texts.memory),
        number(MEMORY, &texts.swap),
        read,
        written,
        number(TASKS, &texts.processes),
        killed,
    ]
}

fn or_zero(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value }
}

/// The names at the top by CPU, by memory, and by bytes read and written.
fn top(samples: &[(String, [f64; 8])]) -> BTreeSet<String> {
    let measures: [fn(&[f64; 8]) -> f64; 3] = [
        |values| or_zero(values[0]),
        |values| or_zero(values[2]),
        |values| or_zero(values[4]) + or_zero(values[5]),
    ];
    let mut names = BTreeSet::new();
    for measure in measures {
        let mut ranked: Vec<_> = samples
            .iter()
            .map(|(name, values)| (measure(values), name))
            .filter(|(amount, _)| *amount > 0.0)
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        names.extend(ranked.into_iter().take(TOP).map(|(_, name)| name.clone()));
    }
    names
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rrd_core::Timestamp;

    use super::*;
    use crate::source::sample::recorder::Recorder;

    fn write(root: &Path, unit: &str, files: &[(&str, &str)]) {
        let folder = root.join("sys/fs/cgroup").join(unit);
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in files {
            fs::write(folder.join(name), text).unwrap();
        }
    }

    #[test]
    fn a_busy_service_is_stored_and_an_idle_one_is_not() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "", &[("cgroup.controllers", "cpu io memory\n")]);
        write(root.path(), "system.slice/idle.service", &[("cpu.stat", "usage_usec 5\n")]);
        write(root.path(), "user.slice/session-1.scope", &[("cpu.stat", "usage_usec 5\n")]);
        let db = "system.slice/db.service";
        write(
            root.path(),
            db,
            &[
                ("cpu.stat", "usage_usec 1000000\nthrottled_usec 0\n"),
                ("io.stat", "8:0 rbytes=100 wbytes=5 rios=1\n254:0 rbytes=1 wbytes=5\n"),
                ("memory.current", "4096\n"),
                ("pids.current", "3\n"),
            ],
        );
        let mut probe = CgroupProbe::new(&Host::at(root.path()));
        let mut seen = Recorder::default();
        let tick = |seconds| Tick { at: Timestamp::default(), clock: Duration::from_secs(seconds) };
        probe.sample(tick(10), &mut seen).unwrap();
        write(root.path(), db, &[("cpu.stat", "usage_usec 4000000\nthrottled_usec 0\n")]);
        write(
            root.path(),
            db,
            &[("io.stat", "8:0 rbytes=300 wbytes=5\n254:0 rbytes=1 wbytes=5\n")],
        );
        seen.groups.clear();
        probe.sample(tick(12), &mut seen).unwrap();
        assert_eq!(seen.instances(&UNIT), ["db.service"]);
        let value = |metric| seen.value(&UNIT, "db.service", metric);
        assert_eq!((value("cpu"), value("memory"), value("processes")), (1.5, 4096.0, 3.0));
        assert_eq!((value("read_bytes"), value("write_bytes")), (100.0, 0.0));
        assert!(value("swap").is_nan());
    }

    #[test]
    fn a_host_without_version_2_has_no_units() {
        let root = tempfile::tempdir().unwrap();
        let mut probe = CgroupProbe::new(&Host::at(root.path()));
        let tick = Tick { at: Timestamp::default(), clock: Duration::ZERO };
        assert!(probe.sample(tick, &mut Recorder::default()).unwrap_err().is_missing());
    }
}
