//! The network of this host: interfaces, protocols and sockets, one file per probe.

mod bond;
mod choice;
mod conntrack;
mod ena;
mod interfaces;
mod ip;
mod link;
mod rules;
mod sockets;
mod softnet;
mod tables;
mod tcp_states;

use crate::source::input::{Input, ManyInstances, PageSection, Source, TableColumn};
use crate::source::probe::{RegisteredProbe, probe};

pub use bond::{BOND, BondProbe};
pub(crate) use conntrack::conntrack_counts;
pub use conntrack::{CONNTRACK, ConntrackProbe};
#[doc(hidden)]
pub use ena::allowance_counts;
pub use ena::{ENA, EnaAdapters};
pub(crate) use interfaces::interface_counts;
pub use interfaces::{NETWORK, NetworkProbe};
pub use ip::{ICMP, IP, IpProbe};
pub use link::{LINK, LinkProbe};
pub use sockets::{SOCKETS, SocketsProbe, TCP, UDP};
pub(crate) use softnet::cpu_queues;
pub use softnet::{SOFTNET, SoftnetProbe};
#[doc(hidden)]
pub use tcp_states::count_answer;
pub use tcp_states::{TCP_STATES, TcpStatesProbe};

/// The network of this host.
pub static SOURCE: Source = Source {
    probes: PROBES,
    kinds: || vec![&ENA],
    rules: rules::RULES,
    charts: &[include_str!("charts.toml")],
    part: "Host",
    many: &[
        ManyInstances {
            kind: "network",
            columns: &[
                TableColumn::new("Received", &["rx_bytes"]),
                TableColumn::new("Sent", &["tx_bytes"]),
                TableColumn::new("Packets", &["rx_packets", "tx_packets"]),
                TableColumn::new("Dropped", &["rx_dropped", "tx_dropped"]),
                TableColumn::new("Errors", &["rx_errors", "tx_errors"]),
            ],
            heat_maps: &[],
        },
        ManyInstances {
            kind: "link",
            columns: &[
                TableColumn::new("In use", &["used"]),
                TableColumn::new("Speed", &["speed"]),
                TableColumn::new("Link", &["carrier"]),
                TableColumn::new("Changes", &["changes"]),
            ],
            heat_maps: &[],
        },
        ManyInstances {
            kind: "bond",
            columns: &[
                TableColumn::new("Down", &["down"]),
                TableColumn::new("Up", &["up"]),
                TableColumn::new("Failures", &["failures"]),
            ],
            heat_maps: &[],
        },
    ],
    page: &[
        PageSection { heading: "Network", kinds: &["network", "link", "bond", "ena", "softnet"] },
        PageSection { heading: "TCP and UDP", kinds: &["tcp", "tcp_states", "udp", "sockets"] },
        PageSection { heading: "IP and conntrack", kinds: &["ip", "icmp", "conntrack"] },
    ],
    // Nothing needs to be configured: a host has the adapters or not.
    defaults: || vec![Input::new(ena::SECTION, EnaAdapters::default())],
    fuzz: |text| {
        allowance_counts(text);
    },
    ..Source::EMPTY
};

/// The probes, and their names in the configuration.
const PROBES: &[RegisteredProbe] = &[
    probe!("network", NetworkProbe, NETWORK),
    probe!("link", LinkProbe, LINK).slow(),
    probe!("bond", BondProbe, BOND),
    probe!("sockets", SocketsProbe, TCP, UDP, SOCKETS),
    probe!("tcp_states", TcpStatesProbe, TCP_STATES),
    probe!("ip", IpProbe, IP, ICMP),
    probe!("softnet", SoftnetProbe, SOFTNET),
    probe!("conntrack", ConntrackProbe, CONNTRACK),
];
