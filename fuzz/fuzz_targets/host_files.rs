//! Files of the kernel, read by the probes and for `/metrics?names=node`. Every file of the host
//! has the same text: first the text before a NUL, then the text after it, because rates need two
//! readings.
#![no_main]

use std::fs::{create_dir_all, write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use rrd_collector::Host;
use rrd_collector::group::catalog::Catalog;
use rrd_collector::group::{Kind, Unit};
use rrd_collector::output::prometheus::node::Node;
use rrd_collector::schedule::Tick;
use rrd_collector::section::Pattern;
use rrd_collector::source::cgroup::CgroupProbe;
use rrd_collector::source::hardware::{
    FrequencyProbe, MemoryErrorsProbe, SensorsProbe, SupplyProbe, ThrottlingProbe,
};
use rrd_collector::source::host::{
    CpuProbe, DiskProbe, FragmentationProbe, HugePagesProbe, LoadProbe, MemoryProbe, PressureProbe,
    ProcessesProbe, SwapProbe, VmProbe, mount_places,
};
use rrd_collector::source::kernel::{EntropyProbe, InterruptSourcesProbe, SoftirqsProbe};
use rrd_collector::source::network::{
    BondProbe, ConntrackProbe, IpProbe, LinkProbe, NetworkProbe, SocketsProbe, SoftnetProbe,
};
use rrd_collector::source::probe::Probe;
use rrd_collector::source::process::ProcessProbe;
use rrd_collector::source::sample::SampleSink;
use rrd_collector::source::storage::{
    ArcProbe, BtrfsProbe, ErrorsProbe, MdadmProbe, NfsProbe, NfsServerProbe, PoolProbe, XfsProbe,
};
use rrd_collector::source::textfile::exposition;
use rrd_collector::source::watched::WatchedProcess;
use rrd_core::Timestamp;

const FILES: &[&str] = &[
    "proc/stat",
    "proc/diskstats",
    "proc/meminfo",
    "proc/vmstat",
    "proc/loadavg",
    "proc/buddyinfo",
    "sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages",
    "sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages",
    "sys/kernel/mm/hugepages/hugepages-2048kB/resv_hugepages",
    "sys/kernel/mm/hugepages/hugepages-2048kB/surplus_hugepages",
    "proc/uptime",
    "proc/interrupts",
    "proc/softirqs",
    "proc/sys/kernel/random/entropy_avail",
    "proc/sys/kernel/random/poolsize",
    "proc/sys/kernel/random/read_wakeup_threshold",
    "proc/1/stat",
    "proc/1/cmdline",
    "proc/1/cgroup",
    "proc/1/mountinfo",
    "proc/self/mountinfo",
    "proc/spl/kstat/zfs/arcstats",
    "proc/pressure/cpu",
    "proc/pressure/io",
    "proc/pressure/irq",
    "proc/pressure/memory",
    "proc/sys/fs/file-nr",
    "proc/net/arp",
    "proc/net/dev",
    "proc/net/netstat",
    "proc/net/snmp",
    "proc/net/snmp6",
    "proc/net/sockstat",
    "proc/net/sockstat6",
    "proc/net/softnet_stat",
    "proc/net/stat/nf_conntrack",
    "proc/sys/net/netfilter/nf_conntrack_count",
    "proc/sys/net/netfilter/nf_conntrack_max",
    "sys/devices/system/cpu/online",
    "sys/class/net/eth0/device/.keep",
    "sys/class/net/eth0/statistics/rx_nohandler",
    "sys/class/net/eth0/speed",
    "sys/class/net/eth0/carrier",
    "sys/class/net/eth0/carrier_changes",
    "sys/class/net/eth0/duplex",
    "sys/class/net/bond0/bonding/ad_num_ports",
    "proc/net/bonding/bond0",
    "sys/devices/system/clocksource/clocksource0/current_clocksource",
    "sys/fs/cgroup/cgroup.controllers",
    "sys/fs/cgroup/system.slice/cpu.stat",
    "sys/fs/cgroup/system.slice/io.stat",
    "sys/fs/cgroup/system.slice/memory.current",
    "sys/fs/cgroup/system.slice/memory.swap.current",
    "sys/fs/cgroup/system.slice/memory.events",
    "sys/fs/cgroup/system.slice/pids.current",
    "sys/class/net/eth0/flags",
    "sys/fs/cgroup/lxc.payload.web/cpu.stat",
    "sys/fs/cgroup/lxc.payload.web/cpu.pressure",
    "sys/fs/cgroup/lxc.payload.web/io.pressure",
    "sys/fs/cgroup/lxc.payload.web/memory.pressure",
    "sys/fs/cgroup/lxc.payload.web/memory.current",
    "sys/fs/cgroup/lxc.payload.web/memory.max",
    "sys/fs/cgroup/lxc.payload.web/memory.stat",
    "sys/fs/cgroup/lxc/101/memory.current",
    "var/lib/lxc/101/config",
    "sys/fs/cgroup/qemu.slice/102.scope/cgroup.procs",
    "sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/docker-CONTAINER.scope/io.stat",
    "etc/passwd",
    // A host with version 1 of the control groups, and a container.
    "old/sys/fs/cgroup/systemd/a.service/tasks",
    "old/sys/fs/cgroup/unified/a.service/cpu.stat",
    "old/sys/fs/cgroup/cpu/a.service/cpu.stat",
    "old/sys/fs/cgroup/cpuacct/a.service/cpuacct.usage",
    "old/sys/fs/cgroup/blkio/a.service/blkio.throttle.io_service_bytes",
    "old/sys/fs/cgroup/memory/a.service/memory.usage_in_bytes",
    "old/sys/fs/cgroup/memory/a.service/memory.oom_control",
    "old/sys/fs/cgroup/memory/a.service/memory.stat",
    "old/sys/fs/cgroup/systemd/docker/CONTAINER/tasks",
    "old/sys/fs/cgroup/memory/docker/CONTAINER/memory.limit_in_bytes",
    "old/sys/fs/cgroup/memory/docker/CONTAINER/memory.stat",
    "old/var/lib/docker/containers/CONTAINER/config.v2.json",
    "old/var/lib/containers/storage/overlay-containers/containers.json",
    "proc/mdstat",
    "sys/block/md0/dev",
    "sys/block/md0/md/array_state",
    "sys/block/md0/md/mismatch_cnt",
    "run/udev/data/b9:0",
    "proc/spl/kstat/zfs/tank/state",
    "proc/spl/kstat/zfs/tank/objset-0x36",
    "proc/spl/kstat/zfs/old/io",
    "sys/fs/btrfs/9c0f-6a3e/label",
    "sys/fs/btrfs/9c0f-6a3e/allocation/data/disk_total",
    "sys/fs/btrfs/9c0f-6a3e/allocation/data/disk_used",
    "sys/fs/btrfs/9c0f-6a3e/devices/sda/size",
    "sys/fs/btrfs/9c0f-6a3e/devices/sda/dm/name",
    "sys/fs/btrfs/9c0f-6a3e/devinfo/1/missing",
    "sys/fs/btrfs/9c0f-6a3e/devinfo/1/error_stats",
    "sys/fs/ext4/sda1/errors_count",
    "sys/class/block/sda1/dev",
    "sys/fs/xfs/sda1/stats/stats",
    "sys/fs/xfs/stats/stats",
    "old/proc/fs/xfs/stat",
    "proc/self/mountstats",
    "proc/net/rpc/nfsd",
    "etc/os-release",
    "sys/class/hwmon/hwmon0/name",
    "sys/class/hwmon/hwmon0/temp1_input",
    "sys/class/hwmon/hwmon0/temp1_label",
    "sys/class/hwmon/hwmon0/temp1_max",
    "sys/class/hwmon/hwmon0/temp1_crit",
    "sys/class/hwmon/hwmon0/fan1_input",
    "sys/class/hwmon/hwmon0/pwm1",
    "sys/class/hwmon/hwmon0/in0_input",
    "sys/class/hwmon/hwmon0/in0_label",
    "sys/class/hwmon/hwmon0/power1_average",
    "sys/class/thermal/thermal_zone0/type",
    "sys/class/thermal/thermal_zone0/temp",
    "sys/class/thermal/thermal_zone0/trip_point_0_type",
    "sys/class/thermal/thermal_zone0/trip_point_0_temp",
    "sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count",
    "sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_total_time_ms",
    "sys/devices/platform/soc/soc:firmware/get_throttled",
    "sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq",
    "sys/devices/system/cpu/cpufreq/policy0/scaling_max_freq",
    "sys/devices/system/edac/mc/mc0/ce_count",
    "sys/devices/system/edac/mc/mc0/ue_count",
    "sys/class/power_supply/BAT0/uevent",
];

/// The folder that represents `/`; all other files are links to its file `text`.
static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let root = folder.join(format!("rrd-fuzz-host-{}", std::process::id()));
    for file in FILES {
        let file = root.join(file.replace("CONTAINER", &"c".repeat(64)));
        create_dir_all(file.parent().expect("a folder")).expect("a place to write");
        symlink(root.join("text"), file).expect("a link");
    }
    root
});

struct Seen;

impl SampleSink for Seen {
    fn group(&mut self, kind: &Kind, instance: &str, values: &[f64]) {
        assert_eq!(kind.metrics.len(), values.len());
        for (metric, value) in kind.metrics.iter().zip(values) {
            let most = if metric.unit == Unit::Share { 1.0 + 1e-9 } else { f64::MAX };
            let least = metric.unit.minimum().unwrap_or(f64::MIN);
            let fits = value.is_nan() || (least..=most).contains(value);
            assert!(fits, "{}:{instance}.{} is {value}", kind.name, metric.name);
        }
    }
}

/// The probe of processes, which looks at command lines, too.
fn watched_processes(host: &Host) -> ProcessProbe {
    let mut probe = ProcessProbe::new(host);
    let [program, command] = ["a*", "*b*"].map(|text| Some(Pattern::new(text)));
    probe.watch(&[
        WatchedProcess { name: "a".to_owned(), program, command: None },
        WatchedProcess { name: "b".to_owned(), program: None, command },
    ]);
    probe
}

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (first, second) = text.split_once('\0').unwrap_or((text, text));
    let host = Host::at(&*ROOT);
    // Probes that only read files: not those that ask the kernel for sockets or filesystems for
    // their space.
    let mut probes: Vec<Box<dyn Probe>> = vec![
        Box::new(CpuProbe::new(&host)),
        Box::new(DiskProbe::new(&host)),
        Box::new(MemoryProbe::new(&host)),
        Box::new(LoadProbe::new(&host)),
        Box::new(NetworkProbe::new(&host)),
        Box::new(VmProbe::new(&host)),
        Box::new(SwapProbe::new(&host)),
        Box::new(ProcessesProbe::new(&host)),
        Box::new(PressureProbe::new(&host)),
        Box::new(SocketsProbe::new(&host)),
        Box::new(HugePagesProbe::new(&host)),
        Box::new(FragmentationProbe::new(&host)),
        Box::new(LinkProbe::new(&host)),
        Box::new(BondProbe::new(&host)),
        Box::new(IpProbe::new(&host)),
        Box::new(SoftnetProbe::new(&host)),
        Box::new(ConntrackProbe::new(&host)),
        Box::new(MdadmProbe::new(&host)),
        Box::new(PoolProbe::new(&host)),
        Box::new(ArcProbe::new(&host)),
        Box::new(BtrfsProbe::new(&host)),
        Box::new(XfsProbe::new(&host)),
        Box::new(XfsProbe::new(&Host::at(ROOT.join("old")))),
        Box::new(ErrorsProbe::new(&host)),
        Box::new(NfsProbe::new(&host)),
        Box::new(NfsServerProbe::new(&host)),
        Box::new(watched_processes(&host)),
        Box::new(InterruptSourcesProbe::new(&host)),
        Box::new(SoftirqsProbe::new(&host)),
        Box::new(EntropyProbe::new(&host)),
        Box::new(CgroupProbe::new(&host)),
        Box::new(CgroupProbe::new(&Host::at(ROOT.join("old")))),
        Box::new(SensorsProbe::new(&host)),
        Box::new(ThrottlingProbe::new(&host)),
        Box::new(FrequencyProbe::new(&host)),
        Box::new(MemoryErrorsProbe::new(&host)),
        Box::new(SupplyProbe::new(&host)),
    ];
    for (text, second) in [(first, 1), (second, 11)] {
        write(ROOT.join("text"), text).expect("a place to write");
        let at = Timestamp::from_seconds(1_800_000_000 + second);
        let tick = Tick { at, clock: Duration::from_secs(second.unsigned_abs()) };
        for probe in &mut probes {
            if let Err(error) = probe.sample(tick, &mut Seen) {
                assert!(!error.to_string().is_empty());
            }
        }
    }
    let _ = mount_places(second);
    let exposed = Node::default().scrape(&host, &Catalog::default()).text(false);
    if let Err(error) = exposition::parse(&exposed) {
        panic!("{error}\n{exposed}");
    }
});
