//! Interfaces, protocols and sockets, under `node_exporter`'s names.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::input::Source;
use super::{Families, FamilyType};
use crate::rootfs::ReadError;
use crate::source::network::{conntrack_counts, cpu_queues, interface_counts};

/// The columns of an interface after its name.
const COLUMNS: [&str; 16] = [
    "receive_bytes",
    "receive_packets",
    "receive_errs",
    "receive_drop",
    "receive_fifo",
    "receive_frame",
    "receive_compressed",
    "receive_multicast",
    "transmit_bytes",
    "transmit_packets",
    "transmit_errs",
    "transmit_drop",
    "transmit_fifo",
    "transmit_colls",
    "transmit_carrier",
    "transmit_compressed",
];

pub(super) fn netdev(source: &Source<'_>, families: &mut Families) -> Result<(), ReadError> {
    let text = source.proc("net/dev")?;
    for (device, counts) in interface_counts(&text) {
        let labels = [("device", device)];
        for (name, count) in COLUMNS.iter().zip(counts) {
            let help = format!("network device statistic {name}");
            families.counter(format!("node_network_{name}_total"), &help, &labels, count);
        }
        let file = source.host.sys("class/net").join(device).join("statistics/rx_nohandler");
        if let Some(count) = read_number(&file) {
            let help = "network device statistic receive_nohandler";
            families.counter("node_network_receive_nohandler_total", help, &labels, count);
        }
    }
    Ok(())
}

/// Facts about each interface: file, name, and factor to base units.
const PROPERTIES: [(&str, &str, FamilyType, f64); 17] = [
    ("addr_assign_type", "address_assign_type", FamilyType::Gauge, 1.0),
    ("carrier", "carrier", FamilyType::Gauge, 1.0),
    ("carrier_changes", "carrier_changes_total", FamilyType::Counter, 1.0),
    ("carrier_down_count", "carrier_down_changes_total", FamilyType::Counter, 1.0),
    ("carrier_up_count", "carrier_up_changes_total", FamilyType::Counter, 1.0),
    ("dev_id", "device_id", FamilyType::Gauge, 1.0),
    ("dormant", "dormant", FamilyType::Gauge, 1.0),
    ("flags", "flags", FamilyType::Gauge, 1.0),
    ("ifindex", "iface_id", FamilyType::Gauge, 1.0),
    ("iflink", "iface_link", FamilyType::Gauge, 1.0),
    ("link_mode", "iface_link_mode", FamilyType::Gauge, 1.0),
    ("mtu", "mtu_bytes", FamilyType::Gauge, 1.0),
    ("name_assign_type", "name_assign_type", FamilyType::Gauge, 1.0),
    ("netdev_group", "net_dev_group", FamilyType::Gauge, 1.0),
    ("speed", "speed_bytes", FamilyType::Gauge, 125_000.0),
    ("tx_queue_len", "transmit_queue_length", FamilyType::Gauge, 1.0),
    ("type", "protocol_type", FamilyType::Gauge, 1.0),
];

pub(super) fn netclass(source: &Source<'_>, families: &mut Families) -> Result<(), ReadError> {
    let class = source.host.sys("class/net");
    let unread = |error| ReadError::Io { path: class.clone(), source: error };
    let mut devices: Vec<String> = fs::read_dir(&class)
        .map_err(unread)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    devices.sort();
    for device in devices {
        let folder = class.join(&device);
        let labels = [("device", &*device)];
        // A file may be unreadable while an interface is down, and a bond's own files are next to
        // the interfaces.
        for (file, name, kind, scale) in PROPERTIES {
            if let Some(value) = read_number(&folder.join(file)) {
                let help = format!("network device property {name}");
                families.add(format!("node_network_{name}"), kind, &help, &labels, value * scale);
            }
        }
        let text =
            |file| fs::read_to_string(folder.join(file)).unwrap_or_default().trim().to_owned();
        let state = text("operstate");
        if state.is_empty() {
            continue;
        }
        let up = f64::from(u8::from(state == "up"));
        families.gauge("node_network_up", "1 if the operational state is up", &labels, up);
        let (address, broadcast) = (text("address"), text("broadcast"));
        let (duplex, alias) = (text("duplex"), text("ifalias"));
        let labels = [
            ("address", &*address),
            ("broadcast", &*broadcast),
            ("device", &*device),
            ("duplex", &*duplex),
            ("ifalias", &*alias),
            ("operstate", &*state),
        ];
        families.gauge("node_network_info", "what is not a number of an interface", &labels, 1.0);
    }
    Ok(())
}

pub(super) fn netstat(source: &Source<'_>, families: &mut Families) -> Result<(), ReadError> {
    let mut add = |group: &str, name: &str, value: f64| {
        if is_shown(group, name) {
            let help = format!("statistic {group}{name}");
            let family = format!("node_netstat_{group}_{name}");
            families.add(family, FamilyType::Untyped, &help, &[], value);
        }
    };
    for text in [source.proc("net/snmp")?, source.proc("net/netstat").unwrap_or_default()] {
        let mut lines = text.lines();
        while let (Some(names), Some(values)) = (lines.next(), lines.next()) {
            let Some((group, names)) = names.split_once(':') else { continue };
            let values = values.split_ascii_whitespace().skip(1);
            for (name, value) in names.split_ascii_whitespace().zip(values) {
                if let Ok(value) = value.parse() {
                    add(group, name, value);
                }
            }
        }
    }
    for line in source.proc("net/snmp6").unwrap_or_default().lines() {
        let mut words = line.split_ascii_whitespace();
        let (Some(name), Some(Ok(value))) = (words.next(), words.next().map(str::parse)) else {
            continue;
        };
        if let Some((group, rest)) = name.split_once('6') {
            add(&format!("{group}6"), rest, value);
        }
    }
    Ok(())
}

/// The statistics that `node_exporter` shows.
fn is_shown(group: &str, name: &str) -> bool {
    matches!(name, "InErrors" | "InErrs")
        || match group {
            "Ip" => name == "Forwarding",
            "Ip6" | "IpExt" => matches!(name, "InOctets" | "OutOctets"),
            "Icmp" | "Icmp6" => matches!(name, "InMsgs" | "OutMsgs"),
            "Tcp" => matches!(
                name,
                "ActiveOpens"
                    | "InSegs"
                    | "OutSegs"
                    | "OutRsts"
                    | "PassiveOpens"
                    | "RetransSegs"
                    | "CurrEstab"
            ),
            "TcpExt" => {
                name.starts_with("Listen")
                    || name.starts_with("Syncookies")
                    || matches!(
                        name,
                        "TCPSynRetrans" | "TCPTimeouts" | "TCPOFOQueue" | "TCPRcvQDrop"
                    )
            }
            "Udp" | "Udp6" => matches!(
                name,
                "InDatagrams" | "OutDatagrams" | "NoPorts" | "RcvbufErrors" | "SndbufErrors"
            ),
            _ => false,
        }
}

pub(super) fn sockstat(source: &Source<'_>, families: &mut Families) -> Result<(), ReadError> {
    #[expect(clippy::cast_precision_loss, reason = "the size of a page")]
    let page = procfs::page_size() as f64;
    let six = source.proc("net/sockstat6").unwrap_or_default();
    for line in source.proc("net/sockstat")?.lines().chain(six.lines()) {
        let Some((protocol, rest)) = line.split_once(':') else { continue };
        let mut words = rest.split_ascii_whitespace();
        while let (Some(field), Some(value)) = (words.next(), words.next()) {
            let Ok(value) = value.parse::<f64>() else { continue };
            let name = format!("node_sockstat_{protocol}_{field}");
            let help = format!("{protocol} sockets: {field}");
            families.gauge(&*name, &help, &[], value);
            if field == "mem" {
                let help = format!("{protocol} sockets: memory in bytes");
                families.gauge(format!("{name}_bytes"), &help, &[], value * page);
            }
        }
    }
    Ok(())
}

pub(super) fn softnet(source: &Source<'_>, families: &mut Families) -> Result<(), ReadError> {
    for queue in cpu_queues(&source.proc("net/softnet_stat")?) {
        let cpu = queue.cpu.to_string();
        let labels = [("cpu", &*cpu)];
        for (name, count) in [
            ("processed", queue.processed),
            ("dropped", queue.dropped),
            ("times_squeezed", queue.squeezed),
        ] {
            let Some(count) = count else { continue };
            let help = format!("packets of the network's deferred work: {name}");
            families.counter(format!("node_softnet_{name}_total"), &help, &labels, count.into());
        }
    }
    Ok(())
}

pub(super) fn arp(source: &Source<'_>, families: &mut Families) -> Result<(), ReadError> {
    let mut devices: BTreeMap<String, u32> = BTreeMap::new();
    for line in source.proc("net/arp")?.lines().skip(1) {
        if let Some(device) = line.split_ascii_whitespace().nth(5) {
            *devices.entry(device.to_owned()).or_default() += 1;
        }
    }
    for (device, count) in devices {
        let labels = [("device", &*device)];
        families.gauge("node_arp_entries", "neighbours by interface", &labels, count.into());
    }
    Ok(())
}

pub(super) fn conntrack(source: &Source<'_>, families: &mut Families) -> Result<(), ReadError> {
    for (file, name) in [("count", "entries"), ("max", "entries_limit")] {
        if let Some(value) = source.number(&format!("sys/net/netfilter/nf_conntrack_{file}"))? {
            let help = format!("connections that are followed: {name}");
            families.gauge(format!("node_nf_conntrack_{name}"), &help, &[], value);
        }
    }
    let text = source.proc("net/stat/nf_conntrack").unwrap_or_default();
    let sums = conntrack_counts(&text);
    for wanted in [
        "drop",
        "early_drop",
        "found",
        "ignore",
        "insert",
        "insert_failed",
        "invalid",
        "search_restart",
    ] {
        if let Some(sum) = sums.get(wanted) {
            let help = format!("connections that are followed: {wanted}");
            families.gauge(format!("node_nf_conntrack_stat_{wanted}"), &help, &[], *sum);
        }
    }
    Ok(())
}

/// A number in a file of `/sys`, decimal or with `0x`.
fn read_number(path: &Path) -> Option<f64> {
    let text = fs::read_to_string(path).ok()?;
    let text = text.trim();
    match text.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok().map(f64::from),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::catalog::Catalog;
    use crate::process::HostName;
    use crate::rootfs::Host;

    fn softnet_of(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("proc/net")).unwrap();
        fs::write(folder.path().join("proc/net/softnet_stat"), text).unwrap();
        let host = Host::at(folder.path());
        let (catalog, cpus) = (Catalog::default(), std::sync::Mutex::default());
        let name = HostName::of_system();
        let text_files = None;
        let source =
            Source { name: &name, host: &host, catalog: &catalog, text_files, cpus: &cpus };
        let mut families = Families::default();
        softnet(&source, &mut families).unwrap();
        families.text(false)
    }

    #[test]
    fn network_work_is_counted_by_the_number_of_the_cpu_though_others_are_offline() {
        // CPU 1 is offline.
        let text =
            "00000010 0 1 0 0 0 0 0 0 0 0 0 00000000\n00000020 0 2 0 0 0 0 0 0 0 0 0 00000002\n";
        let shown = softnet_of(text);
        assert!(shown.contains("node_softnet_processed_total{cpu=\"0\"} 16\n"), "{shown}");
        assert!(shown.contains("node_softnet_processed_total{cpu=\"2\"} 32\n"), "{shown}");
        assert!(shown.contains("node_softnet_times_squeezed_total{cpu=\"2\"} 2\n"), "{shown}");
        assert!(!shown.contains("cpu=\"1\""), "{shown}");
    }

    #[test]
    fn network_work_of_a_kernel_that_does_not_number_the_cpus_is_counted_by_line() {
        let shown = softnet_of("00000010 0 1 0 0 0 0 0 0 0\n00000020 0 2 0 0 0 0 0 0 0\n");
        assert!(shown.contains("node_softnet_processed_total{cpu=\"1\"} 32\n"), "{shown}");
    }
}
