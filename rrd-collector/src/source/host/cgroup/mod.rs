//! systemd's services and slices, and containers, by their control groups: their use of CPUs,
//! memory and disks.
//!
//! A host has hundreds of idle groups. A group is stored from the time at which it is first among
//! the top few by one of the three; it is stored as long as it exists, so that its curves have no
//! gaps.

mod containers;
mod hierarchy;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rrd_core::Step;

use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, ReadError};
use crate::schedule::Tick;
use crate::section::is_machine_made;
use crate::source::counter::{Counters, Limits, MEMORY, TASKS, at_most};
use crate::source::probe::{Probe, ProbeError, TEN_SECONDS};
use crate::source::sample::SampleSink;

use self::containers::{ContainerNames, container_id};
use self::hierarchy::{Hierarchies, Usage};

/// One service, slice or container.
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
/// Limit on the groups that are read.
const MAX_GROUPS: usize = 2000;
/// Depth of the tree that is walked: Kubernetes has three slices above a container.
const DEEPEST: usize = 4;
/// Folders of containers and pods that systemd does not manage.
const FOLDERS: [&str; 5] = ["docker", "libpod_parent", "kubepods", "burstable", "besteffort"];

/// Those of [`Usage::counters`].
const LIMITS: [Limits; 5] = {
    let cpu = Limits::CPU_SECONDS.counted_in(1e9);
    [cpu, cpu, Limits::BYTES, Limits::BYTES, Limits::EVENTS]
};

/// Samples the units of the host.
pub struct CgroupProbe {
    host: Host,
    containers: ContainerNames,
    units: BTreeMap<String, UnitState>,
}

#[derive(Default)]
struct UnitState {
    counters: Counters<5>,
    /// When it was last read.
    seen: Option<Duration>,
    /// Whether it has been among the top.
    is_stored: bool,
}

/// A group below the root of a tree.
struct Group {
    name: String,
    path: PathBuf,
}

/// A group that was read.
struct Sample<'a> {
    instance: &'a str,
    group: &'a Group,
    by_default: bool,
    values: [f64; 8],
}

impl CgroupProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        let containers = ContainerNames::new(host);
        Self { host: host.clone(), containers, units: BTreeMap::new() }
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
        let Self { host, containers, units } = self;
        let Some(trees) = Hierarchies::find(host) else {
            let source = io::ErrorKind::NotFound.into();
            return Err(ReadError::Io { path: host.sys("fs/cgroup"), source }.into());
        };
        let mut groups = Vec::new();
        walk(trees.units(), Path::new(""), DEEPEST, &mut groups);
        containers.look_up(&groups.iter().filter_map(|group| container_id(&group.name)).collect());
        let mut samples = Vec::new();
        for group in &groups {
            let container = container_id(&group.name).and_then(|id| containers.name(id));
            let instance = container.unwrap_or(&group.name);
            let is_wanted = container.is_some() || group.is_service() || group.is_slice();
            let by_default = is_wanted && !is_machine_made(instance);
            if samples.len() >= MAX_GROUPS || !sink.takes(&[instance, &group.name], by_default) {
                continue;
            }
            let unit = units.entry(instance.to_owned()).or_default();
            // Of two containers with one name, the first counts.
            if unit.seen.replace(tick.clock) != Some(tick.clock) {
                let usage = trees.usage(&group.path, group.is_slice());
                let rates = unit.counters.rates(tick.clock, usage.counters, &LIMITS, sink);
                let values = values(&rates, &usage);
                samples.push(Sample { instance, group, by_default, values });
            }
        }
        units.retain(|_, unit| unit.seen == Some(tick.clock));
        for instance in top(&samples) {
            units.entry(instance.to_owned()).or_default().is_stored = true;
        }
        for Sample { instance, group, values, .. } in &samples {
            let is_stored = units.get(*instance).is_some_and(|unit| unit.is_stored);
            if sink.takes(&[instance, &group.name], is_stored) {
                sink.group(&UNIT, instance, values);
            }
        }
        Ok(())
    }
}

/// The groups below a folder of the tree that may be units or containers, by name.
fn walk(root: &Path, folder: &Path, depth: usize, found: &mut Vec<Group>) {
    let Ok(entries) = fs::read_dir(root.join(folder)) else { return };
    let named = |name: String| Group { path: folder.join(&name), name };
    let mut groups: Vec<Group> = entries
        .filter_map(|entry| Some(named(entry.ok()?.file_name().into_string().ok()?)))
        .collect();
    groups.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    for group in groups {
        if depth > 1 && (group.is_slice() || group.is_folder()) {
            walk(root, &group.path, depth - 1, found);
        }
        if !group.is_folder() && (group.kind().is_some() || container_id(&group.name).is_some()) {
            found.push(group);
        }
    }
}

impl Group {
    /// The kind of a unit of systemd, which is the text after the last dot.
    fn kind(&self) -> Option<&str> {
        let kind = self.name.rsplit_once('.').map(|(_, kind)| kind);
        kind.filter(|kind| matches!(*kind, "slice" | "service" | "scope"))
    }

    fn is_slice(&self) -> bool {
        self.kind() == Some("slice")
    }

    fn is_service(&self) -> bool {
        self.kind() == Some("service")
    }

    /// Whether it contains containers and is no unit.
    fn is_folder(&self) -> bool {
        self.kind().is_none() && (FOLDERS.contains(&&*self.name) || self.name.starts_with("pod"))
    }
}

fn values(rates: &[f64; 5], usage: &Usage) -> [f64; 8] {
    let [cpu, throttled, read, written, killed] = *rates;
    let [memory, swap] = [usage.memory, usage.swap].map(|bytes| at_most(MEMORY, bytes));
    let processes = at_most(TASKS, usage.processes);
    [cpu / 1e9, throttled / 1e9, memory, swap, read, written, processes, killed]
}

fn or_zero(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value }
}

/// The names at the top by CPU, by memory, and by bytes read and written, of those that are taken
/// by default.
fn top<'a>(samples: &[Sample<'a>]) -> BTreeSet<&'a str> {
    let measures: [fn(&[f64; 8]) -> f64; 3] = [
        |values| or_zero(values[0]),
        |values| or_zero(values[2]),
        |values| or_zero(values[4]) + or_zero(values[5]),
    ];
    let mut names = BTreeSet::new();
    for measure in measures {
        let mut ranked: Vec<_> = samples
            .iter()
            .filter(|sample| sample.by_default)
            .map(|sample| (measure(&sample.values), sample.instance))
            .filter(|(amount, _)| *amount > 0.0)
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        names.extend(ranked.into_iter().take(TOP).map(|(_, name)| name));
    }
    names
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rrd_core::Timestamp;

    use super::*;
    use crate::section::Pattern;
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

    /// The instances that are sampled on a host with these groups, all of which use memory.
    fn sampled(root: &Path, groups: &[&str], include: &[&str], also: &[&str]) -> String {
        write(root, "", &[("cgroup.controllers", "memory\n")]);
        for group in groups {
            write(root, group, &[("memory.current", "4096\n")]);
        }
        let mut seen = Recorder::default();
        let patterns = |texts: &[&str]| texts.iter().map(|text| Pattern::new(text)).collect();
        (seen.filter.include, seen.filter.also) = (patterns(include), patterns(also));
        let tick = Tick { at: Timestamp::default(), clock: Duration::ZERO };
        CgroupProbe::new(&Host::at(root)).sample(tick, &mut seen).unwrap();
        seen.instances(&UNIT).join(" ")
    }

    #[test]
    fn names_that_programs_make_up_are_left_out_and_can_be_brought_in() {
        let root = tempfile::tempdir().unwrap();
        let groups = [
            "system.slice/cron.service",
            "system.slice/run-r3f1c2d4e5a6b7c8d.service",
            "user.slice/user-0.slice/session-3.scope",
        ];
        let sampled =
            |include: &[&str], also: &[&str]| sampled(root.path(), &groups, include, also);
        assert_eq!(sampled(&[], &[]), "cron.service");
        assert_eq!(sampled(&[], &["session-*"]), "cron.service session-3.scope");
        let run = "run-r3f1c2d4e5a6b7c8d.service";
        assert_eq!(sampled(&["run-*", "user.slice"], &[]), format!("{run} user.slice"));
    }

    #[test]
    fn what_is_asked_for_is_sampled_even_if_it_is_not_at_the_top() {
        let root = tempfile::tempdir().unwrap();
        let names: Vec<String> = (10..30).map(|n| format!("system.slice/a{n}.service")).collect();
        let groups: Vec<&str> = names.iter().map(String::as_str).collect();
        let count = |also: &[&str]| sampled(root.path(), &groups, &[], also).split(' ').count();
        // The slice has no memory of its own here.
        assert_eq!((count(&[]), count(&["a29.service"]), count(&["a*"])), (10, 11, 20));
    }

    #[test]
    fn containers_go_by_the_names_that_people_gave_them() {
        let root = tempfile::tempdir().unwrap();
        let [web, db, app, unnamed, twin] = ["a", "b", "c", "d", "e"].map(|digit| digit.repeat(64));
        for (id, name) in [(&web, "web"), (&db, "db"), (&twin, "web")] {
            let folder = root.path().join("var/lib/docker/containers").join(id);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("config.v2.json"), format!("{{\"Name\":\"/{name}\"}}")).unwrap();
        }
        let logs = root.path().join("var/log/containers");
        fs::create_dir_all(&logs).unwrap();
        fs::write(logs.join(format!("app-7d9f8b6c5d-x2x4z_prod_main-{app}.log")), "").unwrap();
        let pod = "kubepods-burstable-pod0b8f7a52_95c4_4c5e_9f0e_6a1d2c3b4a59.slice";
        let groups = [
            format!("system.slice/docker-{web}.scope"),
            format!("docker/{db}"),
            format!("kubepods.slice/kubepods-burstable.slice/{pod}/cri-containerd-{app}.scope"),
            format!("kubepods/besteffort/pod0b8f7a52-95c4-4c5e-9f0e-6a1d2c3b4a59/{unnamed}"),
            format!("system.slice/docker-{twin}.scope"),
        ];
        let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
        let sampled = |also: &[&str]| sampled(root.path(), &groups, &[], also);
        assert_eq!(sampled(&[]), "db prod/app-7d9f8b6c5d-x2x4z/main web");
        let all = format!(
            "db {unnamed} prod/app-7d9f8b6c5d-x2x4z/main {pod} kubepods-burstable.slice \
             kubepods.slice web"
        );
        assert_eq!(sampled(&["*d*"]), all);
    }

    #[test]
    fn a_host_without_control_groups_has_no_units() {
        let root = tempfile::tempdir().unwrap();
        let mut probe = CgroupProbe::new(&Host::at(root.path()));
        let tick = Tick { at: Timestamp::default(), clock: Duration::ZERO };
        assert!(probe.sample(tick, &mut Recorder::default()).unwrap_err().is_missing());
    }
}
