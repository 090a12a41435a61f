//! Packets that IP could not deliver or send, and ICMP: `/proc/net/snmp` and `snmp6`, both versions
//! of IP together.
//!
//! Sources: RFC 4293, `Documentation/networking/snmp_counter.rst`.

use rrd_core::Step;

use super::tables::both_versions;
use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile};
use crate::schedule::Tick;
use crate::source::counter::{Counters, Limits};
use crate::source::probe::{Probe, ProbeError, TEN_SECONDS};
use crate::source::sample::SampleSink;

/// What IP of the network namespace could not deliver or send.
pub static IP: Kind = Kind::new("ip", "IP", IP_METRICS);

const IP_METRICS: &[Metric] = &[
    Metric::new("in_discards", Unit::PerSecond, "received and dropped for lack of memory"),
    Metric::new("in_header_errors", Unit::PerSecond, "received with a header that is not valid"),
    Metric::new("in_address_errors", Unit::PerSecond, "received for an address of nobody here"),
    Metric::new("out_discards", Unit::PerSecond, "dropped before sending"),
    Metric::new("no_routes", Unit::PerSecond, "not sent, because no route leads there"),
    Metric::new("reassembly_fails", Unit::PerSecond, "fragments that never became a packet"),
    Metric::new("fragment_fails", Unit::PerSecond, "too large, but must not be cut"),
];

const IP_NAMES: [&str; 7] = [
    "InDiscards",
    "InHdrErrors",
    "InAddrErrors",
    "OutDiscards",
    "OutNoRoutes",
    "ReasmFails",
    "FragFails",
];

/// The messages of ICMP of the network namespace.
pub static ICMP: Kind = Kind::new("icmp", "ICMP", ICMP_METRICS);

const ICMP_METRICS: &[Metric] = &[
    Metric::new("in_messages", Unit::PerSecond, "received"),
    Metric::new("out_messages", Unit::PerSecond, "sent"),
    Metric::new("in_errors", Unit::PerSecond, "received, but not valid"),
    Metric::new("in_unreachable", Unit::PerSecond, "received: destination unreachable"),
    Metric::new("out_unreachable", Unit::PerSecond, "sent: destination unreachable"),
    Metric::new("in_redirects", Unit::PerSecond, "received: redirect to another router"),
    Metric::new("out_redirects", Unit::PerSecond, "sent: redirect to another router"),
];

const ICMP_NAMES: [&str; 7] = [
    "InMsgs",
    "OutMsgs",
    "InErrors",
    "InDestUnreachs",
    "OutDestUnreachs",
    "InRedirects",
    "OutRedirects",
];

/// Samples IP and ICMP.
pub struct IpProbe {
    snmp: KeptFile,
    snmp6: KeptFile,
    ip: Counters<7>,
    icmp: Counters<7>,
}

impl IpProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self {
            snmp: host.proc("net/snmp"),
            snmp6: host.proc("net/snmp6"),
            ip: Counters::default(),
            icmp: Counters::default(),
        }
    }
}

impl Probe for IpProbe {
    fn name(&self) -> &'static str {
        "ip"
    }

    fn default_interval(&self) -> Step {
        TEN_SECONDS
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let four = self.snmp.read()?;
        // Without IPv6 there is no second file.
        let six = self.snmp6.read_if_present()?.unwrap_or_default();
        let limits = [Limits::EVENTS; 7];
        let ip = both_versions(four, six, ["Ip", "Ip6"], &IP_NAMES);
        let rates = self.ip.rates(tick.clock, ip, &limits, sink);
        sink.group(&IP, "", &rates);
        let icmp = both_versions(four, six, ["Icmp", "Icmp6"], &ICMP_NAMES);
        let rates = self.icmp.rates(tick.clock, icmp, &limits, sink);
        sink.group(&ICMP, "", &rates);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::time::Duration;

    use rrd_core::Timestamp;

    use super::*;
    use crate::source::sample::recorder::Recorder;

    const IP_LINE: &str = "Ip: Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors \
        ForwDatagrams InUnknownProtos InDiscards InDelivers OutRequests OutDiscards OutNoRoutes \
        ReasmTimeout ReasmReqds ReasmOKs ReasmFails FragOKs FragFails FragCreates";

    fn write(folder: &Path, file: &str, text: &str) {
        let file = folder.join("proc/net").join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    /// The values after these texts of `snmp` and `snmp6`, ten seconds apart.
    fn after(texts: &[(&str, &str)]) -> Recorder {
        let folder = tempfile::tempdir().unwrap();
        let mut probe = IpProbe::new(&Host::at(folder.path()));
        let mut recorder = Recorder::default();
        for (second, (four, six)) in (0..).step_by(10).zip(texts) {
            write(folder.path(), "snmp", four);
            if !six.is_empty() {
                write(folder.path(), "snmp6", six);
            }
            let clock = Duration::from_secs(second);
            let tick = Tick { at: Timestamp::from_seconds(1), clock };
            probe.sample(tick, &mut recorder).unwrap();
        }
        recorder
    }

    #[test]
    fn what_ip_lost_is_added_over_both_versions() {
        let seen = after(&[
            (
                &format!("{IP_LINE}\nIp: 1 64 900 0 10 0 0 0 890 800 5 0 0 0 0 0 0 0 0\n"),
                "Ip6InReceives 9\nIp6InHdrErrors 1\nIp6InDiscards 0\nIp6OutNoRoutes 100\n",
            ),
            (
                &format!("{IP_LINE}\nIp: 1 64 990 10 30 0 0 5 890 800 5 20 0 0 0 30 0 40 0\n"),
                "Ip6InReceives 9\nIp6InHdrErrors 11\nIp6InDiscards 5\nIp6OutNoRoutes 120\n",
            ),
        ]);
        let value = |metric| seen.value(&IP, "", metric);
        assert_eq!((value("in_discards"), value("in_header_errors")), (1.0, 2.0));
        assert_eq!((value("in_address_errors"), value("out_discards")), (2.0, 0.0));
        assert_eq!((value("no_routes"), value("reassembly_fails")), (4.0, 3.0));
        assert_eq!(value("fragment_fails"), 4.0);
    }

    #[test]
    fn icmp_is_found_by_name_on_kernels_with_and_without_checksum_errors_and_without_ipv6() {
        const NAMES: &str = "InMsgs InErrors InDestUnreachs InRedirects OutMsgs OutErrors \
            OutDestUnreachs OutRedirects";
        let old = |counts: &str| format!("{IP_LINE}\nIp: 1\nIcmp: {NAMES}\nIcmp: {counts}\n");
        let new = |counts: &str| old(counts).replace("InErrors", "InErrors InCsumErrors");
        for [first, second] in [
            [old("0 0 0 0 0 0 0 0"), old("10 20 30 40 50 99 60 70")],
            [new("0 0 0 0 0 0 0 0 0"), new("10 20 99 30 40 50 99 60 70")],
        ] {
            let seen = after(&[(&first, ""), (&second, "")]);
            let wanted = [1.0, 5.0, 2.0, 3.0, 6.0, 4.0, 7.0];
            for (metric, wanted) in ICMP.metrics.iter().zip(wanted) {
                assert_eq!(seen.value(&ICMP, "", &metric.name), wanted, "{}", metric.name);
            }
        }
    }

    #[test]
    fn a_text_that_is_cut_or_makes_no_sense_is_unknown() {
        let cut = format!("{IP_LINE}\nIp: 1 64 99999999999999999999999 -1 x");
        let seen = after(&[(&cut, "Ip6InDiscards"), (&cut, "Ip6InDiscards\u{0} 5")]);
        assert!(seen.groups.iter().all(|group| group.2.iter().all(|value| value.is_nan())));
    }
}
