//! The rules about the host that every configuration has: name and text.

pub(super) const RULES: &[(&str, &str)] = &[
    (
        "steal",
        "average over 20m of cpu.steal > 10, critical > 30, clear below 5, critical clear below 20",
    ),
    (
        "cpu",
        "average over 10m of cpu.busy > 85, critical > 95, clear below 75, critical clear below 85",
    ),
    ("load", "last of load.per_cpu > 2, clear below 1.75, for 1m"),
    // The kernel counts programs that wait for io_uring as waiting for a disk, whatever they wait
    // for, and some kernels in the pressure, too.
    (
        "iowait",
        "average over 10m of cpu.iowait > 40, clear below 20, while pressure.io_some > 10, while disk:*.util > 5",
    ),
    (
        "memory",
        "average over 5m of memory.used_share > 90, critical > 98, clear below 80, critical clear below 90",
    ),
    ("out-of-memory", "max over 30m of vm.oom_kills > 0"),
    ("disk-queue", "average over 10m of disk:*.queue > 10, clear below 5"),
    (
        "filesystem",
        "last of filesystem:*.used_share > 90, critical > 98, clear below 80, critical clear below 90, for 1m",
    ),
    (
        "filesystem-filling",
        "hours to 100 over 3h of filesystem:*.used_share < 8, critical < 2, clear above 12, critical clear above 4, for 5m",
    ),
    (
        "inodes-filling",
        "hours to 0 over 3h of filesystem:*.inodes_free < 8, critical < 2, clear above 12, critical clear above 4, for 5m",
    ),
    // Only filesystems that were writable for most of a day: others are meant to be read-only.
    ("filesystem-read-only", "rise over 1d of filesystem:*.read_only > 0.5, clear below 0.05"),
    ("filesystem-stuck", "last of filesystem:*.stuck > 0, for 30s"),
];
