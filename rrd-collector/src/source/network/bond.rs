//! Bonds and the interfaces that they are made of: `/proc/net/bonding/BOND`, and the ports of the
//! aggregate in `/sys/class/net/BOND/bonding/ad_num_ports`.
//!
//! Source: `Documentation/networking/bonding.rst`. The files are the same since Linux 2.6. A bond
//! without `miimon` or `arp_interval` does not look at its links: all are up.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use rrd_core::Step;

use super::link::text;
use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile, ReadError};
use crate::schedule::Tick;
use crate::source::counter::{Counters, Limits, THINGS, at_most, to_f64};
use crate::source::probe::{Probe, ProbeError, TEN_SECONDS};
use crate::source::sample::SampleSink;

/// One bond.
pub static BOND: Kind = Kind::new("bond", "Bonds", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("up", Unit::Count, "interfaces of the bond with a link"),
    Metric::new("down", Unit::Count, "interfaces of the bond without a link"),
    Metric::new("aggregated", Unit::Count, "interfaces that carry traffic by LACP"),
    Metric::new("failures", Unit::PerSecond, "times that an interface lost its link"),
];

/// Samples all bonds.
pub struct BondProbe {
    folder: PathBuf,
    class: PathBuf,
    known: BTreeMap<String, Bond>,
}

struct Bond {
    file: KeptFile,
    failures: Counters<1>,
    seen: Duration,
}

impl BondProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self {
            folder: host.proc("net/bonding").path().to_owned(),
            class: host.sys("class/net"),
            known: BTreeMap::new(),
        }
    }

    /// The names of the bonds.
    fn names(&self) -> Result<Vec<String>, ReadError> {
        let unread = |source| ReadError::Io { path: self.folder.clone(), source };
        let entries = fs::read_dir(&self.folder).map_err(unread)?;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        Ok(names.collect())
    }
}

impl Probe for BondProbe {
    fn name(&self) -> &'static str {
        "bond"
    }

    fn default_interval(&self) -> Step {
        TEN_SECONDS
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let mut outcome = Ok(());
        for name in self.names()? {
            if !sink.takes(&[&name], true) {
                continue;
            }
            let path = self.folder.join(&name);
            let bond = self.known.entry(name.clone()).or_insert_with(|| Bond {
                file: KeptFile::new(path),
                failures: Counters::default(),
                seen: tick.clock,
            });
            bond.seen = tick.clock;
            let slaves = match bond.file.read() {
                Ok(text) => slaves(text),
                // It was removed just now.
                Err(error) if error.is_missing() => continue,
                Err(error) => {
                    outcome = Err(error.into());
                    continue;
                }
            };
            // The module makes a bond when it is loaded, which has no interfaces.
            if slaves.up + slaves.down == 0 {
                continue;
            }
            let limits = [Limits::EVENTS.narrow()];
            let [failures] = bond.failures.rates(tick.clock, [slaves.failures], &limits, sink);
            let ports = text(&self.class.join(&name), "bonding/ad_num_ports");
            let ports = ports.and_then(|text| text.trim().parse::<u64>().ok());
            let [up, down] = [slaves.up, slaves.down].map(to_f64);
            sink.group(&BOND, &name, &[up, down, at_most(THINGS, ports), failures]);
        }
        self.known.retain(|_, bond| bond.seen == tick.clock);
        outcome
    }
}

/// The interfaces of a bond.
#[derive(Debug, Default, PartialEq, Eq)]
struct Slaves {
    up: u64,
    down: u64,
    /// Failures of the links of all, in 32 bits.
    failures: Option<u64>,
}

/// The interfaces in the file of a bond: each has a paragraph, after those of the bond itself.
fn slaves(text: &str) -> Slaves {
    let mut found = Slaves::default();
    let mut failures = None::<u32>;
    let mut is_slave = false;
    for (name, value) in text.lines().filter_map(|line| line.split_once(':')) {
        match (name.trim(), value.trim()) {
            ("Slave Interface", _) => is_slave = true,
            ("MII Status", "up") if is_slave => found.up += 1,
            ("MII Status", _) if is_slave => found.down += 1,
            ("Link Failure Count", count) if is_slave => {
                if let Ok(count) = count.parse::<u32>() {
                    failures = Some(failures.unwrap_or(0).wrapping_add(count));
                }
            }
            _ => {}
        }
    }
    Slaves { failures: failures.map(u64::from), ..found }
}

#[cfg(test)]
mod tests {
    use rrd_core::Timestamp;

    use super::*;
    use crate::source::sample::recorder::Recorder;

    /// Linux 6.1, LACP, as somebody without rights sees it.
    const LACP: &str = "Ethernet Channel Bonding Driver: v6.1.0-18-amd64

Bonding Mode: IEEE 802.3ad Dynamic link aggregation
Transmit Hash Policy: layer3+4 (1)
MII Status: up
MII Polling Interval (ms): 100
Up Delay (ms): 0
Down Delay (ms): 0
Peer Notification Delay (ms): 0

802.3ad info
LACP active: on
LACP rate: fast
Min links: 0
Aggregator selection policy (ad_select): stable

Slave Interface: eno1
MII Status: up
Speed: 10000 Mbps
Duplex: full
Link Failure Count: 3
Permanent HW addr: 02:00:00:00:00:01
Slave queue ID: 0
Aggregator ID: 1
Actor Churn State: none
Partner Churn State: none
Actor Churned Count: 0
Partner Churned Count: 0

Slave Interface: eno2
MII Status: going down
Speed: Unknown
Duplex: Unknown
Link Failure Count: 4294967295
Permanent HW addr: 02:00:00:00:00:02
Slave queue ID: 0
Aggregator ID: 2
";
    /// Linux 3.10, one interface in reserve.
    const RESERVE: &str = "Ethernet Channel Bonding Driver: v3.7.1 (April 27, 2011)

Bonding Mode: fault-tolerance (active-backup)
Primary Slave: None
Currently Active Slave: em2
MII Status: up
MII Polling Interval (ms): 100
Up Delay (ms): 0
Down Delay (ms): 0

Slave Interface: em1
MII Status: down
Link Failure Count: 1
Permanent HW addr: 02:00:00:00:00:01
Slave queue ID: 0

Slave Interface: em2
MII Status: up
Link Failure Count: 0
Permanent HW addr: 02:00:00:00:00:02
Slave queue ID: 0
";

    #[test]
    fn interfaces_are_counted_by_their_links_in_the_files_of_old_and_new_kernels() {
        assert_eq!(slaves(LACP), Slaves { up: 1, down: 1, failures: Some(2) });
        assert_eq!(slaves(RESERVE), Slaves { up: 1, down: 1, failures: Some(1) });
    }

    #[test]
    fn what_is_no_bond_has_no_interfaces() {
        let all = "MII Status: up\nLink Failure Count: 5\n";
        assert_eq!(slaves(all), Slaves::default());
        let odd = "Slave Interface:\nMII Status\nLink Failure Count: -1\n\u{0}:\n::::\n";
        assert_eq!(slaves(odd), Slaves::default());
        let cut = &LACP[..LACP.find("Speed").unwrap()];
        assert_eq!(slaves(cut), Slaves { up: 1, down: 0, failures: None });
    }

    #[test]
    fn bonds_are_sampled_while_they_have_interfaces_and_a_host_without_any_has_none() {
        let folder = tempfile::tempdir().unwrap();
        let mut probe = BondProbe::new(&Host::at(folder.path()));
        let mut clock = Duration::ZERO;
        let mut sample = || {
            clock += Duration::from_secs(10);
            let mut recorder = Recorder::default();
            let tick = Tick { at: Timestamp::from_seconds(1), clock };
            probe.sample(tick, &mut recorder).map(|()| recorder)
        };
        assert!(sample().err().unwrap().is_missing());
        let bonds = folder.path().join("proc/net/bonding");
        fs::create_dir_all(&bonds).unwrap();
        let empty = &RESERVE[..RESERVE.find("Slave Interface").unwrap()];
        fs::write(bonds.join("bond0"), empty).unwrap();
        fs::write(bonds.join("bond1"), LACP).unwrap();
        fs::write(bonds.join("bond2"), RESERVE).unwrap();
        let ports = folder.path().join("sys/class/net/bond1/bonding");
        fs::create_dir_all(&ports).unwrap();
        fs::write(ports.join("ad_num_ports"), "1\n").unwrap();
        let mut seen = sample().unwrap();
        seen.groups.sort_by(|one, other| one.1.cmp(&other.1));
        assert_eq!(seen.instances(&BOND), ["bond1", "bond2"]);
        fs::write(bonds.join("bond1"), LACP.replace("Count: 3", "Count: 8")).unwrap();
        let seen = sample().unwrap();
        let values = |bond| {
            ["up", "down", "aggregated", "failures"].map(|metric| seen.value(&BOND, bond, metric))
        };
        assert_eq!(values("bond1"), [1.0, 1.0, 1.0, 0.5]);
        let [up, down, aggregated, failures] = values("bond2");
        assert_eq!((up, down, failures), (1.0, 1.0, 0.0));
        assert!(aggregated.is_nan());
    }

    #[test]
    fn a_bond_that_cannot_be_read_is_a_fault_and_costs_no_other_its_sample() {
        let folder = tempfile::tempdir().unwrap();
        let bonds = folder.path().join("proc/net/bonding");
        fs::create_dir_all(&bonds).unwrap();
        fs::write(bonds.join("bond0"), [0xff, 0xfe]).unwrap();
        fs::write(bonds.join("bond1"), RESERVE).unwrap();
        let mut probe = BondProbe::new(&Host::at(folder.path()));
        let mut recorder = Recorder::default();
        let tick = Tick { at: Timestamp::from_seconds(1), clock: Duration::ZERO };
        let error = probe.sample(tick, &mut recorder).unwrap_err().to_string();
        assert_eq!(error, format!("{}: is not text from byte 0 on", bonds.join("bond0").display()));
        assert_eq!(recorder.instances(&BOND), ["bond1"]);
    }
}
