//! The NFS server: calls, bytes, and clients that ask again: `/proc/net/rpc/nfsd`.
//!
//! Each line is a name and numbers; newer kernels append lines. `proc2`, `proc3` and `proc4ops` are
//! a count of numbers and then one for each operation, in the order of RFC 1094, RFC 1813 and
//! RFC 7530. Old kernels count in 32 bits. The lines are described in nfsstat(8).

use rrd_core::Step;

use super::super::columns::{columns, sum};
use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile};
use crate::schedule::Tick;
use crate::source::counter::{Counters, Limits, THINGS, at_most};
use crate::source::probe::{Probe, ProbeError, TEN_SECONDS};
use crate::source::sample::SampleSink;

/// The server of this host.
pub static NFS_SERVER: Kind = Kind::new("nfs_server", "NFS server", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("calls", Unit::PerSecond, "calls of clients"),
    Metric::new("reads", Unit::PerSecond, "reads"),
    Metric::new("writes", Unit::PerSecond, "writes"),
    Metric::new("attributes", Unit::PerSecond, "questions for the attributes of a file"),
    Metric::new("read_bytes", Unit::BytesPerSecond, "read by clients"),
    Metric::new("write_bytes", Unit::BytesPerSecond, "written by clients"),
    Metric::new("bad_calls", Unit::PerSecond, "calls that were refused"),
    Metric::new("repeated", Unit::PerSecond, "calls that a client sent again"),
    Metric::new("connections", Unit::PerSecond, "TCP connections opened"),
    Metric::new("threads", Unit::Count, "threads that serve; 0 while it is stopped"),
];

const COUNTERS: usize = 9;

const LIMITS: [Limits; COUNTERS] = {
    let mut limits = [Limits::EVENTS.narrow(); COUNTERS];
    limits[4] = Limits::BYTES.narrow();
    limits[5] = Limits::BYTES.narrow();
    limits
};

/// Samples the server.
pub struct NfsServerProbe {
    file: KeptFile,
    counters: Counters<COUNTERS>,
}

impl NfsServerProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self { file: host.proc("net/rpc/nfsd"), counters: Counters::default() }
    }
}

impl Probe for NfsServerProbe {
    fn name(&self) -> &'static str {
        "nfs_server"
    }

    fn default_interval(&self) -> Step {
        TEN_SECONDS
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let Some(text) = self.file.read_if_present()? else { return Ok(()) };
        let rates = self.counters.rates(tick.clock, counts(text), &LIMITS, sink);
        let [calls, reads, writes, attributes, read, written, bad, repeated, connections] = rates;
        let [threads] = columns(text, "th", [0]).map(|threads| at_most(THINGS, threads));
        let values =
            [calls, reads, writes, attributes, read, written, bad, repeated, connections, threads];
        sink.group(&NFS_SERVER, "", &values);
        Ok(())
    }
}

fn counts(text: &str) -> [Option<u64>; COUNTERS] {
    // The first number of these lines says how many follow.
    let [attributes2, read2, write2] = columns(text, "proc2", [1 + 1, 1 + 6, 1 + 8]);
    let [attributes3, read3, write3] = columns(text, "proc3", [1 + 1, 1 + 6, 1 + 7]);
    let [attributes4, read4, write4] = columns(text, "proc4ops", [1 + 9, 1 + 25, 1 + 38]);
    let [read, written] = columns(text, "io", [0, 1]);
    let [calls, bad] = columns(text, "rpc", [0, 1]);
    let [repeated] = columns(text, "rc", [0]);
    let [connections] = columns(text, "net", [3]);
    [
        calls,
        sum([read2, read3, read4]),
        sum([write2, write3, write4]),
        sum([attributes2, attributes3, attributes4]),
        read,
        written,
        bad,
        repeated,
        connections,
    ]
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use rrd_core::Timestamp;

    use super::*;
    use crate::source::sample::recorder::Recorder;

    /// The last sample of a server that wrote these texts, ten seconds apart.
    fn after(texts: &[String]) -> Recorder {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("proc/net/rpc/nfsd");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let mut probe = NfsServerProbe::new(&Host::at(root.path()));
        let mut recorder = Recorder::default();
        for (second, text) in (10..).step_by(10).zip(texts) {
            fs::write(&file, text).unwrap();
            let tick = Tick { at: Timestamp::default(), clock: Duration::from_secs(second) };
            probe.sample(tick, &mut recorder).unwrap();
        }
        recorder
    }

    /// A line of operations: each has its own number of them, times a factor.
    fn operations(name: &str, count: u64, factor: u64) -> String {
        let numbers: Vec<String> = (0..count).map(|op| (op * factor).to_string()).collect();
        format!("{name} {count} {}\n", numbers.join(" "))
    }

    #[test]
    fn operations_of_all_versions_are_added_up() {
        let text = |factor: u64| {
            format!(
                "rc {} 40 50\nfh 1 0 0 0 0\nio {} {}\nth 8 0 0.000 0.000\nra 32 0 0 0\n\
                 net {} 0 {} {}\nrpc {} {} 1 0 0\n",
                factor,
                factor * 4000,
                factor * 200,
                factor * 9,
                factor * 9,
                factor * 2,
                factor * 900,
                factor * 3
            ) + &operations("proc3", 22, factor)
                + "proc4 2 2 600\n"
                + &operations("proc4ops", 76, factor)
                + "wdeleg_getattr 0\n"
        };
        let seen = after(&[text(10), text(20)]);
        let value = |metric| seen.value(&NFS_SERVER, "", metric);
        assert_eq!(
            ["calls", "bad_calls", "repeated", "connections"].map(value),
            [900.0, 3.0, 1.0, 2.0]
        );
        assert_eq!(["reads", "writes", "attributes"].map(value), [31.0, 45.0, 10.0]);
        assert_eq!(["read_bytes", "write_bytes", "threads"].map(value), [4000.0, 200.0, 8.0]);
    }

    #[test]
    fn an_old_kernel_counts_bytes_in_32_bits_and_knows_version_2() {
        let text = |bytes: u32, factor: u64| {
            format!(
                "rc 0 0 9\nfh 0 0 0 0 0\nio {bytes} 0\nth 0 0 0.000 0.000 0.000\nrpc 5 0 0 0 0\n"
            ) + &operations("proc2", 18, factor)
        };
        let seen = after(&[text(4_294_967_000, 10), text(704, 20)]);
        let value = |metric| seen.value(&NFS_SERVER, "", metric);
        assert_eq!(["read_bytes", "threads", "calls"].map(value), [100.0, 0.0, 0.0]);
        assert_eq!(["reads", "writes", "attributes"].map(value), [6.0, 8.0, 1.0]);
        assert!(value("connections").is_nan());
    }

    #[test]
    fn numbers_that_are_missing_or_absurd_are_unknown() {
        let text =
            "io -1 99999999999999999999\nth 4294967295\nrpc\nproc4ops 3 1 2 3\nproc3\n".to_owned();
        let seen = after(&[text.clone(), text]);
        let values = &seen.groups[1].2;
        assert!(values.iter().all(|value| value.is_nan()), "{values:?}");
    }
}
