//! Probes on recorded hosts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rrd_collector::Host;
use rrd_collector::group::Kind;
use rrd_collector::schedule::Tick;
use rrd_collector::source::host::FilesystemProbe;
use rrd_collector::source::host_probes;
use rrd_collector::source::probe::Probe;
use rrd_collector::source::sample::SampleSink;
use rrd_core::Timestamp;

use crate::programs::wait_until;

#[derive(Default)]
struct Seen(BTreeMap<String, f64>);

impl SampleSink for Seen {
    fn group(&mut self, kind: &Kind, instance: &str, values: &[f64]) {
        for (metric, value) in kind.metrics.iter().zip(values) {
            let instance = if instance.is_empty() { String::new() } else { format!(":{instance}") };
            self.0.insert(format!("{}{instance}.{}", kind.name, metric.name), *value);
        }
    }
}

/// Copies a recording. Its names have `%3A` for colons, which archives of crates cannot have.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let target = to.join(name.replace("%3A", ":"));
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::write(target, fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

/// The values of the probes for a host after its recordings, `seconds` apart.
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

/// The values of the filesystems of a host, which must be these. Their mount points are folders, or
/// files if the recording has a file there.
fn filesystems(host: &str, places: &[&str]) -> BTreeMap<String, f64> {
    let recorded = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/hosts").join(host);
    let root = tempfile::tempdir().unwrap();
    copy(&recorded.join("1"), root.path());
    for place in places {
        fs::create_dir_all(root.path().join(place.trim_start_matches('/'))).unwrap();
    }
    let wanted: Vec<String> = places.iter().map(|place| format!("filesystem:{place}")).collect();
    let mut probe = FilesystemProbe::new(&Host::at(root.path()));
    let mut seen = Seen::default();
    wait_until("the filesystems are sampled", || {
        seen.0.clear();
        let tick = Tick { at: Timestamp::from_seconds(1_800_000_000), clock: Duration::ZERO };
        probe.sample(tick, &mut seen).unwrap();
        let found = seen.0.keys().filter_map(|name| name.strip_suffix(".used"));
        found.eq(wanted.iter().map(String::as_str))
    });
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
fn the_loopback_and_interfaces_that_were_never_up_are_not_sampled() {
    let seen = after("guest", &["1", "2"], 8.5);
    let interfaces: Vec<_> = seen.keys().filter(|name| name.ends_with(".rx_bytes")).collect();
    assert_eq!(interfaces, ["network:eth0.rx_bytes"]);
}

#[test]
fn no_probe_samples_an_instance_without_asking_whether_it_is_wanted() {
    struct Unwanted(Vec<String>);

    impl SampleSink for Unwanted {
        fn takes(&mut self, _names: &[&str], _by_default: bool) -> bool {
            false
        }

        fn group(&mut self, kind: &Kind, instance: &str, _values: &[f64]) {
            if !instance.is_empty() {
                self.0.push(format!("{}:{instance}", kind.name));
            }
        }
    }

    let recorded = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/hosts");
    for host in fs::read_dir(recorded).unwrap().map(|entry| entry.unwrap().path()) {
        let mut unwanted = Unwanted(Vec::new());
        let tick = Tick { at: Timestamp::from_seconds(1_800_000_000), clock: Duration::ZERO };
        for mut probe in host_probes(&Host::at(host.join("1"))) {
            let _ = probe.sample(tick, &mut unwanted);
        }
        assert_eq!(unwanted.0, [""; 0], "{}", host.display());
    }
}

fn near(seen: &BTreeMap<String, f64>, name: &str, wanted: f64) {
    let found = *seen.get(name).unwrap_or_else(|| panic!("no {name}"));
    assert!((found - wanted).abs() <= 1e-9 * wanted.abs(), "{name}: {found}, not {wanted}");
}

#[test]
fn one_robbed_cpu_of_many_is_seen_though_the_mean_hides_it() {
    let seen = after("big", &["1", "2"], 1.0);
    near(&seen, "cpu.steal", 60.0 / 6400.0);
    near(&seen, "cpu.worst_steal", 0.6);
    near(&seen, "cpu.cores_lost", 0.6);
    near(&seen, "cpu.demand_lost", 60.0 / (60.0 + 40.0 + 63.0 * 30.0));
    near(&seen, "processor:5.demand_lost", 0.6);
    near(&seen, "cpu.online", 64.0);
    near(&seen, "load.per_cpu", 160.0 / 64.0);
    near(&seen, "interrupts.context_switches", 64_000.0);
    near(&seen, "processes.forks", 10.0);
}

#[test]
fn a_cpu_that_leaves_and_returns_is_unknown_and_the_others_are_not() {
    let away = after("big", &["2", "3"], 1.0);
    near(&away, "cpu.online", 63.0);
    near(&away, "load.per_cpu", 160.0 / 63.0);
    // Iowait is held at its value; idle time includes the tick that it lost.
    near(&away, "processor:2.iowait", 0.0);
    near(&away, "processor:2.idle", 71.0 / 101.0);
    near(&away, "cpu.user", 63.0 * 30.0 / 6301.0);
    let back = after("big", &["1", "2", "3", "4"], 1.0);
    assert!(back["processor:9.user"].is_nan() && back["processor:9.idle"].is_nan());
    near(&back, "processor:8.user", 0.3);
    near(&back, "cpu.user", 0.3);
    near(&back, "cpu.online", 64.0);
}

#[test]
fn units_of_systemd_are_distinguished() {
    let seen = after("big", &["1", "2"], 1.0);
    near(&seen, "unit:apache2.service.cpu", 4.0);
    near(&seen, "unit:apache2.service.cpu_throttled", 0.5);
    near(&seen, "unit:apache2.service.memory", 1_073_741_824.0);
    near(&seen, "unit:apache2.service.write_bytes", 8192.0);
    near(&seen, "unit:apache2.service.oom_kills", 1.0);
    near(&seen, "unit:apache2.service.processes", 12.0);
}

#[test]
fn an_old_kernel_gives_what_it_has() {
    let seen = after("old", &["1", "2"], 1.0);
    near(&seen, "cpu.user", 0.5);
    near(&seen, "cpu.steal", 0.0);
    near(&seen, "disk:sda.read_ops", 10.0);
    near(&seen, "disk:sda.read_await", 0.0025);
    assert!(seen["disk:sda.write_await"].is_nan(), "no write, no waiting");
    assert!(seen["disk:sda.discard_ops"].is_nan() && seen["disk:sda.flush_await"].is_nan());
    assert!(!seen.contains_key("disk:sda1.read_ops") && !seen.contains_key("disk:fd0.read_ops"));
    let stack = ["used", "shmem", "buffers", "cached", "reclaimable", "free"];
    let sum: f64 = stack.iter().map(|part| seen[&format!("memory.{part}")]).sum();
    near(&seen, "memory.total", 1_024_000_000.0);
    assert_eq!(sum, seen["memory.total"]);
    // Free, buffers, cached without shared, reclaimable.
    near(&seen, "memory.available", 604_160_000.0);
    near(&seen, "vm.scanned", 7.0);
    near(&seen, "vm.reclaimed", 3.0);
    near(&seen, "swap.used", 102_400_000.0);
    near(&seen, "vm.stalls", 2.0);
    near(&seen, "vm.page_in", 102_400.0);
    near(&seen, "network:eth0.rx_bytes", 10_000.0);
    near(&seen, "tcp.in_segments", 20.0);
    near(&seen, "udp.in_datagrams", 5.0);
    assert!(seen["udp.receive_full"].is_nan());
    near(&seen, "processes.file_handles", 1000.0);
    near(&seen, "processes.uptime", 5000.25);
    assert!(!seen.keys().any(|name| name.starts_with("pressure")
        || name.starts_with("unit")
        || name.starts_with("container")));
}

#[test]
fn pages_are_counted_once_on_every_kernel() {
    for (host, refaults, stalls) in [
        ("linux-3.10", f64::NAN, 2.0),
        ("linux-4.19", 12.0, 3.0),
        ("linux-5.10", 15.0, 3.0),
        ("linux-6.1", 12.0, 3.0),
    ] {
        let seen = after(host, &["1", "2"], 1.0);
        // By kind: 4 anonymous and 30 of files; by reader: 30 (and 7 of another zone) and 4.
        near(&seen, "vm.scanned", if host == "linux-3.10" { 41.0 } else { 34.0 });
        near(&seen, "vm.reclaimed", if host == "linux-3.10" { 28.0 } else { 23.0 });
        let found = seen["vm.refaults"];
        assert!(found == refaults || (found.is_nan() && refaults.is_nan()), "{host}: {found}");
        near(&seen, "vm.stalls", stalls);
        near(&seen, "vm.faults", 900.0);
        near(&seen, "vm.page_in", 40_960.0);
    }
}

#[test]
fn every_kernel_gives_its_disks_memory_and_pressure() {
    let seen = after("linux-3.10", &["1", "2"], 1.0);
    // Free, buffers, cached without shared, reclaimable.
    near(&seen, "memory.available", 2_500_000.0 * 1024.0);
    near(&seen, "memory.used_share", 0.375);
    near(&seen, "cpu.steal", 0.05);
    near(&seen, "disk:sda.read_await", 0.0025);
    near(&seen, "disk:sda.queue", 0.033);
    assert!(seen["disk:sda.discard_ops"].is_nan());
    let seen = after("linux-4.19", &["1", "2"], 1.0);
    near(&seen, "memory.used_share", 0.35);
    near(&seen, "disk:vda.discard_bytes", 64.0 * 512.0);
    assert!(seen["disk:vda.flush_ops"].is_nan());
    assert!(!seen.keys().any(|name| name.starts_with("pressure")));
    let seen = after("linux-5.10", &["1", "2"], 1.0);
    near(&seen, "disk:nvme0n1.flush_await", 0.0005);
    near(&seen, "pressure.io_some", 0.02);
    near(&seen, "pressure.io_full", 0.01);
    assert!(seen["pressure.irq_full"].is_nan());
    near(&seen, "cpu.online", 2.0);
    let seen = after("linux-6.1", &["1", "2"], 1.0);
    near(&seen, "pressure.cpu_some", 0.05);
    near(&seen, "pressure.irq_full", 0.001);
}

#[test]
fn the_cache_of_zfs_is_available_memory() {
    let seen = after("linux-6.1", &["1"], 1.0);
    // Of 16.384 GB, 1.024 GB are available, and 10.24 GB of the cache above its minimum.
    near(&seen, "memory.available", 11_264_000_000.0);
    near(&seen, "memory.used_share", 0.3125);
}

#[test]
fn a_counter_that_falls_takes_no_other_with_it() {
    let seen = after("linux-6.1", &["1", "2"], 1.0);
    for name in ["steal", "demand_lost"].map(|metric| format!("processor:0.{metric}")) {
        assert!(seen[&name].is_nan(), "{name}");
    }
    near(&seen, "processor:0.user", 0.1);
    near(&seen, "processor:0.idle", 0.75);
    near(&seen, "processor:0.busy", 0.15);
    near(&seen, "cpu.steal", 0.1);
    near(&seen, "cpu.user", 0.15);
    assert!(seen["disk:sda.util"].is_nan() && seen["disk:sda.in_flight"].is_nan());
    near(&seen, "disk:sda.read_ops", 10.0);
    near(&seen, "disk:sda.write_await", 0.002);
    assert!(seen["network:ens3.tx_bytes"].is_nan());
    near(&seen, "network:ens3.rx_bytes", 1500.0);
    near(&seen, "network:ens3.tx_packets", 5.0);
    // After the migration steal is right in the next sample.
    let seen = after("linux-6.1", &["1", "2", "3"], 1.0);
    near(&seen, "processor:0.steal", 0.1);
    near(&seen, "processor:0.demand_lost", 0.4);
    near(&seen, "disk:sda.util", 0.003);
}

#[test]
fn disks_keep_the_names_of_their_volumes_and_times_that_wrap_go_on() {
    let seen = after("volumes", &["1", "2"], 1.0);
    let nvme = "disk:eui.0025385b71b0f6c2";
    near(&seen, &format!("{nvme}.read_ops"), 500.0);
    // 4294967000 ms to 204 ms: 500 ms went by.
    near(&seen, &format!("{nvme}.read_await"), 0.001);
    near(&seen, &format!("{nvme}.queue"), 10.0);
    near(&seen, &format!("{nvme}.util"), 0.9);
    near(&seen, &format!("{nvme}.discard_ops"), 5.0);
    near(&seen, &format!("{nvme}.discard_await"), 0.001);
    near(&seen, &format!("{nvme}.flush_await"), 0.002);
    near(&seen, "disk:vg-root.read_bytes", 2400.0 * 512.0);
    for kept in ["disk:vg-swap.util", "disk:md0.util"] {
        assert!(seen.contains_key(kept), "{kept}");
    }
    assert!(!seen.keys().any(|name| name.contains("nvme0n1")));
    let seen = filesystems("volumes", &["/", "/boot", "/mnt/nas"]);
    assert_eq!(seen["filesystem:/.stuck"], 0.0);
    assert_eq!(seen["filesystem:/boot.read_only"], 1.0);
}

#[test]
fn a_container_that_hides_almost_everything_gives_the_rest() {
    let seen = after("container", &["1", "2"], 1.0);
    near(&seen, "cpu.user", 0.5);
    near(&seen, "memory.total", 536_870_912.0);
    near(&seen, "network:eth0.rx_bytes", 300.0);
    let groups: BTreeSet<&str> =
        seen.keys().filter_map(|name| name.split(['.', ':']).next()).collect();
    let expected = ["cpu", "interrupts", "memory", "network", "processes", "processor"];
    assert_eq!(groups.into_iter().collect::<Vec<_>>(), expected);
    assert!(seen["processes.uptime"].is_nan() && seen["processes.threads"].is_nan());
}

/// The instances of a kind that has this metric, sorted and separated by spaces.
fn instances(seen: &BTreeMap<String, f64>, kind: &str, metric: &str) -> String {
    let instance = |name: &str| {
        let name = name.strip_prefix(kind)?.strip_prefix(':')?;
        Some(name.strip_suffix(metric)?.strip_suffix('.')?.to_owned())
    };
    let names: BTreeSet<String> = seen.keys().filter_map(|name| instance(name)).collect();
    names.into_iter().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_host_with_linux_3_10_has_units_of_version_1_and_its_containers_by_name() {
    let seen = after("centos-7", &["1", "2"], 1.0);
    assert_eq!(instances(&seen, "network", "rx_bytes"), "bond0 bond0.120 docker0 em1 em2 tun0");
    near(&seen, "network:bond0.120.rx_bytes", 2000.0);
    assert_eq!(instances(&seen, "disk", "util"), "centos-root centos-swap sda");
    near(&seen, "disk:centos-root.read_ops", 80.0);
    assert_eq!(instances(&seen, "unit", "cpu"), "mariadb.service system.slice");
    assert_eq!(instances(&seen, "container", "cpu"), "web");
    near(&seen, "unit:mariadb.service.cpu", 0.5);
    near(&seen, "unit:mariadb.service.cpu_throttled", 0.25);
    near(&seen, "unit:mariadb.service.memory", 1_073_741_824.0);
    near(&seen, "unit:mariadb.service.swap", 4096.0);
    near(&seen, "unit:mariadb.service.read_bytes", 8192.0);
    near(&seen, "unit:mariadb.service.write_bytes", 4096.0);
    near(&seen, "unit:mariadb.service.processes", 3.0);
    assert!(seen["unit:mariadb.service.oom_kills"].is_nan());
    near(&seen, "container:web.cpu", 2.0);
    near(&seen, "container:web.processes", 2.0);
    near(&seen, "unit:system.slice.cpu", 4.0);
    assert!(
        seen["unit:system.slice.read_bytes"].is_nan()
            && seen["unit:system.slice.processes"].is_nan()
    );
    filesystems("centos-7", &["/", "/boot", "/mnt/nas", "/run", "/run/user/0"]);
}

#[test]
fn a_host_with_linux_4_19_has_units_of_both_versions() {
    let seen = after("debian-10", &["1", "2"], 1.0);
    assert_eq!(instances(&seen, "network", "rx_bytes"), "br0 docker0 enp3s0 ppp0 wg0");
    assert_eq!(instances(&seen, "disk", "util"), "md0 naa.5002538e4092a0c4 sdb");
    assert_eq!(instances(&seen, "unit", "cpu"), "cron.service nginx.service system.slice");
    assert_eq!(instances(&seen, "container", "cpu"), "db");
    near(&seen, "unit:cron.service.cpu", 0.01);
    assert!(seen["unit:cron.service.memory"].is_nan());
    near(&seen, "unit:nginx.service.cpu", 0.1);
    near(&seen, "unit:nginx.service.oom_kills", 1.0);
    near(&seen, "container:db.cpu", 0.3);
    near(&seen, "container:db.write_bytes", 8192.0);
    near(&seen, "container:db.processes", 12.0);
    near(&seen, "unit:system.slice.write_bytes", 1_048_576.0);
    let disk = "/srv/dev-disk-by-uuid-9c0f6a3e-1b2c-4d5e-8f90-123456789abc";
    let shares = ["/", "/media/usb", "/mnt/other", "/mnt/share"];
    let memory = ["/run", "/run/lock", "/run/user/1000"];
    filesystems("debian-10", &[&shares[..], &memory, &[disk]].concat());
}

#[test]
fn a_node_of_kubernetes_with_linux_5_10_has_its_containers_by_name_and_not_their_links() {
    let seen = after("kubernetes", &["1", "2"], 1.0);
    assert_eq!(instances(&seen, "network", "rx_bytes"), "ens5 tunl0 vxlan.calico");
    let nvme = "nvme.1d0f-766f6c3031-416d617a6f6e-00000001";
    assert_eq!(instances(&seen, "disk", "util"), format!("{nvme} nvme1n1"));
    let container = "shop/web-7d9f8b6c5d-x2x4z/nginx";
    assert_eq!(
        instances(&seen, "unit", "cpu"),
        "containerd.service kubelet.service kubepods-burstable.slice kubepods.slice"
    );
    assert_eq!(instances(&seen, "container", "cpu"), container);
    near(&seen, &format!("container:{container}.cpu"), 1.5);
    near(&seen, &format!("container:{container}.cpu_throttled"), 0.5);
    near(&seen, &format!("container:{container}.oom_kills"), 1.0);
    near(&seen, &format!("container:{container}.read_bytes"), 4096.0);
    filesystems("kubernetes", &["/", "/mnt/ceph", "/run"]);
}

#[test]
fn a_host_of_proxmox_has_containers_and_machines_by_name_and_a_pool_of_huge_pages() {
    let seen = after("proxmox", &["1", "2"], 1.0);
    assert_eq!(instances(&seen, "unit", "cpu"), "pveproxy.service qemu.slice");
    near(&seen, "unit:pveproxy.service.oom_kills", 1.0);
    assert_eq!(instances(&seen, "container", "cpu"), "mail windows");
    near(&seen, "container:mail.cpu", 0.25);
    near(&seen, "container:mail.memory", 536_870_912.0);
    near(&seen, "container:mail.memory_share", 0.25);
    near(&seen, "container:mail.read_bytes", 8192.0);
    near(&seen, "container:mail.processes", 21.0);
    near(&seen, "container:mail.oom_kills", 0.0);
    near(&seen, "container:mail.cpu_some", 0.1);
    near(&seen, "container:mail.memory_some", 0.0);
    near(&seen, "container:mail.io_some", 0.05);
    near(&seen, "container:windows.cpu", 1.5);
    near(&seen, "container:windows.write_bytes", 65_536.0);
    assert!(seen["container:windows.memory_share"].is_nan());
    assert_eq!(instances(&seen, "huge_pages", "used"), "1GiB");
    near(&seen, "huge_pages:1GiB.used", 3_221_225_472.0);
    near(&seen, "huge_pages:1GiB.reserved", 1_073_741_824.0);
    near(&seen, "huge_pages:1GiB.free", 4_294_967_296.0);
    near(&seen, "huge_pages:1GiB.used_share", 0.5);
    // Two nodes, and pages of 4 KiB on the machine that runs the test.
    if procfs::page_size() == 4096 {
        near(&seen, "fragmentation.unusable_64k", 4_255_744.0 / 1_732_243_456.0);
        near(&seen, "fragmentation.unusable_2m", 14_675_968.0 / 1_732_243_456.0);
    }
    near(&seen, "fragmentation.compactions", 6.0);
    near(&seen, "fragmentation.fallbacks", 1.0);
}

#[test]
fn a_workstation_with_linux_6_1_has_its_disks_and_no_mounts_of_programs() {
    let seen = after("workstation", &["1", "2"], 1.0);
    assert_eq!(
        instances(&seen, "network", "rx_bytes"),
        "enx001122334455 enx001122334455.7 podman0 virbr0 wlp0s20f3"
    );
    let volume = "luks-0b8f7a52-95c4-4c5e-9f0e-6a1d2c3b4a59";
    assert_eq!(instances(&seen, "disk", "util"), format!("eui.0025385b71b0f6c2 {volume}"));
    assert_eq!(instances(&seen, "unit", "cpu"), "cups.service user.slice");
    assert_eq!(instances(&seen, "container", "cpu"), "cache");
    near(&seen, "container:cache.cpu", 0.6);
    filesystems("workstation", &["/", "/boot/efi", "/run", "/run/user/1000"]);
}

#[test]
fn a_server_with_two_processors_has_its_sensors() {
    let seen = after("server", &["1", "2"], 10.0);
    let value = |name: &str| seen[name];
    assert_eq!(value("temperature:coretemp/Package_id_0.temperature"), 53.0);
    assert_eq!(value("temperature:coretemp/Package_id_0.margin"), 38.0);
    assert_eq!(value("temperature:coretemp/Package_id_1.margin"), 35.0);
    assert_eq!(value("temperature:drivetemp/naa.5000c500a1b2c3d4.margin"), 26.0);
    assert_eq!(value("temperature:nct6798/CPUTIN.temperature"), 38.5);
    assert_eq!(seen.keys().filter(|name| name.starts_with("temperature:")).count(), 2 * 5);
    assert_eq!(value("fan:nct6798/fan2.stalled"), 1.0);
    assert_eq!(value("fan:nct6798/fan3.speed"), 1420.0);
    assert_eq!(seen.keys().filter(|name| name.starts_with("fan:")).count(), 2 * 2);
    assert_eq!(value("throttling.time"), 0.25);
    assert_eq!(value("throttling.events"), 0.5);
    assert_eq!(value("frequency.average"), 1.9e9);
    assert_eq!(value("memory_errors:mc1.corrected"), 2.0);
    assert_eq!(value("memory_errors:mc0.corrected"), 0.0);
}

#[test]
fn a_nas_has_its_arrays_pools_and_both_ends_of_nfs() {
    let row = |seen: &BTreeMap<String, f64>, group: &str, metrics: &[&str]| -> Vec<f64> {
        metrics.iter().map(|metric| seen[&format!("{group}.{metric}")]).collect()
    };
    let array = ["missing", "redundancy_lost", "failed", "down", "sync_done", "sync_left"];
    let seen = after("nas", &["1"], 10.0);
    assert_eq!(instances(&seen, "array", "down"), "Volume0_0 home md0 md126");
    assert_eq!(row(&seen, "array:home", &array), [1.0, 0.5, 1.0, 0.0, 0.125, 17_100.0]);
    assert_eq!(row(&seen, "array:md0", &array), [0.0, 0.0, 0.0, 0.0, 0.25, 3660.0]);
    assert_eq!(row(&seen, "array:md126", &["failed", "down"]), [0.0, 1.0]);
    assert_eq!(row(&seen, "zfs_pool:tank", &["degraded", "down"]), [0.0, 0.0]);

    let seen = after("nas", &["1", "2"], 10.0);
    assert_eq!(row(&seen, "array:home", &array[..4]), [0.0, 0.0, 1.0, 0.0]);
    assert!(row(&seen, "array:home", &array[4..]).iter().all(|value| value.is_nan()));
    assert_eq!(row(&seen, "array:md0", &["mismatches", "down"]), [128.0, 0.0]);
    assert_eq!(row(&seen, "array:md126", &array[..4]), [0.0; 4]);
    let pool = ["degraded", "read_bytes", "write_bytes", "reads", "writes"];
    assert_eq!(row(&seen, "zfs_pool:tank", &pool), [1.0, 500_409.6, 100_000.0, 5.1, 10.0]);
    let cache = ["hits", "misses", "hit_share", "l2_hit_share"];
    assert_eq!(row(&seen, "zfs_arc", &cache), [9000.0, 1000.0, 0.9, 0.25]);
    let mount = ["operations", "read_bytes", "read_time", "write_time", "retransmissions"];
    assert_eq!(row(&seen, "nfs_mount:/mnt/media", &mount), [20.0, 1_048_576.0, 0.005, 0.02, 2.0]);
    let server = ["calls", "reads", "writes", "attributes", "bad_calls", "repeated", "threads"];
    assert_eq!(row(&seen, "nfs_server", &server), [100.0, 30.0, 8.0, 30.0, 1.0, 1.0, 8.0]);
}

#[test]
fn filesystems_say_what_is_missing_what_they_found_and_what_they_did() {
    let seen = after("storage", &["1"], 60.0);
    let btrfs = ["data", "data_free", "metadata", "metadata_free", "unallocated", "missing"];
    let row =
        |seen: &BTreeMap<String, f64>| btrfs.map(|name| seen[&format!("btrfs:/backup.{name}")]);
    let [data, whole, metadata] = [41_943_040.0, 134_217_728.0, 360_448.0];
    let set_aside = 67_108_864.0 + 16_777_216.0;
    let unallocated = 629_145_600.0 - whole - set_aside;
    let wanted = [data, whole - data, metadata, set_aside - metadata, unallocated, 0.0];
    assert_eq!(row(&seen), wanted);
    assert_eq!(seen["filesystem_errors:/home.errors"], 0.0);

    let seen = after("storage", &["1", "2"], 60.0);
    assert_eq!(row(&seen)[0], 62_914_560.0);
    assert!(row(&seen)[4].is_nan());
    assert_eq!(row(&seen)[5], 1.0);
    assert_eq!(seen["filesystem_errors:/home.errors"], 1.0);
    assert_eq!(seen["filesystem_errors:/home.new_errors"], 1.0 / 60.0);
    assert_eq!(seen["filesystem_errors:/backup.errors"], 0.0);
    let xfs = |name: &str| seen[&format!("xfs:/srv.{name}")];
    let mebibytes = 5.0 * 1_048_576.0 / 60.0;
    assert_eq!((xfs("read_bytes"), xfs("write_bytes")), (mebibytes, mebibytes));
    assert_eq!(xfs("transactions"), 10.0 / 60.0);
    assert_eq!(xfs("log_bytes"), 5.0 / 60.0 * 512.0);
    assert_eq!(xfs("log_waits"), 1.0 / 60.0);
}
