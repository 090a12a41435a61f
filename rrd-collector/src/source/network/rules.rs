//! The rules about the network that every configuration has: name and text.

pub(super) const RULES: &[(&str, &str)] = &[
    // Only links that were there for most of two days: a socket may be without a cable for good.
    // A computer that is carried around is off for more than half of the time: no average is known.
    ("link-down", "rise over 2d of link:*.carrier < -50, clear above -5, for 1m, no data ok"),
    // From 100 to 10 Mbit/s and more, in bytes per second: a damaged cable, or a port of a switch.
    (
        "link-slower",
        "rise over 2d of link:*.speed < -10000000, clear above -1000000, for 5m, no data ok",
    ),
    // Found and lost more than nine times an hour.
    ("link-flapping", "average over 1h of link:*.changes > 0.005, clear below 0.001, no data ok"),
    ("link-half-duplex", "last of link:*.half_duplex > 0, for 10m, no data ok"),
    ("bond-degraded", "last of bond:*.down > 0, for 5m, no data ok"),
    // In each of fifteen minutes, so not in a backup of some: the instance is too small.
    ("ena-allowance", "last of ena:*.shaped > 0, for 15m, no data ok"),
    ("ena-connections", "average over 5m of ena:*.connections > 0, no data ok"),
    ("ena-link-local", "average over 10m of ena:*.link_local > 1, clear below 0.1, no data ok"),
    ("listen-overflows", "average over 1m of tcp.listen_overflows > 1"),
    // A program that leaves some multicast unread, as browsers do, loses a few datagrams a second
    // for hours and misses nothing.
    ("udp-receive-full", "average over 10m of udp.receive_full > 10, clear below 1"),
    ("softnet-drops", "average over 10m of softnet.dropped > 10, clear below 1, no data ok"),
    (
        "conntrack",
        "last of conntrack.used_share > 80, critical > 95, clear below 70, critical clear below 90, for 1m, no data ok",
    ),
    ("conntrack-drops", "average over 5m of conntrack.dropped > 1, clear below 0.1, no data ok"),
];
