//! The table of tracked connections: `/proc/sys/net/netfilter/nf_conntrack_{count,max}` and
//! `/proc/net/stat/nf_conntrack` of the collector's network namespace.
//!
//! Source: `Documentation/networking/nf_conntrack-sysctl.rst` and `conntrack(8)`. The table exists
//! wherever the module is loaded; it is stored from the first connection on.

use std::collections::BTreeMap;

use rrd_core::Step;

use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile};
use crate::schedule::Tick;
use crate::source::counter::{Counters, Limits, THINGS, at_most, per, to_f64};
use crate::source::probe::{Probe, ProbeError, TEN_SECONDS};
use crate::source::sample::SampleSink;

/// The table of tracked connections.
pub static CONNTRACK: Kind = Kind::new("conntrack", "Tracked connections", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("entries", Unit::Count, "connections in the table"),
    Metric::new("used_share", Unit::Share, "share of the table in use"),
    Metric::new("dropped", Unit::PerSecond, "packets dropped because they could not be tracked"),
    Metric::new("early_dropped", Unit::PerSecond, "connections forgotten to make room for others"),
    Metric::new("insert_failed", Unit::PerSecond, "connections that were already in the table"),
    Metric::new("invalid", Unit::PerSecond, "packets that belong to no connection"),
];

/// The counters of the metrics after the second, as the kernel names them.
const NAMES: [&str; 4] = ["drop", "early_drop", "insert_failed", "invalid"];

const COUNT: &str = "sys/net/netfilter/nf_conntrack_count";
const MAX: &str = "sys/net/netfilter/nf_conntrack_max";

/// The sums in `/proc/net/stat/nf_conntrack`, as numbers to display.
pub(crate) fn conntrack_counts(text: &str) -> BTreeMap<&str, f64> {
    sums(text).into_iter().map(|(name, sum)| (name, to_f64(sum))).collect()
}

/// The sums over all CPUs of the columns in `/proc/net/stat/nf_conntrack`: a line of names, and a
/// line of hexadecimal numbers for each CPU. Kernels differ in the columns.
fn sums(text: &str) -> BTreeMap<&str, u64> {
    let mut lines = text.lines();
    let names = lines.next().unwrap_or_default().split_ascii_whitespace();
    let mut sums = BTreeMap::new();
    for line in lines {
        for (name, word) in names.clone().zip(line.split_ascii_whitespace()) {
            if let Ok(count) = u32::from_str_radix(word, 16) {
                *sums.entry(name).or_default() += u64::from(count);
            }
        }
    }
    sums
}

/// Samples the table of tracked connections.
pub struct ConntrackProbe {
    count: KeptFile,
    max: KeptFile,
    stat: KeptFile,
    /// Whether there was a connection.
    is_used: bool,
    counters: Counters<4>,
}

impl ConntrackProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self {
            count: host.proc(COUNT),
            max: host.proc(MAX),
            stat: host.proc("net/stat/nf_conntrack"),
            is_used: false,
            counters: Counters::default(),
        }
    }
}

impl Probe for ConntrackProbe {
    fn name(&self) -> &'static str {
        "conntrack"
    }

    fn default_interval(&self) -> Step {
        TEN_SECONDS
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let entries = at_most(THINGS, number(self.count.read()?, COUNT)?);
        self.is_used |= entries > 0.0;
        if !self.is_used {
            return Ok(());
        }
        let max = at_most(THINGS, number(self.max.read()?, MAX)?);
        // The file is optional in the kernel's configuration.
        let sums = sums(self.stat.read_if_present()?.unwrap_or_default());
        // The sum of counters of 32 bits is one of 32 bits, which wraps as they do.
        let now = NAMES.map(|name| sums.get(name).map(|sum| sum & u64::from(u32::MAX)));
        let limits = [Limits::EVENTS.narrow(); 4];
        let [dropped, early, failed, invalid] = self.counters.rates(tick.clock, now, &limits, sink);
        let used = share(entries, max);
        sink.group(&CONNTRACK, "", &[entries, used, dropped, early, failed, invalid]);
        Ok(())
    }
}

/// The share of the table; a limit that was lowered is exceeded until connections end.
fn share(entries: f64, max: f64) -> f64 {
    let share = per(entries, max);
    if share > 1.0 { 1.0 } else { share }
}

fn number(text: &str, file: &'static str) -> Result<Option<u64>, ProbeError> {
    let text = text.trim();
    let problem = |_| {
        let shown: String = text.chars().take(40).collect();
        ProbeError::Content { file, problem: format!("{shown:?} is not a number of connections") }
    };
    text.parse().map(Some).map_err(problem)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use rrd_core::Timestamp;

    use super::*;
    use crate::source::sample::recorder::Recorder;

    /// A host on which the probe is sampled every ten seconds.
    struct Trial {
        folder: tempfile::TempDir,
        probe: ConntrackProbe,
        seconds: u64,
    }

    impl Trial {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            for path in ["proc/sys/net/netfilter", "proc/net/stat"] {
                fs::create_dir_all(folder.path().join(path)).unwrap();
            }
            let probe = ConntrackProbe::new(&Host::at(folder.path()));
            Self { folder, probe, seconds: 0 }
        }

        fn write(&self, file: &str, text: &str) {
            fs::write(self.folder.path().join("proc").join(file), text).unwrap();
        }

        fn sample(&mut self) -> Result<Recorder, ProbeError> {
            self.seconds += 10;
            let (at, clock) = (Timestamp::from_seconds(1), Duration::from_secs(self.seconds));
            let mut recorder = Recorder::default();
            self.probe.sample(Tick { at, clock }, &mut recorder).map(|()| recorder)
        }
    }

    #[test]
    fn the_table_and_the_counters_of_all_cpus_are_sampled_in_the_columns_of_each_kernel() {
        // Linux 4.19 and 6.1.
        for header in [
            "entries  searched found new invalid ignore delete delete_list insert insert_failed \
             drop early_drop",
            "entries  clashres found new invalid ignore delete chainlength insert insert_failed \
             drop early_drop icmp_error",
        ] {
            let mut trial = Trial::new();
            trial.write(COUNT, "49152\n");
            trial.write(MAX, "65536\n");
            let text = |one: &str, other: &str| format!("{header}\n{one} 0\n{other} 0\n");
            trial.write(
                "net/stat/nf_conntrack",
                &text("0000c000 0 0 0 1 0 0 0 0 fffffff6 0 0", "0000c000 0 0 0 0 0 0 0 0 0 a 0"),
            );
            trial.sample().unwrap();
            trial.write(
                "net/stat/nf_conntrack",
                &text("0000c000 0 0 0 15 0 0 0 0 0 14 0", "0000c000 0 0 0 0 0 0 0 0 a a 5"),
            );
            let seen = trial.sample().unwrap();
            let value = |metric| seen.value(&CONNTRACK, "", metric);
            assert_eq!((value("entries"), value("used_share")), (49_152.0, 0.75));
            assert_eq!((value("dropped"), value("early_dropped")), (2.0, 0.5));
            assert_eq!((value("insert_failed"), value("invalid")), (2.0, 2.0));
        }
    }

    #[test]
    fn a_host_without_the_module_has_no_table_and_one_without_connections_stores_none() {
        let mut trial = Trial::new();
        assert!(trial.sample().err().unwrap().is_missing());
        trial.write(COUNT, "0\n");
        trial.write(MAX, "65536\n");
        assert!(trial.sample().unwrap().groups.is_empty());
        trial.write(COUNT, "1\n");
        assert_eq!(trial.sample().unwrap().value(&CONNTRACK, "", "entries"), 1.0);
        trial.write(COUNT, "0\n");
        let seen = trial.sample().unwrap();
        assert_eq!(seen.value(&CONNTRACK, "", "entries"), 0.0);
        assert!(seen.value(&CONNTRACK, "", "dropped").is_nan());
    }

    #[test]
    fn absurd_numbers_are_unknown_and_what_is_none_is_refused() {
        let mut trial = Trial::new();
        trial.write(COUNT, "70000\n");
        trial.write(MAX, "0\n");
        assert!(trial.sample().unwrap().value(&CONNTRACK, "", "used_share").is_nan());
        trial.write(MAX, "65536\n");
        assert_eq!(trial.sample().unwrap().value(&CONNTRACK, "", "used_share"), 1.0);
        trial.write(COUNT, "18446744073709551615\n");
        assert!(trial.sample().unwrap().value(&CONNTRACK, "", "entries").is_nan());
        trial.write(COUNT, &"x".repeat(1000));
        let message = trial.sample().err().unwrap().to_string();
        let shown = "x".repeat(40);
        assert_eq!(message, format!("{COUNT}: {shown:?} is not a number of connections"));
        trial.write(COUNT, "7\n");
        trial.write("net/stat/nf_conntrack", "drop drop\n99999999999 1\n");
        assert!(trial.sample().is_ok());
    }
}
