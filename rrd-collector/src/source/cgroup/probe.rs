//! Samples units and containers.
//!
//! A host has hundreds of idle groups. A group is stored from the time at which it is first among
//! the top few by CPU, memory or I/O; it is stored as long as it exists, so that its curves have no
//! gaps.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use rrd_core::Step;

use super::hierarchy::Hierarchies;
use super::kinds::{CONTAINER, UNIT, container_values, unit_values};
use super::names::ContainerNames;
use super::tree::{Group, groups};
use crate::group::Kind;
use crate::rootfs::{Host, ReadError};
use crate::schedule::Tick;
use crate::section::is_machine_made;
use crate::source::counter::{Counters, Limits};
use crate::source::host::PRESSURE_LIMIT;
use crate::source::probe::{Probe, ProbeError, TEN_SECONDS};
use crate::source::sample::SampleSink;

/// Number of units that are taken from the top of each list.
const TOP_UNITS: usize = 10;
/// The same of containers: most of them do something that somebody wants to see.
const TOP_CONTAINERS: usize = 20;
/// Limit on the groups that are read.
const MAX_GROUPS: usize = 2000;

/// Those of the counters of a group.
const LIMITS: [Limits; 5] = {
    let cpu = Limits::CPU_SECONDS.counted_in(1e9);
    [cpu, cpu, Limits::BYTES, Limits::BYTES, Limits::EVENTS]
};

/// Samples the units and containers of the host.
pub struct CgroupProbe {
    host: Host,
    names: ContainerNames,
    units: Known,
    containers: Known,
}

/// The groups of one kind that exist, by instance.
type Known = BTreeMap<String, KnownGroup>;

#[derive(Default)]
struct KnownGroup {
    path: PathBuf,
    counters: Counters<5>,
    waited: Counters<3>,
    /// When it was last read.
    seen: Option<Duration>,
    /// Whether it has been among the top.
    is_stored: bool,
}

/// A group that was read.
struct Sample<'a> {
    kind: &'static Kind,
    instance: &'a str,
    group: &'a Group,
    by_default: bool,
    values: Vec<f64>,
}

impl CgroupProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        let (names, units, containers) = (ContainerNames::new(host), Known::new(), Known::new());
        Self { host: host.clone(), names, units, containers }
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
        let Self { host, names, units, containers } = self;
        let Some(trees) = Hierarchies::find(host) else {
            let source = io::ErrorKind::NotFound.into();
            return Err(ReadError::Io { path: host.sys("fs/cgroup"), source }.into());
        };
        let groups = groups(trees.units());
        names.look_up(trees.units(), &groups);
        let names = &*names;
        let mut samples = Vec::new();
        for group in &groups {
            let (kind, known) = if group.container.is_some() {
                (&CONTAINER, &mut *containers)
            } else {
                (&UNIT, &mut *units)
            };
            let Some((instance, by_default)) = instance(group, names, known, tick.clock) else {
                continue;
            };
            let is_taken = sink.takes(&[instance, &group.name], by_default);
            if samples.len() < MAX_GROUPS && is_taken {
                let known = known.entry(instance.to_owned()).or_default();
                let values = known.read(&trees, group, tick.clock, sink);
                samples.push(Sample { kind, instance, group, by_default, values });
            }
        }
        let both =
            [(&UNIT, &mut *units, TOP_UNITS), (&CONTAINER, &mut *containers, TOP_CONTAINERS)];
        for (kind, known, number) in both {
            known.retain(|_, group| group.seen == Some(tick.clock));
            for instance in top(kind, number, &samples) {
                if let Some(group) = known.get_mut(instance) {
                    group.is_stored = true;
                }
            }
        }
        for Sample { kind, instance, group, values, .. } in &samples {
            let known = if group.container.is_some() { &*containers } else { &*units };
            let is_stored = known.get(*instance).is_some_and(|known| known.is_stored);
            if sink.takes(&[instance, &group.name], is_stored) {
                sink.group(kind, instance, values);
            }
        }
        Ok(())
    }
}

/// What a group is called and whether it is taken by default; `None` if others have its names.
fn instance<'a>(
    group: &'a Group,
    names: &'a ContainerNames,
    known: &Known,
    now: Duration,
) -> Option<(&'a str, bool)> {
    let is_free = |name: &str| known.get(name).is_none_or(|known| known.seen != Some(now));
    let Some(container) = &group.container else {
        let by_default = group.is_service_or_slice() && !is_machine_made(&group.name);
        return is_free(&group.name).then_some((&*group.name, by_default));
    };
    let called = names.called(group, container);
    // Of two containers with one name, the second goes by its identifier.
    let mut candidates = [called.name, container.short(), &*group.name].into_iter();
    candidates.find(|name| is_free(name)).map(|name| (name, called.by_default))
}

impl KnownGroup {
    /// Reads a group: its values.
    fn read(
        &mut self,
        trees: &Hierarchies,
        group: &Group,
        now: Duration,
        sink: &mut dyn SampleSink,
    ) -> Vec<f64> {
        self.seen = Some(now);
        if self.path != group.path {
            // A container that was made again under its name counts from zero.
            self.path.clone_from(&group.path);
            self.counters.forget();
            self.waited.forget();
        }
        let usage = trees.usage(&group.path, group.has_groups());
        let rates = self.counters.rates(now, usage.counters, &LIMITS, sink);
        if group.container.is_none() {
            return unit_values(&usage, &rates);
        }
        let besides = trees.container_usage(&group.path);
        let waited = self.waited.rates(now, besides.waited, &[PRESSURE_LIMIT; 3], sink);
        container_values(&usage, &rates, &besides, &waited)
    }
}

/// The instances of a kind at the top by CPU, by memory, and by bytes read and written, of those
/// that are taken by default.
fn top<'a>(kind: &Kind, number: usize, samples: &[Sample<'a>]) -> BTreeSet<&'a str> {
    let measures: [&[&str]; 3] = [&["cpu"], &["memory"], &["read_bytes", "write_bytes"]];
    let mut names = BTreeSet::new();
    for metrics in measures {
        let amount = |values: &[f64]| {
            let known = metrics.iter().filter_map(|metric| values.get(kind.position(metric)?));
            known.filter(|value| !value.is_nan()).sum::<f64>()
        };
        let mut ranked: Vec<_> = samples
            .iter()
            .filter(|sample| sample.by_default && sample.kind.name == kind.name)
            .map(|sample| (amount(&sample.values), sample.instance))
            .filter(|(amount, _)| *amount > 0.0)
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        names.extend(ranked.into_iter().take(number).map(|(_, name)| name));
    }
    names
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

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

    /// The containers that a probe samples, ten seconds after the last time.
    fn containers(probe: &mut CgroupProbe, seconds: &mut u64) -> Recorder {
        *seconds += 10;
        let clock = Duration::from_secs(*seconds);
        let mut seen = Recorder::default();
        probe.sample(Tick { at: Timestamp::default(), clock }, &mut seen).unwrap();
        seen
    }

    #[test]
    fn containers_are_a_kind_of_their_own_by_the_names_that_people_gave_them() {
        let root = tempfile::tempdir().unwrap();
        let [web, db, app, pause, twin] = ["a", "b", "c", "d", "e"].map(|digit| digit.repeat(64));
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
            format!("kubepods/besteffort/pod0b8f7a52-95c4-4c5e-9f0e-6a1d2c3b4a59/{pause}"),
            format!("system.slice/docker-{twin}.scope"),
            "lxc.payload.web".to_owned(),
            "machine.slice/machine-qemu\\x2d1\\x2dmail.scope".to_owned(),
        ];
        write(root.path(), "", &[("cgroup.controllers", "memory\n")]);
        for group in &groups {
            write(root.path(), group, &[("memory.current", "4096\n")]);
        }
        let (mut probe, mut seconds) = (CgroupProbe::new(&Host::at(root.path())), 0);
        let names = "db prod/app-7d9f8b6c5d-x2x4z/main web mail aaaaaaaaaaaa eeeeeeeeeeee";
        for _ in 0..10 {
            let seen = containers(&mut probe, &mut seconds);
            assert_eq!(seen.instances(&CONTAINER).join(" "), names);
            assert_eq!(seen.instances(&UNIT), [""; 0]);
        }
        let all = sampled(root.path(), &[], &[], &["*pod*"]);
        assert_eq!(all, format!("{pod} kubepods-burstable.slice kubepods.slice"));
    }

    #[test]
    fn a_container_that_is_made_again_under_its_name_goes_on_and_counts_from_zero() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "", &[("cgroup.controllers", "cpu memory\n")]);
        let (mut probe, mut seconds) = (CgroupProbe::new(&Host::at(root.path())), 0);
        let mut cpu = |digit: &str, used: u64| {
            let id = digit.repeat(64);
            let _ = fs::remove_dir_all(root.path().join("sys/fs/cgroup/docker"));
            let stat = format!("usage_usec {used}\n");
            write(
                root.path(),
                &format!("docker/{id}"),
                &[("cpu.stat", &stat), ("memory.current", "1")],
            );
            let folder = root.path().join("var/lib/docker/containers").join(&id);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("config.v2.json"), "{\"Name\":\"/web\"}").unwrap();
            containers(&mut probe, &mut seconds).value(&CONTAINER, "web", "cpu")
        };
        assert!(cpu("a", 5_000_000).is_nan());
        assert_eq!(cpu("a", 10_000_000), 0.5);
        // The new one has used more than the old one when it is first seen.
        assert!(cpu("b", 30_000_000).is_nan());
        assert_eq!(cpu("b", 40_000_000), 1.0);
    }

    #[test]
    fn a_container_has_its_limit_and_the_time_in_which_it_waited() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "", &[("cgroup.controllers", "cpu memory\n")]);
        let (mut probe, mut seconds) = (CgroupProbe::new(&Host::at(root.path())), 0);
        let mut after = |microseconds: u64| {
            let some =
                |total: u64| format!("some avg10=0.00 avg60=0.00 avg300=0.00 total={total}\n");
            write(
                root.path(),
                "lxc.payload.web",
                &[
                    ("memory.current", "8192\n"),
                    ("memory.max", "16384\n"),
                    ("memory.stat", "inactive_file 4096\n"),
                    ("memory.events", "oom_kill 0\n"),
                    ("cpu.pressure", &some(microseconds)),
                    ("memory.pressure", &some(0)),
                    ("io.pressure", &some(2 * microseconds)),
                ],
            );
            containers(&mut probe, &mut seconds)
        };
        after(0);
        let seen = after(2_500_000);
        let value = |metric| seen.value(&CONTAINER, "web", metric);
        assert_eq!((value("memory"), value("memory_share")), (8192.0, 0.25));
        assert_eq!((value("cpu_some"), value("memory_some"), value("io_some")), (0.25, 0.0, 0.5));
        assert_eq!(value("oom_kills"), 0.0);
    }

    #[test]
    fn the_twenty_busiest_containers_are_stored_and_what_is_asked_for() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "", &[("cgroup.controllers", "memory\n")]);
        for number in 10..40 {
            let memory = format!("{}\n", 4096 * number);
            write(root.path(), &format!("lxc.payload.c{number}"), &[("memory.current", &memory)]);
        }
        let mut seen = Recorder::default();
        seen.filter.also = vec![Pattern::new("c11")];
        let tick = Tick { at: Timestamp::default(), clock: Duration::ZERO };
        CgroupProbe::new(&Host::at(root.path())).sample(tick, &mut seen).unwrap();
        let names = seen.instances(&CONTAINER);
        assert_eq!((names.len(), names[0], names[1]), (21, "c11", "c20"));
    }

    #[test]
    fn a_host_without_control_groups_has_no_units() {
        let root = tempfile::tempdir().unwrap();
        let mut probe = CgroupProbe::new(&Host::at(root.path()));
        let tick = Tick { at: Timestamp::default(), clock: Duration::ZERO };
        assert!(probe.sample(tick, &mut Recorder::default()).unwrap_err().is_missing());
    }
}
