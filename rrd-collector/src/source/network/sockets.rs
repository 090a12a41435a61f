//! Sockets and protocols: `/proc/net/snmp`, `/proc/net/netstat`, `/proc/net/sockstat` and
//! `sockstat6`.
//!
//! `/proc/net/tcp` is never read: the kernel walks all sockets for it, which takes milliseconds on
//! an idle host and minutes on a busy one.

use super::tables::{both_versions, pair_value, table_value, table_values};
use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile};
use crate::schedule::Tick;
use crate::source::counter::{Counters, Limits, MEMORY, THINGS, at_most};
use crate::source::probe::{Probe, ProbeError};
use crate::source::sample::SampleSink;

/// TCP of the network namespace.
pub static TCP: Kind = Kind::new("tcp", "TCP", TCP_METRICS);

const TCP_METRICS: &[Metric] = &[
    Metric::new("active_opens", Unit::PerSecond, "outgoing connections"),
    Metric::new("passive_opens", Unit::PerSecond, "incoming connections"),
    Metric::new("attempt_fails", Unit::PerSecond, "failed connection attempts"),
    Metric::new("resets", Unit::PerSecond, "reset connections"),
    Metric::new("in_segments", Unit::PerSecond, "segments received"),
    Metric::new("out_segments", Unit::PerSecond, "segments sent"),
    Metric::new("retransmits", Unit::PerSecond, "retransmitted segments"),
    Metric::new("in_errors", Unit::PerSecond, "damaged segments received"),
    Metric::new("out_resets", Unit::PerSecond, "resets sent"),
    Metric::new(
        "listen_overflows",
        Unit::PerSecond,
        "connections refused because the program did not accept in time",
    ),
    Metric::new("listen_drops", Unit::PerSecond, "connections dropped while being established"),
    Metric::new("timeouts", Unit::PerSecond, "timeouts"),
    Metric::new("syn_retransmits", Unit::PerSecond, "retransmitted connection requests"),
    Metric::new(
        "backlog_drops",
        Unit::PerSecond,
        "segments dropped because the program was too slow",
    ),
    Metric::new("established", Unit::Count, "established connections"),
];

/// UDP of the network namespace, both versions of IP.
pub static UDP: Kind = Kind::new("udp", "UDP", UDP_METRICS);

const UDP_METRICS: &[Metric] = &[
    Metric::new("in_datagrams", Unit::PerSecond, "received"),
    Metric::new("out_datagrams", Unit::PerSecond, "sent"),
    Metric::new("no_ports", Unit::PerSecond, "received for a port without a listener"),
    Metric::new("in_errors", Unit::PerSecond, "received but not delivered"),
    Metric::new("receive_full", Unit::PerSecond, "dropped because the program was too slow"),
    Metric::new("send_full", Unit::PerSecond, "dropped because the interface was too slow"),
];

/// Sockets that exist.
pub static SOCKETS: Kind = Kind::new("sockets", "Sockets", SOCKET_METRICS);

const SOCKET_METRICS: &[Metric] = &[
    Metric::new("used", Unit::Count, "all sockets"),
    Metric::new("tcp", Unit::Count, "TCP sockets in use"),
    Metric::new("tcp_orphan", Unit::Count, "TCP sockets without a program"),
    Metric::new("tcp_time_wait", Unit::Count, "TCP sockets waiting for late segments"),
    Metric::new("tcp_memory", Unit::Bytes, "memory of TCP buffers"),
    Metric::new("udp", Unit::Count, "UDP sockets in use"),
    Metric::new("udp_memory", Unit::Bytes, "memory of UDP buffers"),
];

/// In `/proc/net/snmp`, then in `/proc/net/netstat`.
const TCP_NAMES: [&str; 9] = [
    "ActiveOpens",
    "PassiveOpens",
    "AttemptFails",
    "EstabResets",
    "InSegs",
    "OutSegs",
    "RetransSegs",
    "InErrs",
    "OutRsts",
];
const TCP_EXTENDED_NAMES: [&str; 5] =
    ["ListenOverflows", "ListenDrops", "TCPTimeouts", "TCPSynRetrans", "TCPBacklogDrop"];

const UDP_NAMES: [&str; 6] =
    ["InDatagrams", "OutDatagrams", "NoPorts", "InErrors", "RcvbufErrors", "SndbufErrors"];

/// Samples protocols and sockets.
pub struct SocketsProbe {
    snmp: KeptFile,
    snmp6: KeptFile,
    netstat: KeptFile,
    sockstat: KeptFile,
    sockstat6: KeptFile,
    page: f64,
    tcp: Counters<14>,
    udp: Counters<6>,
}

impl SocketsProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self {
            snmp: host.proc("net/snmp"),
            snmp6: host.proc("net/snmp6"),
            netstat: host.proc("net/netstat"),
            sockstat: host.proc("net/sockstat"),
            sockstat6: host.proc("net/sockstat6"),
            page: crate::source::counter::to_f64(procfs::page_size()),
            tcp: Counters::default(),
            udp: Counters::default(),
        }
    }
}

impl Probe for SocketsProbe {
    fn name(&self) -> &'static str {
        "sockets"
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let snmp = self.snmp.read()?;
        let established = table_value(snmp, "Tcp", "CurrEstab");
        let mut counters = [None; 14];
        let (common, extended) = counters.split_at_mut(TCP_NAMES.len());
        common.copy_from_slice(&table_values(snmp, "Tcp", &TCP_NAMES));
        let netstat = or_empty(&mut self.netstat);
        extended.copy_from_slice(&table_values(netstat, "TcpExt", &TCP_EXTENDED_NAMES));
        let rates = self.tcp.rates(tick.clock, counters, &[Limits::EVENTS; 14], sink);
        let mut tcp = [at_most(THINGS, established); 15];
        tcp[..14].copy_from_slice(&rates);
        sink.group(&TCP, "", &tcp);

        let snmp6 = or_empty(&mut self.snmp6);
        let udp = both_versions(snmp, snmp6, ["Udp", "Udp6"], &UDP_NAMES);
        let rates = self.udp.rates(tick.clock, udp, &[Limits::EVENTS; 6], sink);
        sink.group(&UDP, "", &rates);

        let four = self.sockstat.read()?;
        let six = or_empty(&mut self.sockstat6);
        sink.group(&SOCKETS, "", &socket_values(four, six, self.page));
        Ok(())
    }
}

/// The text of a file that the values of the others do not need.
fn or_empty(file: &mut KeptFile) -> &str {
    file.read_if_present().ok().flatten().unwrap_or_default()
}

fn socket_values(four: &str, six: &str, page: f64) -> [f64; 7] {
    // Without IPv6 there is no second file; a sum without any term is unknown.
    let both = |group: &str, group6: &str, name: &str| {
        let six = pair_value(six, group6, name).unwrap_or(0);
        at_most(THINGS, pair_value(four, group, name).map(|four| four.saturating_add(six)))
    };
    let one = |group: &str, name: &str| at_most(THINGS, pair_value(four, group, name));
    let pages = |group: &str| at_most(MEMORY / page, pair_value(four, group, "mem")) * page;
    [
        one("sockets", "used"),
        both("TCP", "TCP6", "inuse"),
        one("TCP", "orphan"),
        one("TCP", "tw"),
        pages("TCP"),
        both("UDP", "UDP6", "inuse"),
        pages("UDP"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_of_both_families_are_added_and_memory_is_bytes() {
        let four =
            "sockets: used 40\nTCP: inuse 5 orphan 1 tw 2 alloc 9 mem 3\nUDP: inuse 2 mem 1\n";
        let six = "TCP6: inuse 4\nUDP6: inuse 1\n";
        assert_eq!(socket_values(four, six, 4096.0), [40.0, 9.0, 1.0, 2.0, 12_288.0, 3.0, 4096.0]);
        assert_eq!(socket_values(four, "", 4096.0)[1], 5.0);
        assert!(socket_values("", six, 4096.0).iter().all(|value| value.is_nan()));
    }
}
