//! The control groups of the kernel, of either version: where they are, and what one of them uses.
//!
//! Version 2 has one tree. Version 1 has one for each controller, and a tree without controllers in
//! which systemd keeps its units; a tree of version 2 may be mounted beside them. A unit has no
//! group of a controller unless its accounting is switched on: then the value is unknown.

use std::fs;
use std::path::{Path, PathBuf};

use crate::rootfs::Host;
use crate::source::counter::named;

/// What one group uses. All values are unknown if their controllers are not enabled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    /// Nanoseconds of CPU time, and of waiting for the next period of its quota; bytes read and
    /// written; processes killed because memory ran out.
    pub(super) counters: [Option<u64>; 5],
    /// Bytes.
    pub(super) memory: Option<u64>,
    /// Bytes.
    pub(super) swap: Option<u64>,
    /// Processes and threads.
    pub(super) processes: Option<u64>,
}

/// The trees of a host.
pub(super) enum Hierarchies {
    Version2(PathBuf),
    Version1(Controllers),
}

/// The trees of version 1.
pub(super) struct Controllers {
    /// The tree with all units.
    units: PathBuf,
    /// The tree of version 2, which counts CPU time without a controller.
    unified: Option<PathBuf>,
    cpu: Option<PathBuf>,
    cpuacct: Option<PathBuf>,
    memory: Option<PathBuf>,
    blkio: Option<PathBuf>,
    pids: Option<PathBuf>,
}

impl Hierarchies {
    /// The trees of this host; `None` if there are no control groups.
    pub(super) fn find(host: &Host) -> Option<Self> {
        let root = host.sys("fs/cgroup");
        if root.join("cgroup.controllers").exists() {
            return Some(Self::Version2(root));
        }
        let first = |names: &[&str]| {
            names.iter().map(|name| root.join(name)).find(|folder| folder.is_dir())
        };
        // Without systemd the containers are in the trees of all controllers.
        let units = first(&["systemd", "unified", "memory"])?;
        Some(Self::Version1(Controllers {
            units,
            unified: first(&["unified"]),
            cpu: first(&["cpu", "cpu,cpuacct"]),
            cpuacct: first(&["cpuacct", "cpu,cpuacct"]),
            memory: first(&["memory"]),
            blkio: first(&["blkio"]),
            pids: first(&["pids"]),
        }))
    }

    /// The tree in which every unit has a group.
    pub(super) fn units(&self) -> &Path {
        match self {
            Self::Version2(root) => root,
            Self::Version1(trees) => &trees.units,
        }
    }

    /// What a group uses, given by its path in the tree of units. A group that is no slice contains
    /// only its own processes.
    pub(super) fn usage(&self, group: &Path, is_slice: bool) -> Usage {
        match self {
            Self::Version2(root) => version_2(&root.join(group)),
            Self::Version1(trees) => version_1(trees, group, is_slice),
        }
    }
}

/// The text of a file; empty if it is missing, because controllers may be disabled.
fn text(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap_or_default()
}

fn number(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

fn version_2(folder: &Path) -> Usage {
    let text = |name| text(folder, name);
    let [usage, throttled] = cpu_times(&text("cpu.stat"));
    let [killed] = named(&text("memory.events"), &["oom_kill"]);
    let io = text("io.stat");
    let [read, written] = ["rbytes=", "wbytes="].map(|key| io_bytes(&io, key));
    Usage {
        counters: [usage, throttled, read, written, killed],
        memory: number(&text("memory.current")),
        swap: number(&text("memory.swap.current")),
        processes: number(&text("pids.current")),
    }
}

fn version_1(trees: &Controllers, group: &Path, is_slice: bool) -> Usage {
    let text = |tree: &Option<PathBuf>, name: &str| {
        tree.as_ref().map_or_else(String::new, |tree| text(&tree.join(group), name))
    };
    let usage = number(&text(&trees.cpuacct, "cpuacct.usage"))
        .or_else(|| cpu_times(&text(&trees.unified, "cpu.stat"))[0]);
    let [throttled] = named(&text(&trees.cpu, "cpu.stat"), &["throttled_time"]);
    let mut blocks = text(&trees.blkio, "blkio.throttle.io_service_bytes_recursive");
    // Older kernels count only what a group does itself.
    if blocks.is_empty() && !is_slice {
        blocks = text(&trees.blkio, "blkio.throttle.io_service_bytes");
    }
    let [read, written] = ["Read", "Write"].map(|operation| block_bytes(&blocks, operation));
    let [killed] = named(&text(&trees.memory, "memory.oom_control"), &["oom_kill"]);
    let [swap] = named(&text(&trees.memory, "memory.stat"), &["total_swap"]);
    let mut processes = number(&text(&trees.pids, "pids.current"));
    if processes.is_none() && !is_slice {
        let tasks = fs::read_to_string(trees.units.join(group).join("tasks"));
        processes = tasks.ok().map(|tasks| tasks.lines().count() as u64);
    }
    Usage {
        counters: [usage, throttled, read, written, killed],
        memory: number(&text(&trees.memory, "memory.usage_in_bytes")),
        swap,
        processes,
    }
}

/// Nanoseconds used and throttled by `cpu.stat` of version 2.
fn cpu_times(text: &str) -> [Option<u64>; 2] {
    named(text, &["usage_usec", "throttled_usec"])
        .map(|microseconds| microseconds.map(|count| count.saturating_mul(1000)))
}

/// The sum of `MAJOR:MINOR rbytes=N wbytes=N ...` over all devices; `None` for an empty file.
fn io_bytes(text: &str, key: &str) -> Option<u64> {
    let numbers =
        text.split_ascii_whitespace().filter_map(|word| word.strip_prefix(key)?.parse().ok());
    numbers.reduce(u64::saturating_add)
}

/// The sum of `MAJOR:MINOR OPERATION N` over all devices; `None` for a missing file. A group
/// without requests has only the line of the total.
fn block_bytes(text: &str, operation: &str) -> Option<u64> {
    let numbers = text.lines().filter_map(|line| {
        let mut words = line.split_ascii_whitespace().skip(1);
        words.next().filter(|word| *word == operation)?;
        words.next()?.parse().ok()
    });
    let sum = numbers.fold(0, u64::saturating_add);
    (!text.is_empty()).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_both_versions_are_added_over_all_devices() {
        let text = "8:0 rbytes=100 wbytes=5 rios=1\n254:0 rbytes=1 wbytes=5\n";
        assert_eq!((io_bytes(text, "rbytes="), io_bytes(text, "wbytes=")), (Some(101), Some(10)));
        assert_eq!(io_bytes("", "rbytes="), None);
        let text = "8:0 Read 100\n8:0 Write 5\n8:0 Sync 7\n8:16 Read 1\nTotal 105\n";
        assert_eq!((block_bytes(text, "Read"), block_bytes(text, "Write")), (Some(101), Some(5)));
        assert_eq!(block_bytes("Total 0\n", "Read"), Some(0));
        assert_eq!(block_bytes("", "Read"), None);
    }

    /// What a group uses on a host with these files below `/sys/fs/cgroup`.
    fn usage(files: &[(&str, &str)], group: &str, is_slice: bool) -> Usage {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let file = root.path().join("sys/fs/cgroup").join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let trees = Hierarchies::find(&Host::at(root.path())).unwrap();
        trees.usage(Path::new(group), is_slice)
    }

    #[test]
    fn a_unit_without_accounting_has_what_version_2_beside_it_counts() {
        let files = [
            ("systemd/a.service/tasks", "7\n8\n9\n"),
            ("unified/cgroup.controllers", ""),
            ("unified/a.service/cpu.stat", "usage_usec 12\nuser_usec 9\n"),
            ("memory/memory.usage_in_bytes", "1\n"),
        ];
        let counters = [Some(12_000), None, None, None, None];
        let wanted = Usage { counters, processes: Some(3), ..Usage::default() };
        assert_eq!(usage(&files, "a.service", false), wanted);
    }

    #[test]
    fn a_slice_is_not_taken_for_what_it_does_itself() {
        let files = [
            ("systemd/a.slice/tasks", ""),
            ("blkio/a.slice/blkio.throttle.io_service_bytes", "Total 0\n"),
        ];
        assert_eq!(usage(&files, "a.slice", true), Usage::default());
    }

    #[test]
    fn a_host_without_systemd_has_its_containers_in_the_tree_of_memory() {
        let files = [
            ("cpuacct/docker/cpuacct.usage", "5\n"),
            ("memory/docker/memory.usage_in_bytes", "4096\n"),
        ];
        let found = usage(&files, "docker", false);
        assert_eq!((found.counters[0], found.memory), (Some(5), Some(4096)));
    }
}
