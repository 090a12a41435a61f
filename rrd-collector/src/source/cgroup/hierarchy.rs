//! The control groups of the kernel, of either version: where they are, and what one of them uses.
//!
//! Version 2 has one tree. Version 1 has one for each controller, and a tree without controllers in
//! which systemd keeps its units; a tree of version 2 may be mounted beside them. A unit has no
//! group of a controller unless its accounting is switched on: then the value is unknown.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::rootfs::Host;
use crate::source::counter::{MEMORY, named, to_f64};
use crate::source::host::pressure_totals;

/// A length that most files do not reach.
const PORTION: usize = 4 << 10;
/// Limit on the length of a longer file.
const MAX_FILE: u64 = 4 << 20;

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

/// What one container uses besides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ContainerUsage {
    /// Microseconds in which some process waited for a CPU, for memory, for a disk.
    pub(super) waited: [Option<u64>; 3],
    /// The limit of its memory; `None` if it has none of its own.
    pub(super) limit: Option<MemoryLimit>,
}

/// A limit of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MemoryLimit {
    /// The most that may be used.
    pub(super) bytes: u64,
    /// Files in memory that have not been used lately, which make room for anything else.
    pub(super) unused_files: u64,
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

    /// What a group uses, given by its path in the tree of units. A group that has no other groups
    /// contains only its own processes.
    pub(super) fn usage(&self, group: &Path, has_groups: bool) -> Usage {
        match self {
            Self::Version2(root) => version_2(&root.join(group)),
            Self::Version1(trees) => version_1(trees, group, has_groups),
        }
    }

    /// What is measured of containers besides.
    pub(super) fn container_usage(&self, group: &Path) -> ContainerUsage {
        match self {
            Self::Version2(root) => {
                let folder = root.join(group);
                let limit = memory_limit(&folder, ["memory.max", "inactive_file"]);
                ContainerUsage { waited: waited(&folder), limit }
            }
            Self::Version1(trees) => {
                let below = |tree: &Option<PathBuf>| tree.as_ref().map(|tree| tree.join(group));
                let names = ["memory.limit_in_bytes", "total_inactive_file"];
                let limit = below(&trees.memory).and_then(|folder| memory_limit(&folder, names));
                // Only version 2 knows how long its groups waited.
                let waited = below(&trees.unified).map_or([None; 3], |folder| waited(&folder));
                ContainerUsage { waited, limit }
            }
        }
    }
}

/// The limit of a group's memory. With it the second name of `memory.stat` is read: the kernel adds
/// up many numbers for that file.
fn memory_limit(folder: &Path, [limit, unused]: [&str; 2]) -> Option<MemoryLimit> {
    // Version 1 has a number beyond any memory where version 2 has `max`.
    let bytes = number(&text(folder, limit)).filter(|bytes| to_f64(*bytes) < MEMORY)?;
    let [unused_files] = named(&text(folder, "memory.stat"), &[unused]);
    Some(MemoryLimit { bytes, unused_files: unused_files.unwrap_or(0) })
}

fn waited(folder: &Path) -> [Option<u64>; 3] {
    let some = |name| pressure_totals(&text(folder, name))[0];
    [some("cpu.pressure"), some("memory.pressure"), some("io.pressure")]
}

/// The text of a file; empty if it is missing, because controllers may be disabled, and if it is no
/// text. The kernel gives the whole of a short file at once, so that its end is not asked for.
fn text(folder: &Path, name: &str) -> String {
    text_of(&folder.join(name)).unwrap_or_default()
}

fn text_of(file: &Path) -> Option<String> {
    let mut file = File::open(file).ok()?;
    let mut bytes = vec![0; PORTION];
    let length = file.read(&mut bytes).ok()?;
    bytes.truncate(length);
    if length == PORTION {
        file.take(MAX_FILE).read_to_end(&mut bytes).ok()?;
    }
    String::from_utf8(bytes).ok()
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

fn version_1(trees: &Controllers, group: &Path, has_groups: bool) -> Usage {
    let text = |tree: &Option<PathBuf>, name: &str| {
        tree.as_ref().map_or_else(String::new, |tree| text(&tree.join(group), name))
    };
    let usage = number(&text(&trees.cpuacct, "cpuacct.usage"))
        .or_else(|| cpu_times(&text(&trees.unified, "cpu.stat"))[0]);
    let [throttled] = named(&text(&trees.cpu, "cpu.stat"), &["throttled_time"]);
    let mut blocks = text(&trees.blkio, "blkio.throttle.io_service_bytes_recursive");
    // Older kernels count only what a group does itself.
    if blocks.is_empty() && !has_groups {
        blocks = text(&trees.blkio, "blkio.throttle.io_service_bytes");
    }
    let [read, written] = ["Read", "Write"].map(|operation| block_bytes(&blocks, operation));
    let [killed] = named(&text(&trees.memory, "memory.oom_control"), &["oom_kill"]);
    let [swap] = named(&text(&trees.memory, "memory.stat"), &["total_swap"]);
    let mut processes = number(&text(&trees.pids, "pids.current"));
    if processes.is_none() && !has_groups {
        let tasks = text_of(&trees.units.join(group).join("tasks"));
        processes = tasks.map(|tasks| tasks.lines().count() as u64);
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
    use std::fs;

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

    /// A host with these files below `/sys/fs/cgroup`.
    fn host(files: &[(&str, &str)]) -> (tempfile::TempDir, Hierarchies) {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let file = root.path().join("sys/fs/cgroup").join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let trees = Hierarchies::find(&Host::at(root.path())).unwrap();
        (root, trees)
    }

    /// What a group uses on such a host.
    fn usage(files: &[(&str, &str)], group: &str, has_groups: bool) -> Usage {
        let (_root, trees) = host(files);
        trees.usage(Path::new(group), has_groups)
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

    #[test]
    fn a_container_of_version_2_has_its_limit_and_waits() {
        let files = [
            ("cgroup.controllers", "cpu memory\n"),
            ("docker/a/memory.max", "8192\n"),
            ("docker/a/memory.stat", "anon 1\ninactive_anon 2\ninactive_file 4096\n"),
            ("docker/a/cpu.pressure", "some avg10=0.00 total=5\nfull avg10=0.00 total=4\n"),
            ("docker/a/io.pressure", "some avg10=0.00 total=7\n"),
            ("docker/b/memory.max", "max\n"),
            ("docker/b/memory.stat", "inactive_file 4096\n"),
        ];
        let (_root, trees) = host(&files);
        let limit = Some(MemoryLimit { bytes: 8192, unused_files: 4096 });
        let found = trees.container_usage(Path::new("docker/a"));
        assert_eq!(found, ContainerUsage { waited: [Some(5), None, Some(7)], limit });
        assert_eq!(trees.container_usage(Path::new("docker/b")), ContainerUsage::default());
    }

    #[test]
    fn a_container_of_version_1_has_a_limit_unless_it_is_beyond_any_memory() {
        let files = [
            ("systemd/docker/a/tasks", ""),
            ("memory/docker/a/memory.limit_in_bytes", "8192\n"),
            ("memory/docker/a/memory.stat", "inactive_file 1\ntotal_inactive_file 2\n"),
            ("memory/docker/b/memory.limit_in_bytes", "9223372036854771712\n"),
        ];
        let (_root, trees) = host(&files);
        let limit = Some(MemoryLimit { bytes: 8192, unused_files: 2 });
        let found = trees.container_usage(Path::new("docker/a"));
        assert_eq!(found, ContainerUsage { waited: [None; 3], limit });
        assert_eq!(trees.container_usage(Path::new("docker/b")), ContainerUsage::default());
    }

    #[test]
    fn a_file_longer_than_one_portion_is_read_whole_and_one_that_is_no_text_is_missing() {
        let long = "8:0 rbytes=1 wbytes=2\n".repeat(PORTION / 8);
        let files = [("cgroup.controllers", ""), ("a.service/io.stat", &long)];
        let (root, trees) = host(&files);
        let all = Some(u64::try_from(PORTION / 8).unwrap());
        let read = |trees: &Hierarchies| trees.usage(Path::new("a.service"), false).counters[2];
        assert_eq!(read(&trees), all);
        let file = root.path().join("sys/fs/cgroup/a.service/io.stat");
        fs::write(file, b"8:0 rbytes=1 \xff\n").unwrap();
        assert_eq!(read(&trees), None);
    }
}
