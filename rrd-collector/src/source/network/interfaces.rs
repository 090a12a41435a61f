//! Traffic of network interfaces: `/proc/net/dev` of the collector's network namespace.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::choice::{Choice, is_in_use};
use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile};
use crate::schedule::Tick;
use crate::source::counter::{Counters, Limits};
use crate::source::probe::{Probe, ProbeError};
use crate::source::sample::SampleSink;

/// One network interface.
pub static NETWORK: Kind = Kind::new("network", "Network", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("rx_bytes", Unit::BytesPerSecond, "received"),
    Metric::new("tx_bytes", Unit::BytesPerSecond, "sent"),
    Metric::new("rx_packets", Unit::PerSecond, "packets received"),
    Metric::new("tx_packets", Unit::PerSecond, "packets sent"),
    Metric::new("rx_errors", Unit::PerSecond, "damaged packets received"),
    Metric::new("tx_errors", Unit::PerSecond, "packets that could not be sent"),
    Metric::new("rx_dropped", Unit::PerSecond, "received packets that were dropped"),
    Metric::new("tx_dropped", Unit::PerSecond, "packets dropped before sending"),
    Metric::new("rx_multicast", Unit::PerSecond, "multicast packets received"),
    Metric::new("tx_collisions", Unit::PerSecond, "collisions"),
];

/// The columns of the metrics in a line, after the name.
const COLUMNS: [usize; 10] = [0, 8, 1, 9, 2, 10, 3, 11, 7, 13];

const LIMITS: [Limits; 10] = {
    let mut limits = [Limits::LINK_PACKETS; 10];
    limits[0] = Limits::LINK_BYTES;
    limits[1] = Limits::LINK_BYTES;
    limits
};

/// Samples `/proc/net/dev`.
pub struct NetworkProbe {
    file: KeptFile,
    class: PathBuf,
    interfaces: Interfaces,
}

impl NetworkProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self {
            file: host.proc("net/dev"),
            class: host.sys("class/net"),
            interfaces: Interfaces::default(),
        }
    }
}

impl Probe for NetworkProbe {
    fn name(&self) -> &'static str {
        "network"
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let Self { file, class, interfaces } = self;
        interfaces.sample(file.read()?, tick.clock, &|name| is_in_use(class, name), sink);
        Ok(())
    }
}

/// The counters of all interfaces, as numbers to display.
pub(crate) fn interface_counts(text: &str) -> impl Iterator<Item = (&str, [f64; 16])> {
    parse(text).map(|(name, numbers)| (name, numbers.map(crate::source::counter::to_f64)))
}

/// The first sixteen numbers of each interface.
pub(super) fn parse(text: &str) -> impl Iterator<Item = (&str, [u64; 16])> {
    text.lines().filter_map(|line| {
        let (name, rest) = line.rsplit_once(':')?;
        let mut numbers = [0; 16];
        let mut words = rest.split_ascii_whitespace();
        for number in &mut numbers {
            *number = words.next()?.parse().ok()?;
        }
        Some((name.trim(), numbers))
    })
}

#[derive(Debug)]
struct Interface {
    choice: Choice,
    counters: Counters<10>,
    seen: Duration,
}

/// The computation, separate from reading.
#[derive(Debug, Default)]
struct Interfaces {
    known: BTreeMap<String, Interface>,
}

impl Interfaces {
    fn sample(
        &mut self,
        text: &str,
        clock: Duration,
        is_in_use: &dyn Fn(&str) -> bool,
        sink: &mut dyn SampleSink,
    ) {
        for (name, numbers) in parse(text) {
            if !self.known.contains_key(name) {
                let choice = Choice::of(name, is_in_use);
                let interface = Interface { choice, counters: Counters::default(), seen: clock };
                self.known.insert(name.to_owned(), interface);
            }
            let Some(interface) = self.known.get_mut(name) else { continue };
            interface.seen = clock;
            let is_taken = interface.choice.after(numbers[1] > 0 || numbers[9] > 0);
            let now = COLUMNS.map(|column| numbers.get(column).copied());
            let growth = interface.counters.growth(clock, now, &LIMITS);
            if sink.takes(&[name], is_taken) {
                sink.corrections(growth.corrections);
                sink.group(&NETWORK, name, &growth.rates());
            }
        }
        self.known.retain(|_, interface| interface.seen == clock);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::section::Pattern;
    use crate::source::sample::recorder::Recorder;

    fn after(texts: &[&str]) -> Recorder {
        let mut interfaces = Interfaces::default();
        let mut recorder = Recorder::default();
        for (second, text) in (10..).step_by(2).zip(texts) {
            recorder.groups.clear();
            interfaces.sample(text, Duration::from_secs(second), &|_| true, &mut recorder);
        }
        recorder
    }

    const HEADER: &str = "Inter-|   Receive |  Transmit\n face |bytes    packets|bytes\n";

    #[test]
    fn bytes_and_packets_become_rates_and_the_loopback_is_left_out() {
        let seen = after(&[
            &format!(
                "{HEADER}  lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\neth0:100 2 0 0 0 0 0 0 50 1 0 0 0 0 0 0\n"
            ),
            &format!(
                "{HEADER}  lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\neth0:300 6 1 2 0 0 0 3 90 2 0 5 0 7 0 0\n"
            ),
        ]);
        assert_eq!(seen.instances(&NETWORK), ["eth0"]);
        let value = |metric| seen.value(&NETWORK, "eth0", metric);
        assert_eq!((value("rx_bytes"), value("tx_bytes")), (100.0, 20.0));
        assert_eq!((value("rx_packets"), value("tx_packets")), (2.0, 0.5));
        assert_eq!((value("rx_errors"), value("rx_dropped")), (0.5, 1.0));
        assert_eq!((value("rx_multicast"), value("tx_dropped")), (1.5, 2.5));
        assert_eq!(value("tx_collisions"), 3.5);
    }

    #[test]
    fn a_driver_that_counts_in_32_bits_may_wrap() {
        let seen = after(&[
            "eth0:4294967290 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
            "eth0:10 2 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
        ]);
        assert_eq!(seen.value(&NETWORK, "eth0", "rx_bytes"), 8.0);
    }

    #[test]
    fn a_recreated_interface_is_unknown_for_one_interval() {
        let seen = after(&[
            "eth0:5000 9 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
            "eth0:10 2 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
        ]);
        assert!(seen.value(&NETWORK, "eth0", "rx_bytes").is_nan());
    }

    #[test]
    fn all_interfaces_are_taken_but_the_loopback_and_the_hosts_ends_of_containers() {
        let names = "lo eth0 eth0.100 br0 docker0 wg0 tun0 ppp0 team0 bond0 virbr0 dummy0 \
            veth1a2b3c cali0f1e2d lxc12ab cni0 vnet3 tap100i0 ve-web fwbr100i0 qvo1f2e3d4c-5b \
            br-3f1c2d4e5a6b";
        let lines = names.split_whitespace().map(|name| format!("{name}:{}\n", " 1".repeat(16)));
        let text = lines.collect::<Vec<_>>().concat();
        let usual = ["eth0", "eth0.100", "br0", "docker0", "wg0", "tun0", "ppp0", "team0", "bond0"];
        let seen = after(&[&text]);
        assert_eq!(seen.instances(&NETWORK), [&usual[..], &["virbr0", "dummy0"]].concat());
        let mut recorder = Recorder::default();
        recorder.filter.also = ["lo", "veth*", "tap100i?"].map(Pattern::new).into();
        recorder.filter.exclude = ["d*", "?eam0"].map(Pattern::new).into();
        Interfaces::default().sample(&text, Duration::ZERO, &|_| true, &mut recorder);
        let chosen = "lo eth0 eth0.100 br0 wg0 tun0 ppp0 bond0 virbr0 veth1a2b3c tap100i0";
        assert_eq!(recorder.instances(&NETWORK).join(" "), chosen);
    }

    #[test]
    fn an_interface_that_is_down_is_taken_from_its_first_packet_on() {
        let line = |packets: u32| format!("sit0: 0 0 0 0 0 0 0 0 60 {packets} 0 0 0 0 0 0\n");
        let mut interfaces = Interfaces::default();
        let mut recorder = Recorder::default();
        for (second, packets) in [(1, 0), (2, 0), (3, 4), (4, 5)] {
            let clock = Duration::from_secs(second);
            interfaces.sample(&line(packets), clock, &|_| false, &mut recorder);
        }
        let sent: Vec<_> = recorder.groups.iter().map(|group| group.2[3]).collect();
        assert_eq!(sent, [4.0, 1.0]);
    }

    #[test]
    fn hardware_is_in_use_and_so_is_what_is_up() {
        let class = tempfile::tempdir().unwrap();
        for (name, flags, device) in
            [("eth0", "0x1002\n", true), ("wg0", "0x91\n", false), ("sit0", "0x80\n", false)]
        {
            let folder = class.path().join(name);
            fs::create_dir_all(folder.join(if device { "device" } else { "queues" })).unwrap();
            fs::write(folder.join("flags"), flags).unwrap();
        }
        let is_in_use = |name| super::is_in_use(class.path(), name);
        assert!(is_in_use("eth0") && is_in_use("wg0") && !is_in_use("sit0"));
        assert!(is_in_use("in_another_namespace"));
    }

    #[test]
    fn a_counter_that_falls_or_leaps_takes_no_other_with_it() {
        let seen = after(&[
            "eth0:5000 9 1 0 0 0 0 0 900 8 0 0 0 0 0 0\n",
            "eth0:5200 11 1 0 0 0 0 0 890 10 4000000001 0 0 0 0 0\n",
        ]);
        let value = |metric| seen.value(&NETWORK, "eth0", metric);
        assert!(value("tx_bytes").is_nan() && value("tx_errors").is_nan());
        assert_eq!(
            (value("rx_bytes"), value("rx_packets"), value("tx_packets")),
            (100.0, 1.0, 1.0)
        );
        assert_eq!(seen.corrections, 2);
    }

    #[test]
    fn no_interface_is_faster_than_a_terabit_per_second() {
        let bytes = |sent: u64| {
            let line = |sent| format!("eth0:5000 9 0 0 0 0 0 0 {sent} 8 0 0 0 0 0 0\n");
            after(&[&line(10), &line(10 + sent)]).value(&NETWORK, "eth0", "tx_bytes")
        };
        assert_eq!(bytes(250_000_000_000), 125e9);
        assert!(bytes(250_000_000_001).is_nan());
    }

    #[test]
    fn an_alias_keeps_its_colon() {
        let lines: Vec<_> = parse("eth0:1: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n").collect();
        assert_eq!(lines[0].0, "eth0:1");
    }
}
