//! What is measured of a unit and of a container.

use super::hierarchy::{ContainerUsage, Usage};
use crate::group::{Kind, Metric, Unit};
use crate::source::counter::{MEMORY, TASKS, at_most, per, to_f64};
use crate::source::host::pressure_share;

const CPU: Metric = Metric::new("cpu", Unit::Cores, "CPU time");
const CPU_THROTTLED: Metric = Metric::new(
    "cpu_throttled",
    Unit::Cores,
    "time in which it was throttled because its quota was used up",
);
const USED_MEMORY: Metric = Metric::new("memory", Unit::Bytes, "memory, including page cache");
const READ: Metric = Metric::new("read_bytes", Unit::BytesPerSecond, "read from disks");
const WRITTEN: Metric = Metric::new("write_bytes", Unit::BytesPerSecond, "written to disks");
const PROCESSES: Metric = Metric::new("processes", Unit::Count, "processes and threads");
const OOM_KILLS: Metric =
    Metric::new("oom_kills", Unit::PerSecond, "processes killed because memory ran out");

/// One service or slice.
pub static UNIT: Kind = Kind::new("unit", "Services", OF_UNIT);

const OF_UNIT: &[Metric] = &[
    CPU,
    CPU_THROTTLED,
    USED_MEMORY,
    Metric::new("swap", Unit::Bytes, "swap space"),
    READ,
    WRITTEN,
    PROCESSES,
    OOM_KILLS,
];

/// One container or virtual machine.
pub static CONTAINER: Kind = Kind::new("container", "Containers", OF_CONTAINER);

const OF_CONTAINER: &[Metric] = &[
    CPU,
    CPU_THROTTLED,
    USED_MEMORY,
    Metric::new(
        "memory_share",
        Unit::Share,
        "share of its own limit in use, without files that it has not used lately",
    ),
    READ,
    WRITTEN,
    PROCESSES,
    OOM_KILLS,
    Metric::new("cpu_some", Unit::Share, "some process of it waited for a CPU"),
    Metric::new("memory_some", Unit::Share, "some process of it waited for memory"),
    Metric::new("io_some", Unit::Share, "some process of it waited for a disk"),
];

/// The values of a unit, given what it uses and the growth of its counters per second.
pub(super) fn unit_values(usage: &Usage, rates: &[f64; 5]) -> Vec<f64> {
    let [cpu, throttled, read, written, killed] = *rates;
    let [memory, swap] = [usage.memory, usage.swap].map(|bytes| at_most(MEMORY, bytes));
    let processes = at_most(TASKS, usage.processes);
    vec![cpu / 1e9, throttled / 1e9, memory, swap, read, written, processes, killed]
}

/// The values of a container, given the same and how long it waited.
pub(super) fn container_values(
    usage: &Usage,
    rates: &[f64; 5],
    besides: &ContainerUsage,
    waited: &[f64; 3],
) -> Vec<f64> {
    let [cpu, throttled, read, written, killed] = *rates;
    let memory = at_most(MEMORY, usage.memory);
    let share = besides.limit.map_or(f64::NAN, |limit| {
        let used = memory - to_f64(limit.unused_files);
        per(if used < 0.0 { 0.0 } else { used }, to_f64(limit.bytes))
    });
    // A limit that was lowered may be below what is used.
    let share = if share > 1.0 { 1.0 } else { share };
    let processes = at_most(TASKS, usage.processes);
    let [cpu_some, memory_some, io_some] = waited.map(pressure_share);
    vec![
        cpu / 1e9,
        throttled / 1e9,
        memory,
        share,
        read,
        written,
        processes,
        killed,
        cpu_some,
        memory_some,
        io_some,
    ]
}

#[cfg(test)]
mod tests {
    use super::super::hierarchy::MemoryLimit;
    use super::*;

    /// The share of its limit that a container uses.
    fn share(memory: u64, unused_files: u64, bytes: u64) -> f64 {
        let usage = Usage { memory: Some(memory), ..Usage::default() };
        let limit = Some(MemoryLimit { bytes, unused_files });
        let besides = ContainerUsage { limit, ..ContainerUsage::default() };
        let values = container_values(&usage, &[f64::NAN; 5], &besides, &[f64::NAN; 3]);
        values[CONTAINER.position("memory_share").unwrap()]
    }

    #[test]
    fn a_container_full_of_files_that_nobody_uses_is_far_from_its_limit() {
        assert_eq!(share(1000, 750, 1000), 0.25);
        assert_eq!((share(100, 200, 1000), share(2000, 0, 1000)), (0.0, 1.0));
        assert!(share(100, 0, 0).is_nan());
        assert!(share(u64::MAX, 0, 1000).is_nan());
    }
}
