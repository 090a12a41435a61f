//! Probes on hosts as the kernel showed them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rrd_collector::Host;
use rrd_collector::probe::{Kind, Readout, Tick, host_probes};
use rrd_core::Timestamp;

#[derive(Default)]
struct Seen(BTreeMap<String, f64>);

impl Readout for Seen {
    fn group(&mut self, kind: &Kind, instance: &str, values: &[f64]) {
        for (metric, value) in kind.metrics.iter().zip(values) {
            let instance = if instance.is_empty() { String::new() } else { format!(":{instance}") };
            self.0.insert(format!("{}{instance}.{}", kind.name, metric.name), *value);
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::write(target, fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

/// What the probes say of a host after its moments, `seconds` apart.
fn after(host: &str, moments: &[&str], seconds: f64) -> BTreeMap<String, f64> {
    let recorded = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/hosts").join(host);
    let root = tempfile::tempdir().unwrap();
    copy(&recorded.join(moments[0]), root.path());
    let mut probes = host_probes(&Host::at(root.path()));
    let mut seen = Seen::default();
    let mut clock = Duration::from_secs(1000);
    for moment in moments {
        // The same files with other contents, as the kernel does it.
        copy(&recorded.join(moment), root.path());
        for probe in &mut probes {
            let tick = Tick { at: Timestamp::from_seconds(1_800_000_000), clock };
            match probe.sample(tick, &mut seen) {
                Ok(()) => {}
                Err(error) => assert!(error.is_missing(), "{}: {error}", probe.name()),
            }
        }
        clock += Duration::from_secs_f64(seconds);
    }
    seen.0
}

#[test]
fn a_guest_under_load_is_sampled_as_its_files_say() {
    let seen = after("guest", &["1", "2"], 8.5);
    let near = |name: &str, wanted: f64| {
        let found = seen[name];
        assert!((found - wanted).abs() <= 1e-9 * wanted.abs(), "{name}: {found}, not {wanted}");
    };
    // From the lines of cpu0 and cpu1; see the files.
    let states = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"];
    let whole: f64 = states.iter().map(|state| seen[&format!("cpu.{state}")]).sum();
    assert!((whole - 1.0).abs() < 1e-12, "{whole}");
    near("processor:0.user", 809.0 / 862.0);
    near("processor:0.steal", 1.0 / 862.0);
    near("processor:0.demand_lost", 1.0 / 862.0);
    assert_eq!(seen["cpu.online"], 2.0);
    near("disk:vda.write_ops", 1054.0 / 8.5);
    near("disk:vda.write_await", 3.622 / 1054.0);
    near("disk:vda.flush_ops", 200.0 / 8.5);
    near("disk:vda.flush_await", 0.010 / 200.0);
    near("disk:vda.write_bytes", 667_120.0 * 512.0 / 8.5);
    near("disk:vda.util", 0.380 / 8.5);
}

#[test]
fn the_memory_of_a_guest_adds_up() {
    let seen = after("guest", &["1"], 1.0);
    let stack = ["used", "shmem", "buffers", "cached", "reclaimable", "free"];
    let sum: f64 = stack.iter().map(|part| seen[&format!("memory.{part}")]).sum();
    assert_eq!(sum, seen["memory.total"]);
}

#[test]
fn only_interfaces_with_hardware_are_sampled() {
    let seen = after("guest", &["1", "2"], 8.5);
    assert!(seen.contains_key("network:eth0.rx_bytes"));
    assert!(!seen.contains_key("network:lo.rx_bytes"));
}
