//! Interfaces of a network namespace of our own.

use std::process::{Command, Output};

use rrd_collector::source::network::allowance_counts;

use crate::programs::{configure, has, installed};

/// A command in a new network namespace after these commands of `ip`.
fn in_namespace(commands: &[&str], program: &[&str]) -> Command {
    let script = "set -e; mount -t sysfs none /sys
        while [ \"$1\" != -- ]; do ip $1; shift; done; shift; exec \"$@\"";
    let mut unshare = installed("unshare");
    unshare.args(["--map-root-user", "--net", "--mount", "sh", "-c", script, "sh"]);
    unshare.args(commands).arg("--").args(program);
    unshare
}

/// Whether this machine allows namespaces and has the interfaces that these commands make.
fn can(commands: &[&str]) -> bool {
    if !has("ip") || !has("unshare") {
        return false;
    }
    let made = in_namespace(commands, &["true"]).output().unwrap();
    if !made.status.success() {
        println!("not run: {commands:?}: {}", String::from_utf8_lossy(&made.stderr));
    }
    made.status.success()
}

fn collector(commands: &[&str], options: &[&str]) -> Output {
    let program = [&[env!("CARGO_BIN_EXE_rrd-collector")], options].concat();
    in_namespace(commands, &program).output().unwrap()
}

/// What `once` prints in a namespace where these commands were run.
fn once(commands: &[&str], config: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = configure(folder.path(), config);
    let data = folder.path().join("data");
    let options = ["--config", file.to_str().unwrap(), "--data", data.to_str().unwrap(), "once"];
    let output = collector(commands, &options);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The interfaces that the collector samples in a namespace where these commands were run.
fn sampled(commands: &[&str], config: &str) -> String {
    let text = once(commands, config);
    let names = text.lines().filter_map(|line| {
        line.strip_prefix("network:")?.split_once(".rx_bytes ").map(|(name, _)| name)
    });
    names.collect::<Vec<_>>().join(" ")
}

const PAIR: &str = "link add eth0 type veth peer name veth7a01f2";

#[test]
fn a_containers_own_interface_is_sampled_and_the_hosts_end_is_not() {
    let commands = [PAIR, "link set eth0 up", "link set veth7a01f2 up", "link set lo up"];
    if !can(&commands) {
        return;
    }
    let cases = [
        ("", "eth0"),
        ("also = [\"veth*\", \"lo\"]", "eth0 lo veth7a01f2"),
        ("include = [\"lo\"]", "lo"),
        ("also = [\"veth*\"]\nexclude = [\"*0\"]", "veth7a01f2"),
    ];
    for (settings, names) in cases {
        let config = format!("[probe.network]\n{settings}\n");
        assert_eq!(sampled(&commands, &config), names, "{settings}");
    }
}

#[test]
fn interfaces_without_hardware_are_sampled_once_they_are_up() {
    let types = [
        ("br0", "link add br0 type bridge"),
        ("tun0", "tuntap add mode tun tun0"),
        ("dummy0", "link add dummy0 type dummy"),
        ("wg0", "link add wg0 type wireguard"),
        ("team0", "link add team0 type team"),
        ("vxlan0", "link add vxlan0 type vxlan id 7 dstport 0"),
        ("eth0.7", "link add link eth0 name eth0.7 type vlan id 7"),
        ("macvlan0", "link add link eth0 name macvlan0 type macvlan"),
    ];
    let types: Vec<_> = types.into_iter().filter(|(_, made)| can(&[PAIR, made])).collect();
    if types.is_empty() {
        return;
    }
    let mut commands = vec![PAIR, "link set eth0 up"];
    commands.extend(types.iter().map(|(_, made)| made));
    assert_eq!(sampled(&commands, ""), "eth0");
    let up: Vec<String> = types.iter().map(|(name, _)| format!("link set {name} up")).collect();
    commands.extend(up.iter().map(String::as_str));
    let mut names: Vec<&str> = types.iter().map(|(name, _)| *name).chain(["eth0"]).collect();
    names.sort_unstable();
    assert_eq!(sampled(&commands, ""), names.join(" "));
}

#[test]
fn a_check_warns_of_patterns_that_match_no_interface_and_is_content_with_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[probe.network]\nalso = [\"veth*\", \"tpa*\"]\n";
    let file = configure(folder.path(), text);
    if !can(&[PAIR]) {
        return;
    }
    let output = collector(&[PAIR], &["--config", file.to_str().unwrap(), "check"]);
    assert!(output.status.success());
    assert!(output.stdout.starts_with(b"the configuration is in order; this host is "));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "rrd-collector: warning: probe.network.also: \"tpa*\" matches nothing here: \
         found eth0, lo, veth7a01f2\n"
    );
}

#[test]
fn the_installed_ethtool_prints_the_counters_of_a_driver_as_they_are_read() {
    if !has("ethtool") || !can(&[PAIR]) {
        return;
    }
    let output = in_namespace(&[PAIR], &["ethtool", "-S", "eth0"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(allowance_counts(&text), [None; 6]);
    // The only counter of a pair that is not zero: the number of the other end.
    let text = text.replace("peer_ifindex", "pps_allowance_exceeded");
    let [.., packets, _, _, _] = allowance_counts(&text);
    assert!(packets.is_some_and(|number| number > 0), "{text}");
}

#[test]
fn the_link_of_an_interface_is_lost_with_its_other_end_and_gone_when_it_is_switched_off() {
    let commands = [PAIR, "link set eth0 up", "link set veth7a01f2 up"];
    if !can(&commands) {
        return;
    }
    let config = "[probe.link]\nalso = [\"eth0\"]\n";
    let links = |commands: &[&str]| -> Vec<String> {
        let text = once(commands, config);
        let lines = text.lines().filter_map(|line| line.strip_prefix("link:"));
        lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    };
    let found = links(&commands);
    assert_eq!(
        found[..4],
        ["eth0.carrier 100 %", "eth0.speed 1.25 GB/s", "eth0.half_duplex 0 %", "eth0.changes 0 /s"]
    );
    let lost = links(&[&commands[..], &["link set veth7a01f2 down"]].concat());
    assert_eq!(lost[..2], ["eth0.carrier 0 %", "eth0.speed unknown"]);
    assert!(links(&[&commands[..], &["link set eth0 down"]].concat()).is_empty());
    // A pair has no cable, and is left alone without being asked for.
    assert!(!once(&commands, "").contains("link:"));
}
