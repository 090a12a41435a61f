//! What is measured: one folder a source, each a pure parser, arithmetic from counters to rates, and a few lines that read.

pub mod apache;
pub mod batch;
pub mod collectd;
pub mod collector;
mod counter;
pub mod host;
pub mod memcached;
pub mod meter;
pub mod munin;
pub mod mysql;
pub mod nginx;
pub mod server;
pub mod statsd;
pub mod textfile;

use rrd_core::Step;
use thiserror::Error;

use crate::group::Kind;
use crate::rootfs::ReadError;
use crate::schedule::{Tick, whole_seconds};

const SECOND: Step = whole_seconds(1);
/// The pace of what changes slowly, or costs more to ask.
const TEN_SECONDS: Step = whole_seconds(10);

/// A source of samples on this host.
pub trait Probe: Send {
    /// The name in configuration and logs.
    fn name(&self) -> &'static str;

    /// How often it is worth asking, unless the operator says otherwise.
    fn default_interval(&self) -> Step {
        SECOND
    }

    /// Reads the host and hands each group to `sink`. A value that is not known is NaN.
    ///
    /// # Errors
    ///
    /// [`ProbeError`]; the groups handed over before it stand.
    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError>;
}

/// Who takes the samples.
pub trait SampleSink {
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

/// The kinds of group whose metrics programs describe while the daemon runs.
pub const DESCRIBED_LATER: [&str; 2] = [munin::MUNIN, collectd::COLLECTD];

/// Every other kind of group, whose metrics are known beforehand.
pub fn kinds() -> [&'static Kind; 39] {
    [
        &host::CPU_TOTAL,
        &host::CPU,
        &host::DISK,
        &host::MEMORY,
        &host::LOAD,
        &host::NETWORK,
        &host::VM,
        &host::SWAP,
        &host::PROCESSES,
        &host::INTERRUPTS,
        &host::PRESSURE,
        &host::TCP,
        &host::UDP,
        &host::SOCKETS,
        &host::TCP_STATES,
        &host::FILESYSTEM,
        &host::UNIT,
        &host::CLOCK,
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
        &statsd::COUNTER,
        &statsd::GAUGE,
        &statsd::MEASUREMENT,
        &statsd::MEMBERS,
        &textfile::TEXTFILE,
        &textfile::TEXTFILE_FILE,
        &collector::OWN,
    ]
}

#[cfg(test)]
pub(crate) mod recorder {
    //! A sink that remembers, for tests.

    use super::{Kind, SampleSink};

    #[derive(Default)]
    pub(crate) struct Recorder {
        pub(crate) groups: Vec<(String, String, Vec<f64>)>,
        pub(crate) corrections: u64,
    }

    impl SampleSink for Recorder {
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
            assert_eq!(crate::group::GroupId::new(&kind.name, "").unwrap().kind(), kind.name);
            let mut names = BTreeSet::new();
            for metric in kind.metrics.iter() {
                assert!(rrd_core::SourceName::new(&metric.name).is_ok(), "{}", metric.name);
                assert!(names.insert(metric.name.clone()), "{}.{} twice", kind.name, metric.name);
            }
        }
    }
}
