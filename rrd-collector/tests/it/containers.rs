//! Containers of real programs: they need root and control groups that may be written.

use std::process::Stdio;
use std::time::{Duration, Instant};

use rrd_collector::Host;
use rrd_collector::group::Kind;
use rrd_collector::schedule::Tick;
use rrd_collector::source::cgroup::{CONTAINER, CgroupProbe};
use rrd_collector::source::probe::Probe;
use rrd_collector::source::sample::SampleSink;
use rrd_core::Timestamp;
use tempfile::TempDir;

use crate::peers::is_root;
use crate::programs::{DEADLINE, Running, has, installed};

/// A container that is busy for at most ten minutes and may use 64 MiB.
struct Container {
    folder: TempDir,
    name: String,
    program: Running,
}

impl Container {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let name = format!("rrd-{}", std::process::id());
        let config = folder.path().join("config");
        let text = format!(
            "lxc.uts.name = {name}\nlxc.net.0.type = none\nlxc.apparmor.profile = unconfined\n\
             lxc.console.path = none\nlxc.tty.max = 0\nlxc.pty.max = 0\nlxc.autodev = 0\n\
             lxc.cgroup.memory.limit_in_bytes = 64M\nlxc.cgroup2.memory.max = 64M\n"
        );
        std::fs::write(&config, text).unwrap();
        let mut command = installed("lxc-execute");
        command.arg("-P").arg(folder.path()).arg("-n").arg(&name).arg("-f").arg(config);
        command.args(["--", "timeout", "600", "sh", "-c", "while :; do :; done"]);
        let streams = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let program = Running(streams.spawn().unwrap());
        Self { folder, name, program }
    }

    fn runs(&mut self) -> bool {
        matches!(self.program.0.try_wait(), Ok(None))
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        let mut command = installed("lxc-stop");
        command.arg("-k").arg("-P").arg(self.folder.path()).arg("-n").arg(&self.name);
        let _ = command.stderr(Stdio::null()).status();
    }
}

/// The values of one container.
struct Seen<'a> {
    name: &'a str,
    values: Option<Vec<f64>>,
}

impl SampleSink for Seen<'_> {
    fn takes(&mut self, names: &[&str], _by_default: bool) -> bool {
        names.contains(&self.name)
    }

    fn group(&mut self, kind: &Kind, instance: &str, values: &[f64]) {
        if kind.name == CONTAINER.name && instance == self.name {
            self.values = Some(values.to_vec());
        }
    }
}

#[test]
fn a_container_of_lxc_is_measured_under_its_name() {
    if !has("lxc-execute") {
        return;
    }
    if !is_root() {
        println!("not run: only root can start a container");
        return;
    }
    let mut container = Container::start();
    let begun = Instant::now();
    let mut probe = CgroupProbe::new(&Host::at("/"));
    // It is there once it has used CPU time between two readings.
    while begun.elapsed() < DEADLINE {
        std::thread::sleep(Duration::from_millis(200));
        let name = container.name.clone();
        let mut seen = Seen { name: &name, values: None };
        probe.sample(Tick { at: Timestamp::default(), clock: begun.elapsed() }, &mut seen).unwrap();
        let value = |metric| Some(seen.values.as_ref()?[CONTAINER.position(metric)?]);
        if value("cpu").is_some_and(|cpu| cpu > 0.0) {
            let range = |metric, low, high| {
                let value = value(metric).unwrap();
                assert!((low..=high).contains(&value), "{metric} is {value}");
            };
            range("cpu", 0.001, 4.0);
            range("memory", 4096.0, 67_108_864.0);
            range("memory_share", 0.0, 1.0);
            range("processes", 1.0, 10.0);
            range("oom_kills", 0.0, 0.0);
            return;
        }
        if !container.runs() {
            println!("not run: this system starts no containers");
            return;
        }
    }
    panic!("{} was not measured", container.name);
}
