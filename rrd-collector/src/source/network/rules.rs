//! The rules about the network that every configuration has: name and text.

pub(super) const RULES: &[(&str, &str)] = &[
    ("listen-overflows", "average over 1m of tcp.listen_overflows > 1"),
    // A program that leaves some multicast unread, as browsers do, loses a few datagrams a second
    // for hours and misses nothing.
    ("udp-receive-full", "average over 10m of udp.receive_full > 10, clear below 1"),
    ("softnet-drops", "average over 10m of softnet.dropped > 10, clear below 1"),
    (
        "conntrack",
        "last of conntrack.used_share > 80, critical > 95, clear below 70, critical clear below 90, for 1m",
    ),
    ("conntrack-drops", "average over 5m of conntrack.dropped > 1, clear below 0.1"),
];
