//! What is measured: one file a probe, each a pure parser, pure arithmetic from counters to rates, and a few lines that read.
//!
//! The `procfs` crate is asked for what is constant (ticks per second, page size) and for what is read seldom. The files of
//! every tick are parsed here: procfs opens the file each time and allocates a map or a vector of strings for each
//! (`/proc/stat`, `diskstats`, `meminfo`: some hundred allocations a second), refuses a whole file for one odd line, and
//! rounds load averages to `f32`.

pub mod apache;
mod cgroup;
mod clock;
mod counter;
mod cpu;
mod disk;
pub mod fetch;
mod filesystem;
mod kind;
mod load;
pub mod memcached;
mod memory;
pub mod mysql;
mod network;
pub mod nginx;
mod pressure;
mod processes;
mod sockets;
mod tcp_states;
mod vm;

use std::time::Duration;

use rrd_core::{Step, Timestamp};
use thiserror::Error;

use crate::host::{Host, ReadError};

pub use cgroup::{CgroupProbe, UNIT};
pub use clock::{CLOCK, ClockProbe};
pub use cpu::{CPU, CPU_TOTAL, CpuProbe};
pub(crate) use cpu::{CpuTicks, cpu_ticks};
pub use disk::{DISK, DiskProbe};
pub(crate) use disk::{disk_counts, is_disk_part};
#[doc(hidden)]
pub use filesystem::mount_places;
pub(crate) use filesystem::mounts;
pub use filesystem::{FILESYSTEM, FilesystemProbe};
pub use kind::{Kind, Metric, Unit};
pub use load::{LOAD, LoadProbe};
pub use memory::{MEMORY, MemoryProbe};
pub(crate) use network::interface_counts;
pub use network::{NETWORK, NetworkProbe};
pub use pressure::{PRESSURE, PressureProbe};
pub use processes::{INTERRUPTS, PROCESSES, ProcessesProbe};
pub use sockets::{SOCKETS, SocketsProbe, TCP, UDP};
#[doc(hidden)]
pub use tcp_states::count_answer;
pub use tcp_states::{TCP_STATES, TcpStatesProbe};
pub use vm::{SWAP, SwapProbe, VM, VmProbe};

const SECOND: Step = whole_seconds(1);
/// The pace of what changes slowly, or costs more to ask.
const TEN_SECONDS: Step = whole_seconds(10);

/// A step of a constant number of seconds.
pub(crate) const fn whole_seconds(seconds: u64) -> Step {
    match Step::from_seconds(seconds) {
        Some(step) => step,
        None => panic!("a step has at least one second"),
    }
}

/// The moment of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    /// The aligned moment that the sample is stored at.
    pub at: Timestamp,
    /// The moment of reading on a clock that never steps, since the host started. Rates are divided by its differences.
    pub clock: Duration,
}

/// A source of samples on this host.
pub trait Probe: Send {
    /// The name in configuration and logs.
    fn name(&self) -> &'static str;

    /// How often it is worth asking, unless the operator says otherwise.
    fn pace(&self) -> Step {
        SECOND
    }

    /// Reads the host and hands each group to `readout`. A value that is not known is NaN.
    ///
    /// # Errors
    ///
    /// [`ProbeError`]; the groups handed over before it stand.
    fn sample(&mut self, tick: Tick, readout: &mut dyn Readout) -> Result<(), ProbeError>;
}

/// Who takes the samples.
pub trait Readout {
    /// One group: its kind, which one of its kind (empty where there is only one), and a value for each metric of the kind.
    fn group(&mut self, kind: &Kind, instance: &str, values: &[f64]);

    /// What people call this instance, where its name is a serial number or the like.
    fn label(&mut self, _kind: &Kind, _instance: &str, _label: &str) {}

    /// Something that a counter did and that was mended: told in `self.corrections`.
    fn corrections(&mut self, _count: u64) {}
}

/// Why a probe has no sample.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// A file could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A file does not hold what it should.
    #[error("{file}: {problem}")]
    Content {
        /// The file, as named below `/proc`.
        file: &'static str,
        /// What is missing or wrong.
        problem: String,
    },
}

impl ProbeError {
    /// Whether the host merely has no such thing.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Read(error) if error.is_missing())
    }
}

/// Every probe of the host itself.
pub fn host_probes(host: &Host) -> Vec<Box<dyn Probe>> {
    vec![
        Box::new(CpuProbe::new(host)),
        Box::new(DiskProbe::new(host)),
        Box::new(MemoryProbe::new(host)),
        Box::new(LoadProbe::new(host)),
        Box::new(NetworkProbe::new(host)),
        Box::new(VmProbe::new(host)),
        Box::new(SwapProbe::new(host)),
        Box::new(ProcessesProbe::new(host)),
        Box::new(PressureProbe::new(host)),
        Box::new(SocketsProbe::new(host)),
        Box::new(TcpStatesProbe::new(host)),
        Box::new(FilesystemProbe::new(host)),
        Box::new(CgroupProbe::new(host)),
        Box::new(ClockProbe::new(host)),
    ]
}

/// Every kind of group that is known without asking anybody.
pub fn kinds() -> [&'static Kind; 32] {
    [
        &CPU_TOTAL,
        &CPU,
        &DISK,
        &MEMORY,
        &LOAD,
        &NETWORK,
        &VM,
        &SWAP,
        &PROCESSES,
        &INTERRUPTS,
        &PRESSURE,
        &TCP,
        &UDP,
        &SOCKETS,
        &TCP_STATES,
        &FILESYSTEM,
        &UNIT,
        &CLOCK,
        &apache::APACHE,
        &apache::APACHE_MEMBER,
        &apache::APACHE_TLS,
        &apache::APACHE_CERTIFICATES,
        &nginx::NGINX,
        &memcached::MEMCACHED,
        &mysql::MYSQL,
        &mysql::MYSQL_COMMANDS,
        &mysql::MYSQL_SELECTS,
        &mysql::MYSQL_HANDLERS,
        &mysql::MYSQL_QUERY_CACHE,
        &mysql::MYSQL_KEYS,
        &mysql::MYSQL_INNODB,
        &mysql::MYSQL_REPLICA,
    ]
}

#[cfg(test)]
pub(crate) mod recorder {
    //! A readout that remembers, for tests.

    use super::{Kind, Readout};

    #[derive(Default)]
    pub(crate) struct Recorder {
        pub(crate) groups: Vec<(String, String, Vec<f64>)>,
        pub(crate) corrections: u64,
    }

    impl Readout for Recorder {
        fn group(&mut self, kind: &Kind, instance: &str, values: &[f64]) {
            assert_eq!(values.len(), kind.metrics.len(), "{} {instance}", kind.name);
            self.groups.push((kind.name.to_string(), instance.to_owned(), values.to_vec()));
        }

        fn corrections(&mut self, count: u64) {
            self.corrections += count;
        }
    }

    impl Recorder {
        /// The value of a metric in the last group of this kind and instance.
        pub(crate) fn value(&self, kind: &Kind, instance: &str, metric: &str) -> f64 {
            let position = kind.position(metric).expect("the kind has the metric");
            let group = self.groups.iter().rev().find(|(k, i, _)| *k == kind.name && i == instance);
            group.unwrap_or_else(|| panic!("no group {} {instance}", kind.name)).2[position]
        }

        pub(crate) fn instances(&self, kind: &Kind) -> Vec<&str> {
            self.groups.iter().filter(|group| group.0 == kind.name).map(|group| &*group.1).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_metric_has_a_name_that_a_data_source_can_bear_and_no_twin() {
        for kind in kinds() {
            let mut names = BTreeSet::new();
            for metric in kind.metrics.iter() {
                assert!(rrd_core::SourceName::new(&metric.name).is_some(), "{}", metric.name);
                assert!(names.insert(metric.name.clone()), "{}.{} twice", kind.name, metric.name);
            }
        }
    }
}
